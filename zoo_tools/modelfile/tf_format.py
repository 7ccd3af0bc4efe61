"""A TensorFlow frozen graph's facts: nodes, parameters, and constants; shapes are not in the file.

Without shapes there are no multiply-accumulates and no arenas. Inputs are placeholders; outputs are nodes that no
other node reads.

Source of the field and type numbers: node_def.proto, attr_value.proto, tensor.proto, tensor_shape.proto and types.proto
of https://github.com/tensorflow/tensorflow, folder tensorflow/core/framework.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from zoo_tools.domain.model_facts import ModelFacts, TensorFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.facts import graph_facts, operator_facts
from zoo_tools.modelfile.graph import DTYPE_BITS, Folding, Graph, Operator, Role, Tensor
from zoo_tools.modelfile.naming import shown
from zoo_tools.modelfile.protobuf_wire import Field, fields, signed, text

_MAX_NODES = 65_536
_MAX_RANK = 16
_MAX_TENSOR_BYTES = 2**40
_TYPES = dict(
    enumerate(
        "unknown float32 float64 int32 uint8 int16 int8 string complex64 int64 bool int8 uint8 int32 bfloat16 int16 "
        "uint16 uint16 complex128 float16 resource variant uint32 uint64".split()
    )
)
_PRODUCTS = {
    "Conv2D": 1, "DepthwiseConv2dNative": 1, "Conv3D": 1, "Conv2DBackpropInput": 1, "MatMul": 1, "BatchMatMul": 1,
    "BatchMatMulV2": 1,
}  # fmt: skip
"""Where the filters or matrices of an operator stand."""
_ROLES = {
    "Add": Role.SUM,
    "AddV2": Role.SUM,
    "BiasAdd": Role.SUM,
    "Identity": Role.CONVERSION,
    "Cast": Role.CONVERSION,
    "Reshape": Role.CONVERSION,
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), Role.NORMALIZATION),
}
_UNCOUNTED = frozenset("Einsum If PartitionedCall StatefulPartitionedCall StatelessIf StatelessWhile While".split())
_OF_ONE_TYPE = frozenset(
    """
    Add AddV2 AvgPool BiasAdd ConcatV2 Conv2D DepthwiseConv2dNative Exp GatherNd Identity MatMul MaxPool Maximum
    Minimum Mul Pack RealDiv Relu Relu6 Reshape Sigmoid Slice Softmax Squeeze StridedSlice Sub Sum Tile Transpose
    """.split()
)
"""Operators whose results are of the type T of what they read."""
_NO_OUTPUT = ("Assert", "Const", "NoOp", "Placeholder")


@dataclass(frozen=True, slots=True)
class _Node:
    """A node as the file writes it; `shape` and `dtype` are those of a constant or placeholder."""

    name: str
    operator: str
    inputs: tuple[str, ...]
    dtype: str
    shape: tuple[int, ...] | None


def read_tf_graph(data: bytes) -> ModelFacts:
    """Read the facts of a frozen graph.

    Raises:
        BrokenFileError: the message says what is wrong and stands after the file's name.
    """
    nodes = [
        _node(field.content) for field in fields(memoryview(data)) if field.number == 1 and field.content is not None
    ]
    if not 0 < len(nodes) <= _MAX_NODES:
        raise BrokenFileError(f"it has {len(nodes)} nodes; 1 to {_MAX_NODES} are read")
    if len({node.name for node in nodes}) < len(nodes):
        raise BrokenFileError("two of its nodes have one name")
    return graph_facts(
        "tf-frozen-graph",
        [_graph(nodes)],
        inputs=tuple(_facts(node) for node in nodes if node.operator == "Placeholder"),
        outputs=tuple(_facts(node) for node in _unread(nodes)),
        operators=operator_facts((node.operator, None, "") for node in nodes if node.operator != "Const"),
        per_channel_tensors=0,
    )


def _unread(nodes: Sequence[_Node]) -> list[_Node]:
    read = {_source(name) for node in nodes for name in node.inputs}
    return [node for node in nodes if node.name not in read and node.operator not in _NO_OUTPUT]


def _graph(nodes: Sequence[_Node]) -> Graph:
    position = {node.name: at for at, node in enumerate(nodes)}
    tensors = tuple(_tensor(node, at) for at, node in enumerate(nodes))
    operators = tuple(
        _operator(node, at, position, tensors) for at, node in enumerate(nodes) if node.operator != "Const"
    )
    inputs = tuple(at for at, node in enumerate(nodes) if node.operator == "Placeholder")
    return Graph(tensors, operators, inputs, tuple(position[node.name] for node in _unread(nodes)))


def _operator(node: _Node, at: int, position: Mapping[str, int], tensors: Sequence[Tensor]) -> Operator:
    sources = [_source(name) for name in node.inputs if not name.startswith("^")]
    absent = [name for name in sources if name not in position]
    if absent:
        raise BrokenFileError(f"node `{shown(node.name)}` reads `{shown(absent[0])}`, which is not there")
    inputs = tuple(position[name] for name in sources)
    place = _PRODUCTS.get(node.operator, len(inputs))
    weights = inputs[place : place + 1] or (inputs[1:2] if node.operator == "BiasAdd" else ())
    is_product = node.operator in _PRODUCTS
    return Operator(
        name=node.operator,
        version=None,
        inputs=inputs,
        outputs=(at,),
        weights=weights,
        macs=None if is_product or node.operator in _UNCOUNTED else 0,
        role=Role.PRODUCT if is_product else _ROLES.get(node.operator, Role.PLAIN),
        channels=_channels(node.operator, tensors[weights[0]].shape) if is_product and weights else None,
        # What loops and branches give depends on their turn; the rest follows from constants, where all are.
        folding=Folding.WITH_CONSTANTS if node.operator in _FOLDED else Folding.NEVER,
    )


_FOLDED = ("Identity", "Cast", "Reshape")


def _channels(operator: str, filters: tuple[int, ...]) -> int | None:
    """Return as many elements as a bias has; filters are (height, width, in, out), or (…, in, multiplier)."""
    if not filters:
        return None
    return prod(filters[-2:]) if operator == "DepthwiseConv2dNative" else filters[-1]


def _source(name: str) -> str:
    """Return the node of an input: `node`, `node:1`, or `^node` where only the order matters."""
    return name.removeprefix("^").partition(":")[0]


def _tensor(node: _Node, at: int) -> Tensor:
    if node.operator != "Const" or node.shape is None:
        return Tensor(node.name, (), None, node.dtype, is_sized=False)
    size = (prod(node.shape) * DTYPE_BITS[node.dtype] + 7) // 8
    if size > _MAX_TENSOR_BYTES:
        raise BrokenFileError(
            f"constant `{shown(node.name)}` claims {size} bytes; at most {_MAX_TENSOR_BYTES} are believed"
        )
    return Tensor(node.name, node.shape, node.shape, node.dtype, buffer=at, stored_bytes=size)


def _facts(node: _Node) -> TensorFacts:
    if node.shape is None:
        return TensorFacts(node.name, None, None, node.dtype)
    declared = tuple(None if size < 0 else size for size in node.shape)
    return TensorFacts(node.name, declared, tuple(size or 1 for size in declared), node.dtype)


def _node(message: memoryview) -> _Node:
    name, operator, inputs, attributes = "", "", list[str](), dict[str, memoryview]()
    for field in fields(message):
        if field.number == 1:
            name = text(field.content)
        elif field.number == 2:
            operator = text(field.content)
        elif field.number == 3:
            inputs.append(text(field.content))
        elif field.number == 5 and field.content is not None:
            entry = {one.number: one.content for one in fields(field.content)}
            attributes[text(entry.get(1))] = entry.get(2) or memoryview(b"")
    if not name or not operator:
        raise BrokenFileError("one of its nodes has no name or no operator")
    place = f"node `{shown(name)}`"
    key = "T" if operator in _OF_ONE_TYPE else "DstT" if operator == "Cast" else "dtype"
    dtype = next((_TYPES.get(one.value, "unknown") for one in _in(attributes, key, 6)), "unknown")
    if operator == "Const":
        for tensor in _in(attributes, "value", 8):
            dtype, shape = _constant(tensor.content or memoryview(b""), place)
            return _Node(name, operator, tuple(inputs), dtype, shape)
    shapes = [_shape(one.content, place) for one in _in(attributes, "shape", 7)]
    return _Node(name, operator, tuple(inputs), dtype, shapes[0] if shapes else None)


def _in(attributes: Mapping[str, memoryview], name: str, number: int) -> Iterator[Field]:
    return (field for field in fields(attributes.get(name, memoryview(b""))) if field.number == number)


def _constant(message: memoryview, place: str) -> tuple[str, tuple[int, ...]]:
    dtype = "unknown"
    shape: tuple[int, ...] = ()
    size = 0
    for field in fields(message):
        if field.number == 1:
            dtype = _TYPES.get(field.value, "unknown")
        elif field.number == 2:
            shape = _shape(field.content, place) or ()
        elif field.number == 4:
            size = len(field.content or b"")
    if min(shape, default=0) < 0:
        raise BrokenFileError(f"{place} has no sound shape")
    wanted = prod(shape) * DTYPE_BITS[dtype] // 8
    # Equal values may be written once; they are in other fields then.
    if size and DTYPE_BITS[dtype] and size != wanted:
        raise BrokenFileError(f"{place} holds {size} bytes, its shape and type need {wanted}")
    return dtype, shape


def _shape(message: memoryview | None, place: str) -> tuple[int, ...] | None:
    """Read a shape; None where not even the number of dimensions is known. An open size is -1."""
    sizes: list[int] = []
    for field in fields(message or memoryview(b"")):
        if field.number == 3 and field.value:
            return None
        if field.number == 2:
            dimension = {one.number: one.value for one in fields(field.content or memoryview(b""))}
            sizes.append(signed(dimension.get(1, 0)))
    if len(sizes) > _MAX_RANK or min(sizes, default=0) < -1 or max(sizes, default=0) > _MAX_TENSOR_BYTES:
        raise BrokenFileError(f"{place} has no sound shape")
    return tuple(sizes)
