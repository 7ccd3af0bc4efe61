"""The real worker program, except that one model, told by its digest, does what the first argument says."""

import ctypes
import hashlib
import os
import signal
import sys
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.settings import EngineName
from zoo_tools.inference import child
from zoo_tools.inference.engines import Engine, ModelBytes, Session, load_engine
from zoo_tools.inference.tensors import TensorInfo

WHAT, VICTIM = sys.argv[1:]


def misbehave(moment: str) -> None:
    match WHAT, moment:
        case "segfault", "open":
            ctypes.string_at(0)
        case "killed", "run":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang", "run":
            signal.pause()
        case "memory", "open":
            bytearray(64 << 30)


class WreckedSession:
    """A model that opens as always and then misbehaves."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.delegate = session.delegate
        self.inputs: list[TensorInfo] = list(session.inputs)
        self.outputs: list[TensorInfo] = list(session.outputs)

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        misbehave("run")
        return self._session.run(feeds)


class WreckedEngine:
    """The real runtime, until it is given the victim."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> Session:
        session = self._engine.open(model, delegate=delegate, threads=threads)
        if hashlib.sha256(model.content).hexdigest() != VICTIM:
            return session
        misbehave("open")
        return WreckedSession(session)


def load(name: EngineName) -> Engine:
    return WreckedEngine(load_engine(name))


if __name__ == "__main__":
    child.main(load)
