"""Pages on paper: light, unfolded, without what only a screen has, and nothing sticks out of an A4 page."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.site.building import Served, Site
from tests.site.kinds import KINDS

CARD = "models/st_ssd_mobilenet_v1/025_192/"
A4: ViewportSize = {"width": 718, "height": 1000}
"""A4 less the margins of print.css, at 96 pixels an inch."""
STICKS_OUT = """width => [...document.querySelectorAll('article :is(table, pre, img, svg)')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > width + 1)
    .map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture(params=["light", "dark"])
def printed(request: pytest.FixtureRequest, real_site: Site, browser: Browser) -> Iterator[Page]:
    """A card as a printer gets it, from a screen of either scheme."""
    scheme: Literal["light", "dark"] = request.param
    with Served(real_site.folder) as served, browser.new_context(color_scheme=scheme, viewport=A4) as context:
        page = context.new_page()
        page.goto(served.address + CARD)
        page.wait_for_load_state("networkidle")
        page.emulate_media(media="print", color_scheme=scheme)
        yield page


def test_text_is_dark_on_white(printed: Page) -> None:
    colours = printed.evaluate("""() => ['body', 'h1', 'article p', 'td', 'th', 'pre code'].map(one => {
        const style = getComputedStyle(document.querySelector(one));
        return one === 'body' ? style.backgroundColor : style.color;
    })""")
    shades = [[int(part) for part in re.findall(r"\d+", colour)[:3]] for colour in colours]
    assert shades[0] == [255, 255, 255]
    assert all(max(shade) < 130 for shade in shades[1:]), colours


def test_what_only_a_screen_has_is_gone(printed: Page) -> None:
    for selector in (".md-header", ".md-tabs", ".md-sidebar", ".md-footer", ".headerlink", "article button"):
        for one in printed.locator(selector).all():
            assert not one.is_visible(), selector


def test_nothing_is_folded_or_sticks_out(printed: Page) -> None:
    folded = printed.evaluate("""() => [...document.querySelectorAll('article details')]
        .filter(one => [...one.children].every(child => child.tagName === 'SUMMARY' || !child.checkVisibility()))
        .map(one => one.textContent.slice(0, 40))""")
    assert folded == []
    assert printed.evaluate(STICKS_OUT, A4["width"]) == []


def test_the_address_of_the_page_stands_at_its_end(printed: Page) -> None:
    assert printed.locator(".zoo-printed").inner_text() == f"http://127.0.0.1:8000/{CARD}"
    shown = printed.evaluate("""() => getComputedStyle(
        document.querySelector('#evidence + .zoo-scroll a[href^="https://"]'), '::after').content""")
    assert "https://" in shown


def test_a_card_is_a_few_pages(printed: Page) -> None:
    pages = len(re.findall(rb"/Type\s*/Page\b", printed.pdf(prefer_css_page_size=True)))
    assert 2 <= pages <= 8


@pytest.mark.slow
def test_nothing_of_any_page_sticks_out(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(viewport=A4) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        wide = {}
        for kind in KINDS:
            page.goto(served.address + kind)
            page.wait_for_load_state("networkidle")
            found = page.evaluate(STICKS_OUT, A4["width"])
            if found:
                wide[kind] = found
        assert wide == {}


def test_the_head_of_a_picked_table_is_printed(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(viewport=A4) as context:
        page = context.new_page()
        page.goto(f"{served.address}compare/?board=stm32h747i-disco")
        page.wait_for_selector("#zoo-compare:not([hidden])")
        page.emulate_media(media="print")
        heads = [one.inner_text().split()[0] for one in page.locator(".zoo-rows thead th").all() if one.is_visible()]
        assert heads[:5] == ["Model", "Board", "AP@0.4", "Latency", "RAM"]
        assert not page.locator(".zoo-pick").is_visible()
