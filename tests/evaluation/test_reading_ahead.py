"""A labelled set is looked at in order, the next picture made ready meanwhile; what was found is kept and taken up."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from zoo_tools.errors import BrokenFileError
from zoo_tools.evaluation.labelled import LabelledPicture, truth_of
from zoo_tools.evaluation.running import Kept, sightings
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.detector import Detector
from zoo_tools.inference.pipeline import Prepared
from zoo_tools.inference.placement import stretched


class Grey(Detector):
    """Finds the level of a grey picture, as its score in hundredths."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def prepared(self, picture: NDArray[np.uint8]) -> Prepared:
        return Prepared(picture[:1, :1, 0], stretched((1, 1), (1, 1)))

    def run(self, prepared: Prepared) -> Detections:
        level = int(prepared.tensor[0, 0])
        self.seen.append(level)
        return Detections(np.zeros((1, 4), np.float32), np.array([level / 100], np.float32), np.zeros(1, np.int64))


def pictures(folder: Path, count: int) -> list[LabelledPicture]:
    made = []
    for level in range(count):
        file = folder / f"{level}.png"
        Image.new("RGB", (4, 3), (level, level, level)).save(file)
        made.append(LabelledPicture(file.name, file, (4, 3), truth_of([], [])))
    return made


def test_every_picture_once_and_in_order(tmp_path: Path) -> None:
    for count in (0, 1, 2, 9):
        detector, told = Grey(), list[tuple[int, int]]()
        seen = sightings(detector, pictures(tmp_path, count), tell=lambda *done: told.append(done))  # noqa: B023 (now)
        assert detector.seen == list(range(count))
        assert [round(one.scores[0] * 100) for one in seen] == list(range(count))
        assert told == [(i + 1, count) for i in range(count)]


def test_a_damaged_picture_is_reported_at_its_turn(tmp_path: Path) -> None:
    detector, shown = Grey(), pictures(tmp_path, 6)
    shown[4].file.write_bytes(b"\x89PNG\r\n\x1a\nno more")
    with pytest.raises(BrokenFileError, match=r"`4\.png` is a damaged PNG"):
        sightings(detector, shown)
    assert detector.seen == [0, 1, 2, 3]


def test_what_was_kept_is_not_run_again(tmp_path: Path) -> None:
    shown, path = pictures(tmp_path, 6), tmp_path / "kept.jsonl"
    with Kept(path, "key") as kept:
        sightings(Grey(), [shown[i] for i in (1, 2, 4)], kept=kept)
    detector = Grey()
    with Kept(path, "key") as kept:
        assert len(kept) == 3
        seen = sightings(detector, shown, kept=kept)
    assert detector.seen == [0, 3, 5]
    assert [round(one.scores[0] * 100) for one in seen] == list(range(6))
    with Kept(path, "key") as kept:
        assert len(kept) == 6
