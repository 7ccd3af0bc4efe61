"""A file that an artifact is nothing without is proven like the artifact: its size, its digest, that it is there."""

from hashlib import sha256

import pytest

from tests.checks.tiny_zoo import Zoo
from zoo_tools.domain.findings import Status

IR, WEIGHTS = "tiny.xml", "tiny.bin"
SUBJECT = "tiny_ssd/16/ir"

_ARTIFACT = """
  - id: ir
    release: v1
    format: openvino-ir
    precision: {{weights: float32, activations: float32}}
    urls: ["https://models.example.org/v1/tiny.xml"]
    sha256: "{ir_sha256}"
    size: {ir_size}
    companions:
    - {{name: tiny.bin, urls: ["https://models.example.org/v1/tiny.bin"], sha256: "{bin_sha256}", size: {bin_size}}}
"""


@pytest.fixture
def with_ir(zoo: Zoo) -> Zoo:
    """The zoo with an artifact of two files; the bytes need not be a model at these levels."""
    ir, weights = b'<?xml version="1.0"?>\n<net name="tiny" version="11"></net>\n', bytes(range(64))
    zoo.store(IR, ir)
    zoo.store(WEIGHTS, weights)
    text = _ARTIFACT.format(
        ir_sha256=sha256(ir).hexdigest(), ir_size=len(ir), bin_sha256=sha256(weights).hexdigest(), bin_size=64
    )
    zoo.edit("\n  - id: float\n", f"{text}  - id: float\n")
    return zoo


def test_both_files_are_hashed_and_measured(with_ir: Zoo) -> None:
    report = with_ir.validate(SUBJECT, level="files").report
    assert report.statuses("file-size", under=SUBJECT) == {Status.PASSED}
    assert report.statuses("file-hash", under=SUBJECT) == {Status.PASSED}


def test_other_bytes_of_a_companion_are_found_on_its_line(with_ir: Zoo) -> None:
    (path,) = with_ir.mirror.glob(f"*/{WEIGHTS}")
    path.write_bytes(bytes(64))
    report = with_ir.validate(SUBJECT, level="files").report
    (finding,) = [one for outcome in report.of("file-hash", under=SUBJECT) for one in outcome.findings]
    line = with_ir.manifest.read_text(encoding="utf-8").split("\n")[finding.location.line - 1]
    assert "name: tiny.bin" in line
    assert line[finding.location.column - 1 :].startswith(f'"{path.parent.name}"')


def test_a_wrong_size_of_a_companion_is_found_on_its_line(with_ir: Zoo) -> None:
    with_ir.edit(", size: 64}", ", size: 65}")
    report = with_ir.validate(SUBJECT, level="files").report
    (finding,) = [one for outcome in report.of("file-size", under=SUBJECT) for one in outcome.findings]
    line = with_ir.manifest.read_text(encoding="utf-8").split("\n")[finding.location.line - 1]
    assert line[finding.location.column - 1 :] == "65}"


def test_a_companion_that_nobody_has_is_3(with_ir: Zoo) -> None:
    (path,) = with_ir.mirror.glob(f"*/{WEIGHTS}")
    path.unlink()
    called = with_ir.validate(SUBJECT, level="files")
    assert called.code == 3
    (outcome,) = called.report.of("file-size", under=SUBJECT)
    assert "tiny.bin could not be fetched" in (outcome.reason or "")
