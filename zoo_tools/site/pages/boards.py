"""A page for each board: the memory it has and who says so, what fits, the best file in each respect, every file.

A board of which nothing was measured has its page too: that nobody measured anything is worth knowing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from zoo_tools.domain.budget import FIT_NAMES, Fit
from zoo_tools.domain.references import Board
from zoo_tools.domain.room import KINDS, NAMES, Kind, budget_of
from zoo_tools.site import words
from zoo_tools.site.charts import pareto
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.fitting import BOARDS, fit_mark, memory_line, room, rule
from zoo_tools.site.measured import OnBoard, measured_on, picks, protocols
from zoo_tools.site.page import Page
from zoo_tools.site.pages.board_files import compare_link, files_table, picks_table
from zoo_tools.site.pages.entries import board_source, listed
from zoo_tools.site.place import Place
from zoo_tools.site.tables import Column, Row, facts, table
from zoo_tools.site.zoo import Zoo

__all__ = ["board_source", "pages"]

INDEX = BOARDS
SERVERS = ("gpu", "host")
"""Kinds of series that stand for no device: their boards come last."""


def in_order(zoo: Zoo) -> list[Board]:
    """Return all boards by name, servers last."""
    return sorted((entry.value for entry in zoo.registry.boards.values()), key=lambda board: _order(zoo, board))


def _order(zoo: Zoo, board: Board) -> tuple[bool, str, str]:
    series = zoo.series_of(board.id)
    return series is not None and series.kind in SERVERS, board.title.casefold(), board.id


def pages(zoo: Zoo) -> Iterator[tuple[str, str]]:
    """Yield source and text of the index and of each board's page."""
    found = measured_on(zoo)
    yield INDEX, _index(zoo, found)
    for board in in_order(zoo):
        yield board_source(board.id), _page(zoo, board, found[board.id])


def _index(zoo: Zoo, found: dict[str, list[OnBoard]]) -> str:
    page = Page(zoo.place(INDEX), "Boards", hide=["navigation"], description="Boards, their memory, and what fits.")
    page.heading(1, "Boards", id_="boards")
    page.block(el("p", "What each board has, and how many files are known to fit it.", class_="zoo-lead"))
    if zoo.registry.boards:
        page.block(_all(zoo, page.place, found))
    else:
        page.block(el("p", "The registry describes no board yet."))
    page.heading(2, "What fits means", id_="fits")
    page.block(rule())
    return page.text()


def _all(zoo: Zoo, place: Place, found: dict[str, list[OnBoard]]) -> Html:
    columns = [
        Column("Board"),
        Column("Kind"),
        *(Column(f"{NAMES[kind][0].upper()}{NAMES[kind][1:]}", missing="not described") for kind in KINDS),
        *(Column(FIT_NAMES[fit].capitalize(), numeric=True, group="Files") for fit in Fit),
    ]
    rows = []
    for board in in_order(zoo):
        memory = [_memory(board, kind) for kind in KINDS]
        name = place.link(board_source(board.id), board.title)
        rows.append(Row([name, _kind(zoo, board), *memory, *(_count(found[board.id], fit) for fit in Fit)]))
    note = "Files that were timed there, or whose memory was measured for the series of its chip."
    return table("All boards", columns, rows, note=note)


def _count(files: Sequence[OnBoard], fit: Fit) -> Html:
    """Return how many files have a verdict, and of those with an uncounted part how many fit as far as it is known."""
    same = [file.verdict for file in files if file.fit is fit]
    so_far = sum(verdict.so_far is Fit.FITS for verdict in same) if fit is Fit.UNKNOWN else 0
    return join(str(len(same)), el("span", f"{so_far} so far fit", class_="zoo-where") if so_far else None)


def fit_counts(files: Sequence[OnBoard]) -> Counter[Fit]:
    """Return how many files there are of each verdict."""
    return Counter(file.fit for file in files)


def _memory(board: Board, kind: Kind) -> str | None:
    budget = budget_of(board, kind)
    beside = "beside it" if budget.chip.memories else "on the board"
    said = [room(budget.chip, "on the chip"), room(budget.beside, beside)]
    return ", ".join(part for part in said if part is not None) or None


def _kind(zoo: Zoo, board: Board) -> str:
    series = zoo.series_of(board.id)
    return words.KINDS.get(series.kind, series.kind) if series is not None else "unknown"


def _page(zoo: Zoo, board: Board, files: list[OnBoard]) -> str:
    page = Page(
        zoo.place(board_source(board.id)),
        board.title,
        hide=["navigation"],
        description=f"{board.title}: its memory, which models fit it, and the fastest and most accurate of them.",
    )
    page.heading(1, board.title, id_="board")
    page.block(*_head(zoo, board, files))
    page.heading(2, "Memory", id_="memory")
    page.block(_budget(board), _rule())
    page.heading(2, "Picks", id_="picks")
    page.block(picks_table(zoo, page.place, picks(files)))
    _chart(page, zoo, board, files)
    page.heading(2, "Every file measured for it", id_="files")
    page.block(files_table(zoo, page.place, files) if files else el("p", "Nobody measured a file of this zoo for it."))
    return page.text()


def _rule() -> Html:
    head = el("summary", "What fits means")
    return el("div", el("details", head, el("div", rule(), class_="zoo-inside"), class_="zoo-details"))


def _chart(page: Page, zoo: Zoo, board: Board, files: list[OnBoard]) -> None:
    """Add AP over time on this board, under the protocol most files have; nothing where there is too little to draw."""
    protocol = next(iter(protocols(files)), None)
    drawn = pareto(zoo, protocol=protocol, boards=[board.id]) if protocol is not None else None
    if drawn and protocol is not None:
        page.heading(2, "Accuracy and time", id_="chart")
        said = f"{zoo.protocol_short(protocol)}, the protocol most of its files have a figure under. "
        more = compare_link(page.place, board.id, protocol, "Choose on the Compare page")
        page.block(drawn, el("p", said, more, ".", class_="zoo-note"))


def _head(zoo: Zoo, board: Board, files: list[OnBoard]) -> Iterator[Html]:
    models = words.count(len({file.entry.id for file in files}), "model")
    said = f"{words.count(len(files), 'file')} of {models} measured for it." if files else "Nothing measured for it."
    kind = _kind(zoo, board)
    yield el("p", f"{kind[0].upper()}{kind[1:]}. {said}", class_="zoo-lead")
    counts = fit_counts(files)
    shown = [el("li", fit_mark(fit), " ", el("b", str(counts[fit]))) for fit in Fit if counts[fit]]
    if shown:
        yield el("ul", *shown, class_="zoo-fits")
    yield facts(
        [
            ("Chip", board.chip),
            ("Series", zoo.series_title(board.series)),
            ("Sold as", board.official_name),
            ("Vendor's page", link(board.url, board.url.removeprefix("https://"))),
        ]
    )
    if board.note is not None:
        yield el("p", board.note, class_="zoo-note")


def _budget(board: Board) -> Html:
    rows: list[tuple[str, Html | None]] = [
        ("RAM", listed(map(memory_line, board.ram)) if board.ram else None),
        ("Flash", listed(map(memory_line, board.flash)) if board.flash else None),
    ]
    unsaid = "Nobody describes it, so nothing is said to fit."
    return facts((name, html if html is not None else unsaid) for name, html in rows)
