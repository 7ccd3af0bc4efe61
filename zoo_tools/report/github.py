"""The report for GitHub Actions: log commands that put findings beside the lines of a pull request.

GitHub shows at most ten annotations of a kind from a step and fifty from a job, and drops what comes later without a
word. So errors come first, what is said alike of one place is said once, and the last notice says how much is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zoo_tools.domain.findings import Severity, Status
from zoo_tools.report.alike import of_whom, said_alike
from zoo_tools.report.inert import cut, inert, sentence
from zoo_tools.report.places import Repository
from zoo_tools.report.run import Run
from zoo_tools.report.verdict import counted, verdict

MOST_OF_A_KIND = 10
"""Annotations of one kind that GitHub keeps of a step."""
MOST_MESSAGE = 4096
"""Characters of a message that a runner passes on."""
MOST_TITLE = 255

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


@dataclass(frozen=True, slots=True)
class _Annotation:
    severity: Severity
    title: str
    message: str
    file: str | None = None
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = {"file": self.file, "line": str(self.line), "col": str(self.column)} if self.file else {}
        stated = {key: value for key, value in place.items() if value and value != "0"}
        stated["title"] = cut(inert(self.title), MOST_TITLE)
        properties = ",".join(f"{key}={_harmless(value).translate(_PROPERTY)}" for key, value in stated.items())
        # Lines are ours; the parts of them went through `sentence`, which leaves no line break in.
        message = _harmless(cut(self.message, MOST_MESSAGE)).translate(_DATA)
        return f"::{_KINDS[self.severity]} {properties}::{message}"


def github_report(run: Run, **_: object) -> str:
    """Return the run as annotations, and one line for the log."""
    of_kind: dict[Severity, list[_Annotation]] = {severity: [] for severity in Severity}
    for annotation in _annotations(run):
        of_kind[annotation.severity].append(annotation)
    shown = {severity: found[:MOST_OF_A_KIND] for severity, found in of_kind.items()}
    if any(len(found) > MOST_OF_A_KIND for found in of_kind.values()):
        shown[Severity.NOTE] = shown[Severity.NOTE][: MOST_OF_A_KIND - 1]
        shown[Severity.NOTE].append(_rest(of_kind, shown))
    lines = [str(annotation) for found in shown.values() for annotation in found]
    return "\n".join([*lines, f"zoo_tools: {_harmless(verdict(run))}: {counted(run)}"]) + "\n"


def _annotations(run: Run) -> Iterator[_Annotation]:
    """Yield what there is to say; what crashed or could not be checked has no line, and still decides the exit code."""
    repository = Repository()
    for status, severity in ((Status.CRASHED, Severity.ERROR), (Status.UNAVAILABLE, Severity.WARNING)):
        reasons: dict[str, list[str]] = {}
        for outcome in run.told:
            if outcome.status is status:
                reasons.setdefault(outcome.reason or "no reason given", []).append(outcome.check)
        words = "crashed" if status is Status.CRASHED else "could not be checked"
        for reason, checks in reasons.items():
            names = ", ".join(dict.fromkeys(map(inert, checks)))
            yield _Annotation(severity, f"{len(checks):,} {words}", f"{sentence(reason)}\nAsked by {names}.")
    for alike in said_alike(finding for finding in run.findings if not finding.waived):
        finding, file = alike[0], repository.path(alike[0].location.file)
        title = f"{finding.check}: {of_whom(alike)}"
        message = f"{sentence(finding.message)}\n{sentence(finding.fix)}"
        yield _Annotation(finding.severity, title, message, file, finding.location.line, finding.location.column)


def _rest(
    found: Mapping[Severity, Sequence[_Annotation]], shown: Mapping[Severity, Sequence[_Annotation]]
) -> _Annotation:
    left = {severity: len(found[severity]) - len(shown[severity]) for severity in Severity}
    names = [f"{count:,} {severity.value}{'s' * (count != 1)}" for severity, count in left.items() if count]
    message = f"Not shown here: {', '.join(names)}. GitHub takes {MOST_OF_A_KIND} of a kind; other reports have all."
    return _Annotation(Severity.NOTE, "More findings", message)


def _harmless(text: str) -> str:
    """Return a text without what older runners take for a command, wherever it stands."""
    return text.replace("##[", "##\\[")
