"""Where two arrays differ most, in units of what is allowed there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.evaluation.tensors import farthest

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


@given(numbers)
def test_an_array_is_not_apart_from_itself(values: list[float]) -> None:
    array = np.array([*values, np.inf, -np.inf])
    assert farthest(array, array, within=1e-3).excess == 0


@given(numbers, st.integers(0, 19), st.floats(-10, 10))
def test_one_value_that_moves_is_found_and_measured(values: list[float], place: int, by: float) -> None:
    one, place = np.array(values), place % len(values)
    other = one.copy()
    other[place] += by
    apart = farthest(one, other, within=1e-3)
    moved = abs(other[place] - one[place])
    assert apart.excess == pytest.approx(moved / (1e-3 * max(1, abs(one[place]))))
    if moved:
        assert (apart.index, apart.difference) == ((place,), moved)


@pytest.mark.parametrize(("value", "relative", "excess"), [(0.5, True, 2), (100, True, 0.02), (100, False, 2)])
def test_large_values_may_differ_by_more_unless_the_limit_is_absolute(
    value: float, relative: bool, excess: float
) -> None:
    apart = farthest(np.array([[value]]), np.array([[value + 0.002]]), within=0.001, relative=relative)
    assert apart.excess == pytest.approx(excess)
    assert apart.index == (0, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_infinitely_far(value: float) -> None:
    assert farthest(np.array([1.0, 2.0]), np.array([1.0, value]), within=0.001).excess == np.inf
    assert farthest(np.array([1.0, value]), np.array([1.0, 2.0]), within=0.001).index == (1,)


def test_nothing_is_not_apart() -> None:
    assert farthest(np.zeros((0, 4)), np.zeros((0, 4)), within=1e-3).excess == 0
