"""The first page: a tile a board with what fits, a small chart, what changed by the registry's own dates."""

from datetime import date

from tests.site.building import Site
from tests.site.pages import REAL_ZOO, example_zoo, parsed
from zoo_tools.domain.budget import Fit
from zoo_tools.domain.manifest import Change
from zoo_tools.registry.load import Registry
from zoo_tools.site.bundle import NAME
from zoo_tools.site.measured import measured_on, milliseconds
from zoo_tools.site.pages.home import home
from zoo_tools.site.recent import recent
from zoo_tools.site.zoo import Zoo

PAGE = parsed(home(REAL_ZOO))
FILES = {id_: files for id_, files in measured_on(REAL_ZOO).items() if files}


def test_there_is_a_tile_for_every_board_something_was_measured_for() -> None:
    tiles = [tile.get_text() for tile in PAGE.select(".zoo-tile__name")]
    assert sorted(tiles) == sorted(REAL_ZOO.board_title(board) for board in FILES)


def test_a_tile_counts_what_fits_and_names_the_fastest() -> None:
    for tile in PAGE.select(".zoo-tiles > li"):
        name = tile.select(".zoo-tile__name")[0].get_text()
        files = next(files for board, files in FILES.items() if REAL_ZOO.board_title(board) == name)
        shown = [span.get_text().rpartition(" ") for span in tile.select(".zoo-tile__fits > span")]
        counts = {verdict.replace(" ", "-"): int(number) for verdict, _, number in shown}
        assert counts == {fit.value: n for fit in Fit if (n := sum(f.verdict.fit is fit for f in files))}
        times = [one for file in files for one in file.times]
        best = min(times, key=milliseconds).figure.value
        assert [one.get_text() for one in tile.select("[data-figure]")] == [str(best)]


def test_a_lower_bound_is_never_counted_as_fitting_without_a_word() -> None:
    tile = next(t for t in PAGE.select(".zoo-tiles > li") if "STM32N6570-DK" in t.get_text())
    assert "as far as counted" in tile.get_text()
    assert "fits" not in {one.get_text() for one in tile.select(".zoo-fit")}


def test_what_changed_is_by_the_dates_of_the_registry_the_newest_first() -> None:
    found = recent(REAL_ZOO, 1000)
    assert [one.day for one in found] == sorted((one.day for one in found), reverse=True)
    assert len({(one.day, one.entry.id) for one in found}) == len(found)
    stated = {change.date for entry in REAL_ZOO.models for change in entry.value.changelog}
    assert stated <= {one.day for one in found}
    assert recent(REAL_ZOO, 2) == found[:2]


def test_a_new_version_is_told_first() -> None:
    def change(registry: Registry) -> None:
        newest = Change(version="2.0.0", date=date(2030, 1, 2), text="Better.")
        registry.models["example_detector"].value.changelog.insert(0, newest)

    first = recent(example_zoo(change), 1)[0]
    assert (first.day, first.entry.id) == (date(2030, 1, 2), "example_detector")
    assert first.text.endswith("Better.")


def test_the_bundle_is_offered_where_it_lies_and_not_in_itself() -> None:
    assert [str(a["href"]) for a in PAGE.select("a[download]")] == [NAME]
    offline = parsed(home(Zoo(REAL_ZOO.registry, directory_urls=False)))
    assert not offline.select("a[download]")
    assert NAME not in offline.get_text()


def test_the_page_is_the_same_every_time() -> None:
    assert home(REAL_ZOO) == home(REAL_ZOO)


def test_the_built_page_opens_the_search_and_shows_a_chart(real_site: Site) -> None:
    page = real_site.page("")
    assert page.select("label.zoo-search[for='__search']")
    assert page.select("#__search")
    assert page.select(".zoo-chart svg[role=img][aria-label]")
