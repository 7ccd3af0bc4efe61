"""Checkpoints through the torch engine: what fits its network runs, in a worker; what does not is one sentence."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import REPOSITORY, oracle
from tests.inference.reference_networks import outputs, picture, shapes, state
from tests.modelfile.checkpoints import CONTAINERS, saved
from zoo_tools.errors import BrokenFileError, ModelRunError
from zoo_tools.inference.engines import EngineMissingError, ModelBytes, RefusedError, Session, load_engine
from zoo_tools.inference.pipeline import Decoded, Recipe, by_role, decode, detect, prepare
from zoo_tools.inference.worker import Worker
from zoo_tools.modelfile.torch_checkpoint import read_checkpoint
from zoo_tools.registry.load import load_registry

torch = oracle("torch")

SLIM = "ultralight-face-slim-320"
WEIGHTS = state(SLIM, 1)


def worker(content: bytes, network: str, folder: Path) -> Worker:
    """Return a worker for a checkpoint."""
    path = folder / "weights.pth"
    path.write_bytes(content)
    return Worker(path, sha256=sha256(content).hexdigest(), format="torch-pth", engine="torch", network=network)


def refusal(content: bytes, network: str | None = SLIM, *, format: str = "torch-pth", delegate: str = "none") -> str:
    """Return why the engine does not open a model."""
    engine = load_engine("torch")
    with pytest.raises((RefusedError, BrokenFileError)) as raised:
        engine.open(ModelBytes(format, content, network=network), delegate=delegate)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def opened(content: bytes, network: str = SLIM) -> Session:
    """Open a checkpoint in this process."""
    return load_engine("torch").open(ModelBytes("torch-pth", content, network=network), delegate="none")


def test_a_checkpoint_of_mmdetection_becomes_boxes(tmp_path: Path) -> None:
    """As that project publishes: the old container, meta and state_dict; read by the registry's own contract."""
    content = saved({"meta": {"epoch": 120}, "state_dict": dict(state("mmdet-ssd300"))}, "legacy")
    contract = load_registry(REPOSITORY / "registry").models["mmdet_ssd"].value.contracts["ssd300"]
    with worker(content, "mmdet-ssd300", tmp_path) as child:
        assert [str(one) for one in child.inputs] == ["`image` float32 (1, 3, 300, 300)"]
        given = child.run({"image": picture((1, 3, 300, 300))})
        assert str(child.environment).startswith(f"torch {torch.__version__}, no delegate, ")
    assert list(given) == [one.name for one in child.outputs] == list(outputs("mmdet-ssd300"))
    for name, exact in outputs("mmdet-ssd300").items():
        np.testing.assert_allclose(np.asarray(given[name], np.float32), exact, atol=1e-4 * np.abs(exact).max())

    roles = {f"scores.{level}": f"cls_score.{level}" for level in range(6)}
    roles |= {f"offsets.{level}": f"bbox_pred.{level}" for level in range(6)}
    prepared = prepare(np.zeros((200, 400, 3), np.uint8), contract, child.inputs[0])
    decoded = decode(by_role(given, roles), Recipe(contract), prepared.placement)
    assert isinstance(decoded, Decoded)
    assert decoded.boxes.shape == (8732, 4)
    assert decoded.scores.shape == (8732, 80)
    assert np.isfinite(decoded.boxes).all()
    assert ((decoded.scores >= 0) & (decoded.scores <= 1)).all()
    found = detect(by_role(given, roles), Recipe(contract), prepared.placement)
    assert 0 < len(found.boxes) <= 200
    assert ((found.boxes >= 0) & (found.boxes <= [400, 200, 400, 200])).all()


def test_two_runs_give_equal_bits() -> None:
    session = opened(saved(dict(WEIGHTS), "archive"))
    feeds = {"input": picture((1, 3, 240, 320))}
    first, other, second = (session.run(one) for one in (feeds, {"input": -feeds["input"]}, feeds))
    assert [one.tobytes() for one in first.values()] == [one.tobytes() for one in second.values()]
    assert first["boxes"].tobytes() != other["boxes"].tobytes()


@cache
def expected() -> Mapping[str, NDArray[np.generic]]:
    """Run the slim network's weights as they are."""
    return opened(saved(dict(WEIGHTS), "archive")).run({"input": picture((1, 3, 240, 320))})


def test_the_outputs_are_those_of_float64_rounded() -> None:
    assert list(expected()) == ["scores", "boxes"]
    # What goes into the softmax is about as large as the offsets.
    near = 1e-5 * np.abs(outputs(SLIM, 1)["boxes"]).max()
    for name, exact in outputs(SLIM, 1).items():
        np.testing.assert_allclose(np.asarray(expected()[name], np.float32), exact, rtol=0, atol=near)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("form", ["bare", "state_dict", "meta", "parameters", "strided", "float64"])
def test_forms_of_one_checkpoint_give_equal_bits(container: str, form: str) -> None:
    forms: dict[str, object] = {
        "bare": dict(WEIGHTS),
        "state_dict": {"state_dict": dict(WEIGHTS)},
        "meta": {"meta": {"classes": ("face",)}, "state_dict": dict(WEIGHTS)},
        "parameters": {key: torch.nn.Parameter(one, requires_grad=False) for key, one in WEIGHTS.items()},
        "strided": {key: torch.stack([one, one], dim=-1)[..., 0] for key, one in WEIGHTS.items()},
        "float64": {key: torch.as_tensor(one).double() if "num" not in key else one for key, one in WEIGHTS.items()},
    }
    given = opened(saved(forms[form], container)).run({"input": picture((1, 3, 240, 320))})
    assert {name: one.tobytes() for name, one in given.items()} == {
        name: one.tobytes() for name, one in expected().items()
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"extras.0.0.bias": None}, "it lacks 1 of the network's 184 tensors: `extras.0.0.bias`"),
        ({"one": torch.zeros(1), "two": torch.zeros(1)}, "it has 2 that the network does not have: `one`, `two`"),
        ({"extras.0.0.bias": torch.zeros(3)},
         "it has 1 of another form: `extras.0.0.bias` is float32 (3) and should be float32 (64)"),
        ({"extras.0.0.bias": torch.zeros(64, dtype=torch.int8)},
         "it has 1 of another form: `extras.0.0.bias` is int8 (64) and should be float32 (64)"),
        ({"extras.0.0.bias": None, "a": torch.zeros(1)},
         "it lacks 1 of the network's 184 tensors: `extras.0.0.bias`; it has 1 that the network does not have: `a`"),
        (dict.fromkeys(sorted(WEIGHTS)[:5]),
         "it lacks 5 of the network's 184 tensors: `base_net.0.0.weight`, `base_net.0.1.bias`, "
         "`base_net.0.1.running_mean`, …"),
    ],
)  # fmt: skip
def test_weights_of_another_network_are_named(changes: Mapping[str, object], sentence: str) -> None:
    given = {key: one for key, one in {**WEIGHTS, **changes}.items() if one is not None}
    said = refusal(saved(given, "archive"))
    assert said == sentence


def test_names_of_before_the_change_are_told_from_wrong_ones() -> None:
    older = {"backbone.features.0.weight": torch.zeros(64, 3, 3, 3), "backbone.extra.0.weight": torch.zeros(256, 1, 1)}
    assert refusal(saved({"state_dict": older}, "legacy"), "mmdet-ssd300") == (
        "it has the names of MMDetection before 2.14, such as `backbone.extra.0.weight`; they should be the later ones "
        "(that project's upgrade_ssd_version.py renames them)"
    )


def test_a_network_for_other_classes_is_built_as_the_file_says() -> None:
    name = "mmdet-ssdlite-mobilenetv2"
    session = opened(saved(dict(state(name, 3)), "archive"), name)
    assert session.outputs[0].shape == (1, 6 * 4, 20, 20)
    assert len(shapes(name, 3)) == 480


@pytest.mark.parametrize(
    ("network", "format", "delegate", "sentence"),
    [
        (None, "torch-pth", "none", "a checkpoint needs a network, and none is named; known are mmdet-ssd300, "),
        (
            "yolo",
            "torch-pth",
            "none",
            "a checkpoint needs a network, and none is called yolo; known are mmdet-ssd300, ",
        ),
        (SLIM, "onnx", "none", "it does not read the format onnx; it reads torch-pth"),
        (SLIM, "torch-pth", "xnnpack", "it has no delegate xnnpack"),
    ],
)
def test_what_it_does_not_do_is_said(network: str | None, format: str, delegate: str, sentence: str) -> None:
    assert refusal(saved(dict(WEIGHTS), "archive"), network, format=format, delegate=delegate).startswith(sentence)


class Touches:
    """Would touch a file when unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.target}",)


def test_a_file_that_runs_code_runs_none(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    content = saved({"meta": Touches(target), "state_dict": dict(WEIGHTS)}, "legacy")
    with pytest.raises(ModelRunError) as raised, worker(content, SLIM, tmp_path):
        pass
    name = f"{os.system.__module__}.system"
    assert raised.value.message == f"`weights.pth` is refused by torch: it holds {name}: it would run code when loaded."
    assert not target.exists()


def test_pytorch_alone_would_refuse_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind our own reader stands `weights_only`: here the reader is blinded."""
    facts = read_checkpoint(saved(dict(WEIGHTS), "archive"))
    monkeypatch.setattr("zoo_tools.inference.engines.torch.read_checkpoint", lambda _: facts)
    target = tmp_path / "touched"
    content = saved({"meta": Touches(target), "state_dict": dict(WEIGHTS)}, "archive")
    assert refusal(content) == "it is not loaded with weights_only=True"
    assert not target.exists()


def test_an_old_pytorch_is_not_given_files_of_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.9.1+cpu")
    with pytest.raises(EngineMissingError, match=r"^torch 2\.9\.1\+cpu is installed; files of strangers need 2\.10 or"):
        load_engine("torch")


def test_a_missing_pytorch_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineMissingError, match=r"^torch is not installed$"):
        load_engine("torch")
