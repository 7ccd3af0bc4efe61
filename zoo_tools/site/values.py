"""How one figure is shown: its digits as printed, the published cell where it was corrected, its own marks.

The element that holds a value has `data-figure`, its address in the manifest, and nothing but the value's text in it:
a test reads every built page back and compares it with the manifest, both ways.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from zoo_tools.domain.evidence import Correction
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import badges, shared_marks
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.zoo import Marked

MINUS = "\N{MINUS SIGN}"


Within = Literal["model", "variant", "row"]
"""What the page, or the row, is about: an address begins inside of it."""


def value(marked: Marked, *, unit: bool = False, model: str | None = None, within: Within = "model") -> Html:
    """Return a figure's value alone.

    Args:
        marked: the figure.
        unit: whether its unit is asked for.
        model: its model, on pages that show several.
        within: where its address begins: `.ms` in the row of its group, which has the group's anchor for an id.
    """
    figure = marked.figure
    begin = {"model": f"variants[{figure.variant.id}].{figure.ref.name}", "variant": figure.ref.name, "row": ""}[within]
    address = f"{begin}.{figure.quantity}"
    digits = el("span", str(figure.value), data_model=model, data_figure=address)
    if not unit or figure.value == "NA":
        return digits
    return join(digits, Html(" "), el("span", words.unit(figure.unit), class_="zoo-unit"))


def cell(marked: Marked | None, *, common: Iterable[TrustMark] = (), within: Within = "model") -> Html | None:
    """Return a figure for a table whose row already shows the marks in `common`; None for no figure."""
    if marked is None:
        return None
    own = [mark for mark in marked.marks if mark not in set(common)]
    return join(*map(_struck, marked.corrections), value(marked, within=within), badges(own))


def _struck(correction: Correction) -> Html:
    hidden = el("span", "published as ", class_="zoo-sr")
    return join(el("del", hidden, correction.published, class_="zoo-was"), Html(" "))


def common_marks(row: Sequence[Marked]) -> list[TrustMark]:
    """Return the marks all figures of a row bear: they are shown once, at its end."""
    return shared_marks([marked.marks for marked in row])


def signed(number: Decimal) -> str:
    """Return a difference with its sign, and a real minus."""
    if number == 0:
        return str(abs(number))
    return f"{MINUS if number < 0 else '+'}{abs(number)}"
