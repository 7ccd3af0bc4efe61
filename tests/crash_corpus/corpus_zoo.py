"""A registry of hostile files: each is pinned by its own sha256 and size, and has the recordings of the sound file.

The recordings say what the sound file detects, and claim to be of the changed bytes: with the right digest in the
manifest nothing but a run can tell the two apart.
"""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image

from tests.checks.onnx_bytes import sibling
from tests.checks.tiny_zoo import BASE, squares
from tests.cli.invoke import Called, call
from tests.crash_corpus.sample import Sample
from tests.make_tflite import tiny_ssd

Recordings = Mapping[str, Mapping[str, dict[str, object]]]
"""Of the sound files, by format and picture."""

SOUND = {"tflite": tiny_ssd(), "onnx": sibling()}
"""What is changed: detectors of red squares that see the same."""


def _noise() -> bytes:
    """Draw a picture of the network's size in which every pixel counts."""
    content = io.BytesIO()
    pixels = np.random.default_rng(4).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


PICTURES = {"squares": squares(), "noise": _noise()}

_MOST_VARIANTS = 100
"""Of one model: manifests have a largest size."""

_SUFFIX = {"tflite": "tflite", "onnx": "onnx", "torch-pth": "pth", "keras-h5": "h5", "keras": "keras"}

_MODEL = """\
format: 1
id: {id}
title: Hostile files
status: {{state: active}}
version: 1.0.0
changelog:
- {{version: 1.0.0, date: 2026-11-20, text: The first one.}}
task: object-detection
summary: Files that nobody should open.
sources:
  upstream: "https://example.org/{id}"
  papers: []
licences:
  code: {{spdx: Apache-2.0}}
  weights: {{spdx: LicenseRef-Tiny, url: "https://example.org/licence"}}
  dataset: {{spdx: unknown, reason: nobody said}}
platforms: {{}}
evidence: {{}}
contracts:
  three-outputs:
    input: {{role: image, layout: {layout}, colour: rgb, range: [0, 255]}}
    preprocess:
      resize: {{mode: stretch, filter: nearest, coordinates: half-pixel-floor}}
      normalise: {{formula: x * a + b, a: 1/127.5, b: -1, in: {normalised}}}
    decode:
      type: anchor-tensor-corner-offsets
      scores: {{role: scores, activation: none, background: 0}}
      offsets: {{role: offsets, order: xyxy}}
      anchors: {{role: anchors, order: xyxy, units: normalised}}
      clip: true
    select: {{nms: class-wise, iou: 0.5, score: 0.001, max_detections: 100, ties: lower-anchor-first}}
variants:
"""

_VARIANT = """\
- id: "{id}"
  resolution: [16, 16, 3]
  dataset: red-squares
  labels: squares
  contract: three-outputs
  artifacts:
  - id: file
    release: v1
    format: {format}
    precision: {{weights: {precision}, activations: {precision}}}
    urls: ["https://models.example.org/v1/{file}"]
    sha256: "{sha256}"
    size: {size}
    contract: three-outputs{tensors}
"""

_TENSORS = {
    "tflite": """
    tensors:
      inputs:
      - role: image
        name: "serving_default_input_1:0"
        shape: [batch, 16, 16, 3]
        dtype: uint8
        quantisation: {scale: 0.007843137718737125, zero_point: 127}
      outputs:
      - {role: scores, name: "StatefulPartitionedCall:2", shape: [batch, 16, 2], dtype: float32}
      - {role: offsets, name: "StatefulPartitionedCall:1", shape: [batch, 16, 4], dtype: float32}
      - {role: anchors, name: "StatefulPartitionedCall:0", shape: [batch, 16, 4], dtype: float32}""",
    "onnx": """
    tensors:
      inputs:
      - {role: image, name: image, shape: [1, 3, 16, 16], dtype: float32}
      outputs:
      - {role: scores, name: scores, shape: [1, 16, 2], dtype: float32}
      - {role: offsets, name: offsets, shape: [1, 16, 4], dtype: float32}
      - {role: anchors, name: anchors, shape: [1, 16, 4], dtype: float32}""",
}

_GOLDEN = """\
  golden:
  - {{artifact: file, image: squares, file: golden/{id}-squares.json}}
  - {{artifact: file, image: noise, file: golden/{id}-noise.json}}
"""

_PICTURE = """\
id: {id}
title: A picture
filename: {id}.png
urls: ["https://models.example.org/{id}.png"]
sha256: "{sha256}"
size: {size}
width: {width}
height: {height}
licence: CC0-1.0
shows: What the sound files see detections in.
"""


@dataclass(frozen=True)
class HostileZoo:
    """A registry with a model for each format, and the mirror that holds its files."""

    registry: Path
    mirror: Path
    samples: Mapping[str, Sample]
    """By the name of their artifact."""

    def validate(self, *arguments: str) -> Called:
        """Validate everything by the public command, two at a time."""
        places = "--registry", self.registry, "--mirror", self.mirror, "--offline"
        return call("validate", "--level", "run", "--jobs", "2", "--format", "json", *places, *arguments)


def build(folder: Path, samples: Sequence[Sample], recordings: Recordings) -> HostileZoo:
    """Write the registry and the mirror.

    Args:
        folder: empty, or missing.
        samples: the files, each a variant of a model of its format.
        recordings: of the sound files.
    """
    registry, mirror = folder / "registry", folder / "mirror"
    _write_registry(registry, mirror)
    named: dict[str, Sample] = {}
    for format in dict.fromkeys(sample.format for sample in samples):
        own = [sample for sample in samples if sample.format == format]
        for first in range(0, len(own), _MOST_VARIANTS):
            model = f"{format.replace('-', '_')}_{first // _MOST_VARIANTS}"
            part = {f"{at:03}": sample for at, sample in enumerate(own[first : first + _MOST_VARIANTS], start=first)}
            _write_model(registry / "models" / model, mirror, format, {id_: one.content for id_, one in part.items()})
            for id_, sample in part.items():
                named[f"{model}/{id_}/file"] = sample
                for picture, recorded in recordings.get(format, {}).items():
                    claimed = {**recorded, "artifact_sha256": sha256(sample.content).hexdigest()}
                    path = registry / "models" / model / "golden" / f"{id_}-{picture}.json"
                    path.write_text(json.dumps(claimed), encoding="utf-8")
    return HostileZoo(registry, mirror, named)


def record(folder: Path) -> Recordings:
    """Record what the sound files detect, by the product's own command."""
    registry, mirror = folder / "registry", folder / "mirror"
    _write_registry(registry, mirror)
    for format, content in SOUND.items():
        _write_model(registry / "models" / format, mirror, format, {"sound": content})
        called = call("golden", "record", format, "--registry", registry, "--mirror", mirror, "--offline")
        assert called.code == 0, called.err
    return {
        format: {
            picture: json.loads((registry / "models" / format / "golden" / f"sound-{picture}.json").read_bytes())
            for picture in PICTURES
        }
        for format in SOUND
    }


def _write_registry(registry: Path, mirror: Path) -> None:
    shutil.copytree(BASE, registry, ignore=shutil.ignore_patterns("tiny_ssd", "images"))
    (registry / "images").mkdir()
    for id_, content in PICTURES.items():
        width, height = Image.open(io.BytesIO(content)).size
        digest, size = _store(mirror, f"{id_}.png", content), len(content)
        text = _PICTURE.format(id=id_, sha256=digest, size=size, width=width, height=height)
        (registry / "images" / f"{id_}.yaml").write_text(text, encoding="utf-8")


def _write_model(folder: Path, mirror: Path, format: str, contents: Mapping[str, bytes]) -> None:
    (folder / "golden").mkdir(parents=True)
    layout, normalised = ("NHWC", "quantisation") if format == "tflite" else ("NCHW", "host")
    text = _MODEL.format(id=folder.name, layout=layout, normalised=normalised)
    text += "".join(_variant(mirror, id_, format, content) for id_, content in contents.items())
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")


def _variant(mirror: Path, id_: str, format: str, content: bytes) -> str:
    file = f"{format}-{id_}.{_SUFFIX[format]}"
    digest = _store(mirror, file, content)
    text = _VARIANT.format(
        id=id_, format=format, precision="int8" if format == "tflite" else "float32", file=file, sha256=digest,
        size=len(content), tensors=_TENSORS.get(format, ""),
    )  # fmt: skip
    return text + (_GOLDEN.format(id=id_) if format in SOUND else "")


def _store(mirror: Path, name: str, content: bytes) -> str:
    digest = sha256(content).hexdigest()
    path = mirror / digest / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return digest
