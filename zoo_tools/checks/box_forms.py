"""Offsets and finished boxes have the same shape, and often the same name; what they hold tells them apart.

Rows of finished boxes have their corners in order, all of them, and stay near the picture. Offsets go both ways, so
that about three rows in four are out of order.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NEAREST, FARTHEST = -0.3, 1.4
"""How far finished boxes reach out of the picture, in fractions of it: large anchors at its edge, before clipping."""
MOST_INVERTED = 0.1
"""Part of the rows that may be out of order in a graph that decodes: weak boxes are sometimes turned over."""


def box_rows(array: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return a tensor of box values as (rows, 4); None where it has no such form.

    Args:
        array: (1, rows, 4), or the channels of a feature map, (1, 4 * boxes of a cell, height, width).
    """
    match array.shape:
        case (1, count, 4):
            return array.reshape(count, 4)
        case (1, channels, height, width) if channels % 4 == 0:
            cells: NDArray[np.float64] = np.moveaxis(array.reshape(-1, 4, height, width), 1, -1)
            return cells.reshape(-1, 4)
    return None


def reach_if_finished(rows: Sequence[NDArray[np.float64]], resolution: Sequence[int]) -> tuple[float, float] | None:
    """Return from where to where the values reach if all rows of all pictures are finished boxes; else None.

    Args:
        rows: (rows, 4) of each picture.
        resolution: height and width of the input, for boxes in pixels.
    """
    every = np.concatenate(rows)
    widths, heights = every[:, 2] - every[:, 0], every[:, 3] - every[:, 1]
    if not len(every) or (widths < 0).any() or (heights < 0).any() or np.mean((widths > 0) & (heights > 0)) < 0.5:
        return None
    low, high = float(every.min()), float(every.max())
    side = max(resolution[:2])
    is_normalised = low >= NEAREST and high <= FARTHEST
    is_pixels = low >= NEAREST * side and high <= FARTHEST * side and high > side / 2
    return (low, high) if is_normalised or is_pixels else None


def inverted_part(rows: Sequence[NDArray[np.float64]]) -> float:
    """Return which part of the rows of all pictures has its corners out of order, 0 to 1."""
    every = np.concatenate(rows)
    return float(np.mean((every[:, 2] < every[:, 0]) | (every[:, 3] < every[:, 1]))) if len(every) else 0.0
