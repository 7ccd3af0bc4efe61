"""Tables as HTML: escaped, with headers a screen reader can use, scrolling sideways inside a region of their own.

They carry `data-search-exclude`: indexed cell by cell, they made the first search of a large zoo take seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from zoo_tools.site.escape import Html, el, join

MISSING = "not measured"


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what its head says."""

    heading: str
    numeric: bool = False
    """Right-aligned, with figures of equal width."""
    group: str | None = None
    """Heading over this column and its neighbours of the same group."""
    unit: str | None = None
    """Unit of all its cells, shown with the heading."""
    sorted: bool = False
    """Whether the rows are sorted by this column, largest first."""
    missing: str = MISSING
    """What an absent cell says."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row; its first cell is its header."""

    cells: Sequence[str | None]
    """As many as columns; None says that the value is missing."""
    id: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading that spans the table."""

    heading: str
    rows: Sequence[Row]


def table(
    title: str, columns: Sequence[Column], parts: Iterable[Row | Section], *, note: str | None = None, class_: str = ""
) -> Html:
    """Build a table.

    Args:
        title: what it shows; its caption, and the name of the region it scrolls in.
        columns: the heads.
        parts: rows, or sections of rows.
        note: what a reader must know besides, behind the title.
        class_: further classes of the table element.
    """
    bodies: list[Html] = []
    loose: list[Html] = []
    for part in parts:
        if isinstance(part, Row):
            loose.append(_row(part, columns))
            continue
        # The inner elements of headings and captions stay in view while the table scrolls sideways.
        head = el("th", el("span", part.heading), scope="rowgroup", colspan=str(len(columns)))
        rows = [_row(row, columns) for row in part.rows]
        bodies.append(el("tbody", el("tr", head, class_="zoo-section"), *rows))
    if loose:
        bodies.insert(0, el("tbody", *loose))
    built = el(
        "table",
        el("caption", el("div", el("strong", title), Html(" ") if note else None, note)),
        el("thead", *_heads(columns)),
        *bodies,
        class_=f"zoo-table {class_}".strip(),
        data_search_exclude=True,
    )
    # Focusable, so that the keyboard can scroll it.
    return el("div", built, class_="zoo-scroll", role="region", tabindex="0", aria_label=title)


def _heads(columns: Sequence[Column]) -> list[Html]:
    if not any(column.group for column in columns):
        return [el("tr", *(_head(column) for column in columns))]
    upper: list[Html] = []
    lower: list[Html] = []
    for group, members in groupby(columns, key=lambda column: column.group):
        inside = list(members)
        if group is None:
            upper += [_head(column, rowspan="2") for column in inside]
        else:
            upper.append(el("th", group, scope="colgroup", colspan=str(len(inside)), class_="zoo-group"))
            lower += [_head(column) for column in inside]
    return [el("tr", *upper), el("tr", *lower)]


def _head(column: Column, *, rowspan: str | None = None) -> Html:
    unit = el("span", column.unit, class_="zoo-unit") if column.unit else None
    return el(
        "th",
        join(column.heading, Html(" ") if unit else None, unit),
        scope="col",
        rowspan=rowspan,
        class_="zoo-num" if column.numeric else None,
        aria_sort="descending" if column.sorted else None,
    )


def _row(row: Row, columns: Sequence[Column]) -> Html:
    cells = [_cell(cell, column, i) for i, (cell, column) in enumerate(zip(row.cells, columns, strict=True))]
    return el("tr", *cells, id=row.id, **row.attributes)


def _cell(cell: str | None, column: Column, position: int) -> Html:
    class_ = "zoo-num" if column.numeric else None
    if position == 0:
        return el("th", cell, scope="row", class_=class_)
    if cell is None:
        # Words that stand for a number are set apart from numbers; a dash is no word.
        is_dash = len(column.missing) == 1
        return el("td", column.missing, class_=class_ if is_dash else f"{class_ or ''} zoo-missing".strip())
    return el("td", cell, class_=class_)


def facts(rows: Iterable[tuple[str, str | None]]) -> Html:
    """Build a list of names with their values; a value of None is left out with its name."""
    pairs = [el("div", el("dt", name), el("dd", value)) for name, value in rows if value is not None]
    return el("dl", *pairs, class_="zoo-facts")
