"""Class-wise greedy non-maximum suppression with a defined total order.

Order: higher score first, then the lower anchor, then the lower class. Scores of int8 models lie on a grid of 1/256,
so ties are everywhere, and two implementations that are both right differ where the order is left open.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import Select, SelectInGraph
from zoo_tools.domain.references import Unknown
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.boxes import Boxes, Rectangles, with_ordered_corners

_FIRST_PORTION, _GROWTH = 256, 4
"""Candidates looked at first, and by how much each next portion is larger."""

_BLOCK = 64
"""Candidates of one class that are compared with all kept ones at once."""

_NOTHING = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that survive, best first: (n,) anchor indices and (n,) class ids."""

    anchors: NDArray[np.intp]
    class_ids: NDArray[np.intp]


def select(boxes: Boxes, scores: NDArray[np.float32], rule: Select) -> Kept:
    """Choose which boxes are detections.

    Args:
        boxes: (anchors, 4); corners may be in any order.
        scores: (anchors, classes), without the background.
        rule: candidates score above `score`; a box is suppressed by a kept one of its class when their IoU is above
            `iou`; at most `max_detections` are kept over all classes.
    """
    anchors, class_ids = [_NOTHING], [_NOTHING]
    kept: dict[int, Rectangles] = {}
    room = rule.max_detections
    for portion in _in_order(scores, rule):
        of_box, of_class = np.divmod(portion, scores.shape[1])
        rectangles = Rectangles.of(with_ordered_corners(boxes[of_box]))
        survivors = _survivors(rectangles, of_class, rule, kept)[:room]
        anchors.append(of_box[survivors])
        class_ids.append(of_class[survivors])
        room -= len(survivors)
        if room <= 0:
            break
    return Kept(np.concatenate(anchors), np.concatenate(class_ids))


def best_first(scores: NDArray[np.float32], rule: SelectInGraph) -> NDArray[np.intp]:
    """Return the rows of a list that the graph has suppressed itself, best first, the earlier of equal ones first.

    Raises:
        ModelRunError: the list shows that the graph does not do what is said of it.
    """
    if not isinstance(rule.max_detections, Unknown) and len(scores) > rule.max_detections:
        raise ModelRunError(
            f"The graph lists {len(scores)} detections; by the contract it keeps at most {rule.max_detections}.",
            fix="Correct `max_detections` in the contract's `select`.",
        )
    if (scores < np.float32(rule.lowest_score)).any():
        raise ModelRunError(
            f"The graph lists a detection of score {scores.min():.3g}; by the contract none is below {rule.score}.",
            fix="Correct `score` in the contract's `select`.",
        )
    return np.argsort(-scores, kind="stable")


def _in_order(scores: NDArray[np.float32], rule: Select) -> Iterator[NDArray[np.intp]]:
    """Yield candidates, as indices into the flattened scores, best first and in portions that grow.

    A full list of detections seldom needs more than the first portion, and so no sort of all candidates.
    """
    flat = scores.reshape(-1)
    left = np.flatnonzero(flat > float(rule.score))
    size = _FIRST_PORTION
    while left.size > size:
        values = flat[left]
        least = np.partition(values, left.size - size)[left.size - size]
        is_next = values >= least  # all of its equals are, or the order of ties would hang on the portions
        portion, left = left[is_next], left[~is_next]
        yield portion[np.argsort(-flat[portion], kind="stable")]
        size *= _GROWTH
    yield left[np.argsort(-flat[left], kind="stable")]


def _survivors(
    rectangles: Rectangles, class_ids: NDArray[np.intp], rule: Select, kept: dict[int, Rectangles]
) -> NDArray[np.intp]:
    """Return the rows that nothing better of their class suppresses, in order.

    Args:
        rectangles: candidates, best first.
        class_ids: (n,), theirs.
        rule: suppression.
        kept: what was kept of each class; survivors are added.
    """
    survivors = [_NOTHING]
    for class_id, rows in _by_class(class_ids):
        before = kept.get(class_id, rectangles[:0])
        for start in range(0, len(rows), _BLOCK):
            # More than `max_detections` of one class can never be needed.
            if len(before) >= rule.max_detections:
                break
            block = rows[start : start + _BLOCK]
            block = block[~(before.overlaps(rectangles[block]) > float(rule.iou)).any(axis=0)]
            block = block[_best_of_block(rectangles[block], float(rule.iou))]
            survivors.append(block)
            before = before + rectangles[block]
        kept[class_id] = before
    return np.sort(np.concatenate(survivors))


def _best_of_block(rectangles: Rectangles, iou: float) -> list[int]:
    """Return the rows that no better one of them suppresses."""
    if len(rectangles) <= 1:
        return list(range(len(rectangles)))
    is_left = np.ones(len(rectangles), bool)
    is_apart = ~(rectangles.overlaps(rectangles) > iou)
    best: list[int] = []
    at = 0
    while at < len(is_left) and is_left[at]:
        best.append(at)
        is_left &= is_apart[at]
        is_left[at] = False  # a box without area is apart from itself
        at += int(is_left[at:].argmax())
    return best


def _by_class(class_ids: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield each class and its rows in order."""
    rows = np.argsort(class_ids, kind="stable")
    ends = np.flatnonzero(np.diff(class_ids[rows])) + 1
    for part in np.split(rows, ends):
        if part.size:
            yield int(class_ids[part[0]]), part
