"""ONNX files of a few bytes that never end or ask for everything: a finding each, in both runtimes."""

import sys
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import oracle
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.worker import Worker

oracle("onnx")
from onnx import GraphProto, helper, numpy_helper

FLOAT, BOOL, INT64 = 1, 9, 7

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py"),
    pytest.mark.parametrize("engine", ["onnxruntime", "openvino"]),
]


def expand() -> bytes:
    """Return 79 bytes that ask for 8 GB: one value, repeated."""
    x, y = helper.make_tensor_value_info("x", FLOAT, [1]), helper.make_tensor_value_info("y", FLOAT, None)
    count = numpy_helper.from_array(np.array([2 << 30], np.int64), "s")
    return model(helper.make_graph([helper.make_node("Expand", ["x", "s"], ["y"])], "g", [x], [y], [count]))


def endless() -> bytes:
    """Return a loop whose condition stays true."""
    x, y, inner, after = (helper.make_tensor_value_info(name, FLOAT, [1]) for name in ("x", "y", "s", "r"))
    turn, goes, on = (
        helper.make_tensor_value_info(name, kind, []) for name, kind in (("i", INT64), ("c", BOOL), ("d", BOOL))
    )
    copies = [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Identity", ["s"], ["r"])]
    body = helper.make_graph(copies, "b", [turn, goes, inner], [on, after])
    loop = helper.make_node("Loop", ["", "t", "x"], ["y"], body=body)
    return model(helper.make_graph([loop], "g", [x], [y], [numpy_helper.from_array(np.ones((), np.bool_), "t")]))


def model(graph: GraphProto) -> bytes:
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    return bytes(made.SerializeToString())


def opened(content: bytes, engine: EngineName, folder: Path) -> Worker:
    (folder / "m.onnx").write_bytes(content)
    limits = WorkerLimits(run_seconds=1)
    return Worker(
        folder / "m.onnx", sha256=sha256(content).hexdigest(), format="onnx", engine=engine, limits=limits
    )  # fmt: skip


def test_a_file_that_asks_for_everything_is_told_so(engine: EngineName, tmp_path: Path) -> None:
    content = expand()
    assert len(content) < 100
    with pytest.raises(ModelRunError) as raised, opened(content, engine, tmp_path) as worker:
        worker.run({"x": np.ones(1, np.float32)})
    assert raised.value.message == "`m.onnx` takes more than 4 GiB of memory."


def test_a_file_that_never_ends_is_ended(engine: EngineName, tmp_path: Path) -> None:
    content = endless()
    assert len(content) < 250
    with opened(content, engine, tmp_path) as worker:
        began = time.monotonic()
        with pytest.raises(ModelRunError) as raised:
            worker.run({"x": np.ones(1, np.float32)})
        assert time.monotonic() - began < 3
    assert raised.value.message == "The worker running `m.onnx` gave no answer within 1 s."
