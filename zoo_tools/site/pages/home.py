"""The first page: what this is, where models run, how far their numbers can be trusted, how to begin."""

from decimal import Decimal

from zoo_tools.domain.manifest import Latency, Manifest
from zoo_tools.domain.trust import TrustMark
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.badges import WARNINGS, badges, tally
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.page import Page
from zoo_tools.site.pages import compare, models
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.place import Place
from zoo_tools.site.tables import Column, Row, facts, table
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Marked, Zoo

SOURCE = "index.md"


def home(zoo: Zoo) -> str:
    """Return the page as Markdown."""
    page = Page(zoo.place(SOURCE), "Model zoo", hide=["navigation", "toc"], description=_WHAT)
    page.heading(1, "A model zoo that proves its numbers", id_="home")
    page.block(_opening(zoo, page.place))
    page.heading(2, "Pick by board", id_="boards")
    page.block(boards(zoo, page.place))
    page.heading(2, "Models", id_="models")
    page.block(_families(zoo, page.place) if zoo.models else el("p", "The registry holds no model yet."))
    page.heading(2, "How far the numbers can be trusted", id_="trust")
    page.block(_trust(zoo, page.place))
    page.heading(2, "What is different here", id_="different")
    page.block(facts(_DIFFERENT))
    page.heading(2, "Begin", id_="begin")
    page.block(_begin(zoo))
    return page.text()


_SHOWN_MARKS = (*WARNINGS, TrustMark.NOT_BOUND_TO_BYTES)
_DIFFERENT = [
    ("Run, not retyped", "Models run with a reference decoder, and what they detect is compared with a recording."),
    ("Bound to bytes", "A figure belongs to a sha256. Where nobody knows which file was measured, the figure says so."),
    ("Proven where it can be", "Sums and rates follow from the printed digits, the flash for weights from the file."),
    ("Errors are kept", "A published cell that is wrong stands struck beside the value used, with the reason."),
]
_WHAT = "Object detectors for small machines; every figure says who measured it, on which bytes, and what proves it."


def _opening(zoo: Zoo, place: Place) -> Html:
    counts = [
        words.count(len(zoo.models), "model"),
        words.count(sum(len(v.artifacts) for entry in zoo.models for v in entry.value.variants), "file"),
        words.count(zoo.figure_count, "figure"),
        words.count(sum(len(entry.value.anomalies) for entry in zoo.models), "anomaly", plural="anomalies"),
    ]
    links = join(
        place.link(compare.SOURCE, "Compare all files", class_="md-button md-button--primary"),
        Html(" "),
        place.link(models.SOURCE, "Browse models", class_="md-button"),
    )
    return el(
        "div",
        el("p", _WHAT, class_="zoo-lead"),
        el("ul", *(el("li", said) for said in counts), class_="zoo-counts"),
        el("p", links, class_="zoo-actions"),
        class_="zoo-opening",
    )


def boards(zoo: Zoo, place: Place) -> Html:
    """Return a tile for each board: how many models were timed there, and the fastest; servers last."""
    timed: dict[str, list[tuple[Entry[Manifest], Marked]]] = {}
    for entry in zoo.models:
        for marked in zoo.figures(entry.id):
            if isinstance(marked.group, Latency) and marked.figure.quantity == _said_by(marked.group):
                timed.setdefault(marked.group.board, []).append((entry, marked))
    tiles = [_tile(zoo, place, board, timed[board]) for board in sorted(timed, key=lambda id_: _place_of(zoo, id_))]
    if not tiles:
        return el("p", "No inference time is stated yet.")
    return el("ul", *tiles, class_="zoo-tiles")


def _said_by(latency: Latency) -> str:
    """Return the quantity a latency is judged by: its time, or its rate where nothing else is printed."""
    return "ms" if latency.ms is not None else "per_second"


def _place_of(zoo: Zoo, board: str) -> tuple[bool, str]:
    series = zoo.series_of(board)
    return series is not None and series.kind in ("gpu", "host"), board


def _milliseconds(marked: Marked) -> Decimal:
    """Return what a time or rate takes for one picture; for order only."""
    number = marked.figure.value
    assert isinstance(number, Decimal)
    return number if marked.figure.quantity == "ms" else 1000 / number


def _tile(zoo: Zoo, place: Place, board: str, timed: list[tuple[Entry[Manifest], Marked]]) -> Html:
    series = zoo.series_of(board)
    kind = f"{series.title}, {words.KINDS.get(series.kind, series.kind)}" if series is not None else ""
    measured = words.count(len({entry.id for entry, _ in timed}), "model")
    figures = words.count(len(timed), "measurement")
    entry, best = min(timed, key=lambda one: _milliseconds(one[1]))
    figure = best.figure
    fastest = join(
        "fastest: ",
        value(best, unit=True, model=entry.id),
        f", {figure.variant.id}/{figure.group.artifact} of ",
        place.link(card_source(entry.id), entry.value.title, fragment="speed"),
    )
    return el(
        "li",
        el("strong", zoo.board_title(board), class_="zoo-tile__name"),
        el("span", kind, class_="zoo-where"),
        el("span", join(el("b", measured), f", {figures}"), class_="zoo-tile__count"),
        el("span", fastest, class_="zoo-tile__best"),
        badges(mark for mark in best.marks if mark in _SHOWN_MARKS),
    )


def _families(zoo: Zoo, place: Place) -> Html:
    """Return a line for each model: what there is of it, and how far it can be proved."""
    columns = [
        Column("Model"),
        Column("Input"),
        Column("Formats"),
        Column("Files", numeric=True),
        Column("Pinned", numeric=True),
        Column("Figures", numeric=True),
        Column("Bound to bytes", numeric=True),
        Column("Anomalies", numeric=True),
    ]
    return table("A line for each model", columns, [_family(zoo, entry, place) for entry in zoo.models])


def _family(zoo: Zoo, entry: Entry[Manifest], place: Place) -> Row:
    variants = entry.value.variants
    artifacts = [artifact for variant in variants for artifact in variant.artifacts]
    figures = zoo.figures(entry.id)
    numbers = [
        len(artifacts),
        sum(artifact.sha256 is not None for artifact in artifacts),
        len(figures),
        sum(TrustMark.NOT_BOUND_TO_BYTES not in marked.marks for marked in figures),
        len(entry.value.anomalies),
    ]
    formats = ", ".join(dict.fromkeys(map(words.file_format, artifacts)))
    title = place.link(card_source(entry.id), entry.value.title)
    return Row([title, words.sides(variants), formats, *map(str, numbers)])


def _trust(zoo: Zoo, place: Place) -> Html:
    more = place.link("trust.md", "Every correction and anomaly")
    return el(
        "div",
        el(
            "p",
            f"Of {words.count(zoo.figure_count, 'figure')} so many bear each mark. ",
            zoo.checked_note,
            " ",
            more,
            ".",
        ),
        tally(zoo.mark_counts, place),
    )


def _begin(zoo: Zoo) -> Html:
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
    return el("div", *pairs, class_="zoo-run")


def _command(text: str) -> Html:
    return el("pre", el("code", text))
