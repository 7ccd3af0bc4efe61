"""The card of a model: everything the registry says of it, on one page, in the order a reader needs it."""

from collections.abc import Iterable

from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry
from zoo_tools.site.escape import Html, join, link
from zoo_tools.site.notes import read_notes
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card import accuracy, contract, figures, files, network, origin, overview
from zoo_tools.site.pages.card.subject import Subject, card_source
from zoo_tools.site.prose import prose
from zoo_tools.site.tables import facts
from zoo_tools.site.zoo import Zoo

__all__ = ["card", "card_source"]


def card(zoo: Zoo, entry: Entry[Manifest]) -> str:
    """Return the card of a model as Markdown."""
    subject = Subject(zoo, entry)
    page = Page(subject.place, entry.value.title, hide=["navigation"], description=entry.value.summary)
    page.heading(1, entry.value.title, id_="card")
    page.block(overview.head(subject), overview.about(subject))
    page.heading(2, "At a glance", id_="at-a-glance")
    page.block(overview.glance(subject))
    _use(page, subject)
    _measured(page, subject)
    _trust(page, subject)
    _rest(page, subject)
    return page.text()


def _use(page: Page, subject: Subject) -> None:
    page.heading(2, "Files", id_="files")
    page.block(files.variants(subject))
    page.heading(2, "Run it", id_="run-it")
    _add(page, files.run_it(subject), files.golden(subject))
    page.heading(2, "Input and output", id_="input-and-output")
    _add(page, *contract.contracts(subject), contract.tensors(subject))


def _measured(page: Page, subject: Subject) -> None:
    _section(page, "Speed", "speed", [figures.speed(subject)])
    _section(page, "Memory", "memory", figures.memory(subject))
    stated = accuracy.protocols(subject)
    if stated:
        page.heading(2, "Accuracy", id_="accuracy")
    for protocol in stated:
        page.heading(3, subject.zoo.protocol_short(protocol), id_=f"accuracy-{protocol}")
        _add(page, accuracy.accuracy(subject, protocol), accuracy.definition(subject, protocol))
    _section(page, "Arithmetic and parameters", "network", [network.counted(subject)])
    _section(page, "Training", "training", [network.trained(subject)])


def _section(page: Page, heading: str, id_: str, parts: Iterable[Html | None]) -> None:
    """Add a section; one that has nothing to say is left out, heading and all."""
    found = [part for part in parts if part is not None]
    if found:
        page.heading(2, heading, id_=id_)
        page.block(*found)


def _trust(page: Page, subject: Subject) -> None:
    page.heading(2, "How each figure was obtained", id_="evidence")
    _add(page, origin.evidence(subject))
    _section(page, "Corrections", "corrections", [origin.corrections(subject)])
    _section(page, "Anomalies", "anomalies", [origin.anomalies(subject)])
    _section(page, "What was checked", "checked", [origin.checks(subject)])


def _rest(page: Page, subject: Subject) -> None:
    manifest = subject.manifest
    page.heading(2, "Provenance and licences", id_="licences")
    sources = manifest.sources
    papers = join(*(link(url, _shown(url)) for url in sources.papers), by=", ") if sources.papers else None
    origin_ = link(sources.provenance, _shown(sources.provenance)) if sources.provenance is not None else None
    upstream = link(sources.upstream, _shown(sources.upstream)) if sources.upstream else "made in this repository"
    page.block(facts([("Upstream", upstream), ("Papers", papers), ("Named origin", origin_)]))
    page.block(origin.licences(subject))
    _section(page, "Changes", "changes", [origin.changes(subject)])
    notes = read_notes(subject.entry.path.parent / "notes.md")
    if notes:
        page.heading(2, "Notes", id_="notes")
        page.block(prose(notes))


def _shown(url: str) -> str:
    return url.removeprefix("https://")


def _add(page: Page, *parts: Html | None) -> None:
    page.block(*(part for part in parts if part is not None))
