"""Generated pages as tests read them without building a site: their HTML, parsed, and zoos with something changed."""

from collections.abc import Callable

from bs4 import BeautifulSoup, Tag

from tests.site.building import EXAMPLE, REAL
from zoo_tools.registry.load import Registry, load_registry
from zoo_tools.site.zoo import Zoo

REAL_ZOO = Zoo(load_registry(REAL))


def example_zoo(change: Callable[[Registry], None] | None = None) -> Zoo:
    """Return the zoo made up for tests, changed by a function."""
    registry = load_registry(EXAMPLE)
    if change is not None:
        change(registry)
    return Zoo(registry)


def parsed(text: str) -> BeautifulSoup:
    """Return the HTML of a page's source; its headings stay text."""
    return BeautifulSoup(text, "html5lib")


def table(page: BeautifulSoup, title: str) -> Tag:
    """Return the table of a caption."""
    return next(one for one in page.select("table") if one.select("caption strong")[0].get_text() == title)


def cells(table_: Tag) -> dict[str, list[str]]:
    """Return the texts of each row's cells by its head."""
    rows = table_.select("tbody tr:not(.zoo-section)")
    return {row.select("th")[0].get_text(): [td.get_text() for td in row.select("td")] for row in rows}
