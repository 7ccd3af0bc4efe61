"""Post-training quantization to int8: weights per output channel, activations per tensor (arXiv:1712.05877).

Ranges of activations are the smallest and largest values over calibration pictures. The scores of all feature maps
share one range, and so do the offsets: they are concatenated, and TFLite concatenates only equal scales.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from examples.shapes_ssd.network import Convolution

Ranges = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """int8 numbers of a tensor: real = (stored - zero_point) * scale."""

    scale: float
    zero_point: int


PIXELS = Scale(1 / 128, 0)
"""The input, x / 128 - 1 of a pixel x, held exactly."""


@dataclass(frozen=True, slots=True)
class QuantizedConvolution:
    """Weights as int8 with a scale for each output channel; the bias counts in input scale times weight scale."""

    layer: Convolution
    weight: NDArray[np.int8]
    weight_scales: NDArray[np.float32]
    bias: NDArray[np.int32]
    input: Scale
    output: Scale

    @property
    def bias_scales(self) -> NDArray[np.float32]:
        """Scales of the bias."""
        return np.asarray(np.float32(self.input.scale) * self.weight_scales, np.float32)


def run_folded(layers: Sequence[Convolution], image: Tensor) -> dict[str, Tensor]:
    """Return the output of every layer for (batch, 3, 96, 96) pictures as x / 128 - 1."""
    held = {"image": image}
    for layer in layers:
        rows = layer.weight.shape[2]
        before = rows // 2 if layer.stride == 1 else 0
        padded = functional.pad(held[layer.source], (before, rows // 2, before, rows // 2))
        groups = len(layer.weight) if layer.is_depthwise else 1
        weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
        result = functional.conv2d(padded, weight, bias, layer.stride, groups=groups)
        held[layer.name] = functional.relu6(result) if layer.is_clamped else result
    return held


def calibrated(layers: Sequence[Convolution], batches: Iterable[Tensor]) -> Ranges:
    """Return the smallest and largest value of every layer's output over batches of pictures."""
    ranges: Ranges = {}
    with torch.no_grad():
        for batch in batches:
            for name, values in run_folded(layers, batch).items():
                low, high = ranges.get(name, (0.0, 0.0))
                ranges[name] = (min(low, values.min().item()), max(high, values.max().item()))
    return ranges


def quantized(
    layers: Sequence[Convolution], heads: Sequence[tuple[str, str]], ranges: Ranges
) -> list[QuantizedConvolution]:
    """Quantize every layer."""
    joined = dict(ranges)
    for names in zip(*heads, strict=True):
        shared = min(ranges[name][0] for name in names), max(ranges[name][1] for name in names)
        joined |= dict.fromkeys(names, shared)
    scales = {name: _scale(*range_) for name, range_ in joined.items()} | {"image": PIXELS}
    return [_layer(layer, scales[layer.source], scales[layer.name]) for layer in layers]


def _scale(low: float, high: float) -> Scale:
    scale = float(np.float32((high - low) / 255))
    return Scale(scale, round(-128 - low / scale))


def _layer(layer: Convolution, source: Scale, result: Scale) -> QuantizedConvolution:
    channels = len(layer.weight)
    largest = np.abs(layer.weight).reshape(channels, -1).max(axis=1)
    scales = np.asarray(np.maximum(largest, 1e-6) / 127, np.float32)
    weight = np.asarray(np.rint(layer.weight / scales[:, None, None, None]), np.int8)
    steps = np.float32(source.scale) * scales
    bias = np.asarray(np.clip(np.rint(layer.bias / steps), -(2**31), 2**31 - 1), np.int32)
    return QuantizedConvolution(layer, weight, scales, bias, source, result)
