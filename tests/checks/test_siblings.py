"""Checks of two artifacts: what is said where the other one is no good, and how long their runs are held."""

from pathlib import Path

import pytest

from tests.checks.more_formats import add_pair, add_sibling
from tests.checks.tiny_zoo import SUBJECT, Zoo
from tests.conftest import oracle
from zoo_tools.checks.context import Context
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.cli.options import make_fetcher
from zoo_tools.domain.findings import Status
from zoo_tools.domain.settings import Setting
from zoo_tools.registry.load import load_registry


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("flip", "float-onnx cannot be run: see its own checks"),
        ("tensors", "float-onnx cannot be run: see its own checks"),
        ("unpin", "no float artifact of its variant and release is run"),
    ],
)
def test_a_sibling_that_is_no_good_is_a_reason_to_skip(zoo: Zoo, spoil: str, reason: str) -> None:
    oracle("onnxruntime")
    add_sibling(zoo)
    (path,) = zoo.mirror.glob("*/tiny_float_onnx.onnx")
    match spoil:
        case "flip":
            path.write_bytes(path.read_bytes()[:-1] + b"x")
        case "tensors":
            zoo.edit("name: image, shape: [1, 3, 16, 16]", "name: picture, shape: [1, 3, 16, 16]")
            zoo.swap("tiny_float_onnx.onnx", path.read_bytes()[:600])
        case _:
            zoo.edit("release: v1\n    format: onnx", "release: v2\n    format: onnx")
    report = zoo.validate("tiny_ssd/16", "--engine", "litert", "--engine", "onnxruntime").report
    (outcome,) = report.of("precisions-agree")
    assert (outcome.subject, outcome.status, outcome.reason) == (SUBJECT, Status.SKIPPED, reason)
    assert not report.with_status(Status.CRASHED)


def test_a_missing_sibling_of_a_decoded_form_is_references_resolves_affair(zoo: Zoo) -> None:
    oracle("onnxruntime")
    add_pair(zoo)
    zoo.edit("decoded_form_of: raw", "decoded_form_of: rwa")
    report = zoo.validate("--engine", "onnxruntime").report
    (outcome,) = report.of("decoder-oracle")
    assert outcome.reason == "the artifact without decoding does not exist: see references-resolve"
    assert any("there is no artifact `rwa`" in one.message for one in report.errors)


def context_of(zoo: Zoo, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(folder / "cache"))
    registry = load_registry(zoo.registry)
    fetcher = make_fetcher(registry, [str(zoo.mirror)], offline=True, allow_hosts=[], progress=None)
    return Context(registry, registry.models["tiny_ssd"], "tiny_ssd", fetcher)


def subject(context: Context, name: str) -> ArtifactSubject:
    return next(one for one in context.artifacts if one.name == name)


def test_what_an_artifact_gave_is_let_go_of_when_it_was_asked_all(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = context_of(zoo, tmp_path, monkeypatch)
    one = subject(context, SUBJECT)
    seen = context.observation(one)
    context.observation(one, setting=Setting("litert", "xnnpack"))
    assert context.observation(one) is seen
    context.release(SUBJECT)
    ((_, setting), left) = next(iter(context._held.observations.items()))
    assert len(context._held.observations) == 1
    assert setting == Setting("litert")
    # A sibling may still be compared with it, on the right inputs: one picture and three probes.
    assert not isinstance(left, Exception)
    assert len(left.runs) == 4 < len(seen.runs)
    assert left.detections("squares").scores.tolist() == seen.detections("squares").scores.tolist()


def test_an_only_artifact_leaves_nothing(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    start, end = text.index("  - id: float\n"), text.index("  golden:\n")
    kept = [line for line in (text[:start] + text[end:]).split("\n") if "artifact: float" not in line]
    zoo.manifest.write_text("\n".join(kept), encoding="utf-8")
    context = context_of(zoo, tmp_path, monkeypatch)
    context.observation(subject(context, SUBJECT))
    context.release(SUBJECT)
    assert context._held.observations == {}
