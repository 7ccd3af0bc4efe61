"""Level static of a registry of any size: model after model is read, asked, kept for the next run, and let go of.

A thousand manifests that are held at the same time are a third of a gigabyte; one after the other they share the memory
of one. Where there are many, several processes of our own ask, and the answers still come in order.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.context import Context
from zoo_tools.checks.kept import Kept, list_digest
from zoo_tools.checks.kept_lines import KeptModel, decoded, encoded
from zoo_tools.checks.run import Listener, file_outcomes, run_model
from zoo_tools.domain.findings import Outcome, Status
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry, Registry, load_model

Serve = Callable[[Entry[Manifest], str], Context]
"""Makes the context of a subject of a manifest, by its name."""
AskElsewhere = Callable[[Sequence[str]], Iterator[bytes]]
"""Asks about models in other processes, and yields what each is told as a line of `kept_lines`, in order."""


class Told(NamedTuple):
    """What there is to say of a model."""

    outcomes: list[Outcome]
    manifest: str | None
    """sha256 of the manifest; None where it could not be read."""
    has_asked_for_list: bool
    """Whether a check asked which models there are."""

    def line(self, registry: Registry) -> bytes:
        """Return it as it is kept, and told to another process."""
        return encoded(self.outcomes, self.manifest, list_digest(registry.root) if self.has_asked_for_list else "")


def ask_model(registry: Registry, checks: Sequence[AnyCheck], model: str, *, serve: Serve, listen: Listener) -> Told:
    """Read a model's manifest and ask the static checks of it.

    Args:
        registry: all but the model.
        checks: in the order they are asked.
        model: its id.
        serve: makes the context.
        listen: is told of each question.
    """
    listings = registry.listings
    entry, result = load_model(registry.root, model)
    found = file_outcomes([result])
    if entry is not None:
        found += run_model(serve(entry, model), checks, Level.STATIC, listen)
    digest = None if entry is None else entry.source.sha256
    return Told(found, digest, registry.listings != listings)


class Streaming:
    """Asks the static checks of models that the registry has left out.

    Args:
        registry: all but those models.
        checks: in the order they are asked.
        serve: makes the context of a subject of a manifest, by its name.
        cache: what earlier runs found, and where this one's outcomes are kept; None to ask every model.
        elsewhere: asks about many models; None to ask them all here.
        fewest: so many models are many.
    """

    def __init__(
        self,
        registry: Registry,
        checks: Sequence[AnyCheck],
        *,
        serve: Serve,
        cache: Kept | None,
        elsewhere: AskElsewhere | None = None,
        fewest: int = 64,
    ) -> None:
        self.manifests: dict[str, str] = {}
        """sha256 of every manifest that could be read, by its model."""
        self._registry = registry
        self._checks = checks
        self._serve = serve
        self._cache = cache
        self._elsewhere = elsewhere
        self._fewest = fewest

    def parts(self, models: Sequence[str], listen: Listener, *, is_whole: bool) -> Iterator[Outcome | KeptModel]:
        """Yield what there is to say of model after model.

        Args:
            models: their ids.
            listen: is told of each question that is asked here.
            is_whole: every outcome will be asked for, of kept models too.
        """
        cache = self._cache
        kept = {} if cache is None else {model: cache.find(model, is_whole=is_whole) for model in models}
        new = [model for model in models if kept.get(model) is None]
        lines = self._elsewhere(new) if self._elsewhere is not None and len(new) >= self._fewest else None
        for model in models:
            found = kept.get(model)
            if found is None and lines is not None:
                listen(Level.STATIC, "", model)
                found = self._told_by(next(lines), model, is_whole=is_whole)
            if found is None:
                told = self._asked(model, listen, is_whole=is_whole)
                if isinstance(told, list):
                    yield from told
                    continue
                found = told
            if found.manifest is not None:
                self.manifests[model] = found.manifest
            yield found
        if cache is not None:
            cache.write()

    def _told_by(self, line: bytes, model: str, *, is_whole: bool) -> KeptModel | None:
        found = decoded(line, is_whole=is_whole, is_cached=False)
        if found is not None and self._cache is not None and _is_answer(found.told):
            self._cache.add(model, line)
        return found

    def _asked(self, model: str, listen: Listener, *, is_whole: bool) -> list[Outcome] | KeptModel:
        told = ask_model(self._registry, self._checks, model, serve=self._serve, listen=listen)
        if told.manifest is not None:
            self.manifests[model] = told.manifest
        if self._cache is None or not _is_answer(told.outcomes):
            return told.outcomes
        line = told.line(self._registry)
        self._cache.add(model, line)
        # As it is kept it is a fraction of its outcomes, which reports count over and over.
        return decoded(line, is_whole=is_whole, is_cached=False) or told.outcomes


def _is_answer(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether every check could answer; a crash and what could not be checked are asked again."""
    return not any(one.status in (Status.CRASHED, Status.UNAVAILABLE) for one in outcomes)
