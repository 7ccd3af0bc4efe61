"""ONNX Runtime on its CPU provider: deterministic kernels, nothing read but the bytes given.

Graphs are optimised at level `basic`: constants folded, what is redundant left out, the arithmetic of each operator
kept. Higher levels fuse and re-lay operators for the processor at hand, and their results carry over less well. One
thread computes, unless more are asked for.

From 1.29 on, released builds report runs to their maker, and write an identifier of the device into the home folder,
unless a variable of the environment forbids it before the library is loaded.
Source: https://github.com/microsoft/onnxruntime/pull/27379
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zoo_tools.inference.engines import EngineMissingError, ModelBytes, RefusedError, no_delegate, only_formats
from zoo_tools.inference.engines.onnx_file import read_onnx
from zoo_tools.inference.tensors import TensorInfo

_FATAL = 4
_CODE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
# A line of its sources and the function's signature, which help nobody who has a file.
_PLACE = re.compile(r"/onnxruntime_src/\S+:\d+ [^)]*\)(?: const)? ")
_DTYPES = {
    "tensor(bool)": "bool", "tensor(double)": "float64", "tensor(float)": "float32", "tensor(float16)": "float16",
    **{f"tensor({sign}int{bits})": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}  # fmt: skip


class _Argument(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def shape(self) -> Sequence[int | str | None]: ...


class _Session(Protocol):
    def get_inputs(self) -> Sequence[_Argument]: ...
    def get_outputs(self) -> Sequence[_Argument]: ...
    def run(
        self, output_names: Sequence[str], input_feed: Mapping[str, NDArray[np.generic]]
    ) -> Sequence[NDArray[np.generic]]: ...


class _Open(Protocol):
    def __call__(self, model: bytes, batches: Iterable[str], threads: int) -> _Session: ...


class OnnxRuntimeEngine:
    """The runtime, imported."""

    name = "onnxruntime"

    def __init__(self, version: str, make: _Open) -> None:
        self.version = version
        self._make = make

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> "OnnxRuntimeSession":
        """Open a model; there are no delegates.

        Raises:
            RefusedError: the runtime refuses the model, or the model wants to read another file.
        """
        no_delegate(delegate)
        only_formats(model, "onnx")
        file = read_onnx(model.content, model.companions)
        try:
            return OnnxRuntimeSession(self._make(file.content, file.batches, threads))
        except MemoryError:
            raise
        # Its exceptions have no base of their own.
        except Exception as error:
            raise RefusedError(_said(error)) from error


class OnnxRuntimeSession:
    """One model, ready to run."""

    delegate = "none"

    def __init__(self, session: _Session) -> None:
        self._session = session
        self.inputs = [_info(argument, first=1) for argument in session.get_inputs()]
        self.outputs = [_info(argument, first=-1) for argument in session.get_outputs()]

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Return all outputs by name, in the shapes that really came out."""
        names = [output.name for output in self.outputs]
        try:
            arrays = self._session.run(names, feeds)
        except MemoryError:
            raise
        except Exception as error:
            raise RuntimeError(_said(error)) from error
        return {name: np.asarray(array) for name, array in zip(names, arrays, strict=True)}


def load() -> OnnxRuntimeEngine:
    """Import the runtime, silenced.

    Raises:
        EngineMissingError: it is not installed, or its libraries do not load.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        if error.name == "onnxruntime":
            raise EngineMissingError("onnxruntime is not installed") from error
        raise EngineMissingError(f"onnxruntime is installed and does not load: {error}") from error
    except ImportError as error:
        raise EngineMissingError(f"onnxruntime is installed and does not load: {error}") from error
    onnxruntime.set_default_logger_severity(_FATAL)

    def make(model: bytes, batches: Iterable[str], threads: int) -> _Session:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.use_deterministic_compute = True
        # The arena takes memory in doubling blocks, and the worker has a limit.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = _FATAL
        # Its own format would otherwise be recognised by content, and pass the visit of external data.
        options.add_session_config_entry("session.load_model_format", "ONNX")
        for name in batches:
            options.add_free_dimension_override_by_name(name, 1)
        session: _Session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return session

    return OnnxRuntimeEngine(onnxruntime.__version__, make)


def _info(argument: _Argument, *, first: int) -> TensorInfo:
    """Describe an input or output, its first dimension being `first` where that is still open."""
    if argument.type not in _DTYPES:
        raise RefusedError(f"its `{argument.name}` is {argument.type}; only tensors of numbers are read")
    opened = [first, *[-1] * len(argument.shape)]
    sizes = [size if isinstance(size, int) else free for size, free in zip(argument.shape, opened, strict=False)]
    return TensorInfo(argument.name, tuple(sizes), _DTYPES[argument.type])


def _said(error: Exception) -> str:
    """Return the runtime's words without its code, as in `[ONNXRuntimeError] : 1 : FAIL : …`, and without places."""
    # Its bindings fail to make a text of what names something not in UTF-8; the bytes are still there.
    said = error.object.decode("utf-8", "replace") if isinstance(error, UnicodeDecodeError) else str(error)
    text = _PLACE.sub("", _CODE.sub("", said))
    if "bad_alloc" in text:
        raise MemoryError
    return text
