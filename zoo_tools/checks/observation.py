"""One worker life per artifact and setting: every picture, probe and wrongly made input is run, then the worker ends.

All checks of level `run` read from this; none of them starts a process of its own.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo_tools.checks.running import Running
from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.manifest import Tensors
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.decoders.outputs import Decoded, Listed
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.image import read_image
from zoo_tools.inference.mutations import MUTATIONS
from zoo_tools.inference.pipeline import Prepared, Recipe, by_role, decode, detect, prepare, real_values
from zoo_tools.inference.tensors import TensorInfo
from zoo_tools.inference.worker import CompanionFile, Worker

Arrays = Mapping[str, NDArray[np.generic]]


def digest(array: NDArray[np.generic]) -> str:
    """Return the sha256 of an array's bytes in C order."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def probes(height: int, width: int) -> dict[str, NDArray[np.uint8]]:
    """Return pictures nobody took: what a model says of them must at least be numbers."""
    noise = np.random.Generator(np.random.PCG64(0)).integers(0, 256, (height, width, 3), np.uint8)
    return {
        "grey": np.full((height, width, 3), 128, np.uint8),
        "black": np.zeros((height, width, 3), np.uint8),
        "noise": noise,
    }


@dataclass(frozen=True, slots=True)
class Sight:
    """What an artifact is, and what it is shown."""

    path: Path
    sha256: str
    format: str
    contract: Contract
    tensors: Tensors
    resolution: Sequence[int]
    pictures: Mapping[str, Path]
    """The golden pictures of its variant."""
    cases: Sequence[str] = ()
    """Those that it has a recording of; mistakes are made on them."""
    companions: Sequence[CompanionFile] = ()
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What a model gave for everything it was shown under one setting."""

    sight: Sight
    environment: RunEnvironment
    input: TensorInfo
    outputs: Sequence[TensorInfo]
    pictures: Mapping[str, NDArray[np.uint8]]
    """Pictures and probes by name, (height, width, 3) uint8 RGB."""
    runs: dict[str, Arrays] = field(default_factory=dict)
    """Outputs by tensor name, by digest of the input tensor."""
    _inputs: dict[str, list[tuple[Contract, Prepared, str]]] = field(default_factory=dict)
    """Input tensors with their digests by picture, for each way they were made."""

    @property
    def roles(self) -> dict[str, str]:
        """The tensor's name for each role of an output, or role and level such as `scores.0`."""
        return {spec.slot: spec.name for spec in self.sight.tensors.outputs}

    def without_mistakes(self) -> "Observation":
        """Return it without the runs of wrongly made inputs, which are most of its memory."""
        right = {self.input_digest(name) for name in self.pictures}
        return replace(self, runs={key: arrays for key, arrays in self.runs.items() if key in right}, _inputs={})

    def prepared(self, name: str, contract: Contract | None = None) -> Prepared:
        """Return the input tensor of a picture, by the artifact's contract or another."""
        return self._prepared(name, contract or self.sight.contract)[0]

    def input_digest(self, name: str, contract: Contract | None = None) -> str:
        """Return the digest of the input tensor of a picture."""
        return self._prepared(name, contract or self.sight.contract)[1]

    def _prepared(self, name: str, contract: Contract) -> tuple[Prepared, str]:
        made = self._inputs.setdefault(name, [])
        for earlier, prepared, key in made:
            if (earlier.input, earlier.preprocess) == (contract.input, contract.preprocess):
                return prepared, key
        prepared = prepare(self.pictures[name], contract, self.input)
        made.append((contract, prepared, digest(prepared.tensor)))
        return made[-1][1:]

    def outputs_of(self, name: str) -> Arrays:
        """Return the outputs for a picture, by tensor name, as the runtime gave them."""
        return self.runs[self.input_digest(name)]

    def raw(self, name: str) -> dict[str, NDArray[np.generic]]:
        """Return the outputs for a picture, by role, as the runtime gave them."""
        return by_role(self.outputs_of(name), self.roles)

    def real(self, name: str) -> dict[str, NDArray[np.generic]]:
        """Return the outputs for a picture, by role, as real values."""
        return real_values(self.raw(name), self.roles, self.outputs)

    def decoded(self, name: str) -> Decoded | Listed:
        """Return boxes and scores of every anchor or listed detection, before clipping and selection."""
        prepared = self.prepared(name)
        return decode(self.real(name), Recipe(self.sight.contract), prepared.placement)

    def detections(self, name: str, recipe: Recipe | None = None) -> Detections:
        """Return what is detected in a picture, by the artifact's contract or by a wrong recipe.

        Raises:
            ModelRunError: the recipe does not fit the model at all.
        """
        recipe = recipe or Recipe(self.sight.contract)
        prepared = self.prepared(name, recipe.contract)
        raw = by_role(self.runs[self.input_digest(name, recipe.contract)], self.roles)
        return detect(real_values(raw, self.roles, self.outputs), recipe, prepared.placement)


def observe(
    sight: Sight, setting: Setting, *, mutations: Sequence[str] = (), running: Running | None = None
) -> Observation:
    """Run an artifact on its pictures and the probes, and on its pictures as mutations would prepare them.

    Args:
        sight: what is run on what.
        setting: the runtime and its delegate.
        mutations: names of the mistakes that inputs are made with besides.
        running: is told of the worker while it is open.

    Raises:
        ModelRunError: the model cannot be run, or not by this contract.
        WrongBytesError: a file is no longer the one that was verified.
        BrokenFileError: a picture cannot be read.
        UnavailableError: the runtime is not installed.
    """
    running = running or Running()
    pictures = {name: read_image(path) for name, path in sight.pictures.items()}
    height, width = sight.resolution[:2]
    worker = Worker(
        sight.path, sha256=sight.sha256, format=sight.format, engine=setting.engine, delegate=setting.delegate,
        companions=sight.companions, network=sight.network,
    )  # fmt: skip
    with running.holding(worker), worker:
        if len(worker.inputs) != 1:
            raise ModelRunError(
                f"the model has {len(worker.inputs)} inputs, a detector's contract feeds one",
                fix="describe a model with one picture as input",
            )
        seen = Observation(
            sight, worker.environment, worker.inputs[0], worker.outputs, {**pictures, **probes(height, width)}
        )
        for name, contract in _shown(seen, mutations):
            running.go_on()
            key = seen.input_digest(name, contract)
            if key not in seen.runs:
                seen.runs[key] = worker.run({seen.input.name: seen.prepared(name, contract).tensor})
    return seen


def _shown(seen: Observation, mutations: Sequence[str]) -> Iterator[tuple[str, Contract]]:
    right = Recipe(seen.sight.contract)
    for name in seen.pictures:
        yield name, right.contract
    for mutation in mutations:
        recipe = MUTATIONS[mutation](right)
        if recipe.same_input(right):
            continue
        for name in seen.sight.cases:
            try:
                seen.prepared(name, recipe.contract)
            except ModelRunError:
                break  # such an input cannot even be made: golden-sensitive counts that as noticed
            yield name, recipe.contract
