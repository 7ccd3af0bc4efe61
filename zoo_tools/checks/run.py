"""Asks every check of every subject, and loses nothing on the way.

A finding is data, a missing runtime or network is an outcome of its own, a bug is a crash of that one check. What
failed a level, or a gate, is asked nothing more, and says so.

The registry is asked about in one thread. Files and runs are asked about variant by variant, each with a context of its
own, so that variants can be at work at the same time; outcomes come in the order of checks, whoever was ready first.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from zoo_tools.checks.base import Answer, AnyCheck, Level, Skip
from zoo_tools.checks.context import Context
from zoo_tools.checks.references_resolve import CHECK as REFERENCES_RESOLVE
from zoo_tools.checks.references_resolve import unresolved
from zoo_tools.checks.results import Result, Results
from zoo_tools.checks.running import Stopped
from zoo_tools.checks.subjects import Subject, is_under
from zoo_tools.checks.waivers import apply_waivers
from zoo_tools.domain.findings import Finding, Outcome, Severity, Status
from zoo_tools.domain.references import Board, Dataset, Protocol
from zoo_tools.errors import ModelRunError, UnavailableError
from zoo_tools.registry.load import Entry, FileResult, Registry

Listener = Callable[[Level, str, str], None]
"""Told level, check and subject before each question, or before many short ones, so that a line can show them."""


Task = Callable[[], list[tuple["Order", Outcome]]]
Submit = Callable[[Task], Task]
"""Begins a task, or keeps it for later, and returns what gives its result."""
Order = tuple[int, int, int]
"""Where an outcome stands in a report of its model: by level, then by check, then by subject."""


_Question = tuple[Order, AnyCheck, Subject, Answer]


class _Blocked:
    """Subjects that are asked nothing more, and why."""

    def __init__(self, reasons: Iterable[tuple[str, str]] = ()) -> None:
        self.reasons = dict(reasons)

    def __bool__(self) -> bool:
        return bool(self.reasons)

    def add(self, name: str, reason: str) -> None:
        self.reasons.setdefault(name, reason)

    def reason(self, name: str) -> str | None:
        for blocked, reason in self.reasons.items():
            if is_under(name, blocked):
                return reason
        return None

    def copy(self) -> "_Blocked":
        return _Blocked(self.reasons.items())


def at_once(task: Task) -> Task:
    """Do a task now."""
    result = task()
    return lambda: result


def run_model(context: Context, checks: Sequence[AnyCheck], level: Level, listen: Listener) -> list[Outcome]:
    """Ask all checks up to a level of one model.

    Returns:
        An outcome for each check and subject, waivers applied.
    """
    return start_model(context, checks, level, listen, submit=at_once)()


def start_model(
    context: Context,
    checks: Sequence[AnyCheck],
    level: Level,
    listen: Listener,
    *,
    submit: Submit,
    results: Results | None = None,
) -> Callable[[], list[Outcome]]:
    """Ask the static checks of a model, and begin to ask the others of its variants.

    Args:
        context: the model.
        checks: in the order they are asked.
        level: the last level that is asked.
        listen: is told of each question, from the thread that asks it.
        submit: begins the tasks, one for each variant.
        results: what earlier runs were told of variants; None to ask everything.

    Returns:
        What waits for the tasks and gives an outcome for each check and subject, waivers applied.
    """
    levels = [step for step in Level if step.rank <= level.rank]
    static = _Asking(context, checks, listen, _Blocked())
    static.ask(levels[0])
    told = []
    if levels[1:]:
        context.entry.source.root  # noqa: B018  (read before threads share it)
        for name in dict.fromkeys(subject.name.rpartition("/")[0] for subject in context.artifacts):
            part = context.part(name)
            if part is not None:
                asking = _Asking(part, checks, listen, static.blocked.copy())
                told.append(submit(partial(asking.ask_all, levels[1:], results)))

    def finish() -> list[Outcome]:
        placed = [*static.outcomes, *(one for result in told for one in result())]
        context.close()
        if told:
            placed.sort(key=lambda one: one[0])
        outcomes = [outcome for _, outcome in placed]
        return apply_waivers(context, outcomes, today=date.today())

    return finish


class _Asking:
    """Asks checks of what one context serves, in one thread."""

    def __init__(self, context: Context, checks: Sequence[AnyCheck], listen: Listener, blocked: _Blocked) -> None:
        self.outcomes: list[tuple[Order, Outcome]] = []
        self.blocked = blocked
        self._context = context
        self._checks = checks
        self._listen = listen
        self._artifacts = {subject.name for subject in context.artifacts}

    def ask_all(self, levels: Sequence[Level], results: Results | None) -> list[tuple[Order, Outcome]]:
        """Ask every check of some levels, or take what an earlier run was told; accuracy is always measured."""
        kept = [level for level in levels if level is not Level.ACCURACY]
        key = results.key(self._context, self._checks, kept, self.blocked.reasons) if results is not None else None
        found = results.find(key, self._context) if results is not None and key is not None else None
        if found is not None:
            self.outcomes, self.blocked = found.outcomes, _Blocked(found.blocked.items())
        else:
            for level in kept:
                self.ask(level)
            if results is not None and key is not None:
                results.add(key, self._context, Result(list(self.outcomes), dict(self.blocked.reasons)))
        for last in levels[len(kept) :]:
            self.ask(last)
        return self.outcomes

    def ask(self, level: Level) -> None:
        """Ask every check of a level; a run's observation is let go of as soon as its artifact has been asked all."""
        context, before = self._context, len(self.outcomes)
        is_whole = context.under == context.entry.id
        questions = (
            ((level.rank, i, n), check, subject, answer)
            for i, check in enumerate(self._checks)
            if check.level is level
            for n, (subject, answer) in enumerate(check.questions(context))
            if is_whole or context.wants(subject)
        )
        if level is Level.STATIC and not self.blocked:
            self._ask_registry(questions)
        else:
            deque(self._answers(list(questions), level), maxlen=0)
        for _, outcome in self.outcomes[before:]:
            # Artifacts only: a wrong board id of the model must not hide what its files say.
            if outcome.status is Status.FAILED and outcome.subject in self._artifacts:
                self.blocked.add(outcome.subject, f"{outcome.check} failed at level {level}")

    def _ask_registry(self, questions: Iterator[_Question]) -> None:
        """Ask what the registry alone answers: hundreds of questions of microseconds, of which none is a gate."""
        context, outcomes, last = self._context, self.outcomes, ""
        for order, check, subject, answer in questions:
            if check.id != last:
                last = check.id
                context.running.go_on()
                self._listen(check.level, last, context.entry.id)
            outcomes.append((order, _ask(check, subject.name, answer, context)))

    def _answers(self, asked: Sequence[_Question], level: Level) -> Iterator[Outcome]:
        if level is not Level.RUN:
            for question in asked:
                yield self._outcome(*question)
            return
        by_artifact: defaultdict[str, list[_Question]] = defaultdict(list)
        for question in asked:
            by_artifact[question[2].name.partition("@")[0]].append(question)
        for name, questions in by_artifact.items():
            yield from (self._outcome(*question) for question in questions)
            self._context.release(name)

    def _outcome(self, order: Order, check: AnyCheck, subject: Subject, answer: Answer) -> Outcome:
        self._context.running.go_on()
        reason = self.blocked.reason(subject.name) if self.blocked else None
        if reason is not None:
            outcome = Outcome(check.id, check.level, subject.name, Status.SKIPPED, reason=reason)
        else:
            self._listen(check.level, check.id, subject.name)
            outcome = _ask(check, subject.name, answer, self._context)
            if outcome.status is not Status.PASSED and check.gate:
                said = outcome.reason if outcome.status is Status.SKIPPED else None
                self.blocked.add(subject.name, said or f"{check.id} {_VERBS[outcome.status]}")
        self.outcomes.append((order, outcome))
        return outcome


_VERBS = {
    Status.FAILED: "failed",
    Status.SKIPPED: "was skipped",
    Status.UNAVAILABLE: "could not be made",
    Status.CRASHED: "crashed",
}


def _ask(check: AnyCheck, subject: str, answer: Answer, context: Context) -> Outcome:
    context.engine = reason = None
    findings: list[Finding] = []
    started = time.perf_counter()
    try:
        findings += answer()
        status = status_of(findings) if findings else Status.PASSED
    except Skip as skip:
        status, reason = Status.SKIPPED, str(skip)
    except UnavailableError as error:
        status, reason = Status.UNAVAILABLE, _with_fix(error)
    except ModelRunError:
        reason = "the model cannot be run, or not by its contract: see io-after-invoke and roles-proven"
        status = Status.SKIPPED
    except Stopped:
        raise
    except Exception as error:  # a bug in one check must not hide what the others say
        status, reason = Status.CRASHED, f"{type(error).__name__}: {error} (a bug in zoo_tools; please report it)"
    seconds = time.perf_counter() - started
    if reason is not None and status is not Status.CRASHED and status_of(findings) is Status.FAILED:
        status = Status.FAILED  # what was found stays found, although the check could not be finished
    return Outcome(check.id, check.level, subject, status, findings, reason, context.engine, seconds)


def _with_fix(error: UnavailableError) -> str:
    return f"{error.message.removesuffix('.')}; {error.fix}" if error.fix else error.message


def status_of(findings: Sequence[Finding]) -> Status:
    """Return failed if any finding is an error nobody waived, else passed."""
    if not findings:
        return Status.PASSED
    is_wrong = any(finding.severity is Severity.ERROR and not finding.waived for finding in findings)
    return Status.FAILED if is_wrong else Status.PASSED


def file_outcomes(files: Iterable[FileResult]) -> list[Outcome]:
    """Return what became of reading some files."""
    outcomes = []
    for result in files:
        for check in ("syntax", "schema"):
            findings = [finding for finding in result.findings if finding.check == check]
            outcomes.append(Outcome(check, Level.STATIC, result.subject, status_of(findings), findings))
    return outcomes


def reference_outcomes(registry: Registry) -> list[Outcome]:
    """Ask `references-resolve` of the registry's own files."""
    entries: list[tuple[str, Entry[Board] | Entry[Dataset] | Entry[Protocol]]] = [
        *(("boards", entry) for entry in registry.boards.values()),
        *(("datasets", entry) for entry in registry.datasets.values()),
        *(("protocols", entry) for entry in registry.protocols.values()),
    ]
    outcomes = []
    for folder, entry in entries:
        subject = f"{folder}/{entry.id}"
        findings = []
        for problem in unresolved(registry, entry.value):
            at = entry.locate(problem.path, key=problem.is_key)
            message, fix = problem.message, problem.fix
            findings.append(Finding(REFERENCES_RESOLVE.id, Severity.ERROR, subject, message, fix, at))
        outcomes.append(Outcome(REFERENCES_RESOLVE.id, Level.STATIC, subject, status_of(findings), findings))
    return outcomes


T = TypeVar("T")


def allow_unavailable(outcomes: Sequence[Outcome | T]) -> list[Outcome | T]:
    """Turn every `unavailable` into a skip that says so."""
    return [
        outcome._replace(status=Status.SKIPPED, reason=f"could not check, and that is allowed: {outcome.reason}")
        if isinstance(outcome, Outcome) and outcome.status is Status.UNAVAILABLE
        else outcome
        for outcome in outcomes
    ]
