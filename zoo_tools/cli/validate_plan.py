"""What a call of `validate` looks at: of the subjects named what changed, and of that the share of one machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import zoo_tools
from zoo_tools import __version__
from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.kept import source_digest
from zoo_tools.checks.selection import Selection, select
from zoo_tools.checks.shards import cost, digest_of, share_named, shares, static_cost
from zoo_tools.checks.tool_changes import tool_reasons
from zoo_tools.cli.subjects import Chosen, choose
from zoo_tools.errors import UsageError
from zoo_tools.registry.changed import Revision, merge_base
from zoo_tools.registry.differing import registry_differences, tool_differences
from zoo_tools.registry.fingerprint import fingerprint
from zoo_tools.registry.load import Registry, load_model, load_registry, model_folders
from zoo_tools.report.changes import Shard

NOT_SHARED = frozenset(["models", "schema"])
"""Folders of the registry that models do not share."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for."""

    subjects: Sequence[str]
    level: Level
    engines: Sequence[str] = ()
    base: str | None = None
    since: str | None = None
    shard: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is looked at."""

    registry: Registry
    """With the models that are chosen; without them where they are streamed."""
    chosen: list[Chosen]
    is_streamed: bool
    """Whether models are read one after the other: level static of whole models, of which there may be thousands."""
    base: Revision | None
    selection: Selection | None
    shard: Shard | None
    has_shared: bool
    """Whether the files that models share are looked at."""

    def wants_shared(self, subject: str) -> bool:
        """Tell whether a file that models share is looked at, by its subject."""
        return self.has_shared and (self.selection is None or subject in self.selection.shared)


def make_plan(folder: Path, asked: Asked, checks: Sequence[AnyCheck]) -> Plan:
    """Find out what is looked at.

    Raises:
        UsageError: a subject, revision or share is none, or two of them contradict each other.
        UnavailableError: git cannot say what changed.
    """
    if asked.base is not None and asked.since is not None:
        fix = "leave --base out: --changed-since compares with that revision, too"
        raise UsageError("--base and --changed-since name a revision each", fix=fix)
    share = None if asked.shard is None else share_named(asked.shard)
    models = model_folders(folder)
    is_streamed = asked.level is Level.STATIC and set(asked.subjects) <= set(models)
    # What is chosen by its changes, or one by one, is read then.
    left_out = models if is_streamed or asked.since is not None else _not_named(models, asked.subjects)
    registry = load_registry(folder, left_out=left_out)
    revision, selection = _compared(registry, asked, checks)
    if selection is not None and not is_streamed:
        _load(registry, [one for one in selection.models if one not in _not_named(models, asked.subjects)])
    chosen = choose(registry, asked.subjects)
    if selection is not None:
        chosen = [one for one in chosen if one.model in selection.models]
    shard = None
    if share is not None:
        names = list(dict.fromkeys(one.model for one in chosen))
        of_share = set(shares({name: _cost(registry, name, asked.level) for name in names}, share.of)[share.number - 1])
        shard = Shard(share.number, share.of, tuple(names), _digest(registry, asked, revision, selection))
        chosen = [one for one in chosen if one.model in of_share]
    is_whole = share is None or share.is_first
    return Plan(registry, chosen, is_streamed, revision, selection, shard, is_whole)


def _not_named(models: Sequence[str], words: Sequence[str]) -> set[str]:
    """Return the models that no word speaks of; none where there are no words."""
    if not words:
        return set()
    named = {Path(word).resolve().parent.name for word in words if word.endswith((".yaml", ".yml"))}
    named |= {Path(word).resolve().name for word in words if "/" in word and Path(word).is_dir()}
    return set(models) - named - {word.strip("/").partition("/")[0] for word in words}


def _load(registry: Registry, models: Sequence[str]) -> None:
    for model in models:
        entry, result = load_model(registry.root, model)
        registry.files.append(result)
        if entry is not None:
            registry.models[model] = entry


def _compared(registry: Registry, asked: Asked, checks: Sequence[AnyCheck]) -> tuple[Revision | None, Selection | None]:
    if asked.since is None:
        return (None if asked.base is None else merge_base(registry.root, asked.base)), None
    revision = merge_base(registry.root, asked.since, option="--changed-since")
    own = tool_differences(revision, Path(zoo_tools.__file__).resolve().parent)
    everywhere, concerned = tool_reasons(own, checks, asked.level)
    differences = registry_differences(revision)
    selection = select(
        registry, revision, differences, level=asked.level, everywhere=everywhere, concerned=concerned
    )  # fmt: skip
    return revision, selection


def _cost(registry: Registry, model: str, level: Level) -> float:
    try:
        size = (registry.root / "models" / model / "manifest.yaml").stat().st_size
    except OSError:
        size = 0
    entry = registry.models.get(model)
    return static_cost(size) if entry is None else cost(entry.value, size, level)


def _digest(registry: Registry, asked: Asked, revision: Revision | None, selection: Selection | None) -> str:
    told = [] if selection is None else [f"{name}: {why}" for name, why in sorted(selection.shared.items())]
    commit = "" if revision is None else revision.commit
    shared = fingerprint(registry.root, but=NOT_SHARED)
    words = [*asked.subjects, "", *sorted(asked.engines), "", *told]
    return digest_of([__version__, source_digest(), asked.level.value, commit, shared, *words])
