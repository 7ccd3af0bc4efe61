"""What the rule picked, for readers of a terminal: a table, the same as Markdown, and what was hidden in a sentence."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.catalogue.output import digits
from zoo_tools.site.catalogue.rows import Cell, Row
from zoo_tools.site.catalogue.selection import BUDGETS, Query, Selection
from zoo_tools.site.tables import MISSING
from zoo_tools.site.zoo import Zoo

WIDTH = 160
"""Columns of a table that goes into a file or pipe."""
_SHOWN = {
    TrustMark.CORRECTED: "corrected",
    TrustMark.DISPUTED: "disputed",
    TrustMark.NOT_BOUND_TO_BYTES: "unbound",
}
"""Marks that stand in the table, in a word."""
_UNITS = ("%", "ms", "KiB")
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()<>#+!|~"})


def print_table(zoo: Zoo, found: Selection, query: Query) -> None:
    """Print rows; nothing but them goes to standard output."""
    if not found.rows:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in _headings(zoo, query):
        is_number = heading.endswith(_UNITS)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in found.rows:
        table.add_row(*(Text(_inert(cell)) for cell in _cells(zoo, row, query)))
    console = Console()
    # A pipe has no width of its own; names must not be cut there.
    (console if console.is_terminal else Console(width=WIDTH)).print(table)


def markdown(zoo: Zoo, found: Selection, query: Query) -> str:
    """Return rows as a Markdown table."""
    headings = _headings(zoo, query)
    rule = ["---:" if heading.endswith(_UNITS) else "---" for heading in headings]
    rows = [headings, *(_cells(zoo, row, query) for row in found.rows)]
    safe = [[_inert(cell).translate(_SPECIAL) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in [safe[0], rule, *safe[1:]])


def _headings(zoo: Zoo, query: Query) -> list[str]:
    ap = zoo.protocol_short(query.protocol) if query.protocol is not None else "AP"
    return ["file", "board", f"{ap} %", "latency ms", "RAM KiB", "flash KiB", "precision", "marks"]


def _cells(zoo: Zoo, row: Row, query: Query) -> list[str]:
    board = zoo.board_title(row.board) if row.board is not None else ""
    series = zoo.series_title(row.series) if row.series is not None else ""
    cells = row.cells(query.protocol)
    marks = [word for mark, word in _SHOWN.items() if any(mark in cell.marks for cell in cells)]
    precision = row.precision.replace("-", "/")
    return [row.file, board or series or MISSING, *map(_number, cells), precision, ", ".join(marks)]


def _number(cell: Cell) -> str:
    return digits(cell.number) or MISSING


def _inert(text: str) -> str:
    """Return text without what would move a terminal's cursor or colour it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def status(zoo: Zoo, found: Selection, query: Query) -> str:
    """Return how many rows are shown and why others are not; the page says the same."""
    said = [words.count(len(found.rows), "row")]
    if len(found.rows) < found.matching:
        said[0] += f" of {found.matching}"
    if query.protocol is not None:
        said[0] += f"; accuracy is {zoo.protocol_short(query.protocol)}"
    hidden = list(_hidden(found, query))
    return f"{said[0]}. Hidden: {'; '.join(hidden)}." if hidden else f"{said[0]}."


def _hidden(found: Selection, query: Query) -> Iterator[str]:
    if query.budgets:
        by = ", ".join(f"{BUDGETS[budget]} {count}" for budget, count in found.unmeasured_by.items() if count)
        yield f"{words.count(found.unmeasured, 'row')} not measured{f' ({by})' if by else ''}"
        yield f"{found.over} over budget"
    if query.pareto:
        yield f"{found.unplaced} without AP or latency"
    if any(query.facets.get(facet) for facet in ("board", "series")):
        yield f"{words.count(found.elsewhere, 'file')} not measured on that target"
