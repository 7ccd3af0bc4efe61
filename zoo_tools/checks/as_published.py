"""A published figure has the digits its document prints, or a correction that says why not.

Why: figures stand twice in the registry, in the manifest and in the transcript of the document, made from it by
`zoo_tools import`. A digit changed in one of the two is an error nobody has to notice by eye.
How to fix: compare the value with the document; where the document itself is wrong, keep its cell in a correction.
"""

import re
from collections.abc import Iterator, Mapping

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, groups
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.evidence import Correction, Published
from zoo_tools.domain.figures import Figure
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.transcript import Cell

_CELL = re.compile(r"(?P<value>NA|[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[A-Za-z/%]+)?\s*\*{0,2}")


def printed(cell: str, unit: str) -> str | None:
    """Return the number a cell prints, unit and footnote marks aside; None where it prints no number of that unit."""
    found = _CELL.fullmatch(cell.strip())
    if found is None or found["unit"] not in (None, unit):
        return None
    return found["value"]


def cells_in_line(subject: GroupSubject, context: Context) -> Mapping[str, Cell]:
    """Return the cells of the row that a group of figures was published in, by their quantity.

    Raises:
        Skip: there is no such row, or it cannot be found.
    """
    if not isinstance(subject.evidence, Published):
        raise Skip("the figures were not published elsewhere")
    if isinstance(context.transcript(subject.evidence), BrokenFileError):
        raise Skip("the transcript cannot be read: see transcript-complete")
    if subject.group.line is None:
        raise Skip("the line of the document is not said: see evidence-complete")
    return context.printed_in(subject.evidence, subject.group.line)


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Compare every figure of a group with its cell."""
    in_line = cells_in_line(subject, context)
    corrections = context.corrections
    for figure in subject.figures:
        cell = _cell(figure, in_line)
        if cell is None:
            message = (
                f"line {subject.group.line} of the document has no {figure.quantity}; the figure is {figure.value}"
            )
            fix = "mend `line:`, or remove the figure"
            yield CHECK.error(subject, message, fix=fix, at=subject.entry.locate(figure.path))
        else:
            yield from _compare(subject, figure, cell, corrections.get(figure.path))


def _cell(figure: Figure, in_line: Mapping[str, Cell]) -> Cell | None:
    for name in figure.cells:
        if name in in_line:
            return in_line[name]
    return None


def _compare(subject: GroupSubject, figure: Figure, cell: Cell, correction: Correction | None) -> Iterator[Finding]:
    if figure.artifact is not None and cell.row != figure.artifact.filename:
        message = (
            f"line {cell.line} of the document is about {cell.row}, the figure is said of {figure.artifact.filename}"
        )
        yield CHECK.error(
            subject, message, fix="name the artifact of that row, or mend `line:`", at=subject.entry.locate(figure.path)
        )
    elif correction is not None:
        yield from _corrected(subject, figure, cell, correction)
    elif printed(cell.text, figure.unit) != str(figure.value):
        message = f"`{figure.quantity}` is {figure.value}, line {cell.line} of the document prints `{cell.text}`"
        fix = "write the digits as printed, or add a correction with its reason"
        yield CHECK.error(subject, message, fix=fix, at=subject.entry.locate(figure.path))


def _corrected(subject: GroupSubject, figure: Figure, cell: Cell, correction: Correction) -> Iterator[Finding]:
    if correction.published != cell.text:
        message = (
            f"the correction quotes `{correction.published}`, line {cell.line} of the document prints `{cell.text}`"
        )
        yield CHECK.error(subject, message, fix="quote the cell as printed", at=subject.entry.locate(figure.path))
    if str(correction.value) != str(figure.value):
        message = f"{figure.quantity} is {figure.value}, its correction says {correction.value}"
        yield CHECK.error(subject, message, fix="make the two equal", at=subject.entry.locate(figure.path))


CHECK = Check("as-published", Level.STATIC, groups, run)
