"""No measured cell of a document is lost: each stands in the manifest.

Why: tables are read once; a row that was skipped would never be missed.
How to fix: add the figure, or import the document again.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import BrokenFileError


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look for measured cells of every transcript that no figure holds."""
    held = {
        (figure.group.evidence, figure.group.line, name)
        for group in context.groups
        for figure in group.figures
        for name in figure.cells
    }
    for id_, evidence in subject.manifest.evidence.items():
        if not isinstance(evidence, Published):
            continue
        cells = context.transcript(evidence)
        if isinstance(cells, BrokenFileError):
            at = subject.at("evidence", id_, "transcript")
            yield CHECK.error(subject, cells.message, fix=cells.fix or "make it again", at=at)
            continue
        for cell in cells:
            if cell.kind == "measure" and (id_, cell.line, cell.quantity) not in held:
                printed = f"{cell.quantity} `{cell.text}` for {cell.row}"
                message = f"line {cell.line} of `{id_}` prints {printed}; no figure holds it"
                at = subject.at("evidence", id_, "transcript")
                yield CHECK.error(subject, message, fix="add the figure with its evidence and line", at=at)


CHECK = Check("transcript-complete", Level.STATIC, models, run)
