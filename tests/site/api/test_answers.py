"""The API's answers: every figure is the manifest's, digit by digit, and every answer is as its schema says."""

import csv
import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.site.building import EXAMPLE, REAL, Site, check
from zoo_tools.domain.figures import figures_of
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.trust import marks_of
from zoo_tools.registry.load import load_registry
from zoo_tools.site.api import documents, files, model_files
from zoo_tools.site.api.rows import figure_rows
from zoo_tools.site.zoo import Zoo

Answer = dict[str, object]
REGISTRY = load_registry(REAL)
ZOO = Zoo(REGISTRY)
MODELS = sorted(REGISTRY.models)


@cache
def answers() -> dict[str, bytes]:
    return files(ZOO) | {place: text for entry in ZOO.models for place, text in model_files(ZOO, entry).items()}


def answer(place: str) -> Answer:
    found: Answer = json.loads(answers()[f"api/v1/{place}"])
    return found


def rows(of: Answer, name: str) -> list[Answer]:
    found = of[name]
    assert isinstance(found, list)
    return found


def validator(schema: str) -> Draft202012Validator:
    read = answer(schema)
    Draft202012Validator.check_schema(read)
    return Draft202012Validator(read)


def test_the_catalogue_is_as_its_schema_says() -> None:
    assert list(validator("catalogue.schema.json").iter_errors(answer("catalogue.json"))) == []


@pytest.mark.parametrize("model", MODELS)
def test_what_is_said_of_a_model_is_as_its_schema_says(model: str) -> None:
    assert list(validator("model.schema.json").iter_errors(answer(f"models/{model}.json"))) == []


def test_a_wrong_answer_is_seen_by_the_schemas() -> None:
    wrong = answer("catalogue.json")
    rows(wrong, "figures")[0]["value"] = 35.8
    rows(wrong, "files")[0]["marks"] = []
    assert len(list(validator("catalogue.schema.json").iter_errors(wrong))) == 2


@pytest.mark.parametrize("model", MODELS)
def test_reading_the_manifest_back_gives_the_very_same(model: str) -> None:
    assert Manifest.model_validate(answer(f"models/{model}.json")["manifest"]) == REGISTRY.models[model].value


@pytest.mark.parametrize("model", MODELS)
def test_the_yaml_is_the_file_itself(model: str) -> None:
    assert answers()[f"api/v1/models/{model}.yaml"] == (REAL / "models" / model / "manifest.yaml").read_bytes()


def test_every_figure_is_there_with_its_digits() -> None:
    stated = [
        (entry.id, figure.address, str(figure.value), figure.unit)
        for entry in ZOO.models
        for figure in figures_of(entry.value)
    ]
    catalogue = rows(answer("catalogue.json"), "figures")
    assert [(row["model"], row["address"], row["value"], row["unit"]) for row in catalogue] == stated
    table = list(csv.DictReader(io.StringIO(answers()["api/v1/catalogue.csv"].decode("utf-8"))))
    assert [(row["model"], row["address"], row["value"], row["unit"]) for row in table] == stated
    of_models = [row for entry in ZOO.models for row in rows(answer(f"models/{entry.id}.json"), "figures")]
    assert of_models == catalogue
    assert {"35.80", "NA", "0.0"} <= {value for _, _, value, _ in stated}


def test_numbers_say_what_the_digits_say_and_na_is_none() -> None:
    for row in rows(answer("catalogue.json"), "figures"):
        assert row["number"] == (None if row["value"] == "NA" else float(str(row["value"])))


def test_every_file_is_there() -> None:
    stated = [
        (entry.id, variant.id, artifact.id, artifact.sha256, artifact.size)
        for entry in ZOO.models
        for variant in entry.value.variants
        for artifact in variant.artifacts
    ]
    found = rows(answer("catalogue.json"), "files")
    assert [(r["model"], r["variant"], r["artifact"], r["sha256"], r["size"]) for r in found] == stated


def test_marks_are_those_of_the_pages(real_site: Site) -> None:
    catalogue: Answer = json.loads((real_site.folder / "api/v1/catalogue.json").read_bytes())
    assert catalogue["checked"] == {"tool": documents.TOOL, "level": "static"}
    assert real_site.checked is not None
    expected = {
        (model, address): [mark.value for mark in marks]
        for model, entry in real_site.registry.models.items()
        for address, marks in marks_of(entry.value, real_site.checked.outcomes).items()
    }
    found = {(row["model"], row["address"]): row["marks"] for row in rows(catalogue, "figures")}
    assert found == expected
    assert any("consistent" in marks for marks in expected.values())


def test_every_card_that_is_named_has_that_row(real_site: Site) -> None:
    catalogue: Answer = json.loads((real_site.folder / "api/v1/catalogue.json").read_bytes())
    ids: dict[str, set[str]] = {}
    for row in [*rows(catalogue, "files"), *rows(catalogue, "figures")]:
        page, _, fragment = str(row["card"]).partition("#")
        if page not in ids:
            built = real_site.page(page.removesuffix("/"))
            ids[page] = {str(one["id"]) for one in built.select("[id]")}
        assert not fragment or fragment in ids[page], row["card"]


def test_every_place_of_the_index_is_there(real_site: Site) -> None:
    index: Answer = json.loads((real_site.folder / "api/v1/index.json").read_bytes())

    def places(value: object) -> list[str]:
        if isinstance(value, dict):
            return [place for one in value.values() for place in places(one)]
        if isinstance(value, list):
            return [place for one in value for place in places(one)]
        return [value] if isinstance(value, str) and value.startswith(("api/", "models/")) else []

    named = places(index)
    assert len(named) > 5 * len(MODELS)
    for place in named:
        path = real_site.folder / place
        assert path.is_file() or (path / "index.html").is_file(), place
    written = {path.relative_to(real_site.folder).as_posix() for path in (real_site.folder / "api").rglob("*.*")}
    assert written == {place for place in named if place.startswith("api/")} | {"api/v1/index.json"}


def test_schemas_are_those_that_editors_use() -> None:
    for path in (REAL / "schema").glob("*.json"):
        assert answers()[f"api/v1/schema/{path.name}"] == path.read_bytes()


def test_what_figures_refer_to_is_there() -> None:
    references = answer("references.json")
    catalogue = rows(answer("catalogue.json"), "figures")
    for key, kind in (("board", "boards"), ("target", "series"), ("protocol", "protocols")):
        known = references[kind]
        assert isinstance(known, dict)
        assert {row[key] for row in catalogue} - {None} <= known.keys()


@pytest.mark.parametrize("begin", ["=1+1", "@SUM(A1)", "+1", "-1", "\t=1"])
def test_no_cell_of_a_table_is_a_formula(begin: str) -> None:
    row = figure_rows(ZOO, REGISTRY.models[MODELS[0]])[0].model_copy(update={"corrected_from": [begin]})
    (cells,) = list(csv.DictReader(io.StringIO(documents.csv_text([documents.csv_row(row)]))))
    assert cells["corrected_from"] == f"'{begin}"


def test_a_stale_report_is_not_spoken_of(tmp_path: Path) -> None:
    checked = check(EXAMPLE, tmp_path / "report.json", "--level", "static")
    registry = load_registry(EXAMPLE)
    (entry,) = registry.models.values()
    for manifests, is_spoken_of in ((checked.manifests, True), ({entry.id: "0" * 64}, False)):
        said = model_files(Zoo(registry, replace(checked, manifests=manifests)), entry)
        assert (json.loads(said[f"api/v1/models/{entry.id}.json"])["checked"] is not None) == is_spoken_of
