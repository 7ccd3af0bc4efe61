"""Trust marks as small badges: a sign and words, never colour alone; the sign is drawn by the stylesheet."""

from collections import Counter
from collections.abc import Iterable, Sequence

from zoo_tools.domain.trust import TrustMark
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.place import Place

TRUST_PAGE = "trust.md"
WARNINGS = (TrustMark.CORRECTED, TrustMark.DISPUTED)
"""Marks that stand beside a figure even where there is no room for all of them."""


def badge(mark: TrustMark, *, count: int | None = None) -> Html:
    """Return the badge of a mark, with how many figures bear it where that is said."""
    number = el("span", str(count), class_="zoo-mark__count") if count is not None else None
    return el("span", mark.label, number, class_=f"zoo-mark zoo-mark--{mark.value}")


def badges(marks: Iterable[TrustMark]) -> Html:
    """Return several badges in a row, or nothing."""
    shown = [badge(mark) for mark in marks]
    if len(shown) == 1:
        return shown[0]
    return el("span", *shown, class_="zoo-marks") if shown else Html("")


def sign(mark: TrustMark, *, short: str | None = None) -> Html:
    """Return the sign of a mark with a short word, or with words only for those who cannot see it.

    A legend has to stand on the page.
    """
    said = el("span", mark.label, class_="zoo-sr") if short is None else join(Html(" "), short)
    return el("span", said, class_=f"zoo-sign zoo-mark--{mark.value}", title=mark.label)


def signs(marks: Iterable[TrustMark]) -> Html:
    """Return the signs of several marks in front of a value, or nothing."""
    return join(*(join(sign(mark), Html(" ")) for mark in marks))


def tally(counts: Counter[TrustMark], place: Place) -> Html:
    """Return the badges of all marks that occur, each with its count and a link to what it means."""
    items = [
        el("li", el("a", badge(mark, count=counts[mark]), href=place.href(TRUST_PAGE, mark.value), class_="zoo-plain"))
        for mark in TrustMark
        if counts[mark]
    ]
    return el("ul", *items, class_="zoo-tally")


def shared_marks(marks: Sequence[Sequence[TrustMark]]) -> list[TrustMark]:
    """Return the marks that all figures of a row bear, in their order."""
    return [mark for mark in TrustMark if marks and all(mark in one for one in marks)]


def legend_link(place: Place) -> Html:
    """Return the one click to what the marks mean."""
    return place.link(TRUST_PAGE, "What the marks mean", fragment="marks")
