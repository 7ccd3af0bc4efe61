"""Accuracy: a block for each protocol, quantised beside float, the difference computed, releases apart."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from zoo_tools.domain.manifest import Accuracy
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.pages.card.sources import NOT_STATED, TAIL, Shared, narrowed, shared_by, tail, without_empty
from zoo_tools.site.pages.card.subject import FigureGroup, Subject
from zoo_tools.site.pages.entries import protocol_source
from zoo_tools.site.tables import Column, Row, table
from zoo_tools.site.values import Within, cell, common_marks, signed


def protocols(subject: Subject) -> list[str]:
    """Return the protocols AP is stated under, in the order of the file."""
    return list(dict.fromkeys(g.group.protocol for g in subject.groups if isinstance(g.group, Accuracy)))


def blocks(subject: Subject) -> Iterator[Html]:
    """Yield a block for each protocol: what it is, and its figures."""
    for protocol in protocols(subject):
        yield el("div", _about(subject, protocol), _figures(subject, protocol), id=f"accuracy-{protocol}")


def _about(subject: Subject, id_: str) -> Html | None:
    """Return what AP means under a protocol in a line; its page has the rest."""
    entry = subject.zoo.registry.protocols.get(id_)
    if entry is None:
        return None
    name = subject.place.link(protocol_source(id_), entry.value.short)
    return el("p", el("strong", name), f": {entry.value.title}.")


def _figures(subject: Subject, protocol: str) -> Html:
    """Return the figures of one protocol."""
    groups = [g for g in subject.groups if isinstance(g.group, Accuracy) and g.group.protocol == protocol]
    shared = shared_by(groups)
    columns = [
        Column("File"),
        Column("Quantised", numeric=True, unit="%"),
        Column("Float", numeric=True, unit="%"),
        Column("Difference", numeric=True, unit="points", missing=NOT_STATED),
        *TAIL,
    ]
    releases = dict.fromkeys(_release(g) for g in groups)
    rows = [
        row for release in releases for row in _rows(subject, [g for g in groups if _release(g) == release], shared)
    ]
    # Nobody quantised a model that is float only: a column without any figure is no measurement missing.
    kept, shown = without_empty(columns, rows)
    said = "The difference is quantised minus float. " if 3 in shown else None
    title = f"{subject.zoo.protocol_short(protocol)}, average precision"
    return table(title, kept, [narrowed(row, shown) for row in rows], note=join(said, shared.said()) or None)


def _release(g: FigureGroup) -> str:
    return g.ref.artifact.release if g.ref.artifact is not None else "unknown"


def _rows(subject: Subject, groups: list[FigureGroup], shared: Shared) -> Iterator[Row]:
    """Yield a row for each quantised file with its float partner; what has no partner stands alone."""
    floats = [g for g in groups if g.ref.artifact is not None and words.is_float(g.ref.artifact)]
    quantised = [g for g in groups if g not in floats]
    for i in range(max(len(quantised), len(floats))):
        # One float file is the partner of every quantised one made from it.
        partner = floats[0] if len(floats) == 1 else floats[i] if i < len(floats) else None
        first = quantised[i] if i < len(quantised) else None
        new = [g for g in (first, partner) if g is not None and (g is first or i < len(floats))]
        yield _row(subject, first, partner, anchored=new, shared=shared)


def _row(
    subject: Subject,
    quantised: FigureGroup | None,
    floating: FigureGroup | None,
    *,
    anchored: list[FigureGroup],
    shared: Shared,
) -> Row:
    both = [g for g in (quantised, floating) if g is not None]
    common = common_marks([marked for g in both for marked in g.figures])
    cells = [
        _value(g, common, within="row" if g is anchored[0] else "variant") if g is not None else None
        for g in (quantised, floating)
    ]
    anchors = join(*(el("span", id=g.anchor) for g in anchored[1:]))
    name = join(anchors, ", ".join(g.group.artifact for g in both))
    release = el("small", f"release {_release(both[0])}") if len(subject.releases) > 1 else None
    cells = [join(name, release), *cells, _difference(quantised, floating), *tail(subject, both, common, shared)]
    return Row(cells, id=anchored[0].anchor)


def _value(g: FigureGroup, common: Sequence[TrustMark], *, within: Within) -> Html | None:
    """Return AP, and below it where it would lie for other pictures."""
    shown = cell(g.figure("ap"), common=common, within=within)
    interval = g.group.interval if isinstance(g.group, Accuracy) else None
    if shown is None or interval is None:
        return shown
    low, high = interval
    hint = "95 % bootstrap interval over pictures"
    return join(shown, el("small", f"{low} to {high}", title=hint))


def _difference(quantised: FigureGroup | None, floating: FigureGroup | None) -> Html | None:
    values = [g.group.ap for g in (quantised, floating) if g is not None and isinstance(g.group, Accuracy)]
    if len(values) < 2:
        return None
    return join(signed(Decimal(values[0]) - Decimal(values[1])))
