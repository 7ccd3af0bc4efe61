"""Two lists of detections say the same, exactly or within a tolerance; if not, sentences say how not."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.domain.golden import Tolerance
from zoo_tools.evaluation.agreement import differences, disagreements
from zoo_tools.inference.detections import Detections

TOLERANCE = Tolerance()
LABELS = ["person", "cat"]

Row = tuple[float, tuple[float, float, float, float], int]


def found(*rows: Row) -> Detections:
    return Detections(
        np.array([box for _, box, _ in rows], np.float32).reshape(-1, 4),
        np.array([score for score, _, _ in rows], np.float32),
        np.array([class_id for _, _, class_id in rows], np.int64),
    )


PERSON: Row = (0.9, (0, 0, 100, 100), 0)
CAT: Row = (0.7, (200, 0, 300, 100), 1)

rows = st.lists(
    st.tuples(
        st.floats(0, 1, width=32),
        st.tuples(*[st.integers(0, 4).map(float)] * 4).map(lambda c: (c[0], c[1], c[0] + c[2] + 1, c[1] + c[3] + 1)),
        st.integers(0, 1),
    ),
    max_size=6,
)


@given(rows)
def test_equal_lists_agree(given_rows: list[Row]) -> None:
    assert differences(found(*given_rows), found(*given_rows)) == []
    assert disagreements(found(*given_rows), found(*given_rows), TOLERANCE) == []


@given(rows, st.randoms())
def test_the_order_of_candidates_does_not_matter_to_the_tolerance(given_rows: list[Row], random: object) -> None:
    assert disagreements(found(*given_rows), found(*reversed(given_rows)), TOLERANCE) == []


@pytest.mark.parametrize(
    ("candidate", "agrees"),
    [
        ([(0.9 - 0.079, (0, 0, 100, 100), 0)], True),
        ([(0.9 - 0.081, (0, 0, 100, 100), 0)], False),
        ([(0.9 + 0.079, (0, 0, 100, 100), 0)], True),
        ([(0.9, (0, 0, 100, 86), 0)], True),
        ([(0.9, (0, 0, 100, 84), 0)], False),
        ([(0.9, (100, 100, 0, 0), 0)], True),
        ([(0.9, (0, 0, 100, 100), 1)], False),
        ([], False),
        ([PERSON, (0.59, (200, 0, 300, 100), 0)], True),
        ([PERSON, (0.60, (200, 0, 300, 100), 0)], False),
        ([PERSON, PERSON], False),
        ([PERSON, (0.59, (0, 0, 100, 100), 0)], True),
    ],
)
def test_the_rule_at_its_edges(candidate: list[Row], agrees: bool) -> None:
    assert (disagreements(found(PERSON), found(*candidate), TOLERANCE) == []) is agrees


def test_a_weak_recorded_detection_is_not_sought_but_may_be_found() -> None:
    weak: Row = (0.49, (0, 0, 100, 100), 0)
    assert disagreements(found(weak), found(), TOLERANCE) == []
    lenient = Tolerance(extra_score=Decimal("0.5"))
    assert disagreements(found(weak), found((0.52, (0, 0, 100, 100), 0)), lenient) == []
    assert disagreements(found(), found((0.52, (0, 0, 100, 100), 0)), lenient)


def test_each_partner_is_taken_once_best_score_first_and_nearest_box_first() -> None:
    near, nearer = (0.9, (0.0, 0.0, 100.0, 95.0), 0), (0.88, (0.0, 0.0, 100.0, 99.0), 0)
    twice = found(PERSON, (0.85, (0, 0, 100, 90), 0))
    assert disagreements(twice, found(near, nearer), TOLERANCE) == []
    assert len(disagreements(twice, found(nearer), TOLERANCE)) == 1


def test_disagreements_are_sentences() -> None:
    candidate = found((0.9, (0, 0, 100, 50), 0), (0.65, (0, 0, 10, 10.5), 1))
    assert disagreements(found(PERSON, CAT), candidate, TOLERANCE, labels=LABELS) == [
        "person 0.9 at (0.0, 0.0, 100.0, 100.0) was recorded and not found; "
        "nearest is person 0.9 at (0.0, 0.0, 100.0, 50.0) with IoU 0.50",
        "cat 0.7 at (200.0, 0.0, 300.0, 100.0) was recorded and not found; nothing of its class overlaps it",
        "person 0.9 at (0.0, 0.0, 100.0, 50.0) was found and not recorded",
        "cat 0.65 at (0.0, 0.0, 10.0, 10.5) was found and not recorded",
    ]
    (alone,) = disagreements(found(), found(CAT), TOLERANCE)
    assert alone == "class 1 0.7 at (200.0, 0.0, 300.0, 100.0) was found and not recorded"


def test_differences_are_sentences() -> None:
    moved = (float(np.nextafter(np.float32(0.9), np.float32(1))), *PERSON[1:])
    assert differences(found(PERSON, CAT), found(moved), labels=LABELS) == [
        "the number of detections is 1; recorded was 2",
        "detection 1 is person 0.90000004 at (0.0, 0.0, 100.0, 100.0); "
        "recorded was person 0.9 at (0.0, 0.0, 100.0, 100.0)",
    ]


@pytest.mark.parametrize(
    "changed", [(0.9, (0, 0, 100, 100), 1), (0.9, (0, -0.0, 100, 100), 0), (0.9, (0, 0, 100, 100.00001), 0)]
)
def test_a_difference_in_any_bit_counts(changed: Row) -> None:
    assert differences(found(PERSON), found(changed))


def test_swapped_rows_are_two_differences() -> None:
    assert len(differences(found(PERSON, CAT), found(CAT, PERSON))) == 2


def test_what_is_no_number_equals_itself() -> None:
    broken = found((0.9, (0, 0, float("nan"), float("inf")), 0))
    assert differences(broken, broken) == []


def test_many_sentences_are_shortened() -> None:
    assert differences(found(), found(*[PERSON] * 3)) == ["the number of detections is 3; recorded was 0"]
    sentences = disagreements(found(), found(*[PERSON] * 12), TOLERANCE)
    assert len(sentences) == 6
    assert sentences[-1] == "and 7 more disagreements"


def agree(reference: list[Row], candidate: list[Row], tolerance: Tolerance) -> bool:
    """The rule as its docstring words it, for every recorded detection, weak ones too."""

    def overlap(one: Row, other: Row) -> float:
        (a, b, c, d), (e, f, g, h) = one[1], other[1]
        shared = max(min(c, g) - max(a, e), 0) * max(min(d, h) - max(b, f), 0)
        return shared / ((c - a) * (d - b) + (g - e) * (h - f) - shared)

    left = list(candidate)
    for row in sorted(reference, key=lambda row: -row[0]):
        near = [
            other
            for other in left
            if other[2] == row[2]
            and overlap(row, other) >= tolerance.min_iou
            and abs(row[0] - other[0]) <= tolerance.max_score_difference
        ]
        if near:
            left.remove(max(near, key=lambda other: overlap(row, other)))
        elif row[0] >= tolerance.min_score:
            return False
    return all(other[0] < tolerance.extra_score for other in left)


scored = st.lists(
    st.tuples(
        st.integers(80, 166).map(lambda step: step / 256),
        st.sampled_from([(0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 10.0, 9.0), (0.0, 0.0, 10.0, 8.0), (20.0, 0.0, 30.0, 9.0)]),
        st.integers(0, 1),
    ),
    max_size=6,
)


@given(scored, scored, st.sampled_from([("0.5", "0.6"), ("0.6", "0.4"), ("0.45", "0.45")]))
def test_the_rule_is_the_one_that_looks_at_every_weak_detection(
    reference: list[Row], candidate: list[Row], scores: tuple[str, str]
) -> None:
    tolerance = Tolerance(min_score=Decimal(scores[0]), extra_score=Decimal(scores[1]))
    assert (disagreements(found(*reference), found(*candidate), tolerance) == []) is agree(
        reference, candidate, tolerance
    )
