"""What changed lately, by the dates the registry itself states: a page made again on another day says the same."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from zoo_tools.domain.evidence import Derived, Published
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.zoo import Zoo


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that became different about the figures of a model."""

    day: date
    entry: Entry[Manifest]
    text: str


def recent(zoo: Zoo, most: int) -> list[Happening]:
    """Return the latest happenings, the newest first, those of one day by the title of their model."""
    found = [one for entry in zoo.models for one in _of_model(zoo, entry)]
    found.sort(key=lambda one: -one.day.toordinal())  # stable: models are in order already
    return found[:most]


def _of_model(zoo: Zoo, entry: Entry[Manifest]) -> Iterator[Happening]:
    """Yield what became different on each day: figures measured or read from a document, and its last version."""
    said: dict[date, list[str]] = {}
    counts = Counter(marked.group.evidence for marked in zoo.figures(entry.id))
    days: Counter[tuple[date, str]] = Counter()
    for id_, evidence in entry.value.evidence.items():
        if isinstance(evidence, Derived) or not counts[id_]:
            continue
        is_published = isinstance(evidence, Published)
        day = evidence.retrieved if isinstance(evidence, Published) else evidence.date
        days[day, "read from documents" if is_published else "measured here"] += counts[id_]
    for (day, how), number in days.items():
        said.setdefault(day, []).append(f"{words.count(number, 'figure')} {how}")
    for change in reversed(entry.value.changelog):
        # The newest stands first in the file, and is the one that is told of its day.
        told = [text for text in said.get(change.date, []) if not text.startswith("version ")]
        said[change.date] = [*told, f"version {change.version}: {change.text}"]
    for day, texts in said.items():
        yield Happening(day, entry, "; ".join(texts))
