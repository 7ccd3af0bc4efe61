"""`golden`: records what is detected, compares with it, and touches nothing where it cannot."""

import json
from pathlib import Path

import pytest

from tests.checks.model_bytes import BYTES
from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo

CASE = f"{SUBJECT}@squares"


def recording(zoo: Zoo) -> str:
    return (zoo.manifest.parent / "golden" / "squares.json").read_text(encoding="utf-8")


def test_what_was_recorded_is_detected_again(built: Zoo) -> None:
    called = built.call("golden", "check", "tiny_ssd")
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith(f"{CASE}: equal (litert ")


def test_recording_again_changes_nothing(zoo: Zoo) -> None:
    before = recording(zoo)
    called = zoo.call("golden", "record", SUBJECT)
    assert (called.code, called.err) == (0, "")
    first, second, *stability = called.out.splitlines()
    assert first == f"{CASE}: 15 detections -> {zoo.manifest.parent}/golden/squares.json"
    assert second.startswith("  notices: [bgr, ")
    assert [line.partition(":")[0] for line in stability] == ["  stability"] * len(stability)
    # The least sure one that is looked for scores 0.996; a partner may score 0.08 less, and 0.001 is the limit.
    assert stability[0] == (
        "  stability: 0.915 of score, beyond the 0.00781 of a rounding: a detection of score 0.99609 is looked for, "
        "and the contract drops all up to 0.001"
    )
    assert recording(zoo) == before


def test_a_recording_says_what_it_was_made_with(built: Zoo) -> None:
    tree = json.loads(recording(built))
    assert tree["environment"]["engine"] == "litert"
    assert tree["environment"]["delegate"] == "none"
    assert tree["contract"]["input"]["colour"] == "rgb"
    assert "documented" not in tree["contract"]
    assert set(tree["raw_sha256"]) == {"scores", "offsets", "anchors"}
    best = tree["detections"][0]
    assert best["label"] == "red square"
    # The red cell in the corner: 12 x 8 pixels, and a tenth more on the sides that are not the picture's.
    assert best["box"] == pytest.approx([0, 0, 13.2, 8.8], abs=0.1)


def test_every_difference_is_shown(zoo: Zoo) -> None:
    zoo.swap(MODEL_FILE, BYTES["bgr"]())
    called = zoo.call("golden", "check", "tiny_ssd")
    assert (called.code, called.err) == (1, "")
    first, *rest = called.out.splitlines()
    assert first.startswith(f"{CASE}: ")
    assert rest
    assert all(line.startswith("  ") for line in rest)


def test_a_subject_without_a_case(built: Zoo) -> None:
    called = built.call("golden", "check", "tiny_ssd/16/float")
    assert (called.code, called.out) == (2, "")
    assert called.err == (
        "zoo_tools: tiny_ssd/16/float has no golden case.\n  → Add one under `golden:` of the variant.\n"
    )


@pytest.mark.parametrize("command", ["record", "check"])
def test_a_case_of_an_artifact_that_cannot_be_run(zoo: Zoo, command: str) -> None:
    zoo.edit("{artifact: int8, image: squares, file", "{artifact: float, image: squares, file")
    before = recording(zoo)
    called = zoo.call("golden", command, "tiny_ssd")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith(
        "zoo_tools: tiny_ssd/16/float@squares: float is unpinned: its bytes were never seen.\n"
    )
    assert recording(zoo) == before


def test_a_recording_that_is_missing(zoo: Zoo) -> None:
    (zoo.manifest.parent / "golden" / "squares.json").unlink()
    called = zoo.call("golden", "check", "tiny_ssd")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith(f"zoo_tools: {CASE}: the recording cannot be read: see golden-current.\n")


def test_labels_that_are_missing(zoo: Zoo) -> None:
    zoo.edit("  labels: squares\n", "  labels: circles\n")
    before = recording(zoo)
    called = zoo.call("golden", "record", "tiny_ssd")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith(f"zoo_tools: {CASE}: there is no label set `circles`.\n")
    assert recording(zoo) == before


@pytest.mark.parametrize("kind", ["infinite", "impossible", "half"])
def test_a_model_that_cannot_be_recorded_leaves_the_old_recording(zoo: Zoo, kind: str) -> None:
    zoo.swap(MODEL_FILE, BYTES[kind]())
    zoo.edit("clip: true", "clip: false")
    before = recording(zoo)
    called = zoo.call("golden", "record", "tiny_ssd")
    assert (called.code, called.out) == (1, "")
    assert called.err.startswith("zoo_tools: ")
    assert "internal error" not in called.err
    assert recording(zoo) == before


@pytest.mark.parametrize("place", ["manifest.yaml", "evidence/card.csv", "golden/squares.yaml", "golden/a/b.json"])
def test_a_recording_is_written_to_the_folder_of_recordings_only(zoo: Zoo, place: str) -> None:
    zoo.edit("file: golden/squares.json", f"file: {place}")
    before = zoo.manifest.read_bytes()
    assert zoo.call("golden", "record", "tiny_ssd").code == 2
    (error,) = zoo.validate(level="static").report.errors
    assert error.message == f"`{place}` is not the place of a recording"
    assert zoo.manifest.read_bytes() == before


def test_a_recording_is_not_written_through_a_link(zoo: Zoo, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (zoo.manifest.parent / "golden").rename(elsewhere)
    (zoo.manifest.parent / "golden").symlink_to(elsewhere)
    zoo.edit("iou: 0.5", "iou: 0.55")
    before = (elsewhere / "squares.json").read_bytes()
    called = zoo.call("golden", "record", "tiny_ssd")
    assert (called.code, (elsewhere / "squares.json").read_bytes()) == (2, before)
    assert "lies behind `golden`, a symbolic link" in called.err


def test_recording_again_says_what_moved(zoo: Zoo) -> None:
    """What a reviewer sees as a diff of digits stands here in sentences."""
    zoo.edit("iou: 0.5,", "iou: 0.05,")
    zoo.edit("colour: rgb", "colour: bgr")
    called = zoo.call("golden", "record", SUBJECT)
    assert (called.code, called.err) == (0, "")
    moved = [line for line in called.out.splitlines() if line.startswith("  moved: ")]
    assert moved[0].startswith("  moved: input tensor ")
    assert moved[1] == "  moved: the contract it is run by; `golden-current` named the line"
    assert any("red square" in line or "score" in line for line in moved[2:])
    again = zoo.call("golden", "record", SUBJECT)
    assert "moved" not in again.out


def test_a_mutation_that_would_survive_is_named(zoo: Zoo) -> None:
    """A recording of nothing notices next to nothing."""
    zoo.edit("score: 0.001,", "score: 0.9999,")
    called = zoo.call("golden", "record", SUBJECT)
    assert called.code == 0
    (line,) = [line for line in called.out.splitlines() if line.startswith("  must_fail: ")]
    assert line.endswith(" would not be noticed by this recording")
