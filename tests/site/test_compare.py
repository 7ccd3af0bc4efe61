"""The comparison without JavaScript: one protocol to a table, its own files, best first, and every figure there."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from bs4 import BeautifulSoup, Tag

from tests.site.building import Site
from zoo_tools.domain.figures import Figure, figures_of
from zoo_tools.domain.manifest import Accuracy, Footprint, Latency
from zoo_tools.site.zoo import Zoo


def stated(site: Site) -> dict[tuple[str, str], Figure]:
    """Return every figure by model and address."""
    models = site.registry.models.items()
    return {(id_, figure.address): figure for id_, entry in models for figure in figures_of(entry.value)}


def keys(part: Tag) -> list[tuple[str, str]]:
    """Return model and address of every figure inside."""
    return [(str(one["data-model"]), str(one["data-figure"])) for one in part.select("[data-figure]")]


def sections(page: BeautifulSoup) -> Iterator[tuple[str, Tag]]:
    """Yield the id of each section with its table."""
    for heading in page.select("#zoo-still h2"):
        table = heading.find_next("table")
        assert isinstance(table, Tag)
        yield str(heading["id"]), table


def rows(table: Tag) -> list[Tag]:
    return list(table.select("tbody tr:not(.zoo-section)"))


def is_compared(figure: Figure) -> bool:
    group = figure.group
    match group:
        case Accuracy():
            return True
        case Latency():
            return figure.quantity == ("ms" if group.ms is not None else "per_second")
        case Footprint():
            if figure.quantity == "flash.weights":
                return group.flash.total is None
            return figure.quantity in ("ram.total", "ram.internal", "ram.external", "flash.total")
        case _:
            return False


def test_a_section_holds_the_files_of_one_protocol_and_all_of_them(real_site: Site) -> None:
    figures = stated(real_site)
    protocols = {f.group.protocol for f in figures.values() if isinstance(f.group, Accuracy)}
    seen = dict(sections(real_site.page("compare")))
    assert {name for name in seen if name.startswith("protocol-")} == {f"protocol-{one}" for one in protocols}
    for protocol in protocols:
        wanted = {key for key, f in figures.items() if isinstance(f.group, Accuracy) and f.group.protocol == protocol}
        found = {key for key in keys(seen[f"protocol-{protocol}"]) if isinstance(figures[key].group, Accuracy)}
        assert found == wanted
        assert all(row.select("[data-figure]") for row in rows(seen[f"protocol-{protocol}"]))


def test_of_each_board_the_best_stands_first(real_site: Site) -> None:
    figures = stated(real_site)
    for name, table in sections(real_site.page("compare")):
        for body in table.select("tbody"):
            keyed = [key for row in rows(body) for key in keys(row) if isinstance(figures[key].group, Accuracy)]
            values = [Decimal(str(figures[key].value)) for key, _ in groupby(keyed)]
            assert values == sorted(values, reverse=True), name


def test_every_time_rate_total_and_accuracy_is_compared(real_site: Site) -> None:
    figures = stated(real_site)
    assert set(keys(real_site.page("compare"))) == {key for key, figure in figures.items() if is_compared(figure)}


def test_a_file_without_accuracy_is_not_forgotten(real_site: Site) -> None:
    wanted = {
        (entry.value.title, f"{variant.id}/{artifact.id}")
        for entry in real_site.registry.models.values()
        for variant in entry.value.variants
        for artifact in variant.artifacts
        if artifact.id not in {one.artifact for one in variant.accuracy}
    }
    seen = dict(sections(real_site.page("compare")))
    assert ("no-accuracy" in seen) == bool(wanted)
    found = {
        (a.get_text(), file.get_text().partition(" ")[0])
        for row in (rows(seen["no-accuracy"]) if wanted else [])
        for a in row.select("th a")
        for file in row.select(".zoo-file")
    }
    assert found == wanted


def test_no_column_is_empty_and_a_missing_value_is_said(real_site: Site) -> None:
    for name, table in sections(real_site.page("compare")):
        by_column = list(zip(*(row.select("td") for row in rows(table)), strict=True))
        for column in by_column:
            assert any("zoo-missing" not in (cell.get("class") or []) for cell in column), name
            for cell in column:
                assert cell.get_text(strip=True), name
                if "zoo-missing" in (cell.get("class") or []):
                    assert cell.get_text() in ("not measured", "not run")


def test_the_top_leads_to_each_section_and_counts_its_files(real_site: Site) -> None:
    page = real_site.page("compare")
    linked = {
        str(a["href"]).removeprefix("#"): int(item.get_text().removeprefix(a.get_text()).split()[0])
        for item in page.select(".zoo-sections li")
        for a in item.select("a")
    }
    assert linked == {
        name: len({row.select_one("th[scope=row]") and str(row.select_one("th[scope=row]")) for row in rows(table)})
        for name, table in sections(page)
    }


def test_a_protocol_is_told_in_the_words_of_its_file(real_site: Site) -> None:
    page = real_site.page("compare")
    for entry in real_site.registry.protocols.values():
        heading = page.find("h2", id=f"protocol-{entry.id}")
        if heading is not None:
            told = heading.find_next("p")
            assert told is not None
            note = f" {entry.value.note}" if entry.value.note is not None else ""
            assert told.get_text() == f"{entry.value.title}.{note}"


def test_a_file_of_unknown_bytes_is_marked(real_site: Site) -> None:
    zoo = Zoo(real_site.registry, real_site.checked)
    marks = {
        (entry.id, marked.figure.address): marked.marks for entry in zoo.models for marked in zoo.figures(entry.id)
    }
    for _, table in sections(real_site.page("compare")):
        for row in rows(table):
            unbound = any("not-bound-to-bytes" in marks[key] for key in keys(row))
            assert bool(row.select("th .zoo-mark--not-bound-to-bytes")) == unbound


def test_a_drawing_has_a_mark_for_every_row_with_both_numbers(real_site: Site) -> None:
    """Counted in the SVG: symbols are the paths inside the group of marks that are no lines."""
    figures = stated(real_site)
    for heading in real_site.page("compare").select("#zoo-still h2[id^=protocol-]"):
        following = heading.find_next(["svg", "table"])
        table = heading.find_next("table")
        assert isinstance(table, Tag)
        both = [row for row in rows(table) if {type(figures[key].group) for key in keys(row)} >= {Accuracy, Latency}]
        is_drawn = isinstance(following, Tag) and following.name == "svg"
        assert is_drawn == (len(both) > 1)
        if is_drawn and isinstance(following, Tag):
            assert len(following.select(".mark-symbol path")) == len(both)


def test_the_example_has_a_table_for_each_protocol(example_site: Site) -> None:
    found = {
        name: [
            ["".join(cell.get_text().split("disputed")).strip() for cell in row.select("td")][:2] for row in rows(table)
        ]
        for name, table in sections(example_site.page("compare"))
    }
    assert found == {
        "protocol-ap-a": [["30.10", "20.00"], ["29", "30.1"], ["30.10", "4.00"], ["31.0", "not measured"]],
        "protocol-ap-b": [["55.5", "20.00"], ["55.5", "4.00"]],
    }
