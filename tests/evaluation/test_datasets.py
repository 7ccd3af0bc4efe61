"""The same two labelled pictures in all four forms read alike; every fault is told with its file and place."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zoo_tools.domain.references import DatasetFormat
from zoo_tools.errors import BrokenFileError, UnavailableError, UsageError
from zoo_tools.evaluation.datasets import read_dataset
from zoo_tools.evaluation.labelled import LabelledSet

# One picture of 100 x 50 with a cat at (10, 5)-(30, 25) and a dog at (50, 0)-(100, 50), one of 40 x 80 with a cat.
SIZES = {"a": (100, 50), "b": (40, 80)}
BOXES = {"a": [("cat", (10, 5, 30, 25)), ("dog", (50, 0, 100, 50))], "b": [("cat", (0, 8, 40, 80))]}
NAMES = ["cat", "dog"]


def pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in SIZES.items():
        Image.new("RGB", size).save(folder / f"{name}.png")


def coco(root: Path) -> Path:
    pictures(root / "images")
    ids = {"cat": 17, "dog": 18}
    boxes = [(name, label, box) for name, rows in BOXES.items() for label, box in rows]
    tree = {
        "images": [
            {"id": i + 7, "file_name": f"{name}.png", "width": size[0], "height": size[1]}
            for i, (name, size) in enumerate(SIZES.items())
        ],
        "categories": [{"id": id_, "name": name} for name, id_ in ids.items()],
        "annotations": [
            {
                "id": i, "image_id": 7 + list(SIZES).index(name), "category_id": ids[label],
                "bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "iscrowd": 0,
            }
            for i, (name, label, (x1, y1, x2, y2)) in enumerate(boxes)
        ],
    }  # fmt: skip
    (root / "instances.json").write_text(json.dumps(tree))
    return root / "instances.json"


def voc(root: Path) -> Path:
    pictures(root / "JPEGImages")
    (root / "Annotations").mkdir()
    for name, rows in BOXES.items():
        objects = "".join(
            f"<object><name>{label}</name><difficult>0</difficult><bndbox><xmin>{x1 + 1}</xmin><ymin>{y1 + 1}</ymin>"
            f"<xmax>{x2 + 1}</xmax><ymax>{y2 + 1}</ymax></bndbox></object>"
            for label, (x1, y1, x2, y2) in rows
        )
        text = f"<annotation><filename>{name}.png</filename>{objects}</annotation>"
        (root / "Annotations" / f"{name}.xml").write_text(text)
    return root


def yolo(root: Path) -> Path:
    pictures(root / "images")
    (root / "labels").mkdir()
    for name, rows in BOXES.items():
        width, height = SIZES[name]
        lines = []
        for label, (x1, y1, x2, y2) in rows:
            centre, sides = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height), ((x2 - x1) / width, (y2 - y1) / height)
            lines.append(" ".join(map(str, (NAMES.index(label), *centre, *sides))))
        (root / "labels" / f"{name}.txt").write_text("\n".join(lines))
    (root / "data.yaml").write_text("names: [cat, dog]\n")
    return root


def open_images(root: Path) -> Path:
    pictures(root / "images")
    lines = ["ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf"]
    for name, rows in BOXES.items():
        width, height = SIZES[name]
        for label, (x1, y1, x2, y2) in rows:
            lines.append(f"{name},/m/{label},{x1 / width},{x2 / width},{y1 / height},{y2 / height},0")
    (root / "boxes.csv").write_text("\n".join(lines) + "\n")
    (root / "class-descriptions-boxable.csv").write_text("/m/cat,cat\n/m/dog,dog\n")
    return root / "boxes.csv"


FORMS = {"coco": coco, "voc": voc, "yolo": yolo, "open-images": open_images}


def check(found: LabelledSet) -> None:
    assert list(found.names) == NAMES
    assert [Path(picture.name).stem for picture in found.pictures] == ["a", "b"]
    for picture in found.pictures:
        rows = BOXES[Path(picture.name).stem]
        assert picture.size == SIZES[Path(picture.name).stem]
        assert [NAMES[i] for i in picture.truth.class_ids] == [label for label, _ in rows]
        np.testing.assert_allclose(picture.truth.boxes, [box for _, box in rows], atol=1e-9)
        assert picture.file.is_file()


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_read_alike(form: str, tmp_path: Path) -> None:
    check(read_dataset(FORMS[form](tmp_path)))


@pytest.mark.parametrize("form", ["coco", "voc", "yolo"])
def test_a_folder_tells_its_form(form: str, tmp_path: Path) -> None:
    FORMS[form](tmp_path)
    check(read_dataset(tmp_path))


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_picture_is_named(form: str, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    next(tmp_path.rglob("b.png")).unlink()
    with pytest.raises(BrokenFileError, match=r"b"):
        read_dataset(path)


def test_coco_crowds_areas_and_unknown_categories(tmp_path: Path) -> None:
    path = coco(tmp_path)
    tree = json.loads(path.read_text())
    tree["annotations"][0] |= {"iscrowd": 1, "area": 12.5}
    path.write_text(json.dumps(tree))
    truth = read_dataset(path).pictures[0].truth
    assert truth.is_crowd.tolist() == [True, False]
    assert truth.areas.tolist() == [12.5, 2500]
    tree["annotations"][1]["category_id"] = 99
    path.write_text(json.dumps(tree))
    with pytest.raises(BrokenFileError, match=r"annotation 1 of a\.png is of category 99, which `categories` does not"):
        read_dataset(path)


def test_voc_difficult_objects_are_kept_apart(tmp_path: Path) -> None:
    path = voc(tmp_path)
    file = tmp_path / "Annotations" / "a.xml"
    file.write_text(file.read_text().replace("<difficult>0", "<difficult>1", 1))
    assert read_dataset(path).pictures[0].truth.is_difficult.tolist() == [True, False]


def test_groups_of_open_images_are_crowds(tmp_path: Path) -> None:
    path = open_images(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:-1] + "1", *lines[2:]]))
    assert read_dataset(path).pictures[0].truth.is_crowd.tolist() == [True, False]


@pytest.mark.parametrize(
    ("form", "old", "new", "message"),
    [
        ("coco", '"bbox"', '"box"', r"annotation 0 of a\.png has no bbox of x, y, width, height"),
        ("coco", '"bbox": [10', '"bbox": [NaN', r"annotation 0 of a\.png has no bbox of x, y, width, height"),
        ("coco", '"bbox": [10', '"bbox": [1' + "0" * 400, r"annotation 0 of a\.png has no bbox"),
        ("coco", '"images"', '"pictures"', "it has no list `images` of objects"),
        ("coco", '"a.png"', '"../a.png"', r"the picture's name '\.\./a\.png' leads out of the data set"),
        ("open-images", "0.1,0.3", "0.1,3", "line 2 has a box out of 0 to 1"),
        ("open-images", "XMin", "Left", "it has no column XMin"),
    ],
)
def test_faults_are_named(form: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(BrokenFileError, match=message):
        read_dataset(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.5 0.5", "line 1 is not `class x y width height`"),
        ("\n7 .5 .5 .1 .1", "line 2 is of class 7; there are names for 0 to 1"),
        ("0 50 20 10 10", "line 1 has values out of 0 to 1; they are fractions of the picture"),
    ],
)
def test_yolo_faults_name_the_line(text: str, message: str, tmp_path: Path) -> None:
    path = yolo(tmp_path)
    (tmp_path / "labels" / "a.txt").write_text(text)
    with pytest.raises(BrokenFileError, match=message):
        read_dataset(path)


def test_xml_with_entities_is_refused(tmp_path: Path) -> None:
    path = voc(tmp_path)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><annotation><filename>&a;</filename></annotation>'
    (tmp_path / "Annotations" / "a.xml").write_text(bomb)
    with pytest.raises(BrokenFileError, match="it declares entities"):
        read_dataset(path)


def test_xml_that_spells_entities_otherwise_is_refused(tmp_path: Path) -> None:
    path = voc(tmp_path)
    bomb = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "aaaa">]><annotation>&a;</annotation>'
    (tmp_path / "Annotations" / "a.xml").write_text(bomb, encoding="utf-16")
    with pytest.raises(BrokenFileError, match="it declares entities, is not UTF-8"):
        read_dataset(path)


@pytest.mark.parametrize(
    ("form", "file", "known"),
    [
        ("coco", "instances.json", "coco-json"), ("voc", "Annotations/a.xml", "voc-xml"),
        ("yolo", "labels/a.txt", "yolo-txt"), ("yolo", "data.yaml", "yolo-txt"),
        ("open-images", "boxes.csv", "open-images-csv"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text_are_told(form: str, file: str, known: DatasetFormat, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    (tmp_path / file).write_bytes(b"\xff\xfe\x80ImageID,\n")
    with pytest.raises(BrokenFileError, match="cannot be read"):
        read_dataset(path, known)


def test_what_is_no_data_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no data set at"):
        read_dataset(tmp_path / "none")
    with pytest.raises(UsageError, match="holds no data set in a form known here"):
        read_dataset(tmp_path)


def test_labels_are_mapped_by_name(tmp_path: Path) -> None:
    found = read_dataset(coco(tmp_path)).for_labels(["person", "dog"])
    assert found.missing == ("person",)
    assert [picture.truth.class_ids.tolist() for picture in found.pictures] == [[1], []]
    with pytest.raises(ValueError, match="the data set labels cat, dog; the model tells apart car"):
        read_dataset(tmp_path / "instances.json").for_labels(["car"])
