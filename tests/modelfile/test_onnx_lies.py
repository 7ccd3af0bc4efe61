"""ONNX files that lie: data elsewhere, sizes that cannot be, names twice, bodies in bodies."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.conftest import oracle
from zoo_tools.errors import UnavailableError

oracle("onnx")

import onnx
from onnx import helper

from tests.modelfile.onnx_models import body, constant, facts, model, node, refusal, small, value


def external(location: str, *, offset: int = 0, length: int | None = None) -> onnx.ModelProto:
    made = small()
    tensor = made.graph.initializer[0]
    size = len(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, text in (("location", location), ("offset", str(offset)), ("length", str(length or size))):
        tensor.external_data.add(key=key, value=text)
    return made


def test_data_in_a_file_that_was_given_counts() -> None:
    size = 8 * 27 * 4
    assert facts(external("w.data", offset=64), {"w.data": 64 + size}) == facts(small())


@pytest.mark.parametrize(
    "location", [".git/config", "../w.data", "/etc/passwd", "", ".", "a\\b", "c:w", "w\n", "é.data"]
)
def test_only_plain_names_are_taken(location: str) -> None:
    message = refusal(external(location), {location: 10_000})
    assert message.startswith("its data should lie in `")
    assert message.endswith("only plain names of files beside it are taken")


def test_what_was_not_given_is_named() -> None:
    assert refusal(external("w.data")) == "its data lies in `w.data`, which was not given with it"
    size = 8 * 27 * 4
    message = refusal(external("w.data", offset=1), {"w.data": size})
    assert message == (
        f"constant `w0` should be {size} bytes of `w.data` from byte 1 on; that file has {size}, and {size} are claimed"
    )
    assert "and 9 are claimed" in refusal(external("w.data", length=9), {"w.data": size})
    made = external("w.data")
    made.graph.initializer[0].external_data[1].value = "here"
    assert refusal(made, {"w.data": size}) == "constant `w0` lies in another file at no sound place"


def test_an_operator_set_of_the_future_is_no_fault_of_the_file() -> None:
    made = small()
    made.opset_import[0].version = 10_000
    with pytest.raises(UnavailableError, match="operator set 10000; the installed onnx package knows those up to"):
        facts(made)


def changed(edit: str) -> onnx.ModelProto:
    """Make one lie into the small network."""
    made = small()
    graph = made.graph
    match edit:
        case "name twice":
            graph.node[1].output[0] = "a"
        case "circle":
            graph.node[0].input[0] = "e"
        case "no operator":
            graph.node[0].op_type = ""
        case "long name":
            graph.node[0].op_type = "x" * 5000
        case "constant twice":
            graph.initializer.append(graph.initializer[0])
        case "input twice":
            graph.input.append(graph.input[0])
        case "no output":
            graph.output[0].name = "nothing"
        case "no graph":
            graph.Clear()
        case _:
            _resize(graph, edit)
    return made


def _resize(graph: onnx.GraphProto, edit: str) -> None:
    height, width = graph.input[0].type.tensor_type.shape.dim[2:4]
    weights = graph.initializer[0]
    match edit:
        case "negative size":
            height.dim_value = -5
        case "huge size":
            height.dim_value = 2**62
        case "huge image":
            height.dim_value = width.dim_value = 2**30
        case "negative constant":
            weights.dims[0] = -1
        case "huge constant":
            weights.dims[0] = 2**62
        case "short constant":
            weights.raw_data = b"123"
        case "unknown type":
            weights.data_type = 4321
        case "many dimensions":
            weights.dims.extend([1] * 20)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("name twice", "two things in one graph are called `a`"),
        ("circle", "Conv reads `e`, which nothing before it computes"),
        ("constant twice", "two of its constants have one name"),
        ("input twice", "input `image` has no name of its own"),
        ("no output", "nothing computes its output `nothing`"),
        ("negative size", "input `image` has a dimension of -5"),
        ("huge size", "input `image` has a dimension of 4611686018427387904"),
        ("huge image", "`image` takes 13835058055282163712 bytes; at most 1099511627776 are believed"),
        ("negative constant", "constant `w0` has no sound shape"),
        ("huge constant", "constant `w0` claims 498062089990157893632 bytes; at most 1099511627776 are believed"),
        ("short constant", "constant `w0` holds 3 bytes or numbers, its shape and type need 864"),
        ("unknown type", "constant `w0` has element type number 4321, which is not known"),
        ("no operator", "an operator has no name"),
        ("long name", "a name in it has more than 4096 characters"),
        ("no graph", "it holds no graph"),
        ("many dimensions", "constant `w0` has no sound shape"),
    ],
)
def test_lies_are_named(edit: str, message: str) -> None:
    assert refusal(changed(edit)) == message


def test_an_expansion_to_eight_gigabytes_is_only_a_number() -> None:
    made = model(
        [node("Expand", "x shape", "y")], [value("x", [1])], [value("y", None)], [constant("shape", np.array([2**31]))]
    )
    found = facts(made)
    assert found.outputs[0].shape == (2**31,)
    assert found.naive_arena_bytes == 4 * 2**31 + 16


def nested(depth: int) -> onnx.ModelProto:
    """Put branches into each other."""
    scalar = [value("out", [1])]
    inner: Sequence[onnx.NodeProto] = [node("Identity", "x", "out")]
    for _ in range(depth):
        inner = [
            helper.make_node(
                "If",
                ["c"],
                ["out"],
                then_branch=body(inner, [], scalar),
                else_branch=body([node("Identity", "x", "out")], [], scalar),
            )
        ]
    return model(inner, [value("x", [1]), value("c", [], int(onnx.TensorProto.BOOL))], scalar)


def test_branches_in_branches() -> None:
    found = facts(nested(8))
    assert found.uncounted_operators == ("If",)
    assert {one.name: one.count for one in found.operators} == {"If": 8, "Identity": 9}
