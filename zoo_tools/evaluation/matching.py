"""Which detections are right: COCO's matching and PASCAL VOC's, of one class in one picture.

What neither right nor wrong counts is told apart (crowds, difficult boxes, boxes of another size class), because AP
leaves it out. Sources: pycocotools' cocoeval.py (evaluateImg) and the VOC2012 development kit (VOCevaldet.m).
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
    rows = rows[np.argsort(-seen.scores[rows], kind="stable")][:most]
    boxes, scores = seen.boxes[rows], seen.scores[rows]
    thresholds = np.array(iou, np.float64)
    match evaluator.method:
        case "coco":
            return _coco(boxes, scores, truth, thresholds=thresholds, area=AREAS[evaluator.area])
        case "voc-11-point" | "voc-all-points":
            # VOC counts pixels: a box from 3 to 3 is one wide.
            return _voc(_overlaps(boxes, truth.boxes, extra=1.0), scores, truth.is_difficult, thresholds)
        case "st-all-points":
            scale = np.array([input_size[0] / seen.size[0], input_size[1] / seen.size[1]] * 2)
            overlaps = _overlaps(boxes * scale, truth.boxes * scale, extra=1.0)
            return _voc(overlaps, scores, np.zeros(len(truth), np.bool_), thresholds)
    assert_never(evaluator.method)


def _coco(boxes: Floats, scores: Floats, truth: Truth, *, thresholds: Floats, area: tuple[float, float]) -> Matches:
    """Let every detection, best first, take the free object it overlaps most; objects that do not count come last."""
    low, high = area
    ignored = truth.is_crowd | (truth.areas < low) | (truth.areas > high)
    order = np.argsort(ignored, kind="stable")
    truth, ignored = truth[order], ignored[order]
    overlaps = _overlaps(boxes, truth.boxes, crowd=truth.is_crowd)
    own = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    is_outside = (own < low) | (own > high)
    is_right = np.zeros((len(thresholds), len(scores)), np.bool_)
    is_ignored = np.zeros_like(is_right)
    for t, threshold in enumerate(np.minimum(thresholds, 1 - 1e-10)):
        free = np.ones(len(truth), np.bool_)
        for d in range(len(scores)):
            taken = _taken(overlaps[d], free | truth.is_crowd, ignored, float(threshold))
            if taken < 0:
                is_ignored[t, d] = is_outside[d]
                continue
            free[taken] = False
            is_right[t, d], is_ignored[t, d] = not ignored[taken], ignored[taken]
    return Matches(scores, is_right, is_ignored, int(np.count_nonzero(~ignored)))


def _taken(overlaps: Floats, available: Flags, ignored: Flags, threshold: float) -> int:
    """Return the object a detection takes, or -1: one that counts before any that does not, the last of equals."""
    near = available & (overlaps >= threshold)
    for among in (near & ~ignored, near & ignored):
        if among.any():
            values = np.where(among, overlaps, -1)
            return int(len(values) - 1 - values[::-1].argmax())
    return -1


def _voc(overlaps: Floats, scores: Floats, is_difficult: Flags, thresholds: Floats) -> Matches:
    """Try every detection, best first, only against the object it overlaps most."""
    count, objects = overlaps.shape
    is_right = np.zeros((len(thresholds), count), np.bool_)
    is_ignored = np.zeros_like(is_right)
    nearest = overlaps.argmax(axis=1) if objects else np.zeros(count, np.intp)
    for t, threshold in enumerate(thresholds):
        free = np.ones(objects, np.bool_)
        for d in range(count if objects else 0):
            if overlaps[d, nearest[d]] < threshold:
                continue
            if is_difficult[nearest[d]]:
                is_ignored[t, d] = True
            else:
                is_right[t, d] = free[nearest[d]]
                free[nearest[d]] = False
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
