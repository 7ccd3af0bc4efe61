"""Writes the example detector as int8 TFLite.

Input `image` (1, 96, 96, 3) uint8, RGB pixels as they are (scale 1/128, zero point 128). Outputs `scores` (1, 756, 5)
int8 in steps of 1/256, softmax over background and classes, and `offsets` (1, 756, 4) int8.
"""

from collections.abc import Sequence

import numpy as np
import tflite

from examples.shapes_ssd.network import CLASSES, PRIORS, RESOLUTION
from examples.shapes_ssd.quantize import PIXELS, QuantizedConvolution, Scale
from examples.tflite_writer import Options, Quantized, TfliteWriter

_PROBABILITIES = Quantized([1 / 256], [-128])


def int8_tflite(layers: Sequence[QuantizedConvolution], heads: Sequence[tuple[str, str]]) -> bytes:
    """Write the file."""
    writer = TfliteWriter("shapes_ssd")
    shape = (1, RESOLUTION, RESOLUTION, 3)
    image = writer.tensor("image", shape, "uint8", quantized=Quantized([PIXELS.scale], [128]))
    tensors = {"image": writer.tensor("pixels", shape, "int8", quantized=_numbers(PIXELS))}
    writer.operator("QUANTIZE", [image], [tensors["image"]])
    sides = {"image": RESOLUTION}
    for one in layers:
        sides[one.layer.name] = sides[one.layer.source] // one.layer.stride
        tensors[one.layer.name] = _convolution(writer, one, tensors[one.layer.source], sides[one.layer.name])
    by_name = {one.layer.name: one.output for one in layers}
    logits, offsets = (
        _joined(writer, name, [tensors[head[i]] for head in heads], (values, by_name[heads[0][i]]))
        for i, (name, values) in enumerate((("logits", CLASSES), ("offsets", 4)))
    )
    scores = writer.tensor("scores", (1, PRIORS.count, CLASSES), "int8", quantized=_PROBABILITIES)
    writer.operator("SOFTMAX", [logits], [scores], version=2, options=Options("SoftmaxOptions", {"Beta": 1.0}))
    writer.signature("serving_default", {"image": image}, {"scores": scores, "offsets": offsets})
    return writer.build([image], [scores, offsets])


def _numbers(scale: Scale) -> Quantized:
    return Quantized([scale.scale], [scale.zero_point])


def _convolution(writer: TfliteWriter, one: QuantizedConvolution, source: int, side: int) -> int:
    name, channels = one.layer.name, len(one.weight)
    # TFLite keeps weights as (outputs, rows, columns, inputs), and depthwise ones as (1, rows, columns, channels).
    order, axis = ((1, 2, 3, 0), 3) if one.layer.is_depthwise else ((0, 2, 3, 1), 0)
    weight = np.ascontiguousarray(one.weight.transpose(order))
    kernel = writer.constant(
        f"{name}/weight", weight, quantized=Quantized(one.weight_scales.tolist(), [0] * channels, axis)
    )
    bias = writer.constant(f"{name}/bias", one.bias, quantized=Quantized(one.bias_scales.tolist(), [0] * channels))
    result = writer.tensor(name, (1, side, side, channels), "int8", quantized=_numbers(one.output))
    clamp = tflite.ActivationFunctionType.RELU6 if one.layer.is_clamped else tflite.ActivationFunctionType.NONE
    fields = {
        "Padding": tflite.Padding.SAME,
        "StrideW": one.layer.stride,
        "StrideH": one.layer.stride,
        "FusedActivationFunction": clamp,
    }
    if one.layer.is_depthwise:
        options = Options("DepthwiseConv2DOptions", {**fields, "DepthMultiplier": 1})
        writer.operator("DEPTHWISE_CONV_2D", [source, kernel, bias], [result], version=3, options=options)
    else:
        writer.operator(
            "CONV_2D", [source, kernel, bias], [result], version=3, options=Options("Conv2DOptions", fields)
        )
    return result


def _joined(writer: TfliteWriter, name: str, parts: Sequence[int], form: tuple[int, Scale]) -> int:
    """Reshape the outputs of the heads to rows and concatenate them."""
    values, scale = form
    rows = []
    for i, (part, level) in enumerate(zip(parts, PRIORS.levels, strict=True)):
        shape = writer.constant(f"{name}{i}/shape", [1, level.count, values])
        rows.append(writer.tensor(f"{name}{i}", (1, level.count, values), "int8", quantized=_numbers(scale)))
        writer.operator("RESHAPE", [part, shape], [rows[-1]])
    result = writer.tensor(name, (1, PRIORS.count, values), "int8", quantized=_numbers(scale))
    options = Options("ConcatenationOptions", {"Axis": 1})
    writer.operator("CONCATENATION", rows, [result], version=2, options=options)
    return result
