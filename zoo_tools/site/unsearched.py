"""A hook of mkdocs that shows the search plugin of each page only what it looks for: it reads tag by tag.

Tables say themselves that they are not to be searched, and most tags say nothing to it; to read them all the same took
more than half of a build. In between mkdocs holds every page of the site in memory: what it needs no more is let go,
and what a page is made of waits in a file.

The plugin also takes the last word of a box and the first of the next for one word, unless a blank parts them.
"""

import atexit
import re
from os import SEEK_END
from tempfile import TemporaryFile
from typing import Protocol

from mkdocs.plugins import CombinedEvent, event_priority

_TABLE = re.compile(r"<table\b[^>]*\bdata-search-exclude\b.*?</table>", re.DOTALL)
_UNSEARCHED = re.compile(
    r"<(table|pre)\b[^>]*\bdata-search-exclude\b.*?</\1>|<a class=\"headerlink\"[^>]*>[^<]*</a>", re.DOTALL
)
_SILENT = re.compile(r"</?(?!(?:h[1-6]|p|code|pre|li|ol|ul|sub|sup|script|style|object)\b)[a-z][^>]*>")
"""Tags of which the plugin takes nothing over."""
_GLUED = re.compile(r"(?<=\S)(?=<(?:dt|dd|small|br|span class=\"zoo-mark__count)\b)")
_PRE, _BLANKS = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL), re.compile(r"\s{2,}")
_LET_OUT = re.compile(r"</(?:t[dhr]|thead|tbody)>| data-search-exclude")
"""End tags that HTML lets out in a table; they are a thirtieth of a card."""


class _File(Protocol):
    src_uri: str


class _Page(Protocol):
    file: _File
    markdown: str | None
    content: str | None


class _Waiting:
    """Pages in a file that has no name and ends with the process."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - open as long as there are builds
        atexit.register(self._file.close)
        self._places: dict[str, tuple[int, int]] = {}

    def clear(self) -> None:
        """Forget all pages."""
        self._places.clear()
        self._file.seek(0)
        self._file.truncate()

    def put(self, name: str, html: str) -> None:
        """Put a page behind the others."""
        content = html.encode("utf-8")
        self._places[name] = self._file.seek(0, SEEK_END), len(content)
        self._file.write(content)

    def take(self, name: str) -> str:
        """Take a page out."""
        at, size = self._places.pop(name)
        self._file.seek(at)
        return self._file.read(size).decode("utf-8")


_waiting = _Waiting()
_built: dict[str, str] = {}
"""The page that is being built."""


def on_pre_build(**_: object) -> None:
    """Forget what a build that failed has left."""
    _waiting.clear()
    _built.clear()


def on_page_content(html: str, page: _Page, **_: object) -> str:
    """Let a page wait until it is built; no hook behind this one sees it."""
    page.markdown = None
    _waiting.put(page.file.src_uri, html)
    return ""


@event_priority(100)
def _before_search(context: object, /, page: _Page, **_: object) -> object:
    """Give a page the content that is searched."""
    html = _built[page.file.src_uri] = _waiting.take(page.file.src_uri)
    page.content = searched(html)
    return context


@event_priority(-100)
def _after_search(context: object, /, page: _Page, **_: object) -> object:
    """Give a page its own content."""
    page.content = _TABLE.sub(lambda found: _LET_OUT.sub("", found[0]), _built.pop(page.file.src_uri))
    return context


on_page_context = CombinedEvent(_before_search, _after_search)


def on_post_page(output: str, page: _Page, **_: object) -> str:
    """Let go of a page that is built."""
    page.content = None
    return output


def searched(html: str) -> str:
    """Return the part of a page that gives the same index as the whole."""
    rest = _UNSEARCHED.sub("", html)
    if "data-search-exclude" in rest:
        return rest  # the tags tell where what is not searched ends
    words = _SILENT.sub("", _GLUED.sub(" ", rest))
    return "".join(part if part.startswith("<pre") else _BLANKS.sub(" ", part) for part in _PRE.split(words))
