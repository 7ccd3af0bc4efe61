"""axe-core looks at every kind of page, in light, in dark and on a phone, and finds nothing serious or critical."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import oracle
from tests.site.building import Served, Site
from tests.site.kinds import KINDS

axe = oracle("axe_playwright_python.sync_playwright")
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


def _findings(page: Page) -> list[tuple[str, str, str]]:
    page.evaluate("document.querySelectorAll('article details').forEach(one => one.open = true)")
    page.wait_for_timeout(400)  # colours fade when the scheme is applied
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (one["id"], one["impact"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_no_page_has_a_serious_fault(view: str, real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(**VIEWS[view]) as context:
        page = context.new_page()
        faults = {}
        for kind in KINDS:
            page.goto(served.address + kind)
            page.wait_for_load_state("networkidle")
            if found := _findings(page):
                faults[kind] = found
        assert faults == {}


def test_a_fault_is_seen(example_site: Site, browser: Browser) -> None:
    with Served(example_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        page.goto(served.address)
        page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<input type=text>')")
        assert "label" in [id_ for id_, _, _ in _findings(page)]
