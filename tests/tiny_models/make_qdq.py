"""An int8 ONNX file of quantize and dequantize pairs with the contract of ssd_mobilenetv2_pt.

300 x 300 pixels, 3000 priors, logits with the background first, raw offsets; the second output has the name an exporter
made up. All stored values are exact, so that the arithmetic is that of `scene` with colours of 127/128 instead of 1:
a red cell of level 3 is seen by its first prior, a blue cell of level 0 by its fifth.
"""

import numpy as np
from numpy.typing import NDArray

from tests.tiny_models import scene
from tests.tiny_models.make_levels import Looks
from tests.tiny_models.onnx_graph import GraphWriter, value

SIDE, MAPS, PER_CELL = 300, (19, 10, 5, 3, 2, 1), 6
OFF = -3.0
"""Logit of what a prior does not look for; int8 steps of 1/32 end at 4."""
_RED, _BLUE = (np.append(scene.LOGITS[row], scene.LOGIT_BIAS[row]) for row in (1, 2))
LOOKS: dict[int, Looks] = {3: {(0, 0): _RED}, 0: {(4, 1): _BLUE}}
"""What is looked for, by level."""
RED_AT, BLUE_AT = (128, 128, 256, 256), (48, 32, 64, 48)
"""Pixels x1 y1 x2 y2 that are exactly cell (1, 1) of level 3 and cell (3, 2) of level 0."""


def picture() -> NDArray[np.uint8]:
    """Return the picture that it is shown, in its own size."""
    drawn = np.full((SIDE, SIDE, 3), 127, np.uint8)
    for (left, top, right, bottom), colour in ((RED_AT, (255, 0, 0)), (BLUE_AT, (0, 0, 255))):
        drawn[top:bottom, left:right] = colour
    return drawn


def build() -> dict[str, bytes]:
    """Return the file by its name."""
    graph = GraphWriter(opset=17)
    pixels = _stored(graph, "input", 1 / 128, "pixels")
    mean = np.full((3, 1, 16, 16), 1, np.int8)
    # 19 cells of 16 pixels are 304: what is beyond the picture is 0, which is grey.
    kernel = _weights(graph, mean, np.full(3, 1 / 256, np.float32), "mean")
    cells = graph.add("Conv", [pixels, kernel], "mean", group=3, strides=[16, 16], pads=[0, 0, 4, 4])
    scores, boxes = [], []
    for level, size in enumerate(MAPS):
        cells = _stored(graph, cells, 1 / 128, f"cells.{level}")
        weights, bias = _heads(LOOKS.get(level, {}))
        scores.append(_head(graph, cells, weights, bias, f"scores.{level}"))
        offsets = np.concatenate([scene.OFFSETS] * PER_CELL)
        boxes.append(_head(graph, cells, offsets, np.zeros(len(offsets), np.float32), f"offsets.{level}"))
        if size > 1:
            cells = graph.add(
                "AveragePool", [cells], f"smaller.{level}", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1
            )  # fmt: skip
    graph.add("Concat", scores, "output", axis=1)
    graph.add("Concat", boxes, "749", axis=1)
    count = sum(size * size for size in MAPS) * PER_CELL
    outputs = [value("output", "float32", ["batch_size", count, 3]), value("749", "float32", ["batch_size", count, 4])]
    image = value("input", "float32", ["batch_size", 3, SIDE, SIDE])
    return {"qdq_int8.onnx": graph.build("tiny_qdq_int8", [image], outputs)}


def _heads(looks: Looks) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights and bias of the class scores of a level: background, red and blue for each prior of a cell."""
    table = np.zeros((PER_CELL, 3, 4), np.float32)
    table[:, 1:, 3] = OFF
    for (prior, class_id), line in looks.items():
        table[prior, class_id + 1] = line
    flat = table.reshape(-1, 4)
    return flat[:, :3], flat[:, 3]


def _head(graph: GraphWriter, cells: str, weights: NDArray[np.float32], bias: NDArray[np.float32], name: str) -> str:
    """Add a quantized convolution of 1 x 1, and bring it into rows of `3` scores or `4` offsets."""
    scales = np.where(np.arange(len(weights)) % 2, 1 / 32, 1 / 64).astype(np.float32)
    # A weight of 2 does not fit into steps of 1/64.
    scales[np.abs(weights).max(axis=1) > 1] = 1 / 32
    stored = np.rint(weights / scales[:, np.newaxis]).astype(np.int8)[:, :, np.newaxis, np.newaxis]
    kernel = _weights(graph, stored, scales, name)
    steps = scales / np.float32(128)
    whole = graph.constant(f"{name}/stored bias", np.rint(bias / steps).astype(np.int32))
    zeros = graph.constant(f"{name}/bias zero", np.zeros(len(bias), np.int32))
    added = graph.add("DequantizeLinear", [whole, graph.constant(f"{name}/bias scale", steps), zeros], f"{name}/bias",
                      axis=0)  # fmt: skip
    maps = graph.add("Conv", [cells, kernel, added], f"{name}/maps")
    width = 3 if name.startswith("scores") else 4
    return graph.rows(_stored(graph, maps, 1 / 32 if width == 3 else 1 / 128, f"{name}/real"), [0, -1, width], name)


def _weights(graph: GraphWriter, stored: NDArray[np.int8], scales: NDArray[np.float32], name: str) -> str:
    zeros = graph.constant(f"{name}/zero", np.zeros(len(scales), np.int8))
    parts = [graph.constant(f"{name}/stored", stored), graph.constant(f"{name}/scale", scales), zeros]
    return graph.add("DequantizeLinear", parts, f"{name}/weights", axis=0)


def _stored(graph: GraphWriter, source: str, scale: float, name: str) -> str:
    """Add a pair that rounds to int8 in steps of `scale`."""
    parameters = [graph.constant(f"{name}/step", np.float32(scale)), graph.constant(f"{name}/at", np.int8(0))]
    whole = graph.add("QuantizeLinear", [source, *parameters], f"{name}/int8")
    return graph.add("DequantizeLinear", [whole, *parameters], name)
