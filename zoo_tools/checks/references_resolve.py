"""Everything a file refers to exists: artifacts, contracts, boards, protocols, datasets, evidence, tools, addresses.

Why: a figure of a board nobody described, or of an artifact that was renamed, says nothing.
How to fix: mend the id (the nearest known one is named), or add the file it should name.
"""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.address import AddressError, Path, value_at
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.scalars import Reference
from zoo_tools.domain.tools import ToolRef
from zoo_tools.registry.load import Registry


class Mention(NamedTuple):
    """An id that names something elsewhere, and where it stands."""

    kind: str
    id: str
    path: Path
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A mention that names nothing."""

    path: Path
    message: str
    fix: str
    is_key: bool = False


class _Type(NamedTuple):
    """What values of a type may refer to."""

    kind: str | None
    """Kind of thing that an id of this type names."""
    key_kind: str | None = None
    """The same of the keys of a mapping."""
    inner: "_Type | None" = None
    """Type of the elements of a list, or of the values of a mapping."""


def _kind(annotation: object, metadata: Collection[object] = ()) -> str | None:
    """Return what an id of this type names, if it is a reference."""
    for mark in (*metadata, *getattr(annotation, "__metadata__", ())):
        if isinstance(mark, Reference):
            return mark.kind
    return next((kind for member in _members(annotation) if (kind := _kind(member))), None)


def _members(annotation: object) -> tuple[object, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()


def _type(annotation: object, metadata: Collection[object] = ()) -> _Type:
    kind, origin = _kind(annotation, metadata), get_origin(annotation)
    if origin is Annotated:
        return _type(get_args(annotation)[0], metadata)._replace(kind=kind)
    if origin is list:
        return _Type(kind, None, _type(get_args(annotation)[0]))
    if origin is dict:
        key, value = get_args(annotation)
        return _Type(kind, _kind(key), _type(value))
    holders = (found for member in _members(annotation) if (found := _type(member)).inner is not None)
    return next(holders, _Type(kind))


def _leads_to_references(annotation: object, seen: frozenset[object] = frozenset()) -> bool:
    """Tell whether something in a value of this type can be a reference; the rest need not be walked."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return False
        inside = annotation.model_fields.values()
        return annotation is ToolRef or any(
            _kind(field.annotation, field.metadata) or _leads_to_references(field.annotation, seen | {annotation})
            for field in inside
        )
    return any(_kind(part) or _leads_to_references(part, seen) for part in get_args(annotation))


@cache
def _walked(model: type) -> list[tuple[str, str, _Type]]:
    """Return attribute, key and type of the fields of an object that are references or hold some."""
    if not issubclass(model, BaseModel):
        return []
    return [
        (name, field.alias or name, _type(field.annotation, field.metadata))
        for name, field in model.model_fields.items()
        if _kind(field.annotation, field.metadata) or _leads_to_references(field.annotation)
    ]


def mentions(value: BaseModel) -> list[Mention]:
    """Return every id that refers to something, by the types of the fields."""
    found: list[Mention] = []
    _walk(value, (), _Type(None), found)
    return found


def _walk(value: object, path: Path, of: _Type, found: list[Mention]) -> None:
    # By type() and not isinstance(), which is a function in Python for pydantic classes where the answer is no.
    kind: type = type(value)
    if kind is str:
        if of.kind is not None:
            found.append(Mention(of.kind, str(value), path))
    elif isinstance(value, list):
        inner = of.inner or of
        for i, item in enumerate(value):
            _walk(item, (*path, i), inner, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if of.key_kind is not None:
                found.append(Mention(of.key_kind, key, (*path, key), is_key=True))
            _walk(item, (*path, key), of.inner or of, found)
    elif kind is ToolRef:
        found.append(Mention("tool", str(value), path))
    else:
        for name, step, inside in _walked(kind):
            held = getattr(value, name)
            if held is not None:
                _walk(held, (*path, step), inside, found)


def _tools(registry: Registry) -> set[str]:
    return {f"{tool.id} {v.version}" for tool in registry.tools.values() for v in tool.value.versions}


def _known(registry: Registry, manifest: Manifest | None, mention: Mention) -> Collection[str]:
    match mention.kind:
        case "board":
            return registry.boards
        case "series":
            return registry.series
        case "dataset":
            return registry.datasets
        case "protocol":
            return registry.protocols
        case "label set":
            return registry.labels
        case "image":
            return registry.images
        case "tool":
            return registry.once(_tools)
        case "evidence":
            return manifest.evidence if manifest else ()
        case "contract":
            return manifest.contracts if manifest else ()
        case "artifact":
            variant = value_at(manifest, mention.path[:2])
            return [artifact.id for artifact in getattr(variant, "artifacts", [])]
        case _:
            raise ValueError(f"references to a {mention.kind} are not looked up")


_FOLDERS = {
    "board": "boards",
    "series": "series",
    "dataset": "datasets",
    "protocol": "protocols",
    "label set": "labels",
    "image": "images",
    "tool": "tools",
}


def unresolved(registry: Registry, value: BaseModel) -> Iterator[Unresolved]:
    """Yield every mention in a registry object that names nothing."""
    manifest = value if isinstance(value, Manifest) else None
    broken: set[str] = set()
    looked_up: dict[tuple[object, ...], Collection[str]] = {}
    for mention in mentions(value):
        # Artifacts are those of the variant the mention stands in; all other kinds are the same everywhere.
        place = (mention.kind, *(mention.path[:2] if mention.kind == "artifact" else ()))
        if place not in looked_up:
            looked_up[place] = _known(registry, manifest, mention)
        known = looked_up[place]
        if mention.id in known:
            continue
        folder, id_ = _FOLDERS.get(mention.kind, ""), mention.id.partition(" ")[0]
        if registry.is_broken(folder, id_):
            if id_ not in broken:
                broken.add(id_)
                message = f"{mention.kind} `{id_}` is described, and its file has problems of its own"
                yield Unresolved(mention.path, message, f"mend registry/{folder}/{id_}.yaml", mention.is_key)
            continue
        nearest = difflib.get_close_matches(mention.id, list(known), n=1, cutoff=0.5)
        message = f"there is no {mention.kind} `{mention.id}`" + (f"; the nearest is `{nearest[0]}`" if nearest else "")
        fix = f"write `{nearest[0]}`, or describe `{mention.id}`" if nearest else f"describe `{mention.id}`"
        yield Unresolved(mention.path, message, f"{fix} in the registry", mention.is_key)


def _addresses(manifest: Manifest) -> Iterator[tuple[str, Path]]:
    for i, correction in enumerate(manifest.corrections):
        yield correction.at, ("corrections", i, "at")
    for i, waiver in enumerate(manifest.waivers):
        yield waiver.at, ("waivers", i, "at")
    for i, anomaly in enumerate(manifest.anomalies):
        for j, at in enumerate(anomaly.at):
            yield at, ("anomalies", i, "at", j)


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look up every id and every address of a manifest."""
    for problem in unresolved(context.registry, subject.manifest):
        at = subject.at(*problem.path, key=problem.is_key)
        yield CHECK.error(subject, problem.message, fix=problem.fix, at=at)
    for address, path in _addresses(subject.manifest):
        try:
            context.addresses.path(address)
        except AddressError as error:
            message = f"the address `{address}` names nothing: {error}"
            yield CHECK.error(subject, message, fix="mend the address", at=subject.at(*path))


CHECK = Check("references-resolve", Level.STATIC, models, run)
