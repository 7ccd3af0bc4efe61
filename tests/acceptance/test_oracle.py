"""The registry's recordings of ST's models are what an independent decoder found with the same runtimes.

The oracle was recorded with LiteRT 2.3.0 and ONNX Runtime 1.31.1 on an x86-64 machine. Of the TFLite files it holds
what was found without a delegate, as the recordings do, down to a score of 0.4; of the ONNX file the best twenty as
well. There it ran a graph optimised to the full, and the recordings one optimised a little: that costs 2e-6 of a score.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

from tests.registry_data.catches import REGISTRY
from zoo_tools.domain.golden import Golden, GoldenDetection
from zoo_tools.domain.manifest import Artifact, GoldenCase
from zoo_tools.registry.golden import read_golden
from zoo_tools.registry.load import load_registry


class Found(TypedDict):
    cls: int
    score: float
    box_xyxy: list[float]


class Case(TypedDict):
    image: str
    image_sha256: str
    image_size_wh: list[int]
    without_xnnpack_ge_0_4: list[Found]
    raw_sha256: dict[str, str]
    detections_ge_0_4: list[Found]
    top20_gt_0_001: list[Found]
    n_gt_0_001: int


FAMILIES = ("st_ssd_mobilenet_v1", "ssd_mobilenet_v2_fpnlite")
ONNX = "st_ssd_mobilenet_v1_025_256.onnx"


def recorded() -> list[tuple[Path, Artifact, GoldenCase]]:
    models = load_registry(REGISTRY).models
    return [
        (models[family].path.parent / case.file, artifact, case)
        for family in FAMILIES
        for variant in models[family].value.variants
        for case in variant.golden
        for artifact in variant.artifacts
        if artifact.id == case.artifact
    ]


RECORDED = recorded()


def oracle_case(shared: Path, artifact: Artifact, golden: Golden) -> Case:
    path = shared / "golden" / f"{artifact.filename}.json"
    tree = json.loads(path.read_text(encoding="utf-8"))
    assert tree["sha256"] == artifact.sha256
    (case,) = [case for case in tree["images"] if case["image_sha256"] == golden.image_sha256]
    found: Case = case
    return found


def assert_same(
    detections: Sequence[GoldenDetection], expected: Sequence[Found], case: Case, *, score: float = 1e-6
) -> None:
    """Same classes, scores to 1e-6 or as said, and boxes to 1e-5 of the picture, in the same order."""
    assert [one.class_id for one in detections] == [one["cls"] for one in expected]
    scores = [float(one.score) for one in detections]
    np.testing.assert_allclose(scores, [one["score"] for one in expected], rtol=0, atol=score)
    boxes = np.array([[float(corner) for corner in one.box] for one in detections]).reshape(-1, 4)
    wanted = np.array([one["box_xyxy"] for one in expected]).reshape(-1, 4)
    np.testing.assert_allclose(boxes / (case["image_size_wh"] * 2), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("path", "artifact", "case"), RECORDED, ids=[path.stem for path, _, _ in RECORDED])
def test_a_recording_holds_what_the_oracle_found(
    shared: Path, path: Path, artifact: Artifact, case: GoldenCase
) -> None:
    golden = read_golden(path)
    oracle = oracle_case(shared, artifact, golden)
    strong = [one for one in golden.detections if float(one.score) >= 0.4]
    if artifact.format == "onnx":
        assert_same(strong, oracle["detections_ge_0_4"], oracle, score=2e-6)
        assert_same(golden.detections[:20], oracle["top20_gt_0_001"], oracle, score=2e-6)
        assert len(golden.detections) == oracle["n_gt_0_001"]
        assert golden.environment.engine == "onnxruntime"
        assert golden.raw_sha256["anchors"] == oracle["raw_sha256"]["anchors"]
    else:
        assert_same(strong, oracle["without_xnnpack_ge_0_4"], oracle)
        assert golden.environment.delegate == "none"


def test_every_model_of_the_oracle_that_can_be_run_is_recorded(shared: Path) -> None:
    run = {path.name.removesuffix(".json") for path in (shared / "golden").iterdir() if ".h5" not in path.name}
    assert {artifact.filename for _, artifact, _ in RECORDED} == run
    assert len(run) == 8


def test_the_onnx_file_finds_what_the_float_network_finds(shared: Path) -> None:
    """The sample's weights are those of the Keras file at 256: boxes to 1e-5, and scores to 2e-6."""
    onnx, keras = (
        json.loads((shared / "golden" / name).read_text(encoding="utf-8"))["images"]
        for name in (f"{ONNX}.json", ONNX.replace(".onnx", ".h5.json"))
    )
    for one, other in zip(onnx, keras, strict=True):
        assert one["image"] == other["image"]
        assert one["raw_sha256"]["anchors"] == other["raw_sha256"]["anchors"]
        for mine, theirs in zip(one["top20_gt_0_001"], other["top20_gt_0_001"], strict=True):
            np.testing.assert_allclose(mine["score"], theirs["score"], rtol=0, atol=2e-6)
            np.testing.assert_allclose(mine["box_xyxy"], theirs["box_xyxy"], rtol=0, atol=1e-5)
