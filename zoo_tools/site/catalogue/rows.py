"""A row is one file on one target: what it takes there, how accurate it is, and how far each number can be trusted.

A target is a board with one way to run on it, or a series of chips for which memory alone is known. A file that was
measured nowhere has one row without a target, so that it can be counted and never gets lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from itertools import groupby

from zoo_tools.domain.address import Path
from zoo_tools.domain.manifest import Accuracy, Artifact, Footprint, Latency, Manifest, Variant
from zoo_tools.domain.trust import TrustMark
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.zoo import Marked, Zoo

_KIB = {"KiB": Decimal(1), "MiB": Decimal(1024)}
_EXACT = Context(prec=15)
_RATE = Context(prec=6)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row says of one quantity."""

    number: Decimal | None = None
    """What a budget is held against, in ms, KiB or percent: of several figures the worst; None: not measured."""
    figures: tuple[Marked, ...] = ()
    """The figures as printed, in the order of the manifest."""
    note: str = ""
    """How the number follows from the figures, where it is not simply one of them."""
    marks: frozenset[TrustMark] = frozenset()
    """Marks that any of its figures bears."""

    @property
    def printed(self) -> str:
        """The figures as printed: those of a sum by `+`, those of one and the same quantity by `/`, with their unit."""
        groups = [list(members) for _, members in groupby(self.figures, key=lambda one: one.figure.group_path)]
        return " / ".join(f"{' + '.join(str(one.figure.value) for one in g)} {_unit(g[0])}" for g in groups)


def _unit(marked: Marked) -> str:
    return words.unit(marked.figure.unit)


MISSING = Cell()
SUM = "on-chip and external RAM, added here"
WEIGHTS = "weights alone"
RATE = "computed here from the printed rate"
INCOMPLETE = "part of it is not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file on one target; everything a reader may choose by."""

    model: str
    title: str
    """Of the model."""
    variant: str
    artifact: str
    task: str
    dataset: str
    """What it was trained for."""
    format: str
    precision: str
    """Number formats of weights and activations: `int8`, or `int8-float32` where they differ."""
    release: str
    status: str
    board: str | None = None
    """None where only memory is known, or nothing."""
    series: str | None = None
    engine: str = ""
    """What ran it: cores, engine, clock."""
    tools: str = ""
    latency: Cell = MISSING
    """Of one picture, in ms."""
    ram: Cell = MISSING
    """In KiB: the total; of an accelerator on-chip and external RAM together."""
    flash: Cell = MISSING
    """In KiB: the total, or the weights where no total is printed."""
    aps: Mapping[str, Cell] = field(default_factory=dict)
    """By protocol, in percent."""
    nth: int = 0
    """Which of several rows of this file on this target, from 0."""

    @property
    def file(self) -> str:
        """The artifact, as commands name it."""
        return f"{self.model}/{self.variant}/{self.artifact}"

    @property
    def id(self) -> str:
        """A name that stays the same while other rows come and go."""
        target = self.board or self.series
        at = f"{self.file}@{target}" if target is not None else self.file
        return f"{at}~{self.nth + 1}" if self.nth else at

    def ap(self, protocol: str | None) -> Cell:
        """Return its accuracy under a protocol."""
        return self.aps.get(protocol, MISSING) if protocol is not None else MISSING

    def cells(self, protocol: str | None) -> tuple[Cell, Cell, Cell, Cell]:
        """Return what it is compared by: AP, latency, RAM, flash."""
        return self.ap(protocol), self.latency, self.ram, self.flash


def rows_of(zoo: Zoo) -> list[Row]:
    """Return every row of the zoo: models by title, files and targets in the order of their manifests."""
    return [row for entry in zoo.models for row in zoo.kept(rows_of_model, entry)]


def rows_of_model(zoo: Zoo, entry: Entry[Manifest]) -> list[Row]:
    """Return the rows of one model."""
    return list(_rows_of_model(zoo, entry))


def _rows_of_model(zoo: Zoo, entry: Entry[Manifest]) -> Iterator[Row]:
    measured: dict[tuple[str, str], list[Marked]] = {}
    for marked in zoo.figures(entry.id):
        measured.setdefault((marked.figure.variant.id, marked.group.artifact), []).append(marked)
    for variant in entry.value.variants:
        artifacts: dict[str, Artifact | None] = {artifact.id: artifact for artifact in variant.artifacts}
        # Figures of a file that is not there are a finding of `validate`; they are not lost here either.
        artifacts |= {name: None for of, name in measured if of == variant.id and name not in artifacts}
        for name, artifact in artifacts.items():
            yield from _File(zoo, entry, variant, name, artifact, measured.get((variant.id, name), [])).rows()


@dataclass(frozen=True, slots=True)
class _File:
    """One file with its figures, to be taken apart into targets."""

    zoo: Zoo
    entry: Entry[Manifest]
    variant: Variant
    name: str
    artifact: Artifact | None
    figures: Sequence[Marked]

    def rows(self) -> Iterator[Row]:
        aps = self._aps()
        timed = _timed(self.figures)
        seen: dict[str | None, int] = {}
        series = set()
        for latency, figures in timed:
            of = self._series(latency)
            series.add(of)
            nth = seen[latency.board] = seen.get(latency.board, -1) + 1
            ram, flash = self._memory(of, [str(tool) for tool in latency.tools])
            yield self._row(
                board=latency.board, series=of, engine=words.engine(latency), tools=words.tools(latency, self.zoo),
                latency=_latency(figures), ram=ram, flash=flash, aps=aps, nth=nth,
            )  # fmt: skip
        targets = dict.fromkeys(one.group.target for one in self.figures if isinstance(one.group, Footprint))
        alone = [target for target in targets if target not in series]
        for target in alone:
            ram, flash = self._memory(target, [])
            tools = ", ".join(dict.fromkeys(words.tools(f, self.zoo) for f, _ in self._footprints(target)))
            yield self._row(series=target, tools=tools, ram=ram, flash=flash, aps=aps)
        if not timed and not alone:
            yield self._row(aps=aps)

    def _row(
        self, *, aps: Mapping[str, Cell], board: str | None = None, series: str | None = None, engine: str = "",
        tools: str = "", latency: Cell = MISSING, ram: Cell = MISSING, flash: Cell = MISSING, nth: int = 0,
    ) -> Row:  # fmt: skip
        manifest, artifact = self.entry.value, self.artifact
        return Row(
            model=self.entry.id, title=manifest.title, variant=self.variant.id, artifact=self.name, task=manifest.task,
            dataset=self.variant.dataset, format=artifact.format if artifact is not None else "unknown",
            precision=precision_id(artifact) if artifact is not None else "unknown",
            release=artifact.release if artifact is not None else "unknown", status=manifest.status.state,
            board=board, series=series, engine=engine, tools=tools, latency=latency, ram=ram, flash=flash, aps=aps,
            nth=nth,
        )  # fmt: skip

    def _series(self, latency: Latency) -> str | None:
        board = self.zoo.registry.boards.get(latency.board)
        return board.value.series if board is not None else None

    def _aps(self) -> dict[str, Cell]:
        found: dict[str, list[Marked]] = {}
        for one in self.figures:
            if isinstance(one.group, Accuracy) and one.figure.quantity == "ap":
                found.setdefault(one.group.protocol, []).append(one)
        return {protocol: _cell(figures, min(_numbers(figures))) for protocol, figures in found.items()}

    def _footprints(self, series: str | None) -> list[tuple[Footprint, list[Marked]]]:
        found: dict[Path, tuple[Footprint, list[Marked]]] = {}
        for one in self.figures:
            if isinstance(one.group, Footprint) and one.group.target == series:
                found.setdefault(one.figure.group_path, (one.group, []))[1].append(one)
        return list(found.values())

    def _memory(self, series: str | None, tools: list[str]) -> tuple[Cell, Cell]:
        """Return RAM and flash on a series: by the tools that the time was taken with, where there are such figures."""
        found = self._footprints(series)
        same = [one for one in found if [str(tool) for tool in one[0].tools] == tools]
        chosen = same or found
        rams, flashes = [_ram(*one) for one in chosen], [_flash(*one) for one in chosen]
        return _worst(rams), _worst(flashes)


def exact(number: Decimal) -> Decimal:
    """Return a number in at most 15 digits, which doubles of JavaScript tell apart and keep in order."""
    return _EXACT.plus(number)


def precision_id(artifact: Artifact) -> str:
    """Return the number formats of a file in one word."""
    weights, activations = artifact.precision.weights, artifact.precision.activations
    return weights if weights == activations else f"{weights}-{activations}"


def _timed(figures: Iterable[Marked]) -> list[tuple[Latency, list[Marked]]]:
    """Return times and rates by the conditions they were measured under."""
    found: dict[object, tuple[Latency, list[Marked]]] = {}
    for one in figures:
        group = one.group
        if isinstance(group, Latency):
            tools = tuple(map(str, group.tools))
            key = (group.board, group.engine, group.cores, group.clock_mhz, group.batch_size, tools)
            found.setdefault(key, (group, []))[1].append(one)
    return list(found.values())


def _numbers(figures: Iterable[Marked]) -> list[Decimal]:
    return [exact(one.figure.value) for one in figures if isinstance(one.figure.value, Decimal)]


def _cell(figures: Sequence[Marked], number: Decimal | None, note: str = "") -> Cell:
    marks = frozenset(mark for one in figures for mark in one.marks)
    return Cell(number, tuple(figures), note, marks)


def _latency(figures: Sequence[Marked]) -> Cell:
    """Return the time as printed; where a rate alone is printed, the time it comes to."""
    times = [one for one in figures if one.figure.quantity == "ms"]
    if times:
        return _cell(times, max(_numbers(times)))
    rates = [one for one in figures if one.figure.quantity == "per_second"]
    return _cell(rates, _RATE.divide(Decimal(1000), min(_numbers(rates))), RATE)


def _ram(footprint: Footprint, figures: Sequence[Marked]) -> Cell:
    if footprint.ram.total is not None:
        return _kib(footprint, figures, ["ram.total"])
    parts = ["ram.internal", "ram.external"]
    is_whole = footprint.ram.internal is not None and footprint.ram.external is not None
    cell = _kib(footprint, figures, parts, note=SUM if is_whole else INCOMPLETE)
    return cell if is_whole or not cell.figures else Cell(None, cell.figures, cell.note, cell.marks)


def _flash(footprint: Footprint, figures: Sequence[Marked]) -> Cell:
    is_total = footprint.flash.total is not None
    return _kib(footprint, figures, ["flash.total" if is_total else "flash.weights"], note="" if is_total else WEIGHTS)


def _kib(footprint: Footprint, figures: Sequence[Marked], quantities: list[str], *, note: str = "") -> Cell:
    """Return the sum of some figures of a footprint."""
    chosen = [one for one in figures if one.figure.quantity in quantities]
    if not chosen:
        return MISSING
    return _cell(chosen, exact(sum(_numbers(chosen), Decimal(0)) * _KIB[footprint.unit]), note)


def _worst(cells: Sequence[Cell]) -> Cell:
    """Return all figures of several cells under the largest number; one that has none makes the whole unmeasured."""
    stated = [cell for cell in cells if cell.figures]
    if len(stated) < 2:
        return stated[0] if stated else MISSING
    numbers = [cell.number for cell in stated if cell.number is not None]
    number = max(numbers) if len(numbers) == len(stated) else None
    notes = dict.fromkeys(cell.note for cell in stated if cell.note)
    return _cell([one for cell in stated for one in cell.figures], number, "; ".join(notes))
