"""From judged detections to precision and recall, and from those to average precision.

A curve may be weighted: picture i counts `weights[i]` times, which is how a bootstrap sample is evaluated without
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

    def average_precision(self, method: Method, weights: Floats | None = None) -> Floats | None:
        """Return AP as a fraction for each IoU threshold; None where nothing is to be found.

        Args:
            method: which points of the curve are averaged.
            weights: (pictures,), how often each picture counts.
        """
        total = float(self.positives.sum() if weights is None else self.positives @ weights)
        if not total:
            return None
        counts = np.ones(len(self.scores)) if weights is None else weights[self.pictures]
        right = np.cumsum(self.is_right * counts, axis=1, dtype=np.float64)
        wrong = np.cumsum((~self.is_right & ~self.is_ignored) * counts, axis=1)
        # pycocotools divides by a hair more; VOC does not.
        judged = right + wrong + (np.spacing(1) if method == "coco" else 0)
        precisions = np.divide(right, judged, out=np.zeros_like(right), where=judged > 0)
        return np.array([_area(one / total, best, method) for one, best in zip(right, precisions, strict=True)])


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


def _area(recalls: Floats, precisions: Floats, method: Method) -> float:
    """Return the average of the best precision at or beyond each recall."""
    best = np.maximum.accumulate(precisions[::-1])[::-1]
    match method:
        case "coco":
            return _at(recalls, best, _COCO_RECALLS)
        case "voc-11-point":
            return _at(recalls, best, _VOC_RECALLS)
        case "voc-all-points" | "st-all-points":
            return float(np.sum(np.diff(recalls, prepend=0.0) * best))
    assert_never(method)


def _at(recalls: Floats, best: Floats, points: Floats) -> float:
    places = np.searchsorted(recalls, points, side="left")
    reached = places < len(best)
    return float(np.sum(best[places[reached]]) / len(points))
