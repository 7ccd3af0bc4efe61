"""Two recordings compared detection by detection, and drawn beside each other."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.checks.tiny_zoo import Zoo
from zoo_tools.domain.golden import Golden, GoldenDetection
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.golden import read_golden
from zoo_tools.report.changes import GoldenChange, SeenChange
from zoo_tools.report.golden_diff import MOST, golden_change, overlap
from zoo_tools.report.overlay import overlay_name, write_overlay


@pytest.fixture(scope="module")
def golden(built: Zoo) -> Golden:
    """The recording of the tiny zoo."""
    return read_golden(built.registry / "models/tiny_ssd/golden/squares.json")


def seen(label: str, score: str, *box: int) -> GoldenDetection:
    return GoldenDetection(label=label, class_id=0, score=Decimal(score), box=[Decimal(corner) for corner in box])


def of(golden: Golden, *detections: GoldenDetection) -> Golden:
    return golden.model_copy(update={"detections": list(detections)})


def change(golden: Golden, old: list[GoldenDetection], new: list[GoldenDetection]) -> GoldenChange:
    found = golden_change("m/v/a@p", "golden/p.json", of(golden, *old), of(golden, *new))
    assert found is not None
    return found


def test_an_equal_recording_of_another_day_is_no_change(golden: Golden) -> None:
    assert golden_change("c", "f", golden, golden) is None
    assert golden_change("c", "f", None, None) is None
    later = golden.model_copy(update={"recorded": golden.recorded.replace(year=2030)})
    assert golden_change("c", "f", golden, later) is None


def test_boxes_without_an_area_are_no_change_either(golden: Golden) -> None:
    flat = [seen("cat", "0.9", 0, 0, 10, 10), seen("cat", "0.1", 5, 0, 5, 10), seen("cat", "0.1", 7, 3, 9, 3)]
    assert golden_change("c", "f", of(golden, *flat), of(golden, *reversed(flat))) is None
    assert change(golden, flat, flat[:-1]).detections == (SeenChange("cat", "0.1", None, None),)


def test_detections_are_matched_by_label_and_place(golden: Golden) -> None:
    old = [seen("cat", "0.9", 0, 0, 10, 10), seen("dog", "0.8", 0, 0, 10, 10), seen("cat", "0.4", 50, 50, 60, 60)]
    new = [seen("cat", "0.7", 0, 0, 10, 8), seen("dog", "0.8", 0, 0, 10, 10), seen("cow", "0.6", 50, 50, 60, 60)]
    found = change(golden, old, new)
    assert (found.old_count, found.new_count) == (3, 3)
    assert found.detections == (
        SeenChange("cat", "0.9", "0.7", "0.800"),
        SeenChange("cow", None, "0.6", None),
        SeenChange("cat", "0.4", None, None),
    )


def test_what_it_was_made_with_is_told(golden: Golden) -> None:
    other = golden.model_copy(
        update={
            "artifact_sha256": "1" * 64,
            "environment": golden.environment.model_copy(update={"version": "9.9.9"}),
        }
    )
    found = golden_change("c", "f", golden, other)
    assert found is not None
    assert found.detections == ()
    assert [(one.at, one.new) for one in found.made_with] == [
        ("artifact_sha256", "1" * 64), ("environment", str(other.environment)),
    ]  # fmt: skip


def test_a_recording_that_is_new_or_gone(golden: Golden) -> None:
    added, removed = golden_change("c", "f", None, golden), golden_change("c", "f", golden, None)
    assert added is not None
    assert removed is not None
    assert (added.old_count, added.new_count) == (None, len(golden.detections))
    assert (removed.old_count, removed.new_count) == (len(golden.detections), None)
    empty = golden_change("c", "f", None, of(golden))
    assert empty is not None
    assert (empty.old_count, empty.new_count, empty.detections) == (None, 0, ())


def test_the_report_of_a_crowd_has_an_end(golden: Golden) -> None:
    crowd = [seen("cat", "0.9", n, 0, n + 1, 1) for n in range(MOST + 50)]
    found = change(golden, [], crowd)
    assert (found.new_count, len(found.detections)) == (MOST + 50, MOST)


boxes = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
detections = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["0.5", "0.9"]), boxes).map(
        lambda one: seen(one[0], one[1], *one[2])
    ),
    max_size=6,
)


@given(one=boxes, other=boxes)
def test_the_overlap_is_that_of_counted_pixels(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    def pixels(box: tuple[int, ...]) -> set[tuple[int, int]]:
        return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}

    shared, whole = pixels(one) & pixels(other), pixels(one) | pixels(other)
    expected = len(shared) / len(whole) if shared else 0.0
    assert overlap(seen("a", "1", *one), seen("a", "1", *other)) == pytest.approx(expected)


@given(old=detections, new=detections)
def test_every_detection_is_told_at_most_once(
    golden: Golden, old: list[GoldenDetection], new: list[GoldenDetection]
) -> None:
    found = golden_change("c", "f", of(golden, *old), of(golden, *new))
    told = found.detections if found else ()
    gone = sum(one.new_score is None for one in told)
    came = sum(one.old_score is None for one in told)
    assert len(new) - came == len(old) - gone, "the others are pairs"
    assert gone + came + sum(one.iou is not None for one in told) == len(told)


def test_both_recordings_are_drawn_beside_each_other(golden: Golden, built: Zoo, tmp_path: Path) -> None:
    (picture,) = built.mirror.glob("*/squares.png")
    hostile = of(golden, *(one.model_copy(update={"class_id": 10**9}) for one in golden.detections))
    name = write_overlay(tmp_path, "Tiny/16/../int8@squares", picture, golden, None)
    assert name == overlay_name("Tiny/16/../int8@squares") == "overlays/tiny-16-..-int8-squares.png"
    with Image.open(tmp_path / name) as drawing:
        pixels = np.asarray(drawing.convert("RGB"))
    half = (pixels.shape[1] - 8) // 2
    left, right = pixels[:, :half], pixels[:, half + 8 :]
    assert left.shape == right.shape
    assert (left != right).any(), "boxes on one side alone"
    write_overlay(tmp_path, "x", picture, None, None)
    with Image.open(tmp_path / "overlays/x.png") as drawing:
        bare = np.asarray(drawing.convert("RGB"))
    assert (bare[:, :half] == right).all()
    write_overlay(tmp_path, "x", picture, hostile, golden)


def test_a_picture_that_is_none_is_refused(golden: Golden, tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(b"no picture")
    with pytest.raises(BrokenFileError):
        write_overlay(tmp_path, "x", tmp_path / "p.png", golden, golden)
