"""One module per runtime, imported only in the worker process, where a crash is a finding and not ours.

An engine is loaded before the model is read: what fails until then is the machine's lack, what fails later the model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, assert_never

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.settings import EngineName
from zoo_tools.inference.tensors import TensorInfo

INSTALL: dict[EngineName, str] = {
    "litert": "pip install 'zoo_tools[litert]'",
    "onnxruntime": "pip install 'zoo_tools[onnx]'",
    "openvino": "pip install 'zoo_tools[openvino]'",
    "torch": "pip install 'zoo_tools[torch]'",
}
"""How to get each."""

FROM_PATHS_ONLY: frozenset[tuple[EngineName, str]] = frozenset(
    {("openvino", "tflite"), ("openvino", "tf-frozen-graph")}
)
"""Engines and formats that want a file: the worker writes a copy of the bytes it proved, and is allowed to."""


@dataclass(frozen=True, slots=True)
class ModelBytes:
    """A model in memory, every byte of it proven by its digest; an engine reads nothing else from anywhere."""

    format: str
    """As a manifest says it, such as `tflite` or `openvino-ir`."""
    content: bytes
    """The file that is named."""
    companions: Mapping[str, bytes] = field(default_factory=dict)
    """Further files by the name that the file calls them."""
    network: str | None = None
    """Of a checkpoint: the network its weights are run in."""


class Session(Protocol):
    """One model, ready to run; two runs with the same input give equal bits."""

    @property
    def delegate(self) -> str:
        """Delegate that took part, or `none`."""

    @property
    def inputs(self) -> Sequence[TensorInfo]:
        """What it takes."""

    @property
    def outputs(self) -> Sequence[TensorInfo]:
        """What it gives, as declared."""

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Return all outputs by name, in the shapes that really came out."""


class Engine(Protocol):
    """A runtime that is loaded."""

    @property
    def name(self) -> str:
        """What it calls itself, such as `litert`."""

    @property
    def version(self) -> str:
        """Its version."""

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> Session:
        """Open a model, with a delegate by name or with `none`, to be run by so many threads at most."""


class EngineMissingError(Exception):
    """The runtime is not installed, or its libraries do not load here; the text says which."""


class RefusedError(Exception):
    """The engine does not run such a file; the text completes `refused by <engine>: …`."""


def load_engine(name: EngineName) -> Engine:
    """Import a runtime.

    Raises:
        EngineMissingError: it is not there.
    """
    match name:
        case "litert":
            from zoo_tools.inference.engines import litert

            return litert.load()
        case "onnxruntime":
            from zoo_tools.inference.engines import onnxruntime

            return onnxruntime.load()
        case "openvino":
            from zoo_tools.inference.engines import openvino

            return openvino.load()
        case "torch":
            from zoo_tools.inference.engines import torch

            return torch.load()
        case _:
            assert_never(name)


def only_formats(model: ModelBytes, *formats: str) -> None:
    """Refuse a model of another format.

    Raises:
        RefusedError: it is of none of these.
    """
    if model.format not in formats:
        raise RefusedError(f"it does not read the format {model.format}; it reads {', '.join(formats)}")


def no_delegate(delegate: str) -> None:
    """Refuse a delegate, for runtimes that have none.

    Raises:
        RefusedError: one is asked for.
    """
    if delegate != "none":
        raise RefusedError(f"it has no delegate {delegate}")
