"""Fits my board: what a variant asks for against what every board has, by the one rule of the zoo.

A board without a measured footprint is named too: that nobody knows is an answer, and better than silence.
"""

from collections.abc import Iterator

from zoo_tools.domain.budget import Fit, MemoryVerdict, Verdict, judge
from zoo_tools.domain.manifest import Footprint
from zoo_tools.domain.references import Board
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.fitting import amount, left, rule_link, verdict_mark
from zoo_tools.site.pages.card.subject import FigureGroup, Subject
from zoo_tools.site.pages.entries import board_source
from zoo_tools.site.tables import Column, Row, table
from zoo_tools.site.values import value

_ORDER = [Fit.FITS, Fit.TIGHT, Fit.DOES_NOT_FIT, Fit.UNKNOWN]


def fits(subject: Subject) -> Html:
    """Return the verdict on every board, and the rule it follows."""
    found = [(board, g, judge(footprint, board)) for board, g, footprint in _measured(subject)]
    found.sort(key=lambda one: (_ORDER.index(one[2].fit), one[0].title))
    parts: list[Html] = []
    if found:
        columns = [
            Column("Board"),
            Column("Verdict"),
            Column("RAM"),
            Column("Flash"),
            Column("Who says what it has", missing="nobody"),
        ]
        note = join("What is needed, of what the board has, and what is left. ", rule_link(subject.place))
        rows = [_row(subject, board, g, verdict) for board, g, verdict in found]
        parts.append(table("What it needs, board by board", columns, rows, note=note))
    unknown = _unknown(subject, {board.id for board, _, _ in found})
    if unknown is not None:
        parts.append(unknown if found else join(unknown, el("p", rule_link(subject.place), class_="zoo-note")))
    return el("div", *parts)


def _measured(subject: Subject) -> Iterator[tuple[Board, FigureGroup, Footprint]]:
    """Yield each board with the footprint that was measured for the series of its chip, the main file's first."""
    main = subject.main.artifact.id
    groups = sorted(subject.groups, key=lambda g: g.group.artifact != main)
    footprints = [(g, g.group) for g in groups if isinstance(g.group, Footprint)]
    for entry in subject.zoo.registry.boards.values() if footprints else ():
        found = next((one for one in footprints if one[1].target == entry.value.series), None)
        if found is not None:
            yield entry.value, *found


def _row(subject: Subject, board: Board, g: FigureGroup, verdict: Verdict) -> Row:
    name = subject.place.link(board_source(board.id), board.title)
    file = el("small", f"file {g.group.artifact}")
    why = el("small", verdict.reason) if verdict.fit is not Fit.FITS else None
    urls = dict.fromkeys((*verdict.ram.sources, *verdict.flash.sources))
    sources = join(*(link(url, _host(url)) for url in urls), by=", ") if urls else None
    return Row(
        [
            join(name, file),
            join(verdict_mark(verdict), why),
            _memory(g, verdict.ram),
            _memory(g, verdict.flash),
            sources,
        ]
    )


def _host(url: str) -> str:
    """Return who a source is of: the project on GitHub, else the site."""
    host, *path = url.removeprefix("https://").split("/")
    return "/".join(path[:2]) if host == "github.com" and len(path) > 1 else host


def _memory(g: FigureGroup, verdict: MemoryVerdict) -> Html:
    """Return what is needed, of how much, and what is left of it."""
    needed = [g.figure(".".join(part.path)) for part in verdict.needs.parts]
    shown = [value(marked, unit=True, within="variant") for marked in needed if marked is not None]
    said: list[str] = [join(*shown, by=" + ")] if shown else ["not stated"]
    if verdict.needs.missing is not None:
        said.append(f"without {verdict.needs.missing}")
    has = "what the board has is not described"
    if verdict.size is not None:
        where = "on the chip" if verdict.budget.chip.memories else "on the board"
        rest = left(verdict)
        has = f"of {amount(verdict.size)} {where}{f', {rest}' if rest is not None else ''}"
    return join(join(*said, by=", "), el("small", has))


def _unknown(subject: Subject, known: set[str]) -> Html | None:
    """Return the boards nobody measured it for, in a sentence."""
    boards = [entry.value for id_, entry in subject.zoo.registry.boards.items() if id_ not in known]
    if not boards:
        return None
    return el(
        "p",
        verdict_mark(judge(None, boards[0])),
        ", because nobody measured its memory for the chip: ",
        f"{', '.join(one.title for one in boards)}.",
        class_="zoo-fits-unknown",
    )
