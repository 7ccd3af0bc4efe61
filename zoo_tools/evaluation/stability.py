"""How far a recorded case is from another answer: the decisions of suppression that rounding could turn over.

Elsewhere scores and boxes are a little different. That does no harm but where a decision hangs on it: whether a score
is above the contract's threshold, whether two boxes overlap by more than the suppression allows, which of two boxes
that overlap is the better one. Only decisions that the comparison would notice count: those over a detection it looks
for, and those over a box that would be new and strong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import Contract, Select
from zoo_tools.domain.golden import Tolerance
from zoo_tools.inference.boxes import Boxes, clipped, iou, with_ordered_corners
from zoo_tools.inference.candidates import level_sizes, within_levels
from zoo_tools.inference.decoders.outputs import Decoded
from zoo_tools.inference.nms import select


class Margin(NamedTuple):
    """Distances that rounding may bridge."""

    score: float
    iou: float


ROUNDED = Margin(score=2 / 256, iou=0.08)
"""Of int8 models: scores lie on a grid of 1/256, and both of two may move by a step. Overlaps of boxes were seen to
change by up to 0.08 between runtimes, in seven models on three pictures each."""
EXACT = Margin(score=1e-5, iou=1e-5)
"""Of float models: scores and boxes were seen to differ by up to 0.000001 between runtimes, in three models."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and how far it is from the other answer."""

    kind: str
    """`threshold`, `overlap` or `rival`."""
    distance: float
    """In units of the score; of an `overlap`, of IoU."""
    sentence: str

    def is_within(self, margin: Margin) -> bool:
        """Tell whether rounding may turn it over."""
        return self.distance <= (margin.iou if self.kind == "overlap" else margin.score)


def nearest(decoded: Decoded, contract: Contract, tolerance: Tolerance) -> list[Decision]:
    """Return the nearest decision of each kind; none of a kind that the picture does not bring up.

    Args:
        decoded: boxes and scores of the recorded picture, before clipping and suppression.
        contract: its `select` suppresses here, not in the graph.
        tolerance: which detections are looked for, and which would be new.
    """
    rule = contract.select
    if not isinstance(rule, Select):
        return []
    boxes = clipped(decoded.boxes) if contract.decode.clip else decoded.boxes
    scores = within_levels(decoded.scores, rule, level_sizes(contract.decode))
    kept = select(boxes, scores, rule)
    ordered, found = with_ordered_corners(boxes), list[Decision]()
    for class_id in np.unique(kept.class_ids):
        chosen = kept.anchors[kept.class_ids == class_id]
        found += _of_class(ordered, scores[:, class_id], chosen, rule, tolerance)
    kinds = dict.fromkeys(one.kind for one in found)
    return [min((one for one in found if one.kind == kind), key=lambda one: one.distance) for kind in kinds]


def _of_class(
    boxes: Boxes, scores: NDArray[np.float32], kept: NDArray[np.intp], rule: Select, tolerance: Tolerance
) -> Iterator[Decision]:
    sought = [int(anchor) for anchor in kept if scores[anchor] >= float(tolerance.min_score)]
    for rank, anchor in enumerate(sought):
        # Whoever is found again may score so much less, and has still to pass the contract's threshold.
        lead = float(scores[anchor]) - float(tolerance.max_score_difference) - float(rule.score)
        text = f"a detection of score {scores[anchor]:.5g} is looked for, and the contract drops all up to {rule.score}"
        yield Decision("threshold", max(lead, 0.0), text)
        if rank:
            overlap = float(iou(boxes[anchor : anchor + 1], boxes[sought[:rank]]).max())
            yield _overlap(overlap, rule, scores[anchor], is_kept=True)
    yield from _suppressed(boxes, scores, kept, rule, tolerance)


def _suppressed(
    boxes: Boxes, scores: NDArray[np.float32], kept: NDArray[np.intp], rule: Select, tolerance: Tolerance
) -> Iterator[Decision]:
    lowest = min(float(tolerance.min_score) - float(tolerance.max_score_difference), float(tolerance.extra_score))
    candidates = np.flatnonzero(scores > max(lowest, float(rule.score)))
    for anchor in candidates[~np.isin(candidates, kept)]:
        better = kept[(scores[kept] > scores[anchor]) | ((scores[kept] == scores[anchor]) & (kept < anchor))]
        if not better.size:
            continue
        overlaps = iou(boxes[anchor : anchor + 1], boxes[better])
        winner, overlap = int(better[overlaps.argmax()]), float(overlaps.max())
        if scores[anchor] >= float(tolerance.extra_score):
            yield _overlap(overlap, rule, scores[anchor], is_kept=False)
        if scores[winner] >= float(tolerance.min_score) and overlap < float(tolerance.min_iou):
            text = (
                f"a detection of score {scores[winner]:.5g} suppresses one of {scores[anchor]:.5g}, and they overlap "
                f"by {overlap:.3f}; the other one is taken for it from {tolerance.min_iou}"
            )
            yield Decision("rival", float(scores[winner] - scores[anchor]), text)


def _overlap(overlap: float, rule: Select, score: np.float32, *, is_kept: bool) -> Decision:
    done = "kept" if is_kept else "suppressed"
    text = f"a box of score {score:.5g} overlaps a better one by {overlap:.3f} and is {done}; the limit is {rule.iou}"
    return Decision("overlap", abs(overlap - float(rule.iou)), text)
