"""Small ONNX models for tests, built with the onnx package's own helpers."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.onnx_format import read_onnx

Size = int | str | None
FLOAT = int(TensorProto.FLOAT)
INT64 = int(TensorProto.INT64)
OPSET = 17


def value(name: str, shape: Sequence[Size] | None, dtype: int = FLOAT) -> onnx.ValueInfoProto:
    """Declare an input or output."""
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name: str, array: NDArray[np.generic]) -> onnx.TensorProto:
    """Make an initialiser."""
    return numpy_helper.from_array(array, name)


def ones(name: str, *shape: int, dtype: type[np.generic] = np.float32) -> onnx.TensorProto:
    """Make an initialiser of ones."""
    return constant(name, np.ones(shape, dtype))


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
    *,
    opset: int = OPSET,
    domains: Mapping[str, int] | None = None,
    functions: Sequence[onnx.FunctionProto] = (),
) -> onnx.ModelProto:
    """Put a model together."""
    graph = helper.make_graph(nodes, "graph", inputs, outputs, constants)
    sets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(*one) for one in (domains or {}).items()]
    return helper.make_model(graph, opset_imports=sets, functions=functions, ir_version=8)


def node(kind: str, inputs: str, outputs: str, **attributes: int | list[int] | onnx.GraphProto) -> onnx.NodeProto:
    """Make a node; names stand in one text, `-` for one that is absent."""
    names = ["" if name == "-" else name for name in inputs.split()]
    made = helper.make_node(kind, names, outputs.split())
    made.attribute.extend(helper.make_attribute(key, one) for key, one in attributes.items())
    return made


def body(nodes: Sequence[onnx.NodeProto], inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto],
         constants: Sequence[onnx.TensorProto] = ()) -> onnx.GraphProto:  # fmt: skip
    """Make a body of a loop or branch."""
    return helper.make_graph(nodes, "body", inputs, outputs, constants)


def small() -> onnx.ModelProto:
    """Make a network of a strided convolution, a depthwise one, a normalisation, and a classifier; batch open."""
    rng = np.random.default_rng(0)

    def weight(name: str, *shape: int) -> onnx.TensorProto:
        return constant(name, rng.normal(size=shape).astype(np.float32))

    nodes = [
        node("Conv", "image w0 b0", "a", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", "a", "b"),
        node("Conv", "b w1", "c", group=8, pads=[1, 1, 1, 1]),
        node("BatchNormalization", "c scale shift mean var", "d"),
        node("Clip", "d zero six", "e"),
        node("GlobalAveragePool", "e", "f"),
        node("Flatten", "f", "g"),
        node("Gemm", "g w2 b2", "logits", transB=1),
        node("Softmax", "logits", "scores", axis=-1),
    ]
    constants = [
        weight("w0", 8, 3, 3, 3), weight("b0", 8), weight("w1", 8, 1, 3, 3), weight("w2", 10, 8), weight("b2", 10),
        weight("scale", 8), weight("shift", 8), weight("mean", 8), ones("var", 8),
        constant("zero", np.array(0, np.float32)), constant("six", np.array(6, np.float32)),
    ]  # fmt: skip
    return model(nodes, [value("image", ["N", 3, 16, 16])], [value("scores", ["N", 10])], constants)


SMALL_PARAMETERS = (8 * 3 * 9 + 8) + (8 * 9 + 8) + (10 * 8 + 10)
"""Of `small`: the normalisation leaves a shift per channel."""
SMALL_MACS = 8 * 8 * 8 * 27 + 8 * 8 * 8 * 9 + 10 * 8


def quantized() -> onnx.ModelProto:
    """Make a network as quantizers write it: integers stored and passed, real numbers between pairs of operators."""
    scale = constant("scale", np.array(0.02, np.float32))
    zero = constant("zero", np.array(5, np.uint8))
    scales = constant("scales", np.linspace(0.01, 0.08, 8).astype(np.float32))
    zeros = constant("zeros", np.zeros(8, np.int8))
    bias_zeros = constant("bias zeros", np.zeros(8, np.int32))
    nodes = [
        node("DequantizeLinear", "image scale zero", "x"),
        helper.make_node("DequantizeLinear", ["w", "scales", "zeros"], ["w real"], axis=0),
        helper.make_node("DequantizeLinear", ["b", "scales", "bias zeros"], ["b real"], axis=0),
        helper.make_node("Conv", ["x", "w real", "b real"], ["y"], pads=[1, 1, 1, 1]),
        node("Relu", "y", "r"),
        node("QuantizeLinear", "r scale zero", "out"),
    ]
    constants = [
        ones("w", 8, 3, 3, 3, dtype=np.int8),
        ones("b", 8, dtype=np.int32),
        scale,
        zero,
        scales,
        zeros,
        bias_zeros,
    ]
    octet = int(TensorProto.UINT8)
    return model(nodes, [value("image", [1, 3, 16, 16], octet)], [value("out", [1, 8, 16, 16], octet)], constants)


def facts(made: onnx.ModelProto, companions: dict[str, int] | None = None) -> ModelFacts:
    """Read a model in this process."""
    return read_onnx(made.SerializeToString(), companions or {})


def refusal(made: onnx.ModelProto, companions: dict[str, int] | None = None) -> str:
    """Return the sentence with which a model is refused."""
    with pytest.raises(BrokenFileError) as caught:
        facts(made, companions)
    return caught.value.message
