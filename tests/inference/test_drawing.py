"""Boxes stand where they were found, in the colour of their class; labels are legible and cover no other label."""

import numpy as np
from numpy.typing import NDArray

from zoo_tools.inference.detections import Detections
from zoo_tools.inference.drawing import COLOURS, drawn

GREY = (90, 90, 90)
PICTURE = np.full((600, 800, 3), GREY, np.uint8)


def found(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Detections(table[:, :4].astype(np.float32), table[:, 4].astype(np.float32), table[:, 5].astype(np.int64))


def area(drawing: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (drawing == np.array(colour, np.uint8)).all(axis=2)
    return same


def test_a_box_stands_where_it_was_found() -> None:
    drawing = drawn(PICTURE, found((100, 200, 300, 400, 0.9, 0)), ["cat"], least=0.5)
    line = area(drawing, COLOURS[0])
    assert drawing.shape == PICTURE.shape
    for y, x in ((200, 250), (400, 250), (300, 100), (300, 300)):
        assert line[y, x]
    assert (drawing[230:370, 130:270] == GREY).all()
    rows, columns = np.nonzero(line[201:])
    assert (rows.max() + 201, columns.min(), columns.max()) == (400, 100, 300)
    # The label is above, in black, which is legible on orange.
    assert line[180:199, 101:150].any()
    assert area(drawing[180:200, 100:180], (0, 0, 0)).any()


def test_what_scores_less_is_not_drawn() -> None:
    rows = found((100, 200, 300, 400, 0.9, 0), (400, 200, 500, 400, 0.4, 1))
    assert not area(drawn(PICTURE, rows, ["cat", "dog"], least=0.5), COLOURS[1]).any()
    assert area(drawn(PICTURE, rows, ["cat", "dog"], least=0.4), COLOURS[1]).any()
    assert (drawn(PICTURE, found(), [], least=0) == PICTURE).all()


def test_the_picture_itself_stays_as_it_is() -> None:
    picture = PICTURE.copy()
    drawn(picture, found((100, 200, 300, 400, 0.9, 0)), ["cat"], least=0.5)
    assert (picture == PICTURE).all()


def test_the_better_box_lies_on_top() -> None:
    rows = found((100, 100, 300, 300, 0.9, 0), (200, 100, 400, 300, 0.8, 1))
    drawing = drawn(PICTURE, rows, ["cat", "dog"], least=0.5)
    assert tuple(drawing[300, 250]) == COLOURS[0]


def test_no_label_covers_another() -> None:
    # Two dozen boxes in one place: as many labels as find room, each whole; the best is the first.
    rows = found(*((300 + i, 300 + i, 500 + i, 500 + i, 0.99 - i / 100, i % 2) for i in range(24)))
    drawing = drawn(PICTURE, rows, ["a label", "another"], least=0.5)
    assert area(drawing[270:300, 300:340], COLOURS[0]).any()
    alone = drawn(PICTURE, found((300, 300, 500, 500, 0.99, 0)), ["a label"], least=0.5)
    assert (drawing[280:299, 301:360] == alone[280:299, 301:360]).all()


def test_a_label_at_the_edge_stays_in_the_picture() -> None:
    for box in ((0, 0, 60, 60), (770, 0, 799, 30), (770, 580, 799, 599), (0, 0, 799, 599)):
        drawing = drawn(PICTURE, found((*box, 0.9, 0)), ["a rather long label"], least=0.5)
        text = area(drawing, (0, 0, 0))
        assert text.any()
        rows, columns = np.nonzero(text)
        assert rows.min() > 0
        assert rows.max() < 599
        assert columns.min() > 0
        assert columns.max() < 799


def test_boxes_that_are_none_do_no_harm() -> None:
    rows = found(
        (float("nan"), 0, 5, 5, 0.9, 0), (300, 300, 100, 100, 0.8, 0), (-50, -50, 2000, 2000, 0.7, 1),
        (float("inf"), 0, 1, 1, 0.6, 0), (400, 400, 400, 400, 0.5, 9),
    )  # fmt: skip
    drawing = drawn(PICTURE, rows, ["cat", "dog"], least=0)
    assert area(drawing, COLOURS[0])[200, 100]
    assert area(drawing, COLOURS[1])[599, 400]
    assert area(drawing, COLOURS[9 % len(COLOURS)]).any()


def test_a_small_picture_is_enlarged_by_a_whole_number() -> None:
    small = np.zeros((30, 40, 3), np.uint8)
    drawing = drawn(small, found((10, 10, 20, 20, 0.9, 2)), ["a", "b", "c"], least=0.5)
    assert drawing.shape == (360, 480, 3)
    line = area(drawing, COLOURS[2])
    assert line[180, 120]
    assert line[240, 200]
