"""The report for services that show tests: JUnit XML, a suite a model, a case for each check and subject.

An error of ours, and what could not be checked, are `error`, so that neither is taken for passed.
"""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from zoo_tools.domain.findings import Finding, Outcome, Severity, Status
from zoo_tools.report.inert import cut, inert, sentence
from zoo_tools.report.run import Run

MOST_TEXT = 4_000
"""Characters of one finding."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SHARED = "registry"


def junit_report(run: Run, **_: object) -> str:
    """Return the run as XML."""
    suites: dict[str, list[Outcome]] = {}
    for outcome in run.outcomes():
        suites.setdefault(run.model_of(outcome.subject) or _SHARED, []).append(outcome)
    lines = [f'{_HEAD}\n<testsuites name={_quoted(run.tool)} time="{run.seconds:.3f}">']
    for name, outcomes in suites.items():
        lines += _suite(name, outcomes)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(name: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    failures = sum(outcome.status is Status.FAILED for outcome in outcomes)
    errors = sum(outcome.status in (Status.CRASHED, Status.UNAVAILABLE) for outcome in outcomes)
    skipped = sum(outcome.status is Status.SKIPPED for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    yield (
        f' <testsuite name={_quoted(name)} tests="{len(outcomes)}" failures="{failures}" errors="{errors}"'
        f' skipped="{skipped}" time="{seconds:.3f}">'
    )
    for outcome in outcomes:
        yield from _case(outcome)
    yield " </testsuite>"


def _case(outcome: Outcome) -> Iterator[str]:
    opening = (
        f"  <testcase classname={_quoted(outcome.check)} name={_quoted(outcome.subject)} "
        f'time="{max(outcome.seconds, 0):.3f}"'
    )
    inside = list(_inside(outcome))
    if not inside:
        yield f"{opening}/>"
        return
    yield f"{opening}>"
    yield from inside
    yield "  </testcase>"


def _inside(outcome: Outcome) -> Iterator[str]:
    """Yield what a case holds, in the order the schema asks for: what became of it, then what else was said."""
    wrong = [one for one in outcome.findings if one.severity is Severity.ERROR and not one.waived]
    rest = [one for one in outcome.findings if one not in wrong]
    reason = outcome.reason or "no reason given"
    if outcome.status is Status.SKIPPED:
        yield f"   <skipped message={_quoted(reason)}/>"
    elif outcome.status in (Status.CRASHED, Status.UNAVAILABLE):
        yield f'   <error type="{outcome.status.value}" message={_quoted(reason)}/>'
    elif outcome.status is Status.FAILED:
        said = wrong[0].message if wrong else reason
        more = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
        yield f'   <failure type="error" message={_quoted(said + more)}>{_lines(wrong)}</failure>'
    if rest:
        yield f"   <system-out>{_lines(rest)}</system-out>"


def _lines(findings: Sequence[Finding]) -> str:
    # A line break of its own between findings; those of a stranger's text are gone by then.
    return "\n".join(map(_line, findings))


def _line(finding: Finding) -> str:
    waived = "waived " if finding.waived else ""
    said = f"{waived}{finding.severity.value}: {sentence(finding.message)} {sentence(finding.fix)} ({finding.location})"
    if finding.waived:
        until = f" until {finding.waived_until}" if finding.waived_until else ""
        said += f" accepted{until}: {finding.waived}"
    return _safe(escape(inert(cut(said, MOST_TEXT))))


def _quoted(text: str) -> str:
    return _safe(quoteattr(inert(cut(text, MOST_TEXT))))


def _safe(text: str) -> str:
    """Return a text in which no runner finds a command."""
    return text.replace("##[", "##&#91;")
