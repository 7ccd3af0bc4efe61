"""The few figures a card is announced by elsewhere: in pictures of links and in what search engines read.

They are all of one file, so that they belong together: nobody shall read the speed of one and the accuracy of another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from zoo_tools.domain.manifest import Accuracy, Artifact, Footprint, Latency, Manifest, Variant
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.pages.card.subject import usefulness
from zoo_tools.site.zoo import Marked, Zoo


@dataclass(frozen=True, slots=True)
class Said:
    """A figure in words."""

    name: str
    """What was measured, such as `AP` or `inference time`."""
    marked: Marked
    where: str
    """Protocol, board or series."""

    @property
    def value(self) -> str:
        """Its digits as printed, with the unit."""
        figure = self.marked.figure
        return f"{figure.value} {words.unit(figure.unit)}"


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A file of a variant and what it is chosen by."""

    artifact: Artifact
    said: list[Said]
    """AP, time, RAM, flash; what was not measured is left out."""


def key_figures(zoo: Zoo, entry: Entry[Manifest], variant: Variant) -> KeyFigures:
    """Return the figures of the file that the card is about first, of those that have any."""
    return zoo.kept(_of_model, entry)[variant.id]


def _of_model(zoo: Zoo, entry: Entry[Manifest]) -> dict[str, KeyFigures]:
    return {variant.id: _chosen(zoo, entry, variant) for variant in entry.value.variants}


def _chosen(zoo: Zoo, entry: Entry[Manifest], variant: Variant) -> KeyFigures:
    by_file: dict[str, list[Marked]] = {artifact.id: [] for artifact in variant.artifacts}
    for marked in zoo.figures(entry.id):
        if marked.figure.variant is variant and isinstance(marked.figure.value, Decimal):
            by_file.get(marked.group.artifact, []).append(marked)
    said = {artifact.id: list(_said(zoo, by_file[artifact.id])) for artifact in variant.artifacts}
    chosen = max(variant.artifacts, key=lambda one: (bool(said[one.id]), *usefulness(one), len(said[one.id])))
    return KeyFigures(chosen, said[chosen.id])


def _said(zoo: Zoo, figures: list[Marked]) -> Iterable[Said]:
    for marked in figures:
        if isinstance(marked.group, Accuracy):
            yield Said("AP", marked, zoo.protocol_short(marked.group.protocol))
            break
    fastest = _fastest(figures)
    if fastest is not None:
        name = "inference time" if fastest.figure.quantity == "ms" else "inferences"
        yield Said(name, fastest, words.conditions(fastest.group, zoo))
    series = zoo.series_of(fastest.group.board) if fastest and isinstance(fastest.group, Latency) else None
    for name, quantities in (("RAM", ("ram.total", "ram.internal")), ("flash", ("flash.total", "flash.weights"))):
        if (least := _least(figures, quantities, series.id if series else None)) is not None:
            part = "" if least.figure.quantity.endswith("total") else f", {words.QUANTITIES[least.figure.quantity]}"
            yield Said(name, least, words.conditions(least.group, zoo) + part)


def _fastest(figures: list[Marked]) -> Marked | None:
    """Return the shortest time, or the highest rate where no time is printed."""
    timed = [marked for marked in figures if isinstance(marked.group, Latency)]
    times = [marked for marked in timed if marked.figure.quantity == "ms"]
    rates = [marked for marked in timed if marked.figure.quantity == "per_second"]
    return min(times, key=_number) if times else max(rates, key=_number, default=None)


def _least(figures: list[Marked], quantities: tuple[str, ...], series: str | None) -> Marked | None:
    """Return the smallest amount: of the series that the time is of, if there is one; of totals, if there are."""

    def rank(marked: Marked) -> tuple[bool, int, Decimal]:
        elsewhere = isinstance(marked.group, Footprint) and marked.group.target != series
        return elsewhere, quantities.index(marked.figure.quantity), _number(marked)

    return min((marked for marked in figures if marked.figure.quantity in quantities), key=rank, default=None)


def _number(marked: Marked) -> Decimal:
    assert isinstance(marked.figure.value, Decimal)
    return marked.figure.value
