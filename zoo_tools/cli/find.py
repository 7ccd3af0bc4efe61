"""`zoo_tools find`: pick files by what they take and how accurate they are, by the rule of the Compare page."""

import difflib
import json
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import get_args

import click

from zoo_tools.cli.find_table import markdown, print_table, status
from zoo_tools.cli.options import open_registry, registry_option
from zoo_tools.domain.manifest import Format
from zoo_tools.errors import UsageError
from zoo_tools.registry.load import Registry
from zoo_tools.site.catalogue.output import csv_text, selection_tree
from zoo_tools.site.catalogue.rows import Row, exact, rows_of
from zoo_tools.site.catalogue.selection import (
    BUDGETS,
    SORTS,
    Budget,
    Demand,
    Query,
    Sort,
    protocols_of,
    select,
    values_of,
)
from zoo_tools.site.checked import read_report
from zoo_tools.site.zoo import Zoo

_UNITS: Mapping[Budget, Mapping[str, Decimal]] = {
    "max-latency": {"ms": Decimal(1), "s": Decimal(1000)},
    "max-ram": {"KiB": Decimal(1), "MiB": Decimal(1024)},
    "max-flash": {"KiB": Decimal(1), "MiB": Decimal(1024)},
    "min-ap": {"%": Decimal(1)},
}
"""Units of each budget by how many of its own they are; the first is meant where none is written."""
_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([A-Za-z%]*)")
_OUTPUTS = ("table", "json", "csv", "markdown")


@click.command("find")
@click.option("--board", multiple=True, metavar="ID", help="Measured on this board; repeatable, as are all facets.")
@click.option("--series", multiple=True, metavar="ID", help="Measured on a chip of this series.")
@click.option("--task", multiple=True, metavar="ID", help="What it does, such as object-detection.")
@click.option("--dataset", multiple=True, metavar="ID", help="What it was trained on.")
@click.option("--model", multiple=True, metavar="ID", help="Model family.")
@click.option("--format", "format_", multiple=True, metavar="ID", help=f"File format: {', '.join(get_args(Format))}.")
@click.option("--precision", multiple=True, metavar="ID", help="Number format, such as int8 or float32.")
@click.option("--protocol", metavar="ID", help="How AP was computed; default: the one with the most files.")
@click.option("--max-latency", metavar="MS", help="Longest time of one picture: 300, 300ms or 0.3s.")
@click.option("--max-ram", metavar="KIB", help="Most RAM: 600, 600KiB or 1.5MiB.")
@click.option("--max-flash", metavar="KIB", help="Most flash, as RAM.")
@click.option("--min-ap", metavar="PERCENT", help="Least AP under the protocol.")
@click.option(
    "--trust", multiple=True, type=click.Choice([demand.value for demand in Demand]),
    help="Demand of the figures; repeatable: " + ", ".join(f"{one.value} ({one.meaning})" for one in Demand) + ".",
)  # fmt: skip
@click.option("--pareto", is_flag=True, help="Only rows that none on the same board beats in both AP and latency.")
@click.option(
    "--sort", default="ap", show_default=True, metavar="KEY",
    help=f"Order, the best first: {', '.join(SORTS)}; -KEY turns it round. Without the number: last.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Show so many rows at most.")
@click.option("--output", type=click.Choice(_OUTPUTS), default="table", show_default=True)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False),
    help="JSON report of validate, for the marks that rest on a check.",
)  # fmt: skip
@registry_option
def command(
    *, protocol: str | None, trust: tuple[str, ...], pareto: bool, sort: str, limit: int | None, output: str,
    report: Path | None, registry_folder: Path | None, max_latency: str | None, max_ram: str | None,
    max_flash: str | None, min_ap: str | None, format_: tuple[str, ...], **facets: tuple[str, ...],
) -> None:  # fmt: skip
    """Pick files by board, budget and accuracy: one row for each file on each board.

    A row whose figure is missing never passes the budget that asks for it; how many are hidden for that reason is said
    on standard error. The rule is that of the Compare page.

    Exit codes: 0 answered, also with no row; 2 usage.
    """
    registry = open_registry(registry_folder)
    zoo = Zoo(registry, read_report(report) if report is not None else None)
    rows = rows_of(zoo)
    budgets = {"max-latency": max_latency, "max-ram": max_ram, "max-flash": max_flash, "min-ap": min_ap}
    query = Query(
        facets=_facets(registry, rows, {**facets, "format": format_}),
        demands=frozenset(map(Demand, trust)),
        budgets={budget: _amount(budget, given) for budget in BUDGETS if (given := budgets[budget]) is not None},
        protocol=_protocol(registry, rows, protocol),
        pareto=pareto,
        sort=_sort(sort.removeprefix("-")),
        reverse=sort.startswith("-"),
        limit=limit,
    )
    found = select(rows, query)
    if output == "json":
        click.echo(json.dumps(selection_tree(found, query), indent=1, ensure_ascii=False))
    elif output == "csv":
        click.echo(csv_text(found.rows, query.protocol), nl=False)
    elif output == "markdown":
        click.echo(markdown(zoo, found, query), nl=False)
    else:
        print_table(zoo, found, query)
    click.echo(status(zoo, found, query), err=True)


def _facets(registry: Registry, rows: list[Row], given: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    known: dict[str, Collection[str]] = {
        "board": registry.boards,
        "series": registry.series,
        "dataset": registry.datasets,
        "model": registry.model_ids,
        "format": get_args(Format),
    }
    for facet, chosen in given.items():
        for value in chosen:
            values = known.get(facet) or values_of(rows, facet)
            if value not in values:
                raise _unknown(facet, value, values)
    return {facet: frozenset(chosen) for facet, chosen in given.items() if chosen}


def _protocol(registry: Registry, rows: list[Row], given: str | None) -> str | None:
    """Return the protocol asked for, or the one most files have a figure under."""
    if given is None:
        return next(iter(protocols_of(rows)), None)
    if given not in registry.protocols:
        raise _unknown("protocol", given, registry.protocols)
    return given


def _amount(budget: Budget, given: str) -> Decimal:
    """Return a budget in its own unit."""
    match = _AMOUNT.fullmatch(given.strip())
    units = _UNITS[budget]
    scale = units.get(match[2] or next(iter(units))) if match is not None else None
    if match is None or scale is None:
        example = " or ".join(f"600{unit}" if unit != "%" else "40" for unit in units)
        raise UsageError(
            f"--{budget} is `{given}`, and should be a number in {' or '.join(units)}", fix=f"write {example}"
        )
    return exact(Decimal(match[1]) * scale)


def _sort(given: str) -> Sort:
    for key in SORTS:
        if key == given:
            return key
    raise _unknown("sort key", given, SORTS)


def _unknown(kind: str, given: str, known: Collection[str]) -> UsageError:
    nearest = difflib.get_close_matches(given, list(known), n=1, cutoff=0.4)
    fix = f"write `{nearest[0]}`" if nearest else f"choose one of: {', '.join(sorted(known)) or 'none'}"
    return UsageError(f"there is no {kind} `{given}`", fix=fix)
