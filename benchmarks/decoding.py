"""Outputs of a detector to detections: decoding, clipping and suppression by contracts of the registry.

Anchors and classes are those of `ssd_mobilenet_v2_fpnlite` at 416, of the same network at 256 with the classes of COCO,
and of MMDetection's SSD512 (a softmax, per-level outputs, priors from the contract). Two kinds of scores:

* `random`: any probability for every class, or logits of a normal distribution of deviation 3: so many candidates that
  the list is full of the best ones;
* `scene`: twenty objects seen by forty anchors each, and one score in fifty above 0 on a grid of 1/256, as int8 models
  give them.

The reference is one copy of the outputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Benchmark
from zoo_tools.domain.decoding import Contract, PriorBoxCentreVariance
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.pipeline import Recipe, detect
from zoo_tools.inference.placement import stretched
from zoo_tools.registry.load import Registry, load_registry

_REGISTRY = Path(__file__).resolve().parent.parent / "registry"

Floats = NDArray[np.float32]


def decoding_benchmarks() -> list[Benchmark]:
    """Return a benchmark for each size and kind of scores."""
    return [
        Benchmark(f"decode-{name}-{kind}", case.run, "a copy of the outputs", case.copy, most_seconds=seconds)
        for name, make, seconds in (
            ("18070x1", partial(_anchored, 18_070, 1, 416), 0.004),
            ("6820x80", partial(_anchored, 6_820, 80, 256), 0.020),
            ("24564x80", _ssd512, 0.060),
        )
        for kind in ("random", "scene")
        for case in [_Case(partial(make, kind))]
    ]


@dataclass
class _Case:
    """Outputs that are made when they are first needed."""

    make: Callable[[], "_Made"]

    def run(self) -> Detections:
        """Decode, clip, suppress and map to the picture."""
        made = self._made
        return detect(made.outputs, Recipe(made.contract), stretched((640, 480), made.network))

    def copy(self) -> object:
        """Touch every byte of the outputs once."""
        return [array.copy() for array in self._made.outputs.values()]

    @cached_property
    def _made(self) -> "_Made":
        return self.make()


@dataclass(frozen=True, slots=True)
class _Made:
    contract: Contract
    network: tuple[int, int]
    outputs: Mapping[str, Floats]


def _anchored(anchors: int, classes: int, side: int, kind: str) -> _Made:
    """Return outputs of a detector that gives its anchors, background first."""
    random = np.random.Generator(np.random.PCG64(anchors))
    centre, size = random.random((anchors, 2)), random.uniform(0.05, 0.4, (anchors, 2))
    outputs = {
        "scores": _probabilities(random, centre, classes, kind)[np.newaxis],
        "offsets": random.normal(0, 0.1, (1, anchors, 4)),
        "anchors": np.concatenate([centre - size / 2, centre + size / 2], axis=1)[np.newaxis],
    }
    contract = _registry().models["ssd_mobilenet_v2_fpnlite"].value.contracts["ssd-three-outputs"]
    return _Made(contract, (side, side), {role: np.asarray(array, np.float32) for role, array in outputs.items()})


def _ssd512(kind: str) -> _Made:
    """Return outputs of MMDetection's SSD512, level by level."""
    contract, random = (
        _registry().models["mmdet_ssd"].value.contracts["ssd512"],
        np.random.Generator(np.random.PCG64(512)),
    )
    assert isinstance(contract.decode, PriorBoxCentreVariance)  # as its manifest says
    outputs = {}
    for i, level in enumerate(contract.decode.priors.levels):
        rows, columns = level.map
        logits = random.normal(0, 3, (level.count, 81))
        if kind == "scene":
            centre = random.random((level.count, 2))
            background_last = np.roll(_probabilities(random, centre, 80, kind), -1, axis=1)
            logits = np.log(background_last + 1e-6)
        for role, values in (("scores", logits), ("offsets", random.normal(0, 1, (level.count, 4)))):
            maps = values.reshape(rows, columns, -1).transpose(2, 0, 1)
            outputs[f"{role}.{i}"] = np.ascontiguousarray(maps[np.newaxis], np.float32)
    return _Made(contract, (512, 512), outputs)


def _probabilities(
    random: np.random.Generator, centre: NDArray[np.float64], classes: int, kind: str
) -> NDArray[np.float64]:
    """Return (anchors, 1 + classes), background first."""
    scores = random.random((len(centre), classes))
    if kind == "scene":
        scores = np.where(random.random(scores.shape) < 0.02, np.floor(scores**4 * 64) / 256, 0)
        for _ in range(20):
            near = np.argsort(np.abs(centre - random.random(2)).sum(axis=1))[:40]
            scores[near, random.integers(classes)] = np.floor(random.random(len(near)) * 256) / 256
    return np.concatenate([np.clip(1 - scores.sum(axis=1, keepdims=True), 0, 1), scores], axis=1)


def _registry() -> Registry:
    return load_registry(_REGISTRY)
