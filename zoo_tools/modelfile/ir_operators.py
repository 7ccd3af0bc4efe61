"""What OpenVINO's operators mean for counting: what is learned, how much they multiply, where results may lie.

Tables by operator name; an operator in no table multiplies nothing, needs memory of its own and can be folded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from zoo_tools.modelfile.graph import Folding, Memory, Operator, Role, Tensor

_WEIGHTS: dict[str, tuple[int, ...]] = {
    "Convolution": (1,),
    "GroupConvolution": (1,),
    "ConvolutionBackpropData": (1,),
    "GroupConvolutionBackpropData": (1,),
    "BinaryConvolution": (1,),
    "DeformableConvolution": (2,),
    "MatMul": (0, 1),
    "PRelu": (1,),
    "LSTMCell": (3, 4, 5),
    "LSTMSequence": (4, 5, 6),
    "GRUCell": (2, 3, 4),
    "GRUSequence": (3, 4, 5),
    "RNNCell": (2, 3, 4),
    "RNNSequence": (3, 4, 5),
}
_UNCOUNTED = frozenset(
    """
    DFT Einsum GRUCell GRUSequence IDFT IRDFT If LSTMCell LSTMSequence Loop RDFT RNNCell RNNSequence STFT
    ScaledDotProductAttention TensorIterator
    """.split()
)
_DATA_ONLY = ("Assign", "ReadValue", "If", "Loop", "TensorIterator", "RandomUniform", "Multinomial", "Bernoulli")

# By the rule of the TFLite table: an element is read no later than its place is written, or inputs are only gathered.
_IN_PLACE = frozenset(
    """
    Abs Acos Acosh Add Asin Asinh Atan Atanh AvgPool BatchNormInference Ceiling Clamp Concat Convert ConvertLike Cos
    Cosh Divide Elu Equal Erf Exp FakeQuantize Floor FloorMod Gelu Greater GreaterEqual HSigmoid HSwish HardSigmoid
    IsFinite LRN Less LessEqual Log LogSoftmax LogicalAnd LogicalNot LogicalOr LogicalXor MVN MaxPool Maximum Minimum
    Mish Mod Multiply Negative NormalizeL2 NotEqual PRelu Power ReLU Round Select Selu Sigmoid Sign Sin Sinh Slice
    SoftMax SoftPlus SoftSign Softmax Split Sqrt SquaredDifference StridedSlice Subtract Swish Tan Tanh VariadicSplit
    """.split()
)
# A transposition only says in which order a layout is read: a deployment that stores channels last has none.
_VIEW = frozenset(["Reshape", "Squeeze", "Transpose", "Unsqueeze"])
_ABSORBS_PADDING = frozenset(["AvgPool", "Convolution", "GroupConvolution", "MaxPool"])
_CONVERSIONS = frozenset(["Convert", "ConvertLike", *_VIEW])
_MOST_LEVELS = 256

Work = tuple[int, int]
"""Multiply-accumulates, and channels of the result: as many elements a bias has."""


@dataclass(frozen=True, slots=True)
class _Call:
    """Shapes that an operator reads and gives, and its attributes."""

    inputs: Sequence[tuple[int, ...]]
    result: tuple[int, ...]
    data: Mapping[str, str]


def _convolution(call: _Call) -> Work:
    """Every output element takes one filter; filters are (out, in, height, width)."""
    return prod(call.result) * prod(call.inputs[1][1:]), call.inputs[1][0]


def _in_groups(call: _Call) -> Work:
    """Filters are (groups, out, in, height, width)."""
    filters = call.inputs[1]
    return prod(call.result) * prod(filters[2:]), filters[0] * filters[1]


def _transposed(call: _Call) -> Work:
    """Every input element meets each filter once; filters are (in, out, height, width)."""
    return prod(call.inputs[0]) * prod(call.inputs[1][1:]), call.inputs[1][1]


def _transposed_in_groups(call: _Call) -> Work:
    """Filters are (groups, in, out, height, width)."""
    filters = call.inputs[1]
    return prod(call.inputs[0]) * prod(filters[2:]), filters[0] * filters[2]


def _deformable(call: _Call) -> Work:
    """Like a convolution; the filters are the third input."""
    return prod(call.result) * prod(call.inputs[2][1:]), call.inputs[2][0]


def _matrix_product(call: _Call) -> Work:
    """Every output element takes the inner size: the left operand's columns, or rows where it is transposed."""
    left = call.inputs[0]
    is_transposed = call.data.get("transpose_a") in ("true", "1") and len(left) > 1
    inner = left[-2] if is_transposed else left[-1]
    return prod(call.result) * inner, call.result[-1] if call.result else 1


_PRODUCTS: dict[str, Callable[[_Call], Work]] = {
    "Convolution": _convolution,
    "BinaryConvolution": _convolution,
    "GroupConvolution": _in_groups,
    "ConvolutionBackpropData": _transposed,
    "GroupConvolutionBackpropData": _transposed_in_groups,
    "DeformableConvolution": _deformable,
    "MatMul": _matrix_product,
}


def meaning(
    name: str,
    *,
    version: int | None,
    data: Mapping[str, str],
    inputs: Sequence[int],
    outputs: Sequence[int],
    tensors: Sequence[Tensor],
) -> Operator:
    """Say what one layer of an OpenVINO model means.

    Args:
        name: its type; those of extensions bear their set as prefix.
        version: of its operator set.
        data: its attributes.
        inputs: tensor indices by position.
        outputs: tensor indices.
        tensors: the net's tensors.
    """
    work = _work(name, data, [tensors[index] for index in inputs], [tensors[index] for index in outputs])
    is_stored = [tensors[index].buffer is not None for index in inputs]
    # The limits of a FakeQuantize say how to read numbers, and are no constants of the model.
    read = [index for at, index in enumerate(inputs) if name != "FakeQuantize" or at == 0 or not is_stored[at]]
    return Operator(
        name=name,
        version=version,
        inputs=tuple(read),
        outputs=tuple(outputs),
        weights=tuple(inputs[at] for at in _WEIGHTS.get(name, ()) if at < len(inputs)),
        macs=_macs(name, work),
        memory=_memory(name, [tensors[index] for index in inputs]),
        folding=_folding(name, [tensors[index] for index in inputs]),
        absorbs_padding=name in _ABSORBS_PADDING,
        role=_role(name, data),
        channels=work[1] if work else None,
    )


def _work(name: str, data: Mapping[str, str], inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Work | None:
    tensors = [*inputs, *outputs]
    if name not in _PRODUCTS or len(outputs) != 1 or not all(tensor.is_sized for tensor in tensors):
        return None
    try:
        return _PRODUCTS[name](_Call([tensor.shape for tensor in inputs], outputs[0].shape, data))
    except IndexError:
        # Fewer inputs or dimensions than the operator has: then nobody can say what it does.
        return None


def _macs(name: str, work: Work | None) -> int | None:
    """Count multiply-accumulates at the default shapes; biases, paddings and activations are free."""
    if name in _PRODUCTS:
        return None if work is None else work[0]
    return None if name in _UNCOUNTED or ":" in name else 0


def _memory(name: str, inputs: Sequence[Tensor]) -> Memory:
    if name in _VIEW:
        return Memory.VIEW
    # Depthwise: in groups of one channel each.
    is_depthwise = name == "GroupConvolution" and len(inputs) == 2 and inputs[1].shape[1:3] == (1, 1)
    if name in _IN_PLACE or is_depthwise:
        return Memory.IN_PLACE
    return Memory.PADDING if name == "Pad" else Memory.OWN


def _folding(name: str, inputs: Sequence[Tensor]) -> Folding:
    if name == "ShapeOf":
        # A shape that nobody knows before the first image is none to fold.
        return Folding.ALWAYS if all(tensor.is_sized for tensor in inputs) else Folding.NEVER
    return Folding.NEVER if name in _DATA_ONLY or ":" in name else Folding.WITH_CONSTANTS


def _role(name: str, data: Mapping[str, str]) -> Role:
    if name in _PRODUCTS:
        return Role.PRODUCT
    if name == "FakeQuantize":
        levels = data.get("levels", "")
        return Role.FAKE_QUANTIZE if levels.isdecimal() and int(levels[:9]) <= _MOST_LEVELS else Role.PLAIN
    if name == "Add":
        return Role.SUM
    return Role.CONVERSION if name in _CONVERSIONS else Role.PLAIN
