"""Rows and questions made up for tests: few values, so that ties, gaps and equal numbers are the rule."""

from decimal import Decimal
from random import Random

from zoo_tools.domain.trust import TrustMark
from zoo_tools.site.catalogue.rows import MISSING, Cell, Row
from zoo_tools.site.catalogue.selection import BUDGETS, SORTS, Demand, Query

PROTOCOLS = ("ap-a", "ap-b")
BOARDS = {"board-a": "chip-a", "board-b": "chip-a", "board-c": "chip-c"}
MARKS = (TrustMark.NOT_BOUND_TO_BYTES, TrustMark.DISPUTED, TrustMark.CORRECTED, TrustMark.RE_RUN)


def rows(random: Random, count: int) -> list[Row]:
    """Return so many rows, no two of one file on one board."""
    return [row(random, f"model_{i // 7}", f"file_{i}") for i in range(count)]


def row(random: Random, model: str, artifact: str) -> Row:
    """Return a row."""
    board = random.choice([*BOARDS, None])
    series = BOARDS[board] if board is not None else random.choice([None, "chip-a"])
    aps = {protocol: cell(random, 2) for protocol in PROTOCOLS if random.random() < 0.8}
    return Row(
        model=model, title=model.title(), variant=random.choice("xy"), artifact=artifact, task="object-detection",
        dataset=random.choice(["things", "persons"]), format=random.choice(["tflite", "onnx"]),
        precision=random.choice(["int8", "float32", "int8-float32"]), release="v1", status="active", board=board,
        series=series, latency=cell(random) if board is not None else MISSING,
        ram=cell(random) if series is not None else MISSING, flash=cell(random) if series is not None else MISSING,
        aps={protocol: one for protocol, one in aps.items() if one != MISSING},
    )  # fmt: skip


def cell(random: Random, places: int = 1) -> Cell:
    """Return a cell, often a missing one; now and then figures are stated that give no number."""
    if random.random() < 0.25:
        return MISSING
    marks = frozenset(mark for mark in MARKS if random.random() < 0.2) | {TrustMark.PUBLISHED}
    number = None if random.random() < 0.1 else Decimal(random.randint(0, 60)).scaleb(-places + 1)
    return Cell(number, marks=marks)


def question(random: Random, catalogue: list[Row]) -> Query:
    """Return something to ask of a catalogue: nothing at all, all at once, and everything between."""
    facets = {}
    for facet in ("board", "series", "dataset", "model", "format", "precision"):
        values = sorted({value for one in catalogue if (value := getattr(one, facet)) is not None} | {"nowhere"})
        if random.random() < 0.25:
            facets[facet] = frozenset(random.sample(values, random.randint(1, min(3, len(values)))))
    protocols = sorted({protocol for one in catalogue for protocol in one.aps})
    protocol = random.choice([*protocols, None])
    numbers = [one.number for r in catalogue for one in r.cells(protocol) if one.number is not None] or [Decimal(1)]
    budgets = {budget: random.choice(numbers) for budget in BUDGETS if random.random() < 0.25}
    return Query(
        facets=facets,
        demands=frozenset(demand for demand in Demand if random.random() < 0.15),
        budgets=budgets,
        protocol=protocol,
        pareto=random.random() < 0.3,
        sort=random.choice(SORTS),
        reverse=random.random() < 0.3,
    )
