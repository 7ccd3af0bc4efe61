"""What ONNX's operators mean for counting: which inputs are learned, how much they multiply, where results may lie.

Tables by operator name; a default-domain operator in no table multiplies nothing, needs memory of its own and can be
folded. Operators of other domains are somebody's own: what they do is not known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from onnx import defs

from zoo_tools.modelfile.graph import Folding, Memory, Operator, Role, Tensor
from zoo_tools.modelfile.onnx_tables import StoredNode

ABSENT = -1
"""Stands for an optional input or output that is not there."""

_KNOWN = frozenset(schema.name for schema in defs.get_all_schemas() if not schema.domain)

_WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "DeformConv": (1, 3),
    "ConvInteger": (1,),
    "QLinearConv": (3, 8),
    "Gemm": (1, 2),
    "MatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "QLinearMatMul": (0, 3),
    "PRelu": (1,),
    "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2),
    "GroupNormalization": (1, 2),
    "RMSNormalization": (1,),
    "RNN": (1, 2, 3),
    "GRU": (1, 2, 3),
    "LSTM": (1, 2, 3, 7),
}
_BIAS = {"Conv": 2, "ConvTranspose": 2, "DeformConv": 3, "QLinearConv": 8, "Gemm": 2}

# Scales and zero points: where they are stored they say how to read other numbers, and are no constants of the model.
_QUANTIZATION: dict[str, tuple[int, ...]] = {
    "QuantizeLinear": (1, 2),
    "DequantizeLinear": (1, 2),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "ConvInteger": (2, 3),
    "MatMulInteger": (2, 3),
}
SCALE_OF_INPUT = {"DequantizeLinear": 1, "QLinearConv": 1, "QLinearMatMul": 1}
"""Where an operator states the scale of its first input; the zero point follows it."""
SCALE_OF_OUTPUT = {"QuantizeLinear": 1, "QLinearConv": 6, "QLinearMatMul": 6}
"""Where an operator states the scale of its result; the zero point follows it."""
SCALES = {"DequantizeLinear": (1,), "QuantizeLinear": (1,), "QLinearConv": (1, 4, 6), "QLinearMatMul": (1, 4, 6)}
"""Where an operator states scales."""

_UNCOUNTED = frozenset(
    "Attention Bernoulli DFT Einsum GRU If LSTM LinearAttention Loop RNN STFT Scan SequenceMap".split()
)

# By the rule of the TFLite table: an element is read no later than its place is written, or inputs are only gathered.
_IN_PLACE = frozenset(
    """
    Abs Acos Acosh Add And Asin Asinh Atan Atanh AveragePool BatchNormalization BitShift BitwiseAnd BitwiseNot
    BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip Concat Cos Cosh DequantizeLinear Div Elu Equal Erf Exp Floor
    Gelu Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish InstanceNormalization LayerNormalization
    LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool Max MaxPool Mean MeanVarianceNormalization Min
    Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear RMSNormalization Reciprocal Relu Round Selu Shrink Sigmoid Sign
    Sin Sinh Slice Softmax Softplus Softsign Split Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Trilu Where Xor
    """.split()
)
# A transposition only says in which order a layout is read: a deployment that stores channels last has none.
_VIEW = frozenset("Dropout Flatten Identity Reshape Squeeze Transpose Unsqueeze".split())
_ABSORBS_PADDING = frozenset("AveragePool Conv ConvInteger LpPool MaxPool QLinearConv".split())
_STATEFUL = frozenset(
    """
    Bernoulli If Loop Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike Scan SequenceMap
    """.split()
)
_ROLES = {
    "Add": Role.SUM,
    "BatchNormalization": Role.NORMALIZATION,
    "QuantizeLinear": Role.QUANTIZE,
    "DequantizeLinear": Role.DEQUANTIZE,
} | dict.fromkeys("Cast CastLike Flatten Identity Reshape Squeeze Transpose Unsqueeze".split(), Role.CONVERSION)


@dataclass(frozen=True, slots=True)
class _Call:
    """The tensors of one operator by position, and its whole-number attributes."""

    node: StoredNode
    inputs: Sequence[Tensor | None]
    outputs: Sequence[Tensor | None]

    def input(self, position: int, *, rank: int = 0) -> tuple[int, ...] | None:
        return _shape(self.inputs, position, rank)

    def output(self, *, rank: int = 0) -> tuple[int, ...] | None:
        return _shape(self.outputs, 0, rank)


def _shape(tensors: Sequence[Tensor | None], position: int, rank: int) -> tuple[int, ...] | None:
    tensor = tensors[position] if position < len(tensors) else None
    return None if tensor is None or not tensor.is_sized or len(tensor.shape) < rank else tensor.shape


Work = tuple[int, int]
"""Multiply-accumulates, and channels of the result: as many elements a bias has."""


def _convolution(call: _Call, *, filter_at: int = 1) -> Work | None:
    """Every output element takes one filter; filters are (out, in a group, height, width)."""
    result, filters = call.output(rank=2), call.input(filter_at, rank=2)
    return None if result is None or filters is None else (prod(result) * prod(filters[1:]), filters[0])


def _transposed(call: _Call) -> Work | None:
    """Every input element meets each filter of its group once; filters are (in, out a group, height, width)."""
    image, filters, groups = call.input(0), call.input(1, rank=2), call.node.integers.get("group", 1)
    return None if image is None or filters is None else (prod(image) * prod(filters[1:]), filters[1] * groups)


def _gemm(call: _Call) -> Work | None:
    """Every output element takes the inner size: the left matrix's columns, or rows where it is transposed."""
    result, left = call.output(rank=2), call.input(0, rank=2)
    if result is None or left is None:
        return None
    return prod(result) * left[0 if call.node.integers.get("transA") else 1], result[-1]


def _matrix_product(call: _Call) -> Work | None:
    """Every output element takes the inner size, which is the last of the left operand."""
    result, left = call.output(), call.input(0, rank=1)
    if result is None or left is None:
        return None
    return prod(result) * left[-1], result[-1] if result else 1


_PRODUCTS: dict[str, Callable[[_Call], Work | None]] = {
    "Conv": _convolution,
    "ConvInteger": _convolution,
    "DeformConv": _convolution,
    "QLinearConv": lambda call: _convolution(call, filter_at=3),
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": _matrix_product,
    "MatMulInteger": _matrix_product,
    "QLinearMatMul": _matrix_product,
}


def meaning(
    node: StoredNode,
    *,
    inputs: Sequence[int],
    outputs: Sequence[int],
    tensors: Sequence[Tensor],
    captured: Sequence[int],
) -> Operator:
    """Say what one operator of an ONNX file means.

    Args:
        node: as the file writes it.
        inputs: tensor indices by position, ``ABSENT`` included.
        outputs: the same.
        tensors: the graph's tensors.
        captured: what its bodies read of the graph.
    """
    name = "" if node.domain else node.name
    call = _Call(node, _given(inputs, tensors), _given(outputs, tensors))
    work = _PRODUCTS[name](call) if name in _PRODUCTS else None
    quantization = {at for at in _QUANTIZATION.get(name, ()) if _is_stored(call.inputs, at)}
    bias = _BIAS.get(name, len(inputs))
    return Operator(
        name=f"{node.domain}:{node.name}" if node.domain else node.name,
        version=node.version,
        inputs=(
            *(index for at, index in enumerate(inputs) if index != ABSENT and at not in quantization),
            *captured,
        ),
        outputs=tuple(index for index in outputs if index != ABSENT),
        weights=tuple(inputs[at] for at in _WEIGHTS.get(name, ()) if at < len(inputs) and inputs[at] != ABSENT),
        macs=_macs(name, work),
        memory=_memory(name, call),
        folding=_folding(name, call),
        absorbs_padding=name in _ABSORBS_PADDING,
        role=Role.PRODUCT if name in _PRODUCTS else _ROLES.get(name, Role.PLAIN),
        bias=inputs[bias] if bias < len(inputs) and inputs[bias] != ABSENT else None,
        channels=work[1] if work else None,
    )


def _given(indices: Sequence[int], tensors: Sequence[Tensor]) -> list[Tensor | None]:
    return [None if index == ABSENT else tensors[index] for index in indices]


def _is_stored(tensors: Sequence[Tensor | None], position: int) -> bool:
    tensor = tensors[position] if position < len(tensors) else None
    return tensor is not None and tensor.buffer is not None


def _macs(name: str, work: Work | None) -> int | None:
    """Count multiply-accumulates at the default shapes; biases, paddings and activations are free."""
    if name in _PRODUCTS:
        return None if work is None else work[0]
    return None if name in _UNCOUNTED or name not in _KNOWN else 0


def _memory(name: str, call: _Call) -> Memory:
    if name in _VIEW:
        return Memory.VIEW
    if name in _IN_PLACE or (name in ("Conv", "QLinearConv", "ConvInteger") and _is_depthwise(name, call)):
        return Memory.IN_PLACE
    return Memory.PADDING if name == "Pad" else Memory.OWN


def _is_depthwise(name: str, call: _Call) -> bool:
    filters = call.input(3 if name == "QLinearConv" else 1, rank=2)
    return filters is not None and call.node.integers.get("group", 1) > 1 and filters[1] == 1


def _folding(name: str, call: _Call) -> Folding:
    if name in ("Shape", "Size"):
        # A shape that nobody knows before the first image is none to fold.
        return Folding.NEVER if call.input(0) is None else Folding.ALWAYS
    if name == "Constant":
        return Folding.ALWAYS
    return Folding.NEVER if name in _STATEFUL or name not in _KNOWN else Folding.WITH_CONSTANTS
