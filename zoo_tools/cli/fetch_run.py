"""The artifacts of one `zoo_tools fetch`: each with its companions, fetched together and delivered whole or not at all.

An artifact is delivered by the thread that fetched the last of its files: companions first, the sidecar last.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zoo_tools.checks.subjects import ArtifactSubject, Skip
from zoo_tools.cli.fetch_report import Had, Report
from zoo_tools.domain.decoding import COMMENTARY, Contract
from zoo_tools.errors import UnavailableError, UsageError, ZooToolsError
from zoo_tools.fetch import (
    Fetched,
    Fetcher,
    Progress,
    Wanted,
    deliver,
    is_there,
    wanted_of,
    wanted_of_companion,
    write_whole,
)
from zoo_tools.registry.load import Registry

MEND = "mend it; `zoo_tools validate --level static` names every problem"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of an artifact, and the path it is to be delivered at, if anywhere."""

    wanted: Wanted
    destination: Path | None


@dataclass(frozen=True, slots=True)
class Item:
    """One artifact to be fetched: its own file first, then its companions."""

    subject: ArtifactSubject
    parts: tuple[Part, ...]
    label_names: tuple[str, ...]


Fail = Callable[[ArtifactSubject, UsageError], None]
"""Told about an artifact that cannot be fetched at all."""


def items_of(
    registry: Registry, artifacts: Sequence[ArtifactSubject], folder: Path | None, *, fail: Fail
) -> list[Item]:
    """Give each artifact its place: its names in the folder, or a folder of its own where two want one name."""
    files: dict[str, list[Wanted]] = {}
    claims: dict[str, set[str]] = {}
    for one in artifacts:
        try:
            files[one.name] = _files(one)
        except UsageError as error:
            fail(one, error)
            continue
        for name, claim in _claims(one, files[one.name]):
            claims.setdefault(name, set()).add(claim)
    items = []
    for one in artifacts:
        if one.name not in files:
            continue
        is_alone = all(len(claims[name]) == 1 for name, _ in _claims(one, files[one.name]))
        place = None if folder is None else folder if is_alone else folder.joinpath(*one.name.split("/"))
        parts = tuple(Part(wanted, None if place is None else place / wanted.filename) for wanted in files[one.name])
        labels = registry.labels.get(one.variant.labels)
        items.append(Item(one, parts, tuple(labels.value.names) if labels else ()))
    return items


def _files(subject: ArtifactSubject) -> list[Wanted]:
    """Return what is to be fetched for an artifact.

    Raises:
        UsageError: its address ends in no file name, or two of its files would have one name.
    """
    files = [wanted_of(subject.artifact), *map(wanted_of_companion, subject.artifact.companions)]
    names = [name for name, _ in _claims(subject, files)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        message = f"{subject.name} has two files called {twice[0]}, should have each name once"
        raise UsageError(message, fix="its files lie in one folder and refer to each other by name: correct the names")
    return files


def _claims(subject: ArtifactSubject, files: Sequence[Wanted]) -> Iterator[tuple[str, str]]:
    """Yield the names an artifact needs in its folder, each with what may share it: companions of the same bytes."""
    own, *companions = files
    yield own.filename.casefold(), subject.name
    yield _sidecar_of(Path(own.filename)).name.casefold(), subject.name
    yield from ((one.filename.casefold(), f"sha256 {one.sha256}") for one in companions)


class Run:
    """Fetches and delivers items, and reports them in the order asked for."""

    def __init__(self, items: Sequence[Item], fetcher: Fetcher, report: Report) -> None:
        self.delivered: dict[str, list[Had]] = {}
        self.failures: list[ZooToolsError] = []
        self._fetcher = fetcher
        self._report = report
        self._waiting = [_State(item) for item in items]
        self._parts: dict[Wanted, list[tuple[_State, Part]]] = {}
        for state in self._waiting:
            for part in state.item.parts:
                self._parts.setdefault(part.wanted, []).append((state, part))

    def fetch(self, jobs: int) -> None:
        """Fetch what is not at its destination yet."""
        missing = []
        for wanted, parts in self._parts.items():
            if all(part.destination is not None and is_there(wanted, part.destination) for _, part in parts):
                self._finish(wanted, Fetched(wanted, Path(), "destination"))
            else:
                missing.append(wanted)
        self._tell()
        outcomes = self._fetcher.fetch_many(missing, jobs=jobs, progress_of=self._listener, then=self._finish)
        for wanted, outcome in outcomes:
            if isinstance(outcome, ZooToolsError):
                for state, _ in self._parts[wanted]:
                    state.outcome = state.outcome or outcome
            self._tell()

    def _listener(self, wanted: Wanted) -> Progress | None:
        return self._report.listener(self._parts[wanted][0][0].item.subject.name, wanted)

    def _finish(self, wanted: Wanted, fetched: Fetched) -> None:
        for state, _ in self._parts[wanted]:
            if state.is_last(fetched):
                state.outcome = _delivered(state)

    def _tell(self) -> None:
        """Report as far as everything before is done."""
        while self._waiting and (outcome := self._waiting[0].outcome) is not None:
            subject = self._waiting.pop(0).item.subject
            if isinstance(outcome, list):
                self._report.done(subject, outcome)
                self.delivered[subject.name] = outcome
            else:
                self._report.failed(subject.name, outcome)
                self.failures.append(outcome)


@dataclass(eq=False)
class _State:
    """How far an artifact is."""

    item: Item
    outcome: "list[Had] | ZooToolsError | None" = None
    _fetched: dict[Wanted, Fetched] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_last(self, fetched: Fetched) -> bool:
        """Take note of a file, and tell whether it was the last one missing: only one thread is told so."""
        with self._lock:
            self._fetched[fetched.wanted] = fetched
            return len(self._fetched) == len(self.item.parts)

    @property
    def files(self) -> Iterator[tuple[Part, Fetched]]:
        """The parts, each with what was fetched for it."""
        return ((part, self._fetched[part.wanted]) for part in self.item.parts)


def _delivered(state: _State) -> list[Had] | ZooToolsError:
    """Deliver one artifact, if it is to be delivered."""
    own, *companions = state.files
    try:
        if own[0].destination is not None:
            contract = _contract(state.item.subject)
            for part, fetched in (*companions, own):
                if part.destination is not None and fetched.source != "destination":
                    deliver(fetched, part.destination)
            _write_sidecar(state.item, own[0].destination, contract)
    except ZooToolsError as error:
        return error
    return [Had(fetched, part.destination or fetched.path) for part, fetched in state.files]


def _contract(subject: ArtifactSubject) -> Contract:
    try:
        return subject.contract
    except Skip as skip:
        raise UsageError(f"{subject.name} cannot be delivered: {skip}", fix=MEND) from None


def _sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + ".zoo.json")


def _write_sidecar(item: Item, destination: Path, contract: Contract) -> None:
    subject, (own, *companions) = item.subject, (part.wanted for part in item.parts)
    tensors = subject.artifact.tensors
    sidecar = {
        "subject": subject.name,
        "sha256": own.sha256,
        "size": own.size,
        "origin": list(own.origins),
        "companions": [
            {"name": one.filename, "sha256": one.sha256, "size": one.size, "origin": list(one.origins)}
            for one in companions
        ],
        "licence": subject.manifest.licences.weights.model_dump(mode="json", exclude_none=True),
        "labels": subject.variant.labels,
        "label_names": list(item.label_names),
        "contract": contract.model_dump(mode="json", by_alias=True, exclude=COMMENTARY, exclude_none=True),
        "tensors": tensors.model_dump(mode="json", exclude_none=True) if tensors else None,
    }
    text = (json.dumps(sidecar, indent=1) + "\n").encode("utf-8")
    path = _sidecar_of(destination)
    try:
        if path.is_file() and not path.is_symlink() and path.read_bytes() == text:
            return
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from None
    write_whole(path, text)
