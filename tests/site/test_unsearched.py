"""The hook that shows the search plugin a part of each page: the index is that of the whole page."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from markdown import Markdown

from tests.site.building import REAL, render_registry
from zoo_tools.site.unsearched import searched

PLUGIN = import_module("material.plugins.search.plugin")  # without types
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """HTML of every page as Markdown leaves it, by the page's source."""
    docs = tmp_path_factory.mktemp("docs")
    render_registry(REAL, docs)
    return {path.relative_to(docs).as_posix(): _html(path) for path in sorted(docs.rglob("*.md"))}


def _html(path: Path) -> str:
    extensions = ["attr_list", "toc", "fenced_code", "tables", "zoo_tools.site.markdown_extension"]
    markdown = Markdown(extensions=extensions, extension_configs={"toc": {"permalink": True, "toc_depth": 3}})
    return markdown.convert(_FRONT.sub("", path.read_text(encoding="utf-8")))


def _index(html: str) -> list[tuple[str | None, str, str]]:
    """Return id, title and text of each section as the plugin finds them, blanks counted once and not beside tags."""
    parser = PLUGIN.Parser()
    parser.feed(html)
    parser.close()
    return [(one.id, *map(_words, (one.title, one.text))) for one in parser.data if not one.is_excluded()]


def _words(pieces: list[str]) -> str:
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def _without_blanks(index: list[tuple[str | None, str, str]]) -> Iterator[tuple[str | None, str, str]]:
    for id_, title, text in index:
        yield id_, title.replace(" ", ""), text.replace(" ", "")


def test_the_index_is_that_of_the_whole_page(pages: dict[str, str]) -> None:
    assert {"index.md", "how-to/get-a-model.md", "models/st_ssd_mobilenet_v1/025_192.md"} <= pages.keys()
    for source, html in pages.items():
        part = _index(searched(html))
        # Blanks are put between words of two boxes; all else is the same.
        assert list(_without_blanks(part)) == list(_without_blanks(_index(html))), source


def test_most_of_a_card_is_not_read(pages: dict[str, str]) -> None:
    html = pages["models/st_ssd_mobilenet_v1/025_192.md"]
    assert searched(html).count("<") < html.count("<") / 5


def test_words_of_two_boxes_are_two() -> None:
    html = "<dl><div><dt>RAM</dt><dd>12 KiB</dd></div><div><dt>Flash</dt><dd>3 KiB</dd></div></dl>"
    assert _index(searched(html))[0][2] == "RAM 12 KiB Flash 3 KiB"


def test_code_keeps_its_lines() -> None:
    html = "<p>a\n\n  b</p>\n<pre><code>if x:\n    y\n</code></pre>"
    assert searched(html) == "<p>a b</p>\n<pre><code>if x:\n    y\n</code></pre>"


def test_what_is_not_searched_ends_where_it_ends() -> None:
    html = '<div data-search-exclude>no<b>no</b>no</div><p>yes</p><table class="a" data-search-exclude>no</table>'
    assert _index(searched(html))[0][2] == "<p>yes</p>"
