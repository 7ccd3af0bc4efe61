"""What a reader does on a card: copy the command, follow a number to its line, see the steps fold open."""

from playwright.sync_api import Browser

from tests.site.building import Served, Site
from tests.site.cards import manifest
from zoo_tools.domain.evidence import Published

CARD = "models/st_ssd_mobilenet_v1/025_192/"


def test_a_line_leads_to_the_line_of_its_document(real_site: Site, browser: Browser) -> None:
    stated = manifest(real_site, "st_ssd_mobilenet_v1")
    with Served(real_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        page.goto(served.address + CARD)
        page.wait_for_function("document.querySelectorAll('#speed ~ div a[href*=\"plain=1#L\"]').length > 0")
        for one in stated.variants[0].latencies:
            document = stated.evidence[one.evidence]
            assert isinstance(document, Published)
            wanted = f"{document.url.partition('#')[0]}?plain=1#L{one.line}"
            assert page.locator(f'table a[href="{wanted}"]').first.inner_text() == f"line {one.line}"


def test_without_javascript_a_line_is_text_and_its_document_a_link(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(served.address + CARD)
        assert page.locator("#speed ~ div a:not([href])").first.inner_text().startswith("line ")
        page.locator("#speed ~ div .zoo-section a").first.click()
        assert page.url.endswith("#evidence.card-v3")
        row = page.locator('[id="evidence.card-v3"]')
        assert row.is_visible()
        assert str(row.locator("a").first.get_attribute("href")).startswith("https://github.com/")


def test_the_command_can_be_copied(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context() as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(served.address + CARD)
        page.wait_for_load_state("networkidle")
        page.locator("#run-it ~ div pre").first.hover()
        page.locator("#run-it ~ div pre button").first.click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('zoo_tools fetch'))")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert str(copied).strip() == "zoo_tools fetch st_ssd_mobilenet_v1/025_192/int8-v2.0.1"
