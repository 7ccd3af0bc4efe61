"""The one rule that picks rows. The Compare page asks it in JavaScript (docs/assets/compare/rule.js), the rest here.

In this order:

1. **Facets.** A row has to have one of the chosen values of every facet; a facet nobody chose from lets all through.
   Board and series are facets of the target: a row without one has none, and no choice lets it through. Files that
   the other facets let through and that have no row on the chosen targets are counted as *elsewhere*.
2. **Trust.** Every demand has to hold of the figures a row is compared by (AP under the protocol, latency, RAM,
   flash), and of a row without any figure none holds. A disputed or corrected figure counts like any other: whoever
   wants none of them demands it.
3. **Budgets.** A row is *over* if one of its numbers is measured and not within its budget; a number equal to the
   budget is within. A row that is not over and lacks a number a budget asks for is *unmeasured*: it is never shown,
   and counted under each budget that could not be held against it. The number is `Cell.number`: of several figures
   under the same conditions the worst; a cell that prints NA is none; a latency of which a rate alone is printed is
   the time it comes to; weights flash stands for flash where no total is printed.
4. **Pareto.** Kept are the rows with AP and latency of which no other such row *on the same board* is at least as good
   in both and better in one. A time on another board says nothing about this one. Rows that lack one of the two
   numbers are *unplaced*.
5. **Order.** By one key, the best first: AP falling, everything else rising; reversed on demand. Rows without that
   number stand last either way. Rows that are equal, and the order `model`, keep the order of the catalogue.
6. **Limit.** Only then are rows cut off, and how many matched stays known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from zoo_tools.domain.trust import TrustMark
from zoo_tools.site.catalogue.rows import Row

FACETS: Final = {
    "board": "Board",
    "series": "Series",
    "task": "Task",
    "dataset": "Trained on",
    "model": "Family",
    "format": "Format",
    "precision": "Precision",
}
"""Attributes of a row that are chosen from, with their headings; the options of `find` and of urls have these names."""
_TARGETS = ("board", "series")

Budget = Literal["max-latency", "max-ram", "max-flash", "min-ap"]
BUDGETS: Final[dict[Budget, str]] = {
    "max-latency": "latency",
    "max-ram": "RAM",
    "max-flash": "flash",
    "min-ap": "AP",
}
Sort = Literal["ap", "latency", "ram", "flash", "model"]
SORTS: Final[tuple[Sort, ...]] = ("ap", "latency", "ram", "flash", "model")


class Demand(StrEnum):
    """What may be demanded of the figures of a row."""

    BOUND = "bound"
    UNDISPUTED = "undisputed"
    UNCORRECTED = "uncorrected"
    RE_RUN = "re-run"

    @property
    def meaning(self) -> str:
        """The demand in a few words."""
        return _MEANINGS[self]

    def holds(self, marks: Sequence[frozenset[TrustMark]]) -> bool:
        """Tell whether it holds of a row, given the marks of each of its cells that has figures."""
        if self is Demand.RE_RUN:
            return any(TrustMark.RE_RUN in one for one in marks)
        return bool(marks) and not any(_REFUSED[self] in one for one in marks)


_REFUSED = {
    Demand.BOUND: TrustMark.NOT_BOUND_TO_BYTES,
    Demand.UNDISPUTED: TrustMark.DISPUTED,
    Demand.UNCORRECTED: TrustMark.CORRECTED,
}
_MEANINGS = {
    Demand.BOUND: "all figures bound to bytes",
    Demand.UNDISPUTED: "no figure disputed",
    Demand.UNCORRECTED: "no figure corrected",
    Demand.RE_RUN: "a figure measured by this zoo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a reader asks for."""

    facets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Chosen values by facet; a facet without any is not asked for."""
    demands: frozenset[Demand] = frozenset()
    budgets: Mapping[Budget, Decimal] = field(default_factory=dict)
    """In ms, KiB, KiB and percent, both ends within; of at most 15 digits."""
    protocol: str | None = None
    """Exactly one, or none where the catalogue holds no accuracy at all."""
    pareto: bool = False
    sort: Sort = "ap"
    reverse: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What the rule picked, and how much it left out for want of a measurement."""

    rows: list[Row]
    matching: int
    """Rows before the limit."""
    over: int
    """Rows that a measured number keeps out."""
    unmeasured: int
    """Rows that no measured number keeps out, and that lack one a budget asks for."""
    unmeasured_by: dict[Budget, int]
    """The same by budget; a row that lacks two numbers counts under both."""
    unplaced: int
    """Rows that lack AP or latency, where only the Pareto front is asked for."""
    elsewhere: int
    """Files that were not measured on any of the chosen targets."""


def select(rows: Iterable[Row], query: Query) -> Selection:
    """Pick rows; `rows` is the catalogue in its order."""
    described = [row for row in rows if _has(row, query, [facet for facet in FACETS if facet not in _TARGETS])]
    on_target = [row for row in described if _has(row, query, _TARGETS)]
    elsewhere = {row.file for row in described} - {row.file for row in on_target}
    trusted = [row for row in on_target if _is_trusted(row, query)]
    kept, over = [], 0
    unmeasured_by: dict[Budget, int] = dict.fromkeys((budget for budget in BUDGETS if budget in query.budgets), 0)
    for row in trusted:
        numbers = {budget: number_of(row, budget, query.protocol) for budget in unmeasured_by}
        if any(_exceeds(budget, number, query.budgets[budget]) for budget, number in numbers.items()):
            over += 1
        elif lacking := [budget for budget, number in numbers.items() if number is None]:
            for budget in lacking:
                unmeasured_by[budget] += 1
        else:
            kept.append(row)
    unmeasured = len(trusted) - over - len(kept)
    placed = [row for row in kept if _is_placed(row, query.protocol)] if query.pareto else kept
    shown = ordered(pareto(placed, query.protocol) if query.pareto else placed, query)
    limited = shown if query.limit is None else shown[: query.limit]
    return Selection(limited, len(shown), over, unmeasured, unmeasured_by, len(kept) - len(placed), len(elsewhere))


def _has(row: Row, query: Query, facets: Iterable[str]) -> bool:
    chosen = ((facet, query.facets.get(facet)) for facet in facets)
    return all(getattr(row, facet) in values for facet, values in chosen if values)


def _is_trusted(row: Row, query: Query) -> bool:
    marks = [cell.marks for cell in row.cells(query.protocol) if cell.figures or cell.marks]
    return all(demand.holds(marks) for demand in query.demands)


def number_of(row: Row, quantity: Budget | Sort, protocol: str | None) -> Decimal | None:
    """Return the number of a row that a budget is held against, or that rows are sorted by."""
    match quantity:
        case "max-latency" | "latency":
            return row.latency.number
        case "max-ram" | "ram":
            return row.ram.number
        case "max-flash" | "flash":
            return row.flash.number
        case "min-ap" | "ap":
            return row.ap(protocol).number
        case "model":
            return None


def _exceeds(budget: Budget, number: Decimal | None, limit: Decimal) -> bool:
    if number is None:
        return False
    return number < limit if budget == "min-ap" else number > limit


def _is_placed(row: Row, protocol: str | None) -> bool:
    return row.latency.number is not None and row.ap(protocol).number is not None


def pareto(rows: Sequence[Row], protocol: str | None) -> list[Row]:
    """Return the rows on the Pareto front of their board, in the order given; rows without a number are left out."""
    by_board: dict[str | None, list[tuple[Decimal, Decimal, int]]] = {}
    for i, row in enumerate(rows):
        latency, ap = row.latency.number, row.ap(protocol).number
        if latency is not None and ap is not None:
            by_board.setdefault(row.board, []).append((latency, -ap, i))
    kept: set[int] = set()
    for points in by_board.values():
        # From the fastest on, a row stays if it is more accurate than all faster ones, or equal to the last that was.
        best: tuple[Decimal, Decimal] | None = None
        for latency, worse, i in sorted(points):
            if best is None or worse < best[1] or (latency, worse) == best:
                best = (latency, worse)
                kept.add(i)
    return [row for i, row in enumerate(rows) if i in kept]


def ordered(rows: Sequence[Row], query: Query) -> list[Row]:
    """Return rows in the order asked for; they are given in the order of the catalogue."""
    if query.sort == "model":
        return list(reversed(rows)) if query.reverse else list(rows)
    falling = (query.sort == "ap") != query.reverse
    sign = -1 if falling else 1

    def key(row: Row) -> tuple[bool, Decimal]:
        number = number_of(row, query.sort, query.protocol)
        return number is None, Decimal(0) if number is None else sign * number

    return sorted(rows, key=key)


def protocols_of(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many files have a figure under each protocol: the most first, which is the one shown unasked."""
    files: dict[str, set[str]] = {}
    for row in rows:
        for protocol in row.aps:
            files.setdefault(protocol, set()).add(row.file)
    counts = {protocol: len(found) for protocol, found in files.items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def values_of(rows: Iterable[Row], facet: str, title: Callable[[str], str] = str) -> list[str]:
    """Return the values of a facet that occur, by title."""
    found = {value for row in rows if (value := getattr(row, facet)) is not None}
    return sorted(found, key=lambda value: (title(value).casefold(), value))
