"""MobileNetV2 of width 1 under MMDetection's names.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (arXiv:1801.04381), table 2.
"""

from collections import OrderedDict

from torch import Tensor, nn

from zoo_tools.inference.engines.networks.blocks import Flavour, block

# Widening of a block, channels, blocks, stride of the first.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
_FIRST_OUT = 5


class MobileNetV2(nn.Sequential):
    """Gives the maps of its fifth stage (96 channels, stride 16) and of its last layer (1280 channels, stride 32)."""

    def __init__(self, flavour: Flavour) -> None:
        layers = OrderedDict[str, nn.Module](conv1=block((3, 32), 3, flavour, stride=2, padding=1))
        before = 32
        for number, (widening, channels, count, stride) in enumerate(_STAGES, 1):
            blocks = [InvertedResidual((before, channels), widening, flavour, stride=stride)]
            blocks += [InvertedResidual((channels, channels), widening, flavour, stride=1) for _ in range(count - 1)]
            layers[f"layer{number}"] = nn.Sequential(*blocks)
            before = channels
        layers["conv2"] = block((before, 1280), 1, flavour)
        super().__init__(layers)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return both maps of an image (1, 3, rows, columns)."""
        maps = [image]
        for layer in self:
            maps.append(layer(maps[-1]))
        return maps[_FIRST_OUT + 1], maps[-1]


class InvertedResidual(nn.Sequential):
    """A block that widens, looks around in each channel by itself, and narrows again without an activation."""

    def __init__(self, channels: tuple[int, int], widening: int, flavour: Flavour, *, stride: int) -> None:
        wide = channels[0] * widening
        layers = OrderedDict[str, nn.Module]()
        if widening > 1:
            layers["expand_conv"] = block((channels[0], wide), 1, flavour)
        layers["depthwise_conv"] = block((wide, wide), 3, flavour, stride=stride, padding=1, groups=wide)
        layers["linear_conv"] = block((wide, channels[1]), 1, flavour, activated=False)
        super().__init__(layers)
        self.has_shortcut = stride == 1 and channels[0] == channels[1]

    def forward(self, given: Tensor) -> Tensor:
        """Return the block's map, added to what was given where both have one shape."""
        one = given
        for layer in self:
            one = layer(one)
        return given + one if self.has_shortcut else one
