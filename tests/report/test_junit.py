"""JUnit XML as services read it: a suite a model, a case an outcome, and nothing unchecked taken for passed."""

from collections.abc import Iterable

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from tests.checks.tiny_zoo import Zoo
from tests.report.schemas import junit_schema
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import FORMATS
from zoo_tools.report.run import Run


def suites(text: str) -> dict[str, TestSuite]:
    junit_schema().validate(text)
    return {suite.name: suite for suite in JUnitXml.fromstring(text.encode())}


def results(cases: Iterable[TestCase]) -> list[tuple[str, list[type]]]:
    return [(case.name, [type(one) for one in case.result]) for case in cases]


def test_every_outcome_is_a_case_of_its_model() -> None:
    error = Finding("ram-total", Severity.ERROR, "m/v/a", "x is <y>", "mend it", Location("f.yaml", 3, 7))
    note = Finding("ram-total", Severity.NOTE, "m/v/b", "odd", "look", Location("f.yaml"))
    waived = Finding("ram-total", Severity.ERROR, "m/v/b", "less", "look", Location("f.yaml"), "known", "2027-01-31")
    outcomes = [
        Outcome("schema", "static", "boards/b", Status.PASSED, seconds=0.25),
        Outcome("ram-total", "static", "m/v/a", Status.FAILED, [error, error]),
        Outcome("ram-total", "static", "m/v/b", Status.PASSED, [note, waived]),
        Outcome("golden-raw", "run", "m/v/a@p", Status.SKIPPED, reason="other version"),
        Outcome("golden-raw", "run", "m/v/b@p", Status.UNAVAILABLE, reason="no runtime"),
        Outcome("macs", "files", "n/v/a", Status.CRASHED, reason="ValueError: x"),
    ]
    found = suites(FORMATS["junit"](Run("run", outcomes, 3600.5)))
    assert list(found) == ["registry", "m", "n"]
    assert results(found["m"]) == [("m/v/a", [Failure]), ("m/v/b", []), ("m/v/a@p", [Skipped]), ("m/v/b@p", [Error])]
    suite = found["m"]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    failed, passed, *_ = suite
    assert failed.classname == "ram-total"
    assert failed.result[0].message == "x is <y> (and 1 more)"
    assert failed.result[0].text == "\n".join(["error: X is <y>. Mend it. (f.yaml:3:7)"] * 2)
    assert passed.system_out == (
        "note: Odd. Look. (f.yaml)\nwaived error: Less. Look. (f.yaml) accepted until 2027-01-31: known"
    )
    assert results(found["n"]) == [("n/v/a", [Error])]
    assert next(iter(found["registry"])).time == 0.25


def test_a_run_of_a_zoo_has_a_case_for_each_of_its_outcomes(built: Zoo) -> None:
    text = built.call("validate", "--level", "static", "--format", "junit").out
    report = built.validate(level="static").report
    assert sum(suite.tests for suite in suites(text).values()) == len(report.outcomes)
    assert {suite for suite in suites(text) if suite != "registry"} == {"tiny_ssd"}
