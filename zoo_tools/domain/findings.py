"""What a run of checks says: findings (what is wrong, where, how to mend it) and outcomes (what became of checks)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding weighs: an error fails the run, a warning is shown and counted, a note is shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Status(StrEnum):
    """What became of one check on one subject.

    `unavailable` is a check this machine could not make (no network, no runtime): it is never counted as passed,
    and fails the run with its own exit code unless the user allows it.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNAVAILABLE = "unavailable"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a registry file; lines and columns count from 1, and 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    check: str
    severity: Severity
    subject: str
    message: str
    """What is, and what should be, in one sentence."""
    fix: str
    """What to do, as an imperative sentence."""
    location: Location
    waived: str | None = None
    """The reason of the waiver that accepts this finding, if there is one."""
    waived_until: str | None = None
    """Last day the waiver accepts it, as `2026-12-31`."""


# A run of a large registry has hundreds of thousands of these: a named tuple is made in a third of the time.
class Outcome(NamedTuple):
    """What became of one check on one subject."""

    check: str
    level: str
    subject: str
    status: Status
    findings: Sequence[Finding] = ()
    reason: str | None = None
    """Why it was skipped, or could not be made, or how it crashed."""
    engine: str | None = None
    """The engine and setting the model was run with, such as `litert 2.3.0, no delegate`."""
    seconds: float = 0.0
    is_cached: bool = False
    """Whether it was said by an earlier run about the same bytes."""


def row_of(subject: str) -> str:
    """Return what a subject is counted under in tables: a model, model/variant/artifact, or a registry file."""
    return subject.partition("#")[0].partition("@")[0]
