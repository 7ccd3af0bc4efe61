"""The slim network of the Ultra-Light face detector at 320x240, under its project's names.

Rebuilt from the project's own ONNX file without post-processing (`version-slim-320_without_postprocessing.onnx`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zoo_tools.inference.engines.networks.reference import ReferenceNetwork
from zoo_tools.inference.tensors import TensorInfo

# Channels out and stride of the layers behind the first; after the seventh, tenth and twelfth boxes are predicted.
_LAYERS = (
    (32, 1), (32, 2), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1), (128, 2), (128, 1), (128, 1), (256, 2), (256, 1),
)  # fmt: skip
_HEADS_AFTER = (7, 10, 12)
_BOXES = (3, 2, 2, 3)
_CHANNELS = (64, 128, 256, 256)
_PRIORS = 4420


def ultralight_slim_320(classes: int) -> ReferenceNetwork:
    """Return the network: 260,188 parameters for the one class of the original, faces."""
    shapes = {"scores": (1, _PRIORS, classes + 1), "boxes": (1, _PRIORS, 4)}
    outputs = [TensorInfo(name, shape, "float32") for name, shape in shapes.items()]
    return ReferenceNetwork(UltraLightSlim(classes), TensorInfo("input", (1, 3, 240, 320), "float32"), outputs)


class UltraLightSlim(nn.Module):
    """Gives probabilities, the background first, and raw offsets of all boxes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        before = 16
        layers: list[nn.Module] = [
            nn.Sequential(nn.Conv2d(3, before, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(before), nn.ReLU())
        ]
        for channels, stride in _LAYERS:
            layers.append(_layer(before, channels, stride))
            before = channels
        self.base_net = nn.ModuleList(layers)
        self.extras = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(before, 64, 1), nn.ReLU(), _separable((64, before), stride=2), nn.ReLU())]
        )
        self.classification_headers = _headers(classes + 1)
        self.regression_headers = _headers(4)
        self._classes = classes

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (1, 4420, classes + 1) and offsets (1, 4420, 4)."""
        maps: list[Tensor] = []
        one = image
        for number, layer in enumerate(self.base_net):
            one = layer(one)
            if number in _HEADS_AFTER:
                maps.append(one)
        maps.append(self.extras[0](one))
        scores = _rows(self.classification_headers, maps, values=self._classes + 1)
        return torch.softmax(scores, dim=2), _rows(self.regression_headers, maps, values=4)


def _layer(before: int, channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, before, 3, stride=stride, padding=1, groups=before, bias=False),
        nn.BatchNorm2d(before),
        nn.ReLU(),
        nn.Conv2d(before, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    )


def _separable(channels: tuple[int, int], *, stride: int = 1) -> nn.Sequential:
    before, after = channels
    around = nn.Conv2d(before, before, 3, stride=stride, padding=1, groups=before)
    return nn.Sequential(around, nn.ReLU(), nn.Conv2d(before, after, 1))


def _headers(values: int) -> nn.ModuleList:
    """Return what predicts so many values for each box, for the four maps; the last is no separable convolution."""
    *light, last = zip(_CHANNELS, _BOXES, strict=True)
    headers: list[nn.Module] = [_separable((channels, boxes * values)) for channels, boxes in light]
    return nn.ModuleList([*headers, nn.Conv2d(last[0], last[1] * values, 3, padding=1)])


def _rows(headers: nn.ModuleList, maps: Sequence[Tensor], *, values: int) -> Tensor:
    """Return (1, boxes, values): level, row, column, box of the cell."""
    levels = [layer(one).permute(0, 2, 3, 1).reshape(1, -1, values) for layer, one in zip(headers, maps, strict=True)]
    return torch.cat(levels, dim=1)
