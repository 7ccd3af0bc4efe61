"""A picture to the input tensor, by the contract alone: resize, colour order, normalisation, layout.

Equal on every machine, so the digest of the tensor's bytes shows a preprocessing mistake before any model runs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.preprocessing import InputSpec, Normalise, Resize
from zoo_tools.domain.references import Unknown
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.placement import Placement, letterboxed, stretched
from zoo_tools.inference.quantize import quantize
from zoo_tools.inference.resize import resized
from zoo_tools.inference.tensors import TensorInfo, shape_text

# ITU-R BT.601 luma in 1/65536, as Pillow and OpenCV round it.
_LUMA = np.array([19595, 38470, 7471], np.uint32)

Pixels = NDArray[np.uint8] | NDArray[np.float32]
"""(height, width, channels): bytes, or float32 where the filter does not round."""

_FLOATS = ("float32", "float16", "float64")
_FIX = "Correct the contract's `input` and `preprocess`, or the artifact it is used for."


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An input tensor, and where the picture lies in it."""

    tensor: NDArray[np.generic]
    placement: Placement


def prepare(picture: NDArray[np.uint8], contract: Contract, tensor: TensorInfo) -> Prepared:
    """Make the input tensor of a picture.

    Args:
        picture: (height, width, 3) uint8 RGB.
        contract: how the model takes pictures.
        tensor: the model's input.

    Raises:
        ModelRunError: the contract does not fit the model's input.
    """
    network = _resolution(contract.input, tensor)
    drawn, placement = _drawn(picture, contract.preprocess.resize, network)
    values = _normalised(_coloured(drawn, contract.input), contract, tensor)
    if contract.input.layout == "NCHW":
        values = values.transpose(2, 0, 1)
    return Prepared(np.ascontiguousarray(values[np.newaxis]), placement)


def _resolution(spec: InputSpec, tensor: TensorInfo) -> tuple[int, int]:
    """Return width and height of the network's input."""
    channels = 1 if spec.colour == "grey" else 3
    if len(tensor.shape) != 4:
        raise ModelRunError(f"The input {tensor} has {len(tensor.shape)} dimensions; a picture has 4.", fix=_FIX)
    batch, *rest = tensor.shape
    height, width, depth = rest if spec.layout == "NHWC" else (*rest[1:], rest[0])
    if batch not in (1, -1) or height < 1 or width < 1 or depth != channels:
        wanted = f"(1, height, width, {channels})" if spec.layout == "NHWC" else f"(1, {channels}, height, width)"
        raise ModelRunError(
            f"The input is {shape_text(tensor.shape)}; "
            f"by the contract ({spec.layout}, {spec.colour}) it should be {wanted}.",
            fix=_FIX,
        )
    return width, height


def _drawn(picture: NDArray[np.uint8], rule: Resize | Unknown, network: tuple[int, int]) -> tuple[Pixels, Placement]:
    """Return the picture in the size of the input, and where it lies there."""
    height, width = picture.shape[:2]
    if isinstance(rule, Unknown):
        if (width, height) == network:
            return picture, stretched(network, network)
        raise ModelRunError(
            f"The picture is {width} x {height}, the input {network[0]} x {network[1]}, and how to resize is unknown: "
            f"{rule.unknown}.",
            fix="Show a picture of the input's size, or find out how pictures were resized in training.",
        )
    place = stretched if rule.mode == "stretch" else letterboxed
    placement = place((width, height), network)
    content = resized(picture, rule, placement.content)
    if rule.mode == "stretch":
        return content, placement
    if rule.pad is None or rule.pad > 255:
        raise ModelRunError(f"The contract letterboxes with `pad` {rule.pad}; it should be 0 to 255.", fix=_FIX)
    across, down = placement.content
    canvas = np.full((network[1], network[0], 3), rule.pad, content.dtype)
    canvas[placement.top : placement.top + down, placement.left : placement.left + across] = content
    return canvas, placement


def _coloured(picture: Pixels, spec: InputSpec) -> Pixels:
    if spec.colour == "grey":
        if picture.dtype == np.uint8:
            luma = (picture.astype(np.uint32) @ _LUMA + 0x8000) >> 16
            return luma.astype(np.uint8)[:, :, np.newaxis]
        return np.asarray(picture @ (_LUMA.astype(np.float32) / 65536), np.float32)[:, :, np.newaxis]
    return picture[:, :, ::-1] if spec.colour == "bgr" else picture


def _normalised(picture: Pixels, contract: Contract, tensor: TensorInfo) -> NDArray[np.generic]:
    rule = contract.preprocess.normalise
    match rule.applied:
        case "quantisation":
            if tensor.dtype != "uint8":
                raise ModelRunError(
                    f"The contract feeds pixel bytes as they are (`in: quantisation`), and the input is {tensor.dtype};"
                    " it should be uint8.",
                    fix="Write `in: host` in the contract.",
                )
            return _bytes(picture)
        case "graph":
            if tensor.dtype == "uint8":
                return _bytes(picture)
            if tensor.dtype in _FLOATS:
                return _in_range(picture, contract.input).astype(tensor.dtype)
            raise ModelRunError(
                f"The contract feeds pixels as they are (`in: graph`), and the input is {tensor.dtype}; "
                "it should be uint8 or float.",
                fix="Write `in: host` in the contract.",
            )
        case "host":
            real = _real(picture, contract.input, rule)
            return real.astype(tensor.dtype) if tensor.dtype in _FLOATS else quantize(real, tensor)


def _bytes(picture: Pixels) -> NDArray[np.uint8]:
    if picture.dtype == np.uint8:
        return picture.view(np.uint8)
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def _in_range(picture: Pixels, spec: InputSpec) -> NDArray[np.float32]:
    """Return pixels in the input's range as float32."""
    low, high = spec.range
    x = picture.astype(np.float32)
    if low != 0 or high != 255:
        x = x * np.float32((high - low) / 255) + np.float32(low)
    return x


def _real(picture: Pixels, spec: InputSpec, rule: Normalise) -> NDArray[np.float32]:
    """Return x * a + b in float32, with x the pixel in the input's range, and a and b those of its channel."""
    lines = np.array([(float(a), float(b)) for a, b in rule.values(spec.channels)], np.float32)
    return _in_range(picture, spec) * lines[:, 0] + lines[:, 1]
