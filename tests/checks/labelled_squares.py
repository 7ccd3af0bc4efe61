"""A labelled set for the tiny zoo, held in its registry, and what the tiny detector was measured to reach on it.

One to three squares a picture are red and labelled, up to three red and not labelled, up to three blue and labelled as
red, so that nobody finds them; one is blue and labelled so. The seed is one by which AP at IoU 0.5 is 35.8 %, which is
what the tiny card prints.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image

from tests.checks.tiny_zoo import BLUE, GREY, RED, SUBJECT, Zoo

PICTURES = 40
SEED = 126
FOLDER = "datasets/few-squares"

_DATASET = """\
id: {id}
title: A few squares
labels: squares
url: "https://example.org/squares"
licence: CC0-1.0
subset_of: squares
contents:
  format: coco-json
  folder: datasets/few-squares
  annotations: {{name: instances.json, sha256: "{annotations}"}}
  pictures:
{pictures}
"""
_PROTOCOL = """\
id: ap50-few-squares
title: AP at IoU 0.5 on a few squares
short: AP@0.5 few squares
metric: average-precision
dataset: few-squares
split: all
images: all of them
image_count: 40
iou: [0.5]
interpolation: 101 points of recall
matching: best overlap first
score_threshold: 0.001
nms_iou: 0.5
max_detections: 100
evaluator: {method: coco}
stands_for: ap50-squares
"""
_TOOL = """\
id: litert
title: LiteRT
vendor: Google
url: "https://example.org/litert"
versions:
- version: {version}
"""


def draw(folder: Path, seed: int = SEED) -> None:
    """Write pictures of 48 x 32 pixels and their annotations in COCO's form."""
    rng = np.random.Generator(np.random.PCG64(seed))
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    (folder / "images").mkdir(parents=True)
    for i in range(PICTURES):
        picture = np.full((32, 48, 3), GREY, np.uint8)
        right, wrong, missed = rng.integers(1, 4), *rng.integers(0, 4, 2)
        kinds = ["right"] * right + ["wrong"] * wrong + ["missed"] * missed + ["blue"]
        for kind, cell in zip(kinds, rng.permutation(16).tolist(), strict=False):
            x, y = 12 * (cell % 4), 8 * (cell // 4)
            picture[y : y + 8, x : x + 12] = RED if kind in ("right", "wrong") else BLUE
            if kind != "wrong":
                annotations.append({
                    "id": len(annotations) + 1, "image_id": i, "category_id": 7 if kind == "blue" else 3,
                    "bbox": [x, y, 12, 8], "area": 96, "iscrowd": 0,
                })  # fmt: skip
        images.append({"id": i, "file_name": f"{i:02}.png", "width": 48, "height": 32})
        Image.fromarray(picture).save(folder / "images" / f"{i:02}.png")
    categories = [{"id": 3, "name": "red square"}, {"id": 7, "name": "blue square"}]
    text = json.dumps({"images": images, "annotations": annotations, "categories": categories})
    (folder / "instances.json").write_text(text, encoding="utf-8")


def add_labelled(zoo: Zoo) -> None:
    """Add the set and its protocol, and the tiny detector's AP on it as the product's own command says it."""
    draw(zoo.registry / FOLDER)
    describe(zoo, "few-squares")
    (zoo.registry / "protocols" / "ap50-few-squares.yaml").write_text(_PROTOCOL, encoding="utf-8")
    called = zoo.call("evaluate", SUBJECT, "--protocol", "ap50-few-squares", "--figures")
    assert called.code == 0, called.err
    figures, _, evidence = called.out.replace("TODO", "a test").partition("evidence:\n")
    version = evidence.partition("tools: [litert ")[2].partition("]")[0]
    (zoo.registry / "tools" / "litert.yaml").write_text(_TOOL.format(version=version), encoding="utf-8")
    zoo.edit("\n  accuracy:\n", "\n" + figures)
    zoo.edit("\nevidence:\n", "\nevidence:\n" + evidence.rstrip("\n") + "\n")


def make_whole(zoo: Zoo) -> None:
    """Say that the few squares are all there are, so that the card's own figure can be measured again."""
    describe(zoo, "red-squares")
    protocol = "protocols/ap50-squares.yaml"
    zoo.edit("image_count: 100\n", f"image_count: {PICTURES}\nevaluator: {{method: coco}}\n", file=protocol)
    zoo.edit("artifact_sha256: unknown\n    reason: the card names no bytes\n", "artifact_sha256: same-revision\n")


def describe(zoo: Zoo, id_: str) -> None:
    """Write a dataset's file, with the digests of what was drawn."""
    folder = zoo.registry / FOLDER
    rows = [f'  - {{name: images/{path.name}, sha256: "{_digest(path)}"}}' for path in sorted(folder.glob("images/*"))]
    text = _DATASET.format(id=id_, annotations=_digest(folder / "instances.json"), pictures="\n".join(rows))
    (zoo.registry / "datasets" / f"{id_}.yaml").write_text(text, encoding="utf-8")


LABELLED: dict[str, Callable[[Zoo], None]] = {"few-squares": add_labelled, "whole-set": make_whole}
"""What examples add by name; the second behind the first."""


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
