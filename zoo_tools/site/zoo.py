"""The zoo as pages look at it: the registry, what was checked, and the marks of every figure.

Pages ask here for names and never fail on a reference that leads nowhere: they show the id, `validate` reports it.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar, cast

from pydantic import BaseModel

from zoo_tools.domain.address import AddressError, Path, resolve
from zoo_tools.domain.evidence import Correction
from zoo_tools.domain.figures import Figure, Group, figures_of
from zoo_tools.domain.findings import Outcome
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.references import Series
from zoo_tools.domain.tools import ToolRef
from zoo_tools.domain.trust import Outcomes, TrustMark, marks_of
from zoo_tools.registry.load import Entry, Registry
from zoo_tools.site.checked import Checked
from zoo_tools.site.place import Place

E = TypeVar("E", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Marked:
    """A figure with its marks."""

    figure: Figure
    marks: list[TrustMark]
    corrections: list[Correction]
    """What was published instead, where it could not be used."""

    @property
    def group(self) -> Group:
        """The figures it stands among, with their conditions."""
        return self.figure.group


@dataclass(frozen=True)
class Zoo:
    """Everything pages are made from."""

    registry: Registry
    checked: Checked | None = None
    directory_urls: bool = True
    """False in a bundle that is opened without a server."""
    _kept: dict[tuple[object, str], tuple[Entry[Manifest], object]] = field(default_factory=dict, repr=False)

    def kept(self, make: Callable[["Zoo", Entry[Manifest]], T], entry: Entry[Manifest]) -> T:
        """Return what a function makes of a model; it is made once, and again by a later zoo if the model changed.

        Args:
            make: may read all that models share, and of other models only whether they are there.
            entry: the model.
        """
        of, made = self._kept.get((make, entry.id), (None, None))
        if of is not entry:
            made = make(self, entry)
            self._kept[make, entry.id] = entry, made
        return cast(T, made)

    def keep(self, make: Callable[["Zoo", Entry[Manifest]], T], entry: Entry[Manifest], made: T) -> None:
        """Take over what another process made of a model."""
        self._kept[make, entry.id] = entry, made

    def with_models(self, models: dict[str, Entry[Manifest]]) -> "Zoo":
        """Return a zoo in which only some models have other entries; what was made of the rest is taken over."""
        is_same_list = models.keys() == self.registry.models.keys()
        later = replace(self.registry, models=models)
        return Zoo(later, self.checked, self.directory_urls, dict(self._kept) if is_same_list else {})

    @property
    def models(self) -> list[Entry[Manifest]]:
        """All models, by title and then id."""
        return sorted(self.registry.models.values(), key=lambda entry: (entry.value.title.casefold(), entry.id))

    def place(self, source: str) -> Place:
        """Return the place of a page, to link from."""
        return Place(source, self.directory_urls)

    def is_stale(self, model: str) -> bool:
        """Tell whether the report speaks of another text of this manifest; its outcomes are not used then."""
        stated = self.checked.manifests.get(model) if self.checked is not None else None
        if stated is None:
            return False
        return hashlib.sha256(self.registry.models[model].path.read_bytes()).hexdigest() != stated

    @cached_property
    def checked_note(self) -> str:
        """What was checked, in a sentence, and of which models the report no longer speaks."""
        if self.checked is None:
            return "No report of checks was at hand: marks that need one are missing."
        stale = [entry.value.title for entry in self.models if self.is_stale(entry.id)]
        changed = f" Changed since, and without marks that need a check: {', '.join(stale)}." if stale else ""
        return f"Checked by {self.checked.tool} at level {self.checked.level}.{changed}"

    def outcomes(self, model: str) -> list[Outcome]:
        """Return what the checks said of a model."""
        return self._outcomes_by_model.get(model, [])

    def figures(self, model: str) -> list[Marked]:
        """Return every figure of a model with its marks, in the order of the file."""
        return self.kept(_figures, self.registry.models[model])

    @cached_property
    def _outcomes_by_model(self) -> dict[str, list[Outcome]]:
        found: dict[str, list[Outcome]] = {}
        for outcome in self.checked.outcomes.all if self.checked is not None else []:
            found.setdefault(outcome.subject.partition("/")[0], []).append(outcome)
        known = [model for model in found if model in self.registry.models and not self.is_stale(model)]
        return {model: found[model] for model in known}

    @cached_property
    def mark_counts(self) -> Counter[TrustMark]:
        """How many figures of the zoo bear each mark."""
        return Counter(mark for entry in self.models for marked in self.figures(entry.id) for mark in marked.marks)

    @property
    def figure_count(self) -> int:
        """How many figures the zoo holds, cells that print NA included."""
        return sum(len(self.figures(entry.id)) for entry in self.models)

    def board_title(self, board: str) -> str:
        """Return the name of a board as figures print it."""
        return _title(self.registry.boards, board, lambda value: value.title)

    def series_of(self, board: str) -> Series | None:
        """Return the series of a board, or None where one of the two is not in the registry."""
        entry = self.registry.boards.get(board)
        series = self.registry.series.get(entry.value.series) if entry is not None else None
        return series.value if series is not None else None

    def series_title(self, series: str) -> str:
        """Return the name of a series."""
        return _title(self.registry.series, series, lambda value: value.title)

    def dataset_title(self, dataset: str) -> str:
        """Return the name of a dataset."""
        return _title(self.registry.datasets, dataset, lambda value: value.title)

    def protocol_short(self, protocol: str) -> str:
        """Return the column heading of a protocol."""
        return _title(self.registry.protocols, protocol, lambda value: value.short)

    def labels_title(self, labels: str) -> str:
        """Return the name of a label set."""
        return _title(self.registry.labels, labels, lambda value: value.title)

    def tool_title(self, ref: ToolRef) -> str:
        """Return name and version of a tool."""
        title = _title(self.registry.tools, ref.id, lambda value: value.title)
        return title if ref.version == "unknown" else f"{title} {ref.version}"


def _figures(zoo: Zoo, entry: Entry[Manifest]) -> list[Marked]:
    marks = marks_of(entry.value, Outcomes(zoo.outcomes(entry.id)))
    corrections = _corrections(entry.value)
    return [
        Marked(figure, marks[figure.address], corrections.get(figure.path, [])) for figure in figures_of(entry.value)
    ]


def _corrections(manifest: Manifest) -> dict[Path, list[Correction]]:
    found: dict[Path, list[Correction]] = {}
    for correction in manifest.corrections:
        try:
            found.setdefault(resolve(manifest, correction.at), []).append(correction)
        except AddressError:
            continue  # `references-resolve` reports it
    return found


def _title(entries: dict[str, Entry[E]], id_: str, name: Callable[[E], str]) -> str:
    entry = entries.get(id_)
    return id_ if entry is None else name(entry.value)
