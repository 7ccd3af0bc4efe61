"""A row of a figure table as a manifest's group of figures; a cell that was not read becomes `todo`, never a guess."""

from collections.abc import Iterable
from decimal import Decimal

from zoo_tools.exchange.artifacts import datasets
from zoo_tools.exchange.card import Card, Row
from zoo_tools.exchange.cells import Cell, Engine
from zoo_tools.exchange.settings import TODO, CardSettings, as_id
from zoo_tools.exchange.yaml_text import Flow, FlowList, Tree


def footprint(row: Row, settings: CardSettings, artifact: str) -> Flow:
    """Return the memory figures of a row."""
    return Flow(
        artifact=artifact,
        target=_name(row, "target"),
        unit=_memory_unit(row, settings),
        ram=_part(row, "ram"),
        flash=_part(row, "flash"),
        **_rest(row, settings),
    )


def latency(row: Row, settings: CardSettings, artifact: str, *, card: Card) -> Flow:
    """Return the time figures of a row."""
    group = Flow(artifact=artifact, board=_name(row, "board"))
    engine = row.cells["engine"].value
    group["engine"] = engine.name if isinstance(engine, Engine) else TODO
    if isinstance(engine, Engine) and engine.cores is not None:
        group["cores"] = engine.cores
    for quantity in ("clock_mhz", "ms", "per_second"):
        if quantity in row.cells:
            group[quantity] = figure(row.cells[quantity])
    if "share.npu" in row.cells:
        group["share"] = _part(row, "share")
    group |= _rest(row, settings, more=(tool for _, tool in card.tools_below(row)))
    return group


def accuracy(row: Row, settings: CardSettings, artifact: str, *, heading: str) -> Flow:
    """Return the accuracy figure of a row of the table under a heading."""
    ap = figure(row.cells["ap"])
    said = [settings.protocols[name] for name in datasets(heading) if name in settings.protocols]
    protocol = said[0] if said else settings.protocol
    return Flow(artifact=artifact, protocol=protocol, ap=ap, evidence=settings.evidence, line=row.line)


def _name(row: Row, quantity: str) -> str:
    value = row.cells[quantity].value
    return as_id(value) if isinstance(value, str) else TODO


def figure(cell: Cell) -> Tree:
    """Return a number, `NA` where shares may be NA, or `todo`."""
    return cell.value if isinstance(cell.value, Decimal) or cell.value == "NA" else TODO


def _part(row: Row, prefix: str) -> Flow:
    """Return the figures whose quantities begin with a word: the parts first, the total last."""
    names = [quantity for quantity in row.cells if quantity.startswith(f"{prefix}.")]
    names.sort(key=lambda quantity: quantity.endswith(".total"))
    return Flow((quantity.partition(".")[2], figure(row.cells[quantity])) for quantity in names)


def _memory_unit(row: Row, settings: CardSettings) -> str:
    """Return the unit of all memory figures of a row: the printed one, else the person's word, else `todo`."""
    cells = [cell for quantity, cell in row.cells.items() if quantity.startswith(("ram.", "flash."))]
    units = {cell.unit or settings.memory_unit or TODO for cell in cells if isinstance(cell.value, Decimal)}
    return units.pop() if len(units) == 1 else TODO


def _rest(row: Row, settings: CardSettings, more: Iterable[str] = ()) -> dict[str, Tree]:
    said = [cell.value for cell in row.cells.values() if cell.sort == "version"]
    tools = FlowList(value if isinstance(value, str) else TODO for value in said)
    tools.extend(tool for tool in more if tool not in tools)
    return {"tools": tools, "evidence": settings.evidence, "line": row.line}
