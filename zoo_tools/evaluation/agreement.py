"""Whether two lists of detections say the same: exactly, or within a tolerance.

Exactly is for runs in equal environments. The tolerance is for all others: every recorded detection that matters is
found again, and nothing strong is found that was not recorded. Both answer in sentences; no sentence means agreement.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.golden import Tolerance
from zoo_tools.inference.boxes import iou, with_ordered_corners
from zoo_tools.inference.detections import Detections

_MOST_SENTENCES = 5


class Words(NamedTuple):
    """How a disagreement is told, behind the detection it is about."""

    lost: str = "was recorded and not found"
    extra: str = "was found and not recorded"


RECORDED = Words()


def differences(reference: Detections, candidate: Detections, *, labels: Sequence[str] = ()) -> list[str]:
    """Compare bit for bit and in order.

    Args:
        reference: what was recorded.
        candidate: what was found now.
        labels: names of the classes, for the sentences.

    Returns:
        A sentence for each of the first differences, and one that counts the rest.
    """
    sentences = []
    if len(reference) != len(candidate):
        sentences.append(f"the number of detections is {len(candidate)}; recorded was {len(reference)}")
    common = min(len(reference), len(candidate))
    differing = np.flatnonzero(~_equal_rows(reference[:common], candidate[:common]))
    sentences += [
        f"detection {row + 1} is {_shown(candidate, int(row), labels)}; "
        f"recorded was {_shown(reference, int(row), labels)}"
        for row in differing
    ]
    return _shortened(sentences, "differences")


def disagreements(
    reference: Detections,
    candidate: Detections,
    tolerance: Tolerance,
    *,
    labels: Sequence[str] = (),
    words: Words = RECORDED,
) -> list[str]:
    """Compare within a tolerance.

    Best first, every recorded detection takes the free candidate of its class that overlaps it most, among those near
    enough in place and score. One that scores `min_score` or more must have got a partner; a candidate that nobody
    took must score below `extra_score`.

    Args:
        reference: what was recorded.
        candidate: what was found now.
        tolerance: how near is near enough.
        labels: names of the classes, for the sentences.
        words: what the two lists are, where one is no recording.

    Returns:
        A sentence for each of the first disagreements, and one that counts the rest.
    """
    free = np.ones(len(candidate), bool)
    sentences = []
    # A weaker one is not looked for, and what it could take is too weak to be missed.
    least = min(float(tolerance.min_score), float(tolerance.extra_score - tolerance.max_score_difference)) - 1e-6
    for row in np.argsort(-reference.scores, kind="stable"):
        if reference.scores[row] < least:
            break
        overlaps = _overlaps(reference, int(row), candidate)
        near = free & _near(reference, int(row), candidate, overlaps, tolerance)
        if near.any():
            free[np.argmax(np.where(near, overlaps, -1))] = False
        elif reference.scores[row] >= float(tolerance.min_score):
            lost = f"{_shown(reference, int(row), labels)} {words.lost}"
            sentences.append(f"{lost}; {_nearest(candidate, overlaps, labels)}")
    extra = np.flatnonzero(free & (candidate.scores >= float(tolerance.extra_score)))
    sentences += [f"{_shown(candidate, int(row), labels)} {words.extra}" for row in extra]
    return _shortened(sentences, "disagreements")


def _equal_rows(one: Detections, other: Detections) -> NDArray[np.bool_]:
    """Compare bits, not values: NaN equals itself, and -0 is not 0."""
    boxes = (one.boxes.view(np.uint32) == other.boxes.view(np.uint32)).all(axis=1)
    scores = one.scores.view(np.uint32) == other.scores.view(np.uint32)
    return np.asarray(boxes & scores & (one.class_ids == other.class_ids))


def _overlaps(reference: Detections, row: int, candidate: Detections) -> NDArray[np.float64]:
    """Return the IoU with each candidate of the same class, and -1 for the others."""
    box = with_ordered_corners(reference.boxes[row : row + 1])
    overlaps = iou(box, with_ordered_corners(candidate.boxes))
    return np.where(candidate.class_ids == reference.class_ids[row], overlaps, -1.0)


def _near(
    reference: Detections, row: int, candidate: Detections, overlaps: NDArray[np.float64], tolerance: Tolerance
) -> NDArray[np.bool_]:
    # Two infinite scores are no number apart, and so not near.
    with np.errstate(invalid="ignore"):
        apart = np.abs(candidate.scores.astype(np.float64) - float(reference.scores[row]))
    return (overlaps >= float(tolerance.min_iou)) & (apart <= float(tolerance.max_score_difference))


def _nearest(candidate: Detections, overlaps: NDArray[np.float64], labels: Sequence[str]) -> str:
    if not len(overlaps) or overlaps.max() <= 0:
        return "nothing of its class overlaps it"
    nearest = int(overlaps.argmax())
    return f"nearest is {_shown(candidate, nearest, labels)} with IoU {overlaps[nearest]:.2f}"


def _shown(detections: Detections, row: int, labels: Sequence[str]) -> str:
    class_id = int(detections.class_ids[row])
    label = labels[class_id] if 0 <= class_id < len(labels) else f"class {class_id}"
    corners = ", ".join(str(corner) for corner in detections.boxes[row])
    return f"{label} {detections.scores[row]!s} at ({corners})"


def _shortened(sentences: list[str], word: str) -> list[str]:
    more = len(sentences) - _MOST_SENTENCES
    return sentences if more <= 0 else [*sentences[:_MOST_SENTENCES], f"and {more} more {word}"]
