"""A float TFLite file that ends in TFLite_Detection_PostProcess: four outputs, y before x, labels from 0.

Source of the operator's options: tensorflow/lite/kernels/detection_postprocess.cc.
"""

import numpy as np
import tflite
from flatbuffers import flexbuffers
from numpy.typing import NDArray

from examples.tflite_writer import Options, TfliteWriter
from tests.tiny_models import scene

LISTED = 5
OUTPUTS = tuple(f"TFLite_Detection_PostProcess{end}" for end in ("", ":1", ":2", ":3"))
"""Boxes, classes, scores and count."""

_VALID = {"Padding": tflite.Padding.VALID}


def build() -> dict[str, bytes]:
    """Return the file by its name."""
    writer = TfliteWriter("made by tests/tiny_models")
    sides = (scene.SIDE, scene.SIDE, 3)
    image = writer.tensor("normalized_input_image_tensor", (1, *sides), "float32")
    cells = writer.tensor("cells", (1, scene.CELLS, scene.CELLS, 3), "float32")
    cell = dict.fromkeys(("FilterWidth", "FilterHeight", "StrideW", "StrideH"), scene.CELL)
    writer.operator("AVERAGE_POOL_2D", [image], [cells], options=Options("Pool2DOptions", _VALID | cell))
    logits, bias, offsets, priors = scene.pairs()
    # y before x, here and in the priors.
    swapped = offsets.reshape(2, 4, 3)[:, [1, 0, 3, 2]].reshape(8, 3)
    boxes = _head(writer, cells, swapped, np.zeros(8, np.float32), ("boxes", len(priors), 4))
    classes = _head(writer, cells, logits, bias, ("classes", len(priors), 3))
    scores = writer.tensor("scores", (1, len(priors), 3), "float32")
    writer.operator("LOGISTIC", [classes], [scores])
    anchors = writer.constant("anchors", np.ascontiguousarray(priors[:, [1, 0, 3, 2]]))
    shapes = ((1, LISTED, 4), (1, LISTED), (1, LISTED), (1,))
    outputs = [writer.tensor(name, shape, "float32") for name, shape in zip(OUTPUTS, shapes, strict=True)]
    writer.operator("CUSTOM:TFLite_Detection_PostProcess", [boxes, scores, anchors], outputs, custom=_options())
    return {"postprocess.tflite": writer.build([image], outputs)}


def _head(
    writer: TfliteWriter,
    cells: int,
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
    result: tuple[str, int, int],
) -> int:
    name, rows, width = result
    kernel = writer.constant(f"{name}/weights", np.ascontiguousarray(weights[:, np.newaxis, np.newaxis, :]))
    maps = writer.tensor(f"{name}/maps", (1, scene.CELLS, scene.CELLS, len(weights)), "float32")
    options = Options("Conv2DOptions", _VALID | {"StrideW": 1, "StrideH": 1})
    writer.operator("CONV_2D", [cells, kernel, writer.constant(f"{name}/bias", bias)], [maps], options=options)
    flat = writer.tensor(name, (1, rows, width), "float32")
    writer.operator("RESHAPE", [maps, writer.constant(f"{name}/shape", [1, rows, width])], [flat])
    return flat


def _options() -> bytes:
    writer = flexbuffers.Builder()
    with writer.Map():
        for name, whole in (("max_detections", LISTED), ("max_classes_per_detection", 1), ("num_classes", 2)):
            writer.Int(name, whole)
        writer.Bool("use_regular_nms", value=False)
        for name, real in (("nms_score_threshold", 0.3), ("nms_iou_threshold", 0.45)):
            writer.Float(name, real)
        for name, scale in (("y_scale", 10.0), ("x_scale", 10.0), ("h_scale", 5.0), ("w_scale", 5.0)):
            writer.Float(name, scale)
    return bytes(writer.Finish())
