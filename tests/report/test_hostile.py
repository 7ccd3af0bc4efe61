"""In every format a stranger's text stays text: no command, no markup, no mention, within every limit."""

import gzip
import json
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml

from tests.report.hostile import HOSTILE, commands_in, is_inert, many, run_of
from tests.report.schemas import junit_schema, report_validator, sarif_validator
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import FORMATS
from zoo_tools.report.github import MOST_MESSAGE, MOST_OF_A_KIND
from zoo_tools.report.inert import inert
from zoo_tools.report.run import Run

ANNOTATIONS = {"error", "warning", "notice"}
texts = st.sampled_from(HOSTILE) | st.text(max_size=40) | st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join)


def check(name: str, run: Run) -> str:
    """Write a run in a format, and hold the report against what every reader of it may ask."""
    report = FORMATS[name](run)
    assert report.endswith("\n")
    assert is_inert(report)
    assert "##[" not in report
    commands = list(commands_in(report))
    if name == "github":
        assert {command.name for command in commands} <= ANNOTATIONS
        assert len(commands) == len(report.splitlines()) - 1, "each line but the last is one annotation"
    else:
        assert commands == []
    return report


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_what_a_stranger_wrote_is_no_command(name: str, text: str) -> None:
    check(name, run_of(text))


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(text=texts)
def test_no_text_is_a_command(name: str, text: str) -> None:
    check(name, run_of(text))


@settings(max_examples=25, deadline=None)
@given(text=texts)
def test_reports_are_valid_by_their_schemas_whatever_they_say(text: str) -> None:
    run = run_of(text)
    report_validator().validate(json.loads(FORMATS["json"](run)))
    sarif_validator().validate(json.loads(FORMATS["sarif"](run)))
    junit = FORMATS["junit"](run)
    junit_schema().validate(junit)
    assert sum(suite.tests for suite in JUnitXml.fromstring(junit.encode())) == 12


def test_a_wrapped_line_of_the_text_report_is_no_command() -> None:
    for width in range(40, 140):
        run = run_of("x" * 70 + " ::add-mask::secret and ##[add-mask]secret " + "y" * 60)
        assert list(commands_in(FORMATS["text"](run, width=width))) == []


def test_annotations_say_what_was_found_where_it_is() -> None:
    run = many(1, text="100 % of `a,b` is wrong: see x")
    (command,) = commands_in(FORMATS["github"](run))
    assert command.name == "error"
    assert command.properties == {
        "file": "registry/m0.yaml", "line": "1", "col": "3", "title": "ram-total: m000/v0/int8",
    }  # fmt: skip
    assert command.data == "100 % of `a,b` is wrong: see x.\n100 % of `a,b` is wrong: see x."


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 200], ids=lambda text: ascii(text)[:30])
def test_an_annotation_says_what_a_stranger_wrote_and_no_more(text: str) -> None:
    found = Finding("ram-total", Severity.ERROR, text, f"it is {text}, really", "x", Location("registry/f.yaml", 1, 2))
    (command,) = commands_in(
        FORMATS["github"](Run("static", [Outcome("c", "static", "m", Status.FAILED, [found])], 1.0))
    )
    shown = inert(text).replace("##[", "##\\[")
    assert command.properties == {"file": "registry/f.yaml", "line": "1", "col": "2", "title": f"ram-total: {shown}"}
    assert command.data == f"It is {shown}, really.\nX."


def test_annotations_are_placed_below_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zoo").mkdir()
    monkeypatch.chdir(tmp_path / "zoo")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (command,) = commands_in(FORMATS["github"](many(1)))
    assert command.properties["file"] == "zoo/registry/m0.yaml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    (command,) = commands_in(FORMATS["github"](many(1)))
    assert "file" not in command.properties


def test_the_limits_hold_with_five_thousand_findings() -> None:
    run = many(5000)
    commands = list(commands_in(check("github", run)))
    assert max(Counter(command.name for command in commands).values()) <= MOST_OF_A_KIND
    order = [["error", "warning", "notice"].index(command.name) for command in commands]
    assert order == sorted(order), "errors first"
    assert commands[-1].data == (
        "Not shown here: 1,657 errors, 1,657 warnings, 1,657 notes. GitHub takes 10 of a kind; other reports have all."
    )
    comment, summary = check("markdown", run), check("summary", run)
    assert len(comment.encode()) < 65_536
    assert 65_536 < len(summary.encode()) < 1024 * 1024
    for text in (comment, summary):
        shown = len(re.findall(r"^- \*\*(?:error|warning|note)\*\*", text, re.M))
        left = sum(int(n.replace(",", "")) for n in re.findall(r"and ([0-9,]+) more (?:errors|warnings|notes)", text))
        assert shown + left == 5000
    sarif = json.loads(check("sarif", run))
    assert len(sarif["runs"][0]["results"]) == 5000
    assert len(JUnitXml.fromstring(check("junit", run).encode())) == 400
    assert len(json.loads(check("json", run))["outcomes"]) == 5000


def test_the_limits_hold_with_findings_that_are_large() -> None:
    run = many(5000, text="\U0001f4a9 {n} " * 300)
    assert len(check("markdown", run).encode()) < 65_536
    assert len(check("summary", run).encode()) < 1024 * 1024
    for command in commands_in(check("github", run)):
        assert len(command.data) <= MOST_MESSAGE


def test_code_scanning_takes_the_file_whatever_it_says() -> None:
    noise = random.Random(1)
    run = many(5000)
    for outcome in run.told:
        # Nothing compresses what is random: here the limit is one of bytes.
        said = "".join(map(chr, noise.choices(range(0x4E00, 0x9FA0), k=1000)))
        assert isinstance(outcome.findings, list)
        outcome.findings[0] = replace(outcome.findings[0], message=said)
    sarif = FORMATS["sarif"](Run("static", run.parts, 1.0))
    assert 8_000_000 < len(gzip.compress(sarif.encode(), compresslevel=6)) < 10_000_000
    (one,) = json.loads(sarif)["runs"]
    (said,) = one["invocations"][0]["toolExecutionNotifications"]
    assert f"{5000 - len(one['results']):,} results are left out" in said["message"]["text"]
    order = [["error", "warning", "note"].index(result["level"]) for result in one["results"]]
    assert order == sorted(order), "errors come first"
    assert 1000 < len(order) < 5000


def test_no_more_results_than_code_scanning_takes() -> None:
    (one,) = json.loads(FORMATS["sarif"](many(26_000, text="{n}")))["runs"]
    assert len(one["results"]) == 25_000
