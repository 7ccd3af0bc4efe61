"""The whole registry against the real files: eleven detectors are run by every engine that reads them.

What stays unrun is named: files of 8 to 80 MB that are not at hand here, unpinned ones, and Keras files, which are read
and have no engine.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.real_zoo import REGISTRY
from tests.cli.invoke import Called, Report, call_process
from tests.conftest import oracle
from zoo_tools.domain.findings import Status
from zoo_tools.domain.manifest import Artifact
from zoo_tools.domain.settings import SETTINGS, Setting
from zoo_tools.registry.load import load_registry

FACES = "ultralight_face_slim_320"
RAW, DECODED = f"{FACES}/slim_320/onnx-raw", f"{FACES}/slim_320/onnx"


def artifacts() -> Iterator[tuple[str, Artifact]]:
    """Yield every artifact with the name of its subject."""
    for id_, entry in load_registry(REGISTRY).models.items():
        for variant in entry.value.variants:
            for artifact in variant.artifacts:
                yield f"{id_}/{variant.id}/{artifact.id}", artifact


RUN = {
    name: artifact
    for name, artifact in artifacts()
    if artifact.sha256 is not None and artifact.tensors is not None and artifact.format in SETTINGS
}
FAR = {name: artifact for name, artifact in artifacts() if artifact.sha256 and name.startswith("ssd_mobilenetv2_pt/")}
KERAS = {name: artifact for name, artifact in artifacts() if artifact.sha256 and artifact.format == "keras-h5"}


def validate(mirror: Path, *words: str, registry: Path = REGISTRY) -> Called:
    """Run `validate` as a user does."""
    return call_process(
        "validate", *words, "--level", "run", "--registry", registry, "--mirror", mirror, "--offline", timeout=600
    )


@pytest.fixture(scope="module")
def whole(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Called, Report]:
    """The run over everything, as text and as data."""
    for engine in ("onnxruntime", "openvino", "torch"):
        oracle(engine)
    file = tmp_path_factory.mktemp("whole") / "report.json"
    called = validate(mirror, "--allow-unavailable", "--format", "text", "--format", f"json={file}")
    return called, Report(json.loads(file.read_text(encoding="utf-8")))


def settings_of(report: Report, name: str) -> set[Setting]:
    """Return what an artifact's outcomes say they were found with."""
    engines = engines_of(report, name)
    return {setting for setting in SETTINGS[RUN[name].format] if any(_is_of(engine, setting) for engine in engines)}


def engines_of(report: Report, name: str) -> set[str]:
    return {one.engine for one in report.outcomes if one.engine and re.split("[@#]", one.subject)[0] == name}


def _is_of(engine: str, setting: Setting) -> bool:
    delegate = "no delegate" if setting.delegate == "none" else setting.delegate
    return engine.startswith(f"{setting.engine} ") and f", {delegate}, " in engine


def test_nothing_is_wrong_and_all_that_is_at_hand_was_run(whole: tuple[Called, Report]) -> None:
    called, report = whole
    assert called.code == 0, called.out[-2000:]
    assert called.err == ""
    assert report.errors == []
    assert not report.with_status(Status.CRASHED) | report.with_status(Status.UNAVAILABLE)
    formats = sorted(artifact.format for name, artifact in RUN.items() if name not in FAR and artifact.path is None)
    assert formats == ["onnx"] * 3 + ["tflite"] * 7 + ["torch-pth"]


@pytest.mark.parametrize("name", sorted(RUN))
def test_each_file_is_run_by_every_engine_that_reads_it(whole: tuple[Called, Report], name: str) -> None:
    _, report = whole
    assert settings_of(report, name) == set(SETTINGS[RUN[name].format])
    detected = report.of("golden-detections", under=f"{name}@")
    assert len(detected) >= 3
    assert {one.status for one in detected} == {Status.PASSED}
    if len(SETTINGS[RUN[name].format]) > 1:
        assert report.statuses("engines-agree", under=name) == {Status.PASSED}
    for check in ("file-hash", "io-after-invoke", "roles-proven", "boxes-finite", "golden-sensitive"):
        assert report.statuses(check, under=name) == {Status.PASSED}, check


def test_what_could_not_be_checked_is_counted_and_named(whole: tuple[Called, Report]) -> None:
    called, report = whole
    text = " ".join(called.out.split())
    assert (len(FAR), len(KERAS)) == (6, 3)
    for name, artifact in FAR.items():
        (outcome,) = report.of("file-size", under=name)
        assert outcome.status is Status.SKIPPED
        assert "that is allowed" in (outcome.reason or "")
        assert artifact.filename in text
    listed = text.partition(" Artifacts ")[2]
    held = [name for name, artifact in RUN.items() if artifact.path is not None]
    assert listed.startswith(f"{11 + len(held)} run ")
    assert f"6 not run: their files are not at hand {', '.join(FAR)}" in listed
    assert f"3 not run: keras-h5 files are inspected only: nothing here runs them {', '.join(KERAS)}" in listed
    unpinned = [name for name, artifact in artifacts() if artifact.unpinned]
    assert f"{len(unpinned)} not run: unpinned, their bytes were never seen {unpinned[0]}, " in listed
    summary = report.tree["summary"]
    assert isinstance(summary, dict)
    assert f"{summary['passed']} passed" in text
    assert f"{summary['skipped']} skipped" in text


def test_keras_files_are_read_and_not_run(whole: tuple[Called, Report]) -> None:
    _, report = whole
    for name in KERAS:
        for check in ("file-hash", "file-kind", "parameters", "macs"):
            assert report.statuses(check, under=name) == {Status.PASSED}, check
        assert report.statuses("roles-proven", under=name) == {Status.SKIPPED}
        assert engines_of(report, name) == set()


def test_without_leave_the_files_that_are_not_at_hand_make_it_a_three(mirror: Path) -> None:
    called = validate(mirror, "ssd_mobilenetv2_pt", "--format", "json")
    assert called.code == 3
    report = called.report
    assert report.errors == []
    assert {one.subject for one in report.outcomes if one.status is Status.UNAVAILABLE} == set(FAR)


def test_the_two_exports_decode_alike(whole: tuple[Called, Report]) -> None:
    _, report = whole
    assert report.statuses("decoder-oracle", under=DECODED) == {Status.PASSED}


def exchanged(folder: Path, *, of: str, for_: str) -> Path:
    """Copy the registry, and give one ONNX file the address, digest and size of the other."""
    registry = folder / "registry"
    shutil.copytree(REGISTRY, registry)
    manifest = registry / "models" / FACES / "manifest.yaml"
    text = manifest.read_text(encoding="utf-8")
    mine, other = RUN[of], RUN[for_]
    digests = str(mine.sha256), str(other.sha256)
    for old, new in ((mine.urls[0], other.urls[0]), digests, (f"size: {mine.size}", f"size: {other.size}")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    manifest.write_text(text, encoding="utf-8")
    # Its recordings are made to fit, as somebody might who exchanges the file: then only a run can tell.
    for path in (manifest.parent / "golden").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace(*digests), encoding="utf-8")
    return registry


@pytest.mark.parametrize(
    ("of", "for_", "said"),
    [
        (RAW, DECODED, r"`boxes` is called offsets, and all 4420 rows of every picture are boxes (decoded )?already"),
        (DECODED, RAW, r"`boxes` is called boxes, and [0-9]+% of its rows have x2 < x1 or y2 < y1; these are offsets"),
    ],
    ids=["raw is the decoded file", "decoded is the raw file"],
)
def test_an_exchanged_file_is_found_wrong_and_the_message_says_how(
    mirror: Path, tmp_path: Path, of: str, for_: str, said: str
) -> None:
    oracle("onnxruntime")
    called = validate(mirror, of, "--format", "json", registry=exchanged(tmp_path, of=of, for_=for_))
    assert called.code == 1
    errors = [one for one in called.report.errors if one.check == "roles-proven"]
    assert any(re.match(said, one.message) for one in errors), [one.message for one in errors]
    assert "golden-detections" in called.report.with_status(Status.FAILED)
