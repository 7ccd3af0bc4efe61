"""Tiny TFLite files for tests: valid, runnable by a real runtime, with arithmetic one can do by hand.

`tiny_ssd` is a detector in the form of the ST models (uint8 input; scores, offsets and constant anchors as float32
outputs) that sees red squares. To write it to a file: `python -m tests.make_tflite tiny_ssd.tflite`.
"""

import sys
from pathlib import Path

import numpy as np
import tflite
from numpy.typing import NDArray

from examples.tflite_writer import Options, Quantized, TfliteWriter

__all__ = ["ANCHORS", "OFFSETS", "SCORES", "Options", "Quantized", "TfliteWriter", "tiny_ssd"]

SCORES, OFFSETS, ANCHORS = (f"StatefulPartitionedCall:{number}" for number in (2, 1, 0))
"""The output names of `tiny_ssd`, which are those of the ST models; the input is `serving_default_input_1:0`."""


def tiny_ssd(*, size: int = 16, cell: int = 4, is_bgr: bool = False) -> bytes:
    """Write a detector of red squares with one anchor for each square cell of the picture.

    Real values x = pixel / 127.5 - 1, averaged over a cell, give R, G, B. The person logit is 8 R - 4 G - 4 B - 4
    against 0 for background; the offsets are (.1 G, .1 G, -.1 G, -.1 G), so a red cell (G = -1) grows by a tenth on
    every side. Anchors are the cells as normalised x1, y1, x2, y2, row by row.

    Args:
        size: width and height of the picture in pixels, a multiple of `cell`.
        cell: width and height of a cell in pixels.
        is_bgr: the file wants blue, green, red: the same weights in the other order.
    """
    grid = size // cell
    writer = TfliteWriter("made by tests/make_tflite.py")
    pixels = Quantized([1 / 127.5], [127])
    image = writer.tensor(
        "serving_default_input_1:0", (1, size, size, 3), "uint8", quantized=pixels, signature=(-1, size, size, 3)
    )
    signed = writer.tensor("pixels", (1, size, size, 3), "int8", quantized=Quantized([1 / 127.5], [-1]))
    writer.operator("QUANTIZE", [image], [signed])
    mean = np.zeros((3, cell, cell, 3))
    for colour in range(3):
        mean[colour, :, :, 2 - colour if is_bgr else colour] = 1 / cell**2
    colours = _convolution(writer, signed, mean, np.zeros(3), (grid, cell), ("colours", 1 / 127.5, 1 / 127))
    person = _convolution(
        writer, colours, np.array([[0, 0, 0], [8, -4, -4]])[:, None, None, :], np.array([0.0, -4]), (grid, 1),
        ("logits", 1 / 127, 1 / 8),
    )  # fmt: skip
    offsets = _convolution(
        writer, colours, np.array([[0, 0.1, 0], [0, 0.1, 0], [0, -0.1, 0], [0, -0.1, 0]])[:, None, None, :],
        np.zeros(4), (grid, 1), ("deltas", 1 / 127, 1 / 1270),
    )  # fmt: skip
    scores = _scores(writer, person, grid * grid)
    flat = _reshaped(writer, offsets, ("offsets", grid * grid, 4, Quantized([1 / 1270])))
    outputs = [scores, _real(writer, flat, (OFFSETS, grid * grid, 4)), _anchors(writer, grid, colours)]
    keys = ("classes_softmax", "bboxes_concat", "anchors_concat")
    writer.signature("serving_default", {"input_1": image}, dict(zip(keys, outputs, strict=True)))
    return writer.build([image], outputs)


def _convolution(
    writer: TfliteWriter,
    source: int,
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    shape: tuple[int, int],
    names: tuple[str, float, float],
) -> int:
    """Add an int8 convolution, quantized per channel: `shape` (grid, stride), `names` (name, scale in, scale out)."""
    (grid, stride), (name, scale_in, scale_out), channels = shape, names, len(weights)
    largest = np.abs(weights).reshape(channels, -1).max(axis=1)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    quantized = np.rint(weights / scales[:, None, None, None]).astype(np.int8)
    kernel = writer.constant(f"{name}/weights", quantized, quantized=Quantized(scales.tolist(), [0] * channels))
    steps = (np.float32(scale_in) * scales).astype(np.float32)
    whole = np.rint(bias / steps).astype(np.int32)
    start = writer.constant(f"{name}/bias", whole, quantized=Quantized(steps.tolist(), [0] * channels))
    result = writer.tensor(name, (1, grid, grid, channels), "int8", quantized=Quantized([scale_out]))
    options = Options("Conv2DOptions", {"Padding": tflite.Padding.VALID, "StrideW": stride, "StrideH": stride})
    writer.operator("CONV_2D", [source, kernel, start], [result], version=3, options=options)
    return result


def _reshaped(writer: TfliteWriter, source: int, result: tuple[str, int, int, Quantized]) -> int:
    name, rows, columns, quantized = result
    shape = writer.constant(f"{name}/shape", [1, rows, columns])
    flat = writer.tensor(name, (1, rows, columns), "int8", quantized=quantized)
    writer.operator("RESHAPE", [source, shape], [flat])
    return flat


def _scores(writer: TfliteWriter, logits: int, rows: int) -> int:
    flat = _reshaped(writer, logits, ("flat", rows, 2, Quantized([1 / 8])))
    soft = writer.tensor("soft", (1, rows, 2), "int8", quantized=Quantized([1 / 256], [-128]))
    writer.operator("SOFTMAX", [flat], [soft], version=2, options=Options("SoftmaxOptions", {"Beta": 1.0}))
    return _real(writer, soft, (SCORES, rows, 2))


def _anchors(writer: TfliteWriter, grid: int, batched: int) -> int:
    """Add the cells as a constant, repeated for each picture of the batch as the ST files do, and dequantized.

    Without the detour over the batch size XNNPACK takes DEQUANTIZE for a conversion of weights, and never writes the
    output. Exact where `grid` divides 255, else to 1/510.
    """
    row, column = np.divmod(np.arange(grid * grid), grid)
    corners = np.stack([column, row, column + 1, row + 1], axis=1) / grid
    stored = (np.rint(corners * 255) - 128).astype(np.int8)[None]
    bytewise = Quantized([1 / 255], [-128])
    cells = writer.constant("cells", stored, quantized=bytewise)
    zero, one, single = (
        writer.constant("0", [0]),
        writer.constant("1", [1]),
        writer.constant("one", np.array(1, np.int32)),
    )
    shape = writer.tensor("shape", (4,), "int32")
    batch = writer.tensor("batch", (), "int32")
    times = writer.tensor("times", (3,), "int32")
    tiled = writer.tensor("tiled", stored.shape, "int8", quantized=bytewise)
    writer.operator("SHAPE", [batched], [shape], options=Options("ShapeOptions", {"OutType": tflite.TensorType.INT32}))
    only = Options("StridedSliceOptions", {"ShrinkAxisMask": 1})
    writer.operator("STRIDED_SLICE", [shape, zero, one, one], [batch], options=only)
    writer.operator("PACK", [batch, single, single], [times], options=Options("PackOptions", {"ValuesCount": 3}))
    writer.operator("TILE", [cells, times], [tiled], version=3)
    return _real(writer, tiled, (ANCHORS, grid * grid, 4))


def _real(writer: TfliteWriter, source: int, result: tuple[str, int, int]) -> int:
    name, rows, columns = result
    real = writer.tensor(name, (1, rows, columns), "float32", signature=(-1, rows, columns))
    writer.operator("DEQUANTIZE", [source], [real], version=2)
    return real


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(tiny_ssd())
