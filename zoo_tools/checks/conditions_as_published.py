"""A published figure is said under the conditions its document prints beside it: board, engine, clock, tools, input.

Why: a time at another clock, or of another tool's version, is another figure. The cells of its row say which one it is,
and the transcript holds them as printed; a condition changed in one of the two is seen here.
How to fix: compare the row with the document. Where a document has a name of its own for a tool or a dataset, add it to
the `names:` of its file.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

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
from zoo_tools.registry.load import Entry, Registry
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


Named = TypeVar("Named", Entry[Board], Entry[Series], Entry[Dataset], Entry[Tool])


class _Unreadable(Exception):
    """A cell that this check cannot compare; the text says what it expected there."""


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Compare the conditions of a group of figures with the other cells of its row."""
    in_line = cells_in_line(subject, context)
    for quantity, cell in in_line.items():
        compare = _CONDITIONS.get(quantity)
        if compare is not None and cell.kind == "param":
            try:
                differences = list(compare(subject, _plain(cell), context.registry))
            except _Unreadable as expected:
                message = f"line {cell.line} of the document prints `{cell.text}` for {quantity}, no {expected}"
                yield CHECK.note(subject, message, fix="compare it with the manifest by eye")
                continue
            for difference in differences:
                yield _finding(subject, cell, difference)
    yield from _tools(subject, in_line, context.registry)


def _plain(cell: Cell) -> str:
    """Return the words of a cell: one space between them, and no footnote mark."""
    return " ".join(cell.text.rstrip("* ").split())


def _finding(subject: GroupSubject, cell: Cell, difference: Difference) -> Finding:
    path, stated, said = difference
    meaning = "" if said == f"`{_plain(cell)}`" else f", which is {said}"
    message = f"{path[-1]} is {stated}, line {cell.line} of the document prints `{cell.text}`{meaning}"
    at = subject.entry.locate(path)
    return CHECK.error(subject, message, fix="write what the document prints, or mend `line:`", at=at)


def _differ(path: Path, stated: object, said: object) -> Iterator[Difference]:
    if stated != said:
        yield path, "not stated" if stated is None else f"`{_shown(stated)}`", f"`{_shown(said)}`"


def _shown(value: object) -> str:
    return str(value).casefold() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=1024)
def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _names_of(entry: Entry[Board] | Entry[Series] | Entry[Dataset] | Entry[Tool]) -> set[str]:
    """Return all names a document may use, folded."""
    value = entry.value
    more = [value.official_name or ""] if isinstance(value, Board) else getattr(value, "names", [])
    return {_folded(name) for name in (entry.id, value.title, *more)}


def _id_named(text: str, stated: str | None, entries: Mapping[str, Named]) -> str:
    """Return what a text names: what is stated, where that may be called so, or the one other thing that may."""
    if stated is not None and stated in entries and _folded(text) in _names_of(entries[stated]):
        return stated
    found = [entry.id for entry in entries.values() if _folded(text) in _names_of(entry)]
    if len(found) != 1:
        raise _Unreadable("name of one of the registry's")
    return found[0]


def _board(subject: GroupSubject, text: str, registry: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Latency):
        said = _id_named(text, subject.group.board, registry.boards)
        yield from _differ((*subject.path, "board"), subject.group.board, said)


def _target(subject: GroupSubject, text: str, registry: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Footprint):
        said = _id_named(text, subject.group.target, registry.series)
        yield from _differ((*subject.path, "target"), subject.group.target, said)


def _dataset(subject: GroupSubject, text: str, registry: Registry) -> Iterator[Difference]:
    said = _id_named(text, subject.variant.dataset, registry.datasets)
    yield from _differ((*subject.path[:2], "dataset"), subject.variant.dataset, said)


def _clock(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Latency):
        found = _CLOCK.fullmatch(text)
        if found is None:
            raise _Unreadable("clock in MHz")
        yield from _differ((*subject.path, "clock_mhz"), subject.group.clock_mhz, Decimal(found[1]))


def _engine(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Latency):
        found = _ENGINE.fullmatch(text)
        if found is None:
            raise _Unreadable("engine")
        said = "+".join(word.strip() for word in found[2].casefold().split("/"))
        yield from _differ((*subject.path, "engine"), subject.group.engine, said)
        if found[1] is not None:
            yield from _differ((*subject.path, "cores"), subject.group.cores, int(found[1]))


def _resolution(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if _SIDES.fullmatch(text) is None:
        raise _Unreadable("size of an input")
    said = [int(side) for side in text.split("x")]
    # Channels may stand first; which side is the height is said by nobody.
    stated = subject.variant.resolution[: len(said)] if len(said) == 2 else subject.variant.resolution
    if sorted(stated) != sorted(said):
        yield (*subject.path[:2], "resolution"), f"`{stated}`", f"`{said}`"


def _side(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if not text.isdecimal():
        raise _Unreadable("side of a square")
    yield from _differ((*subject.path[:2], "resolution"), subject.variant.resolution[:2], [int(text), int(text)])


def _format(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    said = precisions_named(text)
    if not said:
        raise _Unreadable("format of numbers")
    if subject.artifact is not None and subject.artifact.precision.weights not in said:
        path = (*_artifact_path(subject), "precision", "weights")
        yield path, f"`{subject.artifact.precision.weights}`", " or ".join(f"`{one}`" for one in sorted(said))


def _granularity(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if subject.artifact is not None:
        path = (*_artifact_path(subject), "precision")
        yield from _differ((*path, "granularity"), subject.artifact.precision.granularity, text)


def _artifact_path(subject: GroupSubject) -> Path:
    places = {artifact.id: place for place, artifact in enumerate(subject.variant.artifacts)}
    return (*subject.path[:2], "artifacts", places[subject.group.artifact])


def _model(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    """Compare the width multiplier, which is the one fraction in the name of a model."""
    fractions = _FRACTION.findall(_LINK.sub(r"\1", text))
    if len(fractions) == 1 and subject.variant.width_multiplier is not None:
        path = (*subject.path[:2], "width_multiplier")
        yield from _differ(path, subject.variant.width_multiplier, Decimal(fractions[0]))


def _backbone(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    yield from _differ((*subject.path[:2], "backbone"), subject.variant.backbone, text)


def _schedule(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Training):
        yield from _differ((*subject.path, "schedule"), subject.group.schedule, text)
        found = _EPOCHS.fullmatch(text)
        if found is not None:
            yield from _differ((*subject.path, "epochs"), subject.group.epochs, int(found[1]))


def _style(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Training):
        yield from _differ((*subject.path, "style"), subject.group.style, text)


def _from_scratch(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    said = {"yes": True, "no": False}.get(text.casefold())
    if said is None:
        raise _Unreadable("yes or no")
    if isinstance(subject.group, Training):
        yield from _differ((*subject.path, "from_scratch"), subject.group.from_scratch, said)


def _config(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Training):
        yield from _same_file((*subject.path, "config"), subject.group.config, text, "config")


def _download(subject: GroupSubject, text: str, _: Registry) -> Iterator[Difference]:
    if isinstance(subject.group, Training):
        yield from _same_file((*subject.path, "log"), subject.group.log, text, "log")


def _same_file(path: Path, stated: str | None, text: str, word: str) -> Iterator[Difference]:
    """Compare the last parts of two addresses: the manifest's stands at a commit, the document's at a branch."""
    links = {label.casefold(): url.rpartition("/")[2] for label, url in _LINK.findall(text)}
    if word in links:
        yield from _differ(path, stated and stated.rpartition("/")[2], links[word])


_CONDITIONS: dict[str, Callable[[GroupSubject, str, Registry], Iterator[Difference]]] = {
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


def _tool(cell: Cell, stated: Sequence[str], registry: Registry) -> str:
    """Return the tool a cell names, with its version; a cell that is a version alone is of the tool of its column."""
    text, column = _plain(cell), cell.quantity.removeprefix("tools.")
    found = _VERSION.fullmatch(text)
    name, version = (found["name"] or column, found["version"]) if found is not None else (text, "unknown")
    fitting = (id_ for id_ in stated if id_ in registry.tools and _folded(name) in _names_of(registry.tools[id_]))
    return f"{_id_named(name, next(fitting, None), registry.tools)} {version}"


CHECK = Check("conditions-as-published", Level.STATIC, groups, run)
