"""PASCAL VOC's annotations: one XML text for each picture, boxes as xmin, ymin, xmax, ymax counted from 1.

Both ends of a box belong to it: xmin 1 and xmax 1 is one pixel. Here boxes count from 0 and end behind their last
pixel's beginning as the annotation writes it minus one, so that VOC's +1 in widths gives VOC's areas.
"""

import math
from pathlib import Path
from xml.etree import ElementTree

from zoo_tools.errors import BrokenFileError
from zoo_tools.evaluation.datasets.pictures import find_picture, picture_size
from zoo_tools.evaluation.labelled import LabelledPicture, LabelledSet, truth_of

_FIX = "mend the annotation"
_MAX_BYTES = 1 << 20


def read_voc(path: Path) -> LabelledSet:
    """Read a folder: annotations in `Annotations` (or in itself), pictures in `JPEGImages`, `images` or beside them.

    Classes are the names that occur, in alphabetical order.

    Raises:
        BrokenFileError: an annotation is damaged, or a picture is missing.
    """
    folder = next((one for one in (path / "Annotations", path / "annotations") if one.is_dir()), path)
    read = [(file, _objects(file)) for file in sorted(folder.glob("*.xml"))]
    names = sorted({name for _, (_, objects) in read for name, _, _ in objects})
    places = {name: i for i, name in enumerate(names)}
    pictures = []
    for file, (filename, objects) in read:
        picture = find_picture(filename, folder, at=file.name)
        truth = truth_of(
            [box for _, box, _ in objects],
            [places[name] for name, _, _ in objects],
            is_difficult=[is_difficult for _, _, is_difficult in objects],
        )
        pictures.append(LabelledPicture(picture.name, picture, picture_size(picture), truth))
    return LabelledSet(names, pictures)


def _objects(file: Path) -> tuple[str, list[tuple[str, list[float], bool]]]:
    """Return the picture's file name and its objects: name, box, whether difficult."""
    tree = _tree(file)
    objects = []
    for i, item in enumerate(tree.findall("object")):
        name = (item.findtext("name") or "").strip()
        if not name:
            raise _wrong(file, f"object {i + 1} has no name")
        try:
            box = [float(item.findtext(f"bndbox/{key}") or "") - 1 for key in ("xmin", "ymin", "xmax", "ymax")]
        except ValueError:
            raise _wrong(file, f"object {i + 1} ({name}) has no bndbox of four numbers") from None
        if not all(map(math.isfinite, box)):
            raise _wrong(file, f"object {i + 1} ({name}) has no bndbox of four numbers")
        if box[2] < box[0] or box[3] < box[1]:
            raise _wrong(file, f"object {i + 1} ({name}) ends before it begins")
        objects.append((name, box, (item.findtext("difficult") or "0").strip() == "1"))
    return (tree.findtext("filename") or file.stem).strip(), objects


def _tree(file: Path) -> ElementTree.Element:
    try:
        data = file.read_bytes()
        # Entities are what XML texts attack with; annotations have none.
        # A zero byte is that of UTF-16, in which the words would be spelt otherwise.
        if len(data) > _MAX_BYTES or any(word in data for word in (b"<!DOCTYPE", b"<!ENTITY", b"\0")):
            raise _wrong(file, "it declares entities, is not UTF-8, or is larger than 1 MiB")
        return ElementTree.fromstring(data)  # noqa: S314  (no DTD gets here)
    except (OSError, ElementTree.ParseError, ValueError) as error:
        raise _wrong(file, f"it cannot be read as XML: {error}") from error


def _wrong(file: Path, what: str) -> BrokenFileError:
    return BrokenFileError(f"{file.name} is no VOC annotation: {what}", fix=_FIX)
