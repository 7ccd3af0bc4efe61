"""What has to be checked because something changed: the changed files, and whatever a check holds against them.

A model depends on what it mentions, and on what that mentions in turn: a board on its series, a dataset on its labels.
Three checks look the other way: `fits-target` at every board of the series a footprint names, `ap-protocol` at headings
of other protocols, `claim-plausible` at protocols that stand for another. A successor is looked up among all models.
Only manifests that spell one of the ids in question are read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import BaseModel

from zoo_tools.checks.base import Level
from zoo_tools.checks.references_resolve import Mention, mentions
from zoo_tools.domain.address import address_of
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.references import Board, Protocol
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.changed import Revision
from zoo_tools.registry.differing import Difference, Kind
from zoo_tools.registry.load import Entry, Registry, T, load_model, model_folders

Thing = tuple[str, str]
"""Kind and id of what a manifest may mention."""
Concerns = Callable[[Manifest], bool]

_KINDS = {
    "boards": "board",
    "series": "series",
    "tools": "tool",
    "datasets": "dataset",
    "protocols": "protocol",
    "labels": "label set",
    "images": "image",
}
_WORDS = {"image": "picture"}
_BECAME = {Kind.ADDED: "new", Kind.DELETED: "deleted"}
_NOT_READ = "schema"
"""Folder of the registry that no check reads."""


class Because(NamedTuple):
    """Why mentions of a thing make a model be checked."""

    text: str
    """Such as `board acme-disco changed`."""
    within: str | None = None
    """The list that the mention has to stand in; None for anywhere."""


@dataclass(slots=True)
class Selection:
    """Subjects that have to be checked, each with its reasons."""

    models: dict[str, list[str]] = field(default_factory=dict)
    shared: dict[str, list[str]] = field(default_factory=dict)
    """Files that models share, as reports call them: `boards/acme-disco`, `registry/hosts`."""
    removed: dict[str, str] = field(default_factory=dict)
    """Models that are gone, and what became of each."""


def select(
    registry: Registry,
    revision: Revision,
    differences: Sequence[Difference],
    *,
    level: Level,
    everywhere: Sequence[str] = (),
    concerned: Sequence[tuple[str, Concerns]] = (),
) -> Selection:
    """Return what has to be checked of a registry.

    Args:
        registry: as it is; its models need not be loaded.
        revision: what it is compared with.
        differences: of its files.
        level: the last level that will be asked.
        everywhere: reasons to check everything.
        concerned: reasons to check models of some sort, and the sort.
    """
    changes = _Changes(registry, revision, level)
    for one in differences:
        changes.add(one)
    return changes.selection([*everywhere, *changes.everywhere], concerned)


class _Changes:
    """Follows differences to what depends on them."""

    def __init__(self, registry: Registry, revision: Revision, level: Level) -> None:
        self.everywhere: list[str] = []
        self._registry, self._revision, self._level = registry, revision, level
        self._folders = model_folders(registry.root)
        self._found = Selection()
        self._because: dict[Thing, list[Because]] = {}
        self._successors: dict[str, str] = {}

    def add(self, one: Difference) -> None:
        """Take a file's difference in; one that was moved is gone there and new here."""
        if one.was is not None:
            old = one.was.split("/")
            if old[0] != "models" or old[:2] != one.path.split("/")[:2]:
                self._add(one.was.split("/"), Kind.DELETED, f"moved to {one.path}")
            self._add(one.path.split("/"), Kind.ADDED, f"moved from {one.was}")
        else:
            self._add(one.path.split("/"), one.kind, one.kind.value)

    def _add(self, parts: list[str], kind: Kind, word: str) -> None:
        match parts:
            case ["models", model, *inside]:
                self._add_model(model, "/".join(inside), kind, word)
            case [folder, name, *_] if folder in _KINDS:
                self._add_shared(folder, name, parts, word)
            case ["hosts.yaml"]:
                self._found.shared["registry/hosts"] = [word]
                self.everywhere.append(f"hosts.yaml {word}")
            case [top, *_] if top != _NOT_READ:
                self._found.shared[f"registry/{top}"] = [word]
                if top == "models" or top in _KINDS:
                    self.everywhere.append(f"{top} {word}")

    def _add_model(self, model: str, inside: str, kind: Kind, word: str) -> None:
        if not inside and kind is not Kind.DELETED and model not in self._folders:
            self._found.shared[f"models/{model}"] = [word]  # a file where a folder should be, and that says so
            return
        is_manifest, other = inside in ("manifest.yaml", ""), _other_model(word)
        if is_manifest and kind is not Kind.CHANGED:
            is_renamed = word.startswith("moved to") and other is not None
            self._successors[model] = f"renamed to `{other}`" if is_renamed else _BECAME[kind]
        if model not in self._folders:
            if is_manifest:
                self._found.removed[model] = self._successors[model]
            return
        if is_manifest and kind is Kind.ADDED:
            self._reason(model, f"renamed from `{other}`" if other else "new")
        elif is_manifest:
            self._reason(model, f"manifest {word}" if inside else f"its folder {word}")
        else:
            self._reason(model, f"{inside} {word}")

    def _reason(self, model: str, text: str) -> None:
        reasons = self._found.models.setdefault(model, [])
        if text not in reasons:
            reasons.append(text)

    def _add_shared(self, folder: str, name: str, parts: list[str], word: str) -> None:
        id_, kind = name.removesuffix(".yaml"), _KINDS[folder]
        is_beside = len(parts) > 2 and (self._registry.root / folder / f"{name}.yaml").is_file()
        if not (name.endswith(".yaml") or is_beside):
            self._found.shared[f"{folder}/{name}"] = [word]  # a file that nothing reads, and that says so
            return
        what = f"{'/'.join(parts[1:])} {word}" if is_beside else word
        self._found.shared.setdefault(f"{folder}/{id_}", []).append(what)
        before = self._found.shared[f"{folder}/{id_}"]
        if len(before) == 1:
            title = f"{_WORDS.get(kind, kind)} `{id_}`"
            self._spread((kind, id_), f"{title} {'has other files' if is_beside else word}")

    def _spread(self, thing: Thing, text: str) -> None:
        """Note why whatever mentions a thing is checked, and why what rests on it in other ways is."""
        reasons = self._because.setdefault(thing, [])
        if any(one.within is None for one in reasons):
            return
        reasons.append(Because(text))
        for (kind, id_), entry in self._shared_entries():
            found = next((one for one in mentions(entry.value) if _named(one) == thing), None)
            if found is not None:
                name = f"{_WORDS.get(kind, kind)} `{id_}`"
                folder = next(folder for folder, its_kind in _KINDS.items() if its_kind == kind)
                self._found.shared.setdefault(f"{folder}/{id_}", []).append(f"{text}, which it names")
                self._spread((kind, id_), f"{text}, which {name} names")
        match thing:
            case ("board", id_):
                for board in self._now_and_before(Board, self._registry.boards, "boards", id_):
                    because = Because(f"{text}, a board of series `{board.series}`", within="footprints")
                    self._because.setdefault(("series", board.series), []).append(because)
            case ("protocol", id_):
                self._spread_protocol(id_, text)

    def _spread_protocol(self, id_: str, text: str) -> None:
        for protocol in self._now_and_before(Protocol, self._registry.protocols, "protocols", id_):
            if self._level is Level.ACCURACY and protocol.stands_for is not None:
                because = Because(f"{text}, which stands for it")
                self._because.setdefault(("protocol", protocol.stands_for), []).append(because)
            for other in self._registry.protocols.values():
                if other.id != id_ and other.value.short.casefold() == protocol.short.casefold():
                    because = Because(f"{text}, whose heading it has")
                    self._because.setdefault(("protocol", other.id), []).append(because)

    def _now_and_before(self, kind: type[T], now: dict[str, Entry[T]], folder: str, id_: str) -> Iterator[T]:
        if id_ in now:
            yield now[id_].value
        try:
            before = self._revision.shared(kind, folder, id_)
        except BrokenFileError:
            return  # nobody could hold anything against it
        if before is not None and (id_ not in now or before != now[id_].value):
            yield before

    def _shared_entries(self) -> Iterator[tuple[Thing, Entry[Board] | Entry[BaseModel]]]:
        registry = self._registry
        for folder, kind in _KINDS.items():
            entries: dict[str, Entry[BaseModel]] = getattr(registry, folder)
            for id_, entry in entries.items():
                yield (kind, id_), entry

    def selection(self, everywhere: Sequence[str], concerned: Sequence[tuple[str, Concerns]]) -> Selection:
        """Return what was found, with the models that depend on it."""
        needles = {id_ for _, id_ in self._because} | self._successors.keys()
        found: dict[str, list[str]] = {}
        for model in self._folders:
            reasons = [*self._found.models.get(model, [])]
            is_new = any(reason == "new" or reason.startswith("renamed ") for reason in reasons)
            if is_new:
                reasons = [reason for reason in reasons if reason == "new" or reason.startswith("renamed ")]
            elif concerned or _spells(self._registry, model, needles):
                reasons += self._dependence(model, concerned)
            reasons += everywhere
            if reasons:
                found[model] = reasons
        shared = {name: list(dict.fromkeys(reasons)) for name, reasons in sorted(self._found.shared.items())}
        if everywhere:
            for result in self._registry.files:
                shared.setdefault(result.subject, list(everywhere))
        return Selection(found, shared, dict(sorted(self._found.removed.items())))

    def _dependence(self, model: str, concerned: Sequence[tuple[str, Concerns]]) -> list[str]:
        entry, _ = load_model(self._registry.root, model)
        if entry is None:
            return ["its manifest cannot be read, so that nobody knows what it names"]
        manifest = entry.value
        places: dict[str, list[str]] = {}
        for mention in mentions(manifest):
            for because in self._because.get(_named(mention), ()):
                if because.within is None or because.within in mention.path:
                    places.setdefault(because.text, []).append(_place(manifest, mention))
        reasons = [f"{text}, which {_few(named)}" for text, named in places.items()]
        successor = manifest.status.successor
        if successor in self._successors:
            reasons.append(
                f"its successor `{successor}` is {self._successors[successor]}".replace("is added", "is new")
            )
        return reasons + [reason for reason, is_concerned in concerned if is_concerned(manifest)]


def _other_model(word: str) -> str | None:
    """Return the model whose manifest a file was, or has become, where it was one."""
    path = word.partition(" ")[2].partition(" ")[2].split("/")
    return path[1] if len(path) == 3 and path[0] == "models" and path[2] == "manifest.yaml" else None


def _named(mention: Mention) -> Thing:
    """Return what a mention is of; a tool is mentioned with its version."""
    return mention.kind, mention.id.partition(" ")[0]


def _place(manifest: Manifest, mention: Mention) -> str:
    """Return the address of what mentions something."""
    path = mention.path[:4] if mention.path[:1] == ("variants",) and len(mention.path) > 3 else mention.path
    return address_of(manifest, path)


def _few(places: list[str]) -> str:
    first, *more = dict.fromkeys(places)
    return f"{first} and {len(more)} more name" if more else f"{first} names"


def _spells(registry: Registry, model: str, ids: set[str]) -> bool:
    """Tell whether a manifest may name one of some ids: it holds the letters, or an escape that may stand for them."""
    if not ids:
        return False
    try:
        data = (registry.root / "models" / model / "manifest.yaml").read_bytes()
    except OSError:
        return True
    return b"\\" in data or any(id_.encode("utf-8", "surrogateescape") in data for id_ in ids)
