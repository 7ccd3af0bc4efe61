"""SARIF as code scanning reads it: places, rules with their docs, suppressions, marks that stay when lines move."""

import json
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.tiny_zoo import Zoo
from tests.report.hostile import many
from tests.report.schemas import sarif_validator
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import FORMATS
from zoo_tools.report.changes import Shard
from zoo_tools.report.run import Run
from zoo_tools.report.sarif import fingerprint

Tree = dict[str, object]
FOUND = Finding(
    "ram-total", Severity.ERROR, "m/v/a#r", "total is 521.21, the parts are 521.20", "mend it",
    Location("registry/a b.yaml", 85, 22),
)  # fmt: skip


def sarif(run: Run) -> dict[str, list[Tree]]:
    whole = json.loads(FORMATS["sarif"](run))
    sarif_validator().validate(whole)
    (one,) = whole["runs"]
    return cast(dict[str, list[Tree]], one)


def run_of(*findings: Finding) -> Run:
    outcomes = [Outcome(one.check, "static", one.subject, Status.FAILED, [one]) for one in findings]
    return Run("static", outcomes, 1.0, tool="zoo_tools 0.1.0")


def test_a_result_says_what_where_and_by_which_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_TOOLS_SITE_URL", "https://zoo.example/x")
    one = sarif(run_of(FOUND))
    (result,) = one["results"]
    assert result["level"] == "error"
    assert result["message"] == {"text": "Total is 521.21, the parts are 521.20. Mend it."}
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "registry/a%20b.yaml", "uriBaseId": "%SRCROOT%", "index": 0},
                "region": {"startLine": 85, "startColumn": 22},
            }
        }
    ]
    assert one["artifacts"] == [{"location": {"uri": "registry/a%20b.yaml", "uriBaseId": "%SRCROOT%"}}]
    driver = cast(dict[str, Tree], one["tool"])["driver"]
    assert (driver["name"], driver["version"]) == ("zoo_tools", "0.1.0")
    rule = cast(list[dict[str, Tree]], driver["rules"])[cast(int, result["ruleIndex"])]
    assert rule["id"] == result["ruleId"] == "ram-total"
    assert rule["shortDescription"]["text"] == "A total RAM figure is the sum of its parts."
    assert "How to fix:" in str(rule["help"]["text"])
    assert rule["helpUri"] == "https://zoo.example/x/checks/ram-total/"
    (invocation,) = one["invocations"]
    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (1, True)


def test_what_is_waived_is_suppressed_with_its_reason() -> None:
    waived = replace(FOUND, waived="the publisher was asked", waived_until="2027-01-31")
    results = sarif(run_of(FOUND, waived))["results"]
    assert [one["suppressions"] for one in results] == [
        [],
        [{"kind": "inSource", "status": "accepted", "justification": "the publisher was asked (until 2027-01-31)"}],
    ]
    assert all("suppressions" not in one for one in sarif(run_of(FOUND))["results"])


def test_what_could_not_be_checked_is_a_notification() -> None:
    outcomes = [
        Outcome("golden-raw", "run", "m/v/a@p", Status.UNAVAILABLE, reason="no runtime"),
        Outcome("golden-raw", "run", "m/v/b@p", Status.UNAVAILABLE, reason="no runtime"),
        Outcome("macs", "files", "m/v/b", Status.CRASHED, reason="ValueError: x"),
    ]
    (invocation,) = sarif(Run("run", outcomes, 1.0))["invocations"]
    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (4, False)
    notes = cast(list[Tree], invocation["toolExecutionNotifications"])
    assert [(one["level"], cast(Tree, one["message"])["text"]) for one in notes] == [
        ("warning", "2 unavailable: No runtime. Asked by golden-raw."),
        ("error", "1 crashed: ValueError: x. Asked by macs."),
    ]


def marks(*findings: Finding) -> list[str]:
    results = sarif(run_of(*findings))["results"]
    return [str(cast(Tree, one["partialFingerprints"])["primaryLocationLineHash"]) for one in results]


@given(line=st.integers(1, 10**6), column=st.integers(1, 500), total=st.decimals(0, 10**6, places=2))
def test_a_mark_stays_when_lines_move_and_digits_change(line: int, column: int, total: object) -> None:
    moved = replace(
        FOUND, location=Location("registry/a b.yaml", line, column), message=FOUND.message.replace("521.21", str(total))
    )
    assert fingerprint(moved) == fingerprint(FOUND)


def test_marks_tell_findings_apart() -> None:
    others = [
        replace(FOUND, check="flash-total"),
        replace(FOUND, subject="m/v/b#r"),
        replace(FOUND, message="the unit is missing"),
    ]
    assert len({fingerprint(one) for one in [FOUND, *others]}) == 4
    twice = marks(FOUND, replace(FOUND, location=Location("registry/a b.yaml", 90, 1)))
    assert [mark.partition(":")[2] for mark in twice] == ["1", "2"]
    assert len(set(marks(*many(500).findings))) == 500


def test_a_run_has_the_same_marks_twice_and_after_a_line_was_added(zoo: Zoo) -> None:
    zoo.edit("runtime: 0.50, total: 1.52", "runtime: 0.50, total: 1.59")
    report = zoo.folder / "r.sarif"

    def seen() -> list[Tree]:
        zoo.call("validate", "--level", "static", "--format", f"sarif={report}")
        whole = json.loads(report.read_text(encoding="utf-8"))
        sarif_validator().validate(whole)
        return [one["partialFingerprints"] for one in whole["runs"][0]["results"]]

    before = seen()
    assert before
    assert seen() == before
    zoo.manifest.write_text("# one more line\n" + zoo.manifest.read_text(encoding="utf-8"), encoding="utf-8")
    assert seen() == before


def test_shares_are_categories_of_their_own() -> None:
    run = replace(many(1), shard=Shard(2, 4, (), ""))
    assert cast(Tree, sarif(run)["automationDetails"])["id"] == "zoo_tools/static/2-of-4/"
    assert cast(Tree, sarif(many(1))["automationDetails"])["id"] == "zoo_tools/static/"


def test_a_file_outside_of_the_repository_is_no_place() -> None:
    for file in ("/etc/passwd", "../../x", "", "a\nb"):
        one = sarif(run_of(replace(FOUND, location=Location(file, 1, 1))))
        assert one["results"][0]["locations"] == []
        assert one["artifacts"] == []
