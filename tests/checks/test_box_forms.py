"""Finished boxes and offsets are told apart by what they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_tools.checks.box_forms import box_rows, inverted_part, reach_if_finished

Rows = NDArray[np.float64]


def boxes(count: int, *, seed: int = 0, scale: float = 1.0) -> Rows:
    random = np.random.default_rng(seed)
    centre, size = random.uniform(0, 1, (count, 2)), random.uniform(0.05, 0.4, (count, 2))
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1) * scale


def offsets(count: int, *, seed: int = 0) -> Rows:
    return np.random.default_rng(seed).normal(0, 2, (count, 4))


@pytest.mark.parametrize(("scale", "side"), [(1.0, 320), (320.0, 320)])
def test_boxes_are_finished_in_fractions_and_in_pixels(scale: float, side: int) -> None:
    found = reach_if_finished([boxes(100, scale=scale), boxes(100, seed=1, scale=scale)], [240, side, 3])
    assert found is not None
    assert -0.3 * scale <= found[0] < found[1] <= 1.4 * scale
    assert inverted_part([boxes(100, scale=scale)]) == 0


@given(st.integers(0, 200))
def test_offsets_are_not(seed: int) -> None:
    rows = [offsets(64, seed=seed), offsets(64, seed=seed + 1000)]
    assert reach_if_finished(rows, [240, 320, 3]) is None
    assert inverted_part(rows) > 0.5


def test_one_row_out_of_order_in_one_picture_is_enough() -> None:
    wrong = boxes(100)
    wrong[7] = wrong[7, [2, 1, 0, 3]]
    assert reach_if_finished([boxes(100), wrong], [240, 320, 3]) is None
    assert inverted_part([boxes(100), wrong]) == 1 / 200


def test_points_and_far_boxes_are_no_finished_boxes() -> None:
    assert reach_if_finished([np.zeros((10, 4))], [16, 16, 3]) is None
    assert reach_if_finished([boxes(10, scale=3.0)], [320, 320, 3]) is None
    assert reach_if_finished([boxes(10, scale=900.0)], [320, 320, 3]) is None


def test_maps_become_rows_with_the_four_values_of_a_box_together() -> None:
    maps = np.arange(1 * 8 * 2 * 3, dtype=np.float64).reshape(1, 8, 2, 3)
    rows = box_rows(maps)
    assert rows is not None
    assert rows.shape == (12, 4)
    assert rows[0].tolist() == [maps[0, i, 0, 0] for i in range(4)]
    assert rows[-1].tolist() == [maps[0, 4 + i, 1, 2] for i in range(4)]


@pytest.mark.parametrize("shape", [(1, 5, 3), (2, 5, 4), (5, 4), (1, 6, 2, 2)])
def test_other_shapes_have_no_rows(shape: tuple[int, ...]) -> None:
    assert box_rows(np.zeros(shape)) is None
