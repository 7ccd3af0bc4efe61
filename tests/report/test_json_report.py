"""The report for programs keeps its keys, is ASCII, and says the same as the exit code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.tiny_zoo import Zoo
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import FORMATS, Run
from zoo_tools.report.json_report import json_report

LOCATION = Location("models/x/manifest.yaml", 3, 7)


def finding(message: str = "x is y", *, severity: Severity = Severity.ERROR, waived: str | None = None) -> Finding:
    return Finding("ram-total", severity, "x/y/z", message, "write z", LOCATION, waived)


def outcome(status: Status, *findings: Finding, reason: str | None = None) -> Outcome:
    return Outcome("ram-total", "static", "x/y/z", status, list(findings), reason, "litert 1, no delegate", 0.12345)


def test_keys_and_values() -> None:
    run = Run("static", [outcome(Status.FAILED, finding())], 1.23456)
    tree = json.loads(json_report(run))
    assert {key: tree[key] for key in ("format", "level", "exit_code", "seconds", "summary", "outcomes")} == {
        "format": 1,
        "level": "static",
        "exit_code": 1,
        "seconds": 1.235,
        "summary": {
            "passed": 0, "failed": 1, "skipped": 0, "unavailable": 0, "crashed": 0,
            "errors": 1, "warnings": 0, "notes": 0, "waived": 0,
        },
        "outcomes": [
            {
                "check": "ram-total", "level": "static", "subject": "x/y/z", "status": "failed", "reason": None,
                "engine": "litert 1, no delegate", "seconds": 0.123, "cached": False,
                "findings": [
                    {
                        "severity": "error", "message": "x is y", "fix": "write z", "file": "models/x/manifest.yaml",
                        "line": 3, "column": 7, "waived": None, "waived_until": None,
                    }
                ],
            }
        ],
    }  # fmt: skip
    assert tree["tool"].startswith("zoo_tools ")


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 0),
        ([outcome(Status.PASSED)], 0),
        ([outcome(Status.PASSED, finding(severity=Severity.WARNING))], 0),
        ([outcome(Status.SKIPPED, reason="no")], 0),
        ([outcome(Status.UNAVAILABLE, reason="no")], 3),
        ([outcome(Status.UNAVAILABLE, reason="no"), outcome(Status.FAILED, finding())], 1),
        ([outcome(Status.CRASHED, reason="no"), outcome(Status.FAILED, finding())], 4),
    ],
)
def test_the_exit_code_follows_from_the_outcomes(outcomes: list[Outcome], code: int) -> None:
    run = Run("static", outcomes, 0.0)
    assert run.exit_code == code
    assert json.loads(json_report(run))["exit_code"] == code


def test_what_is_waived_is_counted_apart() -> None:
    run = Run("static", [outcome(Status.PASSED, finding(waived="asked"), finding(severity=Severity.NOTE))], 0.0)
    assert (run.summary["errors"], run.summary["waived"], run.summary["notes"]) == (0, 1, 1)
    assert [one.waived for one in run.findings] == [None, "asked"]


def test_errors_come_first_then_places() -> None:
    def at(line: int, severity: Severity) -> Finding:
        return Finding("a", severity, "s", "m", "f", Location("f", line, 1))

    found = [at(9, Severity.ERROR), at(1, Severity.NOTE), at(2, Severity.ERROR), at(3, Severity.WARNING)]
    run = Run("static", [outcome(Status.FAILED, *found)], 0.0)
    assert [(one.location.line, one.severity.value) for one in run.findings] == [
        (2, "error"), (9, "error"), (3, "warning"), (1, "note"),
    ]  # fmt: skip


@given(st.text())
def test_any_text_is_ascii_in_it_and_comes_back(text: str) -> None:
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    report = json_report(Run("static", [outcome(Status.FAILED, finding(encodable), reason=encodable)], 0.0))
    assert report.isascii()
    assert report.endswith("}\n")
    assert not any(ord(letter) < 32 for letter in report.replace("\n", ""))
    (read,) = json.loads(report)["outcomes"]
    assert read["findings"][0]["message"] == encodable
    assert read["reason"] == encodable


def test_the_report_of_a_run_has_the_same_outcomes_twice(built: Zoo) -> None:
    first, second = (built.validate(level="files").report for _ in range(2))
    assert [(one.check, one.subject, one.status) for one in first.outcomes] == [
        (one.check, one.subject, one.status) for one in second.outcomes
    ]
    assert first.findings == second.findings


def test_every_format_takes_a_run() -> None:
    run = Run("static", [outcome(Status.FAILED, finding())], 0.0)
    assert set(FORMATS) == {"text", "json", "github", "markdown", "summary", "sarif", "junit"}
    for write in FORMATS.values():
        assert write(run).endswith("\n")
