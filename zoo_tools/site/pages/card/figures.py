"""Speed and memory of a card: times by file and board, memory by target; no figure is left out or averaged.

What a table or one of its sections has in common is said once: marks there hold for every number below, marks at the
end of a row for the row, marks beside a number for it alone.
"""

from collections.abc import Iterable, Iterator, Sequence

from zoo_tools.domain.manifest import Footprint, Latency
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import badges
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.pages.card.sources import (
    NOT_STATED,
    TAIL,
    Shared,
    cell,
    narrowed,
    shared_by,
    tail,
    value,
    without_empty,
)
from zoo_tools.site.pages.card.subject import FigureGroup, Subject
from zoo_tools.site.tables import Column, Row, Section, table
from zoo_tools.site.values import common_marks
from zoo_tools.site.zoo import Marked

_MEMORY = {
    "ram.activation": ("RAM", "Activation"),
    "ram.runtime": ("RAM", "Runtime"),
    "ram.internal": ("RAM", "Internal"),
    "ram.external": ("RAM", "External"),
    "ram.total": ("RAM", "Total"),
    "flash.weights": ("Flash", "Weights"),
    "flash.code": ("Flash", "Code"),
    "flash.total": ("Flash", "Total"),
}
_SHARES = {"share.npu": "NPU", "share.gpu": "GPU", "share.cpu": "CPU"}
_TIME = [
    Column("Board"),
    Column("Time", numeric=True, unit="ms", missing=NOT_STATED),
    Column("Rate", numeric=True, unit="1/s", missing=NOT_STATED),
    Column("Share of the run", unit="%", missing=NOT_STATED),
    *TAIL,
]


def memory(subject: Subject) -> Iterator[Html]:
    """Yield a table for each target and unit: a row for each file."""
    found: dict[tuple[str, str], list[FigureGroup]] = {}
    for g in _by_age(subject, (g for g in subject.groups if isinstance(g.group, Footprint))):
        if isinstance(g.group, Footprint):
            found.setdefault((g.group.target, g.group.unit), []).append(g)
    for (target, unit), groups in found.items():
        stated = {marked.figure.quantity for g in groups for marked in g.figures}
        quantities = [quantity for quantity in _MEMORY if quantity in stated]
        columns = [
            Column("File"),
            *(
                Column(_MEMORY[q][1], numeric=True, group=f"{_MEMORY[q][0]}, {unit}", missing=NOT_STATED)
                for q in quantities
            ),
            *TAIL,
        ]
        shared = shared_by(groups)
        rows = [figure_row(subject, g, quantities, shared=shared) for g in groups]
        kept, shown = without_empty(columns, rows)
        title = f"Memory on {subject.zoo.series_title(target)}"
        yield table(title, kept, [narrowed(row, shown) for row in rows], note=shared.said())


def figure_row(subject: Subject, g: FigureGroup, quantities: Sequence[str], *, shared: Shared) -> Row:
    """Return a group of figures as a row: file and tools, values, source, marks."""
    common = common_marks(g.figures)
    values = [cell(g.figure(quantity), common=common) for quantity in quantities]
    tools = words.tools(g.group, subject.zoo)
    name = join(g.group.artifact, el("small", tools) if tools else None)
    return Row([name, *values, *tail(subject, [g], common, shared)], id=g.anchor)


def speed(subject: Subject) -> Html | None:
    """Return the table of inference times: a section for each file, a row for each board and way to run on it."""
    groups = _by_age(subject, (g for g in subject.groups if isinstance(g.group, Latency)))
    if not groups:
        return None
    by_file: dict[str, list[FigureGroup]] = {}
    for g in groups:
        by_file.setdefault(g.group.artifact, []).append(g)
    found: list[tuple[Html, list[Row]]] = []
    for members in by_file.values():
        shared = shared_by(members)
        found.append((_heading(members[0], shared), [_timed(subject, g, shared) for g in members]))
    columns, shown = without_empty(_TIME, [row for _, rows in found for row in rows])
    sections = [Section(heading, [narrowed(row, shown) for row in rows]) for heading, rows in found]
    has_na = any(marked.figure.value == "NA" for g in groups for marked in g.figures)
    na = "NA stands where the source prints NA: not measured, which is not zero." if has_na else None
    is_time = any(g.figure("ms") is not None for g in groups)
    title = "Time of one inference" if is_time else "Inferences per second"
    return table(title, columns, sections, note=na)


def _heading(g: FigureGroup, shared: Shared) -> Html:
    """Return the name of a file with what all its figures below have in common."""
    release = f", release {g.ref.artifact.release}" if g.ref.artifact is not None else ""
    return join(g.group.artifact, el("span", release, " ", shared.said(), class_="zoo-of"))


def _timed(subject: Subject, g: FigureGroup, shared: Shared) -> Row:
    common = common_marks(g.figures)
    board, how = "", ""
    if isinstance(g.group, Latency):
        board, how = subject.zoo.board_title(g.group.board), words.engine(g.group)
    tools = el("small", words.DOT.join([how, words.tools(g.group, subject.zoo)]))
    shares = [(name, g.figure(quantity)) for quantity, name in _SHARES.items()]
    stated = [(name, marked) for name, marked in shares if marked is not None]
    cells = [
        join(board, tools),
        cell(g.figure("ms"), common=common),
        cell(g.figure("per_second"), common=common),
        _share(stated, common) if stated else None,
        *tail(subject, [g], common, shared),
    ]
    return Row(cells, id=g.anchor)


def _share(shares: Sequence[tuple[str, Marked]], common: Sequence[TrustMark]) -> Html:
    """Return the share of each engine, and the marks they bear besides those of the row."""
    of_all = common_marks([marked for _, marked in shares])
    said = [
        join(f"{name} ", _own(marked, [*common, *of_all]) if len(marked.marks) > len(of_all) else value(marked))
        for name, marked in shares
    ]
    rest = [mark for mark in of_all if mark not in common]
    return join(join(*said, by=", "), badges(rest) if rest else None)


def _own(marked: Marked, said: Sequence[TrustMark]) -> Html:
    return el("span", cell(marked, common=said), class_="zoo-one")


def _by_age(subject: Subject, groups: Iterable[FigureGroup]) -> list[FigureGroup]:
    """Sort by release: what is of one release stands together."""
    return sorted(groups, key=lambda g: _age(subject, g))


def _age(subject: Subject, g: FigureGroup) -> int:
    return subject.releases.index(g.ref.artifact.release) if g.ref.artifact is not None else len(subject.releases)
