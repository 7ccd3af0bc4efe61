"""AP by a protocol: the number, its classes, its curves, and how far it could be off.

COCO's numbers come from faster-coco-eval; the other methods, and the bootstrap of all of them, from our own matching,
which gives COCO's numbers too (a test holds the two together).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.references import Evaluator, Protocol, Unknown
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.coco_library import library_precision
from zoo_tools.evaluation.curves import Curve, Pooled, pooled
from zoo_tools.evaluation.labelled import Floats, Sighting
from zoo_tools.evaluation.matching import matches, nothing_found, that_count

ROUNDS = 1000
"""Bootstrap samples."""
_ANY_NUMBER = 1 << 31


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure would lie for other pictures of the same kind: both ends in percent, and the share within."""

    low: float
    high: float
    confidence: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """AP of one model on one set by one protocol.

    Args:
        ap: percent, the mean over classes and IoU thresholds.
        by_class: percent by name, the mean over thresholds; None for a class that the set does not hold.
        by_iou: percent by threshold, the mean over classes.
        pictures: how many were looked at.
        objects: how many objects counted.
        judge: makes the matches behind it, or has made them.
    """

    ap: float
    by_class: dict[str, float | None]
    by_iou: dict[float, float]
    pictures: int
    objects: int
    judge: "Callable[[], Judged]"

    @property
    def judged(self) -> "Judged":
        """The matches behind it, made when they are first asked for: curves and intervals take longer than AP."""
        return self.judge()


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The matches behind a score: what curves and intervals are made of."""

    evaluator: Evaluator
    classes: dict[str, Pooled]
    pictures: int

    def curve(self, name: str, threshold: int = 0) -> Curve:
        """Return precision and recall of a class at one of the protocol's IoU thresholds."""
        return self.classes[name].curve(threshold)

    def ap(self, weights: Floats | None = None) -> float | None:
        """Return AP in percent, each picture counted as often as `weights` says; None where nothing is to be found."""
        value = self.aps(np.ones((1, self.pictures)) if weights is None else weights[None])[0]
        return None if np.isnan(value) else float(value)

    def aps(self, weights: Floats) -> Floats:
        """Return the AP of each sample in percent, NaN where nothing is to be found.

        Args:
            weights: (samples, pictures), how often each picture counts.
        """
        values = np.array(
            [one.average_precisions(self.evaluator.method, weights).mean(axis=1) for one in self.classes.values()]
        )
        known = ~np.isnan(values)
        mean = np.full(len(weights), np.nan)
        np.divide(np.where(known, values, 0).sum(axis=0), known.sum(axis=0), out=mean, where=known.any(axis=0))
        return 100 * mean


def score(seen: Sequence[Sighting], names: Sequence[str], protocol: Protocol, *, input_size: tuple[int, int]) -> Score:
    """Compute AP.

    Args:
        seen: every picture of the set with what was found in it.
        names: the classes, in the order of the class ids.
        protocol: how.
        input_size: width and height of the network's input in pixels; ST's method depends on it.

    Raises:
        UsageError: nobody says how the protocol is computed, or the set holds no object.
    """
    evaluator = evaluator_of(protocol)
    iou = [float(value) for value in protocol.iou]
    judged = cache(lambda: judge(seen, names, protocol, input_size=input_size))
    if evaluator.method == "coco" and evaluator.pictures == "all":
        by_class = library_precision(seen, names, iou=iou, most=most_of(protocol), area=evaluator.area)
    else:
        by_class = {name: one.average_precision(evaluator.method) for name, one in judged().classes.items()}
    known = [value for value in by_class.values() if value is not None]
    if not known:
        raise UsageError("the pictures hold no object of any class of the model", fix="evaluate on another set")
    table = 100 * np.array(known)
    return Score(
        float(table.mean()),
        {name: None if value is None else 100 * float(value.mean()) for name, value in by_class.items()},
        dict(zip(iou, table.mean(axis=0).tolist(), strict=True)),
        len(seen),
        sum(int(np.count_nonzero(that_count(one.truth, evaluator))) for one in seen),
        judged,
    )


def judge(seen: Sequence[Sighting], names: Sequence[str], protocol: Protocol, *, input_size: tuple[int, int]) -> Judged:
    """Match every class in every picture; arguments as of `score`."""
    evaluator, most = evaluator_of(protocol), most_of(protocol)
    iou = [float(value) for value in protocol.iou]
    limited = [_best_of_all(one, most) if evaluator.method != "coco" else one for one in seen]
    classes = {}
    for class_id, name in enumerate(names):
        per_picture = [
            nothing_found(len(iou))
            if evaluator.pictures == "holding-the-class" and not (one.truth.class_ids == class_id).any()
            else matches(one, class_id, evaluator, iou=iou, most=most, input_size=input_size)
            for one in limited
        ]
        classes[name] = pooled(per_picture, len(iou))
    return Judged(evaluator, classes, len(seen))


def bootstrap(judged: Judged, *, confidence: float = 0.95, rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """Return where AP lies when the pictures are drawn again with replacement (percentile bootstrap, Efron 1979)."""
    return _interval(judged.aps(_samples(judged.pictures, rounds, seed)), confidence)


def bootstrap_difference(
    one: Judged, other: Judged, *, confidence: float = 0.95, rounds: int = ROUNDS, seed: int = 0
) -> Interval:
    """Return where the AP of `one` minus that of `other` lies, both on the same drawn pictures.

    Raises:
        ValueError: they were not judged on the same number of pictures.
    """
    if one.pictures != other.pictures:
        raise ValueError(f"{one.pictures} pictures cannot be paired with {other.pictures}")
    weights = _samples(one.pictures, rounds, seed)
    return _interval(one.aps(weights) - other.aps(weights), confidence)


def evaluator_of(protocol: Protocol) -> Evaluator:
    """Return how a protocol is computed.

    Raises:
        UsageError: its definition does not say.
    """
    if protocol.evaluator is None:
        raise UsageError(
            f"nobody says how `{protocol.id}` is computed", fix="add `evaluator:` to the protocol, with its source"
        )
    return protocol.evaluator


def most_of(protocol: Protocol) -> int:
    """Return how many detections of a picture count; without a stated limit, all."""
    return _ANY_NUMBER if isinstance(protocol.max_detections, Unknown) else protocol.max_detections


def _best_of_all(seen: Sighting, most: int) -> Sighting:
    """Keep the best detections of a picture over all classes; COCO's limit is for each class instead."""
    if len(seen.scores) <= most:
        return seen
    rows = np.argsort(-seen.scores, kind="stable")[:most]
    return Sighting(seen.name, seen.size, seen.truth, seen.boxes[rows], seen.scores[rows], seen.class_ids[rows])


def _samples(pictures: int, rounds: int, seed: int) -> NDArray[np.float64]:
    """Return how often each picture counts in each sample, (rounds, pictures)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    return rng.multinomial(pictures, np.full(pictures, 1 / pictures), size=rounds).astype(np.float64)


def _interval(values: Floats, confidence: float) -> Interval:
    tail, known = 50 * (1 - confidence), values[~np.isnan(values)]
    low, high = np.percentile(known, [tail, 100 - tail]) if len(known) else (0.0, 100.0)
    return Interval(float(low), float(high), confidence)
