"""`predict`: what is found is printed, drawn where it is asked for, and nothing of a user's is written over."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.checks.tiny_zoo import SUBJECT, Zoo, squares
from zoo_tools.inference.drawing import COLOURS


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """The picture of the tiny zoo, beside another one."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (48, 32), (128, 128, 128)).save(folder / "grey.bmp")
    (folder / "squares.png").write_bytes(squares())
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder / "squares.png"


def refused(zoo: Zoo, *arguments: str | Path) -> str:
    called = zoo.call("predict", SUBJECT, *arguments)
    assert (called.code, called.out) == (2, ""), called.err
    assert "Traceback" not in called.err
    return " ".join(called.err.split())


def test_a_table_of_what_is_found(built: Zoo, picture: Path) -> None:
    called = built.call("predict", SUBJECT, picture)
    assert called.code == 0
    title, heading, *rows = called.out.splitlines()
    assert title == "squares.png: 3 of a score of 0.5 or more, 12 below"
    assert heading.split() == ["label", "score", "x1", "y1", "x2", "y2"]
    # A red cell of 12 x 8 pixels is found with a tenth more on every side, clipped at the picture's edge.
    assert [row.split()[:3] for row in rows] == [["red", "square", "0.996"]] * 3
    assert rows[0].split()[3:] == ["0.0", "0.0", "13.3", "8.8"]
    assert called.err.startswith(f"{SUBJECT} by litert ")


def test_json_has_every_detection(built: Zoo, picture: Path) -> None:
    called = built.call("predict", SUBJECT, picture, picture.parent / "grey.bmp", "--json")
    first, second = (json.loads(line) for line in called.out.splitlines())
    assert first["picture"] == picture.as_posix()
    assert len(first["detections"]) == 15
    best = first["detections"][0]
    assert (best["label"], best["class_id"]) == ("red square", 0)
    assert best["score"] == pytest.approx(0.996, abs=1e-3)
    assert best["box"] == pytest.approx([0, 0, 13.2, 8.8], abs=0.1)
    assert second["picture"].endswith("grey.bmp")


def test_a_folder_is_all_its_pictures(built: Zoo, picture: Path) -> None:
    called = built.call("predict", SUBJECT, picture.parent, "--score", "0.9")
    titles = [line for line in called.out.splitlines() if " of a score of " in line]
    assert [title.partition(":")[0] for title in titles] == ["grey.bmp", "squares.png"]


def test_a_drawing(built: Zoo, picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "drawn.png"
    assert built.call("predict", SUBJECT, picture, "-o", target).code == 0
    with Image.open(target) as drawing:
        pixels = np.asarray(drawing.convert("RGB"))
    # A small picture is enlarged ten times; the best box ends at 13.2, 8.8.
    assert pixels.shape == (320, 480, 3)
    assert pixels[60, 131].tolist() == list(COLOURS[0])
    assert pixels[87, 100].tolist() == list(COLOURS[0])
    assert pixels[310, 470].tolist() != list(COLOURS[0])


def test_drawings_of_a_folder_may_be_drawn_again(built: Zoo, picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "drawn"
    for _ in range(2):
        assert built.call("predict", SUBJECT, picture.parent, "-o", target).code == 0
        assert sorted(path.name for path in target.iterdir()) == ["grey.png", "squares.png"]


def test_pictures_of_one_name_are_told_apart(built: Zoo, picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "squares.bmp"
    other.parent.mkdir()
    Image.new("RGB", (48, 32)).save(other)
    assert built.call("predict", SUBJECT, picture, other, "-o", tmp_path / "drawn").code == 0
    drawn = sorted(path.name for path in (tmp_path / "drawn").iterdir())
    assert drawn == ["0000_squares.png", "0001_squares.png"]


def test_nothing_of_a_users_is_written_over(built: Zoo, picture: Path) -> None:
    before = picture.read_bytes()
    assert "was not drawn by this command" in refused(built, picture, "-o", picture.parent)
    assert "is the picture itself" in refused(built, picture, "-o", picture)
    assert picture.read_bytes() == before
    # Also where another picture of that name would be drawn over it.
    assert "was not drawn by this command" in refused(built, picture.parent, "-o", picture.parent)
    assert picture.read_bytes() == before


def test_where_a_drawing_cannot_go(built: Zoo, picture: Path, tmp_path: Path) -> None:
    assert "is one file, and there are 2 pictures" in refused(built, picture.parent, "-o", tmp_path / "a.png")
    assert "drawings are PNG or BMP, not .jpg" in refused(built, picture, "-o", tmp_path / "a.jpg").replace(
        "Dra", "dra"
    )


def test_a_folder_without_pictures(built: Zoo, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no picture" in refused(built, tmp_path / "empty")


def test_a_file_that_is_no_picture(built: Zoo, picture: Path) -> None:
    called = built.call("predict", SUBJECT, picture.parent / "notes.txt")
    assert (called.code, called.out) == (1, "")
    assert "Traceback" not in called.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--engine", "torch"), "are not run by torch"),
        (("--engine", "openvino", "--delegate", "xnnpack"), "are not run by openvino with xnnpack"),
    ],
)
def test_a_setting_that_the_format_has_not(built: Zoo, picture: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refused(built, picture, *words)


def test_a_delegate_may_be_named(built: Zoo, picture: Path) -> None:
    called = built.call("predict", SUBJECT, picture, "--delegate", "xnnpack")
    assert called.code == 0
    assert ", xnnpack, " in called.err
