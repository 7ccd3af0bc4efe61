"""COCO's annotations: one JSON text with images, annotations and categories (cocodataset.org/#format-data).

Category ids are whatever the file says; class ids are the places of the categories in order of their ids.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from zoo_tools.errors import BrokenFileError
from zoo_tools.evaluation.datasets.pictures import find_picture
from zoo_tools.evaluation.labelled import LabelledPicture, LabelledSet, truth_of

_FIX = "mend the annotation file"
_LARGEST = 1e9
"""No number of a box is larger; JSON has numbers that are none, and integers that no float holds."""


def read_coco(path: Path) -> LabelledSet:
    """Read an annotation file; pictures lie beside it, or in a folder such as `images` or `val2017`.

    Raises:
        BrokenFileError: it is not of that form, or a picture is missing.
    """
    tree = _tree(path)
    categories = _categories(path, tree)
    of_picture: dict[int, list[Mapping[str, object]]] = {}
    images = _list(path, tree, "images")
    known = {_whole(path, image, "id", f"images[{i}]") for i, image in enumerate(images)}
    for i, annotation in enumerate(_list(path, tree, "annotations")):
        image = _whole(path, annotation, "image_id", f"annotations[{i}]")
        if image not in known:
            raise _wrong(path, f"annotations[{i}] is of image {image}, which `images` does not list")
        of_picture.setdefault(image, []).append(annotation)
    places = {category: i for i, category in enumerate(sorted(categories))}
    pictures = [
        _picture(path, image, of_picture.get(_whole(path, image, "id", f"images[{i}]"), []), places=places)
        for i, image in enumerate(images)
    ]
    return LabelledSet([categories[category] for category in sorted(categories)], pictures)


def _tree(path: Path) -> Mapping[str, object]:
    try:
        tree = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _wrong(path, f"it cannot be read as JSON: {error}") from error
    if not isinstance(tree, dict):
        raise _wrong(path, "it holds no JSON object")
    return tree


def _categories(path: Path, tree: Mapping[str, object]) -> dict[int, str]:
    categories = {}
    for i, category in enumerate(_list(path, tree, "categories")):
        name = category.get("name")
        if not isinstance(name, str):
            raise _wrong(path, f"categories[{i}] has no name")
        categories[_whole(path, category, "id", f"categories[{i}]")] = name
    return categories


def _picture(
    path: Path, image: Mapping[str, object], annotations: list[Mapping[str, object]], *, places: Mapping[int, int]
) -> LabelledPicture:
    name = image.get("file_name")
    if not isinstance(name, str):
        raise _wrong(path, f"image {image.get('id')} has no file_name")
    boxes, class_ids, areas, crowds = [], [], [], []
    for annotation in annotations:
        place = f"annotation {annotation.get('id')} of {name}"
        category = _whole(path, annotation, "category_id", place)
        if category not in places:
            raise _wrong(path, f"{place} is of category {category}, which `categories` does not list")
        x, y, width, height = _box(path, annotation, place)
        boxes.append([x, y, x + width, y + height])
        class_ids.append(places[category])
        area = annotation.get("area", width * height)
        if isinstance(area, (int, float)) and 0 <= area <= _LARGEST**2:
            areas.append(float(area))
        else:
            areas.append(width * height)
        crowds.append(bool(annotation.get("iscrowd", 0)))
    size = (_whole(path, image, "width", name), _whole(path, image, "height", name))
    file = find_picture(name, path.parent, at=path.name)
    return LabelledPicture(name, file, size, truth_of(boxes, class_ids, areas=areas, is_crowd=crowds))


def _box(path: Path, annotation: Mapping[str, object], place: str) -> tuple[float, float, float, float]:
    match annotation.get("bbox"):
        case [int() | float() as x, int() | float() as y, int() | float() as width, int() | float() as height] if (
            width >= 0 and height >= 0 and all(abs(value) <= _LARGEST for value in (x, y, width, height))
        ):
            return float(x), float(y), float(width), float(height)
    raise _wrong(path, f"{place} has no bbox of x, y, width, height")


def _list(path: Path, tree: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    value = tree.get(key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong(path, f"it has no list `{key}` of objects")
    return value


def _whole(path: Path, item: Mapping[str, object], key: str, place: str) -> int:
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(path, f"{place} has no whole number `{key}`")
    return value


def _wrong(path: Path, what: str) -> BrokenFileError:
    return BrokenFileError(f"{path.name} is no COCO annotation file: {what}", fix=_FIX)
