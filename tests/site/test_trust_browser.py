"""What a doubtful reader does: from an anomaly to the figure it is about, to what its card says, to the very line."""

import re

from playwright.sync_api import Browser

from tests.site.building import Served, Site

PRINTED, MEANT = "984.25 KiB", "1053.70 KiB"
"""The flash for weights of a file as a card prints it, and as the file has it."""


def test_an_anomaly_leads_to_its_figure_and_its_source(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{served.address}trust/")
        row = page.locator(".zoo-anomalies tr", has_text=PRINTED).first
        assert MEANT in row.inner_text()
        line = row.locator("td").last.locator("a").last
        number = line.inner_text().rpartition("line ")[2]
        row.locator("td").nth(1).locator("a").first.click()
        page.wait_for_url("**/models/**#footprints**")
        page.wait_for_load_state("networkidle")
        figure = page.locator("tr:target")
        assert figure.is_visible()
        assert PRINTED.removesuffix(" KiB") in figure.locator("[data-figure]").all_inner_texts()
        assert "disputed" in figure.inner_text()
        # From the figure on: the remark says why, and names the line of the document.
        remark = figure.locator("a", has_text="remark")
        remark.click()
        page.wait_for_url("**#anomaly.**")
        told = page.locator("li:target")
        assert MEANT in told.inner_text()
        source = told.locator("a").last
        assert source.inner_text().endswith(f"line {number}")
        page.wait_for_function("link => link.href.startsWith('https://')", arg=source.element_handle())
        assert str(source.get_attribute("href")).endswith(f"#L{number}")


def test_the_source_is_reached_without_javascript(real_site: Site, browser: Browser) -> None:
    with Served(real_site.folder) as served, browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{served.address}trust/")
        source = page.locator(".zoo-anomalies tr", has_text=PRINTED).first.locator("td").last
        line = source.locator("a").last
        assert re.fullmatch(r"https://github\.com/[^?]+/README\.md\?plain=1#L\d+", str(line.get_attribute("href")))
        assert str(line.get_attribute("href")).endswith(f"#L{line.inner_text().removeprefix('line ')}")
        source.locator("a").first.click()
        page.wait_for_url("**#evidence.**")
        evidence = page.locator("tr:target")
        assert evidence.is_visible()
        assert str(evidence.locator("a").first.get_attribute("href")).startswith("https://github.com/")
