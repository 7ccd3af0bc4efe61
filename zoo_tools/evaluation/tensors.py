"""How far two arrays that should say the same are apart, and where most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Apart:
    """The place where two arrays differ most."""

    index: tuple[int, ...]
    one: float
    other: float
    excess: float
    """The difference in units of what is allowed there; above 1 it is too much, and of what is no number infinite."""

    @property
    def difference(self) -> float:
        """How far the two values are apart."""
        return abs(self.one - self.other)


def farthest(one: NDArray[np.generic], other: NDArray[np.generic], *, within: float, relative: bool = True) -> Apart:
    """Return where two arrays of one shape differ most.

    Args:
        one: what the other is compared with.
        other: what was found.
        within: what is allowed.
        relative: whether it is, of values beyond 1, that part of the value; else it is the same everywhere.
    """
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if not first.size:
        return Apart((), 0.0, 0.0, 0.0)
    with np.errstate(invalid="ignore"):
        allowed = within * np.maximum(1, np.abs(first)) if relative else np.full(first.shape, within)
        excess = np.abs(first - second) / allowed
    excess = np.where(first == second, 0, np.where(np.isfinite(excess), excess, np.inf))
    worst = int(excess.argmax())
    index = tuple(int(step) for step in np.unravel_index(worst, first.shape))
    return Apart(index, float(first[index]), float(second[index]), float(excess[index]))
