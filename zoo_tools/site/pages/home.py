"""The first page: what this is, which board takes what, accuracy over time, how far to trust it, what changed."""

from collections.abc import Iterator
from typing import Final

from zoo_tools.domain.budget import Fit
from zoo_tools.domain.references import Board
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import WARNINGS, badges, tally
from zoo_tools.site.catalogue.rows import rows_of
from zoo_tools.site.catalogue.selection import protocols_of
from zoo_tools.site.charts import pareto
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.fitting import BOARDS, fit_mark, rule_link
from zoo_tools.site.measured import OnBoard, measured_on, milliseconds
from zoo_tools.site.page import Page
from zoo_tools.site.pages import compare, models
from zoo_tools.site.pages.boards import fit_counts, in_order
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.pages.entries import board_source, protocol_source
from zoo_tools.site.place import Place
from zoo_tools.site.recent import Happening, recent
from zoo_tools.site.tables import facts
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Zoo

SOURCE = "index.md"
RECENT: Final = 6
_SHOWN_MARKS = (*WARNINGS, TrustMark.NOT_BOUND_TO_BYTES)
BUNDLE = "zoo-offline.zip"
"""The whole site in one file, at its root; it is made of the pages, after them."""
_DIFFERENT = [
    ("Run, not retyped", "Models run with a reference decoder, and what they detect is compared with a recording."),
    ("Bound to bytes", "A figure belongs to a sha256. Where nobody knows which file was measured, the figure says so."),
    ("Proven where it can be", "Sums and rates follow from the printed digits, the flash for weights from the file."),
    ("Errors are kept", "A published cell that is wrong stands struck beside the value used, with the reason."),
]
_WHAT = "Object detectors for small machines; every figure says who measured it, on which bytes, and what proves it."


def home(zoo: Zoo) -> str:
    """Return the page as Markdown."""
    page = Page(zoo.place(SOURCE), "Model zoo", hide=["navigation", "toc"], description=_WHAT)
    page.heading(1, "A model zoo that proves its numbers", id_="home")
    page.block(_opening(zoo, page.place))
    page.heading(2, "Pick by board", id_="boards")
    page.block(*_boards(zoo, page.place))
    _chart(page, zoo)
    page.heading(2, "How far the numbers can be trusted", id_="trust")
    page.block(_trust(zoo, page.place))
    changed = recent(zoo, RECENT)
    if changed:
        page.heading(2, "Changed lately", id_="recent")
        page.block(el("ul", *(_happening(page.place, one) for one in changed), class_="zoo-recent"))
    page.heading(2, "What is different here", id_="different")
    page.block(facts(_DIFFERENT))
    page.heading(2, "Begin", id_="begin")
    page.block(_begin(zoo, page.place))
    return page.text()


def _opening(zoo: Zoo, place: Place) -> Html:
    counts = [
        words.count(len(zoo.models), "model"),
        words.count(sum(len(v.artifacts) for entry in zoo.models for v in entry.value.variants), "file"),
        words.count(zoo.figure_count, "figure"),
        words.count(sum(len(entry.value.anomalies) for entry in zoo.models), "anomaly", plural="anomalies"),
    ]
    links = join(
        place.link(compare.SOURCE, "Compare all files", class_="md-button md-button--primary"),
        place.link(models.SOURCE, "Browse models", class_="md-button"),
        # The theme's search opens by its own checkbox; the key `/` does the same.
        el("label", "Search", for_="__search", class_="md-button zoo-search", title="or press /"),
        by=" ",
    )
    return el(
        "div",
        el("p", _WHAT, class_="zoo-lead"),
        el("ul", *(el("li", said) for said in counts), class_="zoo-counts"),
        el("p", links, class_="zoo-actions"),
        class_="zoo-opening",
    )


def _boards(zoo: Zoo, place: Place) -> Iterator[Html]:
    """Yield a tile for each board something was measured for, and a line about the others; servers come last."""
    found = measured_on(zoo)
    shown = [board for board in in_order(zoo) if found[board.id]]
    if not shown:
        yield el("p", "Nothing was measured for a board yet.")
        return
    yield el("ul", *(_tile(zoo, place, board, found[board.id]) for board in shown), class_="zoo-tiles")
    left_out = len(found) - len(shown)
    more = f"{words.count(left_out, 'board')} without figures, and the memory of all" if left_out else "All boards"
    yield el("p", place.link(BOARDS, more), ". ", rule_link(place), ".", class_="zoo-note")


def _tile(zoo: Zoo, place: Place, board: Board, files: list[OnBoard]) -> Html:
    series = zoo.series_of(board.id)
    kind = words.KINDS.get(series.kind, series.kind) if series is not None else None
    return el(
        "li",
        place.link(board_source(board.id), board.title, class_="zoo-tile__name"),
        el("span", kind, class_="zoo-where") if kind is not None else None,
        el("span", _fitting(files), class_="zoo-tile__count"),
        *_fastest(place, files),
    )


def _fitting(files: list[OnBoard]) -> Html:
    """Return how many models fit, and how the files divide: of a file whose code nobody counted, what is known."""
    counts = fit_counts(files)
    total = len({file.entry.id for file in files})
    fitting = len({file.entry.id for file in files if file.fit is Fit.FITS})
    so_far = len({file.entry.id for file in files if file.verdict.so_far is Fit.FITS})
    known = f"{max(fitting, so_far)} of {words.count(total, 'model')} fit"
    if not any(file.footprints for file in files):
        known = f"{words.count(total, 'model')} timed, memory not measured"
    elif so_far > fitting:
        known += ", as far as counted"
    shown = [el("span", fit_mark(fit), " ", el("b", str(counts[fit]))) for fit in Fit if counts[fit]]
    return join(el("b", known), el("span", *shown, class_="zoo-tile__fits"))


def _fastest(place: Place, files: list[OnBoard]) -> Iterator[Html]:
    timed = [(found.marks, file, found) for file in files if (found := file.fastest) is not None]
    if not timed:
        return
    marks, file, best = min(timed, key=lambda one: milliseconds(one[2]))
    card = card_source(file.entry.id, file.variant)
    yield el(
        "span",
        "fastest: ",
        value(best, unit=True, model=file.entry.id),
        f", {file.variant}/{file.artifact} of ",
        place.link(card, file.entry.value.title, fragment="speed"),
        class_="zoo-tile__best",
    )
    yield badges(mark for mark in marks if mark in _SHOWN_MARKS)


def _chart(page: Page, zoo: Zoo) -> None:
    """Add AP over time under the protocol most files have, where there is something to draw."""
    protocol = next(iter(protocols_of(rows_of(zoo))), None)
    drawn = pareto(zoo, protocol=protocol, width=620, height=220) if protocol is not None else None
    if not drawn or protocol is None:
        return
    page.heading(2, "Accuracy and time", id_="chart")
    name = page.place.link(protocol_source(protocol), zoo.protocol_short(protocol))
    more = page.place.link(compare.SOURCE, "Choose board, budget and protocol")
    page.block(drawn, el("p", "AP under ", name, " alone; lines join the files no other one on the board beats. ",
                         more, ".", class_="zoo-note"))  # fmt: skip


def _trust(zoo: Zoo, place: Place) -> Html:
    more = place.link("trust.md", "Every correction and anomaly")
    said = f"Of {words.count(zoo.figure_count, 'figure')} so many bear each mark. {zoo.checked_note} "
    return el("div", el("p", said, more, "."), tally(zoo.mark_counts, place))


def _happening(place: Place, one: Happening) -> Html:
    title = place.link(card_source(one.entry.id), one.entry.value.title)
    return el("li", el("span", str(one.day), class_="zoo-day"), title, f": {one.text}")


def _begin(zoo: Zoo, place: Place) -> Html:
    pinned = [
        f"{entry.id}/{variant.id}/{artifact.id}"
        for entry in zoo.models
        for variant in entry.value.variants
        for artifact in variant.artifacts
        if artifact.sha256 is not None
    ]
    example = pinned[0] if pinned else None
    rows: list[tuple[str, Html | None]] = [
        ("Get a file, verified by its sha256", _command(f"zoo_tools fetch {example}") if example else None),
        ("Prove a model: files, runs, figures", _command(f"zoo_tools validate {example}") if example else None),
        ("Prove all of the registry", _command("zoo_tools validate")),
    ]
    pairs = [join(el("p", said), command) for said, command in rows if command is not None]
    steps, contribute = ("tutorial/first-steps.md", "First steps"), ("contribute.md", "How to add a model of yours")
    more = el("p", place.link(*steps), ". ", place.link(*contribute), ".")
    # The bundle itself is opened without a server, and does not hold itself.
    return el("div", *pairs, _offline(place) if zoo.directory_urls else None, more, class_="zoo-run")


def _offline(place: Place) -> Html:
    link = el("a", BUNDLE, href=place.file(BUNDLE), download=True)
    return el("p", "Take all of it along: ", link, ", these pages with search, for a browser without a network.")


def _command(text: str) -> Html:
    return el("pre", el("code", text))
