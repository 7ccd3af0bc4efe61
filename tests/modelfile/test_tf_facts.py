"""TensorFlow frozen graphs: the committed one against what OpenVINO makes of it, and lies in the bytes."""

from pathlib import Path

import pytest

from tests.conftest import oracle
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.kind import FileKind, sniff
from zoo_tools.modelfile.read import read_model
from zoo_tools.modelfile.tf_format import read_tf_graph

GRAPH = Path(__file__).resolve().parent.parent / "tiny_models" / "files" / "frozen_graph.pb"


def number(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def part(key: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return number(key << 3) + number(content % 2**64)
    return number(key << 3 | 2) + number(len(content)) + content


def shape(*sizes: int) -> bytes:
    return b"".join(part(2, part(1, size)) for size in sizes)


def node(name: str, operator: str, *inputs: str, **attributes: bytes) -> bytes:
    entries = [part(5, part(1, key.encode()) + part(2, value)) for key, value in attributes.items()]
    names = [part(3, one.encode()) for one in inputs]
    return part(1, part(1, name.encode()) + part(2, operator.encode()) + b"".join(names) + b"".join(entries))


def const(name: str, *sizes: int, dtype: int = 1, content: bytes | None = None) -> bytes:
    size = 4
    for one in sizes:
        size *= one
    tensor = part(1, dtype) + part(2, shape(*sizes)) + part(4, bytes(size) if content is None else content)
    return node(name, "Const", dtype=part(6, dtype), value=part(8, tensor))


IMAGE = node("image", "Placeholder", dtype=part(6, 4), shape=part(7, shape(-1, 8, 8, 3)))


def test_inputs_outputs_parameters() -> None:
    graph = IMAGE + b"".join([
        const("w", 3, 3, 3, 8), node("w/read", "Identity", "w", T=part(6, 1)),
        node("conv", "Conv2D", "image", "w/read", T=part(6, 1)),
        const("scale", 8), const("shift", 8), const("mean", 8), const("variance", 8),
        node("norm", "FusedBatchNormV3", "conv", "scale", "shift", "mean", "variance"),
        const("d", 3, 3, 8, 2), node("depthwise", "DepthwiseConv2dNative", "norm:0", "d"),
        const("b", 16), node("bias", "AddV2", "depthwise", "b"),
        const("m", 16, 5), node("dense", "MatMul", "bias", "m"), const("c", 5), node("add", "BiasAdd", "dense", "c"),
        node("scores", "Identity", "add", "^norm", T=part(6, 1)),
    ])  # fmt: skip
    found = read_tf_graph(graph)
    assert [(one.name, one.shape, one.dtype) for one in found.inputs] == [("image", (None, 8, 8, 3), "uint8")]
    assert [(one.name, one.shape, one.dtype) for one in found.outputs] == [("scores", None, "float32")]
    # The normalisation becomes the convolution's bias.
    learned = 216 + 8 + 9 * 16 + 16 + 80 + 5
    assert found.parameters == learned
    assert found.constant_bytes_stored == 4 * (learned + 3 * 8)
    assert found.constant_bytes_folded == 4 * learned
    assert (found.macs, found.arena_floor_bytes, found.naive_arena_bytes) == (None, None, None)


def test_the_committed_graph_is_what_openvino_reads(tmp_path: Path) -> None:
    openvino = oracle("openvino")
    path = tmp_path / "converted.xml"
    said = openvino.convert_model(GRAPH)
    openvino.save_model(said, path, compress_to_fp16=False)
    assert sniff(GRAPH) is FileKind.TF_GRAPH
    found = read_model(GRAPH, "tf-frozen-graph")
    assert {one.name for one in found.inputs} == {port.any_name.removesuffix(":0") for port in said.inputs}
    assert {f"{one.name}:0" for one in found.outputs} <= {name for port in said.outputs for name in port.get_names()}
    assert len(found.outputs) == len(said.outputs)
    assert found.parameters == read_model(path, "openvino-ir").parameters


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it has 0 nodes; 1 to 65536 are read"),
        (IMAGE[:-3], "it is cut short or damaged"),
        (IMAGE * 2, "two of its nodes have one name"),
        (IMAGE + node("a", "Relu", "b"), "node `a` reads `b`, which is not there"),
        (part(1, part(1, b"a")), "one of its nodes has no name or no operator"),
        (part(1, part(1, b"\xff") + part(2, b"Relu")), "a name in it is not UTF-8"),
        (const("w", 2, 3, content=b"123"), "node `w` holds 3 bytes, its shape and type need 24"),
        (const("w", -1, content=b""), "node `w` has no sound shape"),
        (const("w", *[1] * 20), "node `w` has no sound shape"),
        (const("w", 2**39, 2**39, content=b""), "constant `w` claims 1208925819614629174706176 bytes"),
        (b"\x00\x00", "it is cut short or damaged"),
        (b"\x0b\x00", "it is cut short or damaged"),
        (b"\xff" * 20, "it is cut short or damaged"),
    ],
)
def test_lies_are_named(content: bytes, message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_tf_graph(content)
    assert message in caught.value.message
