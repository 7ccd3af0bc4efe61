"""What ONNX Runtime's engine does besides the contract of all engines: open shapes, its own formats, its own words."""

import re
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import oracle
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.worker import Worker

oracle("onnx")
from onnx import helper

from tests.tiny_models.onnx_graph import GraphWriter, Sizes, value

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py")


def worker(folder: Path, content: bytes) -> Worker:
    (folder / "m.onnx").write_bytes(content)
    return Worker(folder / "m.onnx", sha256=sha256(content).hexdigest(), format="onnx", engine="onnxruntime")


@pytest.mark.parametrize(
    ("sizes", "declared", "expected"),
    [
        (["batch", 3], ["batch", 3], (1, 3)),
        # Exporters make up a name for every size they do not know.
        (["unk__1", 3], ["unk__2", 3], (1, 3)),
        ([None, 3], [None, 3], (-1, 3)),
        ([2, 3], [2, 3], (2, 3)),
    ],
)
def test_the_batch_is_one_also_on_the_way_out(
    tmp_path: Path, sizes: Sizes, declared: Sizes, expected: tuple[int, ...]
) -> None:
    graph = GraphWriter(opset=17)
    graph.binary("Add", "x", np.float32(1), "y")
    content = graph.build("g", [value("x", "float32", sizes)], [value("y", "float32", declared)])
    with worker(tmp_path, content) as opened:
        rows = 1 if sizes[0] != 2 else 2
        assert [tensor.shape for tensor in opened.inputs] == [(rows, 3)]
        assert [tensor.shape for tensor in opened.outputs] == [expected]
        assert opened.run({"x": np.zeros((rows, 3), np.float32)})["y"].shape == (rows, 3)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "int32", "int64", "float16", "float64"])
def test_every_type_passes_as_it_is(tmp_path: Path, dtype: str) -> None:
    graph = GraphWriter(opset=17)
    graph.add("Identity", ["x"], "y")
    content = graph.build("g", [value("x", dtype, [3])], [value("y", dtype, [3])])
    given = np.array([0, 1, 1], dtype)
    with worker(tmp_path, content) as opened:
        assert [tensor.dtype for tensor in (*opened.inputs, *opened.outputs)] == [dtype] * 2
        got = opened.run({"x": given})["y"]
    assert (got.dtype, got.tolist()) == (given.dtype, given.tolist())


def test_what_the_runtime_says_comes_without_its_code(tmp_path: Path) -> None:
    x, y = value("x", "float32", [1]), value("y", "float32", [1])
    graph = helper.make_graph([helper.make_node("Nonsense", ["x"], ["y"])], "g", [x], [y])
    for opset, word in ((17, "Nonsense"), (99, "opset")):
        opsets = [helper.make_opsetid("", opset)]
        content = helper.make_model(graph, ir_version=8, opset_imports=opsets).SerializeToString()
        with pytest.raises(ModelRunError) as raised, worker(tmp_path, content):
            pass
        assert raised.value.message.startswith("`m.onnx` is refused by onnxruntime: ")
        assert word in raised.value.message
        assert not re.search(r"ONNXRuntimeError|onnxruntime_src|::", raised.value.message)


def test_texts_are_no_numbers(tmp_path: Path) -> None:
    x, y = (helper.make_tensor_value_info(name, 8, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
    content = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    sentence = r"^`m\.onnx` is refused by onnxruntime: its `x` is tensor\(string\); only tensors of numbers are read\.$"
    with pytest.raises(ModelRunError, match=sentence), worker(tmp_path, content):
        pass
