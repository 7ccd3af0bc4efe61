"""What files and runs of a variant said, kept from run to run under the digest of everything it rests on.

That is: the variant and what its model says of contracts, evidence and the like; its recordings; the shared files it
names; what was asked, of what, with which engines; this tool's own source, every installed package, Python and the
processor. Bytes are proven each time: unless every file and picture is at hand with its sha256, all is asked anew. What
could not be checked, crashed, ran out of time or rests on what this machine lacks is never kept. Whatever is damaged in
the least is asked again.
"""

import hashlib
import json
import os
import platform
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zoo_tools.checks.base import AnyCheck, Level, Skip
from zoo_tools.checks.context import Context
from zoo_tools.checks.kept import source_digest
from zoo_tools.checks.references_resolve import mentions
from zoo_tools.domain import address
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.domain.manifest import Manifest
from zoo_tools.errors import UnavailableError, ZooToolsError
from zoo_tools.fetch import default_folder, write_whole
from zoo_tools.inference.environment import cpu_class, cpu_name
from zoo_tools.registry.load import Entry, Registry, shown_name
from zoo_tools.registry.tree import Mapping as Block
from zoo_tools.registry.tree import Node
from zoo_tools.registry.tree import Sequence as Items

FOLDER = "runs"
"""Folder below the user's cache folder."""
LIFE = 30 * 24 * 3600.0
"""Seconds after which a file is removed."""
MOST_FILES = 4096
MOST_BYTES = 4 * 1024 * 1024

_NAME = re.compile(r"[0-9a-f]{64}\.kept")
_PROSE = {
    "anomalies", "changelog", "corrections", "licences", "platforms", "sources", "status", "summary", "title",
    "variants", "version", "waivers",
}  # fmt: skip
"""What no check of a file or a run reads in a manifest; of the variants it reads its own."""
_SHARED = {"image": "images", "label set": "labels", "series": "series", "tool": "tools"}
"""What checks of files and runs look up, by what mentions call it."""

Order = tuple[int, int, int]
Placed = tuple[Order, Outcome]


class Result(NamedTuple):
    """What a variant was told."""

    outcomes: list[Placed]
    blocked: dict[str, str]
    """Subjects that are asked nothing more, and why."""


class Results:
    """Results of earlier runs, and where those of this one are kept.

    Args:
        folder: where; below the user's cache folder where that is not said.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder() / FOLDER

    def key(
        self, context: Context, checks: Sequence[AnyCheck], levels: Sequence[Level], blocked: Mapping[str, str]
    ) -> str | None:
        """Return the digest of all that the outcomes of a variant rest on; None where that cannot be told.

        Args:
            context: the variant.
            checks: in the order they are asked.
            levels: those that are kept together.
            blocked: what is asked nothing, and why.
        """
        manifest, variant_id = context.entry.value, context.under.split("/")[1]
        own = [variant for variant in manifest.variants if variant.id == variant_id]
        part = manifest.model_copy(update={"variants": own})
        stated = [
            source_digest(), sys.version, _packages(), _machine(), shown_name(context.registry.root), context.entry.id,
            context.under, sorted(context.engines), [check.id for check in checks if check.level in levels],
            sorted(blocked.items()), part.model_dump(mode="json", exclude=_PROSE),
            [variant.model_dump(mode="json") for variant in own], list(_shared(context.registry, part)),
        ]  # fmt: skip
        try:
            stated.append([_digest(context.entry.path.parent / case.file) for one in own for case in one.golden])
        except OSError:
            return None
        return hashlib.sha256(json.dumps(stated).encode()).hexdigest()

    def find(self, key: str, context: Context) -> Result | None:
        """Return what was kept under a key, if it is whole and every file it speaks of is at hand."""
        path = self._folder / f"{key}.kept"
        try:
            if path.is_symlink() or path.stat().st_size > MOST_BYTES:
                return None
            digest, _, content = path.read_bytes().partition(b" ")
            if hashlib.sha256(content).hexdigest().encode() != digest or not _is_at_hand(context):
                return None
            stated, placed, blocked = json.loads(content)
            if stated != key:
                return None
            return Result([_placed(one, context.entry) for one in placed], dict(blocked))
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return None

    def add(self, key: str, context: Context, result: Result) -> None:
        """Keep what a variant was told, if it is an answer and would be given again."""
        is_answer = all(one.status not in (Status.CRASHED, Status.UNAVAILABLE) for _, one in result.outcomes)
        if not is_answer or context.has_faults:
            return
        places = _places(context.entry.source.root) if any(one.findings for _, one in result.outcomes) else {}
        with suppress(OSError, UnavailableError, KeyError):  # a cache that cannot be written is none
            placed = [_told(one, context.entry, places) for one in result.outcomes]
            content = json.dumps([key, placed, list(result.blocked.items())], separators=(",", ":")).encode()
            if len(content) < MOST_BYTES:
                self._folder.mkdir(parents=True, exist_ok=True)
                line = hashlib.sha256(content).hexdigest().encode() + b" " + content
                write_whole(self._folder / f"{key}.kept", line)

    def clean(self) -> None:
        """Remove files that were written long ago, and the oldest of too many."""
        with suppress(OSError):
            found = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
            dated = sorted(((path.lstat().st_mtime, path) for path in found), reverse=True)
            for rank, (written, path) in enumerate(dated):
                if rank >= MOST_FILES or written < time.time() - LIFE:
                    path.unlink(missing_ok=True)


def _shared(registry: Registry, part: Manifest) -> Iterator[tuple[str, str, str]]:
    """Yield the digests of the shared files that part of a manifest names."""
    for mention in dict.fromkeys((one.kind, one.id.partition(" ")[0]) for one in mentions(part)):
        kind, id_ = mention
        if kind in _SHARED:
            entry = getattr(registry, _SHARED[kind]).get(id_)
            yield kind, id_, "none" if entry is None else entry.source.sha256


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _packages() -> list[str]:
    """Return every installed distribution with its version, as its folder is called."""
    found: set[str] = set()
    for place in sys.path:
        with suppress(OSError):
            found |= {name for name in os.listdir(place or ".") if name.endswith((".dist-info", ".egg-info"))}  # noqa: PTH208 (names alone)
    return sorted(found)


@cache
def _machine() -> list[str]:
    return [platform.system(), platform.machine(), cpu_class(), cpu_name()]


def _is_at_hand(context: Context) -> bool:
    """Tell whether every file and picture of a variant is at hand with the bytes that are stated."""
    variant = "/".join(context.under.split("/")[:2])
    try:
        for subject in context.artifacts:
            if subject.name.startswith(f"{variant}/") and subject.artifact.sha256 is not None:
                context.file(subject)
                for companion in subject.artifact.companions:
                    context.companion(companion)
        for case in context.goldens:
            if case.name.startswith(f"{variant}/"):
                context.picture(case.case.image)
    except (ZooToolsError, Skip):
        return False
    return True


_Place = tuple[address.Path, bool]
"""Path of a value, and whether its key is meant."""


def _places(root: Node) -> dict[tuple[int, int], _Place]:
    """Return what stands at each line and column of a manifest; of several things the outermost."""
    found: dict[tuple[int, int], _Place] = {}
    left: list[tuple[address.Path, Node]] = [((), root)]
    while left:
        path, node = left.pop()
        found.setdefault((node.mark.line, node.mark.column), (path, False))
        if isinstance(node, Items):
            left += [((*path, i), item) for i, item in enumerate(node.items)]
        elif isinstance(node, Block):
            for key, item in node.entries.items():
                mark = node.key_marks[key]
                found.setdefault((mark.line, mark.column), ((*path, key), True))
                left.append(((*path, key), item))
    return found


def _told(placed: Placed, entry: Entry[Manifest], places: Mapping[tuple[int, int], _Place]) -> list[object]:
    """Return an outcome as it is written; a place in the manifest is told by its path, for lines may move."""
    order, one = placed
    findings = []
    for finding in one.findings:
        at = finding.location
        is_own = at.file == entry.source.name
        place = places[at.line, at.column] if is_own and at.line else [at.file, at.line, at.column]
        said = (finding.check, finding.severity.value, finding.subject, finding.message, finding.fix)
        findings.append([*said, is_own and bool(at.line), place])
    return [order, one.check, one.level, one.subject, one.status.value, findings, one.reason, one.engine, one.seconds]


def _placed(told: Sequence[object], entry: Entry[Manifest]) -> Placed:
    order, check, level, subject, status, findings, reason, engine, seconds = told
    assert isinstance(order, list)
    assert isinstance(findings, list)
    found = [_finding(one, entry) for one in findings]
    outcome = Outcome(
        str(check), Level(str(level)), str(subject), Status(str(status)), found,
        None if reason is None else str(reason), None if engine is None else str(engine),
        float(str(seconds)), is_cached=True,
    )  # fmt: skip
    return (int(order[0]), int(order[1]), int(order[2])), outcome


def _finding(told: Sequence[object], entry: Entry[Manifest]) -> Finding:
    check, severity, subject, message, fix, is_own, place = told
    assert isinstance(place, list)
    at = entry.locate(tuple(place[0]), key=bool(place[1])) if is_own else Location(*place)
    return Finding(str(check), Severity(str(severity)), str(subject), str(message), str(fix), at)
