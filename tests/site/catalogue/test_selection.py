"""The rule that picks rows: against a slow one written from its docstring, and its promises one by one."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.site.catalogue.generated import question, row, rows
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site.catalogue.rows import MISSING, Cell, Row
from zoo_tools.site.catalogue.selection import (
    BUDGETS,
    SORTS,
    Budget,
    Demand,
    Query,
    Selection,
    number_of,
    protocols_of,
    select,
)

ROW = row(Random(0), "m", "a")


def made(
    artifact: str, *, board: str | None = "board-a", ap: str | None = None, latency: str | None = None,
    ram: str | None = None,
) -> Row:  # fmt: skip
    """Return a row with these numbers."""
    aps = {"p": Cell(Decimal(ap))} if ap is not None else {}
    cells = [MISSING if text is None else Cell(Decimal(text)) for text in (latency, ram)]
    return replace(ROW, artifact=artifact, board=board, latency=cells[0], ram=cells[1], flash=MISSING, aps=aps)


def names(found: Selection) -> list[str]:
    return [one.artifact for one in found.rows]


@given(st.integers(0, 2**32))
def test_the_rule_is_its_docstring(seed: int) -> None:
    random = Random(seed)
    catalogue = rows(random, random.randint(0, 40))
    query = question(random, catalogue)
    found = select(catalogue, query)

    def passes_facets(one: Row, *, targets: bool) -> bool:
        left = {f: v for f, v in query.facets.items() if targets or f not in ("board", "series")}
        return all(getattr(one, facet) in values for facet, values in left.items())

    def is_trusted(one: Row) -> bool:
        marks = [cell.marks for cell in (one.ap(query.protocol), one.latency, one.ram, one.flash) if cell.marks]
        every = set().union(*marks)
        if not marks and query.demands:
            return False
        refused = {
            Demand.BOUND: TrustMark.NOT_BOUND_TO_BYTES,
            Demand.UNDISPUTED: TrustMark.DISPUTED,
            Demand.UNCORRECTED: TrustMark.CORRECTED,
        }
        return all(
            (TrustMark.RE_RUN in every) if d is Demand.RE_RUN else refused[d] not in every for d in query.demands
        )

    def verdict(one: Row, budget: Budget) -> str:
        number = number_of(one, budget, query.protocol)
        if number is None:
            return "unmeasured"
        limit = query.budgets[budget]
        return "within" if (number >= limit if budget == "min-ap" else number <= limit) else "over"

    asked = [one for one in catalogue if passes_facets(one, targets=True) and is_trusted(one)]
    verdicts = [(one, [verdict(one, budget) for budget in query.budgets]) for one in asked]
    within = [one for one, said in verdicts if set(said) <= {"within"}]
    lacking = [one for one, said in verdicts if "over" not in said and "unmeasured" in said]
    placed = [one for one in within if one.latency.number is not None and one.ap(query.protocol).number is not None]

    def numbers(one: Row) -> tuple[Decimal, Decimal]:
        latency, ap = one.latency.number, one.ap(query.protocol).number
        assert latency is not None
        assert ap is not None
        return latency, ap

    def beats(a: Row, b: Row) -> bool:
        (la, aa), (lb, ab) = numbers(a), numbers(b)
        return a.board == b.board and la <= lb and aa >= ab and (la, aa) != (lb, ab)

    front = [one for one in placed if not any(beats(other, one) for other in placed)]
    wanted = front if query.pareto else within
    assert sorted(names(found)) == sorted(one.artifact for one in wanted)
    assert found.matching == len(wanted)
    assert found.over == sum("over" in said for _, said in verdicts)
    assert found.unmeasured == len(lacking)
    assert found.unmeasured_by == {
        budget: sum(verdict(one, budget) == "unmeasured" for one in lacking) for budget in query.budgets
    }
    assert found.unplaced == (len(within) - len(placed) if query.pareto else 0)
    files = {one.file for one in catalogue if passes_facets(one, targets=False)}
    there = {one.file for one in catalogue if passes_facets(one, targets=True)}
    assert found.elsewhere == len(files - there)


@given(st.integers(0, 2**32))
def test_what_has_no_number_stands_last_and_equals_keep_their_order(seed: int) -> None:
    random = Random(seed)
    catalogue = rows(random, 30)
    for sort in SORTS[:4]:
        for reverse in (False, True):
            query = Query(protocol="ap-a", sort=sort, reverse=reverse)
            found = select(catalogue, query).rows
            numbers = [number_of(one, sort, "ap-a") for one in found]
            stated = [number for number in numbers if number is not None]
            assert numbers == [*stated, *[None] * (len(numbers) - len(stated))]
            assert stated == sorted(stated, reverse=(sort == "ap") != reverse)
            position = {one.artifact: i for i, one in enumerate(catalogue)}
            for (a, x), (b, y) in zip(
                zip(found, numbers, strict=True), zip(found[1:], numbers[1:], strict=True), strict=False
            ):
                assert x != y or position[a.artifact] < position[b.artifact]


@given(st.integers(0, 2**32))
def test_nobody_gets_a_row_that_is_not_measured(seed: int) -> None:
    random = Random(seed)
    catalogue = rows(random, 30)
    query = question(random, catalogue)
    for one in select(catalogue, query).rows:
        for budget, limit in query.budgets.items():
            number = number_of(one, budget, query.protocol)
            assert number is not None
            assert number >= limit if budget == "min-ap" else number <= limit


def test_a_number_equal_to_its_budget_is_within() -> None:
    catalogue = [made("a", ram="600"), made("b", ram="600.01"), made("c", ram="599.99")]
    assert names(select(catalogue, Query(budgets={"max-ram": Decimal(600)}))) == ["a", "c"]


def test_a_row_over_one_budget_is_not_counted_as_unmeasured_by_another() -> None:
    catalogue = [made("over", latency="500"), made("unknown", latency="200"), made("fits", latency="200", ram="10")]
    found = select(catalogue, Query(budgets={"max-latency": Decimal(300), "max-ram": Decimal(600)}))
    assert (names(found), found.over, found.unmeasured) == (["fits"], 1, 1)
    assert found.unmeasured_by == {"max-latency": 0, "max-ram": 1}


def test_a_faster_board_takes_nobody_off_the_front_of_another() -> None:
    catalogue = [
        made("server", board="board-c", latency="1", ap="60"),
        made("slow", latency="300", ap="40"),
        made("slower", latency="310", ap="40"),
        made("twin", latency="300", ap="40"),
        made("better", latency="400", ap="45"),
        made("unknown", ap="99"),
    ]
    found = select(catalogue, Query(protocol="p", pareto=True, sort="latency"))
    assert names(found) == ["server", "slow", "twin", "better"]
    assert found.unplaced == 1


def test_a_limit_hides_no_count() -> None:
    catalogue = [made(str(i), ap=str(i)) for i in range(9)]
    found = select(catalogue, Query(protocol="p", limit=2))
    assert (names(found), found.matching) == (["8", "7"], 9)


@pytest.mark.parametrize("demand", Demand)
def test_no_demand_holds_of_a_row_without_figures(demand: Demand) -> None:
    assert select([made("a")], Query(demands=frozenset({demand}))).rows == []


def test_only_the_chosen_protocol_counts() -> None:
    one = replace(made("a"), aps={"p": Cell(Decimal(10)), "q": Cell(Decimal(90))})
    for protocol, count in (("p", 0), ("q", 1), ("r", 0), (None, 0)):
        assert len(select([one], Query(protocol=protocol, budgets={"min-ap": Decimal(50)})).rows) == count


def test_the_protocol_with_the_most_files_comes_first() -> None:
    twice = [replace(made("a", board=board), aps={"p": Cell(Decimal(1))}) for board in ("board-a", "board-b")]
    others = [replace(made(name), aps={"q": Cell(Decimal(1))}) for name in "bc"]
    assert protocols_of([*twice, *others]) == {"q": 2, "p": 1}
    assert set(BUDGETS) == {"max-latency", "max-ram", "max-flash", "min-ap"}
