"""The detector of red squares as ONNX files: with and without the decoding of its boxes, and with anchors as an output.

A cell of 4 x 4 pixels gives its mean colour, from -1 to 1. The logit is 8 R - 4 G - 4 B - 4 against 0 for background.
"""

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from tests.tiny_models.onnx_graph import GraphWriter, value

SIDE, CELL = 16, 4
GRID = SIDE // CELL
ROWS = GRID * GRID

LOGITS = np.array([[0, 0, 0], [8, -4, -4]], np.float32)
CENTRE_OFFSETS = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1], [0.5, 0, -0.5]], np.float32)
"""dx, dy, dw, dh by R, G, B."""
CORNER_OFFSETS = np.array([[0, 0.1, 0], [0, 0.1, 0], [0, -0.1, 0], [0, -0.1, 0]], np.float32)
"""What `tiny_ssd` has: a red cell grows by a tenth on every side."""


def cells() -> NDArray[np.float32]:
    """Return the cells as x1, y1, x2, y2 in fractions, row by row."""
    row, column = np.divmod(np.arange(ROWS), GRID)
    return np.asarray(np.stack([column, row, column + 1, row + 1], axis=1) / GRID, np.float32)


def raw() -> bytes:
    """Offsets of centre and size, variances 0.1 and 0.2, against the cells: `boxes` they are called nevertheless."""
    graph, rows = _heads(CENTRE_OFFSETS)
    graph.add("Identity", [rows], "boxes")
    return _built(graph, ["boxes"])


def decoded(*, variance: float = 0.1) -> bytes:
    """The same, decoded in the graph."""
    graph, rows = _heads(CENTRE_OFFSETS)
    corners = cells()
    centre, size = (corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]
    shift, growth = _halves(graph, rows)
    shift = graph.binary("Mul", shift, np.float32(variance) * size, "shift")
    middle = graph.binary("Add", shift, centre, "middle")
    growth = graph.add("Exp", [graph.binary("Mul", growth, np.float32(0.2), "growth")], "factor")
    half = graph.binary("Mul", growth, size / 2, "half")
    low, high = graph.add("Sub", [middle, half], "low"), graph.add("Add", [middle, half], "high")
    graph.add("Concat", [low, high], "boxes", axis=2)
    return _built(graph, ["boxes"])


def sibling(*, is_bgr: bool = False) -> bytes:
    """What `tiny_ssd` computes in integers, in floats."""
    graph, rows = _heads(CORNER_OFFSETS, logits=LOGITS[:, ::-1] if is_bgr else LOGITS)
    graph.add("Identity", [rows], "offsets")
    graph.add("Identity", [graph.constant("cells", cells()[np.newaxis])], "anchors")
    return _built(graph, ["offsets", "anchors"])


def sibling_bgr() -> bytes:
    """The same, trained on pictures with red and blue exchanged."""
    return sibling(is_bgr=True)


def random() -> bytes:
    """What `sibling` gives, with noise on its offsets, as if a training step were left in the file."""
    graph, rows = _heads(CORNER_OFFSETS)
    noise = graph.add("RandomUniformLike", [rows], "noise", high=0.01, low=0.0, seed=1.0)
    graph.add("Add", [rows, noise], "offsets")
    graph.add("Identity", [graph.constant("cells", cells()[np.newaxis])], "anchors")
    return _built(graph, ["offsets", "anchors"])


def foreign(domain: str = "ai.onnx.ml") -> bytes:
    """The file without decoding, with an operator of `ai.onnx.ml` that ONNX Runtime has and OpenVINO has not."""
    model = ModelProto.FromString(raw())
    node = next(node for node in model.graph.node if node.op_type == "Identity")
    scaler = helper.make_node("Scaler", node.input, node.output, domain=domain, scale=[1.0], offset=[0.0])
    node.CopyFrom(scaler)
    model.opset_import.append(helper.make_opsetid(domain, 3))
    return bytes(model.SerializeToString(deterministic=True))


def custom() -> bytes:
    """The same with an operator that nobody else has."""
    return foreign("com.acme")


def endless() -> bytes:
    """The file without decoding, with a loop before its input that never ends."""
    picture, go = ("x", TensorProto.FLOAT, [1, 3, SIDE, SIDE]), TensorProto.BOOL
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", go, []),
            helper.make_tensor_value_info(*picture),
        ],
        [helper.make_tensor_value_info("go_on", go, []), helper.make_tensor_value_info("y", *picture[1:])],
    )
    model = ModelProto.FromString(raw())
    for node in model.graph.node:
        node.input[:] = ["looped" if name == "image" else name for name in node.input]
    model.graph.initializer.append(helper.make_tensor("true", go, [], [True]))
    model.graph.node.insert(0, helper.make_node("Loop", ["", "true", "image"], ["looped"], body=body))
    return bytes(model.SerializeToString(deterministic=True))


def _heads(offsets: NDArray[np.float32], *, logits: NDArray[np.float32] = LOGITS) -> tuple[GraphWriter, str]:
    """Return a graph with scores, and the name of its offsets as rows."""
    graph = GraphWriter(opset=13)
    mean = graph.add("AveragePool", ["image"], "cells_seen", kernel_shape=[CELL, CELL], strides=[CELL, CELL])
    maps = graph.head(mean, logits, np.array([0, -4], np.float32), "logits")
    graph.add("Softmax", [graph.rows(maps, [0, -1, 2], "logit_rows")], "scores", axis=2)
    moved = graph.head(mean, offsets, np.zeros(4, np.float32), "deltas")
    return graph, graph.rows(moved, [0, -1, 4], "rows")


def _halves(graph: GraphWriter, rows: str) -> tuple[str, str]:
    graph.add_many("Split", [rows, graph.constant("split", np.array([2, 2], np.int64))], ["first", "second"], axis=2)
    return "first", "second"


def _built(graph: GraphWriter, outputs: list[str]) -> bytes:
    image = value("image", "float32", [1, 3, SIDE, SIDE])
    made = [value("scores", "float32", [1, ROWS, 2])]
    made += [value(name, "float32", [1, ROWS, 4]) for name in outputs]
    return graph.build("tiny_squares", [image], made)
