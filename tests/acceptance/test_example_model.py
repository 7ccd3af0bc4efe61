"""The model that the registry holds itself proves its AP offline, and every wrong statement about it fails."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from examples.shapes_ssd.drawing import LABELS, draw_scene
from tests.cli.invoke import Report, call
from zoo_tools.domain.findings import Status
from zoo_tools.registry.load import load_registry

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
MODEL = "example_shapes_ssd"
INT8 = f"{MODEL}/shapes_96/int8"
MANIFEST = f"models/{MODEL}/manifest.yaml"
TFLITE = f"models/{MODEL}/files/shapes_ssd_int8.tflite"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A copy of the registry with no model but this one."""
    copy = tmp_path / "registry"
    shutil.copytree(REGISTRY, copy, ignore=lambda folder, names: others(Path(folder), names))
    return copy


def others(folder: Path, names: list[str]) -> list[str]:
    return [name for name in names if name != MODEL] if folder.name == "models" else []


def validated(registry: Path, subject: str) -> tuple[int, Report]:
    called = call("validate", subject, "--level", "accuracy", "--offline", "--format", "json", "--registry", registry)
    return called.code, called.report


def edit(registry: Path, file: str, old: str, new: str) -> None:
    path = registry / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_it_is_proven_without_a_network(registry: Path) -> None:
    code, report = validated(registry, MODEL)
    assert code == 0, [finding.message for finding in report.errors]
    assert report.statuses("mini-accuracy") == {Status.PASSED}
    # Three artifacts by two protocols, re-run on the spot.
    assert len(report.of("mini-accuracy")) == 6
    assert report.statuses("golden-detections", under=INT8) == {Status.PASSED}


def test_the_figures_are_worth_showing() -> None:
    entry = load_registry(REGISTRY).models[MODEL]
    variant = entry.value.variants[0]
    ap50 = {one.artifact: float(one.ap) for one in variant.accuracy if one.protocol == "coco-ap50-shapes"}
    assert ap50.keys() == {"onnx", "onnx-int8", "int8"}
    assert min(ap50.values()) >= 60
    for artifact in variant.artifacts:
        assert artifact.path is not None
        file = entry.path.parent / artifact.path
        assert file.stat().st_size < 300_000
        assert hashlib.sha256(file.read_bytes()).hexdigest() == artifact.sha256


def other_ap(registry: Path) -> None:
    text = (registry / MANIFEST).read_text(encoding="utf-8")
    (before, digits) = re.findall(r"(artifact: int8, +protocol: coco-ap50-shapes, +ap: )([\d.]+)", text)[0]
    changed = f"{float(digits) + 0.4:.2f}"
    (registry / MANIFEST).write_text(text.replace(before + digits, before + changed), encoding="utf-8")


def other_colour(registry: Path) -> None:
    edit(registry, MANIFEST, "layout: NHWC, colour: rgb", "layout: NHWC, colour: bgr")


def other_filter(registry: Path) -> None:
    edit(
        registry,
        MANIFEST,
        "filter: bilinear-opencv, coordinates: half-pixel",
        "filter: nearest, coordinates: half-pixel-floor",
    )


def other_byte(registry: Path) -> None:
    """Change a weight, and write the new sha256 everywhere: manifest, evidence and recordings."""
    content = bytearray((registry / TFLITE).read_bytes())
    old = hashlib.sha256(content).hexdigest()
    # The longest run of constant data is that of the widest 1 x 1 convolution.
    place = longest_constant(bytes(content))
    content[place : place + 64] = bytes(127 for _ in range(64))
    (registry / TFLITE).write_bytes(content)
    for path in (registry / "models" / MODEL).rglob("*"):
        if path.suffix in (".yaml", ".json"):
            path.write_text(path.read_text("utf-8").replace(old, hashlib.sha256(content).hexdigest()), "utf-8")


def longest_constant(content: bytes) -> int:
    import tflite  # noqa: PLC0415  (only this test reads the file itself)

    model = tflite.Model.GetRootAs(content, 0)
    buffers = [model.Buffers(i) for i in range(model.BuffersLength())]
    largest = max((buffer.DataAsNumpy() for buffer in buffers if buffer.DataLength()), key=len)
    return content.index(np.asarray(largest).tobytes())


def other_labels(registry: Path) -> None:
    edit(registry, "labels/shapes.yaml", "red disc, blue disc", "blue disc, red disc")


def other_variances(registry: Path) -> None:
    edit(registry, MANIFEST, "variances: [0.1, 0.2]", "variances: [0.1, 0.1]")


@pytest.mark.parametrize(
    ("change", "caught_by"),
    [
        pytest.param(other_ap, {"mini-accuracy"}, id="AP"),
        pytest.param(other_colour, {"golden-detections", "golden-current"}, id="colour order"),
        pytest.param(other_filter, {"golden-detections", "golden-current"}, id="filter"),
        pytest.param(other_byte, {"golden-detections"}, id="weights, sha256 updated"),
        pytest.param(other_labels, {"mini-accuracy"}, id="labels"),
        pytest.param(other_variances, {"golden-detections", "golden-current"}, id="variances"),
    ],
)
def test_what_is_wrong_fails(change: Callable[[Path], None], caught_by: set[str], registry: Path) -> None:
    change(registry)
    code, report = validated(registry, INT8)
    assert code == 1
    assert caught_by <= {error.check for error in report.errors}, {(e.check, e.message) for e in report.errors}


def test_the_pictures_are_those_that_are_drawn() -> None:
    """The validation set is what the script draws, as far as this machine's libraries draw alike."""
    folder = REGISTRY / "datasets" / "example-shapes-val"
    tree = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    assert [category["name"] for category in tree["categories"]] == list(LABELS)
    for seed in (0, 77, 199):
        scene = draw_scene(seed)
        kept = np.asarray(Image.open(folder / "images" / f"{seed:03}.png").convert("RGB"), np.int16)
        assert kept.shape == scene.picture.shape
        assert np.abs(kept - scene.picture).mean() < 2
        boxes = [a["bbox"] for a in tree["annotations"] if a["image_id"] == seed]
        drawn = [[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in (thing.box for thing in scene.things)]
        np.testing.assert_allclose(boxes, drawn, atol=0.5)
