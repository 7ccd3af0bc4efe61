"""Which detections are right: COCO's matching and PASCAL VOC's, of one class in one picture.

What neither right nor wrong counts is told apart (crowds, difficult boxes, boxes of another size class), because AP
leaves it out. Sources: pycocotools' cocoeval.py (evaluateImg) and the VOC2012 development kit (VOCevaldet.m).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import assert_never

import numpy as np

from zoo_tools.domain.references import Evaluator
from zoo_tools.evaluation.labelled import Flags, Floats, Sighting, Truth

AREAS: dict[str, tuple[float, float]] = {
    "all": (0, 1e10),
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, 1e10),
}
"""COCO's size classes in square pixels, both ends included."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The detections of one class in one picture, best first, judged at every IoU threshold.

    Args:
        scores: (d,).
        is_right: (thresholds, d), each has found an object that counts.
        is_ignored: (thresholds, d), neither right nor wrong.
        positives: objects that count.
    """

    scores: Floats
    is_right: Flags
    is_ignored: Flags
    positives: int


def matches(
    seen: Sighting, class_id: int, evaluator: Evaluator, *, iou: Sequence[float], most: int, input_size: tuple[int, int]
) -> Matches:
    """Judge the detections of a class in a picture.

    Args:
        seen: truth and detections.
        class_id: the class.
        evaluator: how they are judged.
        iou: thresholds.
        most: detections of a class that count, best first.
        input_size: width and height of the network's input, in whose pixels ST's method takes overlaps.
    """
    truth = seen.truth[seen.truth.class_ids == class_id]
    rows = np.flatnonzero(seen.class_ids == class_id)
    if not len(rows):
        return nothing_found(len(iou), positives=int(np.count_nonzero(that_count(truth, evaluator))))
    rows = rows[np.argsort(-seen.scores[rows], kind="stable")][:most]
    boxes, scores = seen.boxes[rows], seen.scores[rows]
    thresholds = np.array(iou, np.float64)
    match evaluator.method:
        case "coco":
            counts = that_count(truth, evaluator)
            return _coco(boxes, scores, truth, counts=counts, thresholds=thresholds, area=AREAS[evaluator.area])
        case "voc-11-point" | "voc-all-points":
            # VOC counts pixels: a box from 3 to 3 is one wide.
            return _voc(_overlaps(boxes, truth.boxes, extra=1.0), scores, truth.is_difficult, thresholds)
        case "st-all-points":
            scale = np.array([input_size[0] / seen.size[0], input_size[1] / seen.size[1]] * 2)
            overlaps = _overlaps(boxes * scale, truth.boxes * scale, extra=1.0)
            return _voc(overlaps, scores, np.zeros(len(truth), np.bool_), thresholds)
    assert_never(evaluator.method)


def that_count(truth: Truth, evaluator: Evaluator) -> Flags:
    """Return which objects are to be found; the others are neither hit nor missed."""
    match evaluator.method:
        case "coco":
            low, high = AREAS[evaluator.area]
            return ~(truth.is_crowd | (truth.areas < low) | (truth.areas > high))
        case "voc-11-point" | "voc-all-points":
            return ~truth.is_difficult
        case "st-all-points":
            return np.ones(len(truth), np.bool_)
    assert_never(evaluator.method)


def nothing_found(thresholds: int, *, positives: int = 0) -> Matches:
    """Return the matches of a picture in which nothing was detected."""
    none = np.zeros((thresholds, 0), np.bool_)
    return Matches(np.empty(0), none, none, positives)


def _coco(
    boxes: Floats, scores: Floats, truth: Truth, *, counts: Flags, thresholds: Floats, area: tuple[float, float]
) -> Matches:
    """Let every detection, best first, take the free object it overlaps most; objects that do not count come last."""
    low, high = area
    order = np.argsort(~counts, kind="stable")
    truth, ignored = truth[order], ~counts[order]
    overlaps = _overlaps(boxes, truth.boxes, crowd=truth.is_crowd)
    own = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    is_outside = (own < low) | (own > high)
    is_right = np.zeros((len(thresholds), len(scores)), np.bool_)
    is_ignored = np.repeat(is_outside[None], len(thresholds), axis=0)
    is_crowd, is_last = truth.is_crowd.tolist(), ignored.tolist()
    for t, threshold in enumerate(np.minimum(thresholds, 1 - 1e-10).tolist()):
        taken = [False] * len(truth)
        for d, near in _near(overlaps, threshold):
            choice = _choice([one for one in near if is_crowd[one[0]] or not taken[one[0]]], is_last)
            if choice is not None:
                taken[choice] = True
                is_right[t, d], is_ignored[t, d] = not is_last[choice], is_last[choice]
    return Matches(scores, is_right, is_ignored, int(np.count_nonzero(counts)))


def _near(overlaps: Floats, threshold: float) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Yield each detection that is near an object, with all objects it is near and their overlaps, in order."""
    rows, objects = np.nonzero(overlaps >= threshold)
    pairs = zip(rows.tolist(), objects.tolist(), overlaps[rows, objects].tolist(), strict=True)
    for d, group in groupby(pairs, key=itemgetter(0)):
        yield d, [(g, overlap) for _, g, overlap in group]


def _choice(near: Sequence[tuple[int, float]], is_last: Sequence[bool]) -> int | None:
    """Return the object a detection takes: one that counts before any that does not, the last of equals."""
    if not near:
        return None
    return max(near, key=lambda one: (not is_last[one[0]], one[1], one[0]))[0]


def _voc(overlaps: Floats, scores: Floats, is_difficult: Flags, thresholds: Floats) -> Matches:
    """Try every detection, best first, only against the object it overlaps most."""
    count, objects = overlaps.shape
    is_right = np.zeros((len(thresholds), count), np.bool_)
    is_ignored = np.zeros_like(is_right)
    if objects:
        nearest = overlaps.argmax(axis=1)
        highest, difficult = overlaps[np.arange(count), nearest], is_difficult[nearest]
        for t, threshold in enumerate(thresholds):
            is_near = highest >= threshold
            is_ignored[t] = is_near & difficult
            # The first to come is right; all that come later find the object taken.
            rows = np.flatnonzero(is_near & ~difficult)
            is_right[t, rows[np.unique(nearest[rows], return_index=True)[1]]] = True
    return Matches(scores, is_right, is_ignored, int(np.count_nonzero(~is_difficult)))


def _overlaps(boxes: Floats, objects: Floats, *, extra: float = 0.0, crowd: Flags | None = None) -> Floats:
    """Return the IoU of each detection with each object, (d, g).

    Args:
        boxes: detections.
        objects: ground truth.
        extra: added to every width and height.
        crowd: objects with which the detection's own area is the union (COCO's crowds).
    """
    low = np.maximum(boxes[:, None, :2], objects[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], objects[None, :, 2:])
    sides = np.clip(high - low + extra, 0, None)
    shared = sides[..., 0] * sides[..., 1]
    own, theirs = ((one[:, 2] - one[:, 0] + extra) * (one[:, 3] - one[:, 1] + extra) for one in (boxes, objects))
    union = own[:, None] + theirs[None] - shared
    if crowd is not None:
        union = np.where(crowd[None], own[:, None], union)
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
