"""The page of a family: what its variants have in common, and a row of key figures for each of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from zoo_tools.checks.explained import EXPLAINED
from zoo_tools.domain.findings import Outcome, Status
from zoo_tools.domain.manifest import Accuracy, Footprint
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site import words
from zoo_tools.site.badges import WARNINGS, sign, signs
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.notes import read_notes
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card import origin, overview, provenance
from zoo_tools.site.pages.card.subject import ArtifactRef, FigureGroup, Subject
from zoo_tools.site.prose import prose
from zoo_tools.site.tables import Column, Row, Section, table
from zoo_tools.site.values import value
from zoo_tools.site.zoo import Marked

_PROTOCOLS = 2
"""Columns of AP there is room for: those with most figures."""
_CHECKS = {check.id for check in EXPLAINED}


def family_page(subject: Subject) -> str:
    """Return the page as Markdown."""
    manifest = subject.manifest
    page = Page(subject.place, manifest.title, hide=["navigation"], description=manifest.summary)
    page.heading(1, manifest.title, id_="family")
    page.block(overview.head(subject))
    page.heading(2, "Variants", id_="variants")
    page.block(variants(subject), overview.about(subject))
    notes = read_notes(subject.entry.path.parent / "notes.md")
    if notes:
        page.heading(2, "Notes", id_="notes")
        page.block(prose(notes))
    page.section("Known issues of the family", "anomalies", [_issues(subject), origin.anomalies(subject)])
    page.section("What was checked", "checked", [checks(subject)])
    page.heading(2, "Who says so", id_="evidence")
    page.block(origin.evidence(subject))
    page.heading(2, "Provenance and licences", id_="licences")
    page.block(provenance.sources(subject), provenance.licences(subject))
    page.section("Changes", "changes", [provenance.changes(subject)])
    page.heading(2, "Cite, or use the data", id_="cite")
    page.block(provenance.cite(subject), provenance.for_programs(subject))
    return page.text()


def _issues(subject: Subject) -> Html | None:
    """Return how many anomalies stand on the cards instead."""
    counts = Counter(
        position
        for one, touched in subject.family.anomalies
        if one not in subject.anomalies
        for position in sorted(touched)
    )
    if not counts:
        return None
    links = [
        join(el("a", variant.id, href=subject.card_href(variant, "anomalies")), f" ({counts[i]})")
        for i, variant in enumerate(subject.manifest.variants)
        if counts[i]
    ]
    return el("p", "What makes figures of a variant wrong stands on its card: ", join(*links, by=", "), ".")


def variants(subject: Subject) -> Html:
    """Return a row for each variant and release: the figures people choose by."""
    stated = [g.group.protocol for g in subject.groups if isinstance(g.group, Accuracy)]
    protocols = sorted(dict.fromkeys(stated), key=lambda protocol: -stated.count(protocol))[:_PROTOCOLS]
    columns = [
        Column("Variant"),
        Column("Input", missing="not stated"),
        *(Column(subject.zoo.protocol_short(protocol), numeric=True, unit="%") for protocol in protocols),
        Column("Fastest run", numeric=True),
        Column("RAM", numeric=True),
        Column("Flash", numeric=True),
        Column("Bytes"),
    ]
    releases = {release: list(_rows(subject, release, protocols)) for release in subject.releases}
    rows = [row for found in releases.values() for row in found]
    # What was measured of no file of this model is said by the absence of its section on the cards.
    shown = [i for i in range(len(columns)) if any(row.cells[i] is not None for row in rows)]
    found = {
        release: [replace(row, cells=[row.cells[i] for i in shown]) for row in members]
        for release, members in releases.items()
        if members
    }
    said = ["A row for each variant and release."]
    if len(set(stated)) > len(protocols):
        said.append("AP under further protocols is on the cards.")
    if len(rows) < len(subject.artifacts):
        said.append("Float files are left out where a quantised one of the same release exists.")
    if any(isinstance(g.group, Footprint) for g in subject.groups):
        said.append("RAM and flash are totals; of an accelerator, on-chip RAM and weights.")
    parts = [Section(f"Release {release}", members) for release, members in found.items()]
    return table("All variants", [columns[i] for i in shown], parts, note=" ".join(said), class_="zoo-variants")


def _rows(subject: Subject, release: str, protocols: list[str]) -> Iterator[Row]:
    of_release = [ref for ref in subject.artifacts if ref.artifact.release == release]
    quantised = {ref.variant.id for ref in of_release if not words.is_float(ref.artifact)}
    for ref in of_release:
        if words.is_float(ref.artifact) and ref.variant.id in quantised:
            continue
        groups = subject.groups_of(ref)
        aps = [_ap(groups, protocol) for protocol in protocols]
        best = [overview.fastest(subject, groups), *_memory(subject, groups)]
        name = el("a", ref.shown, href=subject.card_href(ref.variant))
        yield Row([name, words.resolution(ref.variant), *aps, *best, _bytes(ref, groups)])


def _ap(groups: list[FigureGroup], protocol: str) -> Html | None:
    found = [g for g in groups if isinstance(g.group, Accuracy) and g.group.protocol == protocol]
    shown = [_valued(marked, None) for g in found for marked in g.figures]
    return join(*shown, by=" ") if shown else None


def _valued(marked: Marked, where: str | None) -> Html:
    place = el("small", where) if where is not None else None
    warnings = [mark for mark in marked.marks if mark in WARNINGS]
    return join(signs(warnings), value(marked, unit=where is not None), place)


def _memory(subject: Subject, groups: list[FigureGroup]) -> list[Html | None]:
    """Return RAM and flash of the target that needs the least RAM, those with totals first."""
    g = overview.smallest(groups)
    if g is None or not isinstance(g.group, Footprint):
        return [None, None]
    where = subject.zoo.series_title(g.group.target)
    found = (overview.first(g, quantities) for _, quantities in overview.QUANTITIES)
    return [_valued(marked, where) if marked is not None else None for marked in found]


def _bytes(ref: ArtifactRef, groups: list[FigureGroup]) -> Html:
    artifact = ref.artifact
    unbound = any(TrustMark.NOT_BOUND_TO_BYTES in marked.marks for g in groups for marked in g.figures)
    is_pinned = artifact.sha256 is not None and artifact.size is not None
    shown = f"pinned, {words.size(artifact.size or 0)}" if is_pinned else "not pinned"
    return join(shown, sign(TrustMark.NOT_BOUND_TO_BYTES, short="unbound") if unbound else None, by=" ")


def checks(subject: Subject) -> Html | None:
    """Return what the last run of checks said of this model: what passed by name, everything else with the reason."""
    outcomes = subject.zoo.outcomes(subject.entry.id)
    if not outcomes or subject.zoo.checked is None:
        return None
    by_check: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_check.setdefault(outcome.check, []).append(outcome)
    total = Counter(outcome.status for outcome in outcomes)
    said = ", ".join(f"{total[status]} {status.value}" for status in Status if total[status])
    by = f"{subject.zoo.checked.tool}, level {subject.zoo.checked.level}"
    head = el("summary", el("strong", words.count(len(by_check), "check")), f" by {by}: {said}")
    passed = [id_ for id_, members in by_check.items() if all(one.status is Status.PASSED for one in members)]
    items = [
        el("li", _check(subject, id_), ": ", *_answers(members))
        for id_, members in by_check.items()
        if id_ not in passed
    ]
    if passed:
        names = join(*(join(_check(subject, id_), f" ({len(by_check[id_])})") for id_ in passed), by=", ")
        items.append(el("li", "Passed, how often: ", names))
    return el("details", head, el("ul", *items, class_="zoo-inside"), class_="zoo-details")


def _check(subject: Subject, id_: str) -> Html:
    return subject.place.link(f"checks/{id_}.md", id_) if id_ in _CHECKS else join(id_)


def _answers(outcomes: list[Outcome]) -> Iterator[str]:
    counts = Counter(outcome.status for outcome in outcomes)
    yield ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    reasons = list(dict.fromkeys(outcome.reason for outcome in outcomes if outcome.reason is not None))
    if reasons:
        more = f" (and {len(reasons) - 1} other reasons)" if len(reasons) > 1 else ""
        yield f": {reasons[0]}{more}"
