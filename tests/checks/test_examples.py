"""Every check passes on its good examples and fails on its bad ones, for the reason and at the place they state."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.checks.examples import Example, Expected, apply, examples
from tests.checks.repository import Repository
from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import Called, text_at
from zoo_tools.checks.catalogue import CHECKS
from zoo_tools.domain.findings import Finding, Severity, Status

LEVELS = {check.id: check.level.value for check in CHECKS}

EXAMPLES = examples()


@pytest.fixture(scope="module")
def unchanged(built: Zoo) -> Callable[[str, tuple[str, ...]], Called]:
    """Validate the zoo as it is; once at each level, with each choice of engines."""
    return cache(lambda level, engines: built.validate(*engines, level=level))


def validated(example: Example, zoo: Zoo) -> Called:
    if example.base is not None:
        for change in example.base:
            apply(zoo, change)
        Repository(zoo.folder).commit()
    for change in example.changes:
        apply(zoo, change)
    compared = () if example.base is None else ("--base", "HEAD")
    return zoo.validate(*compared, *engines_of(example), level=level_of(example))


def engines_of(example: Example) -> tuple[str, ...]:
    return tuple(word for engine in example.engines for word in ("--engine", engine))


def level_of(example: Example) -> str:
    return example.level or LEVELS.get(example.check, "static")


@pytest.mark.parametrize("example", [pytest.param(one, id=one.id) for one in EXAMPLES if one.is_good])
def test_a_good_example_passes(example: Example, zoo: Zoo, unchanged: Callable[[str, tuple[str, ...]], Called]) -> None:
    is_unchanged = not example.changes and example.base is None
    called = unchanged(level_of(example), engines_of(example)) if is_unchanged else validated(example, zoo)
    assert called.code == 0, called.out + called.err
    outcomes = called.report.of(example.check)
    assert Status.PASSED in {outcome.status for outcome in outcomes if outcome.subject.startswith(example.passed_on)}
    assert {outcome.status for outcome in outcomes} <= {Status.PASSED, Status.SKIPPED}
    assert not [one for outcome in outcomes for one in outcome.findings if one.severity is Severity.ERROR]
    meant = [outcome for outcome in outcomes if outcome.subject.startswith(example.passed_on)]
    assert not [one for outcome in meant for one in outcome.findings if one.severity is not Severity.NOTE]


@pytest.mark.parametrize("example", [pytest.param(one, id=one.id) for one in EXAMPLES if not one.is_good])
def test_a_bad_example_fails_for_its_reason(example: Example, zoo: Zoo) -> None:
    called = validated(example, zoo)
    report, expected = called.report, example.finding
    assert expected is not None
    is_error = expected.severity is Severity.ERROR
    assert called.code == (1 if is_error else 0), called.err
    found = [
        (outcome, finding)
        for outcome in report.of(example.check)
        for finding in outcome.findings
        if is_expected(finding, expected, zoo.registry)
    ]
    assert found, [(one.severity.value, one.message, one.fix, place(one)) for one in report.findings]
    assert {outcome.status for outcome, _ in found} == {Status.FAILED if is_error else Status.PASSED}
    failed = report.with_status(Status.FAILED)
    assert failed == ({example.check} if is_error else set()) | example.also_fails
    assert not report.with_status(Status.CRASHED) | report.with_status(Status.UNAVAILABLE)


def is_expected(finding: Finding, expected: Expected, registry: Path) -> bool:
    pattern = re.fullmatch("/(.*)/", expected.message, re.DOTALL)
    is_said = re.fullmatch(pattern[1], finding.message) if pattern else finding.message == expected.message
    return (
        bool(is_said)
        and (finding.severity, finding.fix) == (expected.severity, expected.fix)
        and Path(finding.location.file) == registry / expected.file
        and place(finding).startswith(expected.at)
    )


def place(finding: Finding) -> str:
    """Return the text a finding points at; of a whole file, nothing."""
    return text_at(finding.location) if finding.location.line else ""
