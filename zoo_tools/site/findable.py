"""A hook of mkdocs that lets the search find a page by words that people use for it.

The search compares the beginnings of words, and divides a text at blanks and hyphens alone. Names of boards, networks
and files run on: `h747` finds STM32H747I because what begins within a word is put into the index, in a field of its own
that no result shows. What a card is chosen by stands in tables and lower sections; its front matter names it as
`words`, which count as its title does.
"""

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, TypedDict, cast

from mkdocs.plugins import event_priority

_LONGEST, _SHORTEST = 40, 3
"""Letters of a word and of a part: nobody looks for a part of a digest, nor for a letter."""
_WORD = re.compile(r"[A-Za-z0-9_]+")
# Behind a stroke; where letters follow a digit; where a number of three digits or more follows a letter.
_WITHIN = re.compile(r"_+|(?<=[0-9])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9]{3})")
_TAG = re.compile(r"<[^>]*>")


class _Page(Protocol):
    url: str
    meta: dict[str, object]


class _Doc(TypedDict):
    location: str
    title: str
    text: str
    words: str
    parts: str


class _Fields(TypedDict):
    fields: dict[str, dict[str, float]]


class _Index(Protocol):
    """The index of the theme's search plugin."""

    config: _Fields
    entries: list[_Doc]


class _Configuration(Protocol):
    plugins: Mapping[str, object]


_words: dict[str, str] = {}


def on_page_content(content: str, page: _Page, **_: object) -> str:
    """Keep what a page says it should be found by."""
    _words[page.url] = html.unescape(str(page.meta.get("words", "")))
    return content


@event_priority(100)  # the plugin writes its index at the same event
def on_post_build(config: _Configuration, **_: object) -> None:
    """Add to the index of the search the words of pages and what begins within words."""
    found = (getattr(plugin, "search_index", None) for plugin in config.plugins.values())
    for index in (cast(_Index, one) for one in found if one is not None):
        fields = index.config["fields"]
        fields |= {"words": {"boost": fields["title"]["boost"]}, "parts": {"boost": 1.0}}
        for doc in index.entries:
            _add(doc, _words.get(doc["location"], ""))


def _add(doc: _Doc, words: str) -> None:
    """Add to a page, or to a section of one, what else it is found by."""
    within = parts(f"{doc['title']} {words}")
    if words or within:
        doc["words"] = " ".join([words, *within]).strip()
    if further := parts(_TAG.sub(" ", doc["text"])):
        doc["parts"] = " ".join(further)


def parts(text: str) -> list[str]:
    """Return the words that begin within the words of a text, and that it does not have itself."""
    words = dict.fromkeys(_WORD.findall(text))
    known = {word.casefold() for word in words}
    found = (part for word in words if len(word) <= _LONGEST for part in _behind(word))
    return [part for part in dict.fromkeys(found) if len(part) >= _SHORTEST and part.casefold() not in known]


@lru_cache(maxsize=65536)
def _behind(word: str) -> tuple[str, ...]:
    """Return what begins within a word, up to the next stroke: `H747I` and `747I` of `STM32H747I`."""
    return tuple(word[at.end() :].partition("_")[0] for at in _WITHIN.finditer(word))
