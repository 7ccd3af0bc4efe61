"""A worker that is asked the same again and again: every input is run once, and the process outlives its `with`.

A mutant changes what is said of a file, seldom what the file is shown.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.settings import Delegate, EngineName
from zoo_tools.inference.tensors import TensorInfo
from zoo_tools.inference.worker import CompanionFile, Worker

Arrays = dict[str, NDArray[np.generic]]


class Workers:
    """Open workers of one file; an object of it stands in for the class `Worker`."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str], Remembered] = {}

    def __call__(
        self,
        model: Path,
        *,
        sha256: str,
        format: str,
        engine: EngineName,
        delegate: Delegate,
        companions: Sequence[CompanionFile] = (),
        network: str | None = None,
    ) -> "Remembered":
        """Return the worker of a file and setting."""
        if companions or network:
            raise ValueError("only files that stand alone are mutated")
        key = (sha256, engine, delegate)
        if key not in self._open:
            self._open[key] = Remembered(Worker(model, sha256=sha256, format=format, engine=engine, delegate=delegate))
        return self._open[key]

    def close(self) -> None:
        """End all of them."""
        for worker in self._open.values():
            worker.end()
        self._open.clear()


class Remembered:
    """A worker that keeps what it has answered."""

    environment: RunEnvironment
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._is_open = False
        self._answers: dict[str, Arrays] = {}

    def __enter__(self) -> Self:
        if not self._is_open:
            self._worker.__enter__()
            self._is_open = True
            self.environment = self._worker.environment
            self.inputs, self.outputs = self._worker.inputs, self._worker.outputs
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """Return what the model gives, run at most once for each input."""
        key = " ".join(f"{name} {sha256(array.tobytes()).hexdigest()}" for name, array in feeds.items())
        if key not in self._answers:
            self._answers[key] = self._worker.run(feeds)
        return self._answers[key]

    def close(self) -> None:
        """Stay open; `end` ends it."""

    def end(self) -> None:
        """End the process."""
        self._worker.close()
        self._is_open = False
