"""Subjects on the command line: `model`, `model/variant`, `model/variant/artifact`, or the path of a manifest."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo_tools.errors import UsageError
from zoo_tools.registry.load import Registry


@dataclass(frozen=True, slots=True)
class Chosen:
    """One subject a user asked for."""

    model: str
    name: str
    """The subject's full name, at or below the model."""


def default_registry() -> Path:
    """Return `registry/` of the working folder or of the nearest folder above that has one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "registry" / "models").is_dir():
            return folder / "registry"
    return Path("registry")


def choose(registry: Registry, words: Sequence[str]) -> list[Chosen]:
    """Return the subjects words name; every model where there are none.

    Raises:
        UsageError: a word names nothing; the nearest name is given.
    """
    if not words:
        return [Chosen(id_, id_) for id_ in registry.model_ids]
    return [_choose(registry, word) for word in words]


def nearest(given: str, known: Collection[str]) -> str | None:
    """Return the known name that is most like a given one; None where none is like it. Case does not matter."""
    folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(given.casefold(), folded, n=1, cutoff=0.4)
    return folded[found[0]] if found else None


def unknown(kind: str, given: str, known: Collection[str]) -> UsageError:
    """Return the error for a name that names nothing, with the name that was probably meant."""
    meant = nearest(given, known)
    fix = f"write `{meant}`" if meant else f"choose one of: {', '.join(sorted(known)) or 'none'}"
    return UsageError(f"there is no {kind} `{given}`", fix=fix)


def _choose(registry: Registry, word: str) -> Chosen:
    if (model := _by_path(registry, word)) is not None:
        return Chosen(model, model)
    model, *rest = word.strip("/").split("/")
    if model not in registry.model_ids:
        raise _no_model(registry, model, word)
    entry = registry.models.get(model)
    if not rest or entry is None:
        return Chosen(model, model)
    variants = {variant.id: variant for variant in entry.value.variants}
    if rest[0] not in variants:
        held = [one.id for one in entry.value.variants if rest[0] in {artifact.id for artifact in one.artifacts}]
        if held and nearest(rest[0], variants) is None:
            names = " or ".join(f"`{model}/{one}/{rest[0]}`" for one in held)
            raise UsageError(f"there is no variant of {model} `{rest[0]}`", fix=f"write {names}")
        raise unknown(f"variant of {model}", rest[0], variants)
    if len(rest) > 1:
        artifacts = [artifact.id for artifact in variants[rest[0]].artifacts]
        if rest[1] not in artifacts:
            raise unknown(f"artifact of {model}/{rest[0]}", rest[1], artifacts)
    if len(rest) > 2:
        raise UsageError(f"`{word}` has {len(rest) + 1} parts", fix="name a subject as model/variant/artifact")
    return Chosen(model, "/".join([model, *rest]))


def _by_path(registry: Registry, word: str) -> str | None:
    """Return the model whose manifest, or whose folder, a word is the path of; None of what is no path."""
    inside = registry.root.resolve() / "models"
    path = Path(word)
    if word.endswith((".yaml", ".yml")):
        found = path.resolve()
        if found.parent.parent != inside or not found.exists():
            raise UsageError(f"{word} is no manifest of this registry", fix=f"name a file {inside}/MODEL/manifest.yaml")
        return found.parent.name
    is_folder = "/" in word and path.is_dir() and path.resolve().parent == inside
    return path.resolve().name if is_folder else None


def _no_model(registry: Registry, model: str, word: str) -> UsageError:
    """Say that there is no such model; a variant's id alone is what people mostly mean by another word."""
    message = f"there is no model `{model}`"
    if nearest(model, registry.model_ids) is None:
        named = [one for one in _variant_names(registry) if one.partition("/")[2] == model.casefold()]
        if named and word == model:
            return UsageError(message, fix=f"write {' or '.join(f'`{one}`' for one in named)}")
    return unknown("model", model, registry.model_ids)


def _variant_names(registry: Registry) -> Iterator[str]:
    for entry in registry.models.values():
        yield from (f"{entry.id}/{variant.id}" for variant in entry.value.variants)
