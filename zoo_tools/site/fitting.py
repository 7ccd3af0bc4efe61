"""How a verdict on memory is shown, and the rule behind it in words: the same on boards, cards and the first page."""

from decimal import Decimal
from typing import Final

from zoo_tools.domain.budget import CAVEATS, FIT_NAMES, RULES, Fit, MemoryVerdict, Verdict, percent
from zoo_tools.domain.references import Memory
from zoo_tools.domain.room import Room
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.place import Place

BOARDS: Final = "boards/index.md"
"""The page that states the rule, at `#fits`."""


def fit_mark(fit: Fit) -> Html:
    """Return a verdict as a word with a sign, never colour alone."""
    return el("span", FIT_NAMES[fit], class_=f"zoo-fit zoo-fit--{fit.value}")


def verdict_mark(verdict: Verdict) -> Html:
    """Return the verdict on a file; where a part is not counted, what is said of the rest stands under it."""
    mark = fit_mark(verdict.fit)
    if verdict.so_far is verdict.fit:
        return mark
    return join(mark, el("span", f"what is counted: {FIT_NAMES[verdict.so_far]}", class_="zoo-where"))


def left(verdict: MemoryVerdict) -> str | None:
    """Return how much of the memory is left, or how much too small it is; None where that is not known."""
    if verdict.margin is None:
        return None
    said = percent(abs(verdict.margin))
    where = "chip" if verdict.budget.chip.memories else "board"
    return f"{said} left" if verdict.margin >= 0 else f"{said} more than the {where} has"


def rule() -> Html:
    """Return what each verdict means, and what the rule leaves out."""
    meanings = [el("div", el("dt", fit_mark(fit)), el("dd", said)) for fit, said in RULES.items()]
    return el(
        "div",
        el("dl", *meanings, class_="zoo-legend"),
        el("ul", *(el("li", said) for said in CAVEATS), class_="zoo-caveats"),
    )


def rule_link(place: Place, label: str = "What fits means") -> Html:
    """Return the one click to the rule."""
    return place.link(BOARDS, label, fragment="fits")


def amount(size: Decimal) -> str:
    """Return bytes in the unit people read them in: `992 KiB`, `4.2 MiB`."""
    for name, bytes_ in (("GiB", 1024**3), ("MiB", 1024**2)):
        if size >= bytes_:
            return f"{_plain(size / bytes_)} {name}"
    return f"{_plain(size / 1024)} KiB"


def _plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.01')):f}".rstrip("0").rstrip(".")


def room(what: Room, where: str) -> str | None:
    """Return how much memory there is in a place; None where there is none."""
    return f"{amount(what.size)} {where}" if what.memories else None


def memory_line(memory: Memory) -> Html:
    """Return one memory of a board with its source."""
    use = None if memory.holds_data else "; no tensor may lie in it"
    place = None if memory.place is not None else "; whether it is on the chip is unsaid"
    said = el("span", memory.kind, use, place)
    return join(el("b", f"{memory.size} {memory.unit}"), " ", said, " (", link(memory.source, "source"), ")")
