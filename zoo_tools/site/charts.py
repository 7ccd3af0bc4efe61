"""Accuracy over time as a chart: one Vega-Lite specification, drawn here as SVG and made to answer in the browser.

Colours are variables of the stylesheet, so that a drawing follows the palette; each board has a shape of its own as
well. A chart is a picture of a table that stands beside it: nothing is said by it alone.
"""

import copy
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import altair as alt
import pandas as pd
import vl_convert

from zoo_tools.site.catalogue.rows import Row, rows_of
from zoo_tools.site.catalogue.selection import pareto as front_of
from zoo_tools.site.catalogue.selection import protocols_of, values_of
from zoo_tools.site.escape import Html, el
from zoo_tools.site.zoo import Zoo

VEGA_LITE: Final = "6.4"
"""Version of the specification that Altair writes, as vl-convert calls it."""
SHAPES: Final = (
    "M0,-1A1,1,0,1,1,0,1A1,1,0,1,1,0,-1Z",
    "M-0.85,-0.85h1.7v1.7h-1.7Z",
    "M0,-1.1L1.05,0.8L-1.05,0.8Z",
    "M0,-1.2L1.2,0L0,1.2L-1.2,0Z",
    "M-0.35,-1.1h0.7v0.75h0.75v0.7h-0.75v0.75h-0.7v-0.75h-0.75v-0.7h0.75Z",
    "M0,1.1L1.05,-0.8L-1.05,-0.8Z",
    "M-1.1,0L0.8,1.05L0.8,-1.05Z",
    "M1.1,0L-0.8,1.05L-0.8,-1.05Z",
)
"""Outlines within -1 to 1, as Vega and SVG draw them; of more boards than these, shapes and colours come again."""
_LOG_FROM = 12
"""How many times the shortest time the longest has to be for a logarithmic axis."""
MOST = 1000
"""Points of a chart; of more rows, those on a Pareto front are drawn alone."""
_STEPS = ((1,), (1, 2, 5), range(1, 10), [f"{tenths / 10:g}" for tenths in range(10, 100, 2)])
"""Ticks within a power of ten, the coarsest first; the script of the Compare page has the same."""
_PADDING = {"left": 42, "top": 26, "right": 14, "bottom": 42}
_NOISE = re.compile(
    r' (?:aria-[a-z]+|role|font-family|pointer-events)="[^"]*"| opacity="1"|<path class="(?:back|fore)ground"[^>]*/>'
)
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def points(rows: Sequence[Row], protocol: str | None, boards: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that have a place in a chart.

    Args:
        rows: in any order.
        protocol: what AP is taken under.
        boards: names by id.

    Returns:
        One row per row with both numbers: `id` and `board` are text, `latency` (ms) and `ap` (percent) float64, `front`
        says whether it is on the Pareto front of its board.
    """
    front = {row.id for row in front_of(rows, protocol)}
    found = [
        (row.id, boards[row.board], float(row.latency.number), float(ap), row.id in front)
        for row in rows
        if row.board is not None and row.latency.number is not None and (ap := row.ap(protocol).number) is not None
    ]
    frame = pd.DataFrame(found, columns=["id", "board", "latency", "ap", "front"])
    return frame.astype({"latency": "float64", "ap": "float64", "front": "bool"})


def specification(
    frame: pd.DataFrame, boards: Sequence[str], *, accuracy: str, width: int, height: int
) -> dict[str, object]:
    """Return the Vega-Lite specification of a chart, with its data under the name `rows`.

    Args:
        frame: `points`.
        boards: names of all boards in their order, which gives each its colour and shape.
        accuracy: heading of the protocol.
        width: of the plot in pixels, as `height`.
        height: of the plot.
    """
    is_log = bool(frame["latency"].max() >= _LOG_FROM * frame["latency"].min())  # false of an empty frame
    spec = copy.deepcopy(_undated(tuple(boards), accuracy, width, height, is_log=is_log))
    values = {"hovered": "", "pinned": [], "ticks": ticks(frame["latency"]) if is_log else []}
    params = [{"name": name, "value": value} for name, value in values.items()]
    return {**spec, "params": params, "datasets": {"rows": frame.to_dict("records")}}


@lru_cache(maxsize=256)
def _undated(boards: tuple[str, ...], accuracy: str, width: int, height: int, *, is_log: bool) -> dict[str, object]:
    """Return a specification without data; Altair checks each against the schema, which takes a while."""
    x, y = _axes(accuracy, is_log=is_log)
    signs = [(_colour(i), SHAPES[i % len(SHAPES)]) for i in range(len(boards))]
    color = alt.Color("board:N", legend=None).scale(domain=list(boards), range=[colour for colour, _ in signs])
    shape = alt.Shape("board:N", legend=None).scale(domain=list(boards), range=[outline for _, outline in signs])
    base = alt.Chart(alt.NamedData("rows")).encode(x=x, y=y, color=color)
    line = base.transform_filter("datum.front").mark_line(
        aria=False, interpolate="step-after", strokeWidth=1.3, opacity=0.55
    )
    # What the browser sets: the row pointed at, the rows pinned, the ticks of what is picked.
    is_lit = "datum.id === hovered || indexof(pinned, datum.id) >= 0"
    dots = base.mark_point(aria=False, filled=True, opacity=0.95, strokeWidth=1).encode(
        shape=shape,
        size=alt.condition(is_lit, alt.value(330), alt.value(110)),
        stroke=alt.condition(is_lit, alt.value("var(--md-default-fg-color)"), alt.value("var(--md-default-bg-color)")),
    )
    chart = alt.layer(line, dots).properties(width=width, height=height, padding=_PADDING)
    return {**chart.to_dict(), "config": _look()}


def _axes(accuracy: str, *, is_log: bool) -> tuple[alt.X, alt.Y]:
    x = alt.X("latency:Q", scale=_scale(is_log=is_log)).title("ms for one picture")
    above = alt.Axis(title=f"{accuracy}, %", titleAngle=0, titleAlign="left", titleX=-34, titleY=-12, tickCount=6)
    # With a count beside them, Vega would leave out every other one of too many.
    x = x.axis(values=alt.ExprRef("ticks"), titlePadding=8) if is_log else x.axis(tickCount=7, titlePadding=8)
    return x, alt.Y("ap:Q", axis=above, scale=_scale(is_log=False))


def _scale(*, is_log: bool) -> alt.Scale:
    zero = alt.Undefined if is_log else False
    return alt.Scale(type="log" if is_log else "linear", zero=zero, nice=False, padding=12)


def _look() -> dict[str, object]:
    quiet, line = "var(--zoo-quiet)", "var(--zoo-line)"
    axis = {
        "labelColor": quiet, "titleColor": quiet, "gridColor": line, "domainColor": line, "tickColor": line,
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelOverlap": False,
        "labelBound": False,
    }  # fmt: skip
    # Without autosize no place in the drawing depends on how wide a font of this machine is.
    return {
        "autosize": {"type": "none"}, "background": "transparent", "axis": axis,
        "view": {"stroke": None}, "aria": False, "font": "sans-serif",
    }  # fmt: skip


def _colour(index: int) -> str:
    return f"var(--zoo-chart-{index % len(SHAPES) + 1})"


def ticks(times: Iterable[float]) -> list[float]:
    """Return at least four ticks of a logarithmic axis if there are so many round numbers between the ends."""
    low, high = min(times), max(times)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for steps in _STEPS:
        every = [float(f"{step}e{decade}") for decade in decades for step in steps]
        found = [tick for tick in every if low <= tick <= high]
        if len(found) >= 4:
            break
    return found


@lru_cache(maxsize=64)
def _drawn(specification_text: str) -> str:
    return vl_convert.vegalite_to_svg(specification_text, vl_version=VEGA_LITE)


def svg(spec: Mapping[str, object], *, label: str) -> Html:
    """Draw a specification; the same one gives the same bytes on every machine.

    Args:
        spec: of `specification`; nothing that a stranger wrote gets into the drawing but the accuracy's name, which
            the drawing library escapes.
        label: what the picture shows, for who cannot see it.
    """
    drawn = _drawn(json.dumps(spec, sort_keys=True))
    inside = _NOISE.sub("", drawn.partition(">")[2].removesuffix("</svg>"))
    inside = _LONG.sub(lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), inside)
    size = re.search(r'width="(\d+)" height="(\d+)"', drawn)
    width, height = (size[1], size[2]) if size is not None else ("0", "0")
    return el(
        "svg", Html(inside), role="img", aria_label=label, width=width, height=height,
        viewBox=f"0 0 {width} {height}",
    )  # fmt: skip


def symbol(index: int) -> Html:
    """Return the sign of a board in charts."""
    path = el("path", d=SHAPES[index % len(SHAPES)], style=f"fill:{_colour(index)}")
    return el("svg", path, class_="zoo-chart__sign", viewBox="-1.3 -1.3 2.6 2.6", aria_hidden="true")


def boards_of(zoo: Zoo) -> dict[str, str]:
    """Return the names of all boards that something was timed on, in the order that gives each its sign."""
    return {board: zoo.board_title(board) for board in values_of(rows_of(zoo), "board", zoo.board_title)}


def specifications(zoo: Zoo, rows: Sequence[Row]) -> dict[str, object]:
    """Return the specification of each protocol's chart without its data: the browser draws what is picked."""
    names = boards_of(zoo)
    found: dict[str, object] = {}
    for protocol in protocols_of(rows):
        frame = points(rows, protocol, names)
        if not frame.empty:
            accuracy = zoo.protocol_short(protocol)
            spec = specification(frame, list(names.values()), accuracy=accuracy, width=600, height=260)
            found[protocol] = {**spec, "datasets": {"rows": []}}
    return found


def pareto(
    zoo: Zoo, *, protocol: str | None = None, boards: Sequence[str] | None = None, width: int = 560, height: int = 300
) -> Html:
    """Return a chart of AP over latency with its legend, or nothing where fewer than two rows have both.

    Args:
        zoo: what is drawn.
        protocol: of AP; the one that most files have a figure under, where none is named.
        boards: ids of the boards drawn; all, where none are named. Each has the same sign in every chart.
        width: of the plot in pixels.
        height: of the plot in pixels.
    """
    rows, names = rows_of(zoo), boards_of(zoo)
    chosen = protocol or next(iter(protocols_of(rows)), None)
    drawn = [row for row in rows if boards is None or row.board in boards]
    frame = points(drawn, chosen, names)
    if chosen is None or len(frame) < 2:
        return Html("")
    if len(frame) > MOST:
        frame = frame[frame["front"]]
    accuracy = zoo.protocol_short(chosen)
    spec = specification(frame, list(names.values()), accuracy=accuracy, width=width, height=height)
    there = {board: name for board, name in names.items() if (frame["board"] == name).any()}
    label = f"{accuracy} over the time for one picture, {len(frame)} measurements on {', '.join(there.values())}"
    signs = [el("li", symbol(i), Html(" "), name) for i, (id_, name) in enumerate(names.items()) if id_ in there]
    return el(
        "div",
        # Focusable, so that the keyboard can scroll it on a narrow screen.
        el("div", svg(spec, label=label), class_="zoo-chart__plot", role="region", tabindex="0", aria_label="Chart"),
        el("ul", *signs, class_="zoo-chart__legend"),
        class_="zoo-chart",
    )
