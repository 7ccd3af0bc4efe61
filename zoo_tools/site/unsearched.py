"""A hook of mkdocs that keeps tables out of the way of the search plugin, which reads every page tag by tag.

Tables say themselves that they are not to be searched, but are read all the same: that took more than half of a build.
They are taken out when a page's Markdown has become HTML, and put back when the page is finished. In between mkdocs
holds every page of the site in memory: what it needs no more is let go, and tables wait compressed.
"""

import re
import zlib
from typing import Protocol

_TABLE = re.compile(r"<table\b[^>]*\bdata-search-exclude\b.*?</table>", re.DOTALL)
_MARK = re.compile(r"<!-- zoo:table ([0-9]+) -->")


class _File(Protocol):
    src_uri: str


class _Page(Protocol):
    file: _File
    markdown: str | None
    content: str | None


_taken: dict[str, list[bytes]] = {}


def on_page_content(html: str, page: _Page, **_: object) -> str:
    """Return a page without the tables that are not searched."""
    tables = _taken[page.file.src_uri] = []

    def take(found: re.Match[str]) -> str:
        tables.append(zlib.compress(found[0].encode(), 1))
        return f"<!-- zoo:table {len(tables) - 1} -->"

    page.markdown = None
    return _TABLE.sub(take, html)


def on_post_page(output: str, page: _Page, **_: object) -> str:
    """Return a page with its tables."""
    page.content = None
    tables = _taken.pop(page.file.src_uri, [])
    return _MARK.sub(lambda found: zlib.decompress(tables[int(found[1])]).decode(), output) if tables else output
