"""What level static said of a model, as one line of bytes: kept from run to run, and told by one process to another.

A line begins with its sha256. Then stands what a report of many models needs, and behind it the order of all outcomes,
which is read only where every one of them is asked for.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zoo_tools.checks.base import Level
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status, row_of

_ToldFinding = tuple[str, str, str, str, str, str | None, str | None, str, int, int]
"""Check, severity, subject, message, fix, reason and last day of a waiver, file, line and column."""


@dataclass(frozen=True, slots=True)
class KeptModel:
    """The outcomes of one model as an earlier run, or another process, left them."""

    manifest: str | None
    """sha256 of the manifest; None where it could not be read."""
    about: str
    """Digest of the list of models that it is about; blank where it rests on this model alone."""
    told: list[Outcome]
    """Every outcome but those that passed and say nothing."""
    passed: dict[str, int]
    """How many passed and say nothing, by the row they are counted in."""
    _order: bytes
    is_cached: bool = True
    """Whether an earlier run said it, and not another process of this one."""

    def outcomes(self) -> list[Outcome]:
        """Return all of them, in the order they were made."""
        subjects, order = json.loads(self._order)
        found: list[Outcome] = []
        for step in order:
            if isinstance(step, int):
                found.append(self.told[step])
            else:
                check, *places = step
                found += [
                    Outcome(check, Level.STATIC, subjects[place], Status.PASSED, is_cached=self.is_cached)
                    for place in places
                ]
        return found


def encoded(outcomes: Sequence[Outcome], manifest: str | None, listed: str) -> bytes:
    """Return a line.

    Args:
        outcomes: all of level static, those of reading the manifest among them.
        manifest: sha256 of the manifest; None where it could not be read.
        listed: digest of the list of models, where a check asked for it; otherwise blank.
    """
    passed: dict[str, int] = {}
    told: list[object] = []
    order: list[object] = []
    subjects = {subject: place for place, subject in enumerate(dict.fromkeys(one.subject for one in outcomes))}
    rows = {subject: row_of(subject) for subject in subjects}
    last: list[object] = [None]
    for one in outcomes:
        if one.findings or one.status is not Status.PASSED:
            order.append(len(told))
            findings = [_told_of(finding) for finding in one.findings]
            told.append((one.check, one.subject, one.status.value, one.reason, findings))
            last = [None]
            continue
        row = rows[one.subject]
        passed[row] = passed.get(row, 0) + 1
        if last[0] != one.check:
            last = [one.check]
            order.append(last)
        last.append(subjects[one.subject])
    parts = ([manifest, listed, passed, told], [list(subjects), order])
    content = b"\t".join(json.dumps(part, separators=(",", ":")).encode() for part in parts)
    return hashlib.sha256(content).hexdigest().encode() + b" " + content


def _told_of(finding: Finding) -> _ToldFinding:
    at, severity = finding.location, finding.severity.value
    said = (finding.message, finding.fix, finding.waived, finding.waived_until)
    return (finding.check, severity, finding.subject, *said, at.file, at.line, at.column)


def decoded(line: bytes, *, is_whole: bool, is_cached: bool = True) -> KeptModel | None:
    """Return what a line says; None where it is not what was written.

    Args:
        line: without a line feed.
        is_whole: every outcome will be asked for, so that what is damaged has to show now.
        is_cached: whether an earlier run said it.
    """
    digest, _, content = line.partition(b" ")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    head, _, order = content.partition(b"\t")
    try:
        manifest, about, passed, told = json.loads(head)
        kept = KeptModel(manifest, about, _outcomes(told, is_cached=is_cached), passed, order, is_cached)
        if is_whole:
            kept.outcomes()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    return kept


def _outcomes(
    told: Iterable[tuple[str, str, str, str | None, list[_ToldFinding]]], *, is_cached: bool
) -> list[Outcome]:
    return [
        Outcome(
            check, Level.STATIC, subject, Status(status), list(map(_finding, findings)), reason, is_cached=is_cached
        )
        for check, subject, status, reason, findings in told
    ]


def _finding(told: _ToldFinding) -> Finding:
    check, severity, subject, message, fix, waived, until, file, line, column = told
    return Finding(check, Severity(severity), subject, message, fix, Location(file, line, column), waived, until)
