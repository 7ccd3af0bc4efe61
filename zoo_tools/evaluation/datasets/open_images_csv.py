"""Open Images' annotations: one CSV, a row for each box: ImageID, LabelName, XMin, XMax, YMin, YMax as fractions.

`IsGroupOf` boxes stand for many objects and count as COCO's crowds do. Labels are machine ids such as /m/01g317 unless
a `class-descriptions*.csv` beside the file gives their names.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from zoo_tools.errors import BrokenFileError
from zoo_tools.evaluation.datasets.pictures import find_picture, picture_size
from zoo_tools.evaluation.labelled import LabelledPicture, LabelledSet, truth_of

_COLUMNS = ("ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax")
_FIX = "mend the annotation file"


def read_open_images(path: Path) -> LabelledSet:
    """Read an annotation file; pictures lie beside it or in `images`, named by their id.

    Raises:
        BrokenFileError: it is not of that form, or a picture is missing.
    """
    names_of = _descriptions(path.parent)
    of_picture: dict[str, list[tuple[str, list[float], bool]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise _wrong(path, f"it has no column {', '.join(missing)}")
            for row in rows:
                of_picture.setdefault(row["ImageID"] or "", []).append(_box(path, row, rows.line_num, names_of))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, f"it cannot be read: {error}") from error
    names = sorted({name for boxes in of_picture.values() for name, _, _ in boxes})
    places = {name: i for i, name in enumerate(names)}
    pictures = [_picture(path, name, boxes, places) for name, boxes in sorted(of_picture.items())]
    return LabelledSet(names, pictures)


def _box(path: Path, row: Mapping[str, str], line: int, names_of: Mapping[str, str]) -> tuple[str, list[float], bool]:
    try:
        box = [float(row[key]) for key in ("XMin", "YMin", "XMax", "YMax")]
    except (TypeError, ValueError):
        raise _wrong(path, f"line {line} has a box that is no four numbers") from None
    if not (-0.001 <= box[0] <= box[2] <= 1.001 and -0.001 <= box[1] <= box[3] <= 1.001):
        raise _wrong(path, f"line {line} has a box out of 0 to 1, or one that ends before it begins")
    return names_of.get(row["LabelName"], row["LabelName"]), box, row.get("IsGroupOf") == "1"


def _picture(
    path: Path, name: str, boxes: list[tuple[str, list[float], bool]], places: Mapping[str, int]
) -> LabelledPicture:
    file = find_picture(name, path.parent, at=path.name)
    across, down = size = picture_size(file)
    truth = truth_of(
        [[box[0] * across, box[1] * down, box[2] * across, box[3] * down] for _, box, _ in boxes],
        [places[label] for label, _, _ in boxes],
        is_crowd=[is_group for _, _, is_group in boxes],
    )
    return LabelledPicture(name, file, size, truth)


def _descriptions(folder: Path) -> dict[str, str]:
    for file in sorted(folder.glob("class-descriptions*.csv")):
        try:
            with file.open(encoding="utf-8", newline="") as rows:
                return {row[0]: row[1] for row in csv.reader(rows) if len(row) > 1}
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise _wrong(file, f"it cannot be read: {error}") from error
    return {}


def _wrong(path: Path, what: str) -> BrokenFileError:
    return BrokenFileError(f"{path.name} is no Open Images annotation file: {what}", fix=_FIX)
