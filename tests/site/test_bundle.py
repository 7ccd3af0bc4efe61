"""The bundle: everything works from a folder, without a server, and the same pages give the same bytes."""

import io
import os
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from tests.conftest import REPOSITORY
from tests.site.building import REAL
from zoo_tools.domain.figures import figures_of
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.load import load_registry
from zoo_tools.site.bundle import FOLDER, make_bundle, pack, write_bundle

PAGES = [
    "index", "compare", "trust", "models/index", "models/st_ssd_mobilenet_v1", "models/st_ssd_mobilenet_v1/025_192",
    "boards/index", "boards/stm32h747i-disco", "checks/index", "how-to/read-a-card",
]  # fmt: skip


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own site as a reader gets it."""
    folder = tmp_path_factory.mktemp("bundle")
    content = make_bundle(
        load_registry(REAL), None, docs=REPOSITORY / "docs", configuration=REPOSITORY / "mkdocs.offline.yml"
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder / FOLDER


def quiet(page: Page) -> list[str]:
    """Collect what a page complains of or asks others for."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
    page.on("request", lambda request: said.extend(_from_elsewhere(request.url)))
    return said


def _from_elsewhere(url: str) -> list[str]:
    return [] if url.startswith(("file:", "data:", "blob:", "about:")) else [f"asked for {url}"]


def test_every_kind_of_page_is_quiet(unpacked: Path, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        said = quiet(page)
        for name in PAGES:
            page.goto((unpacked / f"{name}.html").as_uri())
            page.wait_for_load_state("networkidle")
        assert said == []


def test_search_finds_a_card_and_leads_to_it(unpacked: Path, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        said = quiet(page)
        page.goto((unpacked / "index.html").as_uri())
        page.wait_for_load_state("networkidle")
        page.locator("input.md-search__input").click()
        page.keyboard.type("ST SSD MobileNet v1")
        first = page.locator(".md-search-result__item > a").first
        first.wait_for(timeout=15_000)
        assert "/models/st_ssd_mobilenet_v1" in str(first.get_attribute("href"))
        first.click()
        page.wait_for_url("**/models/st_ssd_mobilenet_v1**")
        assert "ST SSD MobileNet v1" in page.locator("h1").inner_text()
        assert said == []


def test_compare_filters_draws_and_pins(unpacked: Path, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        page = context.new_page()
        said = quiet(page)
        page.goto((unpacked / "compare.html").as_uri())
        page.wait_for_selector("#zoo-compare:not([hidden])")
        every = page.locator(".zoo-rows tbody tr").count()
        page.get_by_text("Board: any").click()
        page.get_by_label("STM32H747I-DISCO", exact=True).check()
        page.keyboard.press("Escape")
        page.get_by_label("RAM at most").fill("600")
        page.get_by_label("Latency at most").fill("300")
        shown = page.locator(".zoo-rows tbody tr").count()
        assert 0 < shown < every
        page.locator("#zoo-compare .zoo-chart").scroll_into_view_if_needed()
        page.wait_for_function("window.zooCompare.view !== null")
        assert page.locator("#zoo-compare .zoo-chart__plot .mark-symbol path").count() == shown
        page.locator(".zoo-rows tbody input").first.check()
        assert page.locator(".zoo-abreast thead th").count() == 1
        page.locator(".zoo-rows tbody a").first.click()
        page.wait_for_url("**/models/**.html")
        assert page.locator("h1").is_visible()
        assert said == []


def test_every_link_leads_to_a_file(unpacked: Path) -> None:
    broken = []
    for path in sorted(unpacked.rglob("*.html")):
        page = BeautifulSoup(path.read_bytes(), "html5lib")
        for tag, attribute in (("a", "href"), ("link", "href"), ("script", "src"), ("img", "src")):
            for one in page.select(f"{tag}[{attribute}]"):
                url = urlsplit(str(one[attribute]))
                if url.scheme or url.netloc or not url.path:
                    continue
                if not (path.parent / unquote(url.path)).resolve().is_file():
                    broken.append((path.relative_to(unpacked).as_posix(), str(one[attribute])))
    assert broken == []


def test_every_figure_is_there_without_javascript(unpacked: Path, browser: Browser) -> None:
    entry = load_registry(REAL).models["st_ssd_mobilenet_v1"]
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((unpacked / "models/st_ssd_mobilenet_v1/025_192.html").as_uri())
        shown = page.eval_on_selector_all("[data-figure]", "all => all.map(one => one.textContent)")
    stated = [str(figure.value) for figure in figures_of(entry.value) if figure.variant.id == "025_192"]
    assert Counter(shown) >= Counter(stated)
    assert len(stated) > 20


def test_the_licence_of_what_it_carries_is_in_it(unpacked: Path) -> None:
    (shim,) = (unpacked / "assets/vendor").glob("iframe-worker-*")
    assert "Permission is hereby granted" in (shim / "LICENSE").read_text(encoding="utf-8")


def made(folder: Path, names: list[str], day: int) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}", encoding="utf-8")
        os.utime(path, (day, day))
        path.chmod(0o600 + day % 64)
    return folder


def test_order_times_and_rights_of_files_do_not_matter(tmp_path: Path) -> None:
    names = ["index.html", "a/b.html", "a.png", "search/search_index.json", "Z.css"]
    first = pack(made(tmp_path / "one", names, 1_500_000_000))
    second = pack(made(tmp_path / "two", names[::-1], 1_700_000_001))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert [entry.filename for entry in archive.infolist()] == [
            "zoo/Z.css", "zoo/a.png", "zoo/a/b.html", "zoo/index.html", "zoo/search/search_index.js"
        ]  # fmt: skip
        assert archive.read("zoo/search/search_index.js") == b"var __index = content of search/search_index.json"


def test_a_site_that_mkdocs_cannot_build_is_one_sentence(tmp_path: Path) -> None:
    configuration = tmp_path / "mkdocs.offline.yml"
    configuration.write_text("site_name: [\n", encoding="utf-8")
    with pytest.raises(BrokenFileError, match=r"^mkdocs cannot build the site: [^\n]+$"):
        make_bundle(load_registry(REAL), None, docs=None, configuration=configuration)


def test_a_bundle_is_written_whole(tmp_path: Path) -> None:
    write_bundle(b"zip", tmp_path / "new" / "zoo.zip")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["zoo.zip"]
