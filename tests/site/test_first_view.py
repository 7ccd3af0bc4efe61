"""What a reader has to wait for: everything a page loads before he does something, compressed, pictures apart."""

import gzip

import pytest
from playwright.sync_api import Browser, Response

from tests.site.building import Served, Site
from tests.site.kinds import CARDS

MOST = 120_000
"""Bytes, as gzip leaves them."""


@pytest.mark.parametrize(
    "kind", ["", "compare/", "trust/", "boards/stm32h747i-disco/", CARDS[-1], "reference/manifest/"]
)
def test_the_first_view_is_light(kind: str, real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        answers: list[Response] = []

        def answered(response: Response) -> None:
            answers.append(response)

        page.on("response", answered)
        page.goto(served.address + kind)
        page.wait_for_load_state("networkidle")
        weights = {
            one.url.removeprefix(served.address): len(gzip.compress(one.body(), mtime=0))
            for one in answers
            if not (one.header_value("content-type") or "").startswith("image/")
        }
        assert sum(weights.values()) <= MOST, sorted(weights.items(), key=lambda one: -one[1])[:6]


def test_the_index_of_the_search_is_fetched_when_somebody_is_there(example_site: Site, browser: Browser) -> None:
    with Served(example_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(served.address)
        page.wait_for_load_state("networkidle")
        assert not [url for url in asked if "search_index" in url]
        page.keyboard.press("Tab")
        page.wait_for_load_state("networkidle")
        assert [url for url in asked if "search_index" in url] == [f"{served.address}search/search_index.json"]
