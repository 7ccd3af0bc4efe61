"""Cards of every kind of model: what is known is there under its proper name, what is not has no empty section."""

import hashlib
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.site.building import EXAMPLE, REAL, Site
from zoo_tools.domain.decoding import PriorBoxCentreVariance
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.trust import Outcomes
from zoo_tools.registry.load import load_registry
from zoo_tools.site.checked import Checked
from zoo_tools.site.words import file_format
from zoo_tools.site.zoo import Zoo

MODELS = sorted(load_registry(REAL).models)
SECTIONS = {
    "speed": "latencies",
    "memory": "footprints",
    "accuracy": "accuracy",
    "network": "complexity",
    "training": "training",
}


def card(site: Site, model: str) -> BeautifulSoup:
    return site.pages[f"models/{model}/index.html"]


def manifest(site: Site, model: str) -> Manifest:
    return site.registry.models[model].value


def section(page: BeautifulSoup, id_: str) -> list[Tag]:
    """Return the elements between a heading and the next of its level."""
    found: list[Tag] = []
    heading = page.find("h2", id=id_)
    for element in heading.find_next_siblings() if heading is not None else []:
        if element.name == "h2":
            break
        found.append(element)
    return found


def words_of(page: BeautifulSoup, id_: str) -> str:
    return " ".join(" ".join(element.get_text() for element in section(page, id_)).split())


def heads(page: BeautifulSoup, id_: str) -> list[str]:
    return [th.get_text(" ") for element in section(page, id_) for th in element.select("thead th")]


@pytest.mark.parametrize("model", MODELS)
def test_a_section_is_there_where_there_is_something_to_say(model: str, real_site: Site) -> None:
    page = card(real_site, model)
    for id_, key in SECTIONS.items():
        stated = any(getattr(variant, key) for variant in manifest(real_site, model).variants)
        assert bool(section(page, id_)) == stated, id_
        assert bool(page.select(f'h2[id="{id_}"]')) == stated, id_


@pytest.mark.parametrize("model", MODELS)
def test_formats_have_proper_names(model: str, real_site: Site) -> None:
    artifacts = [one for variant in manifest(real_site, model).variants for one in variant.artifacts]
    shown = words_of(card(real_site, model), "files")
    for artifact in artifacts:
        assert file_format(artifact) != artifact.format
        assert file_format(artifact) in shown


@pytest.mark.parametrize("model", MODELS)
def test_every_variant_has_a_fastest_run_where_anything_was_timed(model: str, real_site: Site) -> None:
    page = card(real_site, model)
    table = section(page, "at-a-glance")[0]
    shown = {str(one["data-figure"]) for one in table.select("[data-figure]")}
    for variant in manifest(real_site, model).variants:
        for artifact in {one.artifact for one in variant.latencies}:
            groups = [one for one in variant.latencies if one.artifact == artifact]
            quantity = "ms" if any(one.ms is not None for one in groups) else "per_second"
            begin = f"variants[{variant.id}].latencies[{artifact},"
            begins = (begin, begin.replace(",", "]"))
            assert [one for one in shown if one.startswith(begins) and one.endswith(f".{quantity}")], (artifact, shown)


@pytest.mark.parametrize("model", MODELS)
def test_where_no_file_was_opened_the_contract_is_said_to_be_described(model: str, real_site: Site) -> None:
    stated = manifest(real_site, model)
    said = words_of(card(real_site, model), "input-and-output")
    opened = {
        id_: any(
            artifact.tensors is not None and artifact.sha256 is not None
            for variant in stated.variants
            for artifact in variant.artifacts
            if (artifact.contract or variant.contract) == id_
        )
        for id_ in stated.contracts
    }
    assert ("Observed in the file of" in said) == any(opened.values())
    assert ("Described, not observed" in said) == (not all(opened.values()))
    assert ("No file was opened here" in said or "no file was opened here" in said) == (not all(opened.values()))


@pytest.mark.parametrize("model", MODELS)
def test_every_contract_is_told_and_no_step_twice(model: str, real_site: Site) -> None:
    stated = manifest(real_site, model)
    parts = section(card(real_site, model), "input-and-output")
    lists = [one for part in parts for one in (part.select("ol.zoo-steps") or ([part] if part.name == "ol" else []))]
    assert len(lists) == len({(one.decode.type, one.select.nms) for one in stated.contracts.values()})
    for one in lists:
        texts = [li.get_text() for li in one.select("li") if not li.select("li, details")]
        assert len(set(texts)) == len(texts)
    if len(stated.contracts) > 1:
        said = words_of(card(real_site, model), "input-and-output")
        assert [id_ for id_ in stated.contracts if f"Contract {id_}: of " not in said] == []
        assert "of no file" not in said


@pytest.mark.parametrize("model", MODELS)
def test_prior_boxes_are_folded_and_whole(model: str, real_site: Site) -> None:
    specs = [one.decode for one in manifest(real_site, model).contracts.values()]
    every = [spec.priors for spec in specs if isinstance(spec, PriorBoxCentreVariance)]
    # What two contracts have in common is told once.
    priors = [one for i, one in enumerate(every) if one not in every[:i]]
    folded = card(real_site, model).select("details.zoo-priors")
    assert [not one.has_attr("open") for one in folded] == [True] * len(priors)
    for one, details in zip(priors, folded, strict=True):
        assert f"{one.count} prior boxes in {len(one.levels)} levels" in details.get_text()
        counts = [int(row.select("td")[-1].get_text()) for row in details.select("tbody tr")]
        assert counts == [level.count for level in one.levels]
        assert sum(counts) == one.count


def test_a_recipe_is_told_with_all_its_options(real_site: Site) -> None:
    recipes = [
        (model, artifact.converted_from)
        for model in MODELS
        for variant in manifest(real_site, model).variants
        for artifact in variant.artifacts
        if artifact.converted_from is not None
    ]
    assert recipes
    for model, recipe in recipes:
        code = [pre.get_text() for part in section(card(real_site, model), "run-it") for pre in part.select("pre")]
        assert "\n".join(recipe.options) in [text.strip("\n") for text in code]


@pytest.mark.parametrize("model", MODELS)
def test_notes_of_files_and_what_trained_them_are_told(model: str, real_site: Site) -> None:
    page = card(real_site, model)
    for variant in manifest(real_site, model).variants:
        notes = [artifact.note for artifact in variant.artifacts if artifact.note is not None]
        assert [note for note in notes if note not in words_of(page, "run-it")] == []
        for one in variant.training:
            stated = [one.schedule, one.epochs, "random weights" if one.from_scratch else one.style]
            said = words_of(page, "training")
            assert [text for text in stated if text is not None and str(text) not in said] == []
            links = {str(a["href"]) for part in section(page, "training") for a in part.select("a")}
            assert {url for url in (one.config, one.log) if url is not None} <= links


@pytest.mark.parametrize("model", MODELS)
def test_who_saw_the_bytes_is_said(model: str, real_site: Site) -> None:
    """The site of the tests was checked at level static, so no bytes were at hand."""
    said = words_of(card(real_site, model), "files")
    assert "bytes checked in the last run" not in said
    unopened = [
        artifact
        for variant in manifest(real_site, model).variants
        for artifact in variant.artifacts
        if artifact.sha256 is not None and artifact.tensors is None and artifact.parameters is None
        if artifact.id not in {case.artifact for case in variant.golden}
    ]
    assert said.count("pinned, never opened here") == len(unopened)


@pytest.mark.parametrize("model", MODELS)
def test_columns_nobody_filled_are_left_out(model: str, real_site: Site) -> None:
    artifacts = [one for variant in manifest(real_site, model).variants for one in variant.artifacts]
    shown = heads(card(real_site, model), "files")
    assert ("Parameters" in shown) == any(one.parameters is not None for one in artifacts)
    assert ("Multiply-accumulates" in shown) == any(one.macs is not None for one in artifacts)
    table = section(card(real_site, model), "at-a-glance")[0]
    for column in zip(*(row.select("td") for row in table.select("tbody tr:not(.zoo-section)")), strict=True):
        assert any("zoo-missing" not in (cell.get("class") or []) for cell in column)


def test_home_has_a_tile_for_every_board_and_a_line_for_every_model(real_site: Site) -> None:
    page = real_site.page("")
    boards = {
        real_site.registry.boards[one.board].value.title
        for entry in real_site.registry.models.values()
        for variant in entry.value.variants
        for one in variant.latencies
    }
    tiles = [tile.get_text() for tile in page.select(".zoo-tile__name")]
    assert set(tiles) == boards
    assert len(tiles) == len(boards)
    assert all(tile.select("[data-figure]") for tile in page.select(".zoo-tiles > li"))
    lines = {row.select("th")[0].get_text() for row in page.select("table tbody tr")}
    assert lines == {entry.value.title for entry in real_site.registry.models.values()}


def test_the_trust_page_counts_every_kind_and_every_model(real_site: Site) -> None:
    page = real_site.page("trust")
    by_mark, by_model = page.select("table.zoo-table")[:2]
    zoo = Zoo(real_site.registry, real_site.checked)
    total, *kinds = [int(td.get_text()) for td in by_mark.select("tbody tr")[0].select("td")]
    assert total == sum(kinds) == zoo.figure_count
    figures = {
        row.select("th")[0].get_text(): int(row.select("td")[0].get_text()) for row in by_model.select("tbody tr")
    }
    assert figures == {entry.value.title: len(zoo.figures(entry.id)) for entry in zoo.models}
    rows = [row for details in page.select("details") for row in details.select("tbody tr")]
    assert len(rows) == sum(len(entry.value.anomalies) for entry in zoo.models)


def test_models_changed_since_the_checks_are_named(tmp_path: Path) -> None:
    registry = load_registry(Path(shutil.copytree(EXAMPLE, tmp_path / "registry")))
    path = registry.models["example_detector"].path
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    zoo = Zoo(registry, Checked("zoo_tools 9.9", "run", Outcomes(), {"example_detector": digest}))
    assert zoo.checked_note == "Checked by zoo_tools 9.9 at level run."
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "Example Detector" in Zoo(registry, zoo.checked).checked_note
    assert "No report of checks" in Zoo(registry).checked_note
