"""ONNX files that are sound as containers and wrong in what they say: one name, number or list is another."""

import random
from collections.abc import Callable, Iterator

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto

from tests.crash_corpus.sample import Sample

_LENGTHS = (0, -1, 1, 7, 2**31, 2**40, 2**62, -(2**63))
_OPERATORS = (
    "Loop", "If", "Scan", "Expand", "Tile", "Reshape", "Concat", "Resize", "Gather", "Slice", "Range",
    "ConstantOfShape", "NonMaxSuppression", "TopK", "Pad", "MatMul", "DequantizeLinear", "LSTM", "Softmax", "Identity",
    "Nobody",
)  # fmt: skip


def structures_changed(content: bytes, *, count: int, seed: int) -> Iterator[Sample]:
    """Yield files with one thing changed each, kind after kind; the same for the same seed."""
    dice = random.Random(seed)
    seen = {content}
    kinds = list(_CHANGES)
    while len(seen) <= count:
        kind = kinds[len(seen) % len(kinds)]
        model = ModelProto.FromString(content)
        _CHANGES[kind](model, dice)
        changed = bytes(model.SerializeToString(deterministic=True))
        if changed not in seen:
            seen.add(changed)
            yield Sample("structure", kind, "onnx", changed)


def _names(graph: GraphProto) -> list[str]:
    made = [name for node in graph.node for name in node.output]
    return [*made, *(one.name for one in graph.initializer), *(one.name for one in graph.input), "", "nobody"]


def _node(model: ModelProto, dice: random.Random) -> NodeProto:
    node: NodeProto = dice.choice(model.graph.node)
    return node


def _inputs(model: ModelProto, dice: random.Random) -> None:
    """Let a node read something else, nothing, too little or too much."""
    node, names = _node(model, dice), _names(model.graph)
    match dice.randrange(4):
        case 0:
            del node.input[dice.randrange(len(node.input)) :]
        case 1:
            node.input.extend(dice.choices(names, k=dice.choice((1, 2, 20))))
        case _:
            node.input[dice.randrange(len(node.input))] = dice.choice(names)


def _outputs(model: ModelProto, dice: random.Random) -> None:
    node, names = _node(model, dice), _names(model.graph)
    match dice.randrange(3):
        case 0:
            node.output.extend(dice.choices([*names, "more"], k=dice.choice((1, 2, 20))))
        case 1:
            del node.output[:]
        case _:
            node.output[0] = dice.choice(names)


def _cycle(model: ModelProto, dice: random.Random) -> None:
    """Let a node read what it, or a later one, writes."""
    at = dice.randrange(len(model.graph.node))
    node, later = model.graph.node[at], dice.choice(model.graph.node[at:])
    node.input[dice.randrange(len(node.input))] = later.output[0]


def _operator(model: ModelProto, dice: random.Random) -> None:
    node = _node(model, dice)
    node.op_type = dice.choice(_OPERATORS)
    node.domain = dice.choice(("", "", "", "", "ai.onnx.ml", "com.microsoft", "com.example"))


def _attribute(model: ModelProto, dice: random.Random) -> None:
    """Change a value or the type of an attribute, or add one."""
    node = dice.choice([node for node in model.graph.node if node.attribute])
    one: AttributeProto = dice.choice(node.attribute)
    match dice.randrange(4):
        case 0:
            one.type = dice.randrange(15)  # type: ignore[assignment]  # numbers beyond the enumeration are the point
        case 1:
            del node.attribute[:]
        case 2:
            node.attribute.add(name=dice.choice(("axis", "auto_pad", "group", "pads", one.name)), i=5, type=2)
        case _ if one.ints:
            one.ints[dice.randrange(len(one.ints))] = dice.choice(_LENGTHS)
        case _:
            one.i = dice.choice(_LENGTHS)


def _dims(model: ModelProto, dice: random.Random) -> None:
    """Let a constant have sizes that its bytes do not fill, negative ones, more or fewer."""
    tensor = dice.choice(model.graph.initializer)
    match dice.randrange(3):
        case 0:
            tensor.dims.append(dice.choice(_LENGTHS))
        case 1:
            tensor.dims.pop()
        case _:
            tensor.dims[dice.randrange(len(tensor.dims))] = dice.choice(_LENGTHS)


def _content(model: ModelProto, dice: random.Random) -> None:
    """Let a constant be of another type, without bytes, cut, twice there or not at all."""
    tensor = dice.choice(model.graph.initializer)
    match dice.randrange(5):
        case 0:
            tensor.data_type = dice.randrange(40)
        case 1:
            tensor.raw_data = tensor.raw_data[: dice.randrange(len(tensor.raw_data))]
        case 2:
            tensor.raw_data = dice.randbytes(len(tensor.raw_data))
        case 3:
            model.graph.initializer.append(tensor)
        case _:
            model.graph.initializer.remove(tensor)


def _ends(model: ModelProto, dice: random.Random) -> None:
    """Let the graph begin or end with other tensors, of other types and sizes."""
    graph = model.graph
    one: ValueInfoProto = dice.choice([*graph.input, *graph.output])
    match dice.randrange(5):
        case 0:
            one.name = dice.choice(_names(graph))
        case 1:
            one.type.tensor_type.elem_type = dice.randrange(30)
        case 2:
            one.type.tensor_type.ClearField("shape")
        case 3:
            one.ClearField("type")
        case _:
            size = dice.choice(one.type.tensor_type.shape.dim)
            size.dim_value = dice.choice(_LENGTHS)


def _version(model: ModelProto, dice: random.Random) -> None:
    """Count operators by another set, or by one that nobody has."""
    match dice.randrange(3):
        case 0:
            model.opset_import[0].version = dice.choice((-1, 0, 1, 5, 6, 9, 12, 18, 24, 99, 2**62))
        case 1:
            model.ir_version = dice.choice((0, 1, 2, 3, 5, 10, 30))
        case _:
            model.opset_import[0].domain = dice.choice(("ai.onnx.ml", "com.example"))


def _order(model: ModelProto, dice: random.Random) -> None:
    """Put nodes in another order, twice, or leave one out."""
    nodes = list(model.graph.node)
    match dice.randrange(3):
        case 0:
            dice.shuffle(nodes)
        case 1:
            nodes.append(dice.choice(nodes))
        case _:
            nodes.remove(dice.choice(nodes))
    del model.graph.node[:]
    model.graph.node.extend(nodes)


_CHANGES: dict[str, Callable[[ModelProto, random.Random], None]] = {
    "node inputs": _inputs,
    "node outputs": _outputs,
    "cycle": _cycle,
    "operator": _operator,
    "attributes": _attribute,
    "constant's sizes": _dims,
    "constant's content": _content,
    "inputs and outputs": _ends,
    "operator set": _version,
    "order of nodes": _order,
}
