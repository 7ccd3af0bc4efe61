"""The top of a card: what it is, whether to trust its numbers, and the few figures people choose by."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from zoo_tools.domain.manifest import Accuracy, Footprint, Latency, Licence, Manifest
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import WARNINGS, badge, legend_link, sign, signs
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.subject import FigureGroup, Subject, card_source
from zoo_tools.site.pages.entries import board_source, dataset_source
from zoo_tools.site.tables import facts
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Marked

_SIBLINGS = 24


def head(subject: Subject) -> Html:
    """Return purpose, siblings, status and trust."""
    counts = Counter(mark for marked in subject.figures for mark in marked.marks)
    total = words.count(len(subject.figures), "figure")
    where = " on this card. " if subject.position is not None else " on the cards of its variants. "
    return el(
        "div",
        el("p", subject.manifest.summary, class_="zoo-lead"),
        _siblings(subject) if subject.position is not None else None,
        _status(subject),
        el("p", el("strong", total), where, legend_link(subject.place), class_="zoo-tally-head"),
        el(
            "ul", *(el("li", badge(mark, count=counts[mark])) for mark in TrustMark if counts[mark]), class_="zoo-tally"
        ),
        _unchecked(subject),
        class_="zoo-head",
    )


def _siblings(subject: Subject) -> Html:
    """Return the links to the family and to its other variants."""
    family = el("a", subject.manifest.title, href=subject.place.href(card_source(subject.entry.id)))
    every = subject.manifest.variants
    shown = [
        el("strong", one.id) if one is subject.variants[0] else el("a", one.id, href=subject.card_href(one))
        for one in (every if len(every) <= _SIBLINGS else ())
    ]
    if len(shown) < 2:
        return el("p", "Family: ", family, f", {words.count(len(every), 'variant')}.", class_="zoo-siblings")
    return el("p", "Family: ", family, ". Variants: ", join(*shown, by=", "), ".", class_="zoo-siblings")


def _status(subject: Subject) -> Html | None:
    status = subject.manifest.status
    if status.state == "active":
        return None
    since = f" since {status.since}" if status.since is not None else ""
    successor = None
    if status.successor is not None:
        is_here = status.successor in subject.zoo.registry.models
        to = subject.place.link(card_source(status.successor), status.successor) if is_here else status.successor
        successor = join(" Use ", to, " instead.")
    reason = f": {status.reason}." if status.reason is not None else "."
    return el("p", el("strong", f"Deprecated{since}"), reason, successor, class_="zoo-warning")


def _unchecked(subject: Subject) -> Html | None:
    if subject.zoo.checked is None:
        said = "No report of checks was at hand when this page was made, so no mark that needs one is given."
    elif subject.zoo.is_stale(subject.entry.id):
        said = "The manifest was changed after the last run of checks, so no mark that needs one is given."
    else:
        return None
    return el("p", said, class_="zoo-warning")


def glance(subject: Subject) -> Html:
    """Return what a reader decides by: accuracy, time, memory, input, file, licence."""
    main, variant = subject.main, subject.main.variant
    artifact = main.artifact
    groups = sorted(subject.groups, key=lambda g: (g.group.artifact != artifact.id, _is_float(g)))
    size = words.size(artifact.size) if artifact.size is not None else None
    pinned = "pinned by sha256" if artifact.sha256 is not None else "not pinned: its bytes were never seen"
    file = join(words.file_format(artifact), ", ", words.precision(artifact), f", {size}" if size else None)
    rows = [
        *_accuracy(subject, groups),
        ("Fastest run", fastest(subject, groups)),
        *_memory(subject, groups),
        ("Input", join(words.resolution(variant), _note(_takes(subject)))),
        ("File", join(file, _note(join(el("a", artifact.id, href=f"#{main.anchor}"), f", {pinned}")))),
        ("Licence of the weights", _weights(subject.manifest.licences.weights)),
    ]
    shown = [(name, said) for name, said in rows if said is not None]
    of_others = len({g.group.artifact for g in groups}) > 1
    about = join(
        "Figures are those of ",
        words.code(artifact.id),
        " unless another file is named; those of every file stand below." if of_others else ".",
    )
    return el("div", facts(shown), el("p", about, class_="zoo-note"), class_="zoo-glance")


def _weights(licence: Licence) -> Html:
    """Return the name of the weights' licence, with what it forbids; its text is linked below."""
    said = "; ".join(licence.restrictions) or (licence.reason if licence.spdx == "unknown" else None)
    return join(el("a", licence.spdx, href="#licences"), _note(said))


def _is_float(g: FigureGroup) -> bool:
    return g.ref.artifact is not None and words.is_float(g.ref.artifact)


def _takes(subject: Subject) -> str | None:
    """Return what goes in, as the contract of the main file says."""
    ref = subject.main
    contract = subject.manifest.contracts.get(ref.artifact.contract or ref.variant.contract)
    if contract is None:
        return None
    inputs = ref.artifact.tensors.inputs if ref.artifact.tensors is not None else []
    said = [contract.input.colour.upper(), *(spec.dtype for spec in inputs[:1]), contract.input.layout]
    return ", ".join(said)


def _note(*said: str | None) -> Html | None:
    return el("small", *said) if any(one is not None for one in said) else None


def _other(subject: Subject, g: FigureGroup) -> str | None:
    """Return the name of the file a figure is of, where it is not the main one."""
    return None if g.group.artifact == subject.main.artifact.id else f"file {g.group.artifact}"


def _accuracy(subject: Subject, groups: Iterable[FigureGroup]) -> Iterator[tuple[str, Html | None]]:
    """Yield AP under each protocol: that of the main file, or of the next best that has one."""
    seen: set[str] = set()
    for g in groups:
        if not isinstance(g.group, Accuracy) or g.group.protocol in seen or len(seen) == 3:
            continue
        seen.add(g.group.protocol)
        marked = g.figure("ap")
        if marked is not None:
            entry = subject.zoo.registry.protocols.get(g.group.protocol)
            title = f"{subject.zoo.dataset_title(entry.value.dataset)}" if entry is not None else None
            yield subject.zoo.protocol_short(g.group.protocol), valued(subject, marked, title, _other(subject, g))


def valued(subject: Subject, marked: Marked, *notes: str | None) -> Html:
    """Return a figure with its warnings, what it is of, and whether its bytes are known."""
    warnings = [mark for mark in marked.marks if mark in WARNINGS]
    said = [note for note in notes if note is not None]
    unbound = sign(TrustMark.NOT_BOUND_TO_BYTES, short="unbound")
    if TrustMark.NOT_BOUND_TO_BYTES in marked.marks:
        said.append(unbound)
    return join(
        signs(warnings),
        value(marked, unit=True, within="variant" if subject.position is not None else "model"),
        _note(join(*said, by=", ")) if said else None,
    )


def fastest(subject: Subject, groups: list[FigureGroup]) -> Html | None:
    """Return the shortest time on a device of the first file that was timed; a rate where no time is printed."""
    timed = [g for g in groups if isinstance(g.group, Latency)]
    if not timed:
        return None
    of_file = [g for g in timed if g.group.artifact == timed[0].group.artifact]
    # A server says nothing of a device: it counts only where nothing else was timed.
    best = min(of_file, key=lambda g: (_is_server(subject, g), _milliseconds(g)))
    marked = best.figure("ms") or best.figure("per_second")
    if marked is None:
        return None
    is_one = subject.position is not None
    where = words.conditions(best.group, subject.zoo) if is_one else _board(subject, best)
    return valued(subject, marked, where, _other(subject, best) if is_one else None)


def _board(subject: Subject, g: FigureGroup) -> str:
    return subject.zoo.board_title(g.group.board) if isinstance(g.group, Latency) else ""


def _is_server(subject: Subject, g: FigureGroup) -> bool:
    series = subject.zoo.series_of(g.group.board) if isinstance(g.group, Latency) else None
    return series is not None and series.kind in ("gpu", "host")


def _milliseconds(g: FigureGroup) -> Decimal:
    """Return what a time or rate takes for one picture; for order only."""
    assert isinstance(g.group, Latency)
    return g.group.ms if g.group.ms is not None else 1000 / (g.group.per_second or Decimal(1))


def _memory(subject: Subject, groups: list[FigureGroup]) -> Iterator[tuple[str, Html | None]]:
    """Yield RAM and flash of the first file they are stated of, on the target that needs the least RAM."""
    g = smallest(groups)
    if g is None or not isinstance(g.group, Footprint):
        return
    target = subject.zoo.series_title(g.group.target)
    for name, quantities in QUANTITIES:
        marked = first(g, quantities)
        if marked is not None:
            part = words.QUANTITIES[marked.figure.quantity]
            yield name, valued(subject, marked, f"{part}, {target}", _other(subject, g))


QUANTITIES = (("RAM", ("ram.total", "ram.internal", "ram.activation")), ("Flash", ("flash.total", "flash.weights")))
"""The figures that stand for RAM and flash, the best first."""


def first(g: FigureGroup, quantities: Sequence[str]) -> Marked | None:
    """Return the first of several figures that is stated."""
    return next((found for quantity in quantities if (found := g.figure(quantity)) is not None), None)


def smallest(groups: Iterable[FigureGroup]) -> FigureGroup | None:
    """Return the footprint of the first file that has one: the one with the least RAM, those with totals first."""
    found = [g for g in groups if isinstance(g.group, Footprint)]
    return min((g for g in found if g.group.artifact == found[0].group.artifact), key=_ram, default=None)


def _ram(g: FigureGroup) -> tuple[bool, Decimal]:
    assert isinstance(g.group, Footprint)
    total, internal = g.group.ram.total, g.group.ram.internal
    return total is None, total if total is not None else internal if internal is not None else Decimal(0)


def about(subject: Subject) -> Html:
    """Return what else a reader asks first."""
    manifest, zoo = subject.manifest, subject.zoo
    datasets = {variant.dataset: zoo.dataset_title(variant.dataset) for variant in subject.variants}
    known = zoo.registry.datasets
    linked = [
        subject.place.link(dataset_source(id_), title) if id_ in known else join(title)
        for id_, title in datasets.items()
    ]
    backbones = dict.fromkeys(
        f"{v.backbone}{'' if v.width_multiplier is None else f', width {v.width_multiplier}'}"
        for v in subject.variants
        if v.backbone is not None
    )
    return facts(
        [
            ("Task", manifest.task.replace("-", " ")),
            ("Classes", "; ".join(dict.fromkeys(zoo.labels_title(variant.labels) for variant in subject.variants))),
            ("Trained on", join(*linked, by="; ")),
            ("Timed on", _timed_on(subject)),
            ("Backbone", "; ".join(backbones) or None),
            ("Framework", manifest.sources.framework),
            ("Manifest", _state(manifest)),
            ("Recommended for", _platforms(subject, "recommended")),
            ("Supported on", _platforms(subject, "supported")),
            ("Not for", _platforms(subject, "no")),
        ]
    )


def chosen_by(subject: Subject) -> Iterator[str]:
    """Yield the words somebody types who looks for such a network: boards, a single class, precisions, resolution."""
    zoo, variant = subject.zoo, subject.main.variant
    yield from (zoo.board_title(board) for board in _boards(subject))
    labels = zoo.registry.labels.get(variant.labels)
    if labels is not None and len(labels.value.names) == 1:
        yield from labels.value.names
    yield from dict.fromkeys(artifact.precision.weights for artifact in variant.artifacts)
    yield from dict.fromkeys(map(str, variant.resolution[:2]))


def _boards(subject: Subject) -> list[str]:
    """Return the boards there are times of."""
    return sorted({g.group.board for g in subject.groups if isinstance(g.group, Latency)})


def _timed_on(subject: Subject) -> Html | None:
    known, zoo = subject.zoo.registry.boards, subject.zoo
    links = [
        subject.place.link(board_source(id_), zoo.board_title(id_)) if id_ in known else join(zoo.board_title(id_))
        for id_ in _boards(subject)
    ]
    return join(*links, by=", ") if links else None


def _state(manifest: Manifest) -> str:
    version = f", version {manifest.version}" if manifest.version is not None else ""
    return f"{manifest.status.state}{version}"


def _platforms(subject: Subject, wanted: str) -> str | None:
    return (
        ", ".join(subject.zoo.series_title(one) for one, said in subject.manifest.platforms.items() if said == wanted)
        or None
    )


def licence_name(licence: Licence) -> Html:
    """Return the name of a licence, with a link to its text where there is one."""
    shown = el("span", licence.spdx, class_="zoo-licence")
    return link(licence.url, licence.spdx) if licence.url is not None else shown


def licence_line(licence: Licence) -> Html:
    """Return a licence with what it forbids."""
    restrictions = f": {'; '.join(licence.restrictions)}" if licence.restrictions else None
    return join(licence_name(licence), restrictions)
