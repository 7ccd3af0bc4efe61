"""A JSON report is read back as it was, and anything that is not wholly one is refused with a sentence."""

import json
import os
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.report.hostile import HOSTILE, is_inert, many, run_of
from tests.report.schemas import report_validator
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.errors import BrokenFileError
from zoo_tools.report import FORMATS
from zoo_tools.report.file_format import MAX_BYTES, parse_run, read_run, report_schema
from zoo_tools.report.json_report import json_report
from zoo_tools.report.run import Run

Tree = dict[str, object]
words = st.text(max_size=12) | st.sampled_from([text[:200] for text in HOSTILE])
whole_words = words.map(lambda text: text.encode("utf-8", "ignore").decode())
findings = st.builds(
    Finding,
    check=st.just("c"),
    severity=st.sampled_from(Severity),
    subject=st.just("s"),
    message=whole_words,
    fix=whole_words,
    location=st.builds(Location, whole_words, st.integers(0, 10**9), st.integers(0, 10**9)),
    waived=st.none() | whole_words,
    waived_until=st.none() | st.just("2026-12-31"),
)
outcomes = st.builds(
    Outcome,
    check=st.just("c"),
    level=st.sampled_from(["static", "files", "run", "accuracy"]),
    subject=st.just("s"),
    status=st.sampled_from(Status),
    findings=st.lists(findings, max_size=2),
    reason=st.none() | whole_words,
    engine=st.none() | whole_words,
    seconds=st.integers(0, 10**6).map(lambda thousandths: thousandths / 1000),
    is_cached=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(found=st.lists(outcomes, max_size=6))
def test_what_is_read_back_is_what_was_written(found: list[Outcome]) -> None:
    run = Run("run", found, 1.5, {"m": "0" * 64})
    again = parse_run(json_report(run).encode(), "r")
    assert again.parts == run.parts
    assert json_report(again) == json_report(run)
    assert again.is_read_back


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_every_key_comes_back_whatever_it_says(text: str) -> None:
    run = run_of(text)
    report = json_report(run)
    again = parse_run(report.encode(), "r")
    assert json_report(again) == report
    if "\ud800" not in text:
        assert (again.shard, again.selection, again.changes) == (run.shard, run.selection, run.changes)
    report_validator().validate(json.loads(report))


def spoilt(change: dict[str, object]) -> bytes:
    """Return a report with some of its keys changed; a dotted name leads to the first outcome."""
    tree = cast(Tree, json.loads(json_report(many(2))))
    for name, value in change.items():
        *path, last = name.split(".")
        place = tree
        for step in path:
            inner = place[step]
            place = cast(Tree, inner[0] if isinstance(inner, list) else inner)
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return json.dumps(tree).encode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format"),
        ({"tool": ...}, "tool"),
        ({"extra": 1}, "extra"),
        ({"level": "all"}, "level"),
        ({"exit_code": 2}, "exit_code"),
        ({"exit_code": 0}, "contradicts itself"),
        ({"summary.errors": 0}, "contradicts itself"),
        ({"summary.failed": True}, "summary.failed"),
        ({"seconds": "1"}, "seconds"),
        ({"seconds": -1}, "seconds"),
        ({"manifests": {"m": "0"}}, "manifests.m"),
        ({"outcomes": {}}, "outcomes"),
        ({"outcomes.status": "good"}, "outcomes.0.status"),
        ({"outcomes.subject": 1}, "outcomes.0.subject"),
        ({"outcomes.subject": "a" * 100_000}, "outcomes.0.subject"),
        ({"outcomes.cached": 1}, "outcomes.0.cached"),
        ({"outcomes.findings.line": -1}, "outcomes.0.findings.0.line"),
        ({"outcomes.findings.line": 1.5}, "outcomes.0.findings.0.line"),
        ({"outcomes.findings.severity": "fatal"}, "outcomes.0.findings.0.severity"),
        ({"shard": {"number": 1}}, "shard"),
        ({"changes": {"since": "a", "commit": "b", "models": [], "x": 1}}, "changes.x"),
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(BrokenFileError, match=said):
        parse_run(spoilt(change), "r")
    if "contradicts" not in said:
        assert list(report_validator().iter_errors(json.loads(spoilt(change)))), "the schema refuses it, too"


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"null", b"\xff\xfe", b'{"format": NaN}', b"[" * 100_000, b"{" * 9, b'{"format": 1}', b'"\\ud800"'],
    ids=lambda data: ascii(data)[:20],
)
def test_no_bytes_bring_it_down(data: bytes) -> None:
    with pytest.raises(BrokenFileError, match="r is not a report of zoo_tools validate") as caught:
        parse_run(data, "r")
    assert is_inert(caught.value.message)


def test_a_report_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="cannot be read: No such file"):
        read_run(tmp_path / "none.json")
    with (tmp_path / "large.json").open("wb") as stream:
        os.truncate(stream.fileno(), MAX_BYTES + 1)
    with pytest.raises(BrokenFileError, match="larger than 256 MiB"):
        read_run(tmp_path / "large.json")


def test_a_report_read_back_shows_no_line_of_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the password\n", encoding="utf-8")
    found = Finding("c", Severity.ERROR, "m", "x", "y", Location(str(secret), 1, 1))
    run = Run("static", [Outcome("c", "static", "m", Status.FAILED, [found])], 1.0)
    assert "the password" in FORMATS["text"](run)
    again = parse_run(json_report(run).encode(), "r")
    for name in FORMATS:
        assert "the password" not in FORMATS[name](again)


def test_the_published_schema_is_the_tools_own() -> None:
    """`zoo_tools schema report > docs/reference/report-1.json` writes it."""
    published = json.loads((REPOSITORY / "docs/reference/report-1.json").read_text(encoding="utf-8"))
    assert published == report_schema()
