"""What a correction or an anomaly quotes from a document stands at the line it says, in the document it says.

Why: who doubts a remark opens the document at its line. A correction belongs to the row of its figure; an anomaly that
quotes figures belongs to a row that prints one of them, or to the heading of their table.
How to fix: look the words up in the document, and write its id and line.
"""

import re
from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.address import AddressError, Addresses, Path
from zoo_tools.domain.evidence import Anomaly, Published
from zoo_tools.domain.figures import Group
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import BrokenFileError

_NUMBER = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.])")
_ABOVE = 2
"""Lines from the heading of a table to its first row."""


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look up the place of every correction and of every anomaly."""
    if not subject.manifest.corrections and not subject.manifest.anomalies:
        return
    groups = {group.path: group.group for group in context.groups}
    yield from _corrections(subject, context.addresses, groups)
    printed: dict[str, dict[str, set[int]]] = {}
    for i, anomaly in enumerate(subject.manifest.anomalies):
        yield from _evidence(subject, anomaly, _groups_at(context.addresses, anomaly.at, groups), path=("anomalies", i))
        if _NUMBER.search(anomaly.published):
            if anomaly.evidence not in printed:
                printed[anomaly.evidence] = _printed_in(subject, context, anomaly.evidence)
            yield from _line(subject, anomaly, printed[anomaly.evidence], path=("anomalies", i))


def _groups_at(addresses: Addresses, at: list[str], groups: dict[Path, Group]) -> list[Group]:
    """Return the groups of figures that addresses lead to or into."""
    found = []
    for address in at:
        try:
            path = addresses.path(address)
        except AddressError:
            continue  # references-resolve reports it
        if path[:4] in groups:
            found.append(groups[path[:4]])
    return found


def _corrections(subject: Subject, addresses: Addresses, groups: dict[Path, Group]) -> Iterator[Finding]:
    for i, correction in enumerate(subject.manifest.corrections):
        for group in _groups_at(addresses, [correction.at], groups):
            stated = {"evidence": (correction.evidence, group.evidence), "line": (correction.line, group.line)}
            for key, (own, of_figure) in stated.items():
                if own != of_figure:
                    message = f"the correction's {key} is {own}, that of its figure is {of_figure}"
                    at = subject.at("corrections", i, key)
                    yield CHECK.error(subject, message, fix="write the place of the cell", at=at)


def _evidence(subject: Subject, anomaly: Anomaly, groups: list[Group], *, path: Path) -> Iterator[Finding]:
    documents = {group.evidence for group in groups}
    if documents and anomaly.evidence not in documents:
        named = ", ".join(f"`{id_}`" for id_ in sorted(documents))
        message = f"the anomaly is of `{anomaly.evidence}`, the figures it concerns were published in {named}"
        at = subject.at(*path, "evidence")
        yield CHECK.error(subject, message, fix="name the document that prints them", at=at)


def _printed_in(subject: Subject, context: Context, id_: str) -> dict[str, set[int]]:
    """Return the lines of a document by the numbers its figures print there."""
    evidence = subject.manifest.evidence.get(id_)
    cells = context.transcript(evidence) if isinstance(evidence, Published) else []
    lines: dict[str, set[int]] = {}
    for cell in [] if isinstance(cells, BrokenFileError) else cells:
        if cell.kind == "measure":
            for number in _NUMBER.findall(cell.text):
                lines.setdefault(number, set()).add(cell.line)
    return lines


def _line(subject: Subject, anomaly: Anomaly, printed: dict[str, set[int]], *, path: Path) -> Iterator[Finding]:
    numbers = [number for number in _NUMBER.findall(anomaly.published) if number in printed]
    lines = {line for number in numbers for line in printed[number]}
    if not lines or anomaly.line in lines or anomaly.line in _headings(lines):
        return
    shown = ", ".join(map(str, sorted(lines)[:4])) + (", …" if len(lines) > 4 else "")
    stated = "not said" if anomaly.line is None else str(anomaly.line)
    message = f"the line of the anomaly is {stated}, its document prints {numbers[0]} and the like in {shown}"
    at = subject.at(*path, "line") if anomaly.line is not None else subject.at(*path)
    yield CHECK.error(subject, message, fix="write the line of what is quoted", at=at)


def _headings(lines: set[int]) -> set[int]:
    """Return where the headings of the tables stand whose first rows are among some lines."""
    return {line - _ABOVE for line in lines if line - 1 not in lines}


CHECK = Check("quotes-placed", Level.STATIC, models, run)
