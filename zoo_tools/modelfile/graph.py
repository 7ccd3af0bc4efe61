"""A network as every format's reader hands it over: tensors, and operators in the order they run.

What an operator means (which inputs are weights, how much it multiplies, where its result may lie) is said by the
reader that knows the format; counting, folding and arenas work on these classes alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from math import prod

import numpy as np
from numpy.typing import NDArray

DTYPE_BITS = {
    "bool": 8,
    "int2": 2,
    "uint2": 2,
    "int4": 4,
    "uint4": 4,
    "nf4": 4,
    "float4e2m1": 4,
    "float6e2m3": 6,
    "float6e3m2": 6,
    "float8e4m3fn": 8,
    "float8e4m3fnuz": 8,
    "float8e5m2": 8,
    "float8e5m2fnuz": 8,
    "float8e8m0": 8,
    "int8": 8,
    "uint8": 8,
    "int16": 16,
    "uint16": 16,
    "int32": 32,
    "uint32": 32,
    "int64": 64,
    "uint64": 64,
    "float16": 16,
    "bfloat16": 16,
    "float32": 32,
    "float64": 64,
    "complex64": 64,
    "complex128": 128,
    # Held outside the arena, in a size that no shape tells.
    "string": 0,
    "resource": 0,
    "variant": 0,
    "unknown": 0,
}
"""Bits of one element; what is smaller than a byte lies without gaps."""


class Memory(Enum):
    """Where an operator's result may lie, at best."""

    OWN = auto()
    """Beside its inputs."""
    IN_PLACE = auto()
    """Over inputs that nobody reads later."""
    VIEW = auto()
    """It is its first input under another shape."""
    PADDING = auto()
    """A border around the first input, which a convolution can add while it reads."""


class Folding(Enum):
    """When an operator's result can be computed ahead of any input image."""

    NEVER = auto()
    WITH_CONSTANTS = auto()
    ALWAYS = auto()
    """It reads only shapes, and these are fixed."""


class Role(Enum):
    """What an operator is to what a deployment does with a graph before it runs it, see ``modelfile.deployed``."""

    PLAIN = auto()
    PRODUCT = auto()
    """A convolution or matrix product: it can take a bias and absorb a batch normalisation."""
    SUM = auto()
    """Adds two tensors, one of which may be a bias."""
    NORMALIZATION = auto()
    """A batch normalisation of (x, scale, shift, mean, variance)."""
    QUANTIZE = auto()
    DEQUANTIZE = auto()
    FAKE_QUANTIZE = auto()
    """Rounds real numbers to one of at most 256 values."""
    CONVERSION = auto()
    """The first input in another type or arrangement."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor of the file; ``buffer`` names the stored bytes it shows, None where it is computed.

    ``declared_shape`` has None where the file leaves a size open; ``shape`` has what is allocated by default. Where
    the file does not tell the size, ``is_sized`` is False, and ``shape`` says nothing.
    ``storage`` numbers the stored bytes where equal constants share them, else it is None.
    ``scales`` is float32 and ``zero_points`` int64, both of one element per tensor or per slice along ``axis``.
    """

    name: str
    shape: tuple[int, ...]
    declared_shape: tuple[int | None, ...] | None
    dtype: str
    buffer: int | None = None
    stored_bytes: int = 0
    is_variable: bool = False
    is_sized: bool = True
    storage: int | None = None
    scales: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    zero_points: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    axis: int = 0

    @property
    def elements(self) -> int:
        """The number of elements at the default shape; 1 for a scalar."""
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        """The size in memory at the default shape."""
        return (self.elements * DTYPE_BITS[self.dtype] + 7) // 8


@dataclass(frozen=True, slots=True)
class Operator:
    """One step. Tensors are indices into ``Graph.tensors``; optional inputs that are absent are left out.

    Attributes:
        weights: those inputs that a layer learns, if they are constant.
        macs: multiply-accumulates at the default shapes; None where the file does not tell.
        absorbs_padding: it can read its first input as if a border lay around it.
        bias: that of ``weights`` which a product adds to its result.
        channels: how many elements the bias of a product has.
    """

    name: str
    version: int | None
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    weights: tuple[int, ...] = ()
    macs: int | None = 0
    memory: Memory = Memory.OWN
    folding: Folding = Folding.WITH_CONSTANTS
    absorbs_padding: bool = False
    role: Role = Role.PLAIN
    bias: int | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Tensors, operators in running order, and which tensors come in and go out."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def constants(self) -> Iterator[int]:
        """The tensors whose values lie in the file."""
        inputs = set(self.inputs)
        return (
            index
            for index, tensor in enumerate(self.tensors)
            if tensor.buffer is not None and not tensor.is_variable and index not in inputs
        )
