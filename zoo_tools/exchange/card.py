"""What an ST README says, read but not judged: tables of known kinds, typed cells, footnotes, and every oddity."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from zoo_tools.exchange.cells import Cell, Link
from zoo_tools.exchange.columns import TOOL_NAMES, TableKind
from zoo_tools.exchange.oddities import Oddity

_FOOTNOTE_TOOL = re.compile(r"The results on (\S+) are obtained using ([A-Za-z][A-Za-z .-]*?) +v?([0-9][0-9A-Za-z.]*)")


@dataclass(frozen=True, slots=True)
class Row:
    """A table row whose cells stand under their headings."""

    line: int
    cells: dict[str, Cell]
    """By quantity, in the order of the columns."""
    file: Link | None = None
    """The file it speaks of, where another cell or a person says so."""

    @property
    def link(self) -> Link | None:
        """The model file the row speaks of."""
        if self.file is not None:
            return self.file
        value = self.cells["model"].value if "model" in self.cells else None
        return value if isinstance(value, Link) else None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a known kind."""

    heading: str
    line: int
    """Line of its header."""
    kind: TableKind
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Statement:
    """A number that stands in a sentence, such as `EVAL_IOU = 0.4`."""

    line: int
    name: str
    printed: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Footnote:
    """A line that begins with a footnote mark."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A model card, taken apart."""

    title: str
    tables: list[Table]
    statements: list[Statement] = field(default_factory=list)
    footnotes: list[Footnote] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)

    def tools_below(self, row: Row) -> Iterator[tuple[str, str]]:
        """Yield the tools that a footnote names for the board of a row that bears its mark: as printed, and by id."""
        marked = "board" in row.cells and "ms" in row.cells and row.cells["ms"].marked
        for note in self.footnotes if marked else ():
            match = _FOOTNOTE_TOOL.fullmatch(note.text)
            if match and match[1] == row.cells["board"].value and match[2].casefold() in TOOL_NAMES:
                yield f"{match[2]} {match[3]}", f"{TOOL_NAMES[match[2].casefold()]} {match[3]}"

    def rows(self, *groups: str) -> Iterator[tuple[Table, Row]]:
        """Yield the rows of tables that become these groups of figures, in the order of the document."""
        for table in self.tables:
            if table.kind.group in groups:
                for row in table.rows:
                    yield table, row
