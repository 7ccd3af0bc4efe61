"""Where the pages of boards, datasets and protocols stand, and what their sections have in common."""

from collections.abc import Iterable

from zoo_tools.domain.references import Unknown
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.place import Place


def board_source(board: str) -> str:
    """Return the source of a board's page."""
    return entry_source("boards", board)


def dataset_source(dataset: str) -> str:
    """Return the source of a dataset's page."""
    return entry_source("datasets", dataset)


def protocol_source(protocol: str) -> str:
    """Return the source of a protocol's page."""
    return entry_source("protocols", protocol)


def entry_source(folder: str, id_: str) -> str:
    """Return the source of the page of an entry of a folder of the registry."""
    # `index` and `readme` would be the folder's own place; no id begins with an underscore.
    return f"{folder}/{'_' if id_ in ('index', 'readme') else ''}{id_}.md"


def known(value: object) -> Html:
    """Return a value, or that it is unknown with the reason."""
    if isinstance(value, Unknown):
        return join(el("strong", "unknown", class_="zoo-no"), f": {value.unknown}")
    return join(str(value))


def listed(items: Iterable[Html]) -> Html:
    """Return items as a list."""
    return el("ul", *(el("li", item) for item in items))


def names(place: Place, linked: Iterable[tuple[str, str]]) -> Html:
    """Return links to pages of the site, joined by commas: pairs of source and label."""
    return join(*(place.link(source, label) for source, label in linked), by=", ")
