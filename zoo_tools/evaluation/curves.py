"""From judged detections to precision and recall, and from those to average precision.

Curves may be weighted: picture i counts `weights[i]` times, which is how bootstrap samples are evaluated without
matching anything again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from zoo_tools.evaluation.labelled import Flags, Floats
from zoo_tools.evaluation.matching import Matches

Method = Literal["coco", "voc-11-point", "voc-all-points", "st-all-points"]

_COCO_RECALLS = np.linspace(0, 1, 101)  # the very floats of pycocotools, where 0.29 is not 29 / 100
_VOC_RECALLS = np.arange(11) / 10
_AT_A_TIME = 4_000_000
"""Detections times samples that are held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision over recall of one class at one IoU, in order of falling score."""

    recalls: Floats
    precisions: Floats
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """The detections of one class in all pictures, best first.

    Args:
        scores: (d,).
        is_right: (thresholds, d).
        is_ignored: (thresholds, d).
        pictures: (d,), the picture each is of.
        positives: (pictures,), objects that count in each.
    """

    scores: Floats
    is_right: Flags
    is_ignored: Flags
    pictures: NDArray[np.intp]
    positives: NDArray[np.int64]

    def curve(self, threshold: int) -> Curve:
        """Return precision and recall after each detection, at one of the IoU thresholds."""
        counted = ~self.is_ignored[threshold]
        right = np.cumsum(self.is_right[threshold, counted])
        recalls = right / max(int(self.positives.sum()), 1)
        precisions = right / (np.arange(len(right)) + 1)
        return Curve(recalls, precisions, self.scores[counted])

    def average_precision(self, method: Method) -> Floats | None:
        """Return AP as a fraction for each IoU threshold; None where nothing is to be found."""
        if not self.positives.any():
            return None
        found: Floats = self.average_precisions(method, np.ones((1, len(self.positives))))[0]
        return found

    def average_precisions(self, method: Method, weights: Floats) -> Floats:
        """Return AP as a fraction, of each sample at each IoU threshold.

        Args:
            method: which points of the curve are averaged.
            weights: (samples, pictures), how often each picture counts: whole numbers.

        Returns:
            (samples, thresholds), NaN for a sample in which nothing is to be found.
        """
        step = max(1, _AT_A_TIME // max(1, len(self.scores)))
        parts = [self._average_precisions(method, weights[at : at + step]) for at in range(0, len(weights), step)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.is_right)))

    def _average_precisions(self, method: Method, weights: Floats) -> Floats:
        totals = weights @ self.positives
        found, samples = np.full((len(weights), len(self.is_right)), np.nan), np.flatnonzero(totals)
        counts = weights[samples][:, self.pictures]
        all_judged = np.cumsum(counts, axis=1)
        for t, (is_right, is_ignored) in enumerate(zip(self.is_right, self.is_ignored, strict=True)):
            # Precision falls from one right detection to the next, and recall stays: only these rows decide.
            rows = np.flatnonzero(is_right)
            right = np.cumsum(counts[:, rows], axis=1)
            judged = np.cumsum(counts * ~is_ignored, axis=1) if is_ignored.any() else all_judged
            # pycocotools divides by a hair more; VOC does not.
            judged = judged[:, rows] + (np.spacing(1) if method == "coco" else 0)
            precisions = np.divide(right, judged, out=np.zeros_like(right), where=judged > 0)
            best = np.maximum.accumulate(precisions[:, ::-1], axis=1)[:, ::-1]
            found[samples, t] = _areas(right, best, totals[samples], method)
        return found


def pooled(per_picture: Sequence[Matches], thresholds: int) -> Pooled:
    """Put the detections of all pictures in one order: falling score, the earlier picture first among equals."""
    scores = np.concatenate([one.scores for one in per_picture] or [np.empty(0)])
    of_picture = np.repeat(np.arange(len(per_picture)), [len(one.scores) for one in per_picture])
    order = np.argsort(-scores, kind="mergesort")
    empty = [np.zeros((thresholds, 0), np.bool_)]
    is_right = np.concatenate([one.is_right for one in per_picture] or empty, axis=1)[:, order]
    is_ignored = np.concatenate([one.is_ignored for one in per_picture] or empty, axis=1)[:, order]
    positives = np.array([one.positives for one in per_picture], np.int64)
    return Pooled(scores[order], is_right, is_ignored, of_picture[order], positives)


def _areas(right: Floats, best: Floats, totals: Floats, method: Method) -> Floats:
    """Return the average over recall of the best precision at or beyond it, (samples,).

    Args:
        right: (samples, rows), objects found until then.
        best: (samples, rows), the best precision from there on.
        totals: (samples,), objects to be found, at least 1.
        method: which points of the curve are averaged.
    """
    match method:
        case "coco":
            return _at(right, best, totals, _COCO_RECALLS)
        case "voc-11-point":
            return _at(right, best, totals, _VOC_RECALLS)
        case "voc-all-points" | "st-all-points":
            return np.asarray((np.diff(right / totals[:, None], prepend=0.0, axis=1) * best).sum(axis=1), np.float64)
    assert_never(method)


def _at(right: Floats, best: Floats, totals: Floats, points: Floats) -> Floats:
    samples, rows = right.shape
    kinds, of_sample = np.unique(totals, return_inverse=True)
    # The fewest objects whose share is a recall of so much, by the very division that others compare.
    needed = np.array([np.searchsorted(np.arange(total + 1) / total, points) for total in kinds])[of_sample]
    # One search for all samples: each is moved beyond the one before, in whole numbers, which stay exact.
    moved = np.arange(samples)[:, None] * (totals.max(initial=0) + 2)
    places = np.searchsorted((right + moved).ravel(), (needed + moved).ravel()).reshape(needed.shape)
    reached = np.concatenate([best, np.zeros((samples, 1))], axis=1)
    values = np.take_along_axis(reached, places - np.arange(samples)[:, None] * rows, axis=1)
    return np.asarray(values.sum(axis=1) / len(points), np.float64)
