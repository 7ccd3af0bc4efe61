"""What a list of detections shows of the rule that made it: no list breaks its own, and it may break another."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inference.contracts import contract
from tests.inference.families import family
from tests.inference.test_boxes import exact_iou
from zoo_tools.domain.decoding import Contract
from zoo_tools.evaluation.selection import breaches, closest
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.pipeline import Recipe, detect
from zoo_tools.inference.placement import Placement, letterboxed, stretched

NETWORK = (16, 16)
PLACEMENT = stretched((64, 32), NETWORK)

corner = st.integers(-4, 20).map(lambda step: step / 16)
row = st.tuples(corner, corner, corner, corner, st.integers(0, 8))


def listed(rows: Sequence[tuple[float, ...]], *, class_ids: list[int] | None = None) -> Detections:
    """Boxes in pixels, and a score behind each."""
    values = np.array(rows, np.float32).reshape(-1, 5)
    kinds = np.zeros(len(values), np.int64) if class_ids is None else np.array(class_ids, np.int64)
    return Detections(values[:, :4].copy(), values[:, 4].copy(), kinds)


def found(rows: Sequence[tuple[float, ...]], given_contract: Contract, placement: Placement) -> Detections:
    """What the decoder keeps of boxes in fractions of the input, with scores in eighths."""
    values = np.array(rows, np.float32).reshape(-1, 5)
    scores = np.stack([1 - values[:, 4] / 8, values[:, 4] / 8], axis=1)
    anchors = np.tile(np.array([0, 0, 1, 1], np.float32), (len(values), 1))
    outputs = {"scores": scores, "offsets": values[:, :4] - anchors, "anchors": anchors}
    return detect({role: array[np.newaxis] for role, array in outputs.items()}, Recipe(given_contract), placement)


def keys(detections: Detections, given_contract: Contract, placement: Placement = PLACEMENT) -> list[str]:
    return [".".join(breach.key) for breach in breaches(detections, given_contract, placement)]


@given(
    st.lists(row, max_size=30),
    st.sampled_from(["0.1", "0.25", "0.5", "1"]),
    st.sampled_from(["0.001", "0.25"]),
    st.integers(0, 12),
    st.booleans(),
    st.sampled_from([PLACEMENT, letterboxed((64, 32), NETWORK), letterboxed((31, 64), NETWORK)]),
)
def test_no_list_breaks_its_own_rule(
    rows: Sequence[tuple[float, ...]], overlap: str, least: str, most: int, clip: bool, placement: Placement
) -> None:
    own = contract(select__iou=overlap, select__score=least, select__max_detections=most, decode__clip=clip)
    assert keys(found(rows, own, placement), own, placement) == []


TWO = [(0, 0, 10, 10, 0.5), (0, 0, 10, 6, 0.25)]
"""Two boxes that overlap by 0.6."""


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"select__iou": "0.61"}, []),
        ({"select__iou": "0.59"}, ["select.iou"]),
        ({"select__iou": "0.7", "select__score": "0.25"}, ["select.score"]),
        ({"select__iou": "0.7", "select__score": "0.24"}, []),
        ({"select__iou": "0.7", "select__max_detections": 1}, ["select.max_detections"]),
        ({"select__iou": "0.7", "select__max_detections": 2}, []),
    ],
)
def test_what_a_list_shows_of_another_rule(changes: dict[str, object], broken: list[str]) -> None:
    assert keys(listed(TWO), contract(**changes)) == broken


def test_boxes_of_two_classes_say_nothing_of_suppression() -> None:
    assert keys(listed(TWO, class_ids=[0, 1]), contract(select__iou="0.1")) == []


@pytest.mark.parametrize("outside", [(-1, 0, 9, 9), (0, -1, 9, 9), (60, 0, 66, 9), (0, 20, 9, 33)])
def test_a_box_outside_the_picture_was_not_clipped(outside: tuple[int, ...]) -> None:
    one = listed([(*outside, 0.5)])
    assert keys(one, contract()) == ["decode.clip"]
    assert keys(one, contract(decode__clip=False)) == []


def test_clipping_is_to_the_input_which_a_letterbox_makes_larger_than_the_picture() -> None:
    placement = letterboxed((64, 32), NETWORK)
    assert keys(listed([(0, -16, 64, 48, 0.5)]), contract(), placement) == []
    assert keys(listed([(0, -17, 64, 48, 0.5)]), contract(), placement) == ["decode.clip"]


def test_a_list_suppressed_in_the_graph_shows_its_length_and_least_score() -> None:
    own = family("ssdlite_converted", select__score="0.3", select__max_detections=1, decode__clip=False)
    assert keys(listed(TWO), own) == ["select.max_detections", "select.score"]
    unknown = {"unknown": "nobody says"}
    silent = family("ssdlite_converted", select__score=unknown, select__max_detections=unknown, decode__clip=False)
    assert keys(listed(TWO), silent) == []


def test_an_empty_list_shows_nothing() -> None:
    assert keys(listed([]), contract(select__max_detections=0)) == []


@given(st.lists(row, max_size=6))
def test_the_closest_pair_is_the_closest(rows: Sequence[tuple[float, ...]]) -> None:
    ordered = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d, _ in rows]
    overlaps = [float(exact_iou(list(one), list(other))) for one, other in combinations(ordered, 2)]
    assert closest(listed(rows)) == pytest.approx(max(overlaps, default=0), abs=1e-12)
