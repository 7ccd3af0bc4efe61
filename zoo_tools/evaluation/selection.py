"""Whether a list of detections keeps to a contract's clipping and suppression, as far as the list alone shows it.

A kept box proves something about the rule that kept it, on whatever machine: a score that is not above the threshold,
two boxes that overlap more than suppression allows, one box too many, a corner outside the picture. What a rule left
out is not in the list, so a list can keep to many rules.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import Contract, Select, SelectInGraph
from zoo_tools.domain.references import Unknown
from zoo_tools.inference.boxes import Rectangles, with_ordered_corners
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.placement import Placement

IOU_ROUNDING = 1e-4
"""How far the overlap of boxes in pixels may be from that of the boxes as they were compared, both float32."""
CORNER_ROUNDING = 0.01
"""Pixels that a clipped corner may be off for the same reason."""


class Breach(NamedTuple):
    """A word of the contract, what the list shows, and what it should by that word."""

    key: tuple[str, str]
    shown: str
    rule: str


def breaches(found: Detections, contract: Contract, placement: Placement) -> Iterator[Breach]:
    """Yield every word of a contract that a list does not keep to.

    Args:
        found: in pixels of the picture.
        contract: its clipping and suppression are looked at.
        placement: where the picture lies in the network's input, by the same contract.
    """
    if not len(found):
        return
    if contract.decode.clip:
        yield from _clipping(found, placement)
    rule = contract.select
    if not isinstance(rule.max_detections, Unknown) and len(found) > rule.max_detections:
        shown = f"there are {len(found)} detections"
        yield Breach(("select", "max_detections"), shown, f"at most {rule.max_detections} are kept")
    match rule:
        case Select():
            least = found.scores.min()
            if not least > float(rule.score):
                yield Breach(("select", "score"), f"a score is {least:.4g}", f"every score is above {rule.score}")
            most = closest(found)
            if most > float(rule.iou) + IOU_ROUNDING:
                shown = f"two boxes of a class overlap by {most:.4f}"
                yield Breach(("select", "iou"), shown, f"none overlap by more than {rule.iou}")
        case SelectInGraph() if found.scores.min() < np.float32(rule.lowest_score):
            shown = f"a score is {found.scores.min():.4g}"
            yield Breach(("select", "score"), shown, f"no score is below {rule.score}")


def closest(found: Detections) -> float:
    """Return the highest IoU of two boxes of the same class, 0 where there are none."""
    rectangles = Rectangles.of(with_ordered_corners(found.boxes))
    overlaps = rectangles.overlaps(rectangles)
    is_pair: NDArray[np.bool_] = np.triu(found.class_ids[:, np.newaxis] == found.class_ids, k=1)
    return float(overlaps[is_pair].max(initial=0))


def _clipping(found: Detections, placement: Placement) -> Iterator[Breach]:
    left, top, right, bottom = placement.to_picture(np.array([[0, 0, 1, 1]], np.float32))[0]
    x, y = found.boxes[:, 0::2], found.boxes[:, 1::2]
    outside = max(left - x.min(), x.max() - right, top - y.min(), y.max() - bottom)
    if outside > CORNER_ROUNDING:
        yield Breach(("decode", "clip"), f"a box reaches {outside:.1f} pixels out of the picture", "boxes are clipped")
