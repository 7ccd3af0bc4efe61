"""What a model is said to need is there on the target: on the chip, or at least on its board.

Why: internal RAM of 4570 KiB on a chip that has 4.2 MiB is another chip's figure, or one that hides external RAM; and
who plans a board has to know that a total above the chip's own memory asks for a part beside it.
How to fix: compare the cells with the document. Where they are right, say in an anomaly which memory they ask for.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, footprints
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.references import Board
from zoo_tools.domain.room import BYTES, NAMES, Budget, Kind, Need, Room, budget_of
from zoo_tools.registry.load import Registry


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Hold RAM and flash against the board of the series that has most of it."""
    largest = context.registry.once(_largest).get(subject.footprint.target)
    if largest is None:
        raise Skip(f"no board of `{subject.footprint.target}` is described")
    ram, flash = largest
    if not ram.whole.memories + flash.whole.memories:
        raise Skip(f"of no board of `{subject.footprint.target}` it is said where its memory lies")
    yield from _in_place(subject, "internal", ram)
    yield from _in_place(subject, "external", ram)
    yield from _anywhere(subject, "total" if subject.footprint.ram.total is not None else "activation", ram)
    yield from _anywhere(subject, "total" if subject.footprint.flash.total is not None else "weights", flash)


def _largest(registry: Registry) -> dict[str, tuple[Budget, Budget]]:
    """Return the most RAM and the most flash that a board of each series has."""
    boards = [entry.value for entry in registry.boards.values()]
    return {
        series: (_most(boards, series, "ram"), _most(boards, series, "flash"))
        for series in dict.fromkeys(board.series for board in boards)
    }


def _most(boards: Sequence[Board], series: str, kind: Kind) -> Budget:
    return max((budget_of(one, kind) for one in boards if one.series == series), key=lambda budget: budget.order)


def _in_place(subject: GroupSubject, part: str, budget: Budget) -> Iterator[Finding]:
    """Judge what NPU flows place: internal RAM is the chip's, external RAM the board's."""
    need = _need(subject, budget.kind, part)
    room, where = (budget.chip, "on its chip") if part == "internal" else (budget.beside, "beside its chip")
    if need is not None:
        yield from _exceeds(subject, need, room, budget.board.title, where)


def _anywhere(subject: GroupSubject, part: str, budget: Budget) -> Iterator[Finding]:
    """Judge what may lie anywhere: it should fit on the chip, and has to fit on chip and board."""
    need = _need(subject, budget.kind, part)
    if need is None or budget.unplaced.memories:
        return
    problems = list(_exceeds(subject, need, budget.whole, budget.board.title, "on chip and board"))
    yield from problems
    if budget.chip.memories and not problems and need.least > budget.chip.most:
        message = (
            f"{_said(need)}, the chip of {budget.board.title} has at most {_shown(budget.chip, need)}; "
            "it needs memory beside the chip"
        )
        fix = "say in an anomaly which memory of the board it takes"
        yield CHECK.warning(subject, message, fix=fix, at=subject.at(*need.path))


def _exceeds(subject: GroupSubject, need: Need, room: Room, board: str, where: str) -> Iterator[Finding]:
    if room.memories and need.least > room.most:
        message = f"{_said(need)}, {board} has at most {_shown(room, need)} {where}"
        fix = "compare the cell with the document, and state in an anomaly what it cannot be"
        yield CHECK.warning(subject, message, fix=fix, at=subject.at(*need.path))


def _need(subject: GroupSubject, kind: Kind, part: str) -> Need | None:
    value: Decimal | None = getattr(getattr(subject.footprint, kind), part)
    return Need((kind, part), value, subject.footprint.unit) if value is not None else None


def _said(need: Need) -> str:
    kind, part = need.path
    return f"{part} {NAMES[kind]} is {need.value} {need.unit}"


def _shown(room: Room, need: Need) -> str:
    return f"{float(room.most / BYTES[need.unit]):.6g} {need.unit}"


CHECK = Check("fits-target", Level.STATIC, footprints, run)
