"""MMDetection's SSD300 and SSD512 on VGG16 and its SSDLite on MobileNetV2, under that project's names since 2.14.

Read in its packages 2.28.2 and 3.3.0 (configurations, paddings, epsilons); Liu et al., "SSD" (arXiv:1512.02325).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from zoo_tools.inference.engines.networks.blocks import Flavour, block, separable_block
from zoo_tools.inference.engines.networks.mobilenetv2 import MobileNetV2
from zoo_tools.inference.engines.networks.reference import ReferenceNetwork
from zoo_tools.inference.engines.networks.vgg16 import Vgg16
from zoo_tools.inference.tensors import TensorInfo

_PLAIN = Flavour(nn.ReLU)
_LITE = Flavour(nn.ReLU6, norm_epsilon=1e-3)


@dataclass(frozen=True, slots=True)
class _Level:
    """A feature map that boxes are predicted from."""

    channels: int
    boxes: int
    side: int
    extra: tuple[int, int, int] | None = None
    """Kernel, stride and padding of the layer that makes it from the level before; None for the backbone's own."""


_SSD300 = (
    _Level(512, 4, 38),
    _Level(1024, 6, 19),
    _Level(512, 6, 10, (3, 2, 1)),
    _Level(256, 6, 5, (3, 2, 1)),
    _Level(256, 4, 3, (3, 1, 0)),
    _Level(256, 4, 1, (3, 1, 0)),
)
_SSD512 = (
    _Level(512, 4, 64),
    _Level(1024, 6, 32),
    _Level(512, 6, 16, (3, 2, 1)),
    _Level(256, 6, 8, (3, 2, 1)),
    _Level(256, 6, 4, (3, 2, 1)),
    _Level(256, 4, 2, (3, 2, 1)),
    _Level(256, 4, 1, (4, 1, 1)),
)
_SSDLITE = (
    _Level(96, 6, 20),
    _Level(1280, 6, 10),
    _Level(512, 6, 5, (3, 2, 1)),
    _Level(256, 6, 3, (3, 2, 1)),
    _Level(256, 6, 2, (3, 2, 1)),
    _Level(128, 6, 1, (3, 2, 1)),
)


def ssd300(classes: int) -> ReferenceNetwork:
    """Return SSD300: 34,305,206 parameters for 80 classes."""
    return _network(Ssd(Vgg16(), Neck(_SSD300, scaled=True), Head(_SSD300, classes)), _SSD300, 300, classes)


def ssd512(classes: int) -> ReferenceNetwork:
    """Return SSD512: 36,038,196 parameters for 80 classes."""
    return _network(Ssd(Vgg16(), Neck(_SSD512, scaled=True), Head(_SSD512, classes)), _SSD512, 512, classes)


def ssdlite_mobilenetv2(classes: int) -> ReferenceNetwork:
    """Return SSDLite: 4,228,788 parameters for 80 classes."""
    module = Ssd(MobileNetV2(_LITE), Neck(_SSDLITE, lite=True), Head(_SSDLITE, classes, lite=True))
    return _network(module, _SSDLITE, 320, classes)


class Ssd(nn.Module):
    """Backbone, extra layers, heads."""

    def __init__(self, backbone: nn.Module, neck: nn.Module, bbox_head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.neck = neck
        self.bbox_head = bbox_head

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return class scores of all levels, then offsets of all levels, each (1, boxes * values, rows, columns)."""
        outputs: tuple[Tensor, ...] = self.bbox_head(self.neck(self.backbone(image)))
        return outputs


class L2Norm(nn.Module):
    """Scales the values of each place to length 1 and then by a learned factor for each channel.

    Liu et al., "ParseNet" (arXiv:1506.04579), section 3.3; SSD starts the factors at 20.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))

    def forward(self, given: Tensor) -> Tensor:
        """Return (1, channels, rows, columns) scaled."""
        length = given.square().sum(dim=1, keepdim=True).sqrt() + 1e-10
        return self.weight.view(1, -1, 1, 1) * given / length


class Neck(nn.Module):
    """Makes the smaller maps, each from the one before."""

    def __init__(self, levels: Sequence[_Level], *, scaled: bool = False, lite: bool = False) -> None:
        super().__init__()
        self.l2_norm = L2Norm(levels[0].channels) if scaled else None
        self.extra_layers = nn.ModuleList()
        flavour, second = (_LITE, separable_block) if lite else (_PLAIN, block)
        for before, level in pairwise(levels):
            if level.extra is not None:
                kernel, stride, padding = level.extra
                half = level.channels // 2
                self.extra_layers.append(
                    nn.Sequential(
                        block((before.channels, half), 1, flavour),
                        second((half, level.channels), kernel, flavour, stride=stride, padding=padding),
                    )
                )

    def forward(self, given: Sequence[Tensor]) -> list[Tensor]:
        """Return the maps of all levels."""
        first, *rest = given
        maps = [first if self.l2_norm is None else self.l2_norm(first), *rest]
        for layer in self.extra_layers:
            maps.append(layer(maps[-1]))
        return maps


class Head(nn.Module):
    """Predicts from each map the classes and the offsets of a cell's boxes."""

    def __init__(self, levels: Sequence[_Level], classes: int, *, lite: bool = False) -> None:
        super().__init__()
        predict = _predict_lite if lite else _predict
        self.cls_convs = nn.ModuleList(predict(level.channels, level.boxes * (classes + 1)) for level in levels)
        self.reg_convs = nn.ModuleList(predict(level.channels, level.boxes * 4) for level in levels)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return class scores of all levels, then offsets of all levels."""
        scores = [layer(one) for layer, one in zip(self.cls_convs, maps, strict=True)]
        offsets = [layer(one) for layer, one in zip(self.reg_convs, maps, strict=True)]
        return (*scores, *offsets)


def _predict(channels: int, values: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, values, 3, padding=1))


def _predict_lite(channels: int, values: int) -> nn.Sequential:
    return nn.Sequential(
        block((channels, channels), 3, _LITE, padding=1, groups=channels), nn.Conv2d(channels, values, 1)
    )


def _network(module: nn.Module, levels: Sequence[_Level], side: int, classes: int) -> ReferenceNetwork:
    outputs = [
        TensorInfo(f"{name}.{number}", (1, level.boxes * values, level.side, level.side), "float32")
        for name, values in (("cls_score", classes + 1), ("bbox_pred", 4))
        for number, level in enumerate(levels)
    ]
    return ReferenceNetwork(module, TensorInfo("image", (1, 3, side, side), "float32"), outputs)
