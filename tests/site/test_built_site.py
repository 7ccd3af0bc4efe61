"""The built site: every link and id, headings in order, nothing from elsewhere, legible, narrow enough for a phone."""

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from tests.site.building import Served, Site, search
from tests.site.cards import CARDS, manifest
from tests.site.kinds import KINDS
from zoo_tools.domain.figures import figures_of
from zoo_tools.site.bundle import NAME

Scheme = Literal["light", "dark"]


def links(page: BeautifulSoup) -> Iterator[tuple[str, str]]:
    for key in ("href", "src"):
        for element in page.select(f"[{key}]"):
            yield str(element.name), str(element[key])


@pytest.mark.parametrize("which", ["real_site", "example_site"])
def test_every_link_inside_the_site_leads_to_a_page_and_an_id(which: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(which)
    ids = {name: {str(element["id"]) for element in page.select("[id]")} for name, page in site.pages.items()}
    broken = []
    for name, page in site.pages.items():
        for _, url in links(page):
            target = urlsplit(urljoin(f"https://site.test/{name}", url))
            path = unquote(target.path).lstrip("/")
            # The bundle is made of the built site, after it.
            if target.netloc != "site.test" or path == NAME:
                continue
            file = posixpath.join(path, "index.html") if path.endswith("/") or not path else path
            if not (site.folder / file).is_file() or (
                target.fragment and unquote(target.fragment) not in ids.get(file, set())
            ):
                broken.append((name, url))
    assert broken == []


def test_no_id_stands_twice_on_a_page(real_site: Site, example_site: Site) -> None:
    for site in (real_site, example_site):
        for name, page in site.pages.items():
            found = [element["id"] for element in page.select("[id]")]
            assert sorted(set(map(str, found))) == sorted(map(str, found)), name


def test_pages_load_nothing_from_elsewhere(real_site: Site) -> None:
    for name, page in real_site.pages.items():
        for tag, url in links(page):
            if tag not in ("a", "link") or "stylesheet" in str(page.select(f'link[href="{url}"]')):
                assert urlsplit(url).netloc == "", (name, url)
    css = (real_site.folder / "assets" / "zoo.css").read_text(encoding="utf-8")
    assert {url[:5] for url in re.findall(r"url\(\"?([^)\"]*)", css)} == {"data:"}


def test_headings_go_down_one_level_at_a_time(real_site: Site, example_site: Site) -> None:
    for site in (real_site, example_site):
        for name, page in site.pages.items():
            levels = [int(str(heading.name)[1]) for heading in page.select("article :is(h1, h2, h3, h4, h5, h6)")]
            assert levels.count(1) == 1, name
            assert levels[0] == 1, name
            assert all(after <= before + 1 for before, after in pairwise(levels)), name


def test_tables_have_captions_and_heads(real_site: Site) -> None:
    for name, page in real_site.pages.items():
        for table in page.select("table.zoo-table"):
            assert table.caption is not None, name
            assert table.caption.get_text(strip=True), name
            assert all(th.has_attr("scope") for th in table.select("th")), name
            width = sum(int(str(td.get("colspan", "1"))) for td in table.select("thead tr:first-child th"))
            for row in table.select("tbody tr:not(.zoo-section)"):
                assert len(row.select("th, td")) == width, name


def test_cards_are_in_no_navigation(real_site: Site) -> None:
    page = real_site.page("")
    for model in real_site.registry.models:
        assert not [url for _, url in links(page) if f"models/{model}" in url and page.select(f'nav [href="{url}"]')]


def test_search_finds_a_model_by_its_words(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        for model, entry in real_site.registry.models.items():
            search(page, served.address, entry.value.title)
            found = page.locator(".md-search-result__item > a").evaluate_all("all => all.map(one => one.href)")
            assert any(f"/models/{model}/" in url for url in found[:3]), (model, found[:3])


PROBES = {
    # A person detector that was timed there, or the page of the board.
    "h747 person": r"/models/(st_ssd_mobilenet_v1|ssd_mobilenet_v2_fpnlite)/|/boards/stm32h747i-disco/",
    "ssd 300": r"/models/mmdet_ssd/ssd300/",
    "int8 192": r"/models/(st_ssd_mobilenet_v1/025_192|ssd_mobilenet_v2_fpnlite/035_192)/",
    "STM32H747I": r"/boards/stm32h747i-disco/",
    "n6570 coco": r"/models/ssd_mobilenetv2_pt/",
    "face": r"/models/ultralight_face_slim_320/",
    "mobilenet 416": r"/models/ssd_mobilenet_v2_fpnlite/(035|100)_416/",
    "weights flash": r"/checks/weights-flash/",
    "add a model": r"/how-to/add-a-model/",
}


def test_search_probes(real_site: Site, browser: Browser) -> None:
    """Words as people type them find the page they mean among the first three pages."""
    with Served(real_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        missed = {}
        for words, wanted in PROBES.items():
            search(page, served.address, words)
            links = page.locator(".md-search-result__item > a").evaluate_all("all => all.map(one => one.href)")
            first = list(dict.fromkeys(re.sub(r"[?#].*", "", url) for url in links))[:3]
            if not any(re.search(wanted, url) for url in first):
                missed[words] = first
        assert missed == {}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_quiet_in_a_browser(scheme: Scheme, real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
        page.on("request", lambda request: asked.append(request.url))
        for kind in KINDS:
            response = page.goto(served.address + kind)
            assert response is not None
            assert response.ok
            page.wait_for_load_state("networkidle")
        assert said == []
        assert [url for url in asked if not url.startswith((served.address, "data:"))] == []


def test_no_page_scrolls_sideways_on_a_phone(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        for kind in KINDS:
            page.goto(served.address + kind)
            # Folded parts too.
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, kind
            assert page.evaluate("(window.scrollTo(500, 0), window.scrollX)") == 0, kind


def test_wide_tables_scroll_by_keyboard_and_keep_their_row_heads(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(served.address + "compare/")
        region = page.locator(".zoo-scroll").first
        head = page.locator("tbody th[scope=row]").first
        before = head.bounding_box()
        region.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("document.querySelector('.zoo-scroll').scrollLeft > 0")
        after = head.bounding_box()
        assert before is not None
        assert after is not None
        assert abs(before["x"] - after["x"]) < 1


def test_without_javascript_every_figure_is_there(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        for model, variant in CARDS:
            page.goto(f"{served.address}models/{model}/{variant}/")
            values = page.eval_on_selector_all("tr[id] [data-figure]", "all => all.map(one => one.textContent)")
            stated = [str(one.value) for one in figures_of(manifest(real_site, model)) if one.variant.id == variant]
            assert set(values) == set(stated)
            assert len(values) >= len(stated)
            assert page.locator("[data-figure]").first.is_visible()


CONTRAST = """() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = text => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data] };
  const over = (top, bottom) => top.slice(0, 3).map((c, i) => c * top[3] / 255 + bottom[i] * (1 - top[3] / 255));
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = element => { const all = [];
    for (let e = element; e; e = e.parentElement) all.unshift(rgba(getComputedStyle(e).backgroundColor));
    return all.reduce((below, layer) => over(layer, below), [255, 255, 255]) };
  const poor = [];
  for (const element of document.querySelectorAll("article *, .md-footer *")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".headerlink")) continue;
    const back = ground(element), fore = over(rgba(getComputedStyle(element).color), back);
    const [a, b] = [light(fore), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push([element.tagName, element.className, element.textContent.trim().slice(0, 30), ratio]);
  }
  return poor;
}"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible(scheme: Scheme, real_site: Site, browser: Browser) -> None:
    """WCAG AA, 4.5 to 1, for every text of the article and the footer."""
    with Served(real_site.folder) as served, browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        for kind in KINDS:
            page.goto(served.address + kind)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert _settled(page) == [], kind


def _settled(page: Page) -> object:
    # Colours fade when the scheme is applied.
    page.wait_for_timeout(400)
    return page.evaluate(CONTRAST)
