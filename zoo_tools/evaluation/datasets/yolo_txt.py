"""YOLO's annotations: a text for each picture, a line for each object: class, centre x, centre y, width, height.

The four are fractions of the picture. Names come from `data.yaml` or `classes.txt`; a picture without a text holds
nothing.
"""

import math
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from zoo_tools.errors import BrokenFileError
from zoo_tools.evaluation.datasets.pictures import in_folder, picture_size
from zoo_tools.evaluation.labelled import LabelledPicture, LabelledSet, truth_of

_FIX = "mend the annotation"


def read_yolo(path: Path) -> LabelledSet:
    """Read a folder: texts in `labels`, pictures in `images` (or beside the texts), names in `data.yaml`.

    Raises:
        BrokenFileError: an annotation is damaged, or there are no names.
    """
    names = _names(path)
    images = path / "images"
    pictures = []
    for file in in_folder(images if images.is_dir() else path):
        below = file.relative_to(images if images.is_dir() else path)
        size = picture_size(file)
        boxes, class_ids = _objects((path / "labels" / below).with_suffix(".txt"), size, classes=len(names))
        pictures.append(LabelledPicture(below.as_posix(), file, size, truth_of(boxes, class_ids)))
    known = {Path(picture.name).with_suffix("") for picture in pictures}
    for text in sorted((path / "labels").rglob("*.txt")):
        if text.name != "classes.txt" and text.relative_to(path / "labels").with_suffix("") not in known:
            raise _wrong(text, "it has no picture")
    return LabelledSet(names, pictures)


def _objects(text: Path, size: tuple[int, int], *, classes: int) -> tuple[list[list[float]], list[int]]:
    boxes, class_ids = [], []
    for number, line in enumerate(_lines(text) if text.is_file() else [], start=1):
        if not line.strip():
            continue
        words = line.split()
        try:
            class_id, (x, y, width, height) = int(words[0]), map(float, words[1:5])
        except (ValueError, IndexError):
            raise _wrong(text, f"line {number} is not `class x y width height`") from None
        if not 0 <= class_id < classes:
            raise _wrong(text, f"line {number} is of class {class_id}; there are names for 0 to {classes - 1}")
        if not all(math.isfinite(value) and -0.001 <= value <= 1.001 for value in (x, y, width, height)):
            raise _wrong(text, f"line {number} has values out of 0 to 1; they are fractions of the picture")
        across, down = size
        boxes.append(
            [(x - width / 2) * across, (y - height / 2) * down, (x + width / 2) * across, (y + height / 2) * down]
        )
        class_ids.append(class_id)
    return boxes, class_ids


def _lines(text: Path) -> list[str]:
    try:
        return text.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(text, f"it cannot be read: {error}") from error


def _names(path: Path) -> list[str]:
    for file in (path / "classes.txt", path / "labels" / "classes.txt"):
        if file.is_file():
            return [line.strip() for line in _lines(file) if line.strip()]
    for file in sorted(path.glob("*.yaml")):
        try:
            tree = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
        except (YAMLError, OSError, UnicodeDecodeError) as error:
            raise _wrong(file, f"it cannot be read as YAML: {error}") from error
        match tree:
            case {"names": list(names)}:
                return [str(name) for name in names]
            case {"names": dict(names)}:
                return [str(names[key]) for key in sorted(names)]
    raise BrokenFileError(
        f"{path} names no classes", fix="add `classes.txt` with a name on each line, or `data.yaml` with `names:`"
    )


def _wrong(file: Path, what: str) -> BrokenFileError:
    return BrokenFileError(f"{file.name} is no YOLO annotation: {what}", fix=_FIX)
