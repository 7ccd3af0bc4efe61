"""`bench`: times of every engine, and a figure that a manifest takes as it is printed."""

import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo
from tests.cli.invoke import REPOSITORY, Called
from zoo_tools.domain.findings import Status
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.detector import Detector
from zoo_tools.inference.pipeline import Prepared
from zoo_tools.inference.timing import Times

FEW = ("--runs", "3", "--warmup", "1")
LITERT = ("--engine", "litert", "--delegate", "none")
DESCRIBED = ("series/host.yaml", "boards/host-x86-64.yaml", "tools/litert.yaml", "tools/openvino.yaml")


def describe_host(zoo: Zoo) -> None:
    """Take over what this repository's registry says of PCs and runtimes."""
    for name in DESCRIBED:
        shutil.copy(REPOSITORY / "registry" / name, zoo.registry / name)


def snippet(called: Called) -> str:
    return called.out[called.out.index("# `latencies` belongs") :]


def test_every_installed_engine_is_timed(built: Zoo) -> None:
    called = built.call("bench", SUBJECT, *FEW, "--json")
    assert called.code == 0, called.err
    tree = json.loads(called.out)
    first = tree["engines"][0]
    assert (first["engine"], first["delegate"]) == ("litert", "none")
    assert {"litert", "openvino"} >= {one["engine"] for one in tree["engines"]}
    for one in tree["engines"]:
        assert 0 < one["least_ms"] <= one["median_ms"] <= one["p90_ms"] < 60_000
        assert one["runs"] == 3
        assert one["peak_bytes"] > 10 << 20
    assert tree["input"] == "picture squares"
    assert tree["threads"] == 1
    assert tree["host"]["cpu"]


def test_what_is_printed_says_what_was_done(built: Zoo) -> None:
    called = built.call("bench", SUBJECT, *FEW, *LITERT)
    assert called.code == 0, called.err
    name, host, how, heading, row, *_ = called.out.splitlines()
    assert name == SUBJECT
    assert host.count(", ") >= 2
    assert how == "picture squares, 1 thread, 1 warm-up run"
    assert heading.split() == [
        "engine",
        "version",
        "delegate",
        "median",
        "ms",
        "p90",
        "ms",
        "min",
        "ms",
        "runs",
        "peak",
        "MiB",
    ]
    assert row.split()[0::2][:2] == ["litert", "none"]
    # The tiny zoo describes neither PCs nor LiteRT.
    assert "describes no board `host-" in called.err
    assert "describes no `litert " in called.err


def test_the_figure_is_valid_in_the_manifest(zoo: Zoo) -> None:
    describe_host(zoo)
    called = zoo.call("bench", SUBJECT, *FEW, *LITERT, "--board", "host-x86-64", "--by", "a test: `quoted`")
    assert called.code == 0, called.err
    assert called.err == ""
    text = snippet(called)
    tree = YAML(typ="safe").load(text)
    (latency,), ((evidence, measured),) = tree["latencies"], tree["evidence"].items()
    assert (latency["board"], latency["cores"], latency["evidence"]) == ("host-x86-64", 1, evidence)
    assert measured["command"] == (
        f"zoo_tools bench {SUBJECT} --engine litert --delegate none --threads 1 --runs 3 --warmup 1"
    )
    pasted = text.splitlines()
    at = pasted.index("evidence:")
    zoo.edit("  latencies:\n", "  latencies:\n" + "".join(f"  {line}\n" for line in pasted[2:at]))
    zoo.edit("\nevidence:\n", "\nevidence:\n" + "".join(f"{line}\n" for line in pasted[at + 1 :]))
    report = zoo.validate(level="static").report
    assert report.with_status(Status.FAILED) == set()
    # It is judged as a measurement: on other bytes it would not pass.
    zoo.edit(
        f"artifact_sha256: {measured['artifact_sha256']}\n    environment",
        f"artifact_sha256: {'0' * 64}\n    environment",
    )
    assert {one.check for one in zoo.validate(level="static").report.errors} == {"evidence-complete"}


def test_without_a_picture_it_is_noise(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/squares.png"):
        path.unlink()
    called = zoo.call("bench", SUBJECT, *FEW, *LITERT, "--json")
    assert called.code == 0, called.err
    assert json.loads(called.out)["input"] == "noise (no golden picture is at hand)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--engine", "onnxruntime"), "not run so.\n  → Choose one of litert, litert with xnnpack, openvino."),
        (("--engine", "openvino", "--delegate", "xnnpack"), "tflite files are not run so.\n"),
    ],
)  # fmt: skip
def test_a_setting_that_there_is_not(built: Zoo, options: tuple[str, ...], message: str) -> None:
    called = built.call("bench", SUBJECT, *options)
    assert (called.code, called.out) == (2, "")
    assert message in called.err


def test_a_model_that_fails_is_one_sentence(zoo: Zoo) -> None:
    zoo.swap(MODEL_FILE, Path(next(zoo.mirror.glob(f"*/{MODEL_FILE}"))).read_bytes()[:400])
    called = zoo.call("bench", SUBJECT, *FEW, *LITERT)
    assert (called.code, called.out) == (1, "")
    first, second = called.err.splitlines()
    assert first.startswith(f"zoo_tools: `{MODEL_FILE}` is refused by litert: ")
    assert second.startswith("  → Get the file again")


def test_one_engine_that_fails_leaves_the_others(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Detector.time

    def crash(self: Detector, prepared: Prepared, *, warmup: int, runs: int) -> Times:
        if self.environment.delegate == "xnnpack":
            raise ModelRunError("The worker timing `m` died of SIGSEGV after 1 s.")
        return whole(self, prepared, warmup=warmup, runs=runs)

    monkeypatch.setattr(Detector, "time", crash)
    called = built.call("bench", SUBJECT, *FEW, "--engine", "litert", "--json")
    assert called.code == 1
    assert called.err == "zoo_tools: The worker timing `m` died of SIGSEGV after 1 s.\n"
    assert [one["delegate"] for one in json.loads(called.out)["engines"]] == ["none"]
