"""Boards: what fits by the rule, the most accurate under one protocol at a time, a page for a board without figures."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.site.pages import REAL_ZOO, cells, example_zoo, parsed, table
from zoo_tools.domain.budget import CAVEATS, FIT_NAMES, RULES, Fit, judge
from zoo_tools.domain.figures import groups_of
from zoo_tools.domain.manifest import Accuracy, Footprint
from zoo_tools.registry.load import Registry
from zoo_tools.site.measured import measured_on, milliseconds, picks, protocols
from zoo_tools.site.pages import board_files, boards

PAGES = dict(boards.pages(REAL_ZOO))
H747 = "stm32h747i-disco"
FILES = measured_on(REAL_ZOO)


def test_every_board_has_a_page_and_a_row() -> None:
    known = REAL_ZOO.registry.boards
    assert set(PAGES) == {boards.INDEX, *(f"boards/{id_}.md" for id_ in known)}
    rows = cells(table(parsed(PAGES[boards.INDEX]), "All boards"))
    assert set(rows) == {entry.value.title for entry in known.values()}


def test_verdicts_on_the_page_are_those_of_the_rule() -> None:
    board = REAL_ZOO.registry.boards[H747].value
    expected = {}
    for entry in REAL_ZOO.models:
        for ref in groups_of(entry.value):
            if isinstance(ref.group, Footprint) and ref.group.target == board.series:
                expected[f"{entry.value.title}{ref.variant.id}/{ref.group.artifact}"] = judge(ref.group, board).fit
    rows = cells(table(parsed(PAGES[f"boards/{H747}.md"]), "Files"))
    assert {name: row[0].replace(" ", "-") for name, row in rows.items()} == expected
    assert set(expected.values()) == {Fit.FITS, Fit.TIGHT}


def test_counts_of_the_index_are_those_of_the_pages() -> None:
    rows = cells(table(parsed(PAGES[boards.INDEX]), "All boards"))
    for id_, entry in REAL_ZOO.registry.boards.items():
        numbers = rows[entry.value.title][-len(Fit) :]
        shown = parsed(PAGES[f"boards/{id_}.md"]).select(".zoo-fits li")
        counts = {li.select(".zoo-fit")[0].get_text(): li.select("b")[0].get_text() for li in shown}
        # Beside a count may stand how many of them fit as far as they are counted.
        assert all(number.startswith(counts.get(FIT_NAMES[fit], "0")) for fit, number in zip(Fit, numbers, strict=True))


def test_a_known_card_fits_by_hand() -> None:
    """591.46 of 992 KiB of RAM and 1291.45 of 2048 KiB of flash: 40 % and 36 % are left."""
    rows = cells(table(parsed(PAGES[f"boards/{H747}.md"]), "Files"))
    row = rows["SSD MobileNet v2 FPN-lite035_192/int8"]
    assert row[0] == "fits"
    assert row[2:4] == ["591.46 KiB40 % left", "1291.45 KiB36 % left"]


@pytest.mark.parametrize("board", sorted(FILES))
def test_picks_are_the_best_of_what_may_fit(board: str) -> None:
    able = [file for file in FILES[board] if file.verdict.fit is not Fit.DOES_NOT_FIT]
    found = {(pick.name, pick.file.artifact, pick.file.variant) for pick in picks(FILES[board])}
    timed = [file for file in able if file.times]
    assert bool(timed) == any(name == "Fastest" for name, *_ in found)
    for pick in picks(FILES[board]):
        assert pick.file in able
        group = pick.figures[0].group
        if pick.name == "Fastest":
            assert milliseconds(pick.figures[0]) == min(milliseconds(one) for file in able for one in file.times)
        if isinstance(group, Accuracy):
            under = [file.aps[group.protocol].group for file in able if group.protocol in file.aps]
            assert group.ap == max(one.ap for one in under if isinstance(one, Accuracy))
    most = [p.figures[0].group.protocol for p in picks(able) if isinstance(p.figures[0].group, Accuracy)]
    assert most == protocols(able)
    assert len(set(most)) == len(most)


def test_a_table_of_files_holds_the_ap_of_one_protocol() -> None:
    for board, files in FILES.items():
        page = parsed(PAGES[f"boards/{board}.md"])
        if not files:
            continue
        addresses = [str(one["data-figure"]) for one in table(page, "Files").select("[data-figure$='.ap']")]
        assert len({address.rpartition(",")[2] for address in addresses}) <= 1


def test_a_board_nobody_measured_has_its_page() -> None:
    def add(registry: Registry) -> None:
        like = registry.boards["board-a"]
        lonely = like.value.model_copy(update={"id": "lonely", "title": "Lonely", "series": "chip-z"})
        registry.boards["lonely"] = replace(like, id="lonely", value=lonely)

    page = parsed(dict(boards.pages(example_zoo(add)))["boards/lonely.md"])
    assert "Nobody describes it" in page.get_text()
    assert "Nobody measured a file of this zoo for it." in page.get_text()
    assert not page.select("table")


def test_no_board_is_called_as_the_index() -> None:
    assert boards.board_source("index") == "boards/_index.md"
    assert boards.board_source("readme") != "boards/readme.md"


def test_the_rule_is_told_in_its_own_words() -> None:
    for page in (PAGES[boards.INDEX], PAGES[f"boards/{H747}.md"]):
        said = parsed(page).get_text()
        assert all(text in said for text in (*RULES.values(), *CAVEATS))


def test_long_tables_are_cut_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_files, "MOST_FILES", 3)
    page = parsed(dict(boards.pages(REAL_ZOO))[f"boards/{H747}.md"])
    assert len(cells(table(page, "Files"))) == 3
    assert "The first 3 of 14" in page.get_text()


def test_sizes_of_the_page_are_the_boards() -> None:
    page = parsed(PAGES[f"boards/{H747}.md"])
    ram = [one for one in REAL_ZOO.registry.boards[H747].value.ram if one.place == "chip" and one.holds_data]
    assert sum((one.size for one in ram), Decimal(0)) == 992
    assert "992 KiB on the chip" in parsed(PAGES[boards.INDEX]).get_text()
    links = {str(a["href"]) for a in page.select(".zoo-facts a")}
    assert {one.source for one in REAL_ZOO.registry.boards[H747].value.ram} <= links
