"""LiteRT: `ai-edge-litert`, or `tflite-runtime` where only that is installed (the same interpreter).

Delegate `none` means the built-in kernels alone, the setting whose results carry over between versions best;
`xnnpack` is what the interpreter does unless told otherwise. One thread in both, unless more are asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

from zoo_tools.inference.engines import EngineMissingError, ModelBytes, RefusedError, only_formats
from zoo_tools.inference.tensors import Quantization, TensorInfo, unique_names

_WRITES_IN_PART = "TFLite_Detection_PostProcess"
_RESOLVERS = {"none": "BUILTIN_WITHOUT_DEFAULT_DELEGATES", "xnnpack": "AUTO"}


class _Parameters(TypedDict):
    scales: NDArray[np.float32]
    zero_points: NDArray[np.int32]
    quantized_dimension: int


class _Detail(TypedDict):
    name: str
    index: int
    shape: NDArray[np.int32]
    shape_signature: NDArray[np.int32]
    dtype: type[np.generic]
    quantization_parameters: _Parameters


class _Interpreter(Protocol):
    def allocate_tensors(self) -> None: ...
    def get_input_details(self) -> list[_Detail]: ...
    def get_output_details(self) -> list[_Detail]: ...
    def resize_tensor_input(self, input_index: int, tensor_size: list[int], *, strict: bool = ...) -> None: ...
    def set_tensor(self, tensor_index: int, value: NDArray[np.generic]) -> None: ...
    def reset_all_variables(self) -> None: ...
    def invoke(self) -> None: ...
    def get_tensor(self, tensor_index: int) -> NDArray[np.generic]: ...


class _Maker(Protocol):
    def __call__(
        self, *, model_content: bytes, num_threads: int, experimental_op_resolver_type: object
    ) -> _Interpreter: ...


class LiteRtEngine:
    """The runtime, imported."""

    def __init__(self, name: str, version: str, make: _Maker, resolvers: Mapping[str, object]) -> None:
        self.name = name
        self.version = version
        self._make = make
        self._resolvers = resolvers

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> "LiteRtSession":
        """Open a model with a delegate (`xnnpack`) or with `none`.

        Raises:
            RefusedError: it is no TFLite file by its format.
            ValueError: the runtime refuses the model.
        """
        only_formats(model, "tflite")
        if not model.content:
            raise RefusedError("it is empty")
        resolver = self._resolvers[_RESOLVERS[delegate]]
        interpreter = self._make(
            model_content=model.content, num_threads=threads, experimental_op_resolver_type=resolver
        )
        return LiteRtSession(interpreter, delegate)


class LiteRtSession:
    """One model, ready to run."""

    def __init__(self, interpreter: _Interpreter, delegate: str) -> None:
        self._interpreter = interpreter
        for detail in interpreter.get_input_details():
            declared, shape = detail["shape_signature"], [int(size) for size in detail["shape"]]
            if declared.size and declared[0] == -1 and shape[0] != 1:
                interpreter.resize_tensor_input(detail["index"], [1, *shape[1:]])
        interpreter.allocate_tensors()
        self._input_names = unique_names(detail["name"] for detail in interpreter.get_input_details())
        self._output_names = unique_names(detail["name"] for detail in interpreter.get_output_details())
        self.inputs = _infos(self._input_names, interpreter.get_input_details())
        self.outputs = _infos(self._output_names, interpreter.get_output_details())
        # What an operator leaves as it was would make the memory's former content part of the answer.
        self._cleared = {
            int(index)
            for operator in _operators(interpreter)
            if operator["op_name"] == _WRITES_IN_PART
            for index in operator["outputs"]
        }
        self.delegate = delegate if delegate == "none" or _delegated(interpreter) else "none"

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Return all outputs by name, in the shapes that really came out."""
        details = dict(zip(self._input_names, self._interpreter.get_input_details(), strict=True))
        reshaped = {name: array for name, array in feeds.items() if array.shape != tuple(details[name]["shape"])}
        for name, array in reshaped.items():
            self._interpreter.resize_tensor_input(details[name]["index"], list(array.shape), strict=True)
        if reshaped:
            self._interpreter.allocate_tensors()
        # What a stateful model remembers from the picture before would make two equal runs differ.
        self._interpreter.reset_all_variables()
        for detail in self._interpreter.get_output_details():
            if detail["index"] in self._cleared:
                self._interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
        for name, array in feeds.items():
            self._interpreter.set_tensor(details[name]["index"], array)
        self._interpreter.invoke()
        outputs = zip(self._output_names, self._interpreter.get_output_details(), strict=True)
        return {name: self._value(detail) for name, detail in outputs}

    def _value(self, detail: _Detail) -> NDArray[np.generic]:
        shape = tuple(int(size) for size in detail["shape"])
        # The interpreter takes a tensor without elements for one that was never computed.
        return (
            np.asarray(self._interpreter.get_tensor(detail["index"]))
            if all(shape)
            else np.empty(shape, detail["dtype"])
        )


def load() -> LiteRtEngine:
    """Import the runtime, preferring the newer package.

    Raises:
        EngineMissingError: neither package is installed, or its libraries do not load.
    """
    try:
        import ai_edge_litert
        from ai_edge_litert import interpreter as litert

        return LiteRtEngine("litert", ai_edge_litert.__version__, litert.Interpreter, litert.OpResolverType.__members__)
    except ModuleNotFoundError as error:
        if error.name != "ai_edge_litert":
            raise EngineMissingError(f"ai-edge-litert is installed and does not load: {error}") from error
    except ImportError as error:
        raise EngineMissingError(f"ai-edge-litert is installed and does not load: {error}") from error
    return _load_older()


def _load_older() -> LiteRtEngine:
    try:
        import tflite_runtime
        from tflite_runtime import interpreter as older
    except ImportError as error:
        raise EngineMissingError("neither ai-edge-litert nor tflite-runtime is installed") from error
    version: str = tflite_runtime.__version__
    return LiteRtEngine("tflite-runtime", version, older.Interpreter, older.experimental.OpResolverType.__members__)


class _Operator(TypedDict):
    op_name: str
    outputs: NDArray[np.int32]


def _operators(interpreter: _Interpreter) -> Sequence[_Operator]:
    list_operators = getattr(interpreter, "_get_ops_details", None)
    return [] if list_operators is None else list_operators()


def _delegated(interpreter: _Interpreter) -> bool:
    """Whether a delegate took any operator; a build without XNNPACK, or a model it cannot help, runs without."""
    operators = _operators(interpreter)
    return not operators or any(operator["op_name"] == "DELEGATE" for operator in operators)


def _infos(names: Sequence[str], details: Sequence[_Detail]) -> list[TensorInfo]:
    return [_info(name, detail) for name, detail in zip(names, details, strict=True)]


def _info(name: str, detail: _Detail) -> TensorInfo:
    declared = detail["shape_signature"] if detail["shape_signature"].size else detail["shape"]
    shape = [int(size) for size in declared]
    if shape and shape[0] == -1:
        shape[0] = 1
    parameters = detail["quantization_parameters"]
    quantization = Quantization(
        tuple(float(scale) for scale in parameters["scales"]),
        tuple(int(point) for point in parameters["zero_points"]),
        int(parameters["quantized_dimension"]),
    )
    return TensorInfo(name, tuple(shape), np.dtype(detail["dtype"]).name, quantization if quantization.scales else None)
