"""A TensorFlow frozen graph with the four outputs of the Object Detection API, written without TensorFlow.

The best six of all (cell, class) pairs are listed by their sigmoid scores, boxes as y1 x1 y2 x2 in fractions, labels
from 1; those above 0.3 count.
"""

import numpy as np
from numpy.typing import NDArray

from tests.tiny_models import scene
from tests.tiny_models.tensorflow_graph import constant, graph, node

LISTED = 6
COUNTED = 0.3


def build() -> dict[str, bytes]:
    """Return the file by its name."""
    pairs = scene.CELLS**2 * 2
    nodes = [
        node("image_tensor", "Placeholder", dtype="uint8", shape=[-1, scene.SIDE, scene.SIDE, 3]),
        node("real", "Cast", "image_tensor", SrcT="uint8", DstT="float32"),
        *_binary("times", "Mul", "real", np.float32(2 / 255)),
        *_binary("colours", "Sub", "times", np.float32(1)),
        node("cells", "AvgPool", "colours", T="float32", ksize=[1, scene.CELL, scene.CELL, 1],
              strides=[1, scene.CELL, scene.CELL, 1], padding=b"VALID"),
        *_convolution("logits", scene.LOGITS[1:]),
        *_binary("biased", "BiasAdd", "logits", scene.LOGIT_BIAS[1:]),
        node("sigmoid", "Sigmoid", "biased", T="float32"),
        *_reshaped("pairs", "sigmoid", [1, pairs]),
        constant("listed", np.int32(LISTED)),
        node("best", "TopKV2", "pairs", "listed", T="float32", sorted=True),
        *_binary("class", "FloorMod", "best:1", np.int32(2)),
        *_binary("cell", "FloorDiv", "best:1", np.int32(2)),
        *_binary("label", "AddV2", "class", np.int32(1)),
        node("detection_classes", "Cast", "label", SrcT="int32", DstT="float32"),
        node("detection_scores", "Identity", "best", T="float32"),
        *_boxes(),
        *_binary("counts", "Greater", "best", np.float32(COUNTED)),
        node("ones", "Cast", "counts", SrcT="bool", DstT="float32"),
        constant("rows", np.array([1], np.int32)),
        node("num_detections", "Sum", "ones", "rows", T="float32", Tidx="int32", keep_dims=False),
    ]  # fmt: skip
    return {"frozen_graph.pb": graph(nodes)}


def _boxes() -> list[bytes]:
    """Decode the boxes of all cells as centre and size with variances 0.1 and 0.2, and list those of the best."""
    cells = scene.CELLS**2
    centre, size = np.split(scene.squares(), 2, axis=1)
    # y before x, here and in the weights.
    return [
        *_convolution("offsets", scene.OFFSETS[[1, 0, 3, 2]]),
        *_reshaped("rows of offsets", "offsets", [cells, 4]),
        constant("axis", np.int32(1)),
        node("halves", "Split", "axis", "rows of offsets", T="float32", num_split=2),
        *_binary("shift", "Mul", "halves", size[:, ::-1] * np.float32(0.1)),
        *_binary("centre", "AddV2", "shift", np.ascontiguousarray(centre[:, ::-1])),
        *_binary("growth", "Mul", "halves:1", np.float32(0.2)),
        node("factor", "Exp", "growth", T="float32"),
        *_binary("half size", "Mul", "factor", size[:, ::-1] / np.float32(2)),
        node("low", "Sub", "centre", "half size", T="float32"),
        node("high", "AddV2", "centre", "half size", T="float32"),
        node("corners", "ConcatV2", "low", "high", "axis", T="float32", Tidx="int32", N=2),
        constant("first", np.int32(0)),
        node("detection_boxes", "GatherV2", "corners", "cell", "first", Tparams="float32", Tindices="int32",
              Taxis="int32", batch_dims=0),
    ]  # fmt: skip


def _convolution(name: str, weights: NDArray[np.float32]) -> list[bytes]:
    kernel = np.ascontiguousarray(weights.T[np.newaxis, np.newaxis])
    weighted = node(name, "Conv2D", "cells", f"{name}/weights", T="float32", strides=[1, 1, 1, 1], padding=b"VALID")
    return [constant(f"{name}/weights", kernel), weighted]


def _binary(name: str, operator: str, source: str, other: NDArray[np.generic] | np.generic) -> list[bytes]:
    array = np.asarray(other)
    return [constant(f"{name}/by", array), node(name, operator, source, f"{name}/by", T=array.dtype.name)]


def _reshaped(name: str, source: str, shape: list[int]) -> list[bytes]:
    shaped = node(name, "Reshape", source, f"{name}/shape", T="float32", Tshape="int32")
    return [constant(f"{name}/shape", np.array(shape, np.int32)), shaped]
