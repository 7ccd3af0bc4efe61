"""One small model in every format: what goes in and out of an engine, whichever it is.

Inputs `a` float32 and `b` int32, both (batch, width) with either open; outputs `sum` = a + b as float32, `next` = b + 1
as int32, and `above`, the rows and columns where a > b as int64 (n, 2): how many there are is only known after a run.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from examples.tflite_writer import Options, TfliteWriter
from tests.conftest import oracle
from tests.tiny_models import tensorflow_graph
from zoo_tools.domain.settings import EngineName

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Case:
    """A model in a format, as an engine is given it."""

    engine: EngineName
    format: str
    build: Callable[[], dict[str, bytes]]
    """Files by name, the model first."""
    network: str | None = None
    inputs: tuple[str, ...] = ("`a` float32 (1, ?)", "`b` int32 (1, ?)")
    feeds: Callable[[], Arrays] = field(default=lambda: feeds(4))

    def __str__(self) -> str:
        return f"{self.engine}-{self.format}"


def feeds(width: int) -> Arrays:
    """Return arrays for `a` and `b`."""
    b = np.arange(width, dtype=np.int32)[np.newaxis]
    return {"a": np.add(b, np.where(b % 3 == 1, -0.5, 0.25), dtype=np.float32), "b": b}


def answers(given: Arrays) -> Arrays:
    """Return what the model should say to that."""
    a, b = given["a"], given["b"]
    above = np.argwhere(np.greater(a, b)).astype(np.int64)
    return {"sum": np.add(a, b, dtype=np.float32), "next": np.add(b, 1, dtype=np.int32), "above": above}


def as_tflite() -> dict[str, bytes]:
    """Write the model as TFLite."""
    writer = TfliteWriter("made by tests")
    a, b = (
        writer.tensor("a", (1, 1), "float32", signature=(-1, -1)),
        writer.tensor("b", (1, 1), "int32", signature=(-1, -1)),
    )
    real, total = (writer.tensor(name, (1, 1), "float32", signature=(-1, -1)) for name in ("real", "sum"))
    after = writer.tensor("next", (1, 1), "int32", signature=(-1, -1))
    greater = writer.tensor("greater", (1, 1), "bool", signature=(-1, -1))
    above = writer.tensor("above", (1, 2), "int64", signature=(-1, 2))
    writer.operator("CAST", [b], [real])
    writer.operator("ADD", [a, real], [total], options=Options("AddOptions"))
    writer.operator(
        "ADD", [b, writer.constant("one", np.array([[1]], np.int32))], [after], options=Options("AddOptions")
    )
    writer.operator("GREATER", [a, real], [greater])
    writer.operator("WHERE", [greater], [above])
    return {"model.tflite": writer.build([a, b], [total, after, above])}


def as_onnx() -> dict[str, bytes]:
    """Write the model as ONNX."""
    oracle("onnx")
    from tests.tiny_models.onnx_graph import GraphWriter, value  # noqa: PLC0415 (not everybody has the package)

    graph = GraphWriter(opset=17)
    real = graph.add("Cast", ["b"], "real", to=1)
    graph.add("Add", ["a", real], "sum")
    graph.binary("Add", "b", np.array([[1]], np.int32), "next")
    found = graph.add("NonZero", [graph.add("Greater", ["a", real], "greater")], "found")
    graph.add("Transpose", [found], "above", perm=[1, 0])
    open_ = ["batch", "width"]
    inputs = [value("a", "float32", open_), value("b", "int32", open_)]
    outputs = [value("sum", "float32", open_), value("next", "int32", open_), value("above", "int64", ["found", 2])]
    return {"model.onnx": graph.build("two_inputs", inputs, outputs)}


def as_ir() -> dict[str, bytes]:
    """Write the model as OpenVINO IR."""
    from tests.tiny_models.ir import opset8, saved  # noqa: PLC0415 (not everybody has the package)

    a, b = opset8.parameter([-1, -1], np.float32, name="a"), opset8.parameter([-1, -1], np.int32, name="b")
    real = opset8.convert(b, "f32", name="real")
    one = opset8.constant(np.array([[1]], np.int32), name="one")
    found = opset8.non_zero(opset8.greater(a, real, name="greater"), "i64", name="found")
    above = opset8.transpose(found, opset8.constant(np.array([1, 0], np.int64), name="order"), name="above")
    outputs = [opset8.add(a, real, name="sum"), opset8.add(b, one, name="next"), above]
    return saved("two_inputs", [a, b], outputs)


def as_frozen_graph() -> dict[str, bytes]:
    """Write the model as a TensorFlow frozen graph."""
    node = tensorflow_graph.node
    nodes = [
        node("a", "Placeholder", dtype="float32", shape=[-1, -1]),
        node("b", "Placeholder", dtype="int32", shape=[-1, -1]),
        node("real", "Cast", "b", SrcT="int32", DstT="float32"),
        tensorflow_graph.constant("one", np.array([[1]], np.int32)),
        node("sum", "AddV2", "a", "real", T="float32"),
        node("next", "AddV2", "b", "one", T="int32"),
        node("greater", "Greater", "a", "real", T="float32"),
        node("above", "Where", "greater", T="bool"),
    ]
    return {"model.pb": tensorflow_graph.graph(nodes)}


def as_checkpoint() -> dict[str, bytes]:
    """Write random weights of a reference network."""
    torch = oracle("torch")
    from zoo_tools.inference.engines.networks import NETWORKS  # noqa: PLC0415 (it needs the package)

    torch.manual_seed(7)
    stored = io.BytesIO()
    torch.save(NETWORKS[NETWORK](2).module.state_dict(), stored)
    return {"model.pth": stored.getvalue()}


def picture() -> Arrays:
    """Return an input of the reference network."""
    return {"input": np.random.default_rng(7).normal(size=(1, 3, 240, 320)).astype(np.float32)}


NETWORK = "ultralight-face-slim-320"
TWO_INPUTS = [
    Case("litert", "tflite", as_tflite),
    Case("onnxruntime", "onnx", as_onnx),
    Case("openvino", "openvino-ir", as_ir),
    Case("openvino", "onnx", as_onnx),
    Case("openvino", "tflite", as_tflite),
    Case("openvino", "tf-frozen-graph", as_frozen_graph),
]
CHECKPOINT = Case("torch", "torch-pth", as_checkpoint, NETWORK, ("`input` float32 (1, 3, 240, 320)",), picture)
CASES = [*TWO_INPUTS, CHECKPOINT]
