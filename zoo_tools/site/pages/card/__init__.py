"""The pages of a model: the family, and a card for each variant, in the order in which a reader needs it."""

from collections.abc import Iterator

from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card import (
    accuracy,
    contract,
    figures,
    file_table,
    fits,
    network,
    origin,
    overview,
    provenance,
    reference,
    run,
)
from zoo_tools.site.pages.card.family import family_page
from zoo_tools.site.pages.card.pictures import pictures
from zoo_tools.site.pages.card.subject import Family, Subject, card_source
from zoo_tools.site.zoo import Zoo

__all__ = ["card_source", "files", "model_files", "model_pages", "pages"]


def pages(zoo: Zoo) -> Iterator[tuple[str, str]]:
    """Yield source and text of every page of every model: the family first, then a card for each variant."""
    for entry in zoo.models:
        yield from model_pages(zoo, entry)


def model_pages(zoo: Zoo, entry: Entry[Manifest]) -> Iterator[tuple[str, str]]:
    """Yield source and text of the pages of one model."""
    family = Family(zoo, entry)
    subject = Subject(family)
    yield subject.source, family_page(subject)
    for position in range(len(entry.value.variants)):
        subject = Subject(family, position)
        yield subject.source, _card(subject)


def files(zoo: Zoo) -> dict[str, bytes]:
    """Return the pictures of all cards by their place in the site."""
    return {path: content for entry in zoo.models for path, content in model_files(zoo, entry).items()}


def model_files(zoo: Zoo, entry: Entry[Manifest]) -> dict[str, bytes]:
    """Return the pictures of one model's cards by their place in the site."""
    family = Family(zoo, entry)
    held: dict[str, bytes] = {}
    for position, variant in enumerate(entry.value.variants):
        if variant.golden:
            held.update(pictures(Subject(family, position)))
    return held


def _card(subject: Subject) -> str:
    """Return the card of a variant as Markdown."""
    manifest = subject.manifest
    title = f"{manifest.title}, {subject.variants[0].id}"
    words = list(overview.chosen_by(subject))
    page = Page(subject.place, title, hide=["navigation"], description=manifest.summary, words=words)
    page.heading(1, title, id_="card")
    page.block(overview.head(subject))
    page.heading(2, "At a glance", id_="at-a-glance")
    page.block(overview.glance(subject), overview.about(subject))
    page.heading(2, "Fits my board", id_="fits")
    page.block(fits.fits(subject))
    _use(page, subject)
    _measured(page, subject)
    _trust(page, subject)
    return page.text()


def _use(page: Page, subject: Subject) -> None:
    page.heading(2, "Run it", id_="run-it")
    page.block(run.run_it(subject))
    page.section("What it must detect", "reference", reference.reference(subject))
    page.heading(2, "Input and output", id_="input-and-output")
    page.block(*contract.contracts(subject), contract.classes(subject), contract.tensors(subject))


def _measured(page: Page, subject: Subject) -> None:
    page.section("Speed", "speed", [figures.speed(subject)])
    page.section("Memory", "memory", figures.memory(subject))
    page.section("Accuracy", "accuracy", accuracy.blocks(subject))
    page.section("Arithmetic and parameters", "network", [network.counted(subject)])
    page.section("Training", "training", [network.trained(subject)])


def _trust(page: Page, subject: Subject) -> None:
    page.heading(2, "How each figure was obtained", id_="evidence")
    page.block(origin.evidence(subject))
    page.heading(2, "Files", id_="files")
    page.block(file_table.listed(subject), *file_table.details(subject))
    page.heading(2, "Provenance, licences, changes", id_="licences")
    page.block(provenance.sources(subject), provenance.licences(subject), provenance.changes(subject))
    issues = [origin.corrections(subject), origin.anomalies(subject), origin.shared(subject)]
    page.section("Known issues", "anomalies", issues)
    page.heading(2, "Cite, or use the data", id_="cite")
    page.block(provenance.cite(subject), provenance.for_programs(subject))
