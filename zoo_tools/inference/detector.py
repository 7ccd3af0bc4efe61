"""One artifact, open in its worker and ready to look at pictures: the whole way from RGB bytes to detections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from zoo_tools.confinement.limits import DEFAULT_LIMITS, WorkerLimits
from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.pipeline import Prepared, Recipe, by_role, detect, prepare, real_values
from zoo_tools.inference.timing import Times
from zoo_tools.inference.worker import CompanionFile, Worker


@dataclass(frozen=True, slots=True)
class Runnable:
    """A verified file and how it is run.

    Args:
        path: the file.
        sha256: its digest; the worker runs no other bytes.
        format: the manifest's word.
        contract: from picture to input, and from outputs to boxes.
        roles: name of the output tensor for each role, or role and level such as `scores.0`.
        companions: files it is nothing without.
        network: for a checkpoint, the network its weights are run in.
    """

    path: Path
    sha256: str
    format: str
    contract: Contract
    roles: Mapping[str, str]
    companions: Sequence[CompanionFile] = ()
    network: str | None = None

    def by(self, contract: Contract) -> "Runnable":
        """Return it as run by another contract."""
        return replace(self, contract=contract)


class Detector:
    """A detector, used in a `with` statement.

    Args:
        model: what is run.
        setting: the runtime and its delegate.
        threads: threads the runtime may compute with.
        limits: what the process may use.

    Raises:
        ModelRunError: the file cannot be run, or has more than one input.
        UnavailableError: the runtime is not installed.
    """

    def __init__(
        self, model: Runnable, setting: Setting, *, threads: int = 1, limits: WorkerLimits = DEFAULT_LIMITS
    ) -> None:
        self._model = model
        self._recipe = Recipe(model.contract)
        self._worker = Worker(
            model.path, sha256=model.sha256, format=model.format, engine=setting.engine, delegate=setting.delegate,
            companions=model.companions, network=model.network, threads=threads, limits=limits,
        )  # fmt: skip
        self.run_seconds = 0.0
        """Wall clock of the last run in the worker, with the way there and back."""

    def __enter__(self) -> Self:
        self._worker.__enter__()
        if len(self._worker.inputs) != 1:
            self._worker.close()
            raise ModelRunError(
                f"the model has {len(self._worker.inputs)} inputs, a detector's contract feeds one",
                fix="describe a model with one picture as input",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._worker.close()

    def close(self) -> None:
        """End its process; may be called again, and from another thread."""
        self._worker.close()

    @property
    def environment(self) -> RunEnvironment:
        """What runs it."""
        return self._worker.environment

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height of its input in pixels."""
        shape = self._worker.inputs[0].shape
        height, width = shape[1:3] if self._model.contract.input.layout == "NHWC" else shape[2:4]
        return width, height

    def prepared(self, picture: NDArray[np.uint8]) -> Prepared:
        """Return the input tensor of a picture, (height, width, 3) uint8 RGB, and where it lies in it."""
        return prepare(picture, self._model.contract, self._worker.inputs[0])

    def run(self, prepared: Prepared) -> Detections:
        """Return what it finds in a prepared picture, in pixels of the picture.

        Raises:
            ModelRunError: the run fails, or its outputs do not fit the contract.
        """
        began = perf_counter()
        outputs = self._worker.run({self._worker.inputs[0].name: prepared.tensor})
        self.run_seconds = perf_counter() - began
        values = real_values(by_role(outputs, self._model.roles), self._model.roles, self._worker.outputs)
        return detect(values, self._recipe, prepared.placement)

    def time(self, prepared: Prepared, *, warmup: int, runs: int) -> Times:
        """Return how long the bare runs of a prepared picture take, see `Worker.time`."""
        return self._worker.time({self._worker.inputs[0].name: prepared.tensor}, warmup=warmup, runs=runs)

    def detections(self, picture: NDArray[np.uint8]) -> Detections:
        """Return what it finds in a picture, (height, width, 3) uint8 RGB, best first."""
        return self.run(self.prepared(picture))
