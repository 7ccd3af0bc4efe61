"""Figures and trust: what the levels and marks mean, how many figures bear them, every correction and every anomaly.

An anomaly is followed from here to the figures it concerns, to the document it quotes, and to the card that tells it in
full: what makes no figure wrong is told there alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from zoo_tools.domain.evidence import Anomaly, Published
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import TRUST_PAGE, badge
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card.origin import VERDICTS, corrections
from zoo_tools.site.pages.card.subject import (
    FOLDED,
    Family,
    Subject,
    anomaly_anchor,
    card_source,
    evidence_anchor,
)
from zoo_tools.site.place import Place
from zoo_tools.site.tables import Column, Row, Section, table
from zoo_tools.site.zoo import Marked, Zoo

SOURCE = TRUST_PAGE
MOST_ANOMALIES: Final = 1000
"""Of more than these the page counts what the pages of the families list: nobody reads ten thousand rows."""
MOST_MODELS: Final = 50
_KINDS: Final = {
    "accuracy": "Accuracy",
    "latency": "Time",
    "footprint": "Memory",
    "complexity": "Network",
    "training": "Training",
}
LEVELS: Final = {
    "Published": ((TrustMark.PUBLISHED,), "Somebody else printed it; document, line and date are named."),
    "Re-run": ((TrustMark.RE_RUN,), "This zoo measured it, and says on which bytes, with what, on which machine."),
    "Verified": (
        (TrustMark.PROVEN_BY_FILE, TrustMark.CONSISTENT),
        "The file itself proves it, or it follows from other printed figures by arithmetic.",
    ),
    "Disputed": (
        (TrustMark.DISPUTED, TrustMark.CORRECTED),
        "A file, a sum or another document says otherwise; what was published is kept, with the reason.",
    ),
}
"""The four levels, with the marks that put a figure there; a figure may be on several."""


def trust(zoo: Zoo) -> str:
    """Return the page as Markdown."""
    page = Page(
        zoo.place(SOURCE),
        "Figures and trust",
        hide=["navigation"],
        description="What the trust marks mean, and what is disputed.",
    )
    page.heading(1, "Figures and trust", id_="figures-and-trust")
    lead = join(
        "Every figure on this site says where it comes from and what was done to prove it: ",
        page.place.link("explanation/trust.md", "why that matters"),
        ".",
    )
    page.block(el("p", lead, class_="zoo-lead"))
    page.heading(2, "Levels", id_="levels")
    page.block(_levels(zoo))
    page.heading(2, "What the marks mean", id_="marks")
    page.block(legend())
    page.heading(2, "How many figures bear them", id_="counts")
    page.block(_counts(zoo), _by_model(zoo, page.place))
    families = [Family(zoo, entry) for entry in zoo.models]
    page.heading(2, "Corrections", id_="corrections")
    page.block(*_corrections(page.place, families))
    page.heading(2, "Anomalies", id_="anomalies")
    page.block(*_anomalies(page.place, families))
    return page.text()


def _figures(zoo: Zoo) -> Iterator[Marked]:
    for entry in zoo.models:
        yield from zoo.figures(entry.id)


def _levels(zoo: Zoo) -> Html:
    rows = []
    for name, (marks, meaning) in LEVELS.items():
        bear = sum(not set(marks).isdisjoint(marked.marks) for marked in _figures(zoo))
        rows.append(Row([name, meaning, join(*map(badge, marks), by=" "), str(bear)]))
    columns = [Column("Level"), Column("Means"), Column("Marks"), Column("Figures", numeric=True)]
    note = f"Of {words.count(zoo.figure_count, 'figure')}; one may be on several levels. {zoo.checked_note}"
    return table("Levels of trust", columns, rows, note=note, class_="zoo-levels")


def legend() -> Html:
    """Return every mark with its meaning."""
    pairs = [el("div", el("dt", badge(mark)), el("dd", mark.meaning), id=mark.value) for mark in TrustMark]
    return el("dl", *pairs, class_="zoo-legend")


def _counts(zoo: Zoo) -> Html:
    of_kind: Counter[str] = Counter(marked.figure.kind for marked in _figures(zoo))
    bearing: Counter[tuple[TrustMark, str]] = Counter(
        (mark, marked.figure.kind) for marked in _figures(zoo) for mark in marked.marks
    )
    kinds = [kind for kind in _KINDS if of_kind[kind]]
    columns = [
        Column("Mark"),
        Column("All figures", numeric=True),
        *(Column(_KINDS[kind], numeric=True) for kind in kinds),
    ]
    rows = [Row(["Figures", str(zoo.figure_count), *(str(of_kind[kind]) for kind in kinds)])]
    for mark in TrustMark:
        numbers = [zoo.mark_counts[mark], *(bearing[mark, kind] for kind in kinds)]
        rows.append(Row([badge(mark), *map(str, numbers)]))
    return table("Figures by mark", columns, rows)


def _by_model(zoo: Zoo, place: Place) -> Html:
    """Return a line for each model: its figures by mark, its anomalies."""
    marks = [mark for mark in TrustMark if zoo.mark_counts[mark]]
    columns = [
        Column("Model"),
        Column("Figures", numeric=True),
        *(Column(mark.label.capitalize(), numeric=True) for mark in marks),
        Column("Anomalies", numeric=True),
    ]
    shown = sorted(zoo.models, key=lambda entry: -len(entry.value.anomalies))[:MOST_MODELS]
    kept = {entry.id for entry in shown}
    rows = []
    for entry in zoo.models if len(zoo.models) <= MOST_MODELS else (e for e in zoo.models if e.id in kept):
        figures = zoo.figures(entry.id)
        counts = Counter(mark for marked in figures for mark in marked.marks)
        numbers = [len(figures), *(counts[mark] for mark in marks), len(entry.value.anomalies)]
        rows.append(Row([place.link(card_source(entry.id), entry.value.title), *map(str, numbers)]))
    left_out = len(zoo.models) - len(rows)
    note = f"Those with the most anomalies; {left_out} more are on their own pages." if left_out else None
    return table("Figures by model", columns, rows, note=note, class_="zoo-by-model")


def _corrections(place: Place, families: list[Family]) -> Iterator[Html]:
    """Yield the cells that are not used as printed, model by model."""
    corrected = [one for one in families if one.manifest.corrections]
    if not corrected:
        yield el("p", "None is known.")
    for family in corrected[:MOST_MODELS]:
        shown = corrections(Subject(family, on=place))
        if shown is not None:
            yield shown
    if len(corrected) > MOST_MODELS:
        yield el("p", f"{len(corrected) - MOST_MODELS} more models have some, struck where they stand on their cards.")


def _anomalies(place: Place, families: list[Family]) -> Iterator[Html]:
    """Yield what is wrong, odd or missing in the documents, by verdict and model."""
    total = sum(len(family.manifest.anomalies) for family in families)
    if not total:
        yield el("p", "None is known.")
    elif total > MOST_ANOMALIES:
        yield _counted(place, families)
    else:
        counts: Counter[str] = Counter(one.verdict for family in families for one in family.manifest.anomalies)
        for verdict, heading in VERDICTS.items():
            if counts[verdict]:
                yield _of_verdict(place, families, verdict, f"{heading} ({counts[verdict]})")


def _counted(place: Place, families: list[Family]) -> Html:
    """Return how many anomalies each model has of each status, and where they are listed."""
    columns = [Column("Model"), *(Column(verdict.capitalize(), numeric=True) for verdict in VERDICTS)]
    rows = []
    for family in families:
        counts: Counter[str] = Counter(one.verdict for one in family.manifest.anomalies)
        if counts:
            title = place.link(card_source(family.entry.id), family.manifest.title)
            rows.append(Row([title, *(str(counts[verdict]) for verdict in VERDICTS)]))
    return table("Anomalies by model", columns, rows, note="Each is told on the pages of its model.")


def _of_verdict(place: Place, families: list[Family], verdict: str, heading: str) -> Html:
    is_folded = verdict in FOLDED
    columns = [
        Column("The document says"),
        *([] if is_folded else [Column("What is wrong with it")]),
        Column("Concerns", missing="no figure"),
        Column("Source"),
    ]
    sections = []
    for family in families:
        subject = Subject(family, on=place)
        members = [one for one in family.anomalies if one[0].verdict == verdict]
        if members:
            rows = [_anomaly(subject, one, touched, is_short=is_folded) for one, touched in members]
            sections.append(Section(family.manifest.title, rows))
    shown = table(heading, columns, sections, class_="zoo-anomalies")
    return el("div", el("details", el("summary", heading), shown, class_="zoo-details")) if is_folded else shown


def _anomaly(subject: Subject, one: Anomaly, touched: set[int], *, is_short: bool) -> Row:
    variants = subject.manifest.variants
    is_shared = len(touched) > 1 and one.verdict in FOLDED
    # Where it is told in full: what is odd about several variants, on the page of the family.
    card = card_source(subject.entry.id, variants[min(touched)].id if touched and not is_shared else None)
    told = subject.place.href(card, anomaly_anchor(one.id))
    instead = join(el("br"), el("strong", "Instead: "), one.instead) if one.instead is not None else None
    reason = [] if is_short else [join(one.reason, instead)]
    concerned = join(*_concerned(subject, one, told, most=1 if is_short else 3), by=", ") or None
    return Row([el("a", el("q", one.published), href=told), *reason, concerned, _source(subject, one)])


def _concerned(subject: Subject, one: Anomaly, told: str, *, most: int) -> Iterator[Html]:
    """Yield links to the figures an anomaly is about: a few of them, and where the others are named."""
    named = list(dict.fromkeys(_named(subject, one.at)))
    for label, href in named[:most]:
        yield el("a", label, href=href) if href is not None else words.code(label)
    if len(named) > most:
        yield el("a", f"{len(named) - most} more", href=told)


def _named(subject: Subject, addresses: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield what each address names and where that is shown."""
    for address in addresses:
        group = subject.group_of(address)
        if group is None:
            yield address, None
            continue
        last = address.rpartition("].")[2]
        quantity = words.QUANTITIES.get(last, "clock" if last == "clock_mhz" else "figures")
        where = f"{group.ref.variant.id}/{group.group.artifact}"
        yield f"{quantity} of {where}, {words.conditions(group.group, subject.zoo)}", subject.figure_href(group)


def _source(subject: Subject, one: Anomaly) -> Html:
    """Return the evidence, and the line of the document it quotes."""
    said = subject.manifest.evidence.get(one.evidence)
    if said is None:
        return words.code(one.evidence)
    who = el("a", one.evidence, href=subject.href(evidence_anchor(one.evidence)))
    return join(who, ", ", words.document_line(said, one.line)) if isinstance(said, Published) else who
