"""Rows as data: one tree, one line of CSV; the page's download and `zoo_tools find` give the same bytes."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from zoo_tools.domain.trust import TrustMark
from zoo_tools.site.catalogue.rows import Cell, Row
from zoo_tools.site.catalogue.selection import Query, Selection

COLUMNS = (
    "model", "variant", "artifact", "title", "task", "dataset", "format", "precision", "release", "status", "board",
    "series", "engine", "tools", "protocol", "ap_percent", "latency_ms", "ram_kib", "flash_kib", "notes", "marks",
)  # fmt: skip
"""Columns of the CSV."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def digits(number: Decimal | None) -> str:
    """Return a number without an exponent, nothing for none."""
    return "" if number is None else f"{number:f}"


def cell_tree(cell: Cell) -> dict[str, object] | None:
    """Return a cell as JSON has it; None where nothing is stated."""
    if not cell.figures and cell.number is None:
        return None
    return {
        "number": None if cell.number is None else float(cell.number),
        "printed": cell.printed,
        "note": cell.note,
        "marks": [mark.value for mark in TrustMark if mark in cell.marks],
        "figures": [one.figure.address for one in cell.figures],
    }


def row_tree(row: Row) -> dict[str, object]:
    """Return a row as JSON has it: ids, then a cell for each quantity; times in ms, memory in KiB, AP in percent."""
    return {
        "id": row.id,
        **{name: getattr(row, name) for name in COLUMNS[:14]},
        "latency": cell_tree(row.latency),
        "ram": cell_tree(row.ram),
        "flash": cell_tree(row.flash),
        "ap": {protocol: cell_tree(cell) for protocol, cell in row.aps.items()},
    }


def selection_tree(found: Selection, query: Query) -> dict[str, object]:
    """Return what the rule picked as JSON has it, with what was asked and what was hidden."""
    return {
        "format": 1,
        "protocol": query.protocol,
        "matching": found.matching,
        "hidden": {
            "over-budget": found.over,
            "not-measured": found.unmeasured,
            "not-measured-by": dict(found.unmeasured_by),
            "not-placed": found.unplaced,
            "files-not-measured-on-target": found.elsewhere,
        },
        "rows": [row_tree(row) for row in found.rows],
    }


def csv_text(rows: Iterable[Row], protocol: str | None) -> str:
    """Return rows as CSV of RFC 4180; text that a spreadsheet would run as a formula begins with an apostrophe."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows([inert(text) for text in csv_cells(row, protocol)] for row in rows)
    return stream.getvalue()


def csv_cells(row: Row, protocol: str | None) -> list[str]:
    """Return what a row says in each column."""
    cells = row.cells(protocol)
    stated = [getattr(row, name) or "" for name in COLUMNS[:14]]
    notes = [f"{name}: {cell.note}" for name, cell in zip(_CELLS, cells, strict=True) if cell.note]
    return [
        *stated,
        protocol or "",
        *(digits(cell.number) for cell in cells),
        "; ".join(notes),
        " ".join(_marks(cells)),
    ]


_CELLS = ("AP", "latency", "RAM", "flash")


def _marks(cells: Sequence[Cell]) -> list[str]:
    return [mark.value for mark in TrustMark if any(mark in cell.marks for cell in cells)]


def inert(text: str) -> str:
    """Return text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text
