"""How many candidates of a feature map go into suppression, where a contract limits them by level.

MMDetection sorts the (box, class) pairs of a level that score above the threshold and takes the best 1000 (`nms_pre`)
before it looks at overlaps. On a picture full of objects the limit decides which boxes there are.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import DecoderSpec, PriorBoxCentreVariance, Select

_OUT = np.float32(-np.inf)
"""Score of what is no candidate any more: below every threshold."""


def level_sizes(spec: DecoderSpec) -> list[int]:
    """Return how many boxes each level has, in the order of the outputs; none where the decoder knows no levels."""
    return [level.count for level in spec.priors.levels] if isinstance(spec, PriorBoxCentreVariance) else []


def within_levels(scores: NDArray[np.float32], rule: Select, sizes: Sequence[int]) -> NDArray[np.float32]:
    """Return scores with all but the best candidates of each level taken out.

    Args:
        scores: (anchors, classes), without the background.
        rule: candidates score above `score`; the best `candidates_per_level` stay, of equal ones the lower anchor,
            then the lower class.
        sizes: boxes of each level.
    """
    if rule.candidates_per_level is None:
        return scores
    left = np.full(scores.shape, _OUT)
    starts = np.cumsum([0, *sizes])
    for start, end in pairwise(starts):
        level, kept = scores[start:end].reshape(-1), left[start:end].reshape(-1)
        candidates = np.flatnonzero(level > float(rule.score))
        best = candidates[_highest(level[candidates], rule.candidates_per_level)]
        kept[best] = level[best]
    return left


def _highest(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Return the places of the highest values, in no order; of equal ones the first; without a sort of all."""
    if len(values) <= count:
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    above, equal = np.flatnonzero(values > least), np.flatnonzero(values == least)
    return np.concatenate([above, equal[: count - len(above)]])
