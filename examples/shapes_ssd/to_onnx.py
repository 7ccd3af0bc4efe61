"""Writes the example detector as ONNX, with float32 numbers or with int8 ones between QuantizeLinear nodes and back.

Input `image` (1, 3, 96, 96) float32, x / 128 - 1 of RGB pixels. Outputs `scores` (1, 756, 5), softmax over background
and classes, and `offsets` (1, 756, 4), centre and size with variances 0.1 and 0.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from examples.shapes_ssd.network import CLASSES, PRIORS, RESOLUTION, Convolution
from examples.shapes_ssd.quantize import PIXELS, QuantizedConvolution, Scale

Attribute = int | Sequence[int]

_OPSET = 17
_IR_VERSION = 8


@dataclass(slots=True)
class _Graph:
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> str:
        """Add a node of one output, named like it."""
        node = onnx.NodeProto(op_type=kind, input=list(inputs), output=[output], name=output)
        node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(attributes.items()))
        self.nodes.append(node)
        return output

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Add a constant."""
        self.constants[name] = numpy_helper.from_array(values, name)
        return name

    def model(self) -> bytes:
        """Write the file."""
        count = PRIORS.count
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, RESOLUTION, RESOLUTION])
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, count, values])
            for name, values in (("scores", CLASSES), ("offsets", 4))
        ]
        graph = helper.make_graph(self.nodes, "shapes_ssd", [image], outputs, list(self.constants.values()))
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="shapes_ssd", ir_version=_IR_VERSION
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def float_onnx(layers: Sequence[Convolution], heads: Sequence[tuple[str, str]]) -> bytes:
    """Write the float32 file."""
    graph = _Graph()
    for layer in layers:
        weight = graph.constant(f"{layer.name}/weight", layer.weight)
        _convolution(graph, layer, layer.source, (weight, graph.constant(f"{layer.name}/bias", layer.bias)))
    return _finished(graph, heads)


def int8_onnx(layers: Sequence[QuantizedConvolution], heads: Sequence[tuple[str, str]]) -> bytes:
    """Write the int8 file; it takes and gives float32."""
    graph = _Graph()
    real = {"image": _held(graph, "image", PIXELS)}
    for one in layers:
        layer = one.layer
        weight = _stored(graph, f"{layer.name}/weight", one.weight, one.weight_scales)
        bias = _stored(graph, f"{layer.name}/bias", one.bias, one.bias_scales)
        _convolution(graph, layer, real[layer.source], (weight, bias))
        real[layer.name] = _held(graph, layer.name, one.output)
    return _finished(graph, [(real[scores], real[offsets]) for scores, offsets in heads])


def _convolution(graph: _Graph, layer: Convolution, source: str, constants: tuple[str, str]) -> None:
    rows, columns = layer.weight.shape[2:]
    before = rows // 2 if layer.stride == 1 else 0
    name = f"{layer.name}/sum" if layer.is_clamped else layer.name
    graph.add(
        "Conv", [source, *constants], name, kernel_shape=[rows, columns], strides=[layer.stride] * 2,
        pads=[before, before, rows // 2, columns // 2], group=len(layer.weight) if layer.is_depthwise else 1,
    )  # fmt: skip
    if layer.is_clamped:
        bounds = [graph.constant(str(bound), np.array(bound, np.float32)) for bound in (0, 6)]
        graph.add("Clip", [name, *bounds], layer.name)


def _held(graph: _Graph, name: str, scale: Scale) -> str:
    """Bring a tensor to int8 and back: what a runtime may keep as int8."""
    numbers = [
        graph.constant(f"{name}/scale", np.array(scale.scale, np.float32)),
        graph.constant(f"{name}/zero", np.array(scale.zero_point, np.int8)),
    ]
    return graph.add(
        "DequantizeLinear", [graph.add("QuantizeLinear", [name, *numbers], f"{name}/int8"), *numbers], f"{name}/real"
    )


def _stored(graph: _Graph, name: str, values: NDArray[np.generic], scales: NDArray[np.float32]) -> str:
    """Add a constant of whole numbers with a scale for each output channel."""
    inputs = [
        graph.constant(f"{name}/int", values),
        graph.constant(f"{name}/scales", scales),
        graph.constant(f"{name}/zeros", np.zeros(len(scales), values.dtype)),
    ]
    return graph.add("DequantizeLinear", inputs, name, axis=0)


def _finished(graph: _Graph, heads: Sequence[tuple[str, str]]) -> bytes:
    """Join the feature maps and apply the softmax."""
    for which, (name, values) in enumerate((("logits", CLASSES), ("offsets", 4))):
        shape = graph.constant(f"{name}/shape", np.array([1, -1, values], np.int64))
        rows = []
        for i, head in enumerate(heads):
            last = graph.add("Transpose", [head[which]], f"{name}{i}/last", perm=[0, 2, 3, 1])
            rows.append(graph.add("Reshape", [last, shape], f"{name}{i}"))
        graph.add("Concat", rows, name, axis=1)
    graph.add("Softmax", ["logits"], "scores", axis=-1)
    return graph.model()
