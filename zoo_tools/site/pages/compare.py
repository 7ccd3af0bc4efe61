"""The comparison: with JavaScript one table to pick from; without, a chart and a table for each accuracy protocol.

The tables without JavaScript hold every figure the page is about, and one table never holds two protocols. A script
hides them when it has put its own in their place; what it shows comes from `assets/compare/catalogue.js`.
"""

import hashlib
from collections.abc import Iterator, Sequence

from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import charts
from zoo_tools.site.badges import WARNINGS, legend_link, sign
from zoo_tools.site.catalogue.payload import script
from zoo_tools.site.catalogue.rows import Row, rows_of
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.page import Page
from zoo_tools.site.pages.compare_controls import live
from zoo_tools.site.pages.compare_still import section_anchor, still
from zoo_tools.site.place import Place
from zoo_tools.site.zoo import Zoo

__all__ = ["SOURCE", "compare", "files", "section_anchor"]

SOURCE = "compare.md"
CATALOGUE = "assets/compare/catalogue.js"
SCRIPTS = ("assets/compare/rule.js", "assets/compare/chart.js", "assets/compare/compare.js")
_LIVE = (
    "(page => { page.add('zoo-live'); addEventListener('error', event => "
    "{ if (event.target.tagName === 'SCRIPT') page.remove('zoo-live'); }, true); })(document.documentElement.classList)"
)
"""Hides the still tables at once, and brings them back where a script cannot be loaded."""


def compare(zoo: Zoo) -> str:
    """Return the page as Markdown."""
    page = Page(
        zoo.place(SOURCE),
        "Compare",
        hide=["navigation", "toc"],
        description="Every model file with its accuracy, inference times and memory, one accuracy protocol to a table.",
    )
    page.heading(1, "Compare", id_="compare")
    rows = rows_of(zoo)
    if not rows:
        page.block(el("p", "The registry holds no file yet."))
        return page.text()
    page.block(*_opening(page.place), _live(zoo, page.place, rows), still(zoo, page.place, rows))
    return page.text()


def files(zoo: Zoo) -> dict[str, bytes]:
    """Return the script that holds the catalogue."""
    rows = rows_of(zoo)
    return {CATALOGUE: _catalogue(zoo, rows)} if rows else {}


def _catalogue(zoo: Zoo, rows: Sequence[Row]) -> bytes:
    return script(zoo, zoo.place(SOURCE), charts.specifications(zoo, rows))


def _live(zoo: Zoo, place: Place, rows: Sequence[Row]) -> Html:
    """Return what the scripts work with, and the scripts; none of it is seen without JavaScript."""
    # The catalogue changes under one name: a browser may not mix an old one with a new page.
    version = hashlib.sha256(_catalogue(zoo, rows)).hexdigest()[:8]
    sources = [f"{place.file(CATALOGUE)}?{version}", *map(place.file, SCRIPTS)]
    scripts = [el("script", src=source, defer=True) for source in sources]
    # Two thousand rows take seconds to lay out; where scripts run they need not be.
    return live(zoo, place, rows, join(el("script", Html(_LIVE)), *scripts))


def _opening(place: Place) -> Iterator[Html]:
    lead = "A row is one file on one board. Accuracy is shown under one protocol at a time: no two may be compared."
    yield el("p", lead, class_="zoo-lead")
    marks = (*WARNINGS, TrustMark.NOT_BOUND_TO_BYTES)
    explained = join(*(sign(mark, short=mark.label) for mark in marks), by=", ")
    said = "Sources and all marks of each number are on the cards. Three marks are signs here: "
    yield el("p", said, explained, ". ", legend_link(place), class_="zoo-note")
