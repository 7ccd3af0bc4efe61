"""Cards of every kind of variant: what is known is there under its proper name, what is not has no empty section."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.site.building import EXAMPLE, Site
from tests.site.cards import CARDS, MODELS, card, family, heads, manifest, section, shown, variant_of, words_of
from zoo_tools.domain.budget import FIT_NAMES, judge
from zoo_tools.domain.decoding import PriorBoxCentreVariance
from zoo_tools.domain.trust import Outcomes
from zoo_tools.registry.load import load_registry
from zoo_tools.site.checked import Checked
from zoo_tools.site.pages.card import card_source, files, pages
from zoo_tools.site.words import file_format
from zoo_tools.site.zoo import Zoo

SECTIONS = {
    "speed": "latencies",
    "memory": "footprints",
    "accuracy": "accuracy",
    "network": "complexity",
    "training": "training",
}
ORDER = [
    "at-a-glance",
    "fits",
    "run-it",
    "reference",
    "input-and-output",
    "speed",
    "memory",
    "accuracy",
    "network",
    "training",
    "evidence",
    "files",
    "licences",
    "anomalies",
    "cite",
]
of_every_card = pytest.mark.parametrize(("model", "variant"), CARDS)


def contracts_of(site: Site, model: str, variant: str) -> list[str]:
    stated = variant_of(site, model, variant)
    used = {artifact.contract or stated.contract for artifact in stated.artifacts}
    return [id_ for id_ in manifest(site, model).contracts if id_ in used]


@of_every_card
def test_a_section_is_there_where_there_is_something_to_say(model: str, variant: str, real_site: Site) -> None:
    page = card(real_site, model, variant)
    for id_, key in SECTIONS.items():
        stated = bool(getattr(variant_of(real_site, model, variant), key))
        assert bool(section(page, id_)) == stated, id_
        assert bool(page.select(f'h2[id="{id_}"]')) == stated, id_


@of_every_card
def test_sections_stand_in_the_order_of_a_decision(model: str, variant: str, real_site: Site) -> None:
    found = [str(h2["id"]) for h2 in card(real_site, model, variant).select("article h2")]
    assert found == [id_ for id_ in ORDER if id_ in found]
    assert {"at-a-glance", "fits", "run-it", "input-and-output", "evidence", "files", "licences", "cite"} <= set(found)


@of_every_card
def test_every_file_is_named_with_its_format(model: str, variant: str, real_site: Site) -> None:
    said = words_of(card(real_site, model, variant), "files")
    for artifact in variant_of(real_site, model, variant).artifacts:
        assert file_format(artifact) != artifact.format
        assert file_format(artifact) in said
        assert artifact.release in said
        assert artifact.filename in card(real_site, model, variant).get_text()
        assert artifact.note is None or artifact.note in said


@of_every_card
def test_what_can_be_fetched_has_its_command_and_its_digest(model: str, variant: str, real_site: Site) -> None:
    page = card(real_site, model, variant)
    commands = [pre.get_text().strip() for part in section(page, "run-it") for pre in part.select("pre")]
    pinned = [one for one in variant_of(real_site, model, variant).artifacts if one.sha256 is not None]
    fetched = [line.removeprefix("zoo_tools fetch ") for line in commands if line.startswith("zoo_tools fetch ")]
    assert len(fetched) == (1 if pinned else 0)
    for name in fetched:
        chosen = next(one for one in pinned if name == f"{model}/{variant}/{one.id}")
        assert str(chosen.sha256) in words_of(page, "run-it")
        others = [one.id for one in pinned if one is not chosen]
        assert [id_ for id_ in others if id_ not in words_of(page, "run-it")] == []
    for one in pinned:
        assert str(one.sha256) in page.get_text()


@of_every_card
def test_the_fastest_run_is_at_a_glance_where_anything_was_timed(model: str, variant: str, real_site: Site) -> None:
    stated = variant_of(real_site, model, variant)
    glance = section(card(real_site, model, variant), "at-a-glance")[0]
    found = [address for address, element in shown(real_site, model, variant) if glance in element.parents]
    timed = [address for address in found if ".latencies[" in address]
    assert len(timed) == bool(stated.latencies)
    for address in timed:
        artifact = address.partition(".latencies[")[2].partition(",")[0]
        every = [one for one in stated.latencies if one.artifact == artifact]
        chosen = next(one for one in every if one.board in address and one.engine in address)
        devices = [one for one in every if real_site.registry.boards[one.board].value.series not in ("host",)]
        if chosen.ms is not None:
            assert chosen.ms == min(one.ms for one in devices or every if one.ms is not None)


@of_every_card
def test_every_board_has_a_verdict_by_the_one_rule(model: str, variant: str, real_site: Site) -> None:
    page = card(real_site, model, variant)
    said = words_of(page, "fits")
    rows = {row.select("th a")[0].get_text(): row for part in section(page, "fits") for row in part.select("tbody tr")}
    for entry in real_site.registry.boards.values():
        board = entry.value
        assert board.title in said
        stated = [one for one in variant_of(real_site, model, variant).footprints if one.target == board.series]
        assert (board.title in rows) == bool(stated)
        if stated:
            text = rows[board.title].get_text(" ")
            file = text.partition("file ")[2].split()[0]
            verdict = judge(next(one for one in stated if one.artifact == file), board)
            assert FIT_NAMES[verdict.fit] in text
            links = {str(a["href"]) for a in rows[board.title].select("a")}
            assert {*verdict.ram.sources, *verdict.flash.sources} <= links


@of_every_card
def test_where_no_file_was_opened_the_contract_is_said_to_be_described(
    model: str, variant: str, real_site: Site
) -> None:
    stated = variant_of(real_site, model, variant)
    said = words_of(card(real_site, model, variant), "input-and-output")
    for id_ in contracts_of(real_site, model, variant):
        opened = [
            one
            for one in stated.artifacts
            if one.tensors is not None and one.sha256 is not None and (one.contract or stated.contract) == id_
        ]
        documented = manifest(real_site, model).contracts[id_].documented
        if documented is None:
            assert ("Described, not observed." in said) == (not opened)
        elif opened:
            assert f"Observed in the file {opened[0].id}" in said or f", {opened[0].id}" in said
        else:
            assert "No file was opened here for" in said


@of_every_card
def test_what_documents_say_stands_beside_what_files_do(model: str, variant: str, real_site: Site) -> None:
    said = words_of(card(real_site, model, variant), "input-and-output")
    for id_ in contracts_of(real_site, model, variant):
        documented = manifest(real_site, model).contracts[id_].documented
        if documented is not None:
            texts = [documented.input, documented.output, documented.differs]
            assert [text for text in texts if text is not None and " ".join(text.split()) not in said] == []


@of_every_card
def test_every_contract_is_told_and_no_step_twice(model: str, variant: str, real_site: Site) -> None:
    contracts = {id_: manifest(real_site, model).contracts[id_] for id_ in contracts_of(real_site, model, variant)}
    parts = section(card(real_site, model, variant), "input-and-output")
    lists = [one for part in parts for one in (part.select("ol.zoo-steps") or ([part] if part.name == "ol" else []))]
    assert len(lists) == len({(one.decode.type, one.select.nms) for one in contracts.values()})
    for one in lists:
        texts = [li.get_text() for li in one.select("li") if not li.select("li, details")]
        assert len(set(texts)) == len(texts)
    said = words_of(card(real_site, model, variant), "input-and-output")
    if len(contracts) > 1:
        assert [id_ for id_ in contracts if f"Contract {id_} : of " not in said] == []
        assert "of no file" not in said


@of_every_card
def test_tensors_are_listed_by_name_shape_and_type(model: str, variant: str, real_site: Site) -> None:
    said = words_of(card(real_site, model, variant), "input-and-output")
    for artifact in variant_of(real_site, model, variant).artifacts:
        for spec in [*artifact.tensors.inputs, *artifact.tensors.outputs] if artifact.tensors is not None else []:
            shape = f"({', '.join(map(str, spec.shape))})"
            assert f"{spec.slot} {spec.name} {spec.dtype} {shape}" in said
            if spec.quantisation is not None:
                assert f"scale {spec.quantisation.scale}, zero point {spec.quantisation.zero_point}" in said


@of_every_card
def test_classes_are_told_in_the_order_of_their_ids(model: str, variant: str, real_site: Site) -> None:
    names = real_site.registry.labels[variant_of(real_site, model, variant).labels].value.names
    said = words_of(card(real_site, model, variant), "input-and-output")
    assert ", ".join(f"{i} {name}" for i, name in enumerate(names)) in said


@of_every_card
def test_prior_boxes_are_folded_and_whole(model: str, variant: str, real_site: Site) -> None:
    specs = [manifest(real_site, model).contracts[id_].decode for id_ in contracts_of(real_site, model, variant)]
    every = [spec.priors for spec in specs if isinstance(spec, PriorBoxCentreVariance)]
    # What two contracts have in common is told once.
    priors = [one for i, one in enumerate(every) if one not in every[:i]]
    folded = card(real_site, model, variant).select("details.zoo-priors")
    assert [not one.has_attr("open") for one in folded] == [True] * len(priors)
    for one, details in zip(priors, folded, strict=True):
        assert f"{one.count} prior boxes in {len(one.levels)} levels" in details.get_text()
        counts = [int(row.select("td")[-1].get_text()) for row in details.select("tbody tr")]
        assert counts == [level.count for level in one.levels]
        assert sum(counts) == one.count


def test_a_recipe_is_told_with_all_its_options(real_site: Site) -> None:
    recipes = [
        (model, variant, artifact.converted_from)
        for model, variant in CARDS
        for artifact in variant_of(real_site, model, variant).artifacts
        if artifact.converted_from is not None
    ]
    assert recipes
    for model, variant, recipe in recipes:
        parts = section(card(real_site, model, variant), "files")
        code = [pre.get_text().strip("\n") for part in parts for pre in part.select("pre")]
        assert "\n".join(recipe.options) in code


@of_every_card
def test_what_trained_a_file_is_told(model: str, variant: str, real_site: Site) -> None:
    page = card(real_site, model, variant)
    for one in variant_of(real_site, model, variant).training:
        stated = [one.schedule, one.epochs, "random weights" if one.from_scratch else one.style]
        said = words_of(page, "training")
        assert [text for text in stated if text is not None and str(text) not in said] == []
        links = {str(a["href"]) for part in section(page, "training") for a in part.select("a[href]")}
        assert {url for url in (one.config, one.log) if url is not None} <= links


@of_every_card
def test_who_saw_the_bytes_is_said(model: str, variant: str, real_site: Site) -> None:
    """The site of the tests was checked at level static, so no bytes were at hand."""
    stated = variant_of(real_site, model, variant)
    said = words_of(card(real_site, model, variant), "files")
    assert "bytes checked in the last run" not in said
    unopened = [
        artifact
        for artifact in stated.artifacts
        if artifact.sha256 is not None and artifact.tensors is None and artifact.parameters is None
        if artifact.id not in {case.artifact for case in stated.golden}
    ]
    assert said.count("pinned, never opened here") == len(unopened)


@of_every_card
def test_columns_nobody_filled_are_left_out(model: str, variant: str, real_site: Site) -> None:
    artifacts = variant_of(real_site, model, variant).artifacts
    names = heads(card(real_site, model, variant), "files")
    assert ("Parameters" in names) == any(one.parameters is not None for one in artifacts)
    assert ("Multiply-accumulates" in names) == any(one.macs is not None for one in artifacts)
    for id_ in ("speed", "memory", "accuracy", "network", "training"):
        for table in (
            table for part in section(card(real_site, model, variant), id_) for table in part.select("table")
        ):
            rows = [row.select("td") for row in table.select("tbody tr:not(.zoo-section)")]
            for column in zip(*rows, strict=True):
                assert any(cell.get_text() != "\N{EN DASH}" for cell in column)


@of_every_card
def test_anomalies_stand_in_full_on_the_card_or_on_the_page_of_the_family(
    model: str, variant: str, real_site: Site
) -> None:
    stated = manifest(real_site, model)
    here, there = card(real_site, model, variant), family(real_site, model)
    for one in stated.anomalies:
        places = [page for page in (here, there) if page.find(id=f"anomaly.{one.id}") is not None]
        is_mine = any(f"variants[{variant}]" in at for at in one.at)
        assert len(places) == 1 or not is_mine
        if is_mine and one.verdict in ("contradicted", "disputed"):
            assert places == [here]
        for page in places:
            said = " ".join(page.find(id=f"anomaly.{one.id}").get_text().split())  # type: ignore[union-attr]  # found above
            texts = [one.published, one.reason, *([one.instead] if one.instead is not None else [])]
            assert [text for text in texts if " ".join(text.split()) not in said] == []


def test_every_anomaly_of_the_registry_is_told_somewhere(real_site: Site) -> None:
    for model in MODELS:
        every = [family(real_site, model), *(card(real_site, *one) for one in CARDS if one[0] == model)]
        for one in manifest(real_site, model).anomalies:
            assert any(page.find(id=f"anomaly.{one.id}") is not None for page in every), (model, one.id)


@of_every_card
def test_the_picture_is_shown_where_the_registry_holds_it(model: str, variant: str, real_site: Site) -> None:
    cases = variant_of(real_site, model, variant).golden
    held = [case for case in cases if real_site.registry.images[case.image].value.path is not None]
    pictures = card(real_site, model, variant).select(".zoo-picture img")
    assert len(pictures) == bool(held)
    said = words_of(card(real_site, model, variant), "reference")
    assert ("The pictures are not shown" in said) == bool(cases and not held)
    for picture in pictures:
        name = str(picture["src"]).rpartition("/")[2]
        case = next(one for one in held if name == f"{one.artifact}-{one.image}.png")
        recorded = json.loads((real_site.registry.models[model].path.parent / case.file).read_text(encoding="utf-8"))
        alt = str(picture["alt"])
        assert real_site.registry.images[case.image].value.shows in alt
        high = [one for one in recorded["detections"] if one["score"] >= 0.5]
        assert re.findall(r"(\w[\w ]*) (\d\.\d\d)", alt.partition("detects: ")[2]) == [
            (one["label"], f"{one['score']:.2f}") for one in high
        ]
        path = real_site.folder / "models" / model / variant / name
        assert path.read_bytes().startswith(b"\x89PNG")


def test_pictures_are_the_same_bytes_every_time(real_site: Site) -> None:
    zoo = Zoo(real_site.registry)
    drawn = files(zoo)
    assert drawn
    assert files(zoo) == drawn


def test_the_page_of_a_family_has_a_row_for_every_variant_and_links_to_its_card(real_site: Site) -> None:
    for model in MODELS:
        table = section(family(real_site, model), "variants")[0]
        links = {str(a["href"]).rstrip("/") for a in table.select("tbody th a")}
        assert links == {variant.id for variant in manifest(real_site, model).variants}


def test_a_variant_called_index_has_a_place_of_its_own(tmp_path: Path) -> None:
    assert card_source("m", "index") != card_source("m")
    registry = Path(shutil.copytree(EXAMPLE, tmp_path / "registry"))
    path = registry / "models" / "example_detector" / "manifest.yaml"
    loaded = load_registry(registry).models["example_detector"].value
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(rf"\b{loaded.variants[0].id}\b", "index", text), encoding="utf-8")
    sources = [source for source, _ in pages(Zoo(load_registry(registry)))]
    assert "models/example_detector/_index.md" in sources
    assert len(set(sources)) == len(sources)


def test_models_changed_since_the_checks_are_named(tmp_path: Path) -> None:
    registry = load_registry(Path(shutil.copytree(EXAMPLE, tmp_path / "registry")))
    path = registry.models["example_detector"].path
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    zoo = Zoo(registry, Checked("zoo_tools 9.9", "run", Outcomes(), {"example_detector": digest}))
    assert zoo.checked_note == "Checked by zoo_tools 9.9 at level run."
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "Example Detector" in Zoo(registry, zoo.checked).checked_note
    assert "No report of checks" in Zoo(registry).checked_note


def test_a_citation_is_bibtex_with_the_digest(real_site: Site) -> None:
    page: BeautifulSoup = card(real_site, "example_shapes_ssd", "shapes_96")
    cited = next(pre.get_text() for part in section(page, "cite") for pre in ([part] if part.name == "pre" else []))
    assert cited.strip().startswith("@misc{example_shapes_ssd-shapes_96,")
    assert "sha256 c27bd4abe0c0f17c4eec1a51d599ed8c6b25092af6b1bef15111a59dad36a424" in cited
    assert cited.count("{") == cited.count("}")
