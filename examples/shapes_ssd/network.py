"""The example detector: depthwise separable convolutions, three feature maps, one head for each (arXiv:1512.02325).

Batch norms are there for training alone; `folded` returns the plain convolutions that are exported, and that a file
holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from examples.shapes_ssd.drawing import LABELS
from zoo_tools.domain.priors import Priors

RESOLUTION = 96
"""Height and width of the input in pixels."""
CLASSES = 1 + len(LABELS)
"""Columns of the scores; column 0 is the background."""
PRIORS = Priors.model_validate(
    {
        "units": "pixels",
        "clamp": "none",
        "levels": [
            {"map": [12, 12], "step": 8, "min": 14, "max": 26, "ratios": ["1.5"]},
            {"map": [6, 6], "step": 16, "min": 26, "max": 46, "ratios": ["1.5"]},
            {"map": [3, 3], "step": 32, "min": 46, "max": 76, "ratios": ["1.5"]},
        ],
    }
)
"""756 priors."""
VARIANCES = (0.1, 0.2)

_CHANNELS = (16, 32, 32, 64, 64, 64, 96, 96, 96)
_STRIDES = (2, 2, 1, 2, 1, 1, 2, 1, 2)
_TAPS = (5, 7, 8)
"""Blocks whose outputs are the feature maps of 12, 6 and 3 cells a side."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution as a file holds it, padded as TensorFlow's SAME: at stride 2 one row below, one column right.

    Attributes:
        weight: (output channels, input channels or 1 where depthwise, rows, columns) float32.
        bias: (output channels) float32.
    """

    name: str
    source: str
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    is_depthwise: bool
    is_clamped: bool
    """Whether a ReLU6 follows."""


class _Block(nn.Module):
    """Convolution, batch norm, ReLU6."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        # TensorFlow's SAME at an even size; PyTorch would pad above and left, and a TFLite file would need a PAD.
        before = kernel // 2 if stride == 1 else 0
        self.pad = nn.ZeroPad2d((before, kernel // 2, before, kernel // 2))
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu6(self.norm(self.convolution(self.pad(x))))

    def folded(self, name: str, source: str) -> Convolution:
        """Return the convolution with the batch norm multiplied into it."""
        assert self.norm.running_var is not None
        assert self.norm.running_mean is not None
        factor = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        weight = self.convolution.weight * factor[:, None, None, None]
        bias = self.norm.bias - self.norm.running_mean * factor
        return Convolution(
            name, source, _array(weight), _array(bias), self.convolution.stride[0],
            is_depthwise=self.convolution.groups > 1, is_clamped=True,
        )  # fmt: skip


class _Head(nn.Module):
    """Scores and offsets of one feature map."""

    def __init__(self, channels: int, per_cell: int) -> None:
        super().__init__()
        self.mix = _Block(channels, channels, kernel=3, groups=channels)
        self.scores = nn.Conv2d(channels, per_cell * CLASSES, 1)
        self.offsets = nn.Conv2d(channels, per_cell * 4, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mixed = self.mix(x)
        return _rows(self.scores(mixed), CLASSES), _rows(self.offsets(mixed), 4)


class ShapesSsd(nn.Module):
    """Pixels (batch, 3, 96, 96) as x / 128 - 1 in; logits (batch, 756, 5) and offsets (batch, 756, 4) out."""

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [_Block(3, _CHANNELS[0], kernel=3, stride=_STRIDES[0])]
        for (before, after), stride in zip(pairwise(_CHANNELS), _STRIDES[1:], strict=True):
            deep = _Block(before, before, kernel=3, stride=stride, groups=before)
            blocks.append(nn.Sequential(deep, _Block(before, after, kernel=1)))
        self.blocks = nn.ModuleList(blocks)
        self.heads = nn.ModuleList(
            _Head(_CHANNELS[tap], level.per_cell) for tap, level in zip(_TAPS, PRIORS.levels, strict=True)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and offsets of every prior."""
        taps = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in _TAPS:
                taps.append(x)
        pairs = [head(tap) for head, tap in zip(self.heads, taps, strict=True)]
        return torch.cat([scores for scores, _ in pairs], 1), torch.cat([offsets for _, offsets in pairs], 1)

    @torch.no_grad()
    def folded(self) -> tuple[list[Convolution], list[tuple[str, str]]]:
        """Return the convolutions in order, and for each feature map the names of its scores and offsets."""
        layers, source, taps = list[Convolution](), "image", list[str]()
        for i, block in enumerate(self.blocks):
            parts: Sequence[nn.Module] = list(block) if isinstance(block, nn.Sequential) else [block]
            for part, word in zip(parts, ("deep", "point") if len(parts) > 1 else ("stem",), strict=True):
                assert isinstance(part, _Block)
                layers.append(part.folded(f"block{i}/{word}", source))
                source = layers[-1].name
            if i in _TAPS:
                taps.append(source)
        heads = []
        for i, (head, tap) in enumerate(zip(self.heads, taps, strict=True)):
            assert isinstance(head, _Head)
            mixed = head.mix.folded(f"head{i}/mix", tap)
            scores, offsets = (
                _plain(f"head{i}/{word}", mixed.name, part)
                for word, part in (("scores", head.scores), ("offsets", head.offsets))
            )
            layers += [mixed, scores, offsets]
            heads.append((scores.name, offsets.name))
        return layers, heads


def _plain(name: str, source: str, part: nn.Conv2d) -> Convolution:
    assert part.bias is not None
    return Convolution(
        name, source, _array(part.weight), _array(part.bias), stride=1, is_depthwise=False, is_clamped=False
    )


def _rows(x: Tensor, values: int) -> Tensor:
    """Bring (batch, boxes of a cell * values, rows, columns) to (batch, boxes, values)."""
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, values)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor.detach().numpy(), np.float32)
