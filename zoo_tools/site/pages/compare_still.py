"""The comparison without JavaScript: for each accuracy protocol a chart and a complete table, a section for a board."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.trust import TrustMark
from zoo_tools.registry.load import Entry
from zoo_tools.site import charts, words
from zoo_tools.site.badges import WARNINGS, sign, signs
from zoo_tools.site.catalogue.payload import precision_name
from zoo_tools.site.catalogue.rows import Cell, Row
from zoo_tools.site.catalogue.selection import protocols_of
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.place import Place, anchor
from zoo_tools.site.tables import Column, Section, table
from zoo_tools.site.tables import Row as TableRow
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Marked, Zoo

NO_ACCURACY = "no-accuracy"
MOST = 2500
"""Rows of a table: a page of more is too heavy to be read."""


def section_anchor(protocol: str) -> str:
    """Return the id of a protocol's section."""
    return anchor(f"protocol-{protocol}")


def still(zoo: Zoo, place: Place, rows: Sequence[Row]) -> Html:
    """Return a section for each protocol, and one for the files that have no accuracy."""
    protocols = protocols_of(rows)
    sections = {protocol: [row for row in rows if protocol in row.aps] for protocol in protocols}
    rest = [row for row in rows if not row.aps]
    linked = [(section_anchor(one), zoo.protocol_short(one), members) for one, members in sections.items()]
    if rest:
        linked.append((NO_ACCURACY, "without accuracy", rest))
    items = [el("li", el("a", name, href=f"#{id_}"), Html(" "), _counted(some)) for id_, name, some in linked]
    parts = [el("ul", *items, class_="zoo-sections")]
    for protocol, members in sections.items():
        parts.append(el("h2", zoo.protocol_short(protocol), id=section_anchor(protocol)))
        parts += [
            *_about(zoo, protocol),
            charts.pareto(zoo, protocol=protocol, width=680, height=260),
            _table(zoo, place, members, protocol),
        ]
    if rest:
        parts += [el("h2", "Files without accuracy", id=NO_ACCURACY), _table(zoo, place, rest, None)]
    return el("div", *parts, id="zoo-still")


def _counted(rows: Sequence[Row]) -> Html:
    files_, models = len({row.file for row in rows}), len({row.model for row in rows})
    said = words.count(files_, "file")
    return el("span", said if models == 1 else f"{said} of {models} models", class_="zoo-unit")


def _about(zoo: Zoo, protocol: str) -> Iterator[Html]:
    """Yield what a protocol is, and what its figures may not be compared with, in the words of its file."""
    entry = zoo.registry.protocols.get(protocol)
    if entry is not None:
        note = join(" ", entry.value.note) if entry.value.note is not None else None
        yield el("p", el("strong", entry.value.title, "."), note, class_="zoo-protocol")


def _table(zoo: Zoo, place: Place, rows: Sequence[Row], protocol: str | None) -> Html:
    """Return the table of one protocol, or of the files without any; a section for each board."""
    columns = [
        Column("Model and file"),
        Column(zoo.protocol_short(protocol) if protocol is not None else "AP", numeric=True, unit="%"),
        Column("Latency", numeric=True, unit="ms"),
        Column("RAM", numeric=True, unit="KiB"),
        Column("Flash", numeric=True, unit="KiB"),
        Column("How", missing="not run"),
        Column("Precision"),
        Column("Release"),
    ]
    best_first = sorted(rows, key=lambda row: -(row.ap(protocol).number or 0))[:MOST]
    targets: dict[tuple[str | None, str | None], list[list[str | None]]] = {}
    for row in sorted(best_first, key=_target_order):
        targets.setdefault((row.board, row.series), []).append(_kept_cells(zoo, place, row, protocol))
    # What was measured of none of these files has no column.
    shown = [
        i for i in range(len(columns)) if any(cells[i] is not None for every in targets.values() for cells in every)
    ]
    sections = [
        Section(_where(zoo, *target), [TableRow([cells[i] for i in shown]) for cells in every])
        for target, every in targets.items()
    ]
    title = "Files without accuracy" if protocol is None else f"Files by {zoo.protocol_short(protocol)}"
    said = ["Of each board the best first."] if protocol is not None else []
    if len(rows) > MOST:
        said.append(f"These are {MOST} of {len(rows)} rows; all of them are on the cards.")
    return table(title, [columns[i] for i in shown], sections, note=" ".join(said) or None, class_="zoo-compare")


def _target_order(row: Row) -> tuple[bool, bool, str, str]:
    return row.series is None and row.board is None, row.board is None, row.series or "", row.board or ""


def _where(zoo: Zoo, board: str | None, series: str | None) -> str:
    chips = zoo.series_title(series) if series is not None else None
    if board is None:
        return f"{chips}, memory alone" if chips is not None else "Measured on no board"
    return f"{zoo.board_title(board)}, {chips}" if chips is not None else zoo.board_title(board)


def _kept_cells(zoo: Zoo, place: Place, row: Row, protocol: str | None) -> list[str | None]:
    """Return the cells of a row; they are made once, until its model changes."""
    kept = zoo.kept(_memory, zoo.registry.models[row.model])
    if (row.id, protocol) not in kept:
        kept[row.id, protocol] = _cells(place, row, protocol)
    return kept[row.id, protocol]


def _memory(_zoo: Zoo, _entry: Entry[Manifest]) -> dict[tuple[str, str | None], list[str | None]]:
    return {}


def _cells(place: Place, row: Row, protocol: str | None) -> list[str | None]:
    cells = row.cells(protocol)
    is_unbound = any(TrustMark.NOT_BOUND_TO_BYTES in cell.marks for cell in cells)
    unbound = join(Html(" "), sign(TrustMark.NOT_BOUND_TO_BYTES, short="unbound")) if is_unbound else None
    file = el("span", words.path(row.variant, row.artifact), unbound, class_="zoo-file")
    head = join(place.link(card_source(row.model, row.variant), row.title), file)
    shown = [_cell(row, cell, unit) for cell, unit in zip(cells, ("%", "ms", "KiB", "KiB"), strict=True)]
    return [head, *shown, row.engine or None, precision_name(row.precision), row.release]


def _cell(row: Row, cell: Cell, unit: str) -> Html | None:
    """Return the figures of a cell as printed, with the signs of their warnings and a unit that is not the column's."""
    if not cell.figures:
        return None
    groups = [
        join(*(_figure(row, one, unit) for one in members), by=" + ")
        for _, members in groupby(cell.figures, key=lambda one: one.figure.group_path)
    ]
    note = el("span", cell.note, class_="zoo-where") if cell.note else None
    return join(join(*groups, by=" / "), note)


def _figure(row: Row, one: Marked, unit: str) -> Html:
    warned = signs(mark for mark in WARNINGS if mark in one.marks)
    return join(warned, value(one, unit=one.figure.unit != unit, model=row.model))
