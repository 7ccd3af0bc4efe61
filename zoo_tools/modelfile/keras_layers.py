"""What Keras's layers give and how much they multiply, from their configuration and the shapes they read.

Shapes are at batch 1. A layer in no table is somebody's own, or one whose work its configuration does not tell: its
result has no known shape.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from zoo_tools.modelfile.keras_config import Config, Layer, items

Shape = tuple[int, ...]

_SAME_SHAPE = frozenset(
    """
    Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise
    GroupNormalization Identity LayerNormalization LeakyReLU Masking Normalization PReLU ReLU Rescaling Softmax
    SpatialDropout1D SpatialDropout2D SpatialDropout3D SyncBatchNormalization ThresholdedReLU UnitNormalization
    """.split()
)
_MERGING = frozenset("Add Average Maximum Minimum Multiply Subtract".split())
_MULTIPLYING = ("matmul", "einsum", "tensordot", "conv", "dot")

BIASED = frozenset(
    [f"{kind}{rank}D" for kind in ("Conv", "DepthwiseConv", "SeparableConv") for rank in (1, 2, 3)]
    + ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Dense"]
)
"""Layers that multiply by what they learned; a batch normalisation behind them becomes part of them."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one call of a layer gives; None where it cannot be told."""

    shape: Shape | None
    macs: int | None = 0


class _UnsoundError(Exception):
    """A configuration that Keras would not accept, or of a version with other words."""


def work(layer: Layer, inputs: Sequence[Shape | None]) -> Work:
    """Say what one call of a layer gives at these shapes; its own models are the caller's."""
    if layer.function is not None:
        return Work(None, None if any(word in layer.function.lower() for word in _MULTIPLYING) else 0)
    rule = _RULES.get(layer.kind)
    if rule is None:
        return Work(None, None)
    is_counted = layer.kind in BIASED
    target = [size for size in items(layer.config.get("target_shape")) if type(size) is int and size >= 0]
    if layer.kind == "Reshape" and len(target) == len(items(layer.config.get("target_shape"))):
        return Work((1, *target))
    if not inputs or any(shape is None for shape in inputs):
        return Work(None, None if is_counted else 0)
    try:
        return rule(layer.config, [shape for shape in inputs if shape is not None])
    except (_UnsoundError, IndexError, ZeroDivisionError):
        return Work(None, None if is_counted else 0)


def _whole(config: Config, key: str, default: int | None = None) -> int:
    value = config.get(key, default)
    if type(value) is not int or not -(2**31) < value < 2**31:
        raise _UnsoundError(key)
    return value


def _wholes(config: Config, key: str, count: int, default: int | None = None) -> tuple[int, ...]:
    """Return one number per dimension; a single one stands for all."""
    value = config.get(key, default)
    numbers = [value] * count if type(value) is int else list(items(value))
    if len(numbers) != count or not all(type(number) is int and 0 <= number < 2**31 for number in numbers):
        raise _UnsoundError(key)
    return tuple(number for number in numbers if isinstance(number, int))


@dataclass(frozen=True, slots=True)
class _Image:
    """A shape taken apart: batch, spatial sizes, channels."""

    spatial: Shape
    channels: int
    is_first: bool

    @classmethod
    def of(cls, config: Config, shape: Shape) -> "_Image":
        if len(shape) < 2:
            raise _UnsoundError("shape")
        is_first = config.get("data_format") == "channels_first"
        return cls(shape[2:], shape[1], is_first) if is_first else cls(shape[1:-1], shape[-1], is_first)

    def shape(self, spatial: Sequence[int], channels: int) -> Shape:
        return (1, channels, *spatial) if self.is_first else (1, *spatial, channels)


def _slid(config: Config, image: _Image, *, window: str, strides: Shape) -> Shape:
    """Return the sizes that a window gives which slides over an image."""
    count = len(image.spatial)
    sizes, dilation = _wholes(config, window, count), _wholes(config, "dilation_rate", count, 1)
    if min(strides, default=1) < 1:
        raise _UnsoundError("strides")
    if config.get("padding", "valid") in ("same", "causal"):
        return tuple(-(-size // stride) for size, stride in zip(image.spatial, strides, strict=True))
    rows = zip(image.spatial, sizes, dilation, strides, strict=True)
    return tuple(max((size - (one - 1) * step - 1) // stride + 1, 0) for size, one, step, stride in rows)


def _convolution(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    count = len(image.spatial)
    spatial = _slid(config, image, window="kernel_size", strides=_wholes(config, "strides", count, 1))
    filters, kernel = _whole(config, "filters"), prod(_wholes(config, "kernel_size", count))
    groups = _whole(config, "groups", 1)
    return Work(image.shape(spatial, filters), prod(spatial) * filters * kernel * image.channels // groups)


def _depthwise(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    count = len(image.spatial)
    spatial = _slid(config, image, window="kernel_size", strides=_wholes(config, "strides", count, 1))
    channels = image.channels * _whole(config, "depth_multiplier", 1)
    macs = prod(spatial) * channels * prod(_wholes(config, "kernel_size", count))
    return Work(image.shape(spatial, channels), macs)


def _separable(config: Config, inputs: list[Shape]) -> Work:
    planes = _depthwise(config, inputs)
    if planes.shape is None or planes.macs is None:
        return Work(None, None)
    between = _Image.of(config, planes.shape)
    filters = _whole(config, "filters")
    macs = planes.macs + prod(between.spatial) * between.channels * filters
    return Work(between.shape(between.spatial, filters), macs)


def _transposed(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    count = len(image.spatial)
    kernel, strides = _wholes(config, "kernel_size", count), _wholes(config, "strides", count, 1)
    filters = _whole(config, "filters")
    macs = prod(image.spatial) * image.channels * filters * prod(kernel)
    if config.get("output_padding") is not None or _wholes(config, "dilation_rate", count, 1) != (1,) * count:
        return Work(None, macs)
    grows = config.get("padding", "valid") != "same"
    rows = zip(image.spatial, kernel, strides, strict=True)
    spatial = [size * stride + (max(one - stride, 0) if grows else 0) for size, one, stride in rows]
    return Work(image.shape(spatial, filters), macs)


def _dense(config: Config, inputs: list[Shape]) -> Work:
    units = _whole(config, "units")
    return Work((*inputs[0][:-1], units), prod(inputs[0]) * units)


def _pooling(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    count = len(image.spatial)
    given = config.get("strides")
    strides = _wholes(config, "pool_size" if given is None else "strides", count)
    return Work(image.shape(_slid(config, image, window="pool_size", strides=strides), image.channels))


def _global_pooling(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    keeps = config.get("keepdims") is True
    return Work(image.shape((1,) * len(image.spatial), image.channels) if keeps else (1, image.channels))


def _upsampling(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    factors = _wholes(config, "size", len(image.spatial))
    return Work(image.shape([size * by for size, by in zip(image.spatial, factors, strict=True)], image.channels))


def _bordered(key: str, sign: int) -> "Rule":
    def rule(config: Config, inputs: list[Shape]) -> Work:
        image = _Image.of(config, inputs[0])
        value = config.get(key)
        # One number stands for all sides; for an image of one dimension its two sides stand without a list around.
        is_bare = len(image.spatial) == 1 and len(items(value)) == 2
        sides: Sequence[object] = [value] * len(image.spatial) if type(value) is int or is_bare else items(value)
        both = [sum(_wholes({key: side}, key, 2)) for side in sides]
        if len(both) != len(image.spatial):
            return Work(None)
        spatial = [max(size + sign * border, 0) for size, border in zip(image.spatial, both, strict=True)]
        return Work(image.shape(spatial, image.channels))

    return rule


def _reshape(config: Config, inputs: list[Shape]) -> Work:
    """One size may be -1: it follows from the others. Targets without are known whatever is read."""
    target = [size if type(size) is int else 0 for size in items(config.get("target_shape"))]
    others = -prod(target)
    if target.count(-1) != 1 or others <= 0 or prod(inputs[0]) % others:
        return Work(None)
    return Work((1, *(prod(inputs[0]) // others if size == -1 else size for size in target)))


def _flat(_: Config, inputs: list[Shape]) -> Work:
    return Work((1, prod(inputs[0])))


def _permuted(config: Config, inputs: list[Shape]) -> Work:
    axes = _wholes(config, "dims", len(inputs[0]) - 1)
    return Work((1, *(inputs[0][axis] for axis in axes)))


def _joined(config: Config, inputs: list[Shape]) -> Work:
    axis = _whole(config, "axis", -1)
    if len({len(shape) for shape in inputs}) != 1:
        return Work(None)
    joined = list(inputs[0])
    joined[axis] = sum(shape[axis] for shape in inputs)
    return Work(tuple(joined))


def _merged(_: Config, inputs: list[Shape]) -> Work:
    if len({len(shape) for shape in inputs}) != 1:
        return Work(None)
    return Work(tuple(max(sizes) for sizes in zip(*inputs, strict=True)))


def _resized(config: Config, inputs: list[Shape]) -> Work:
    image = _Image.of(config, inputs[0])
    return Work(image.shape((_whole(config, "height"), _whole(config, "width")), image.channels))


def _embedded(config: Config, inputs: list[Shape]) -> Work:
    return Work((*inputs[0], _whole(config, "output_dim")))


def _unchanged(_: Config, inputs: list[Shape]) -> Work:
    return Work(inputs[0])


Rule = Callable[[Config, list[Shape]], Work]

_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME_SHAPE, _unchanged),
    **dict.fromkeys(_MERGING, _merged),
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _transposed),
    **{f"{kind}Pooling{rank}D": _pooling for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Global{kind}Pooling{rank}D": _global_pooling for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": _upsampling for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": _bordered("padding", 1) for rank in (1, 2, 3)},
    **{f"Cropping{rank}D": _bordered("cropping", -1) for rank in (1, 2, 3)},
    "Concatenate": _joined,
    "Dense": _dense,
    "Embedding": _embedded,
    "Flatten": _flat,
    "Permute": _permuted,
    "Reshape": _reshape,
    "Resizing": _resized,
}
