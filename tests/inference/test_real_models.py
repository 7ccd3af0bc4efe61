"""Real files, real runtime: the digests and detections of an independent decoder, for every model and picture.

The oracle was recorded with LiteRT 2.3.0 on an x86-64 machine. Its raw digests are of XNNPACK; of the built-in kernels
it holds the detections scoring 0.4 or more.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

from tests.inference.contracts import ROLES, ST_CONTRACT
from zoo_tools.domain.golden import Tolerance
from zoo_tools.domain.settings import Delegate
from zoo_tools.errors import ModelRunError
from zoo_tools.evaluation.agreement import differences, disagreements
from zoo_tools.inference.detections import Detections, from_golden, to_golden
from zoo_tools.inference.image import read_image
from zoo_tools.inference.mutations import MUTATIONS
from zoo_tools.inference.pipeline import Recipe, by_role, decode, detect, prepare, real_values
from zoo_tools.inference.worker import Worker

MODELS = [
    "st_ssd_mobilenet_v1_025_192", "st_ssd_mobilenet_v1_025_224", "st_ssd_mobilenet_v1_025_256",
    "ssd_mobilenet_v2_fpnlite_035_192", "ssd_mobilenet_v2_fpnlite_035_224", "ssd_mobilenet_v2_fpnlite_035_256",
    "ssd_mobilenet_v2_fpnlite_035_416",
]  # fmt: skip


class Found(TypedDict):
    cls: int
    score: float
    box_xyxy: list[float]
    anchor: int


class Case(TypedDict):
    image: str
    image_sha256: str
    image_size_wh: list[int]
    input_tensor_sha256: str
    raw_sha256: dict[str, str]
    detections_ge_0_4: list[Found]
    top20_gt_0_001: list[Found]
    n_gt_0_001: int
    without_xnnpack_ge_0_4: list[Found]


class Oracle(TypedDict):
    sha256: str
    images: list[Case]


def oracle_of(shared: Path, model: str) -> Oracle:
    oracle: Oracle = json.loads((shared / "golden" / f"{model}_int8.tflite.json").read_text(encoding="utf-8"))
    return oracle


def worker_of(mirror: Path, digest: str, delegate: Delegate = "none") -> Worker:
    (file,) = (mirror / digest).iterdir()
    return Worker(file, sha256=digest, delegate=delegate)


def picture_of(mirror: Path, case: Case) -> np.ndarray:
    (file,) = (mirror / case["image_sha256"]).iterdir()
    return read_image(file)


def assert_found(found: Detections, expected: list[Found], case: Case) -> None:
    """Same classes, scores to 1e-6 and boxes to 1e-5 of the picture, in the same order."""
    assert found.class_ids.tolist() == [one["cls"] for one in expected]
    np.testing.assert_allclose(found.scores, [one["score"] for one in expected], rtol=0, atol=1e-6)
    boxes = np.array([one["box_xyxy"] for one in expected]).reshape(-1, 4)
    np.testing.assert_allclose(found.boxes / (case["image_size_wh"] * 2), boxes, rtol=0, atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("delegate", ["none", "xnnpack"])
def test_detections_are_those_of_the_oracle(shared: Path, mirror: Path, model: str, delegate: Delegate) -> None:
    oracle = oracle_of(shared, model)
    with worker_of(mirror, oracle["sha256"], delegate) as worker:
        assert worker.environment.delegate == delegate
        for case in oracle["images"]:
            prepared = prepare(picture_of(mirror, case), ST_CONTRACT, worker.inputs[0])
            assert sha256(prepared.tensor.tobytes()).hexdigest() == case["input_tensor_sha256"]
            raw = by_role(worker.run({worker.inputs[0].name: prepared.tensor}), ROLES)
            found = detect(real_values(raw, ROLES, worker.outputs), Recipe(ST_CONTRACT), prepared.placement)
            strong = found[found.scores >= 0.4]
            if delegate == "none":
                assert_found(strong, case["without_xnnpack_ge_0_4"], case)
                continue
            assert_found(strong, case["detections_ge_0_4"], case)
            assert_found(found[:20], case["top20_gt_0_001"], case)
            assert len(found) == case["n_gt_0_001"]
            if str(worker.environment).startswith("litert 2.3.0, xnnpack, x86-64-"):
                digests = {role: sha256(array.tobytes()).hexdigest() for role, array in raw.items()}
                assert digests == case["raw_sha256"]


@pytest.mark.parametrize("delegate", ["none", "xnnpack"])
def test_equal_inputs_give_equal_bits_whatever_ran_between(shared: Path, mirror: Path, delegate: Delegate) -> None:
    oracle = oracle_of(shared, MODELS[0])
    with worker_of(mirror, oracle["sha256"], delegate) as one, worker_of(mirror, oracle["sha256"], delegate) as other:
        name = one.inputs[0].name
        pictures = [prepare(picture_of(mirror, case), ST_CONTRACT, one.inputs[0]) for case in oracle["images"][:2]]
        runs = [
            {role: array.tobytes() for role, array in worker.run({name: pictures[which].tensor}).items()}
            for worker, which in ((one, 0), (one, 1), (one, 0), (other, 0))
        ]
    assert runs[0] == runs[2] == runs[3]
    assert runs[0] != runs[1]


def test_a_recorded_run_is_found_again_and_mistakes_are_noticed(shared: Path, mirror: Path) -> None:
    oracle = oracle_of(shared, MODELS[0])
    case = oracle["images"][0]
    with worker_of(mirror, oracle["sha256"]) as worker:
        picture, right = picture_of(mirror, case), Recipe(ST_CONTRACT)

        def run(recipe: Recipe) -> Detections:
            prepared = prepare(picture, recipe.contract, worker.inputs[0])
            raw = by_role(worker.run({worker.inputs[0].name: prepared.tensor}), ROLES)
            return detect(raw, recipe, prepared.placement)

        recorded = from_golden(to_golden(run(right), ["person", "background"]))
        assert differences(recorded, run(right)) == []
        caught = {
            name for name, mutate in MUTATIONS.items() if disagreements(recorded, run(mutate(right)), Tolerance())
        }
        unequal = {name for name, mutate in MUTATIONS.items() if differences(recorded, run(mutate(right)))}
    gross = {"yx-order", "roles-swapped", "background-column", "centre-variance-coder", "letterbox-not-undone"}
    assert gross <= caught
    assert unequal == set(MUTATIONS)


def test_decoded_boxes_of_a_real_model_are_plausible(shared: Path, mirror: Path) -> None:
    oracle = oracle_of(shared, MODELS[0])
    with worker_of(mirror, oracle["sha256"]) as worker:
        prepared = prepare(picture_of(mirror, oracle["images"][0]), ST_CONTRACT, worker.inputs[0])
        raw = by_role(worker.run({worker.inputs[0].name: prepared.tensor}), ROLES)
        decoded = decode(raw, Recipe(ST_CONTRACT), prepared.placement)
    assert decoded.boxes.shape == (3830, 4)
    assert decoded.boxes.min() >= -0.5
    assert decoded.boxes.max() <= 1.5


def test_a_cut_or_changed_file_is_one_sentence(shared: Path, mirror: Path, tmp_path: Path) -> None:
    digest = oracle_of(shared, MODELS[0])["sha256"]
    (file,) = (mirror / digest).iterdir()
    content = file.read_bytes()
    for damaged in (content[:1000], content[: len(content) // 2], content[:-1], b"not a model", b""):
        model = tmp_path / "damaged.tflite"
        model.write_bytes(damaged)
        worker = Worker(model, sha256=sha256(damaged).hexdigest())
        with pytest.raises(ModelRunError, match=r"^`damaged\.tflite` is refused by litert: [^\n]+\.$"), worker:
            pass
