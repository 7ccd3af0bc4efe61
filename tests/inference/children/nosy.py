"""The real worker program with a real runtime, whose model looks around once it has run: output `seen` is JSON."""

import json
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.inference.children.obedient import connect_natively, look
from zoo_tools.domain.settings import EngineName
from zoo_tools.inference.child import main
from zoo_tools.inference.engines import Engine, ModelBytes, Session, load_engine
from zoo_tools.inference.tensors import TensorInfo

PORT = int(sys.argv[1])


class NosySession:
    """A model that runs and then looks around."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.delegate = session.delegate
        self.inputs: Sequence[TensorInfo] = session.inputs
        self.outputs: Sequence[TensorInfo] = [*session.outputs, TensorInfo("seen", (-1,), "uint8")]

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        outputs = self._session.run(feeds)
        return outputs | {"seen": np.frombuffer(json.dumps(seen()).encode(), np.uint8)}


class NosyEngine:
    """The real runtime."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> Session:
        return NosySession(self._engine.open(model, delegate=delegate, threads=threads))


def seen() -> dict[str, object]:
    try:
        socket.socket()
        refused = ""
    except PermissionError as error:
        refused = str(error)
    return {
        "around": look(),
        "refused": refused,
        "connected": connect_natively(PORT),
        "modules": [name for name in sys.modules if getattr(sys.modules[name], "__name__", None)],
        "threads": len(list(Path("/proc/self/task").iterdir())),
    }


def load(name: EngineName) -> Engine:
    return NosyEngine(load_engine(name))


if __name__ == "__main__":
    main(load)
