"""Where a card's figures come from, and what is wrong or odd about them."""

from collections import Counter
from collections.abc import Iterator

from zoo_tools.domain.evidence import Anomaly, Derived, Evidence, Measured, Published
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.subject import FOLDED, Subject, anomaly_anchor, card_source, evidence_anchor
from zoo_tools.site.tables import Column, Row, table

__all__ = ["FOLDED", "VERDICTS", "anomalies", "corrections", "evidence", "shared"]

VERDICTS = {
    "contradicted": "Contradicted by a file or by arithmetic",
    "disputed": "Disputed: another source differs",
    "missing": "Missing: not said",
    "odd": "Odd: unlikely, or oddly printed",
}
_MOST_LINKS = 8
"""An anomaly of more figures names its variants and links to none of the figures: they link to it."""


def evidence(subject: Subject) -> Html:
    """Return who says what, where, and of which bytes."""
    counts = Counter(marked.figure.group.evidence for marked in subject.figures)
    columns = [Column("Evidence"), Column("Says"), Column("Bytes it speaks of"), Column("Figures", numeric=True)]
    rows = [
        Row([_named(id_, one), *_told(subject, one), str(counts[id_])], id=subject.id(evidence_anchor(id_)))
        for id_, one in subject.evidence.items()
    ]
    return table("Evidence", columns, rows, class_="zoo-evidence")


def _named(id_: str, one: Evidence) -> Html:
    return join(id_, el("small", one.kind))


def _told(subject: Subject, one: Evidence) -> list[str]:
    match one:
        case Published():
            digest = join("sha256 ", el("code", one.document_sha256[:12]))
            about = join(f"{one.by}, retrieved {one.retrieved}, ", digest)
            document = join(link(one.url, one.title), el("small", about))
            return [document, _bytes(one.artifact_sha256, one.reason)]
        case Measured():
            tools = ", ".join(subject.zoo.tool_title(ref) for ref in one.tools)
            about = el("small", f"{one.by}, {one.date}, on {one.host}")
            command = words.code(one.command) if one.command is not None else None
            return [join(tools, about, command), _bytes(one.artifact_sha256, None)]
        case Derived():
            sources = join(*(el("a", s, href=subject.href(evidence_anchor(s))) for s in one.sources), by=", ")
            return [join(f"computed: {one.how}; from ", sources), "those of its sources"]


def _bytes(stated: str, reason: str | None) -> Html:
    if stated == "unknown":
        return join(el("strong", "unknown"), f": {reason}" if reason is not None else None)
    if stated == "same-revision":
        return join("the files beside it, at the same revision")
    return el("code", stated[:12])


def corrections(subject: Subject) -> Html | None:
    """Return the published cells that are not used as printed, struck, with the reason."""
    rows = [
        Row(
            [
                _figure_link(subject, one.at, ", ".join(reversed(_described(subject, one.at)))),
                el("del", one.published),
                str(one.value),
                one.reason,
                _line(subject, one.evidence, one.line),
            ]
        )
        for one in subject.corrections
    ]
    if not rows:
        return None
    columns = [Column("Figure"), Column("Published"), Column("Used"), Column("Reason"), Column("Source")]
    title = "Cells not used as printed" if subject.on is None else subject.manifest.title
    return table(title, columns, rows)


def anomalies(subject: Subject) -> Html | None:
    """Return what is wrong, missing or odd in the documents; what makes no figure wrong is folded away."""
    parts: list[Html] = []
    for verdict, heading in VERDICTS.items():
        members = [one for one in subject.anomalies if one.verdict == verdict]
        if not members:
            continue
        items = el("ul", *(_anomaly(subject, one) for one in members), class_="zoo-issues")
        head = f"{heading} ({len(members)})"
        if verdict in FOLDED and subject.on is None:
            parts.append(el("details", el("summary", head), items, class_="zoo-details"))
        else:
            parts += [el("p", el("strong", head)), items]
    return el("div", *parts) if parts else None


def _anomaly(subject: Subject, one: Anomaly) -> Html:
    concerned = join(*_concerned(subject, one), by="; ")
    about = join(
        el("strong", "Instead: ") if one.instead is not None else None,
        f"{one.instead}. " if one.instead is not None else None,
        join("Concerns ", concerned, ". ") if concerned else None,
        _line(subject, one.evidence, one.line),
    )
    quoted = el("q", one.published)
    return el("li", quoted, f" {one.reason} ", el("small", about), id=subject.id(anomaly_anchor(one.id)))


def shared(subject: Subject) -> Html | None:
    """Return where the oddities are told that this variant shares with others."""
    if len(subject.anomalies) == len(subject.manifest.anomalies):
        return None
    count = words.count(len(subject.shared_anomalies), "oddity", plural="oddities")
    family = subject.place.link(card_source(subject.entry.id), "page of the family", fragment="anomalies")
    also = f"{count} that its documents have for other variants too" if subject.shared_anomalies else None
    whole = "what is odd about them as a whole"
    said = f"{also}, and {whole}" if also is not None else whole.replace("them", "its documents")
    return el("p", "The ", family, f" tells {said}.", class_="zoo-note")


def _concerned(subject: Subject, one: Anomaly) -> Iterator[Html]:
    """Yield the figures an anomaly is about, those of one kind together; on a card, those of its variant."""
    groups: dict[str, dict[str, str]] = {}
    elsewhere: set[int] = set()
    for at in one.at:
        touched = subject.family.variants_of([at])
        if subject.position is not None and touched and subject.position not in touched:
            elsewhere |= touched
            continue
        what, who = _described(subject, at)
        groups.setdefault(what, {}).setdefault(who, at)
    is_long = subject.on is None and (subject.position is None or sum(map(len, groups.values())) > _MOST_LINKS)
    for what, members in groups.items():
        links = [who if is_long else _figure_link(subject, at, who) for who, at in members.items()]
        yield join(f"{what}: " if what else None, join(*links, by=", "))
    if elsewhere:
        yield join(words.count(len(elsewhere), "other variant"))


def _described(subject: Subject, address: str) -> tuple[str, str]:
    """Return what kind of figure an address names and of which file, or the address itself."""
    group = subject.group_of(address)
    if group is None:
        return "", address
    last = address.rpartition("].")[2]
    quantity = words.QUANTITIES.get(last, "clock" if last == "clock_mhz" else None)
    where = words.conditions(group.group, subject.zoo)
    what = f"{quantity}, {where}" if quantity is not None else where
    file = group.group.artifact
    return what, file if subject.position is not None else f"{group.ref.variant.id}/{file}"


def _figure_link(subject: Subject, address: str, label: str) -> Html:
    group = subject.group_of(address)
    return words.code(label) if group is None else el("a", label, href=subject.figure_href(group))


def _line(subject: Subject, evidence_id: str, line: int | None) -> Html:
    said = subject.manifest.evidence.get(evidence_id)
    if said is None:
        return words.code(evidence_id)
    if subject.on is None and line is not None and isinstance(said, Published):
        return el("a", f"{evidence_id}, line {line}", href=f"#{evidence_anchor(evidence_id)}")
    who = el("a", evidence_id, href=subject.href(evidence_anchor(evidence_id)))
    return join(who, ", ", words.document_line(said, line)) if isinstance(said, Published) and line is not None else who
