"""Boxes as (n, 4) float32 x1 y1 x2 y2: the two codings, corner order, clipping, overlap.

Decoded boxes may be inverted (x2 < x1) or without area; only what needs ordered corners orders them.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import BoxOrder

Boxes = NDArray[np.float32]
"""(n, 4) float32; the four values of a row are x1 y1 x2 y2 unless a name says otherwise."""

_SWAPPED = [1, 0, 3, 2]


def from_order(values: Boxes, order: BoxOrder) -> Boxes:
    """Return rows given in `order` as x1 y1 x2 y2."""
    return values if order == "xyxy" else values[:, _SWAPPED]


def with_ordered_corners(boxes: Boxes) -> Boxes:
    """Return the boxes with x1 <= x2 and y1 <= y2."""
    return np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)


def clipped(boxes: Boxes) -> Boxes:
    """Return boxes in fractions of the picture with every corner moved into 0 to 1."""
    return np.asarray(np.clip(boxes, 0, 1), np.float32)


def decode_corner_offsets(offsets: Boxes, anchors: Boxes) -> Boxes:
    """Move each anchor corner by its offset, counted in widths and heights of the anchor.

    Args:
        offsets: d0 d1 d2 d3.
        anchors: corners x1 y1 x2 y2.
    """
    size = anchors[:, 2:] - anchors[:, :2]
    return np.asarray(anchors + offsets * np.concatenate([size, size], axis=1), np.float32)


def decode_centre_variance(
    offsets: Boxes, anchors: Boxes, *, variances: tuple[float, float], largest_scale: float | None = None
) -> Boxes:
    """Shift the anchor's centre and scale its size (SSD, arXiv:1512.02325, section 2.2).

    Args:
        offsets: dx dy dw dh.
        anchors: corners x1 y1 x2 y2.
        variances: factor of the centre's offsets, and of the size's.
        largest_scale: how many times the anchor's width and height a box may have at most, and how many times less.
    """
    size = anchors[:, 2:] - anchors[:, :2]
    centre = anchors[:, :2] + size * np.float32(0.5) + offsets[:, :2] * np.float32(variances[0]) * size
    # A wrong coder overflows: infinity is then the value to be seen and reported, not a warning on the terminal.
    with np.errstate(over="ignore", invalid="ignore"):
        growth = offsets[:, 2:] * np.float32(variances[1])
        if largest_scale is not None:
            growth = np.clip(growth, np.float32(-math.log(largest_scale)), np.float32(math.log(largest_scale)))
        half = size * np.exp(growth) * np.float32(0.5)
        return np.concatenate([centre - half, centre + half], axis=1, dtype=np.float32)


def iou(box: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return intersection over union of one box (1, 4) with each of the others, corners ordered.

    Two boxes without area have the overlap 0, also with themselves. Computed in float64, so that the answer does not
    hang on the order of operations.
    """
    return np.asarray(Rectangles.of(box).overlaps(Rectangles.of(others))[0])


@dataclass(frozen=True, slots=True, eq=False)
class Rectangles:
    """Boxes with ordered corners, made ready for many overlaps.

    Args:
        values: (5, n) float64; x1, y1, x2, y2 and area.
    """

    values: NDArray[np.float64]

    @classmethod
    def of(cls, boxes: Boxes) -> Self:
        """Read (n, 4) boxes, corners ordered."""
        values = np.empty((5, len(boxes)))
        values[:4] = boxes.T
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(values[2] - values[0], values[3] - values[1], out=values[4])
        return cls(values)

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Self:
        """Return some of them, chosen as numpy chooses rows."""
        return type(self)(self.values[:, rows])

    def __add__(self, others: Self) -> Self:
        """Return these and the others behind them."""
        return type(self)(np.concatenate([self.values, others.values], axis=1))

    def overlaps(self, others: "Rectangles") -> NDArray[np.float64]:
        """Return the IoU of each with each of the others, (len(self), len(others)); see `iou`."""
        these, those = self.values[:, :, np.newaxis], others.values[:, np.newaxis]
        with np.errstate(all="ignore"):
            side = np.minimum(these[2:4], those[2:4])
            side -= np.maximum(these[:2], those[:2])
            np.maximum(side, 0, out=side)
            shared = side[0] * side[1]
            union = these[4] + those[4]
            union -= shared
            return np.where(union > 0, shared / union, 0.0)
