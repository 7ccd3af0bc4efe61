"""The Compare page in a browser: the tasks of a reader, and that page, command line and rule say the same."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.cli.invoke import call
from tests.conftest import REPOSITORY
from tests.site.building import Served, Site
from tests.site.catalogue.generated import question, rows
from zoo_tools.site.catalogue.output import digits
from zoo_tools.site.catalogue.payload import row_data
from zoo_tools.site.catalogue.rows import Row, rows_of
from zoo_tools.site.catalogue.selection import Query, select
from zoo_tools.site.zoo import Zoo

TASK = {"board": "stm32h747i-disco", "max-ram": "600", "max-latency": "300"}
RULE = REPOSITORY / "docs" / "assets" / "compare" / "rule.js"
HOME = "http://127.0.0.1:8000/"
"""`site_url` of the site the tests build."""
PLOT = "#zoo-compare .zoo-chart__plot svg"


@pytest.fixture(scope="module")
def served(real_site: Site) -> Iterator[str]:
    """The address of the real site."""
    with Served(real_site.folder) as served:
        yield served.address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that fails the test if a page complains."""
    said: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.on("console", lambda message: said.append(message.text))
        context.on("weberror", lambda error: said.append(str(error.error)))
        yield context
    assert said == []


def opened(context: BrowserContext, address: str, **asked: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}compare/{'?' if asked else ''}{urlencode(asked)}")
    page.wait_for_selector("#zoo-compare:not([hidden])")
    return page


def in_table(page: Page) -> list[str]:
    """Return the rows that stand in the table."""
    found: list[str] = page.locator(".zoo-rows tbody tr").evaluate_all("all => all.map(tr => tr.dataset.id)")
    return found


def in_chart(page: Page) -> list[str]:
    """Return the rows that are points of the chart, once it is drawn."""
    page.locator("#zoo-compare .zoo-chart").scroll_into_view_if_needed()
    page.wait_for_selector(f"{PLOT} .mark-symbol path")
    page.wait_for_function("window.zooCompare.view !== null")
    found: list[str] = page.evaluate("window.zooCompare.view.data('rows').map(row => row.id)")
    assert page.locator(f"{PLOT} .mark-symbol path").count() == len(found)
    return found


def found(*options: str) -> list[dict[str, str]]:
    """Return what `zoo_tools find` prints as CSV."""
    called = call("find", *options, "--output", "csv", "--registry", REPOSITORY / "registry")
    assert called.code == 0
    return list(csv.DictReader(io.StringIO(called.out)))


def test_a_person_detector_for_a_board_and_a_budget(served: str, context: BrowserContext, real_site: Site) -> None:
    """Set the filters, see what is hidden, compare chart with table, copy the link, open it elsewhere."""
    page = opened(context, served)
    page.get_by_text("Board: any").click()
    page.get_by_label("STM32H747I-DISCO", exact=True).check()
    page.keyboard.press("Escape")
    page.get_by_label("RAM at most").fill("600")
    page.get_by_label("Latency at most").fill("300")
    wanted = found("--board", "stm32h747i-disco", "--max-ram", "600", "--max-latency", "300")
    assert wanted
    ids = [f"{row['model']}/{row['variant']}/{row['artifact']}@{row['board']}" for row in wanted]
    assert in_table(page) == ids
    assert sorted(in_chart(page)) == sorted(ids)
    said = page.get_by_role("status").inner_text()
    selection = select(
        rows_of(Zoo(real_site.registry)),
        Query(
            facets={"board": frozenset([TASK["board"]])},
            budgets={"max-ram": Decimal(600), "max-latency": Decimal(300)},
        ),
    )
    assert said.startswith(f"{len(ids)} of ")
    assert f"Hidden: {selection.unmeasured} not measured, {selection.over} over budget." in said
    assert f"{selection.elsewhere} files not measured on STM32H747I-DISCO." in said
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelector('.zoo-status').textContent.includes('copied')")
    link = page.evaluate("navigator.clipboard.readText()")
    other = context.new_page()
    other.goto(link)
    other.wait_for_selector("#zoo-compare:not([hidden])")
    assert in_table(other) == ids
    assert other.evaluate("window.zooCompare.state") == page.evaluate("window.zooCompare.state")
    assert other.get_by_label("RAM at most").input_value() == "600"
    assert other.get_by_role("status").inner_text() == said


def test_rows_without_the_figure_are_hidden_and_counted(served: str, context: BrowserContext, real_site: Site) -> None:
    page = opened(context, served, **{"board": "stm32mp157f-dk2", "max-ram": "600"})
    said = page.get_by_role("status").inner_text()
    called = call("find", "--board", "stm32mp157f-dk2", "--max-ram", "600", "--registry", REPOSITORY / "registry")
    assert in_table(page) == []
    count = sum(row.board == "stm32mp157f-dk2" for row in rows_of(Zoo(real_site.registry)))
    assert count > 10
    assert f"{count} rows not measured (RAM {count})" in called.err
    assert f"Hidden: {count} not measured (RAM {count}), 0 over budget." in said
    assert not page.locator("#zoo-compare .zoo-chart").is_visible()


def test_two_rows_are_pinned_and_stand_side_by_side(served: str, context: BrowserContext) -> None:
    page = opened(context, served, **TASK)
    first, second = in_table(page)[:2]
    for id_ in (first, second):
        page.locator(f'tr[data-id="{id_}"] input').check()
    table = page.locator(".zoo-abreast")
    assert table.locator("thead th").count() == 2
    latency = table.locator("tbody tr", has_text="Latency, ms").locator("td")
    assert [text.split()[0] for text in latency.all_inner_texts()] == ["267.18", "295.52"]
    assert "best" in latency.nth(0).inner_text()
    assert page.evaluate("new URLSearchParams(location.search).getAll('pin')") == [first, second]
    other = context.new_page()
    other.goto(page.url)
    assert other.locator(".zoo-abreast thead th").count() == 2
    page.get_by_role("button", name=f"Unpin {first}").click()
    assert table.locator("thead th").count() == 1


def test_no_more_than_four_are_pinned(served: str, context: BrowserContext) -> None:
    page = opened(context, served)
    for i in range(4):
        page.locator(".zoo-rows tbody input").nth(i).check()
    assert page.locator(".zoo-rows tbody input:disabled").count() == page.locator(".zoo-rows tbody tr").count() - 4


def test_the_protocol_is_switched_and_back_goes_back(served: str, context: BrowserContext) -> None:
    page = opened(context, served)
    before = in_table(page)
    page.get_by_label("Accuracy by").select_option("coco-ap-val2017")
    assert in_table(page)[0] == "mmdet_ssd/ssd512/pth@nvidia-v100"
    assert page.locator(".zoo-rows thead").inner_text().count("COCO AP .50:.95") == 1
    assert sorted(in_chart(page)) == sorted(one for one in in_table(page) if one.startswith("mmdet_ssd/"))
    page.get_by_label("AP at least").fill("25")
    assert in_table(page) == ["mmdet_ssd/ssd512/pth@nvidia-v100", "mmdet_ssd/ssd300/pth@nvidia-v100"]
    page.go_back()
    page.wait_for_function("document.querySelector('#zoo-min-ap').value === ''")
    page.go_back()
    page.wait_for_function("document.querySelector('#zoo-protocol').value !== 'coco-ap-val2017'")
    assert in_table(page) == before


def test_chart_and_table_point_at_each_other(served: str, context: BrowserContext) -> None:
    page = opened(context, served, **TASK)
    ids = in_chart(page)
    page.locator(f'tr[data-id="{ids[0]}"]').hover()
    page.wait_for_function("window.zooCompare.view.signal('hovered') !== ''")
    assert page.evaluate("window.zooCompare.view.signal('hovered')") == ids[0]
    page.locator(f"{PLOT} .mark-symbol path").nth(1).hover()
    page.wait_for_selector(f'tr.zoo-lit[data-id="{ids[1]}"]', state="attached")
    page.locator(f"{PLOT} .mark-symbol path").nth(1).click()
    assert page.evaluate("window.zooCompare.state.pins") == [ids[1]]


def test_the_download_is_what_the_command_prints(served: str, context: BrowserContext, tmp_path: Path) -> None:
    page = opened(context, served, **TASK)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "models.csv")
    options = ["--board", TASK["board"], "--max-ram", "600", "--max-latency", "300", "--output", "csv"]
    printed = call("find", *options, "--registry", REPOSITORY / "registry").out
    stated = (tmp_path / "models.csv").read_bytes().decode("utf-8")
    assert without_marks(stated) == without_marks(printed)
    assert stated.count("\r\n") == stated.count("\n") == 7


def without_marks(text: str) -> list[dict[str, str]]:
    """Return CSV as rows but for the marks: those of the page rest on checks that the command was not told of."""
    return [{name: cell for name, cell in row.items() if name != "marks"} for row in csv.DictReader(io.StringIO(text))]


def test_text_that_a_spreadsheet_would_run_is_made_inert(served: str, context: BrowserContext) -> None:
    page = opened(context, served, **TASK)
    page.evaluate("""() => {
        const row = window.zooCompare.shown[0];
        [row.release, row.title, row.engine] = ['=1+1', 'a "quoted", title', '+x\\ny'];
    }""")
    row = next(csv.DictReader(io.StringIO(page.evaluate("window.zooCompare.csv()"))))
    assert (row["release"], row["title"], row["engine"]) == ("'=1+1", 'a "quoted", title', "'+x\ny")


def test_the_keyboard_is_enough(served: str, context: BrowserContext) -> None:
    page = opened(context, served)
    page.get_by_text("Board: any").focus()
    for key in ("Enter", "Tab", "Tab", "Space", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert len(page.evaluate("window.zooCompare.state.facets.board")) == 1
    page.locator('button[data-sort="latency"]').focus()
    page.keyboard.press("Enter")
    assert page.locator("th[data-sorted=latency]").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert page.locator("th[data-sorted=latency]").get_attribute("aria-sort") == "descending"
    box = page.locator(".zoo-rows tbody input").first
    box.focus()
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.checked") is True
    assert page.locator(".zoo-abreast").is_visible()


def test_reset_asks_for_nothing(served: str, context: BrowserContext) -> None:
    page = opened(context, served, **TASK, protocol="coco-ap-val2017", pareto="1", trust="bound", sort="-ram")
    page.get_by_role("button", name="Reset").click()
    assert page.url == f"{served}compare/"
    assert page.locator(".zoo-rows tbody tr").count() == page.evaluate("window.zooCatalogue.rows.length")


def test_what_is_no_number_is_said_and_filters_nothing(served: str, context: BrowserContext) -> None:
    page = opened(context, served, **{"max-ram": "<b>lots"})
    assert "“<b>lots” is no number" in page.get_by_role("status").inner_text()
    assert page.get_by_label("RAM at most").get_attribute("aria-invalid") == "true"
    assert page.locator(".zoo-rows tbody tr").count() == page.evaluate("window.zooCatalogue.rows.length")


def test_it_comes_back_with_instant_navigation(served: str, context: BrowserContext) -> None:
    page = opened(context, served, **TASK)
    ids = in_table(page)
    page.locator(".zoo-rows tbody a").first.click()
    page.wait_for_url("**/models/**")
    page.go_back()
    page.wait_for_selector("#zoo-compare:not([hidden])")
    assert in_table(page) == ids
    assert sorted(in_chart(page)) == sorted(ids)


def test_scripts_may_come_in_any_order(real_site: Site, context: BrowserContext) -> None:
    """Where the site is served at its own address, navigation is instant, and scripts run as they arrive."""
    page = context.new_page()
    late: list[Route] = []

    def answer(route: Route) -> None:
        place = unquote(urlsplit(route.request.url).path).lstrip("/")
        if place.endswith("catalogue.js") and not late:
            late.append(route)
            return
        path = real_site.folder / place
        route.fulfill(path=path / "index.html" if path.is_dir() else path)

    page.route(f"{HOME}**", answer)
    page.goto(HOME)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.isSame = true")
    page.get_by_text("Compare all files").click()
    page.wait_for_url("**/compare/")
    page.wait_for_function("Boolean(window.zooRule && window.zooChart)")
    page.wait_for_timeout(300)
    assert not page.locator("#zoo-compare").is_visible()
    late[0].fulfill(path=real_site.folder / urlsplit(late[0].request.url).path.lstrip("/"))
    page.wait_for_selector("#zoo-compare:not([hidden])")
    assert page.evaluate("window.isSame")
    assert len(in_table(page)) == page.evaluate("window.zooCatalogue.rows.length")


def test_without_javascript_all_figures_are_there(served: str, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{served}compare/")
        assert not page.locator("#zoo-compare").is_visible()
        visible = page.locator("#zoo-still [data-figure]")
        assert visible.first.is_visible()
        assert visible.count() > 200
        assert page.locator("#zoo-still svg").first.is_visible()


def test_it_works_from_a_folder(real_site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{(real_site.folder / 'compare' / 'index.html').as_uri()}?{urlencode(TASK)}")
    page.wait_for_selector("#zoo-compare:not([hidden])")
    assert len(in_table(page)) == 6
    assert len(in_chart(page)) == 6


def asked(query: Query) -> dict[str, Any]:
    """Return a question as the script is asked it."""
    return {
        "facets": {facet: sorted(values) for facet, values in query.facets.items()},
        "demands": sorted(query.demands),
        "budgets": {budget: digits(amount) for budget, amount in query.budgets.items()},
        "protocol": query.protocol,
        "pareto": query.pareto,
        "sort": query.sort,
        "reverse": query.reverse,
    }


ASK = """([rows, queries]) => {
    rows.forEach(zooRule.read);
    return queries.map(query => {
        for (const name in query.budgets) query.budgets[name] = Number(query.budgets[name]);
        const found = zooRule.select(rows, query);
        return { ...found, rows: found.rows.map(row => row.id) };
    });
}"""


@pytest.mark.parametrize("which", ["real", "generated", "large"])
def test_the_rule_is_the_same_in_both_languages(which: str, real_site: Site, browser: Browser) -> None:
    random = Random(f"twin {which}")
    catalogues: list[list[Row]] = {
        "real": [rows_of(Zoo(real_site.registry, real_site.checked))],
        "generated": [rows(random, random.randint(0, 60)) for _ in range(30)],
        "large": [rows(random, 1000)],
    }[which]
    questions = {"real": 300, "generated": 20, "large": 15}[which]
    shown = 0
    with browser.new_context() as context:
        page = context.new_page()
        page.add_script_tag(path=RULE)
        for catalogue in catalogues:
            queries = [question(random, catalogue) for _ in range(questions)]
            data = json.loads(json.dumps([[row_data(row) for row in catalogue], [asked(query) for query in queries]]))
            for query, answer in zip(queries, page.evaluate(ASK, data), strict=True):
                mine = select(catalogue, query)
                assert answer == {
                    "rows": [row.id for row in mine.rows],
                    "over": mine.over,
                    "unmeasured": mine.unmeasured,
                    "unmeasuredBy": mine.unmeasured_by,
                    "unplaced": mine.unplaced,
                    "elsewhere": mine.elsewhere,
                }, query
                shown += bool(mine.rows)
    assert shown > questions / 10, "questions that nothing answers compare little"
