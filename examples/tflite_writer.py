"""Writes TFLite files of one subgraph, tensor by tensor: what no converter is needed for.

The caller says every number; nothing is quantized, fused or checked here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import flatbuffers
import numpy as np
import tflite
from numpy.typing import NDArray


@dataclass(frozen=True)
class Quantized:
    """Scales and zero points of a tensor; more than one means one for each slice along `axis`."""

    scales: Sequence[float]
    zero_points: Sequence[int] = (0,)
    axis: int = 0


@dataclass(frozen=True)
class Options:
    """An operator's options by the schema's names, such as `Options("Conv2DOptions", {"StrideW": 2, "StrideH": 2})`."""

    table: str
    fields: Mapping[str, int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class _Tensor:
    name: str
    shape: Sequence[int]
    signature: Sequence[int] | None
    dtype: str
    quantized: Quantized | None
    data: bytes | None
    buffer_of: int | None
    is_variable: bool


@dataclass(frozen=True)
class _Operator:
    name: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    version: int
    options: Options | None
    custom: bytes


class TfliteWriter:
    """Collects tensors and operators, then writes the flatbuffer. Tensors are the integers that `tensor` returns."""

    def __init__(self, description: str = "") -> None:
        self._description = description
        self._tensors: list[_Tensor] = []
        self._operators: list[_Operator] = []
        self._signatures: list[tuple[str, Mapping[str, int], Mapping[str, int]]] = []

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str,
        *,
        quantized: Quantized | None = None,
        signature: Sequence[int] | None = None,
        is_variable: bool = False,
        data: bytes | None = None,
        buffer_of: int | None = None,
    ) -> int:
        """Add a tensor of a numpy dtype.

        `signature` is its shape with -1 for open sizes, `data` makes it constant, `buffer_of` shows the data of
        another tensor.
        """
        self._tensors.append(_Tensor(name, shape, signature, dtype, quantized, data, buffer_of, is_variable))
        return len(self._tensors) - 1

    def constant(
        self, name: str, values: NDArray[np.generic] | Sequence[int], *, quantized: Quantized | None = None
    ) -> int:
        """Add a constant tensor of an array (a plain sequence becomes int32, as shapes and axes are)."""
        array = values if isinstance(values, np.ndarray) else np.asarray(values, np.int32)
        return self.tensor(name, array.shape, array.dtype.name, quantized=quantized, data=array.tobytes())

    def operator(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        version: int = 1,
        options: Options | None = None,
        custom: bytes = b"",
    ) -> None:
        """Add an operator by the schema's name, or `CUSTOM:code` with options of its own; -1 is an input left out."""
        self._operators.append(_Operator(name, inputs, outputs, version, options, custom))

    def signature(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        """Add a signature: the caller's words for tensors."""
        self._signatures.append((name, inputs, outputs))

    def build(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """Write the file."""
        file = _Flatbuffer(self._tensors, self._operators, self._signatures)
        return file.model(inputs, outputs, description=self._description)


class _Flatbuffer:
    """Writes leaves before the tables that point to them, as flatbuffers ask."""

    def __init__(
        self,
        tensors: Sequence[_Tensor],
        operators: Sequence[_Operator],
        signatures: Sequence[tuple[str, Mapping[str, int], Mapping[str, int]]],
    ) -> None:
        self._builder = flatbuffers.Builder(1024)
        self._tensors, self._operators, self._signatures = tensors, operators, signatures
        self._codes = sorted({(operator.name, operator.version) for operator in operators})

    def model(self, inputs: Sequence[int], outputs: Sequence[int], *, description: str) -> bytes:
        """Write everything and return the bytes."""
        # Buffer 0 is empty by convention; tensor i has buffer i + 1, empty unless it is constant.
        stored = [tensor.data or b"" for tensor in self._tensors]
        buffers = self._offsets([self._table("Buffer", Data=self._bytes(data)) for data in [b"", *stored]])
        graph = self._table(
            "SubGraph",
            Tensors=self._offsets([self._tensor(tensor, i + 1) for i, tensor in enumerate(self._tensors)]),
            Inputs=self._numbers(inputs, np.int32),
            Outputs=self._numbers(outputs, np.int32),
            Operators=self._offsets([self._operator(operator) for operator in self._operators]),
        )
        file = self._table(
            "Model",
            Version=3,
            OperatorCodes=self._offsets([self._code(name, version) for name, version in self._codes]),
            Subgraphs=self._offsets([graph]),
            Description=self._builder.CreateString(description),
            Buffers=buffers,
            SignatureDefs=self._offsets([self._signature(*signature) for signature in self._signatures]),
        )
        self._builder.Finish(file, b"TFL3")
        return bytes(self._builder.Output())

    def _tensor(self, tensor: _Tensor, buffer: int) -> int:
        quantization = None
        if tensor.quantized:
            quantization = self._table(
                "QuantizationParameters",
                Scale=self._numbers(tensor.quantized.scales, np.float32),
                ZeroPoint=self._numbers(tensor.quantized.zero_points, np.int64),
                QuantizedDimension=tensor.quantized.axis,
            )
        return self._table(
            "Tensor",
            Shape=self._numbers(tensor.shape, np.int32),
            Type=getattr(tflite.TensorType, tensor.dtype.upper()),
            Buffer=buffer if tensor.buffer_of is None else tensor.buffer_of + 1,
            Name=self._builder.CreateString(tensor.name),
            Quantization=quantization,
            IsVariable=tensor.is_variable,
            ShapeSignature=None if tensor.signature is None else self._numbers(tensor.signature, np.int32),
        )

    def _operator(self, operator: _Operator) -> int:
        options = operator.options
        return self._table(
            "Operator",
            OpcodeIndex=self._codes.index((operator.name, operator.version)),
            Inputs=self._numbers(operator.inputs, np.int32),
            Outputs=self._numbers(operator.outputs, np.int32),
            BuiltinOptionsType=getattr(tflite.BuiltinOptions, options.table) if options else 0,
            BuiltinOptions=self._table(options.table, **options.fields) if options else None,
            CustomOptions=self._bytes(operator.custom),
        )

    def _code(self, name: str, version: int) -> int:
        builtin, _, custom = name.partition(":")
        number = getattr(tflite.BuiltinOperator, builtin)
        return self._table(
            "OperatorCode",
            DeprecatedBuiltinCode=min(number, 127),
            CustomCode=self._builder.CreateString(custom) if custom else None,
            Version=version,
            BuiltinCode=number,
        )

    def _signature(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> int:
        def entries(named: Mapping[str, int]) -> int:
            maps = ((self._builder.CreateString(key), index) for key, index in named.items())
            return self._offsets([self._table("TensorMap", Name=key, TensorIndex=index) for key, index in maps])

        return self._table(
            "SignatureDef",
            Inputs=entries(inputs),
            Outputs=entries(outputs),
            SignatureKey=self._builder.CreateString(name),
            SubgraphIndex=0,
        )

    def _table(self, kind: str, **fields: int | float | bool | None) -> int:
        getattr(tflite, f"{kind}Start")(self._builder)
        for name, value in fields.items():
            if value is not None:
                getattr(tflite, f"{kind}Add{name}")(self._builder, value)
        return int(getattr(tflite, f"{kind}End")(self._builder))

    def _numbers(self, values: Iterable[float], dtype: type[np.generic]) -> int:
        return int(self._builder.CreateNumpyVector(np.asarray(list(values), dtype)))

    def _offsets(self, offsets: Sequence[int]) -> int:
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return int(self._builder.EndVector())

    def _bytes(self, data: bytes) -> int | None:
        if not data:
            return None
        # The schema aligns data to 16; CreateByteVector aligns to 1, and runtimes refuse that.
        self._builder.StartVector(1, len(data), 16)
        self._builder.head -= len(data)
        self._builder.Bytes[self._builder.head : self._builder.head + len(data)] = data
        return int(self._builder.EndVector())
