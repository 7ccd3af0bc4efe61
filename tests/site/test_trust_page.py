"""Figures and trust: counts by hand, every anomaly with its status, each followed to a figure and to its source."""

from collections import Counter

import pytest

from tests.site.building import Site
from tests.site.pages import REAL_ZOO, cells, parsed, table
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.trust import TrustMark
from zoo_tools.site.pages import trust as page_of_trust
from zoo_tools.site.pages.card.origin import VERDICTS
from zoo_tools.site.pages.card.subject import FOLDED, Family
from zoo_tools.site.pages.trust import LEVELS, trust

PAGE = parsed(trust(REAL_ZOO))
ANOMALIES = [(entry, one) for entry in REAL_ZOO.models for one in entry.value.anomalies]


def test_levels_count_each_figure_once() -> None:
    marked = [one for entry in REAL_ZOO.models for one in REAL_ZOO.figures(entry.id)]
    rows = cells(table(PAGE, "Levels of trust"))
    for name, (marks, _) in LEVELS.items():
        assert int(rows[name][-1]) == sum(any(mark in one.marks for mark in marks) for one in marked)


def test_every_mark_is_explained_where_links_lead() -> None:
    assert [div["id"] for div in PAGE.select(".zoo-legend > div")] == [mark.value for mark in TrustMark]


def test_counts_add_up_over_kinds_and_models() -> None:
    by_mark, by_model = cells(table(PAGE, "Figures by mark")), cells(table(PAGE, "Figures by model"))
    total, *kinds = map(int, by_mark["Figures"])
    assert total == sum(kinds) == REAL_ZOO.figure_count
    assert {name: int(row[0]) for name, row in by_model.items()} == {
        entry.value.title: len(REAL_ZOO.figures(entry.id)) for entry in REAL_ZOO.models
    }
    for mark in TrustMark:
        total, *kinds = map(int, by_mark[mark.label])
        assert total == sum(kinds) == REAL_ZOO.mark_counts[mark]


def test_every_anomaly_is_there_under_its_status() -> None:
    counts: Counter[str] = Counter(one.verdict for _, one in ANOMALIES)
    for verdict, heading in VERDICTS.items():
        shown = table(PAGE, f"{heading} ({counts[verdict]})")
        found = Counter(q.get_text() for q in shown.select("q"))
        assert found == Counter(one.published for _, one in ANOMALIES if one.verdict == verdict)
        assert (shown.find_parent("details") is not None) == (verdict in FOLDED)


def test_an_anomaly_leads_to_its_place_its_figure_and_its_source(real_site: Site) -> None:
    """On the built site: every link of every row ends at an element, and the document's line is the stated one."""
    page = real_site.page("trust")
    rows = page.select("table.zoo-anomalies tbody tr:not(.zoo-section)")
    assert len(rows) == len(ANOMALIES)
    ids = {name: {str(one["id"]) for one in found.select("[id]")} for name, found in real_site.pages.items()}
    followed = 0
    for row in rows:
        for link in row.select("a[href^='../models/']"):
            place, _, fragment = str(link["href"]).removeprefix("../").partition("#")
            assert fragment in ids[f"{place}index.html"], link
            followed += 1
    assert followed > 2 * len(ANOMALIES)
    lines = Counter(a.get_text() for row in rows for a in row.select("a") if a.get_text().startswith("line "))
    stated = Counter(
        f"line {one.line}"
        for entry, one in ANOMALIES
        if one.line is not None and isinstance(entry.value.evidence.get(one.evidence), Published)
    )
    assert lines == stated


def test_figures_that_are_in_doubt_are_linked_one_by_one() -> None:
    followed = 0
    for entry in REAL_ZOO.models:
        family = Family(REAL_ZOO, entry)
        for one in entry.value.anomalies:
            groups = [group for at in one.at if (group := family.group_of(at)) is not None]
            if one.verdict in FOLDED or not groups or len(one.at) > 3:
                continue
            told = [q.find_parent("tr") for q in PAGE.select("q") if q.get_text() == one.published]
            hrefs = [{str(a["href"]).partition("#")[2] for a in row.select("a")} for row in told if row is not None]
            assert any({group.anchor for group in groups} <= found for found in hrefs)
            followed += 1
    assert followed > 5


def test_of_very_many_anomalies_the_page_counts_what_others_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of_trust, "MOST_ANOMALIES", 10)
    monkeypatch.setattr(page_of_trust, "MOST_MODELS", 2)
    page = parsed(trust(REAL_ZOO))
    assert not page.select("q")
    rows = cells(table(page, "Anomalies by model"))
    assert sum(int(cell) for row in rows.values() for cell in row) == len(ANOMALIES)
    assert len(cells(table(page, "Figures by model"))) == 2
    assert "5 more are on their own pages" in page.get_text()


def test_the_page_is_lighter_than_it_was(real_site: Site) -> None:
    assert len((real_site.folder / "trust" / "index.html").read_bytes()) < 140_000
