"""Writes the validation set: `python -m examples.shapes_ssd.dataset`.

PNG files and COCO annotations into the registry, and the dataset's own file with the sha256 of each. The pictures are
what the registry pins: another version of numpy or Pillow may draw others from the same seeds.
"""

import argparse
import hashlib
import io
import json
from pathlib import Path

from PIL import Image

from examples.shapes_ssd.drawing import LABELS, draw_scene

ID = "example-shapes-val"
SEEDS = range(200)

_HEAD = f"""\
# yaml-language-server: $schema=../schema/dataset-1.json
id: {ID}
title: Drawn shapes, {len(SEEDS)} pictures
labels: shapes
made_by: examples/shapes_ssd/dataset.py
subset_of: example-shapes
licence: CC0-1.0, pictures and annotations
note: >-
  Drawn by examples/shapes_ssd/drawing.py from the seeds {SEEDS.start} to {SEEDS.stop - 1}: discs, squares and triangles
  on busy grounds, some half hidden. Discs of other colours, ellipses and lines are no objects.
contents:
  format: coco-json
  folder: datasets/{ID}
"""


def main() -> None:
    """Draw, annotate, hash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registry", type=Path, default=Path("registry"))
    folder = parser.parse_args().registry / "datasets" / ID
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    held = []
    for seed in SEEDS:
        scene = draw_scene(seed)
        height, width = scene.picture.shape[:2]
        name = f"{seed:03}.png"
        images.append({"id": seed, "file_name": name, "width": width, "height": height})
        for thing in scene.things:
            x1, y1, x2, y2 = thing.box
            annotations.append({
                "id": len(annotations) + 1, "image_id": seed, "category_id": thing.class_id + 1, "iscrowd": 0,
                "bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1),
            })  # fmt: skip
        picture = io.BytesIO()
        Image.fromarray(scene.picture).save(picture, "PNG", optimize=True)
        held.append((f"images/{name}", _write(folder / "images" / name, picture.getvalue())))
    categories = [{"id": i, "name": label} for i, label in enumerate(LABELS, start=1)]
    rows = ",\n".join(json.dumps(row) for row in annotations)
    text = (
        f'{{"images": {json.dumps(images)},\n"categories": {json.dumps(categories)},\n"annotations": [\n{rows}\n]}}\n'
    )
    digest = _write(folder / "instances.json", text.encode())
    lines = [f'  annotations: {{name: instances.json, sha256: "{digest}"}}', "  pictures:"]
    lines += [f'  - {{name: {name}, sha256: "{sha256}"}}' for name, sha256 in held]
    (folder.parent / f"{ID}.yaml").write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{folder}: {len(images)} pictures, {len(annotations)} objects")


def _write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
