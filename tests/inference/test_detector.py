"""A detector is a file, a contract and a runtime; it goes from the bytes of a picture to boxes in its pixels."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.inference.contracts import ST_CONTRACT, contract
from tests.make_tflite import ANCHORS, OFFSETS, SCORES, tiny_ssd
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import WrongBytesError
from zoo_tools.inference.detector import Detector, Runnable

ROLES = {"scores": SCORES, "offsets": OFFSETS, "anchors": ANCHORS}


@pytest.fixture
def runnable(tmp_path: Path) -> Runnable:
    """The tiny detector of red squares."""
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_ssd())
    return Runnable(path, sha256(path.read_bytes()).hexdigest(), "tflite", ST_CONTRACT, ROLES)


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """A red cell of 12 x 8 pixels, the third of its row, in the second row."""
    pixels = np.full((32, 48, 3), 128, np.uint8)
    pixels[8:16, 24:36] = (255, 0, 0)
    return pixels


def test_boxes_are_pixels_of_the_picture(runnable: Runnable, picture: NDArray[np.uint8]) -> None:
    with Detector(runnable, Setting("litert")) as detector:
        assert detector.input_size == (16, 16)
        assert (detector.environment.engine, detector.environment.delegate) == ("litert", "none")
        assert detector.run_seconds == 0
        found = detector.detections(picture)
        assert 0 < detector.run_seconds < 60
        again = detector.run(detector.prepared(picture))
    assert found.scores[0] > 0.99
    assert (found.scores[1:] < 0.5).all()
    # A red cell grows by a tenth on every side, to an int8 step of the offsets, a hundredth of 12 pixels.
    assert found.boxes[0] == pytest.approx([22.8, 7.2, 37.2, 16.8], abs=0.12)
    assert (again.boxes == found.boxes).all()


def test_another_contract_reads_the_same_file_otherwise(runnable: Runnable, picture: NDArray[np.uint8]) -> None:
    strict = runnable.by(contract(select__score="0.9"))
    assert (strict.path, strict.sha256) == (runnable.path, runnable.sha256)
    with Detector(strict, Setting("litert")) as detector:
        assert len(detector.detections(picture)) == 1


def test_other_bytes_than_the_verified_ones_are_not_run(runnable: Runnable) -> None:
    runnable.path.write_bytes(tiny_ssd(is_bgr=True))
    with pytest.raises(WrongBytesError), Detector(runnable, Setting("litert")):
        pass


def test_a_detector_may_be_closed_twice(runnable: Runnable) -> None:
    with Detector(runnable, Setting("litert")) as detector:
        detector.close()
        detector.close()
