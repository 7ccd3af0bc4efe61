"""A published figure is said under the conditions its document prints beside it: board, engine, clock, tools, input.

Why: a time at another clock, or of another tool's version, is another figure. The cells of its row say which one it is,
and the transcript holds them as printed; a condition changed in one of the two is seen here.
How to fix: compare the row with the document. Where a document has a name of its own for a tool or a dataset, add it to
the `names:` of its file.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from zoo_tools.checks.as_published import cells_in_line
from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, groups
from zoo_tools.checks.precision_named import precisions_named
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.address import Path
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Footprint, Latency, Training
from zoo_tools.domain.references import Board, Dataset, Series
from zoo_tools.domain.tools import Tool
from zoo_tools.registry.load import Registry
from zoo_tools.registry.transcript import Cell

Difference = tuple[Path, str, str]
"""Where the condition stands in the manifest, what is stated there, and what the cell says in the manifest's words."""

_CLOCK = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*MHz")
_ENGINE = re.compile(r"(?:([0-9]+)\s+)?([A-Za-z]+(?:\s*/\s*[A-Za-z]+)*)")
_SIDES = re.compile(r"[0-9]+(?:\s*x\s*[0-9]+){1,2}")
_VERSION = re.compile(r"(?:(?P<name>.*\S)\s+)?v?(?P<version>[0-9][0-9A-Za-z.+-]*)")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_FRACTION = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.])")
_EPOCHS = re.compile(r"([0-9]+)e")


class _Unreadable(Exception):
    """A cell that this check cannot compare; the text says what it expected there."""


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Compare the conditions of a group of figures with the other cells of its row."""
    in_line = cells_in_line(subject, context)
    for quantity, cell in in_line.items():
        compare = _CONDITIONS.get(quantity)
        if compare is not None and cell.kind == "param":
            try:
                differences = compare(subject, _plain(cell.text), context.registry)
            except _Unreadable as expected:
                message = f"line {cell.line} of the document prints `{cell.text}` for {quantity}, no {expected}"
                yield CHECK.note(subject, message, fix="compare it with the manifest by eye")
                continue
            for difference in differences:
                yield _finding(subject, cell, difference)
    yield from _tools(subject, in_line, context.registry)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Return the words of a cell: one space between them, and no footnote mark."""
    return " ".join(text.rstrip("* ").split())


def _finding(subject: GroupSubject, cell: Cell, difference: Difference) -> Finding:
    path, stated, said = difference
    meaning = "" if said == f"`{_plain(cell.text)}`" else f", which is {said}"
    message = f"{path[-1]} is {stated}, line {cell.line} of the document prints `{cell.text}`{meaning}"
    at = subject.entry.locate(path)
    return CHECK.error(subject, message, fix="write what the document prints, or mend `line:`", at=at)


def _differ(path: Path, stated: object, said: object) -> Sequence[Difference]:
    if stated == said:
        return ()
    return [(path, "not stated" if stated is None else f"`{_shown(stated)}`", f"`{_shown(said)}`")]


def _shown(value: object) -> str:
    return str(value).casefold() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=1024)
def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


Names = dict[str, list[str]]
"""Ids by what a document may call them, folded."""


def _names(things: Iterable[Board | Series | Dataset | Tool]) -> Names:
    """Return what documents may call things: by title, by id, or by another name of theirs."""
    called: Names = {}
    for one in things:
        more = [one.official_name or one.id] if isinstance(one, Board) else getattr(one, "names", [])
        for name in dict.fromkeys(map(_folded, [one.title, one.id, *more])):
            called.setdefault(name, []).append(one.id)
    return called


def _board_names(registry: Registry) -> Names:
    return _names(entry.value for entry in registry.boards.values())


def _series_names(registry: Registry) -> Names:
    return _names(entry.value for entry in registry.series.values())


def _dataset_names(registry: Registry) -> Names:
    return _names(entry.value for entry in registry.datasets.values())


def _tool_names(registry: Registry) -> Names:
    return _names(entry.value for entry in registry.tools.values())


def _id_named(text: str, stated: Sequence[str], names: Names) -> str:
    """Return what a text names: what is stated, where that may be called so, or the one other thing that may."""
    found = names.get(_folded(text), [])
    for id_ in stated:
        if id_ in found:
            return id_
    if len(found) != 1:
        raise _Unreadable("name of one of the registry's")
    return found[0]


def _board(subject: GroupSubject, text: str, registry: Registry) -> Sequence[Difference]:
    group = subject.group
    if not isinstance(group, Latency):
        return ()
    return _differ((*subject.path, "board"), group.board, _id_named(text, [group.board], registry.once(_board_names)))


def _target(subject: GroupSubject, text: str, registry: Registry) -> Sequence[Difference]:
    group = subject.group
    if not isinstance(group, Footprint):
        return ()
    return _differ(
        (*subject.path, "target"), group.target, _id_named(text, [group.target], registry.once(_series_names))
    )


def _dataset(subject: GroupSubject, text: str, registry: Registry) -> Sequence[Difference]:
    stated = subject.variant.dataset
    named = _id_named(text, [stated], registry.once(_dataset_names))
    return _differ((*subject.path[:2], "dataset"), stated, named)


def _clock(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    if not isinstance(subject.group, Latency):
        return ()
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise _Unreadable("clock in MHz")
    return _differ((*subject.path, "clock_mhz"), subject.group.clock_mhz, Decimal(found[1]))


@lru_cache(maxsize=1024)
def _engine_in(text: str) -> tuple[str, int | None]:
    """Return the engine a cell names, with its number of cores where that is said."""
    found = _ENGINE.fullmatch(text)
    if found is None:
        raise _Unreadable("engine")
    return "+".join(word.strip() for word in found[2].casefold().split("/")), int(found[1]) if found[1] else None


def _engine(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    group = subject.group
    if not isinstance(group, Latency):
        return ()
    said, cores = _engine_in(text)
    differences = _differ((*subject.path, "engine"), group.engine, said)
    if cores is None or cores == group.cores:
        return differences
    return [*differences, *_differ((*subject.path, "cores"), group.cores, cores)]


@lru_cache(maxsize=1024)
def _size_in(text: str) -> tuple[int, ...]:
    if _SIDES.fullmatch(text) is None:
        raise _Unreadable("size of an input")
    return tuple(int(side) for side in text.split("x"))


def _resolution(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    said = _size_in(text)
    stated = subject.variant.resolution[: len(said)]
    # Channels may stand first; which side is the height is said by nobody.
    if stated == list(said) or sorted(stated) == sorted(said):
        return ()
    return _differ((*subject.path[:2], "resolution"), stated, list(said))


def _side(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    if not text.isdecimal():
        raise _Unreadable("side of a square")
    return _differ((*subject.path[:2], "resolution"), subject.variant.resolution[:2], [int(text), int(text)])


def _format(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    said = precisions_named(text)
    if not said:
        raise _Unreadable("format of numbers")
    if subject.artifact is None or subject.artifact.precision.weights in said:
        return ()
    path = (*_artifact_path(subject), "precision", "weights")
    return [(path, f"`{subject.artifact.precision.weights}`", " or ".join(f"`{one}`" for one in sorted(said)))]


def _granularity(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    if subject.artifact is None:
        return ()
    path = (*_artifact_path(subject), "precision", "granularity")
    return _differ(path, subject.artifact.precision.granularity, text)


def _artifact_path(subject: GroupSubject) -> Path:
    places = {artifact.id: place for place, artifact in enumerate(subject.variant.artifacts)}
    return (*subject.path[:2], "artifacts", places[subject.group.artifact])


@lru_cache(maxsize=1024)
def _fraction_in(text: str) -> Decimal | None:
    """Return the one fraction in the name of a model, if there is one."""
    fractions = _FRACTION.findall(_LINK.sub(r"\1", text))
    return Decimal(fractions[0]) if len(fractions) == 1 else None


def _model(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    stated, said = subject.variant.width_multiplier, _fraction_in(text)
    if stated is None or said is None:
        return ()
    return _differ((*subject.path[:2], "width_multiplier"), stated, said)


def _backbone(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    return _differ((*subject.path[:2], "backbone"), subject.variant.backbone, text)


def _schedule(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    group = subject.group
    if not isinstance(group, Training):
        return ()
    differences = _differ((*subject.path, "schedule"), group.schedule, text)
    found = _EPOCHS.fullmatch(text)
    if found is None:
        return differences
    return [*differences, *_differ((*subject.path, "epochs"), group.epochs, int(found[1]))]


def _style(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    group = subject.group
    return _differ((*subject.path, "style"), group.style, text) if isinstance(group, Training) else ()


def _from_scratch(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    said, group = {"yes": True, "no": False}.get(text.casefold()), subject.group
    if said is None:
        raise _Unreadable("yes or no")
    return _differ((*subject.path, "from_scratch"), group.from_scratch, said) if isinstance(group, Training) else ()


def _config(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    group = subject.group
    return _same_file((*subject.path, "config"), group.config, text) if isinstance(group, Training) else ()


def _download(subject: GroupSubject, text: str, _: Registry) -> Sequence[Difference]:
    group = subject.group
    return _same_file((*subject.path, "log"), group.log, text) if isinstance(group, Training) else ()


def _same_file(path: Path, stated: str | None, text: str) -> Sequence[Difference]:
    """Compare the last parts of two addresses: the manifest's stands at a commit, the document's at a branch."""
    links = {label.casefold(): url.rpartition("/")[2] for label, url in _LINK.findall(text)}
    said = links.get(str(path[-1]))
    return () if said is None else _differ(path, stated and stated.rpartition("/")[2], said)


_CONDITIONS: dict[str, Callable[[GroupSubject, str, Registry], Sequence[Difference]]] = {
    "backbone": _backbone,
    "board": _board,
    "clock_mhz": _clock,
    "config": _config,
    "dataset": _dataset,
    "download": _download,
    "engine": _engine,
    "format": _format,
    "from_scratch": _from_scratch,
    "granularity": _granularity,
    "model": _model,
    "resolution": _resolution,
    "schedule": _schedule,
    "side": _side,
    "style": _style,
    "target": _target,
}
"""By the name of the cell in a transcript."""


def _tools(subject: GroupSubject, in_line: Mapping[str, Cell], registry: Registry) -> Iterator[Finding]:
    """Compare the tools of a group, all together: each has to be printed, and each that is printed has to be there."""
    cells = [cell for cell in in_line.values() if cell.kind == "version"]
    if not cells or not isinstance(subject.group, (Footprint, Latency)):
        return
    stated, said = {str(tool) for tool in subject.group.tools}, set()
    for cell in cells:
        try:
            said.add(_tool(cell, [tool.id for tool in subject.group.tools], registry))
        except _Unreadable:
            message = f"line {cell.line} of the document prints `{cell.text}` for {cell.quantity}, no tool and version"
            yield CHECK.note(subject, message, fix="add the name the document uses to the tool's `names:`")
            return
    if stated != said:
        printed = ", ".join(f"`{cell.text}`" for cell in cells)
        message = (
            f"the tools are {', '.join(sorted(stated))}; line {cells[0].line} of the document prints {printed}, "
            f"which is {', '.join(sorted(said))}"
        )
        fix = "write what the document prints, or mend `line:`"
        yield CHECK.error(subject, message, fix=fix, at=subject.at("tools"))


@lru_cache(maxsize=1024)
def _tool_in(text: str) -> tuple[str, str]:
    """Return the name of a tool, blank where a cell is a version alone, and the version, which may not be said."""
    found = _VERSION.fullmatch(text)
    return (found["name"] or "", found["version"]) if found is not None else (text, "unknown")


def _tool(cell: Cell, stated: Sequence[str], registry: Registry) -> str:
    """Return the tool a cell names, with its version; a cell that is a version alone is of the tool of its column."""
    name, version = _tool_in(_plain(cell.text))
    name = name or cell.quantity.removeprefix("tools.")
    return f"{_id_named(name, stated, registry.once(_tool_names))} {version}"


CHECK = Check("conditions-as-published", Level.STATIC, groups, run)
