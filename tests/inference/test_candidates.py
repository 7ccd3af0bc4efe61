"""The limit of candidates by level, against an oracle that sorts (box, class) pairs one by one."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.inference.contracts import ST_CONTRACT
from tests.inference.families import family
from zoo_tools.domain.decoding import Contract, Select
from zoo_tools.inference.candidates import level_sizes, within_levels
from zoo_tools.inference.pipeline import Recipe, detect
from zoo_tools.inference.placement import stretched

SCORE = st.integers(0, 6).map(lambda step: step / 8)


def rule(limit: int | None, *, score: str = "0.25") -> Select:
    stated = ST_CONTRACT.select
    assert isinstance(stated, Select)
    return stated.model_copy(update={"candidates_per_level": limit, "score": Decimal(score)})


@st.composite
def levels(draw: st.DrawFn) -> tuple[NDArray[np.float32], list[int]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    classes = draw(st.integers(1, 3))
    rows = [[draw(SCORE) for _ in range(classes)] for _ in range(sum(sizes))]
    return np.array(rows, np.float32), sizes


def oracle(scores: NDArray[np.float32], sizes: list[int], limit: int) -> set[tuple[int, int]]:
    kept: set[tuple[int, int]] = set()
    start = 0
    for size in sizes:
        pairs = [(a, c) for a in range(start, start + size) for c in range(scores.shape[1]) if scores[a, c] > 0.25]
        kept |= set(sorted(pairs, key=lambda pair: (-scores[pair], pair))[:limit])
        start += size
    return kept


@given(levels(), st.integers(1, 6))
def test_the_best_pairs_of_each_level_stay(given_levels: tuple[NDArray[np.float32], list[int]], limit: int) -> None:
    scores, sizes = given_levels
    for array in (scores, np.asfortranarray(scores)):
        left = within_levels(array, rule(limit), sizes)
        stay = {(int(a), int(c)) for a, c in np.argwhere(left > 0.25)}
        assert stay == oracle(scores, sizes, limit)
        assert all(left[pair] == scores[pair] for pair in stay)


def test_without_a_limit_nothing_is_taken_out() -> None:
    scores = np.full((5, 2), 0.5, np.float32)
    assert within_levels(scores, rule(None), [5]) is scores


@pytest.mark.parametrize(("limit", "found"), [(None, 4420), (1, 4), (2, 8)])
def test_detections_obey_the_limit(limit: int | None, found: int) -> None:
    contract = family(
        "ultralight_raw",
        select__candidates_per_level=limit,
        select__iou="1",
        select__max_detections="9000",
    )
    assert level_sizes(contract.decode) == [3600, 600, 160, 60]
    raw = {"scores": np.full((1, 4420, 2), 0.9, np.float32), "offsets": np.zeros((1, 4420, 4), np.float32)}
    assert len(detect(raw, Recipe(contract), stretched((320, 240), (320, 240)))) == found


def test_a_decoder_without_levels_has_no_limit_by_level() -> None:
    tree = ST_CONTRACT.model_dump(by_alias=True)
    tree["select"]["candidates_per_level"] = "1000"
    with pytest.raises(ValidationError, match="knows no levels"):
        Contract.model_validate(tree)
