"""The Compare page by keyboard alone, as somebody uses it who has no mouse: Tab, Enter, Space, Escape and arrows."""

from typing import Any

from playwright.sync_api import Browser, Page

from tests.site.building import Served, Site

BOARD = "stm32h747i-disco"
SEEN = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 20) / 2);
    return {
        name: one.name || one.dataset.sort || one.dataset.do || one.textContent.trim(), tag: one.tagName,
        value: one.value ?? null, row: one.closest("tr[data-id]")?.dataset.id ?? null,
        isOurs: Boolean(one.closest("#zoo-compare")),
        outline: style.outlineStyle, width: parseFloat(style.outlineWidth),
        isUncovered: at === one || one.contains(at) || Boolean(at?.closest("label")?.contains(one)),
    };
}"""


def tab(page: Page) -> dict[str, Any]:
    """Go on by one stop; whatever of the page's own has the focus shows it, and nothing covers it."""
    page.keyboard.press("Tab")
    seen: dict[str, Any] = page.evaluate(SEEN)
    if seen["isOurs"]:
        assert seen["outline"] != "none", seen
        assert seen["width"] > 0, seen
        # The search, which opens when it has the focus, fades away.
        page.wait_for_function(f"() => ({SEEN})().isUncovered", timeout=5000)
    return seen


def tab_to(page: Page, most: int = 60, **wanted: str) -> dict[str, Any]:
    """Go on until a stop has what is wanted."""
    seen: dict[str, Any] = {}
    for _ in range(most):
        seen = tab(page)
        if all(seen[key] == value for key, value in wanted.items()):
            return seen
    raise AssertionError(f"nothing has {wanted} within {most} stops, the last is {seen}")


def in_table(page: Page) -> list[str]:
    found: list[str] = page.locator(".zoo-rows tbody tr").evaluate_all("all => all.map(tr => tr.dataset.id)")
    return found


def test_from_the_first_stop_to_the_card(real_site: Site, browser: Browser) -> None:
    """Set board and budget, take the Pareto front, sort, pin two rows, follow a link to the card."""
    with Served(real_site.folder) as served, browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{served.address}compare/")
        page.wait_for_selector("#zoo-compare:not([hidden])")
        assert tab(page)["name"] == "Skip to content"
        tab_to(page, name="protocol")
        every = len(in_table(page))
        page.keyboard.press("ArrowDown")
        assert page.evaluate("new URLSearchParams(location.search).has('protocol')")
        page.keyboard.press("ArrowUp")
        assert "protocol" not in page.url
        tab_to(page, 2, name="max-ram")
        page.keyboard.type("600")
        tab_to(page, 3, name="pareto")
        page.keyboard.press("Space")
        tab_to(page, 1, tag="SUMMARY")
        page.keyboard.press("Enter")
        tab_to(page, 12, name="board", value=BOARD)
        page.keyboard.press("Space")
        page.keyboard.press("Escape")
        assert page.evaluate(SEEN)["name"].startswith("Board: STM32H747I-DISCO")
        state = page.evaluate("window.zooCompare.state")
        assert (state["facets"]["board"], state["budgets"], state["pareto"]) == ([BOARD], {"max-ram": "600"}, True)
        assert 2 < len(in_table(page)) < every
        tab_to(page, name="latency", tag="BUTTON")
        page.keyboard.press("Enter")
        assert page.locator("th[data-sorted=latency]").get_attribute("aria-sort") == "ascending"
        first, second, third = in_table(page)[:3]
        for row in (first, second):
            tab_to(page, 6, tag="INPUT", row=row)
            page.keyboard.press("Space")
            assert page.evaluate(SEEN)["row"] == row
        assert page.locator(".zoo-abreast thead th").count() == 2
        tab_to(page, 1, tag="A", row=third)
        page.keyboard.press("Enter")
        model, variant, _ = third.split("/")
        page.wait_for_url(f"**/models/{model}/{variant}/")
        assert variant in page.locator("h1").inner_text()


def test_a_closed_list_holds_no_stop(real_site: Site, browser: Browser) -> None:
    """From Pareto to Reset there are the lists and nothing in them."""
    with Served(real_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{served.address}compare/")
        page.wait_for_selector("#zoo-compare:not([hidden])")
        page.locator("[name=pareto]").focus()
        stops = [tab(page) for _ in range(page.locator(".zoo-facet").count() + 1)]
        assert [stop["tag"] for stop in stops] == ["SUMMARY"] * (len(stops) - 1) + ["BUTTON"]
        assert stops[-1]["name"] == "Reset"
