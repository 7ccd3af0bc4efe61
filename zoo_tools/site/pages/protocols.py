"""A page for each protocol: what its AP is, how to compute it, what it compares with, who has figures under it."""

from collections.abc import Iterator, Sequence
from typing import Final

from zoo_tools.domain.manifest import Accuracy
from zoo_tools.domain.references import Protocol
from zoo_tools.site import words
from zoo_tools.site.badges import badges, legend_link
from zoo_tools.site.comparability import METHODS, PICTURES, are_related, differences, thresholds, unknowns
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.pages.entries import dataset_source, known, listed, protocol_source
from zoo_tools.site.place import Place
from zoo_tools.site.tables import Column, Row, facts, table
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Marked, Zoo

__all__ = ["pages", "protocol_source"]

INDEX = "protocols/index.md"
MOST_FIGURES: Final = 100
Under = dict[str, list[tuple[str, Marked]]]
"""Figures by protocol, each with the id of its model."""


def pages(zoo: Zoo) -> Iterator[tuple[str, str]]:
    """Yield source and text of the index and of each protocol's page."""
    under: Under = {id_: [] for id_ in zoo.registry.protocols}
    for entry in zoo.models:
        for marked in zoo.figures(entry.id):
            if isinstance(marked.group, Accuracy) and marked.group.protocol in under:
                under[marked.group.protocol].append((entry.id, marked))
    yield INDEX, _index(zoo, under)
    for id_, protocol in zoo.registry.protocols.items():
        yield protocol_source(id_), _page(zoo, protocol.value, under[id_])


def _index(zoo: Zoo, under: Under) -> str:
    page = Page(
        zoo.place(INDEX), "Accuracy protocols", hide=["navigation", "toc"], description="How each AP is computed."
    )
    page.heading(1, "Accuracy protocols", id_="protocols")
    lead = "AP is a family of figures. A protocol says which one: figures of two protocols are never compared."
    page.block(el("p", lead, class_="zoo-lead"))
    columns = [
        Column("Protocol"),
        Column("What it is"),
        Column("IoU"),
        Column("Computed here", missing="no"),
        Column("Unknown", missing="nothing"),
        Column("Figures", numeric=True),
    ]
    rows = [
        Row(
            [
                page.place.link(protocol_source(id_), entry.value.short),
                entry.value.title,
                thresholds(entry.value),
                words.code(entry.value.evaluator.method) if entry.value.evaluator is not None else None,
                ", ".join(unknowns(entry.value)) or None,
                str(len(under[id_])),
            ]
        )
        for id_, entry in sorted(zoo.registry.protocols.items(), key=lambda item: (-len(under[item[0]]), item[0]))
    ]
    page.block(
        table("All protocols", columns, rows, class_="zoo-protocols")
        if rows
        else el("p", "The registry describes no protocol yet.")
    )
    return page.text()


def _page(zoo: Zoo, protocol: Protocol, figures: list[tuple[str, Marked]]) -> str:
    source = protocol_source(protocol.id)
    page = Page(zoo.place(source), protocol.short, hide=["navigation"], description=protocol.title)
    page.heading(1, protocol.short, id_="protocol")
    page.block(el("p", protocol.title, ".", class_="zoo-lead"))
    if protocol.note is not None:
        page.block(el("p", protocol.note, class_="zoo-warning"))
    page.heading(2, "Definition", id_="definition")
    page.block(_definition(zoo, page.place, protocol))
    page.heading(2, "Compute it", id_="recipe")
    page.block(*_recipe(zoo, protocol, figures))
    page.heading(2, "May be compared with", id_="comparable")
    page.block(_comparable(zoo, page.place, protocol))
    page.heading(2, "May not be compared with", id_="not-comparable")
    page.block(_incomparable(zoo, page.place, protocol))
    page.heading(2, "Figures under it", id_="figures")
    page.block(_figures(zoo, page.place, protocol, figures))
    return page.text()


def _definition(zoo: Zoo, place: Place, protocol: Protocol) -> Html:
    dataset: str = zoo.dataset_title(protocol.dataset)
    if protocol.dataset in zoo.registry.datasets:
        dataset = place.link(dataset_source(protocol.dataset), dataset)
    count = f" ({protocol.image_count})" if protocol.image_count is not None else None
    return facts(
        [
            ("Dataset", dataset),
            ("Split", known(protocol.split)),
            ("Pictures that count", join(known(protocol.images), count)),
            ("IoU thresholds", ", ".join(str(one) for one in protocol.iou)),
            ("Precision-recall curve", known(protocol.interpolation)),
            ("Matching", known(protocol.matching)),
            ("Score threshold", known(protocol.score_threshold)),
            ("IoU of the suppression", known(protocol.nms_iou)),
            ("Most detections a picture", known(protocol.max_detections)),
            ("Defined in", _source(protocol)),
            ("Id in the registry", words.code(protocol.id)),
        ]
    )


def _source(protocol: Protocol) -> Html:
    if protocol.source is None:
        return join("this registry; it is one of its own")
    return link(protocol.source, protocol.source.removeprefix("https://"))


def _recipe(zoo: Zoo, protocol: Protocol, figures: Sequence[tuple[str, Marked]]) -> Iterator[Html]:
    evaluator = protocol.evaluator
    if evaluator is None:
        unsaid = unknowns(protocol)
        why = f": {', '.join(unsaid)} {'is' if len(unsaid) == 1 else 'are'} unknown" if unsaid else ""
        yield el(
            "p", f"It is not computed here{why}. Its figures are shown as published, and compared with each other."
        )
        return
    within = f"{protocol.reproduced_within} points, besides the rounding of its digits"
    yield facts(
        [
            ("Method", join(words.code(evaluator.method), f", {METHODS[evaluator.method]}")),
            ("Objects", "of every size" if evaluator.area == "all" else f"{evaluator.area}, as COCO counts it"),
            ("Pictures", f"a class is looked for in {PICTURES[evaluator.pictures]}"),
            ("Comes back within", within),
        ]
    )
    yield el("div", el("pre", el("code", _command(zoo, protocol, figures))), class_="zoo-run")


def _command(zoo: Zoo, protocol: Protocol, figures: Sequence[tuple[str, Marked]]) -> str:
    pinned = [
        f"{model}/{marked.figure.variant.id}/{marked.group.artifact}"
        for model, marked in figures
        if marked.figure.artifact is not None and marked.figure.artifact.sha256 is not None
    ]
    name = pinned[0] if pinned else "MODEL/VARIANT/ARTIFACT"
    entry = zoo.registry.datasets.get(protocol.dataset)
    is_held = entry is not None and entry.value.contents is not None and entry.value.contents.folder is not None
    data = "" if is_held else f" --data {protocol.dataset}=PATH"
    return f"zoo_tools evaluate {name} \\\n  --protocol {protocol.id}{data}"


def _comparable(zoo: Zoo, place: Place, protocol: Protocol) -> Html:
    said = [join("Every other figure under this protocol, and only those.")]
    if protocol.stands_for is not None:
        name = _link(zoo, place, protocol.stands_for)
        said.append(join(name, " has the same metric on more pictures: its figures are judged by this one within the "
                         "interval that few pictures allow, and never equated with it."))  # fmt: skip
    for id_, other in zoo.registry.protocols.items():
        if other.value.stands_for == protocol.id:
            name = _link(zoo, place, id_)
            said.append(join(name, " is the same metric on a few pictures: it can refute a figure here, not give one."))
    return listed(said)


def _link(zoo: Zoo, place: Place, protocol: str) -> Html:
    short = zoo.protocol_short(protocol)
    return place.link(protocol_source(protocol), short) if protocol in zoo.registry.protocols else words.code(short)


def _incomparable(zoo: Zoo, place: Place, protocol: Protocol) -> Html:
    others = [entry.value for id_, entry in zoo.registry.protocols.items() if id_ != protocol.id]
    if not others:
        return el("p", "The registry has no other protocol.")
    # What somebody might hold against each other has its reasons one by one; other pictures altogether are one reason.
    near = [other for other in others if are_related(protocol.dataset, other.dataset, zoo)]
    far = [other for other in others if other not in near]
    near.sort(key=lambda other: (other.dataset != protocol.dataset, len(differences(protocol, other, zoo)), other.id))
    columns = [Column("Figures under"), Column("Because")]
    rows = [
        Row([_link(zoo, place, other.id), listed(join(why) for why in differences(protocol, other, zoo))])
        for other in near
    ]
    shown = table("Protocols it differs from", columns, rows, class_="zoo-reasons") if rows else None
    said = el("p", "Other pictures altogether: ", _links(zoo, place, far), ".") if far else None
    return el("div", shown, said)


def _links(zoo: Zoo, place: Place, protocols: Sequence[Protocol]) -> Html:
    return join(*(_link(zoo, place, one.id) for one in protocols), by=", ")


def _figures(zoo: Zoo, place: Place, protocol: Protocol, figures: list[tuple[str, Marked]]) -> Html:
    if not figures:
        return el("p", "No model of this zoo has a figure under it.")
    columns = [
        Column("Model and file"),
        Column(protocol.short, numeric=True, unit="%", sorted=True),
        Column("95 % interval", missing="not stated"),
        Column("Evidence"),
        Column("Marks", missing="none"),
    ]
    best = sorted(figures, key=lambda one: -_ap(one[1]))[:MOST_FIGURES]
    rows = [_figure(zoo, place, model, marked) for model, marked in best]
    cut = f"The best {MOST_FIGURES} of {len(figures)}. " if len(figures) > MOST_FIGURES else None
    return table("Figures", columns, rows, note=join(cut, legend_link(place)))


def _ap(marked: Marked) -> float:
    """Return a figure for sorting."""
    return float(marked.figure.value)


def _figure(zoo: Zoo, place: Place, model: str, marked: Marked) -> Row:
    group, variant = marked.group, marked.figure.variant
    title = zoo.registry.models[model].value.title
    head = join(
        place.link(card_source(model, variant.id), title, fragment="accuracy"),
        el("span", words.path(variant.id, group.artifact), class_="zoo-file"),
    )
    interval = group.interval if isinstance(group, Accuracy) else None
    ends = f"{interval[0]} to {interval[1]}" if interval is not None else None
    return Row([head, value(marked, model=model), ends, words.code(group.evidence), badges(marked.marks) or None])
