"""Accuracy: a block for each protocol, quantised beside float, the difference computed, releases apart."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from zoo_tools.domain.manifest import Accuracy
from zoo_tools.domain.references import Protocol, Unknown
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import badges
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.figures import marks_note, source
from zoo_tools.site.pages.card.subject import FigureGroup, Subject
from zoo_tools.site.tables import Column, Row, Section, facts, table
from zoo_tools.site.values import cell, common_marks, signed


def protocols(subject: Subject) -> list[str]:
    """Return the protocols AP is stated under, in the order of the file."""
    return list(dict.fromkeys(g.group.protocol for g in subject.groups if isinstance(g.group, Accuracy)))


def definition(subject: Subject, protocol: str) -> Html | None:
    """Return how the protocol computes AP, unknowns said to be so."""
    entry = subject.zoo.registry.protocols.get(protocol)
    if entry is None:
        return None
    stated = entry.value
    note = el("p", stated.note, class_="zoo-note") if stated.note is not None else None
    return el("div", el("p", stated.title, "."), _definition(subject, stated), note)


def _definition(subject: Subject, stated: Protocol) -> Html:
    return facts(
        [
            ("Dataset", subject.zoo.dataset_title(stated.dataset)),
            ("Split", _known(stated.split)),
            ("Pictures", _known(stated.images)),
            ("IoU", ", ".join(str(iou) for iou in stated.iou)),
            ("Interpolation", _known(stated.interpolation)),
            ("Matching", _known(stated.matching)),
            ("Score above", _known(stated.score_threshold)),
            ("NMS IoU", _known(stated.nms_iou)),
            ("Detections per picture", _known(stated.max_detections)),
            ("Source", link(stated.source, "definition") if stated.source else "this registry"),
        ]
    )


def _known(value: object) -> str | Html:
    if isinstance(value, Unknown):
        return join(el("em", "unknown"), f": {value.unknown}")
    return str(value)


def accuracy(subject: Subject, protocol: str) -> Html:
    """Return the figures of one protocol."""
    groups = [g for g in subject.groups if isinstance(g.group, Accuracy) and g.group.protocol == protocol]
    is_float = {g.ref.artifact is not None and words.is_float(g.ref.artifact) for g in groups}
    columns = [
        Column("Variant"),
        Column("Quantised", numeric=True, unit="%"),
        Column("Float", numeric=True, unit="%"),
        Column("Difference", numeric=True, unit="points", missing="\N{EN DASH}"),
        Column("Source"),
        Column("Marks"),
    ]
    # Nobody quantised a model that is float only: that is no measurement missing.
    shown = [0, *([1, 2, 3] if len(is_float) == 2 else [2] if is_float == {True} else [1]), 4, 5]
    sections = [
        Section(f"Release {release}", list(_rows(subject, [g for g in groups if _release(g) == release], shown)))
        for release in dict.fromkeys(_release(g) for g in groups)
    ]
    said = "The difference is computed here: quantised minus float. " if len(is_float) == 2 else None
    note = join(said, marks_note(subject))
    title = f"{subject.zoo.protocol_short(protocol)}, average precision"
    return table(title, [columns[i] for i in shown], sections, note=note)


def _release(g: FigureGroup) -> str:
    return g.ref.artifact.release if g.ref.artifact is not None else "unknown"


def _rows(subject: Subject, groups: list[FigureGroup], shown: Sequence[int]) -> Iterator[Row]:
    """Yield a row for each variant and quantised file; what has no partner stands alone."""
    by_variant: dict[str, tuple[list[FigureGroup], list[FigureGroup]]] = {}
    for g in groups:
        quantised, floats = by_variant.setdefault(g.ref.variant.id, ([], []))
        is_float = g.ref.artifact is not None and words.is_float(g.ref.artifact)
        (floats if is_float else quantised).append(g)
    for quantised, floats in by_variant.values():
        for i in range(max(len(quantised), len(floats))):
            # One float file is the partner of every quantised one made from it.
            partner = floats[0] if len(floats) == 1 else floats[i] if i < len(floats) else None
            first = quantised[i] if i < len(quantised) else None
            new = [g for g in (first, partner) if g is not None and (g is first or i < len(floats))]
            row = _row(subject, first, partner, anchored=new)
            yield replace(row, cells=[row.cells[i] for i in shown])


def _row(
    subject: Subject, quantised: FigureGroup | None, floating: FigureGroup | None, *, anchored: list[FigureGroup]
) -> Row:
    both = [g for g in (quantised, floating) if g is not None]
    common = common_marks([marked for g in both for marked in g.figures])
    cells = [_value(g, common) if g is not None else None for g in (quantised, floating)]
    anchors = join(*(el("span", id=subject.anchor(g.ref.path)) for g in anchored))
    files = ", ".join(g.group.artifact for g in both)
    name = join(anchors, f"{both[0].ref.variant.id} ", el("span", files, class_="zoo-where"))
    sources = join(*dict.fromkeys(source(subject, g) for g in both))
    return Row([name, *cells, _difference(quantised, floating), sources, badges(common)])


def _value(g: FigureGroup, common: Sequence[TrustMark]) -> Html | None:
    """Return AP, and below it where it would lie for other pictures."""
    shown = cell(g.figure("ap"), common=common)
    interval = g.group.interval if isinstance(g.group, Accuracy) else None
    if shown is None or interval is None:
        return shown
    low, high = interval
    hint = "95 % bootstrap interval over pictures"
    return join(shown, el("span", f"{low} to {high}", class_="zoo-where", title=hint))


def _difference(quantised: FigureGroup | None, floating: FigureGroup | None) -> str | None:
    values = [g.group.ap for g in (quantised, floating) if g is not None and isinstance(g.group, Accuracy)]
    if len(values) < 2:
        return None
    return signed(Decimal(values[0]) - Decimal(values[1]))
