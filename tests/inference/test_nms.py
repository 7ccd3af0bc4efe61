"""Suppression against an oracle that sorts once and looks at every pair, in exact fractions."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.inference.contracts import ST_CONTRACT
from tests.inference.test_boxes import exact_iou
from zoo_tools.domain.decoding import Select
from zoo_tools.inference.boxes import Boxes
from zoo_tools.inference.nms import select

# A coarse grid, so that ties, equal boxes and an overlap of exactly the threshold are common.
corner = st.integers(0, 4).map(lambda step: step / 4)
box = st.tuples(corner, corner, corner, corner)
score = st.integers(0, 8).map(lambda step: step / 8)


@st.composite
def candidates(draw: st.DrawFn) -> tuple[Boxes, NDArray[np.float32]]:
    boxes = draw(st.lists(box, max_size=12))
    classes = draw(st.integers(1, 3))
    scores = draw(
        st.lists(st.lists(score, min_size=classes, max_size=classes), min_size=len(boxes), max_size=len(boxes))
    )
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32).reshape(-1, classes)


def rule(**values: object) -> Select:
    stated = ST_CONTRACT.select
    assert isinstance(stated, Select)
    return stated.model_copy(update=values)


def oracle(boxes: Boxes, scores: NDArray[np.float32], given_rule: Select) -> list[tuple[int, int]]:
    """All candidates of all classes in one order; one is kept if nothing kept of its class overlaps it too much."""
    ordered = [
        [min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in ([float(v) for v in row] for row in boxes)
    ]
    pairs = [(anchor, kind) for anchor in range(len(boxes)) for kind in range(scores.shape[1])]
    pairs = [pair for pair in pairs if Fraction(float(scores[pair])) > Fraction(given_rule.score)]
    pairs.sort(key=lambda pair: (-scores[pair], *pair))
    kept: list[tuple[int, int]] = []
    for anchor, kind in pairs:
        rivals = [ordered[other] for other, other_kind in kept if other_kind == kind]
        if all(exact_iou(ordered[anchor], rival) <= Fraction(given_rule.iou) for rival in rivals):
            kept.append((anchor, kind))
    return kept[: given_rule.max_detections]


@given(
    candidates(),
    st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1)]),
    st.sampled_from([Decimal("0.001"), Decimal("0.5")]),
    st.integers(0, 15),
)
def test_what_is_kept_is_what_the_oracle_keeps(
    given_candidates: tuple[Boxes, NDArray[np.float32]], overlap: Decimal, least: Decimal, most: int
) -> None:
    given_rule = rule(iou=overlap, score=least, max_detections=most)
    kept = select(*given_candidates, given_rule)
    found = list(zip(kept.anchors.tolist(), kept.class_ids.tolist(), strict=True))
    assert found == oracle(*given_candidates, given_rule)


def kept(boxes: list[list[float]], scores: list[list[float]]) -> list[tuple[int, int]]:
    found = select(np.array(boxes, np.float32), np.array(scores, np.float32), rule())
    return list(zip(found.anchors.tolist(), found.class_ids.tolist(), strict=True))


def test_thresholds_are_strict() -> None:
    # A box is not suppressed by one it overlaps by exactly the threshold, nor a candidate at exactly the least score.
    assert kept([[0, 0, 1, 1], [0, 0, 1, 0.5]], [[0.5], [0.4]]) == [(0, 0), (1, 0)]
    at_threshold = rule(score=Decimal("0.5"))
    assert len(select(np.zeros((1, 4), np.float32), np.array([[0.5]], np.float32), at_threshold).anchors) == 0


def test_of_equal_scores_the_lower_anchor_wins() -> None:
    assert kept([[0, 0, 1, 1], [0, 0, 1, 0.9]], [[0.5], [0.5]]) == [(0, 0)]


def test_an_inverted_box_overlaps_like_its_ordered_twin() -> None:
    assert kept([[0, 0, 1, 1], [1, 1, 0, 0]], [[0.5], [0.4]]) == [(0, 0)]


def test_classes_do_not_suppress_each_other() -> None:
    assert kept([[0, 0, 1, 1]], [[0.5, 0.6]]) == [(0, 1), (0, 0)]


def test_a_score_that_is_no_number_is_no_candidate() -> None:
    assert kept([[0, 0, 1, 1]], [[np.nan]]) == []


def plain(boxes: Boxes, scores: NDArray[np.float32], given_rule: Select) -> list[tuple[int, int]]:
    """The oracle in float64, for more boxes than fractions can do."""
    corners = [
        (min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in ([float(v) for v in row] for row in boxes)
    ]

    def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
        width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
        shared = max(width, 0.0) * max(height, 0.0)
        areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, other)]
        union = areas[0] + areas[1] - shared
        return shared / union if union > 0 else 0.0

    pairs = [(int(anchor), int(kind)) for anchor, kind in np.argwhere(scores > np.float32(given_rule.score))]
    pairs.sort(key=lambda pair: (-float(scores[pair]), *pair))
    found: list[tuple[int, int]] = []
    for anchor, kind in pairs:
        if len(found) == given_rule.max_detections:
            break
        rivals = (corners[other] for other, other_kind in found if other_kind == kind)
        if all(overlap(rival, corners[anchor]) <= float(given_rule.iou) for rival in rivals):
            found.append((anchor, kind))
    return found


@pytest.mark.parametrize("most", [3, 100, 100_000])
@pytest.mark.parametrize(("classes", "steps"), [(1, 1 << 20), (1, 256), (3, 4), (80, 256)])
@pytest.mark.parametrize("spread", [0.05, 1.0], ids=["crowded", "scattered"])
def test_many_candidates_are_kept_as_one_by_one(classes: int, steps: int, spread: float, most: int) -> None:
    """Enough of them for several portions, which end among equal scores, and for several blocks of a class."""
    random = np.random.Generator(np.random.PCG64(steps + classes))
    count = 1500 // min(classes, 3)
    centre, size = random.random((count, 2)) * spread, random.normal(0.05, 0.1, (count, 2))
    boxes = np.concatenate([centre - size, centre + size], axis=1).astype(np.float32)
    boxes[::97, 2] = boxes[::97, 0]  # no area
    scores = random.random((count, classes)) ** 4
    scores *= random.random((count, classes)) < 3 / classes
    stepped = (np.floor(scores * steps) / steps).astype(np.float32)
    given_rule = rule(score=Decimal("0.001"), max_detections=most)
    kept = select(boxes, stepped, given_rule)
    found = list(zip(kept.anchors.tolist(), kept.class_ids.tolist(), strict=True))
    assert found == plain(boxes, stepped, given_rule)
    assert len(found) == most or most > 100 or spread < 1


def test_infinite_corners_suppress_nothing_and_make_no_noise() -> None:
    wild = np.array([[-np.inf, 0, np.inf, 1], [0, 0, np.nan, 1], [0, 0, 1, 1], [0, 0, 1, 1]], np.float32)
    kept = select(wild, np.array([[0.9], [0.8], [0.7], [0.6]], np.float32), rule())
    assert kept.anchors.tolist() == [0, 1, 2]
