"""Each tiny model, run in its worker and decoded by its contract, finds what a pocket calculator finds.

The expectations use none of the code under test: colours, logits and offsets are those that `scene` states, boxes are
decoded here, and suppression is left to the graphs or has nothing to do.
"""

import math
from collections.abc import Sequence
from importlib import import_module

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import oracle
from tests.tiny_models import scene
from tests.tiny_models.catalogue import FOLDER, RUNS, TINY, TinyModel
from zoo_tools.domain.settings import SETTINGS, Setting
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.pipeline import Recipe, by_role, detect, prepare, real_values
from zoo_tools.inference.worker import Worker

Found = list[tuple[int, float, tuple[float, float, float, float]]]
"""Class, score and box in pixels of the picture, best first."""
Colour = tuple[float, float, float]

SMALL, LARGE = (64, 48), (300, 300)
RED, BLUE, GREEN = (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0)
QDQ_RED_AT, QDQ_BLUE_AT = (128, 128, 256, 256), (48, 32, 64, 48)


def box(
    prior: tuple[float, float, float, float], colour: Colour, *, clip: bool, picture: tuple[int, int] = SMALL
) -> tuple[float, float, float, float]:
    """Decode a prior (centre and size in fractions) by the offsets of a colour, with variances 0.1 and 0.2."""
    (cx, cy, w, h), (red, green, blue) = prior, colour
    x, y = cx + 0.1 * red * w, cy - 0.1 * green * h
    half_w, half_h = w * math.exp(0.2 * blue) / 2, h * math.exp(0.2 * (red - blue) / 2) / 2
    ends = [x - half_w, y - half_h, x + half_w, y + half_h]
    left, top, right, bottom = (min(max(end, 0.0), 1.0) if clip else end for end in ends)
    return left * picture[0], top * picture[1], right * picture[0], bottom * picture[1]


def cell(at: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return a cell of the small picture as a prior."""
    return (at[0] + 0.5) / 4, (at[1] + 0.5) / 4, 0.25, 0.25


def softmax(logits: Sequence[float], index: int) -> float:
    return math.exp(logits[index]) / sum(map(math.exp, logits))


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def cells(red: float, blue: float, *, clip: bool) -> Found:
    """Return what is found by models with one score and one square box for each cell."""
    return [(0, red, box(cell(scene.RED), RED, clip=clip)), (1, blue, box(cell(scene.BLUE), BLUE, clip=clip))]


def by_softmax(*, clip: bool) -> Found:
    return cells(softmax([0, 3, -3.5], 1), softmax([0, -3, 2.5], 2), clip=clip)


def by_level() -> Found:
    """A wide and a tall prior of 8 pixels in a picture of 32, and a square one of 16."""
    long, short = 8 * math.sqrt(2) / 32, 8 / math.sqrt(2) / 32
    wide, tall = (*cell(scene.RED)[:2], long, short), (*cell(scene.BLUE)[:2], short, long)
    return sorted(
        [
            (0, softmax([3, -10, 0], 0), box(wide, RED, clip=True)),
            (1, softmax([-10, 2.5, 0], 1), box(tall, BLUE, clip=True)),
            (0, softmax([3, -10, 0], 0), box((0.75, 0.75, 0.5, 0.5), GREEN, clip=True)),
        ],
        key=lambda found: -found[1],
    )


def in_int8() -> Found:
    """The first prior of cell (1, 1) of 3 x 3, and the fifth (3 : 1) of cell (3, 2) of 19 x 19 cells of 16 pixels."""
    full = 127 / 128
    red, blue = (full, -full, -full), (-full, -full, full)
    square = (0.5, 0.5, 195 / 300, 195 / 300)
    wide = (3.5 * 16 / 300, 2.5 * 16 / 300, 60 * math.sqrt(3) / 300, 60 / math.sqrt(3) / 300)
    return [
        (0, softmax([0, 4 * full - 1, -3], 1), box(square, red, clip=True, picture=LARGE)),
        (1, softmax([0, -3, 4 * full - 1.5], 2), box(wide, blue, clip=True, picture=LARGE)),
    ]


def red_square() -> Found:
    """A logit of 12, which int8 keeps as 255/256, and a cell that grows by a tenth on every side."""
    return [(0, 255 / 256, (32 - 1.6, 12 - 1.2, 48 + 1.6, 24 + 1.2))]


EXPECTED: dict[str, Found] = {
    "detection_output": by_softmax(clip=False),
    "frozen_graph": cells(sigmoid(3), sigmoid(2.5), clip=False),
    "postprocess": cells(sigmoid(3), sigmoid(2.5), clip=False),
    "mmdeploy": by_softmax(clip=True),
    "levels": by_level(),
    "qdq_int8": in_int8(),
    "tiny_ssd": red_square(),
}
TOLERANCE = dict.fromkeys(EXPECTED, (1e-5, 2e-4)) | {"tiny_ssd": (1e-5, 0.16)}
"""Of scores, and of boxes in pixels; `tiny_ssd` stores anchors in steps of 1/255 and offsets in steps of 1/1270."""


def picture_for(name: str) -> NDArray[np.uint8]:
    if name != "qdq_int8":
        return scene.picture()
    drawn = np.full((300, 300, 3), 127, np.uint8)
    for (left, top, right, bottom), colour in ((QDQ_RED_AT, (255, 0, 0)), (QDQ_BLUE_AT, (0, 0, 255))):
        drawn[top:bottom, left:right] = colour
    return drawn


def found_in(picture: NDArray[np.uint8], model: TinyModel, worker: Worker) -> Detections:
    prepared = prepare(np.ascontiguousarray(picture), model.contract, worker.inputs[0])
    outputs = worker.run({worker.inputs[0].name: prepared.tensor})
    raw = real_values(by_role(outputs, model.roles), model.roles, worker.outputs)
    return detect(raw, Recipe(model.contract), prepared.placement)


@pytest.mark.parametrize(("name", "setting"), RUNS, ids=lambda value: str(value).replace(" ", "-"))
def test_what_is_found_is_what_is_there(name: str, setting: Setting) -> None:
    expected = EXPECTED[name]
    with TINY[name].worker(setting) as worker:
        found = found_in(picture_for(name), TINY[name], worker)
    assert found.class_ids.tolist() == [class_id for class_id, _, _ in expected]
    scores, boxes = TOLERANCE[name]
    np.testing.assert_allclose(found.scores, [score for _, score, _ in expected], rtol=0, atol=scores)
    np.testing.assert_allclose(found.boxes, [corners for _, _, corners in expected], rtol=0, atol=boxes)


@pytest.mark.parametrize("name", TINY)
def test_what_is_found_depends_on_the_picture(name: str) -> None:
    model, drawn = TINY[name], picture_for(name)
    with model.worker(SETTINGS[model.format][0]) as worker:
        assert len(found_in(np.full_like(drawn, 128), model, worker)) == 0
        here = found_in(drawn, model, worker)
        # Blue for red, upside down, and left for right.
        for changed in (drawn[:, :, ::-1], drawn[::-1], drawn[:, ::-1]):
            assert found_in(changed, model, worker).boxes.tolist() != here.boxes.tolist()


def test_rows_that_the_operator_does_not_write_are_zeros() -> None:
    """Else they would be what the memory held, and two equal runs would differ."""
    model = TINY["postprocess"]
    grey = np.full_like(scene.picture(), 128)
    for setting in (Setting("litert"), Setting("litert", "xnnpack")):
        with model.worker(setting) as worker:
            found_in(scene.picture(), model, worker)
            prepared = prepare(grey, model.contract, worker.inputs[0])
            outputs = worker.run({worker.inputs[0].name: prepared.tensor})
        assert not any(array.any() for array in outputs.values())


def test_all_of_them_are_small() -> None:
    files = [path for model in TINY.values() for path in (model.path, *model.companions)]
    assert {path.name for path in FOLDER.iterdir()} == {path.name for path in files}
    assert sum(path.stat().st_size for path in files) < 100_000


@pytest.mark.parametrize("name", TINY)
def test_the_files_are_what_their_scripts_write(name: str) -> None:
    oracle("onnx")
    openvino = oracle("openvino")
    built: dict[str, bytes] = import_module("tests.tiny_models.make").BUILDERS[name]()
    # An IR names the version that wrote it.
    version = openvino.get_version().encode()
    for file, content in built.items():
        stored = (FOLDER / file).read_bytes()
        if file.endswith(".xml") and version not in stored:
            pytest.skip(f"{file} was written by another version of OpenVINO.")
        assert content == stored, f"{file} differs; write it anew with `python -m tests.tiny_models.make`"
