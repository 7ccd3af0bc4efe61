"""Where figures stand and what marks they bear, said once for all figures of a table or section that share them.

The name of an evidence leads to its row on the same page, which links to the document; with JavaScript a line leads to
the very line there (`cards.js`). Written out in every row, the urls of documents alone would be a quarter of a card.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from zoo_tools.domain.evidence import Published
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import values, words
from zoo_tools.site.badges import badges, shared_marks
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.pages.card.subject import FigureGroup, Subject, evidence_anchor
from zoo_tools.site.tables import Column, Row

cell = partial(values.cell, within="row")
value = partial(values.value, within="row")
"""In a row of its group, the address of a figure begins there."""
NOT_STATED = "\N{EN DASH}"
TAIL = [Column("Source", missing=NOT_STATED), Column("Marks", missing=NOT_STATED)]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all figures of a table or section have in common."""

    evidence: str | None
    marks: Sequence[TrustMark]

    def said(self) -> Html | None:
        """Return it in words, or None where they have nothing in common."""
        who = None
        if self.evidence is not None:
            who = el("a", self.evidence, href=f"#{evidence_anchor(self.evidence)}")
        marks = badges(self.marks) if self.marks else None
        return join(*(one for one in (who, marks) if one is not None), by=" ") if who or marks else None


def shared_by(groups: Iterable[FigureGroup]) -> Shared:
    """Return what figures have in common."""
    every = list(groups)
    named = {g.group.evidence for g in every}
    return Shared(
        named.pop() if len(named) == 1 else None, shared_marks([marked.marks for g in every for marked in g.figures])
    )


def tail(
    subject: Subject, groups: Sequence[FigureGroup], common: Sequence[TrustMark], shared: Shared
) -> list[Html | None]:
    """Return source and marks of a row, besides what its table or section has said already."""
    sources = dict.fromkeys(found for g in groups if (found := _source(subject, g, shared)) is not None)
    own = [mark for mark in common if mark not in shared.marks]
    return [join(*sources, by=el("br")) if sources else None, badges(own) if own else None]


def _source(subject: Subject, g: FigureGroup, shared: Shared) -> Html | None:
    """Return where a group of figures stands, and how many remarks there are on it."""
    parts: list[Html] = []
    if g.group.evidence != shared.evidence:
        parts.append(el("a", g.group.evidence, href=f"#{evidence_anchor(g.group.evidence)}"))
    if isinstance(subject.manifest.evidence.get(g.group.evidence), Published) and g.group.line is not None:
        # The document is named before it, in the row or in the head of its section: `cards.js` makes it a link.
        parts.append(el("a", f"line {g.group.line}"))
    remarks = subject.remarks.get(g.ref.path, [])
    if remarks:
        parts.append(el("a", words.count(len(remarks), "remark"), href=subject.anomaly_href(remarks[0])))
    return join(*parts, by=", ") if parts else None


def without_empty(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[list[Column], list[int]]:
    """Return the columns that have something in one of the rows, and where they stand."""
    shown = [i for i in range(len(columns)) if any(row.cells[i] is not None for row in rows)]
    return [columns[i] for i in shown], shown


def narrowed(row: Row, shown: Sequence[int]) -> Row:
    """Return a row with some of its cells."""
    return Row([row.cells[i] for i in shown], row.id, row.attributes)
