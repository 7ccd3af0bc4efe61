"""Outcomes of level static kept between runs: a manifest that was checked is not checked again while nothing changed.

An answer is kept under the digest of all it can depend on: the bytes in the model's folder, all other files of the
registry, this tool's own source, the versions it runs on, and the day, which decides about waivers. Models do not
depend on each other, but for the check that asks which models there are; its answers are kept with their list. What is
read back is held against its sha256, and whatever is damaged in the least is computed again.
"""

import hashlib
import json
import re
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pydantic

import zoo_tools
from zoo_tools.checks.base import Level
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status, row_of
from zoo_tools.errors import UnavailableError
from zoo_tools.fetch import default_folder, write_whole
from zoo_tools.registry.fingerprint import fingerprint
from zoo_tools.registry.load import model_folders, shown_name

FOLDER = "static"
"""Folder below the user's cache folder."""
LIFE = 7 * 24 * 3600.0
"""Seconds after which a file nobody read is removed: most hold the outcomes of another day or another source."""
MOST_FILES = 16
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a file; beyond that, what this run did not need is dropped."""

_NAME = re.compile(r"[0-9a-f]{64}\.kept")
_LINE = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64} .+)")
_NOT_READ = frozenset(["models", "schema"])
"""Folders of the registry that no check of a model reads but for its own."""

_ToldFinding = tuple[str, str, str, str, str, str | None, str, int, int]
"""Check, severity, subject, message, fix, reason of a waiver, file, line and column."""


@dataclass(frozen=True, slots=True)
class KeptModel:
    """The outcomes of one model as an earlier run left them."""

    manifest: str | None
    """sha256 of the manifest; None where it could not be read."""
    told: list[Outcome]
    """Every outcome but those that passed and say nothing."""
    passed: dict[str, int]
    """How many passed and say nothing, by the row they are counted in."""
    _order: bytes

    def outcomes(self) -> list[Outcome]:
        """Return all of them, in the order they were made."""
        subjects, order = json.loads(self._order)
        found: list[Outcome] = []
        for step in order:
            if isinstance(step, int):
                found.append(self.told[step])
            else:
                check, *places = step
                found += [
                    Outcome(check, Level.STATIC, subjects[place], Status.PASSED, is_cached=True) for place in places
                ]
        return found


class Kept:
    """What earlier runs found about the models of one registry.

    Args:
        registry: its folder.

    Raises:
        OSError: something in the folder cannot be read.
    """

    def __init__(self, registry: Path) -> None:
        self._registry = registry
        self._folder = default_folder() / FOLDER
        self._shared = self._key_of_shared()
        self._path = self._folder / f"{self._shared}.kept"
        self._keys: dict[str, str] = {}
        self._lines = self._read()
        self._used: set[str] = set()
        self._new: dict[str, bytes] = {}
        self._listed = _list_digest(registry)

    def find(self, model: str, *, is_whole: bool = False) -> KeptModel | None:
        """Return what is kept of a model as it is now, if anything is.

        Args:
            model: its id.
            is_whole: every outcome will be asked for, so that what is damaged has to show now.
        """
        try:
            key = self._keys[model] = _key_of_model(self._registry, model)
        except OSError:
            return None
        line = self._lines.get(key)
        kept = _decoded(line, self._listed, is_whole=is_whole) if line is not None else None
        if kept is not None:
            self._used.add(key)
        return kept

    def add(self, model: str, outcomes: Sequence[Outcome], *, manifest: str | None, asked_for_list: bool) -> None:
        """Keep the outcomes of a model that `find` did not know, unless its files have changed in the meantime.

        Args:
            model: its id.
            outcomes: all of level static, those of reading the manifest among them.
            manifest: sha256 of the manifest; None where it could not be read.
            asked_for_list: whether a check asked which models there are.
        """
        if any(one.status in (Status.CRASHED, Status.UNAVAILABLE) for one in outcomes):
            return
        with suppress(OSError):
            key = self._keys.get(model)
            if key is not None and key == _key_of_model(self._registry, model):
                self._new[key] = _encoded(outcomes, manifest, self._listed if asked_for_list else "")

    def write(self) -> None:
        """Write down what was added, if the rest of the registry and the source are still what they were."""
        if not self._new:
            return
        lines = {**self._lines, **self._new}
        if sum(map(len, lines.values())) > MOST_BYTES:
            lines = {key: line for key, line in lines.items() if key in self._used or key in self._new}
        content = b"".join(b"%b %b\n" % (key.encode(), line) for key, line in lines.items())
        with suppress(OSError, UnavailableError):  # a cache that cannot be written is none
            if len(content) <= MOST_BYTES and self._key_of_shared() == self._shared:
                self._folder.mkdir(parents=True, exist_ok=True)
                write_whole(self._path, content)
                self._clean()

    def _clean(self) -> None:
        """Remove files that nobody has written for long, and the oldest of too many."""
        found = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name) and path != self._path]
        dated = sorted(((path.lstat().st_mtime, path) for path in found), reverse=True)
        for rank, (written, path) in enumerate(dated, start=1):
            if rank >= MOST_FILES or written < time.time() - LIFE:
                path.unlink(missing_ok=True)

    def _key_of_shared(self) -> str:
        """Return the digest of all that the outcomes of every model may depend on."""
        stated = [
            zoo_tools.__version__, _source_digest(), sys.version, pydantic.VERSION, date.today().isoformat(),
            shown_name(self._registry), fingerprint(self._registry, but=_NOT_READ),
            (self._registry / "models").is_symlink(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(stated).encode()).hexdigest()

    def _read(self) -> dict[str, bytes]:
        """Return the lines that are kept, by their keys; none of them has been looked at."""
        try:
            if self._path.is_symlink() or self._path.stat().st_size > MOST_BYTES:
                return {}
            lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return {}
        found = (_LINE.fullmatch(line) for line in lines)
        return {one[1].decode("ascii"): one[2] for one in found if one is not None}


def open_kept(registry: Path) -> Kept | None:
    """Return what is kept of a registry; None where it cannot be read through."""
    try:
        return Kept(registry)
    except OSError:
        return None


@cache
def _source_digest() -> str:
    """Return the digest of this tool's own source: a changed check answers anew."""
    return fingerprint(Path(zoo_tools.__file__).parent, but=frozenset(["__pycache__"]))


def _key_of_model(registry: Path, model: str) -> str:
    return hashlib.sha256(f"{model}\n{fingerprint(registry / 'models' / model)}".encode()).hexdigest()


def _list_digest(registry: Path) -> str:
    return hashlib.sha256("\n".join(model_folders(registry)).encode("utf-8", "surrogateescape")).hexdigest()


def _encoded(outcomes: Sequence[Outcome], manifest: str | None, listed: str) -> bytes:
    """Return a line: its sha256, then what a report of many models needs, then the order of all outcomes."""
    passed: dict[str, int] = {}
    told: list[object] = []
    order: list[object] = []
    subjects = {subject: place for place, subject in enumerate(dict.fromkeys(one.subject for one in outcomes))}
    for one in outcomes:
        if one.findings or one.status is not Status.PASSED:
            order.append(len(told))
            findings = [_told_of(finding) for finding in one.findings]
            told.append((one.check, one.subject, one.status.value, one.reason, findings))
            continue
        passed[row_of(one.subject)] = passed.get(row_of(one.subject), 0) + 1
        last = order[-1] if order else None
        if isinstance(last, list) and last[0] == one.check:
            last.append(subjects[one.subject])
        else:
            order.append([one.check, subjects[one.subject]])
    parts = ([manifest, listed, passed, told], [list(subjects), order])
    content = b"\t".join(json.dumps(part, separators=(",", ":")).encode() for part in parts)
    return hashlib.sha256(content).hexdigest().encode() + b" " + content


def _told_of(finding: Finding) -> _ToldFinding:
    at, severity = finding.location, finding.severity.value
    said = (finding.message, finding.fix, finding.waived)
    return (finding.check, severity, finding.subject, *said, at.file, at.line, at.column)


def _decoded(line: bytes, listed: str, *, is_whole: bool) -> KeptModel | None:
    """Return what a line says; None where it is not what was written, or is about another list of models."""
    digest, _, content = line.partition(b" ")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    head, _, order = content.partition(b"\t")
    try:
        manifest, about, passed, told = json.loads(head)
        kept = KeptModel(manifest, _outcomes(told), passed, order)
        if is_whole:
            kept.outcomes()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    return kept if about in ("", listed) else None


def _outcomes(told: Iterable[tuple[str, str, str, str | None, list[_ToldFinding]]]) -> list[Outcome]:
    return [
        Outcome(check, Level.STATIC, subject, Status(status), list(map(_finding, findings)), reason, is_cached=True)
        for check, subject, status, reason, findings in told
    ]


def _finding(told: _ToldFinding) -> Finding:
    check, severity, subject, message, fix, waived, file, line, column = told
    return Finding(check, Severity(severity), subject, message, fix, Location(file, line, column), waived)
