"""The registry folder as objects: every file read, every problem of every file kept as a finding with its line."""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Generic, TypeVar, cast

from pydantic import BaseModel

from zoo_tools.domain.address import Path
from zoo_tools.domain.findings import Finding, Location, Severity
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.references import Board, Dataset, LabelSet, Picture, Protocol, Series
from zoo_tools.domain.scalars import Text
from zoo_tools.domain.strict import Strict
from zoo_tools.domain.tools import Tool
from zoo_tools.errors import UnavailableError, UsageError
from zoo_tools.registry.schema import syntax_finding, validate
from zoo_tools.registry.source import SourceFile, read_source

T = TypeVar("T", bound=BaseModel)
Derived = TypeVar("Derived")

_KNOWN = frozenset("""boards datasets hosts.yaml images labels models protocols schema series tools""".split())


class Hosts(Strict):
    """Hosts that artifacts and pictures may be downloaded from."""

    hosts: list[Text]


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One registry file: the object it holds and the text it was read from."""

    id: str
    value: T
    source: SourceFile
    path: FilePath

    def locate(self, path: Path = (), *, key: bool = False) -> Location:
        """Return where a value stands in the file."""
        return self.source.locate(path, key=key)


@dataclass(slots=True)
class FileResult:
    """What became of reading one file: its subject, and the problems found."""

    subject: str
    findings: list[Finding]


@dataclass(slots=True)
class Registry:
    """Everything the registry folder says."""

    root: FilePath
    models: dict[str, Entry[Manifest]] = field(default_factory=dict)
    boards: dict[str, Entry[Board]] = field(default_factory=dict)
    series: dict[str, Entry[Series]] = field(default_factory=dict)
    tools: dict[str, Entry[Tool]] = field(default_factory=dict)
    datasets: dict[str, Entry[Dataset]] = field(default_factory=dict)
    protocols: dict[str, Entry[Protocol]] = field(default_factory=dict)
    labels: dict[str, Entry[LabelSet]] = field(default_factory=dict)
    images: dict[str, Entry[Picture]] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    files: list[FileResult] = field(default_factory=list)
    """Every file that was read, with its problems."""
    listings: int = 0
    """How often somebody asked which models there are: an answer that rests on it is about all of them."""
    _derived: dict[Callable[["Registry"], object], object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, make: Callable[["Registry"], Derived]) -> Derived:
        """Return what a function makes of the shared files, made once: they stay as they were read."""
        if make not in self._derived:
            self._derived[make] = make(self)
        return cast("Derived", self._derived[make])

    @property
    def model_ids(self) -> list[str]:
        """Ids of all model folders, readable or not."""
        self.listings += 1
        return model_folders(self.root)

    def is_broken(self, folder: str, id_: str) -> bool:
        """Tell whether there is such a file, and it could not be read."""
        return any(result.subject == f"{folder}/{id_}" and result.findings for result in self.files)

    def findings_of(self, subject: str) -> list[Finding]:
        """Return the reading problems of one model or file."""
        return [finding for result in self.files if result.subject == subject for finding in result.findings]


def shown_name(path: FilePath) -> str:
    """Return a path as messages print it: relative to the working folder where it lies below it."""
    relative = os.path.relpath(path)
    shown = os.fspath(path) if relative.startswith("..") else relative
    return shown if os.sep == "/" else FilePath(shown).as_posix()


def model_folders(root: FilePath) -> list[str]:
    """Return the names of the folders below `models`.

    Raises:
        UnavailableError: they cannot be listed.
    """
    return [entry.name for entry in _listed(root / "models") if entry.is_dir() and not entry.name.startswith(".")]


def _listed(folder: FilePath) -> list[os.DirEntry[str]]:
    """Return what is in a folder, by name; nothing where it is not there.

    What cannot be read must not look like what is empty: all of it would count as well.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        message = f"{shown_name(folder)} cannot be listed: {error.strerror}"
        raise UnavailableError(message, fix="make it a readable folder") from None


def _load_file(path: FilePath, model: type[T], *, subject: str, id_: str) -> tuple[Entry[T] | None, FileResult]:
    source, problems = read_source(path, shown_name(path))
    findings = [syntax_finding(problem, subject) for problem in problems]
    value: T | None = None
    if source is not None:
        value, schema_findings = validate(model, source, subject)
        # A blank value is a syntax problem and a schema problem; once is enough.
        seen = {finding.location.line for finding in findings}
        findings += [finding for finding in schema_findings if finding.location.line not in seen]
        stated = getattr(value, "id", id_)
        if value is not None and stated != id_:
            message = (
                f"the id is `{stated}`, the {'folder' if path.name == 'manifest.yaml' else 'file'} is called `{id_}`"
            )
            location = source.locate(("id",))
            findings.append(Finding("schema", Severity.ERROR, subject, message, "give both the same name", location))
    result = FileResult(subject, findings)
    if source is None or value is None or findings:
        return None, result
    source.let_go()
    return Entry(id_, value, source, path), result


def _link(folder: FilePath, subject: str) -> FileResult | None:
    """Report a folder that is a symbolic link: what it leads to is not read."""
    if not folder.is_symlink():
        return None
    message = "the folder is a symbolic link; the registry holds plain files and folders only"
    at = Location(shown_name(folder))
    return FileResult(subject, [Finding("syntax", Severity.ERROR, subject, message, "put the folder itself here", at)])


def _load_kind(registry: Registry, folder: str, model: type[T]) -> dict[str, Entry[T]]:
    entries: dict[str, Entry[T]] = {}
    link = _link(registry.root / folder, f"registry/{folder}")
    if link is not None:
        registry.files.append(link)
        return entries
    for path in (FilePath(entry.path) for entry in _listed(registry.root / folder)):
        if path.suffix != ".yaml":
            # A folder beside its file holds what the file speaks of: the pictures of a small dataset.
            if not path.with_name(f"{path.name}.yaml").is_file() or path.is_symlink() or not path.is_dir():
                _stray(registry, path, f"{folder}/{path.name}", "files of this folder are called <id>.yaml")
            continue
        entry, result = _load_file(path, model, subject=f"{folder}/{path.stem}", id_=path.stem)
        registry.files.append(result)
        if entry is not None:
            entries[entry.id] = entry
    return entries


def _stray(registry: Registry, path: FilePath, subject: str, expected: str) -> None:
    """Report a file that nothing reads: what somebody wrote there would be missed in silence."""
    if path.name.startswith("."):
        return
    message = f"{shown_name(path)} is read by nothing; {expected}"
    finding = Finding("syntax", Severity.ERROR, subject, message, "rename or remove it", Location(shown_name(path)))
    registry.files.append(FileResult(subject, [finding]))


def _load_models(registry: Registry, left_out: Collection[str]) -> Iterator[Entry[Manifest]]:
    link = _link(registry.root / "models", "registry/models")
    if link is not None:
        registry.files.append(link)
        return
    for one in _listed(registry.root / "models"):
        if not one.is_dir():
            _stray(registry, FilePath(one.path), f"models/{one.name}", "a model is a folder with a manifest.yaml")
    for name in model_folders(registry.root):
        if name not in left_out:
            entry, result = load_model(registry.root, name)
            registry.files.append(result)
            if entry is not None:
                yield entry


def load_model(root: FilePath, name: str) -> tuple[Entry[Manifest] | None, FileResult]:
    """Read the manifest of one model.

    Args:
        root: folder of the registry.
        name: the model's folder.

    Returns:
        The manifest (None where it cannot be read) and every problem of it.
    """
    folder = root / "models" / name
    link = _link(folder, name)
    if link is not None:
        return None, link
    path = folder / "manifest.yaml"
    if os.path.lexists(path):
        return _load_file(path, Manifest, subject=name, id_=name)
    message, at = f"the folder {shown_name(folder)} has no manifest.yaml", Location(shown_name(path))
    finding = Finding("syntax", Severity.ERROR, name, message, "add it or remove the folder", at)
    return None, FileResult(name, [finding])


def load_registry(root: FilePath, *, left_out: Collection[str] = ()) -> Registry:
    """Read the registry folder.

    Args:
        root: the folder.
        left_out: models that are not read now; `load_model` reads one.

    Raises:
        UsageError: there is no such folder, or it is not a registry.
        UnavailableError: one of its folders cannot be listed.
    """
    if not (root / "models").is_dir():
        raise UsageError(
            f"{shown_name(root)} is not a registry: it has no folder `models`",
            fix="run the command in the zoo's repository, or name the folder with --registry DIR",
        )
    registry = Registry(root)
    registry.boards = _load_kind(registry, "boards", Board)
    registry.series = _load_kind(registry, "series", Series)
    registry.tools = _load_kind(registry, "tools", Tool)
    registry.datasets = _load_kind(registry, "datasets", Dataset)
    registry.protocols = _load_kind(registry, "protocols", Protocol)
    registry.labels = _load_kind(registry, "labels", LabelSet)
    registry.images = _load_kind(registry, "images", Picture)
    registry.models = {entry.id: entry for entry in _load_models(registry, left_out)}
    for path in sorted(root.iterdir()):
        if path.name not in _KNOWN:
            _stray(registry, path, f"registry/{path.name}", f"the registry holds {', '.join(sorted(_KNOWN))}")
    hosts = _optional(registry, "hosts", Hosts)
    registry.hosts = frozenset(hosts.value.hosts) if hosts else frozenset()
    return registry


def _optional(registry: Registry, stem: str, model: type[T]) -> Entry[T] | None:
    path = registry.root / f"{stem}.yaml"
    if not path.exists():
        return None
    entry, result = _load_file(path, model, subject=f"registry/{stem}", id_=stem)
    registry.files.append(result)
    return entry
