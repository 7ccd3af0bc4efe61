"""The index of models: title, purpose, sizes, variants; cards are reached from here, not from the navigation."""

from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.place import Place
from zoo_tools.site.zoo import Zoo

SOURCE = "models/index.md"
_MOST_VARIANTS = 300
"""In a larger zoo the index counts the variants, and the pages of the families link to them."""


def index(zoo: Zoo) -> str:
    """Return the page as Markdown."""
    page = Page(zoo.place(SOURCE), "Models", hide=["navigation"], description="All models of the zoo.")
    page.heading(1, "Models", id_="models")
    are_linked = sum(len(entry.value.variants) for entry in zoo.models) <= _MOST_VARIANTS
    items = [_item(zoo, entry, page.place, are_linked=are_linked) for entry in zoo.models]
    page.block(el("ul", *items, class_="zoo-models") if items else el("p", "The registry holds no model yet."))
    return page.text()


def _item(zoo: Zoo, entry: Entry[Manifest], place: Place, *, are_linked: bool) -> Html:
    manifest = entry.value
    facts = [
        manifest.task.replace("-", " "),
        words.count(len(manifest.variants), "variant"),
        words.sides(manifest.variants),
        ", ".join(dict.fromkeys(words.file_format(artifact) for v in manifest.variants for artifact in v.artifacts)),
        words.count(sum(len(variant.artifacts) for variant in manifest.variants), "file"),
        words.count(len(zoo.figures(entry.id)), "figure"),
        f"weights: {manifest.licences.weights.spdx}",
    ]
    status = el("em", "deprecated ") if manifest.status.state == "deprecated" else None
    cards = [place.link(card_source(entry.id, one.id), one.id) for one in manifest.variants] if are_linked else []
    return el(
        "li",
        place.link(card_source(entry.id), manifest.title, class_="zoo-models__title"),
        el("span", manifest.summary),
        el("span", "Cards: ", join(*cards, by=", ")) if cards else None,
        el("span", join(status, words.DOT.join(facts)), class_="zoo-where"),
    )
