"""Which artifacts were run, and which were not and why: what a run over files of many formats covers.

Read from the outcomes of the gate that runs a model, `io-after-invoke`; an unpinned artifact has none, and is known by
what `unpinned` says of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from zoo_tools.domain.findings import Outcome, Status, row_of

_RUNS, _FETCHES, _PINNED = "io-after-invoke", "file-size", "unpinned"
_NOT_AT_HAND = "their files are not at hand"
_UNPINNED = "unpinned, their bytes were never seen"
_NOT_HAD = (Status.UNAVAILABLE, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The artifacts of a run, by what became of them."""

    run: list[str] = field(default_factory=list)
    not_run: dict[str, list[str]] = field(default_factory=dict)
    """Names by reason; the reasons in the order they were met."""


def coverage(outcomes: Iterable[Outcome]) -> Coverage:
    """Sort artifacts by whether they were run."""
    found, absent, unpinned = Coverage(), set[str](), list[str]()
    for outcome in outcomes:
        name = row_of(outcome.subject)
        if outcome.check == _FETCHES and outcome.status in _NOT_HAD:
            absent.add(name)
        elif outcome.check == _RUNS:
            if outcome.engine is not None:
                found.run.append(name)
                continue
            reason = _NOT_AT_HAND if name in absent else outcome.reason or "the model cannot be run"
            found.not_run.setdefault(reason, []).append(name)
        elif outcome.check == _PINNED and outcome.findings:
            unpinned.append(name)
    if unpinned and (found.run or found.not_run):
        found.not_run[_UNPINNED] = unpinned
    return found
