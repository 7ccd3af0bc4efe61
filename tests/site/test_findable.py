"""Words that begin within words: what the index of the search gets besides the text of pages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.site.building import Site
from zoo_tools.site import findable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STM32H747I-DISCO", ["H747I", "747I"]),
        ("STM32MP157F-DK2", ["MP157F", "157F"]),
        ("st_ssd_mobilenet_v1/025_192", ["ssd", "mobilenet", "192"]),
        ("ssd300 of SSD 300", []),
        ("SSD300", ["300"]),
        ("MobileNet v2 FPN-lite, 62.6 %", []),
        ("400d49a932dfb9cd983893248c58a3a34e7adfe457b1ea5dd39e7c960f5444d2", []),
    ],
)
def test_what_begins_within_a_word(text: str, expected: list[str]) -> None:
    assert findable.parts(text) == expected


@dataclass
class Index:
    config: Any
    entries: Any


@dataclass
class Plugin:
    search_index: Index


@dataclass
class Configuration:
    plugins: Mapping[str, object]


@dataclass
class BuiltPage:
    url: str
    meta: dict[str, object]


def test_the_index_says_what_it_said_and_more() -> None:
    doc = {"location": "boards/x/", "title": "STM32H747I-DISCO", "text": "<p>A <b>st_mobilenet_v1</b> runs.</p>"}
    plain = {"location": "boards/x/#memory", "title": "Memory", "text": "<p>RAM</p>"}
    index = Index({"fields": {"title": {"boost": 1000.0}}}, [dict(doc), dict(plain)])
    page = BuiltPage("boards/x/", {"words": "int8 &#45; person"})
    assert findable.on_page_content("html", page) == "html"
    findable.on_post_build(Configuration({"search": Plugin(index), "another": object()}))
    assert index.entries == [doc | {"words": "int8 - person H747I 747I", "parts": "mobilenet"}, plain]
    assert index.config["fields"]["words"] == {"boost": 1000.0}


def test_a_site_without_search_stays_as_it_is() -> None:
    findable.on_post_build(Configuration({}))


def test_words_of_neighbouring_boxes_are_not_one(real_site: Site) -> None:
    index = json.loads((real_site.folder / "search" / "search_index.json").read_text(encoding="utf-8"))
    (glance,) = [one["text"] for one in index["docs"] if one["location"].endswith("/025_192/#at-a-glance")]
    assert " Input 192 " in glance.replace("\xa0", " ")
    assert " RAM 283.3 KiB total RAM, STM32H7 Flash " in glance
