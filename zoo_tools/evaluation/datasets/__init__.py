"""Labelled pictures in the four forms people keep them in; every fault names its file and place.

What lies at the path tells the form: a .json is COCO's, a folder of .xml VOC's, a folder with `labels/*.txt` YOLO's, a
.csv with the column ImageID that of Open Images.
"""

from collections.abc import Callable
from pathlib import Path

from zoo_tools.domain.references import DatasetFormat
from zoo_tools.errors import UnavailableError, UsageError
from zoo_tools.evaluation.datasets.coco_json import read_coco
from zoo_tools.evaluation.datasets.open_images_csv import read_open_images
from zoo_tools.evaluation.datasets.voc_xml import read_voc
from zoo_tools.evaluation.datasets.yolo_txt import read_yolo
from zoo_tools.evaluation.labelled import LabelledSet

READERS: dict[DatasetFormat, Callable[[Path], LabelledSet]] = {
    "coco-json": read_coco,
    "voc-xml": read_voc,
    "yolo-txt": read_yolo,
    "open-images-csv": read_open_images,
}
"""A reader for each form; it takes the annotation file, or the folder that holds the annotations."""


def read_dataset(path: Path, format: DatasetFormat | None = None) -> LabelledSet:
    """Read labelled pictures.

    Args:
        path: annotation file, or the folder of the set.
        format: its form, where what lies there does not tell.

    Raises:
        UnavailableError: there is nothing at the path.
        UsageError: it is none of the four forms.
        BrokenFileError: an annotation is damaged, or a picture is missing.
    """
    if not path.exists():
        raise UnavailableError(f"there is no data set at {path}", fix="check the path")
    found = (format, path) if format is not None else _form(path)
    if found is None:
        raise UsageError(
            f"{path} holds no data set in a form known here: {', '.join(READERS)}",
            fix="name the annotation file, or the folder that holds it",
        )
    return READERS[found[0]](found[1])


def _form(path: Path) -> tuple[DatasetFormat, Path] | None:
    """Tell the form of what lies at a path, and where its annotations are."""
    if path.is_file():
        by_ending: dict[str, DatasetFormat] = {".json": "coco-json", ".csv": "open-images-csv"}
        form = by_ending.get(path.suffix.lower())
        return None if form is None else (form, path)
    for folder in (path / "Annotations", path / "annotations", path):
        if folder.is_dir() and next(folder.glob("*.xml"), None) is not None:
            return "voc-xml", path
    if next((path / "labels").rglob("*.txt"), None) is not None:
        return "yolo-txt", path
    texts = [*sorted(path.glob("*.json")), *sorted(path.glob("annotations/*.json")), *sorted(path.glob("*.csv"))]
    if len(texts) != 1:
        return None
    return ("coco-json" if texts[0].suffix == ".json" else "open-images-csv"), texts[0]
