"""Registries for the benchmarks of `fetch`: files of any sizes, each an artifact of a minimal manifest."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from zoo_tools.fetch import Wanted

ZOO = Path(__file__).resolve().parent.parent / "registry"
_TOGETHER = 50
"""Artifacts of one manifest."""

_CONTRACT = {
    "input": {"role": "image", "layout": "NHWC", "colour": "rgb", "range": [0, 255]},
    "preprocess": {
        "resize": {"mode": "stretch", "filter": "nearest", "coordinates": "half-pixel-floor"},
        "normalise": {"formula": "x * a + b", "a": "1/127.5", "b": -1, "in": "quantisation"},
    },
    "decode": {
        "type": "anchor-tensor-corner-offsets",
        "scores": {"role": "scores", "activation": "none", "background": 0},
        "offsets": {"role": "offsets", "order": "xyxy"},
        "anchors": {"role": "anchors", "order": "xyxy", "units": "normalised"},
        "clip": True,
    },
    "select": {"nms": "class-wise", "iou": 0.5, "score": 0.001, "max_detections": 100, "ties": "lower-anchor-first"},
}


def make_zoo(folder: Path, files: Sequence[Wanted]) -> None:
    """Write a registry that names these files and no others."""
    shutil.copytree(ZOO, folder, ignore=shutil.ignore_patterns("models", "schema"))
    for start in range(0, len(files), _TOGETHER):
        name = f"files_{start:04}"
        path = folder / "models" / name / "manifest.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(_manifest(name, files[start : start + _TOGETHER]), encoding="utf-8")


def _manifest(name: str, files: Sequence[Wanted]) -> str:
    """Write a manifest, block by block: JSON is YAML, and strings of it are too."""
    tree = {
        "format": 1,
        "id": name,
        "title": name,
        "status": {"state": "active"},
        "task": "object-detection",
        "summary": "Files to be timed.",
        "sources": {"upstream": "https://models.example", "papers": []},
        "licences": {kind: {"spdx": "CC0-1.0"} for kind in ("code", "weights", "dataset")},
        "platforms": {"stm32h7": "recommended"},
        "contracts": {"three-outputs": _CONTRACT},
        "evidence": {},
    }
    variant = {
        "id": "all",
        "resolution": [192, 192, 3],
        "dataset": "coco-2017-person",
        "labels": "person",
        "contract": "three-outputs",
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in tree.items()]
    lines += ["variants:", *(f"{'  ' if at else '- '}{key}: {json.dumps(value)}"
                             for at, (key, value) in enumerate(variant.items())), "  artifacts:"]  # fmt: skip
    return "\n".join([*lines, *map(_artifact, files)]) + "\n"


def _artifact(wanted: Wanted) -> str:
    tree = {
        "id": wanted.filename.removesuffix(".tflite"),
        "release": "v1",
        "format": "tflite",
        "precision": {"weights": "int8", "activations": "int8"},
        "urls": [f"https://models.example/{wanted.filename}"],
        "sha256": wanted.sha256,
        "size": wanted.size,
    }
    return "\n".join(
        f"  {'  ' if at else '- '}{key}: {json.dumps(value)}" for at, (key, value) in enumerate(tree.items())
    )
