"""Which decisions of suppression rounding could turn over, and how far they are from the other answer."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inference.contracts import ST_CONTRACT
from zoo_tools.domain.decoding import Contract, Select
from zoo_tools.domain.golden import Tolerance
from zoo_tools.evaluation.agreement import disagreements
from zoo_tools.evaluation.stability import EXACT, ROUNDED, Decision, nearest
from zoo_tools.inference.boxes import clipped
from zoo_tools.inference.decoders.outputs import Decoded
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.nms import select

TOLERANCE = Tolerance()
WIDE = (0.1, 0.1, 0.5, 0.5)

Row = tuple[float, tuple[float, float, float, float]]


def decoded(*rows: Row) -> Decoded:
    boxes = np.array([box for _, box in rows], np.float32).reshape(-1, 4)
    return Decoded(boxes, np.array([score for score, _ in rows], np.float32).reshape(-1, 1))


def contract(*, score: str = "0.001", iou: str = "0.5") -> Contract:
    rule = ST_CONTRACT.select.model_copy(update={"score": Decimal(score), "iou": Decimal(iou)})
    return ST_CONTRACT.model_copy(update={"select": rule})


def decisions(*rows: Row, rule: Contract | None = None, tolerance: Tolerance = TOLERANCE) -> dict[str, Decision]:
    return {one.kind: one for one in nearest(decoded(*rows), rule or contract(), tolerance)}


def moved(by: float) -> tuple[float, float, float, float]:
    """The wide box, shifted to the right by a part of its width: it overlaps by (1 - by) / (1 + by)."""
    return (0.1 + 0.4 * by, 0.1, 0.5 + 0.4 * by, 0.5)


def test_nothing_hangs_on_an_empty_picture() -> None:
    assert decisions() == {}
    assert decisions((0.3, WIDE)) == {}


@pytest.mark.parametrize(("score", "is_near"), [("0.85", True), ("0.83", True), ("0.8", False), ("0.001", False)])
def test_a_partner_within_tolerance_has_to_pass_the_threshold(score: str, is_near: bool) -> None:
    found = decisions((0.9, WIDE), rule=contract(score=score))["threshold"]
    assert found.distance == pytest.approx(max(0, 0.9 - 0.08 - float(score)), abs=1e-6)
    assert found.is_within(ROUNDED) is is_near


def test_an_overlap_is_near_on_either_side_of_the_limit() -> None:
    for by, distance in ((0.35, 0.5 - 0.65 / 1.35), (0.32, 0.68 / 1.32 - 0.5)):
        found = decisions((0.9, WIDE), (0.8, moved(by)))["overlap"]
        assert found.distance == pytest.approx(distance, abs=1e-4)
        assert found.is_within(ROUNDED)
        assert not found.is_within(EXACT)
    assert "overlap" not in decisions((0.9, WIDE), (0.8, (0.6, 0.6, 0.9, 0.9))) or not decisions(
        (0.9, WIDE), (0.8, (0.6, 0.6, 0.9, 0.9))
    )["overlap"].is_within(ROUNDED)


def test_weak_boxes_decide_nothing() -> None:
    assert "overlap" not in decisions((0.9, WIDE), (0.4, moved(0.35)))
    assert "overlap" not in decisions((0.9, WIDE), (0.55, moved(0.32)))  # suppressed, and too weak to be new


def test_rivals_are_two_boxes_of_which_either_may_win() -> None:
    found = decisions((0.9, WIDE), (0.898, moved(0.15)))["rival"]
    assert found.distance == pytest.approx(0.002, abs=1e-6)
    assert found.is_within(ROUNDED)
    assert "0.739" in found.sentence
    # One that overlaps enough to be taken for the other is no rival.
    assert "rival" not in decisions((0.9, WIDE), (0.898, moved(0.05)))
    close = Tolerance(min_iou=Decimal("0.7"))
    assert "rival" not in decisions((0.9, WIDE), (0.898, moved(0.15)), tolerance=close)


def test_in_graph_suppression_says_nothing() -> None:
    listed = ST_CONTRACT.model_copy(update={"select": None})
    assert nearest(decoded((0.9, WIDE)), listed, TOLERANCE) == []


corner = st.integers(0, 8).map(lambda step: step / 10)
rows = st.lists(
    st.tuples(
        st.floats(0.3125, 1, width=32),
        st.tuples(corner, corner, corner, corner).map(
            lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]) + 0.1, max(c[1], c[3]) + 0.1)
        ),
    ),
    min_size=1,
    max_size=2,  # of three, one may change who suppresses whom between the two others
)


@given(rows, st.randoms(use_true_random=False))
def test_what_is_stable_agrees_after_a_smaller_change_of_scores(given_rows: list[Row], random: object) -> None:
    """Scores move by less than half of every distance: then the comparison finds all again and nothing new."""
    kept = nearest(decoded(*given_rows), contract(), TOLERANCE)
    by = min([0.03, *(one.distance for one in kept if one.kind != "overlap")]) * 0.49
    signs = [getattr(random, "choice")((-1, 1)) for _ in given_rows]  # noqa: B009  (hypothesis types it as object)
    changed = [(score + sign * by, box) for (score, box), sign in zip(given_rows, signs, strict=True)]
    before, after = detections(given_rows), detections(changed)
    stable = Tolerance(min_score=Decimal("0.55"), extra_score=Decimal("0.65"))
    assert disagreements(before, after, stable) == []


def detections(given_rows: list[Row]) -> Detections:
    made = decoded(*given_rows)
    rule = contract().select
    assert isinstance(rule, Select)
    boxes = clipped(made.boxes)
    kept = select(boxes, made.scores, rule)
    return Detections(boxes[kept.anchors], made.scores[kept.anchors, 0], kept.class_ids.astype(np.int64))
