"""What the Compare page picks with: a form whose names are the options of `zoo_tools find`, and places for answers.

It is hidden until a script has started. Everything is written here and nothing in the script, so that labels are
escaped, checked and there from the first moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from zoo_tools.site import charts
from zoo_tools.site.catalogue.payload import name_of
from zoo_tools.site.catalogue.rows import Row
from zoo_tools.site.catalogue.selection import FACETS, Demand, protocols_of, values_of
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.place import Place
from zoo_tools.site.zoo import Zoo

VEGA = "assets/vendor/vega-6.2.0/vega.js"
"""Vega, Vega-Lite and Vega-Embed in one file; loaded when the chart comes into view."""
_BUDGETS = {
    "max-latency": ("Latency at most", "ms"),
    "max-ram": ("RAM at most", "KiB"),
    "max-flash": ("Flash at most", "KiB"),
    "min-ap": ("AP at least", "%"),
}
_COLUMNS = (
    ("Model and file", "model", None),
    ("Pin", None, None),
    ("Board", None, None),
    ("AP", "ap", "%"),
    ("Latency", "latency", "ms"),
    ("RAM", "ram", "KiB"),
    ("Flash", "flash", "KiB"),
    ("Precision", None, None),
    ("Format", None, None),
    ("Release", None, None),
)
"""Heading, key of the order and unit of each column."""


def live(zoo: Zoo, place: Place, rows: Sequence[Row], scripts: Html) -> Html:
    """Return the form, the status line, the chart, the pinned rows, the table, and the scripts that fill them."""
    return el(
        "div",
        _form(zoo, rows),
        el("p", role="status", aria_live="polite", class_="zoo-status"),
        _chart(zoo),
        el("div", class_="zoo-pins", hidden=True),
        _table(),
        el("p", el("button", "Show all", type="button", class_="md-button", data_do="all"), class_="zoo-more"),
        scripts,
        id="zoo-compare",
        hidden=True,
        data_vega=place.file(VEGA),
        data_search_exclude=True,
    )


def _form(zoo: Zoo, rows: Sequence[Row]) -> Html:
    return el(
        "form",
        el("div", _protocol(zoo, rows), *_budgets(), _pareto(), class_="zoo-pick__row"),
        el("div", *_facets(zoo, rows), _demands(), class_="zoo-pick__row"),
        el(
            "div",
            el("button", "Reset", type="reset", class_="zoo-button"),
            el("button", "Copy link", type="button", data_do="copy", class_="zoo-button"),
            el("button", "Download CSV", type="button", data_do="csv", class_="zoo-button"),
            class_="zoo-pick__row zoo-pick__do",
        ),
        class_="zoo-pick",
        aria_label="Pick rows",
        autocomplete="off",
    )


def _protocol(zoo: Zoo, rows: Sequence[Row]) -> Html:
    options = [
        el("option", f"{zoo.protocol_short(protocol)} ({count})", value=protocol)
        for protocol, count in protocols_of(rows).items()
    ]
    select = el("select", *options, name="protocol", id="zoo-protocol")
    return el("div", el("label", "Accuracy by", for_="zoo-protocol"), select, class_="zoo-field")


def _budgets() -> Iterator[Html]:
    for name, (said, unit) in _BUDGETS.items():
        id_ = f"zoo-{name}"
        field = el("input", id=id_, name=name, inputmode="decimal", size="7", placeholder="any")
        label = el("label", f"{said} ", el("span", unit, class_="zoo-unit"), for_=id_)
        yield el("div", label, field, class_="zoo-field")


def _pareto() -> Html:
    hint = "Only rows that no other on the same board beats in both AP and latency"
    box = el("input", type="checkbox", name="pareto", value="1")
    return el("label", box, " Pareto front only", class_="zoo-check", title=hint)


def _facets(zoo: Zoo, rows: Sequence[Row]) -> Iterator[Html]:
    for facet, heading in FACETS.items():
        values = values_of(rows, facet, partial(name_of, zoo, facet))
        if len(values) > 1:
            yield _choices(facet, heading, {value: name_of(zoo, facet, value) for value in values})


def _demands() -> Html:
    return _choices("trust", "Trust", {demand.value: demand.meaning for demand in Demand})


def _choices(name: str, heading: str, values: Mapping[str, str]) -> Html:
    boxes = [
        el("label", el("input", type="checkbox", name=name, value=value), f" {said}", class_="zoo-check")
        for value, said in values.items()
    ]
    # What is chosen stands in the closed list; the script writes it there.
    chosen = el("span", "any", class_="zoo-facet__chosen")
    group = el("fieldset", el("legend", heading, class_="zoo-sr"), *boxes)
    return el("details", el("summary", heading, ": ", chosen), group, class_="zoo-facet", data_facet=name)


def _chart(zoo: Zoo) -> Html:
    names = charts.boards_of(zoo)
    signs = [
        el("li", charts.symbol(i), Html(" "), name, data_board=board) for i, (board, name) in enumerate(names.items())
    ]
    plot = el("div", class_="zoo-chart__plot", role="img", aria_label="AP over latency of the rows of the table")
    return el("div", plot, el("ul", *signs, class_="zoo-chart__legend"), class_="zoo-chart", hidden=True)


def _table() -> Html:
    title = "Rows picked"
    heads = el("tr", *(_head(*column) for column in _COLUMNS))
    caption = el("caption", el("div", el("strong", title)))
    built = el("table", caption, el("thead", heads), el("tbody"), class_="zoo-table zoo-compare zoo-rows")
    return el("div", built, class_="zoo-scroll", role="region", tabindex="0", aria_label=title)


def _head(heading: str, key: str | None, unit: str | None) -> Html:
    said = join(el("span", heading), Html(" ") if unit else None, el("span", unit, class_="zoo-unit") if unit else None)
    if key is None:
        return el("th", said, scope="col")
    button = el("button", said, type="button", data_sort=key)
    return el("th", button, scope="col", class_="zoo-num" if unit else None, data_sorted=key)
