"""The tables of a board's page: the best file in each respect, and every file measured for it with its verdict."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from zoo_tools.domain.budget import Fit, MemoryVerdict
from zoo_tools.domain.evidence import Measured, Published
from zoo_tools.domain.manifest import Accuracy, Latency
from zoo_tools.domain.room import Kind
from zoo_tools.site import words
from zoo_tools.site.badges import WARNINGS, legend_link, signs
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.fitting import left, verdict_mark
from zoo_tools.site.measured import OnBoard, Pick, milliseconds, protocols
from zoo_tools.site.pages.card.subject import card_source, evidence_anchor
from zoo_tools.site.pages.entries import protocol_source
from zoo_tools.site.place import Place, anchor
from zoo_tools.site.tables import Column, Row, table
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Marked, Zoo

MOST_FILES: Final = 100
"""More rows than these nobody reads; the Compare page lets them be chosen from."""


def picks_table(zoo: Zoo, place: Place, found: list[Pick]) -> Html:
    """Return the best file in each respect, with its conditions and who says so."""
    if not found:
        return el("p", "Nothing to choose from.")
    columns = [Column("Best"), Column("Figure", numeric=True), Column("File"), Column("Fits"), Column("Who says so")]
    rows = [_pick(zoo, place, pick) for pick in found]
    note = "Of the files that are not known to be too big. AP counts under one protocol at a time."
    return table("Picks", columns, rows, note=note, class_="zoo-picks")


def _pick(zoo: Zoo, place: Place, pick: Pick) -> Row:
    head = join(pick.name, el("span", _how(zoo, place, pick.figures[0]), class_="zoo-where"))
    return Row(
        [
            head,
            _sum(pick.file, pick.figures),
            file_link(place, pick.file),
            verdict_mark(pick.file.verdict),
            _evidence(place, pick),
        ]
    )


def _how(zoo: Zoo, place: Place, marked: Marked) -> str:
    """Return what a figure holds under: how it was run, for which chips, by which protocol."""
    group = marked.group
    if isinstance(group, Latency):
        return words.engine(group)
    said = words.conditions(group, zoo)
    if isinstance(group, Accuracy) and group.protocol in zoo.registry.protocols:
        return place.link(protocol_source(group.protocol), said)
    return said


def _shown(file: OnBoard, marked: Marked) -> Html:
    warned = signs(mark for mark in WARNINGS if mark in marked.marks)
    return join(warned, value(marked, unit=True, model=file.entry.id))


def _evidence(place: Place, pick: Pick) -> Html:
    group = pick.figures[0].group
    evidence = pick.file.entry.value.evidence.get(group.evidence)
    if isinstance(evidence, Published):
        return join(f"{evidence.by}, ", words.document_line(evidence, group.line))
    card = card_source(pick.file.entry.id, pick.file.variant)
    label = f"{evidence.by}, {evidence.date}" if isinstance(evidence, Measured) else group.evidence
    return place.link(card, label, fragment=evidence_anchor(group.evidence))


def file_link(place: Place, file: OnBoard) -> Html:
    """Return the link to the card of a file, with the file's own name under it."""
    card = card_source(file.entry.id, file.variant)
    return join(
        place.link(card, file.entry.value.title),
        el("span", words.path(file.variant, file.artifact), class_="zoo-file"),
    )


def compare_link(place: Place, board: str, protocol: str | None, label: str) -> Html:
    """Return the link to the Compare page with a board, and a protocol, chosen there."""
    asked = urlencode({"protocol": protocol, "board": board} if protocol is not None else {"board": board})
    return el("a", label, href=f"{place.href('compare.md')}?{asked}")


def files_table(zoo: Zoo, place: Place, files: list[OnBoard]) -> Html:
    """Return every file measured for a board: verdict, times, the memory it rests on, AP under one protocol."""
    shown = next(iter(protocols(files)), None)
    columns = [
        Column("Model and file"),
        Column("Fits"),
        Column("Time", numeric=True),
        Column("RAM", numeric=True),
        Column("Flash", numeric=True),
    ]
    if shown is not None:
        columns.append(Column(zoo.protocol_short(shown), numeric=True, unit="%"))
    rows = [_file(place, file, shown) for file in sorted(files, key=_best_first)[:MOST_FILES]]
    said = "The best fit first, then the shortest time. RAM and flash are those that the verdict rests on."
    under = f" AP under {zoo.protocol_short(shown)} alone." if shown is not None else ""
    cut = f" The first {MOST_FILES} of {len(files)}: " if len(files) > MOST_FILES else " "
    more = (
        compare_link(place, files[0].board.id, shown, "all of them on the Compare page")
        if len(files) > MOST_FILES
        else None
    )
    note = join(said, under, cut, more, ". " if more is not None else None, legend_link(place))
    return table("Files", columns, rows, note=note, class_="zoo-compare zoo-on-board")


def _best_first(file: OnBoard) -> tuple[int, Decimal]:
    fastest = file.fastest
    # Files nobody timed come last of their verdict.
    return list(Fit).index(file.fit), Decimal("Infinity") if fastest is None else milliseconds(fastest)


def _file(place: Place, file: OnBoard, protocol: str | None) -> Row:
    verdict = file.verdict
    times = join(*(_time(file, marked) for marked in file.times)) or None
    memory = [_needed(file, "ram", verdict.ram), _needed(file, "flash", verdict.flash)]
    aps = [_ap(file, protocol)] if protocol is not None else []
    return Row([file_link(place, file), verdict_mark(verdict), times, *memory, *aps], id=row_id(file))


def row_id(file: OnBoard) -> str:
    """Return the id of a file's row on its board's page."""
    return anchor(f"file-{file.entry.id}[{file.variant},{file.artifact}]")


def _time(file: OnBoard, marked: Marked) -> Html:
    group = marked.group
    how = words.engine(group) if isinstance(group, Latency) else None
    return el("div", _shown(file, marked), el("span", how, class_="zoo-where") if how is not None else None)


def _needed(file: OnBoard, kind: Kind, verdict: MemoryVerdict) -> Html | None:
    figures = file.needed(kind)
    if not figures:
        return None
    parts = " + ".join(marked.figure.quantity.rpartition(".")[2] for marked in figures)
    part = f"{parts} alone, " if verdict.needs.missing else f"{parts}, " if len(figures) > 1 else ""
    said = left(verdict)
    below = el("span", f"{part}{said}", class_="zoo-where") if said is not None else None
    return join(_sum(file, figures), below)


def _sum(file: OnBoard, figures: Iterable[Marked]) -> Html:
    return join(*(_shown(file, marked) for marked in figures), by=" + ")


def _ap(file: OnBoard, protocol: str) -> Html | None:
    marked = file.aps.get(protocol)
    if marked is None:
        return None
    warned = signs(mark for mark in WARNINGS if mark in marked.marks)
    return join(warned, value(marked, model=file.entry.id))
