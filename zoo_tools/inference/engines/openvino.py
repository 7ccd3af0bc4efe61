"""OpenVINO on its CPU device: float32 arithmetic, no cache, no telemetry, nothing read but the bytes given.

It reads IR and ONNX from memory. TFLite files and frozen graphs it reads from paths only, so these are written into the
worker's own folder for as long as that takes; `child` raises the limit of written files for them.

Its Python package reports every import to a web analytics service through `openvino_telemetry`, which the converter
imports that this engine does not need. Both are kept out. One thread computes, unless more are asked for.
"""

import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo_tools.inference.engines import EngineMissingError, ModelBytes, RefusedError, no_delegate, only_formats
from zoo_tools.inference.engines.onnx_file import read_onnx
from zoo_tools.inference.engines.openvino_ir import check_ir
from zoo_tools.inference.tensors import Quantization, TensorInfo, unique_names

if TYPE_CHECKING:
    from types import ModuleType

    from openvino import CompiledModel, Model, Output

    from zoo_tools.modelfile.graph import Tensor

_KEPT_OUT = ("openvino_telemetry", "openvino.tools.ovc")
_SETTINGS = {
    # On some processors it would otherwise be bfloat16, which costs 0.025 in a score.
    "INFERENCE_PRECISION_HINT": "f32",
    "NUM_STREAMS": "1",
    # Pinned, the workers of several models would meet on one core.
    "ENABLE_CPU_PINNING": "NO",
    "CACHE_DIR": "",
}
_DTYPES = {
    "boolean": "bool", "f16": "float16", "f32": "float32", "f64": "float64",
    **{f"{sign[0]}{bits}": f"{sign}{bits}" for sign in ("int", "uint") for bits in (8, 16, 32, 64)},
}  # fmt: skip
# Lines that say where in the runtime's sources something went wrong, not what.
_PLACE = re.compile(r"Exception from |Check '.*' failed at |FrontEnd API failed with ")
_SINK = re.compile(r"/sink_port_[0-9]+$")


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a file itself says of its inputs or outputs, as far as the runtime's model of it does not."""

    names: Sequence[str] = ()
    quantizations: Mapping[str, Quantization] | None = None
    is_tensorflow: bool = False


class OpenVinoEngine:
    """The runtime, imported."""

    name = "openvino"

    def __init__(self, runtime: "ModuleType") -> None:
        self.version: str = runtime.__version__.partition("-")[0]
        self._runtime = runtime

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> "OpenVinoSession":
        """Open a model; there are no delegates.

        Raises:
            RefusedError: the runtime refuses the model, or the model wants to read another file.
        """
        no_delegate(delegate)
        only_formats(model, "openvino-ir", "onnx", "tflite", "tf-frozen-graph")
        try:
            graph, inputs, outputs = self._read(model)
            self._fix_batch(graph)
            told = _infos(graph.inputs, inputs), _infos(graph.outputs, outputs)
            settings = _SETTINGS | {"INFERENCE_NUM_THREADS": str(threads)}
            compiled = self._runtime.Core().compile_model(graph, "CPU", settings)
        except (MemoryError, RefusedError):
            raise
        # Whatever it raises, it is what the runtime says of the file.
        except Exception as error:
            raise RefusedError(_said(error)) from error
        return OpenVinoSession(compiled, *told)

    def _read(self, model: ModelBytes) -> "tuple[Model, _Declared, _Declared]":
        match model.format:
            case "openvino-ir":
                check_ir(model.content)
                if len(model.companions) > 1:
                    raise RefusedError(f"it has {len(model.companions)} companions; an IR has one, its weights")
                weights = b"".join(model.companions.values())
                return self._runtime.Core().read_model(model.content, weights), _Declared(), _Declared()
            case "onnx":
                file = read_onnx(model.content, model.companions)
                graph = self._loaded("onnx", io.BytesIO(file.content))
                return graph, _Declared(file.inputs), _Declared(file.outputs)
            case "tflite":
                from zoo_tools.modelfile.tflite_tables import read_tables

                tables = read_tables(model.content).graphs[0]
                inputs, outputs = ([tables.tensors[at] for at in ends] for ends in (tables.inputs, tables.outputs))
                return self._from_path("tflite", "model.tflite", model.content), _of_tflite(inputs), _of_tflite(outputs)
            case _:
                graph = self._from_path("tf", "model.pb", model.content)
                return graph, _Declared(is_tensorflow=True), _Declared(is_tensorflow=True)

    def _from_path(self, framework: str, name: str, content: bytes) -> "Model":
        # In the worker this is a fresh and empty folder, and nothing is left in it when the model runs.
        path = Path(name)
        path.write_bytes(content)
        try:
            return self._loaded(framework, str(path))
        finally:
            path.unlink()

    def _loaded(self, framework: str, model: object) -> "Model":
        """Read by the reader of one format: asked openly, the runtime would try all of them."""
        reader = self._runtime.frontend.FrontEndManager().load_by_framework(framework)
        return reader.convert(reader.load(model, False))  # noqa: FBT003 (positional in the runtime: no mapped memory)

    def _fix_batch(self, graph: "Model") -> None:
        """Fix the batch to 1 where it is open, so that all shapes behind it follow."""
        open_ = {
            port: self._runtime.PartialShape([1, *list(port.partial_shape)[1:]])
            for port in graph.inputs
            if _rank(port) and not port.partial_shape[0].is_static
        }
        if open_:
            graph.reshape(open_)


class OpenVinoSession:
    """One model, ready to run."""

    delegate = "none"

    def __init__(self, compiled: "CompiledModel", inputs: list[TensorInfo], outputs: list[TensorInfo]) -> None:
        self._request = compiled.create_infer_request()
        self.inputs = inputs
        self.outputs = outputs

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Return all outputs by name, in the shapes that really came out."""
        try:
            # What a stateful model remembers from the picture before would make two equal runs differ.
            self._request.reset_state()
            self._request.infer({index: feeds[tensor.name] for index, tensor in enumerate(self.inputs)})
        except MemoryError:
            raise
        except Exception as error:
            raise RuntimeError(_said(error)) from error
        arrays = [self._request.get_output_tensor(index).data for index in range(len(self.outputs))]
        return {tensor.name: np.array(array) for tensor, array in zip(self.outputs, arrays, strict=True)}


def load() -> OpenVinoEngine:
    """Import the runtime, and nothing that reports home.

    Raises:
        EngineMissingError: it is not installed, or its libraries do not load.
    """
    # None in the place of a module makes an import of it fail, which the package is prepared for.
    for name in _KEPT_OUT:
        sys.modules[name] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        import openvino
        import openvino.frontend
    except ModuleNotFoundError as error:
        if error.name == "openvino":
            raise EngineMissingError("openvino is not installed") from error
        raise EngineMissingError(f"openvino is installed and does not load: {error}") from error
    except ImportError as error:
        raise EngineMissingError(f"openvino is installed and does not load: {error}") from error
    return OpenVinoEngine(openvino)


def _of_tflite(tensors: "Sequence[Tensor]") -> _Declared:
    names = unique_names(tensor.name for tensor in tensors)
    held = {
        name: Quantization(tuple(tensor.scales.tolist()), tuple(tensor.zero_points.tolist()), tensor.axis)
        for name, tensor in zip(names, tensors, strict=True)
        if tensor.scales.size
    }
    return _Declared(names, held)


def _infos(ports: "Sequence[Output]", declared: _Declared) -> list[TensorInfo]:
    names, left = list[str](), list(declared.names)
    for port in ports:
        # Where the runtime merged two tensors, each of its ports bears the names of both.
        name = next((one for one in left if one.partition(" #")[0] in port.get_names()), None)
        if name is None:
            name = _own_name(port, is_tensorflow=declared.is_tensorflow)
        else:
            left.remove(name)
        names.append(name)
    quantizations = declared.quantizations or {}
    return [_info(name, port, quantizations.get(name)) for name, port in zip(unique_names(names), ports, strict=True)]


def _own_name(port: "Output", *, is_tensorflow: bool) -> str:
    """Return the name of an input or output whose file does not list them.

    It is the name of the layer that stands for it, if that is a tensor's name; else the first of the tensor's names by
    the alphabet, which is how an IR prints them; else the layer that computes it.
    """
    names: set[str] = port.get_names()
    node = port.get_node()
    layer: str = _SINK.sub("", node.get_friendly_name())
    if layer in names:
        # TensorFlow's first output of a node goes by the node's name.
        return layer.removesuffix(":0") if is_tensorflow else layer
    if names:
        return min(names)
    if node.get_type_name() != "Result":
        return layer
    source = node.input_value(0)
    maker: str = source.get_node().get_friendly_name()
    return f"{maker}.{source.get_index()}" if source.get_node().get_output_size() > 1 else maker


def _info(name: str, port: "Output", quantization: Quantization | None) -> TensorInfo:
    kind = port.element_type.get_type_name()
    if kind not in _DTYPES:
        raise RefusedError(f"its `{name}` is of type {kind}; only tensors of numbers are read")
    sizes = [size.get_length() if size.is_static else -1 for size in port.partial_shape] if _rank(port) else []
    dtype = _DTYPES[kind]
    return TensorInfo(name, tuple(sizes), dtype, quantization if "int" in dtype else None)


def _rank(port: "Output") -> int:
    """Return the number of dimensions; 0 also where it is open."""
    rank = port.partial_shape.rank
    return int(rank.get_length()) if rank.is_static else 0


def _said(error: Exception) -> str:
    """Return the runtime's words without the places in its sources."""
    text = str(error)
    if "bad_alloc" in text or "Failed to allocate" in text:
        raise MemoryError
    lines = [line for line in text.splitlines() if line.strip() and not _PLACE.match(line)]
    return lines[0] if lines else type(error).__name__
