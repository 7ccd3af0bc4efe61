"""Layers under MMDetection's names: a convolution with what follows it, and one in two steps."""

from collections import OrderedDict
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True, slots=True)
class Flavour:
    """What follows each convolution of a network."""

    activation: type[nn.Module]
    norm_epsilon: float | None = None
    """Of a batch normalisation, which takes the place of the convolution's bias; None where there is none."""


def block(
    channels: tuple[int, int],
    kernel: int,
    flavour: Flavour,
    *,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
    activated: bool = True,
) -> nn.Sequential:
    """Return a convolution `conv`, where the flavour says so a batch normalisation `bn`, and an activation.

    Args:
        channels: in and out.
        kernel: its side.
        flavour: what follows the convolution.
        stride: distance of two places it is applied at.
        padding: zeros on each side.
        groups: parts of the channels that do not see each other.
        activated: False leaves the activation out.
    """
    has_bias = flavour.norm_epsilon is None
    layers = OrderedDict[str, nn.Module](
        conv=nn.Conv2d(*channels, kernel, stride=stride, padding=padding, groups=groups, bias=has_bias)
    )
    if flavour.norm_epsilon is not None:
        layers["bn"] = nn.BatchNorm2d(channels[1], eps=flavour.norm_epsilon)
    if activated:
        layers["activate"] = flavour.activation()
    return nn.Sequential(layers)


def separable_block(
    channels: tuple[int, int], kernel: int, flavour: Flavour, *, stride: int = 1, padding: int = 0
) -> nn.Sequential:
    """Return a convolution of each channel by itself, then one of side 1 across them, each with all that follows."""
    inside = (channels[0], channels[0])
    return nn.Sequential(
        OrderedDict(
            depthwise_conv=block(inside, kernel, flavour, stride=stride, padding=padding, groups=channels[0]),
            pointwise_conv=block(channels, 1, flavour),
        )
    )
