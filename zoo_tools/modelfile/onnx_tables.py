"""The protobuf of an ONNX file as typed tables, with every length checked before it is believed.

Runs in a confined child process (``modelfile.child``): parsing is native code. Data in other files is never opened;
what is known of such a file is the size of the companion that was given.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np
import onnx
from numpy.typing import NDArray

from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.graph import DTYPE_BITS
from zoo_tools.modelfile.naming import checked, shown
from zoo_tools.modelfile.onnx_external import check_locations

# How much is read of one file; detectors with suppression in the graph have some 3,000 operators.
_LIMITS = {"operators": 16_384, "tensors": 65_536, "graphs": 1024, "dimensions": 1_000_000, "external entries": 65_536}
_MAX_RANK = 16
_MAX_TENSOR_BYTES = 2**40
_MAX_READ_ELEMENTS = 65_536
"""Scales and zero points beyond this number are not read."""

_TYPES = onnx.TensorProto.DataType
_DTYPES = {number: name.lower() for name, number in _TYPES.items()} | {
    _TYPES.Value("UNDEFINED"): "unknown",
    _TYPES.Value("FLOAT"): "float32",
    _TYPES.Value("DOUBLE"): "float64",
}
DTYPES: Mapping[int, str] = {number: name for number, name in _DTYPES.items() if name in DTYPE_BITS}
"""numpy's words for the numbers of the format's element types."""

# Fields of a tensor other than raw_data; one value may hold several elements of a narrow type.
_DATA_FIELDS = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")

Shape = tuple[int | str | None, ...]
"""A size, the name of an open one, or None."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A constant: `values` are read where it is small, numeric and in the file itself."""

    shape: tuple[int, ...]
    dtype: str
    size: int
    """Bytes it takes as raw data."""
    values: NDArray[np.generic] | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What the file declares of a value; without a shape not even the number of dimensions is known."""

    dtype: str
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class StoredNode:
    """An operator as the file writes it; absent optional inputs and outputs are empty names."""

    name: str
    domain: str
    version: int | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constant: StoredTensor | None
    """The value of a Constant."""
    integers: Mapping[str, int]
    """Attributes of a whole number."""
    graphs: tuple["StoredGraph", ...]
    """Bodies of loops and branches."""


@dataclass(frozen=True, slots=True)
class StoredGraph:
    """A graph or body as the file writes it."""

    nodes: tuple[StoredNode, ...]
    constants: Mapping[str, StoredTensor]
    inputs: Mapping[str, Typed]
    """Without those that a constant gives a value to."""
    outputs: Mapping[str, Typed]
    captured: frozenset[str] = field(default=frozenset())
    """Names of the surrounding graph that are read here."""


def parse(data: bytes) -> onnx.ModelProto:
    """Parse the protobuf.

    Raises:
        BrokenFileError: it is cut short or damaged.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    # It is protobuf's DecodeError, of a package without annotations.
    except Exception as error:
        raise BrokenFileError(f"it is cut short or damaged: its {len(data)} bytes are no protobuf") from error
    if not model.graph.node and not model.graph.output:
        raise BrokenFileError("it holds no graph")
    return model


def read_tables(model: onnx.ModelProto, companions: Mapping[str, int]) -> StoredGraph:
    """Read the main graph with all bodies.

    Args:
        model: as parsed.
        companions: sizes of the files given beside it, by name.

    Raises:
        BrokenFileError: it says what cannot be.
    """
    check_locations(model, companions)
    versions = {own_domain(entry.domain): int(entry.version) for entry in model.opset_import}
    return _Reader(versions, companions).graph(model.graph, frozenset())


def own_domain(domain: object) -> str:
    """Return a domain by name; the default one has two names, of which the empty one is returned."""
    return "" if domain == "ai.onnx" else checked(domain)


def typed(value: onnx.ValueInfoProto, place: str) -> Typed:
    """Read what is declared of a value.

    Raises:
        BrokenFileError: a dimension is negative, or there are too many.
    """
    tensor = value.type.tensor_type
    dtype = DTYPES.get(tensor.elem_type, "unknown") if value.type.HasField("tensor_type") else "unknown"
    if dtype == "unknown" or not tensor.HasField("shape"):
        return Typed(dtype, None)
    if len(tensor.shape.dim) > _MAX_RANK:
        raise BrokenFileError(f"{place} has more than {_MAX_RANK} dimensions")
    return Typed(dtype, tuple(_dimension(one, place) for one in tensor.shape.dim))


def _dimension(dimension: "onnx.TensorShapeProto.Dimension", place: str) -> int | str | None:
    if dimension.HasField("dim_value"):
        size = int(dimension.dim_value)
        # Some exporters write -1 where they mean an open size.
        if size < -1 or size > _MAX_TENSOR_BYTES:
            raise BrokenFileError(f"{place} has a dimension of {size}")
        return None if size == -1 else size
    return checked(dimension.dim_param) or None


class _Reader:
    """Reads one file; keeps count of the work done."""

    def __init__(self, versions: Mapping[str, int], companions: Mapping[str, int]) -> None:
        self._versions = versions
        self._companions = companions
        self._read: Counter[str] = Counter()

    def graph(self, proto: onnx.GraphProto, outer: frozenset[str]) -> StoredGraph:
        """Read a graph; ``outer`` are the names that its surroundings define."""
        self._spend("graphs", 1)
        self._spend("tensors", len(proto.initializer) + len(proto.input) + len(proto.output))
        self._spend("operators", len(proto.node))
        if proto.sparse_initializer:
            raise BrokenFileError("it holds sparse constants, which this tool does not read")
        named = [(checked(one.name), one) for one in proto.initializer]
        constants = {name: self._constant(one, f"constant `{shown(name)}`") for name, one in named}
        if len(constants) < len(proto.initializer):
            raise BrokenFileError("two of its constants have one name")
        inputs = self._declared(proto.input, "input")
        defined = {*outer, *constants, *inputs}
        own = {*constants, *inputs}
        nodes: list[StoredNode] = []
        captured: set[str] = set()
        for one in proto.node:
            node = self._node(one, frozenset(defined))
            for name in _read_by(node):
                if name not in defined:
                    raise BrokenFileError(f"{node.name} reads `{shown(name)}`, which nothing before it computes")
            captured.update(name for name in _read_by(node) if name not in own)
            for name in filter(None, node.outputs):
                if name in own:
                    raise BrokenFileError(f"two things in one graph are called `{shown(name)}`")
                own.add(name)
                defined.add(name)
            nodes.append(node)
        outputs = self._declared(proto.output, "output")
        for name in outputs:
            if name not in defined:
                raise BrokenFileError(f"nothing computes its output `{shown(name)}`")
        captured.update(name for name in outputs if name not in own)
        given = {name: value for name, value in inputs.items() if name not in constants}
        return StoredGraph(tuple(nodes), constants, given, outputs, frozenset(captured))

    def _declared(self, values: Iterable[onnx.ValueInfoProto], side: str) -> dict[str, Typed]:
        found: dict[str, Typed] = {}
        for value in values:
            name = checked(value.name)
            place = f"{side} `{shown(name)}`"
            if not name or name in found:
                raise BrokenFileError(f"{place} has no name of its own")
            found[name] = typed(value, place)
            self._spend("dimensions", len(found[name].shape or ()))
        return found

    def _node(self, proto: onnx.NodeProto, outer: frozenset[str]) -> StoredNode:
        self._spend("tensors", len(proto.input) + len(proto.output) + len(proto.attribute))
        domain = own_domain(proto.domain)
        name = checked(proto.op_type)
        if not name:
            raise BrokenFileError("an operator has no name")
        bodies = [body for one in proto.attribute for body in ([one.g] if one.HasField("g") else one.graphs)]
        return StoredNode(
            name=name,
            domain=domain,
            version=self._versions.get(domain),
            inputs=tuple(checked(one) for one in proto.input),
            outputs=tuple(checked(one) for one in proto.output),
            constant=self._value(proto) if name == "Constant" and not domain else None,
            integers={checked(one.name): int(one.i) for one in proto.attribute if one.type == onnx.AttributeProto.INT},
            graphs=tuple(self.graph(body, outer) for body in bodies),
        )

    def _value(self, proto: onnx.NodeProto) -> StoredTensor | None:
        """Read the value of a Constant, in whichever of its forms."""
        for one in proto.attribute:
            match one.name:
                case "value" if one.HasField("t"):
                    return self._constant(one.t, "a constant")
                case "value_float" | "value_floats":
                    array: NDArray[np.generic] = np.array(one.floats or one.f, np.float32)
                    return StoredTensor(array.shape, "float32", array.nbytes)
                case "value_int" | "value_ints":
                    array = np.array(one.ints or one.i, np.int64)
                    return StoredTensor(array.shape, "int64", array.nbytes)
                case "value_string" | "value_strings":
                    return StoredTensor((len(one.strings),) if one.strings else (), "string", 0)
        return None

    def _constant(self, proto: onnx.TensorProto, place: str) -> StoredTensor:
        shape = tuple(int(size) for size in proto.dims)
        self._spend("dimensions", len(shape))
        dtype = DTYPES.get(proto.data_type)
        if dtype is None or dtype == "unknown":
            raise BrokenFileError(f"{place} has element type number {proto.data_type}, which is not known")
        if len(shape) > _MAX_RANK or min(shape, default=0) < 0:
            raise BrokenFileError(f"{place} has no sound shape")
        size = (prod(shape) * DTYPE_BITS[dtype] + 7) // 8
        if size > _MAX_TENSOR_BYTES:
            raise BrokenFileError(f"{place} claims {size} bytes; at most {_MAX_TENSOR_BYTES} are believed")
        if proto.data_location == onnx.TensorProto.EXTERNAL:
            self._check_external(proto, size, place)
            return StoredTensor(shape, dtype, size)
        _check_data(proto, shape, dtype, size, place)
        return StoredTensor(shape, dtype, size, _values(proto, shape, dtype))

    def _check_external(self, proto: onnx.TensorProto, size: int, place: str) -> None:
        entries = {checked(entry.key): checked(entry.value) for entry in proto.external_data}
        self._spend("external entries", len(proto.external_data))
        try:
            offset, length = int(entries.get("offset") or 0), int(entries.get("length") or size)
        except ValueError as error:
            raise BrokenFileError(f"{place} lies in another file at no sound place") from error
        location = entries.get("location", "")
        held = self._companions[location]
        if length != size or offset < 0 or offset + length > held:
            raise BrokenFileError(
                f"{place} should be {size} bytes of `{shown(location)}` from byte {offset} on; "
                f"that file has {held}, and {length} are claimed"
            )

    def _spend(self, kind: str, count: int) -> None:
        """Count work before it is done."""
        self._read[kind] += count
        if self._read[kind] > _LIMITS[kind]:
            raise BrokenFileError(f"it claims more than {_LIMITS[kind]} {kind}, which is more than this tool reads")


def _read_by(node: StoredNode) -> Iterable[str]:
    yield from filter(None, node.inputs)
    for body in node.graphs:
        yield from body.captured


def _check_data(proto: onnx.TensorProto, shape: tuple[int, ...], dtype: str, size: int, place: str) -> None:
    if dtype == "string":
        return
    if proto.HasField("raw_data"):
        held, wanted = len(proto.raw_data), size
    else:
        held = next((len(getattr(proto, one)) for one in _DATA_FIELDS if len(getattr(proto, one))), 0)
        # Complex numbers take two entries; what is narrower than four bits may be packed in the 32 of an entry.
        wanted = prod(shape) * (2 if dtype.startswith("complex") else 1)
        if DTYPE_BITS[dtype] < 8 and held in (wanted, size):
            return
    if held != wanted:
        raise BrokenFileError(f"{place} holds {held} bytes or numbers, its shape and type need {wanted}")


def _values(proto: onnx.TensorProto, shape: tuple[int, ...], dtype: str) -> NDArray[np.generic] | None:
    if dtype not in ("float32", "float16", "int8", "uint8", "int16", "uint16", "int32", "int64"):
        return None
    if prod(shape) > _MAX_READ_ELEMENTS:
        return None
    return np.asarray(onnx.numpy_helper.to_array(proto))
