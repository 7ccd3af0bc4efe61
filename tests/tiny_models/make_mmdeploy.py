"""An ONNX file as MMDeploy exports detectors: boxes in pixels, suppressed in the graph, a row of zeros behind them."""

import numpy as np

from tests.tiny_models import scene
from tests.tiny_models.onnx_graph import GraphWriter, value

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""What the caller subtracts and divides by; the graph brings it back to -1 to 1."""


def build() -> dict[str, bytes]:
    """Return the file by its name."""
    graph = GraphWriter(opset=11)
    per_channel = np.array([MEAN, STD], np.float32)[:, np.newaxis, :, np.newaxis, np.newaxis] / np.float32(127.5)
    scaled = graph.binary("Mul", "input", per_channel[1], "scaled")
    real = graph.binary("Add", scaled, per_channel[0] - np.float32(1), "real")
    cells = graph.add("AveragePool", [real], "cells", kernel_shape=[scene.CELL] * 2, strides=[scene.CELL] * 2)
    scores, boxes = _scores(graph, cells), _boxes(graph, cells)
    limits = [graph.constant("most", np.int64(200)), graph.constant("iou", np.float32(0.45)),
              graph.constant("score", np.float32(0.3))]  # fmt: skip
    batched = graph.add("Unsqueeze", [boxes], "batched", axes=[0])
    # Rows of picture, class and box, class by class.
    kept = graph.add("NonMaxSuppression", [batched, scores, *limits], "kept")
    columns = ["pictures", "classes", "rows"]
    graph.add_many("Split", [kept], columns, axis=1)
    indices = graph.reshaped("rows", [-1], "indices")
    sure = graph.add("Unsqueeze", [graph.add("GatherND", [scores, kept], "sure")], "column", axes=[1])
    found = graph.add("Concat", [graph.add("Gather", [boxes, indices], "found boxes"), sure], "found", axis=1)
    zeros = graph.constant("zeros", np.zeros((1, 5), np.float32))
    graph.add("Unsqueeze", [graph.add("Concat", [found, zeros], "filled", axis=0)], "dets", axes=[0])
    classes = graph.reshaped("classes", [-1], "found classes")
    zero = graph.constant("zero", np.zeros(1, np.int64))
    graph.add("Unsqueeze", [graph.add("Concat", [classes, zero], "filled classes", axis=0)], "labels", axes=[0])
    outputs = [value("dets", "float32", ["batch", "found", 5]), value("labels", "int64", ["batch", "found"])]
    image = value("input", "float32", ["batch", 3, scene.SIDE, scene.SIDE])
    return {"mmdeploy.onnx": graph.build("tiny_mmdeploy", [image], outputs)}


def _scores(graph: GraphWriter, cells: str) -> str:
    """Return the probabilities of red and blue, (1, 2, 32)."""
    weights, bias, *_ = scene.pairs()
    rows = graph.rows(graph.head(cells, weights, bias, "logits"), [-1, 3], "rows of logits")
    probabilities = graph.add("Softmax", [rows], "probabilities", axis=1)
    known = graph.add("Gather", [probabilities, graph.constant("known", np.array([1, 2], np.int64))], "objects", axis=1)
    return graph.add("Unsqueeze", [graph.add("Transpose", [known], "by class", perm=[1, 0])], "scores", axes=[0])


def _boxes(graph: GraphWriter, cells: str) -> str:
    """Return corners in pixels within the picture, (32, 4)."""
    *_, weights, priors = scene.pairs()
    pixels = priors * np.float32(scene.SIDE)
    offsets = graph.rows(graph.head(cells, weights, np.zeros(8, np.float32), "offsets"), [-1, 4], "rows of offsets")
    graph.add_many("Split", [offsets], ["shift", "growth"], axis=1)
    moved = graph.binary("Mul", "shift", pixels[:, 2:] * np.float32(0.1), "moved")
    centre = graph.binary("Add", moved, pixels[:, :2], "centre")
    factor = graph.add("Exp", [graph.binary("Mul", "growth", np.float32(0.2), "slow growth")], "factor")
    half = graph.binary("Mul", factor, pixels[:, 2:] / np.float32(2), "half")
    ends = [graph.add("Sub", [centre, half], "low"), graph.add("Add", [centre, half], "high")]
    limits = [graph.constant("left", np.float32(0)), graph.constant("right", np.float32(scene.SIDE))]
    return graph.add("Clip", [graph.add("Concat", ends, "corners", axis=1), *limits], "boxes")
