"""Level static of a registry of any size: model after model is read, asked, kept for the next run, and let go of.

A thousand manifests that are held at the same time are a third of a gigabyte; one after the other they share the memory
of one.
"""

from collections.abc import Callable, Iterator, Sequence

from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.context import Context
from zoo_tools.checks.kept import Kept, KeptModel
from zoo_tools.checks.run import Listener, file_outcomes, reference_outcomes, run_model
from zoo_tools.domain.findings import Outcome
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry, Registry, load_model


class Streaming:
    """Asks the static checks of models that the registry has left out.

    Args:
        registry: all but those models.
        checks: in the order they are asked.
        serve: makes the context of a subject of a manifest, by its name.
        cache: what earlier runs found, and where this one's outcomes are kept; None to ask every model.
    """

    def __init__(
        self,
        registry: Registry,
        checks: Sequence[AnyCheck],
        *,
        serve: Callable[[Entry[Manifest], str], Context],
        cache: Kept | None,
    ) -> None:
        self.manifests: dict[str, str] = {}
        """sha256 of every manifest that could be read, by its model."""
        self._registry = registry
        self._checks = checks
        self._serve = serve
        self._cache = cache

    def parts(self, models: Sequence[str], listen: Listener, *, is_whole: bool) -> Iterator[Outcome | KeptModel]:
        """Yield what there is to say of the files that models share, then of model after model.

        Args:
            models: their ids.
            listen: is told of each question.
            is_whole: every outcome will be asked for, of kept models too.
        """
        yield from file_outcomes(self._registry.files)
        yield from reference_outcomes(self._registry)
        for model in models:
            kept = self._cache.find(model, is_whole=is_whole) if self._cache is not None else None
            if kept is None:
                yield from self._asked(model, listen)
            else:
                if kept.manifest is not None:
                    self.manifests[model] = kept.manifest
                yield kept
        if self._cache is not None:
            self._cache.write()

    def _asked(self, model: str, listen: Listener) -> list[Outcome]:
        listings = self._registry.listings
        entry, result = load_model(self._registry.root, model)
        found = file_outcomes([result])
        if entry is not None:
            self.manifests[model] = entry.source.sha256
            found += run_model(self._serve(entry, model), self._checks, Level.STATIC, listen)
        if self._cache is not None:
            digest, asked_for_list = self.manifests.get(model), self._registry.listings != listings
            self._cache.add(model, found, manifest=digest, asked_for_list=asked_for_list)
        return found
