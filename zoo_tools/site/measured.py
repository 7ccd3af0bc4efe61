"""What was measured for a board: files with a time on it, or with a footprint for the series of its chip."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial

from zoo_tools.domain.address import Path
from zoo_tools.domain.budget import Fit, Verdict, judge
from zoo_tools.domain.manifest import Accuracy, Footprint, Latency, Manifest
from zoo_tools.domain.references import Board
from zoo_tools.domain.room import Kind, needs_of
from zoo_tools.registry.load import Entry
from zoo_tools.site.zoo import Marked, Zoo


@dataclass(frozen=True)
class OnBoard:
    """A file and its figures that concern a board; complete before anybody asks for its verdict."""

    entry: Entry[Manifest]
    variant: str
    artifact: str
    board: Board
    times: list[Marked] = field(default_factory=list)
    """One for each way it was run there: milliseconds, or a rate where nothing else is printed."""
    footprints: dict[Path, dict[str, Marked]] = field(default_factory=dict)
    """Figures of each footprint by quantity, such as `ram.total`; several where several tools computed one."""
    aps: dict[str, Marked] = field(default_factory=dict)
    """AP by protocol."""

    @cached_property
    def memory(self) -> dict[str, Marked]:
        """Figures of the footprint it is judged by: of several the one that asks for most RAM."""
        return max(self.footprints.values(), key=_asked, default={})

    @cached_property
    def verdict(self) -> Verdict:
        """Whether it fits."""
        return judge(_footprint(self.memory), self.board)

    @cached_property
    def fit(self) -> Fit:
        """Whether it fits, in a word."""
        return self.verdict.fit

    def needed(self, kind: Kind) -> list[Marked]:
        """Return the figures that RAM or flash is judged by."""
        memory = self.memory
        footprint = _footprint(memory)
        parts = needs_of(footprint, kind).parts if footprint is not None else ()
        return [memory[".".join(part.path)] for part in parts]

    @cached_property
    def fastest(self) -> Marked | None:
        """The shortest time."""
        return min(self.times, key=milliseconds, default=None)


def _footprint(memory: dict[str, Marked]) -> Footprint | None:
    group = next((marked.group for marked in memory.values()), None)
    return group if isinstance(group, Footprint) else None


def _asked(memory: dict[str, Marked]) -> Decimal:
    footprint = _footprint(memory)
    return needs_of(footprint, "ram").size if footprint is not None else Decimal(0)


def milliseconds(marked: Marked) -> Decimal:
    """Return what a time or rate takes for one picture; for order only."""
    number = marked.figure.value
    assert isinstance(number, Decimal)
    return number if marked.figure.quantity == "ms" else 1000 / number


def measured_on(zoo: Zoo) -> dict[str, list[OnBoard]]:
    """Return the files of each board by its id: models by title, files in the order of their manifest."""
    found: dict[str, list[OnBoard]] = {id_: [] for id_ in zoo.registry.boards}
    for entry in zoo.models:
        for file in zoo.kept(_of_model, entry):
            found[file.board.id].append(file)
    return found


def _of_model(zoo: Zoo, entry: Entry[Manifest]) -> list[OnBoard]:
    """Return the files of one model, once for each board that something was measured for."""
    by_series: dict[str, list[Board]] = {}
    for board in zoo.registry.boards.values():
        by_series.setdefault(board.value.series, []).append(board.value)
    files: dict[tuple[str, str, str], OnBoard] = {}
    for marked in zoo.figures(entry.id):
        for on in _boards_of(marked, zoo, by_series):
            key = (on.id, marked.figure.variant.id, marked.group.artifact)
            _add(files.setdefault(key, OnBoard(entry, *key[1:], on)), marked)
    _add_aps(zoo, entry, files)
    return list(files.values())


def _boards_of(marked: Marked, zoo: Zoo, by_series: dict[str, list[Board]]) -> list[Board]:
    group = marked.group
    if isinstance(group, Footprint):
        return by_series.get(group.target, [])
    if isinstance(group, Latency):
        # A rate beside its time says the same once more.
        is_judged = marked.figure.quantity == ("ms" if group.ms is not None else "per_second")
        board = zoo.registry.boards.get(group.board)
        return [board.value] if board is not None and is_judged else []
    return []


def _add(file: OnBoard, marked: Marked) -> None:
    if isinstance(marked.group, Latency):
        file.times.append(marked)
    else:
        file.footprints.setdefault(marked.figure.group_path, {})[marked.figure.quantity] = marked


def _add_aps(zoo: Zoo, entry: Entry[Manifest], files: dict[tuple[str, str, str], OnBoard]) -> None:
    aps: dict[tuple[str, str], dict[str, Marked]] = {}
    for marked in zoo.figures(entry.id):
        if isinstance(marked.group, Accuracy):
            of_file = aps.setdefault((marked.figure.variant.id, marked.group.artifact), {})
            of_file.setdefault(marked.group.protocol, marked)
    for (_, variant, artifact), file in files.items():
        file.aps.update(aps.get((variant, artifact), {}))


@dataclass(frozen=True, slots=True)
class Pick:
    """The best file of a board in one respect."""

    name: str
    file: OnBoard
    figures: list[Marked]


def picks(files: Iterable[OnBoard]) -> list[Pick]:
    """Return the fastest and the smallest file of a board, and the most accurate under each protocol.

    Files that are known not to fit are left out. Figures of two protocols are never held against each other.
    """
    able = [file for file in files if file.fit is not Fit.DOES_NOT_FIT]
    found = [_best("Fastest", able, _shortest)]
    found.append(_best("Least RAM", able, _least_ram))
    found += [_best("Most accurate", able, partial(_ap, protocol=protocol)) for protocol in protocols(able)]
    return [pick for pick in found if pick is not None]


def protocols(files: Iterable[OnBoard]) -> list[str]:
    """Return the protocols that files have figures under, the one with most of them first."""
    stated = [protocol for file in files for protocol in file.aps]
    return sorted(dict.fromkeys(stated), key=lambda protocol: (-stated.count(protocol), protocol))


Ranked = tuple[Decimal, list[Marked]] | None


def _best(name: str, files: Iterable[OnBoard], rank: Callable[[OnBoard], Ranked]) -> Pick | None:
    """Return the file that ranks highest, the first of equals."""
    ranked = [(file, found) for file in files if (found := rank(file)) is not None]
    best = max(ranked, key=lambda one: one[1][0], default=None)
    return Pick(name, best[0], best[1][1]) if best is not None else None


def _shortest(file: OnBoard) -> Ranked:
    best = file.fastest
    return (-milliseconds(best), [best]) if best is not None else None


def _least_ram(file: OnBoard) -> Ranked:
    verdict = file.verdict.ram
    return (-verdict.needs.size, file.needed("ram")) if verdict.needs.parts and not verdict.needs.missing else None


def _ap(file: OnBoard, protocol: str) -> Ranked:
    marked = file.aps.get(protocol)
    return (marked.group.ap, [marked]) if marked is not None and isinstance(marked.group, Accuracy) else None
