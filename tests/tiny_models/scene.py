"""The picture that the tiny models are shown, and the arithmetic they share, small enough to do by hand.

The picture is grey, with a red and a blue cell and a green square of 2 x 2 cells. A network sees 32 x 32 pixels in
cells of 8, with colours from -1 to 1: red is (1, -1, -1), grey nearly 0. For each cell it computes

* logits: background 0, class 0 ("red") 2 R - G - B - 1, class 1 ("blue") 2 B - R - G - 1.5; a red cell has 0, 3, -3.5
  and a blue one 0, -3, 2.5;
* offsets of a box: dx = R, dy = -G, dw = B, dh = (R - B) / 2; a red cell has 1, 1, -1, 1.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CELL, CELLS = 8, 4
SIDE: Final = CELL * CELLS

LOGITS = np.array([[0, 0, 0], [2, -1, -1], [-1, -1, 2]], np.float32)
"""Background, red and blue, by R, G, B."""
LOGIT_BIAS = np.array([0, -1, -1.5], np.float32)
OFFSETS = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1], [0.5, 0, -0.5]], np.float32)
"""dx, dy, dw, dh by R, G, B."""

_COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
RED, BLUE, GREEN = (2, 1), (0, 3), (2, 2)
"""Column and row of what is seen; the green square is two cells wide and high."""


def picture() -> NDArray[np.uint8]:
    """Return the picture, 64 x 48 pixels: twice as wide as the network's, and half as high again."""
    width, height = 16, 12
    drawn = np.full((height * CELLS, width * CELLS, 3), 128, np.uint8)
    for colour, (column, row), size in (("red", RED, 1), ("blue", BLUE, 1), ("green", GREEN, 2)):
        rows, columns = slice(height * row, height * (row + size)), slice(width * column, width * (column + size))
        drawn[rows, columns] = _COLOURS[colour]
    return drawn


def squares(*, scale: float = 1.0) -> NDArray[np.float32]:
    """Return the cells, row by row, as centre x, centre y, width, height in fractions; `scale` widens them."""
    row, column = np.divmod(np.arange(CELLS * CELLS), CELLS)
    side = np.full(CELLS * CELLS, scale)
    return np.asarray(np.stack([column + 0.5, row + 0.5, side, side], axis=1) / CELLS, np.float32)


def pairs() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return two boxes for each cell, the second larger and less sure, so that one is left to be suppressed.

    Returns:
        Weights and bias of the logits, (6, 3) and (6,); weights of the offsets, (8, 3); and the 32 priors as `squares`
        gives them, the two of a cell side by side.
    """
    unsure = LOGIT_BIAS - np.array([0, 1, 1], np.float32)
    priors = np.stack([squares(), squares(scale=1.25)], axis=1).reshape(-1, 4)
    twice = np.concatenate([LOGITS, LOGITS]), np.concatenate([LOGIT_BIAS, unsure]), np.concatenate([OFFSETS, OFFSETS])
    return *twice, priors


def corners(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return centres and sizes as x1 y1 x2 y2."""
    return np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)
