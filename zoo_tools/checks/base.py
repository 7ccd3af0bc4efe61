"""What a check is: one question about one kind of subject, asked at one level.

A check module has a docstring (its docs page), a function `run` that yields findings, and `CHECK` at its end.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from zoo_tools.checks.subjects import Skip, Subject
from zoo_tools.domain.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from zoo_tools.checks.context import Context

__all__ = ["Answer", "AnyCheck", "Check", "Level", "Skip"]

S = TypeVar("S", bound=Subject)


class Level(StrEnum):
    """How much is looked at: the registry alone, the files, a run of the model, its accuracy."""

    STATIC = "static"
    FILES = "files"
    RUN = "run"
    ACCURACY = "accuracy"

    @property
    def rank(self) -> int:
        """Position: a level includes all before it."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


Answer = Callable[[], Iterator[Finding]]


class AnyCheck(Protocol):
    """A check as runs and docs see it, whatever its subjects are."""

    @property
    def id(self) -> str:
        """Its name, that of its module with hyphens."""

    @property
    def level(self) -> Level:
        """How much it looks at."""

    @property
    def gate(self) -> bool:
        """Whether a subject that does not pass is asked nothing more."""

    @property
    def doc(self) -> str:
        """Its docs page."""

    @property
    def question(self) -> str:
        """First line of its docs page."""

    def questions(self, context: "Context") -> Iterator[tuple[Subject, Answer]]:
        """Yield every subject with the function that answers for it."""


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """A question, the subjects it is asked of, and the function that answers it."""

    id: str
    level: Level
    subjects: Callable[["Context"], Iterable[S]]
    run: Callable[[S, "Context"], Iterator[Finding]]
    gate: bool = False
    """Whether a subject that does not pass is asked nothing more."""

    def questions(self, context: "Context") -> Iterator[tuple[Subject, Answer]]:
        """Yield every subject with the function that answers for it."""
        for subject in self.subjects(context):
            yield subject, partial(self.run, subject, context)

    @property
    def doc(self) -> str:
        """Docs page of the check: the docstring of its module."""
        return sys.modules[self.run.__module__].__doc__ or ""

    @property
    def question(self) -> str:
        """First line of the docs page."""
        return self.doc.strip().split("\n", maxsplit=1)[0]

    def error(self, subject: Subject, message: str, *, fix: str, at: Location | None = None) -> Finding:
        """Build a finding that fails the run."""
        return Finding(self.id, Severity.ERROR, subject.name, message, fix, at or subject.at())

    def warning(self, subject: Subject, message: str, *, fix: str, at: Location | None = None) -> Finding:
        """Build a finding that is shown and counted."""
        return Finding(self.id, Severity.WARNING, subject.name, message, fix, at or subject.at())

    def note(self, subject: Subject, message: str, *, fix: str, at: Location | None = None) -> Finding:
        """Build a finding that is merely worth knowing."""
        return Finding(self.id, Severity.NOTE, subject.name, message, fix, at or subject.at())
