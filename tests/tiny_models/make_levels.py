"""An ONNX file with the head outputs of MMDetection's SSD: two levels, four priors a cell, background last.

Level 0 sees a red cell with its third prior (wide) and a blue one with its fourth (tall); level 1, of cells twice as
large, sees green with its first (square) and calls it red.
"""

import numpy as np
from numpy.typing import NDArray

from tests.tiny_models import scene
from tests.tiny_models.make_mmdeploy import MEAN, STD
from tests.tiny_models.onnx_graph import GraphWriter, value

PER_CELL = 4
OFF = -10.0
"""Logit of what a prior does not look for."""

Looks = dict[tuple[int, int], NDArray[np.float32]]
"""Prior and class: weights by R, G, B and the bias."""

_RED, _BLUE = (np.append(scene.LOGITS[row], scene.LOGIT_BIAS[row]) for row in (1, 2))
_GREEN = np.array([-1, 2, -1, -1], np.float32)
LEVELS: tuple[Looks, ...] = ({(2, 0): _RED, (3, 1): _BLUE}, {(0, 0): _GREEN})


def build() -> dict[str, bytes]:
    """Return the file by its name."""
    graph = GraphWriter(opset=13)
    per_channel = np.array([MEAN, STD], np.float32)[:, np.newaxis, :, np.newaxis, np.newaxis] / np.float32(127.5)
    scaled = graph.binary("Mul", "image", per_channel[1], "scaled")
    real = graph.binary("Add", scaled, per_channel[0] - np.float32(1), "real")
    scores, boxes = [], []
    for level, looks in enumerate(LEVELS):
        step = scene.CELL << level
        cells = graph.add("AveragePool", [real], f"cells.{level}", kernel_shape=[step] * 2, strides=[step] * 2)
        weights, bias = heads(looks)
        offsets = np.concatenate([scene.OFFSETS] * PER_CELL)
        graph.head(cells, weights, bias, f"cls_score.{level}")
        graph.head(cells, offsets, np.zeros(len(offsets), np.float32), f"bbox_pred.{level}")
        sizes = [scene.CELLS >> level] * 2
        scores.append(value(f"cls_score.{level}", "float32", ["batch", len(weights), *sizes]))
        boxes.append(value(f"bbox_pred.{level}", "float32", ["batch", len(offsets), *sizes]))
    image = value("image", "float32", ["batch", 3, scene.SIDE, scene.SIDE])
    return {"levels.onnx": graph.build("tiny_levels", [image], [*scores, *boxes])}


def heads(looks: Looks) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights and bias of the class scores of a level: red, blue and background for each prior of a cell."""
    table = np.zeros((PER_CELL, 3, 4), np.float32)
    table[:, :2, 3] = OFF
    for (prior, class_id), line in looks.items():
        table[prior, class_id] = line
    flat = table.reshape(-1, 4)
    return np.ascontiguousarray(flat[:, :3]), flat[:, 3].copy()
