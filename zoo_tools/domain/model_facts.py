"""What a model file proves about itself, read without running it.

Every number here is computed from the bytes by ``zoo_tools.modelfile``; nothing is typed by hand, so a published
figure that disagrees is the figure's problem. Bytes are exact; KiB appear only where a figure is compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


def kib(count: int, *, places: int = 2) -> Decimal:
    """Give a byte count in KiB (1024 bytes) with as many decimals as published tables print.

    Halves round up. No file seen so far ends on a half, so the published rows do not tell the rounding rule.
    """
    return (Decimal(count) / 1024).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class QuantizationFacts:
    """How stored integers stand for real numbers: ``real = scale * (stored - zero_point)``.

    Attributes:
        scales: one value per tensor, or one per slice along ``axis``. The file holds float32; a Python float
            holds it exactly, so 0.007843137718737125 compares equal to the 1/127.5 of a file.
        zero_points: as many as ``scales``.
        axis: the sliced dimension where quantization is per channel, else None.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """One input or output of a model.

    Attributes:
        name: as the file spells it.
        shape: what the file declares; None stands where it leaves the size open, or, alone, where it does not even
            tell how many dimensions there are.
        default_shape: what is allocated when nobody resizes the tensor: open sizes are 1. None where ``shape`` is.
        dtype: numpy's word, such as uint8, int8, float32.
        quantization: None where the tensor does not hold integers that stand for real numbers.
    """

    name: str
    shape: tuple[int | None, ...] | None
    default_shape: tuple[int, ...] | None
    dtype: str
    quantization: QuantizationFacts | None = None


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """How often one operator in one version occurs.

    Attributes:
        name: the format's word, such as CONV_2D.
        version: of the operator or its operator set; None where the format gives none.
        domain: whose operator it is, where that is not the format's own.
    """

    name: str
    version: int | None
    count: int
    domain: str = ""


@dataclass(frozen=True, slots=True)
class HeldTensor:
    """An array that a file holds under a name of its own: a weight of a state dict or of a Keras model."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One named way to call the model: the caller's words for tensors, each with the tensor's name in the file."""

    name: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The numbers and names a model file proves; None where its format does not tell a number.

    Attributes:
        format: the manifest's word for the file format.
        inputs: in the file's order; none where the format holds weights alone.
        outputs: in the file's order.
        signatures: empty where the format or the file has none.
        operators: by name, then version. Layers that only hold an input, output or constant are none.
        parameters: elements of weights and biases, each stored constant once. Anchors, shapes and other constants
            that no layer learns are not parameters. In a network, a batch normalisation behind a convolution is part
            of it and leaves at most a bias per channel, so that one network has one number in all formats; a state
            dict has no network, and counts scale and shift as they stand there.
        macs: multiply-accumulates of one inference at the default shapes, of convolutions, fully connected layers
            and matrix products. Additions, pooling, resizing, softmax and biases count none.
        uncounted_operators: operators that may multiply, and whose work the file does not tell (recurrent layers,
            control flow, custom operators); where there are any, ``macs`` is what the others do.
        constant_bytes_stored: constants as the file stores them, each once: weights, biases, int8 anchors.
            Integers of 32 and 64 bits that are no bias say shapes and axes; they are left out.
        constant_bytes_folded: the same after constant folding, where a chain that needs no input image is replaced
            by its result: anchors that the graph dequantizes count as float32.
        arena_floor_bytes: the largest set of tensors alive at once, with views, fused padding and in-place operators
            allowed, see ``modelfile.arena``.
        naive_arena_bytes: a plain allocator, which shares nothing, needs this much, see ``modelfile.arena``.
        per_channel_tensors: tensors with more than one scale.
        held: the arrays of a format that stores weights by name, in its order; empty for the others.
        weight_types: types of what convolutions and matrix products multiply with, as the file stores it.
        activation_types: types of what flows into them, where it is integers in a deployment, those.
    """

    format: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    signatures: tuple[SignatureFacts, ...]
    operators: tuple[OperatorFacts, ...]
    parameters: int
    macs: int | None
    uncounted_operators: tuple[str, ...]
    constant_bytes_stored: int | None
    constant_bytes_folded: int | None
    arena_floor_bytes: int | None
    naive_arena_bytes: int | None
    per_channel_tensors: int
    held: tuple[HeldTensor, ...] = ()
    weight_types: tuple[str, ...] = ()
    activation_types: tuple[str, ...] = ()

    @property
    def operator_count(self) -> int:
        """All operators of the file, repeats included."""
        return sum(operator.count for operator in self.operators)

    def weights_kib(self, *, folded: bool) -> Decimal | None:
        """Give the constants in KiB to 0.01, as a "weights flash" cell prints them.

        Args:
            folded: False for tools that store constants as the file does (STM32Cube.AI 8.1.0), True for tools that
                fold them to float32 (STM32Cube.AI 10.0.0).
        """
        return _kib(self.constant_bytes_folded if folded else self.constant_bytes_stored)

    def arena_floor_kib(self) -> Decimal | None:
        """Give the arena floor in KiB to 0.01: a smaller published activation RAM is not this file's."""
        return _kib(self.arena_floor_bytes)

    def naive_arena_kib(self) -> Decimal | None:
        """Give the naive arena in KiB to 0.01: a larger published activation RAM is not this file's."""
        return _kib(self.naive_arena_bytes)


def _kib(count: int | None) -> Decimal | None:
    return None if count is None else kib(count)
