"""Frames between us and the worker: a JSON header and the arrays' bytes, never pickle.

The worker ran somebody's model in native code, so every frame from it is hostile until it is read: lengths are checked
against limits before memory is taken, element types come from a closed list, sizes follow from the shapes.

A frame is: magic (4 bytes), length of the header and length of the arrays (8 bytes each, little endian), the header
(JSON object; its key `arrays` lists name, dtype and shape), the arrays one after the other in C order, little endian.
"""

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

DTYPES = frozenset({
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64",
})  # fmt: skip
"""The element types that arrays may have; strings, objects and structures are refused."""

MAX_HEADER = 1 << 20

_MAGIC = b"zoo1"
_PREFIX = struct.Struct("<4sQQ")
_MAX_DIMENSIONS = 8
_MAX_LENGTH = (1 << 31) - 1


class FrameError(Exception):
    """Bytes that are not a frame, or one beyond its limit; the text completes `the answer …`."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One message: what it is, its JSON values, and arrays by name."""

    kind: str
    values: Mapping[str, object] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


def encode(frame: Frame, *, max_bytes: int) -> bytes:
    """Return the bytes of a frame.

    Raises:
        FrameError: it is beyond the limit, or an array is of a type that is not sent.
    """
    little = {name: _little_endian(name, array) for name, array in frame.arrays.items()}
    size = sum(array.nbytes for array in little.values())
    if size > max_bytes:
        raise FrameError(f"has {size:,} bytes; at most {max_bytes:,} are taken")
    described = [[name, array.dtype.name, list(array.shape)] for name, array in little.items()]
    header = json.dumps({"kind": frame.kind, "values": frame.values, "arrays": described}).encode()
    if len(header) > MAX_HEADER:
        raise FrameError(f"has a header of {len(header):,} bytes; at most {MAX_HEADER:,} are taken")
    # A 0-dimensional array has no buffer to concatenate, so all go through tobytes.
    return b"".join([_PREFIX.pack(_MAGIC, len(header), size), header, *(array.tobytes() for array in little.values())])


def decode(read: Callable[[int], bytes], *, max_bytes: int) -> Frame:
    """Read one frame.

    Args:
        read: gives exactly so many bytes, or raises.
        max_bytes: limit of the arrays' bytes together.

    Raises:
        FrameError: the bytes are no frame, or one beyond the limit.
    """
    magic, header_length, size = _PREFIX.unpack(read(_PREFIX.size))
    if magic != _MAGIC or header_length > MAX_HEADER:
        raise FrameError("is not in the form agreed")
    if size > max_bytes:
        raise FrameError(f"has {size:,} bytes; at most {max_bytes:,} are taken")
    kind, values, described = _header(read(header_length))
    if sum(_nbytes(dtype, shape) for _, dtype, shape in described) != size:
        raise FrameError("is not in the form agreed")
    arrays = {name: _array(read(_nbytes(dtype, shape)), dtype, shape) for name, dtype, shape in described}
    return Frame(kind, values, arrays)


def _array(content: bytes, dtype: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
    try:
        return np.frombuffer(content, np.dtype(dtype).newbyteorder("<")).reshape(shape).astype(dtype)
    except ValueError as error:
        # An empty array may still have dimensions whose product numpy cannot count.
        raise FrameError("is not in the form agreed") from error


def _little_endian(name: str, array: NDArray[np.generic]) -> NDArray[np.generic]:
    if array.dtype.name not in DTYPES:
        raise FrameError(f"holds `{name}` of type {array.dtype.name}, which is not a number")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


Described = tuple[str, str, tuple[int, ...]]


def _header(text: bytes) -> tuple[str, Mapping[str, object], list[Described]]:
    try:
        # RecursionError is what a header of a million brackets raises.
        header: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("is not in the form agreed") from error
    match header:
        case {"kind": str(kind), "values": dict(values), "arrays": list(arrays)}:
            return kind, values, [_described(array) for array in arrays]
    raise FrameError("is not in the form agreed")


def _described(array: object) -> Described:
    match array:
        case [str(name), str(dtype), list(shape)] if dtype in DTYPES and len(shape) <= _MAX_DIMENSIONS:
            if all(type(length) is int and 0 <= length <= _MAX_LENGTH for length in shape):
                return name, dtype, tuple(shape)
    raise FrameError("is not in the form agreed")


def _nbytes(dtype: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * np.dtype(dtype).itemsize
