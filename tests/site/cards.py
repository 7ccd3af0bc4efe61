"""Cards and pages of families as tests read them: sections by id, figures by the address of their value."""

import posixpath
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from tests.site.building import REAL, Site
from zoo_tools.domain.figures import groups_of
from zoo_tools.domain.manifest import Manifest, Variant
from zoo_tools.registry.load import load_registry
from zoo_tools.site.place import anchor

_MODELS = load_registry(REAL).models
MODELS = sorted(_MODELS)
CARDS = [(model, variant.id) for model in MODELS for variant in _MODELS[model].value.variants]


def manifest(site: Site, model: str) -> Manifest:
    """Return what the registry says of a model."""
    return site.registry.models[model].value


def variant_of(site: Site, model: str, variant: str) -> Variant:
    """Return what the registry says of a variant."""
    return next(one for one in manifest(site, model).variants if one.id == variant)


def family(site: Site, model: str) -> BeautifulSoup:
    """Return the page of a family."""
    return site.pages[f"models/{model}/index.html"]


def card(site: Site, model: str, variant: str) -> BeautifulSoup:
    """Return the card of a variant."""
    return site.pages[f"models/{model}/{variant}/index.html"]


def section(page: BeautifulSoup, id_: str) -> list[Tag]:
    """Return the elements between a heading and the next of its level."""
    found: list[Tag] = []
    heading = page.find("h2", id=id_)
    for element in heading.find_next_siblings() if heading is not None else []:
        if element.name == "h2":
            break
        found.append(element)
    return found


def words_of(page: BeautifulSoup, id_: str) -> str:
    """Return the text of a section."""
    return " ".join(" ".join(element.get_text(" ") for element in section(page, id_)).split())


def heads(page: BeautifulSoup, id_: str) -> list[str]:
    """Return the heads of all columns in a section."""
    return [th.get_text(" ") for element in section(page, id_) for th in element.select("thead th")]


def figures_on(site: Site, name: str) -> Iterator[tuple[str, str, Tag]]:
    """Yield model, address and element of every figure on a page, whatever its address begins in."""
    folders = posixpath.dirname(name).split("/")
    for element in site.pages[name].select("[data-figure]"):
        stated = str(element["data-figure"])
        if folders[0] == "models" and len(folders) == 3:
            yield folders[1], _on_card(site, element, stated, folders[1], folders[2]), element
        else:
            yield str(element.get("data-model") or folders[1]), stated, element


def _on_card(site: Site, element: Tag, stated: str, model: str, variant: str) -> str:
    """Return an address that begins inside the variant or, with a dot, inside the group of its row."""
    if not stated.startswith("."):
        return f"variants[{variant}].{stated}"
    row = element.find_parent("tr", id=True)
    assert isinstance(row, Tag)
    names = {anchor(ref.name): ref.name for ref in groups_of(manifest(site, model)) if ref.variant.id == variant}
    return f"variants[{variant}].{names[str(row['id'])]}{stated}"


def shown(site: Site, model: str, variant: str) -> list[tuple[str, Tag]]:
    """Return address and element of every figure on a card."""
    return [(address, element) for _, address, element in figures_on(site, f"models/{model}/{variant}/index.html")]
