"""Every number on the built pages is the manifest's, and every number of the manifest is on its card."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from ruamel.yaml import YAML

from tests.site.building import REAL, Site, build, check
from zoo_tools.domain.address import resolve, value_at
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.figures import Figure, figures_of
from zoo_tools.domain.manifest import Accuracy, Artifact, Manifest, Variant
from zoo_tools.domain.trust import marks_of
from zoo_tools.registry.load import load_registry

MODELS = sorted(load_registry(REAL).models)
QUANTITIES = {
    "internal_ram": "ram.internal",
    "external_ram": "ram.external",
    "weights_flash": "flash.weights",
    "activation_ram": "ram.activation",
    "runtime_ram": "ram.runtime",
    "code_flash": "flash.code",
    "total_ram": "ram.total",
    "total_flash": "flash.total",
    "latency": "ms",
    "throughput": "per_second",
    "npu_share": "share.npu",
    "gpu_share": "share.gpu",
    "cpu_share": "share.cpu",
    "ap": "ap",
    "ap50": "ap",
    "coco_precision": "ap",
    "box_ap": "ap",
    "fps": "per_second",
    "train_mem": "memory_gb",
    "gflops": "gflops",
    "mparams": "mparams",
}
PUBLISHED = [model for model in MODELS if model in {
    "mmdet_ssd", "ssd_mobilenet_v2_fpnlite", "ssd_mobilenetv2_pt", "ssdlite_mobilenet_v2", "st_ssd_mobilenet_v1",
}]  # fmt: skip


def manifest(site: Site, model: str) -> Manifest:
    return site.registry.models[model].value


def card(site: Site, model: str) -> BeautifulSoup:
    return site.pages[f"models/{model}/index.html"]


def shown(page: BeautifulSoup) -> list[tuple[str, str]]:
    """Return address and text of every figure on a page."""
    return [(str(element["data-figure"]), element.get_text()) for element in page.select("[data-figure]")]


def test_every_figure_on_every_page_is_the_manifests(real_site: Site) -> None:
    """Read back from the HTML by address, digit for digit; pages of all models say whose figure it is."""
    seen = set()
    for name, page in real_site.pages.items():
        for element in page.select("[data-figure]"):
            model, address = str(element.get("data-model") or name.split("/")[1]), str(element["data-figure"])
            stated = manifest(real_site, model)
            assert element.get_text() == str(value_at(stated, resolve(stated, address)))
            seen.add((model, address))
    assert seen == {(model, f.address) for model in MODELS for f in figures_of(manifest(real_site, model))}


@pytest.mark.parametrize("model", MODELS)
def test_every_figure_of_a_manifest_is_on_its_card(model: str, real_site: Site) -> None:
    on_card = {address for address, _ in shown(card(real_site, model))}
    assert on_card == {figure.address for figure in figures_of(manifest(real_site, model))}


def _printed(facts: dict[str, Any]) -> Iterator[tuple[int, str, str]]:
    """Yield line, quantity and text of every measured cell of a document, as it was parsed for the tests."""
    meanings = facts.get("column_meanings", {})
    for table in facts.get("tables", []):
        for row in table["rows"]:
            for key, cell in row["cells"].items():
                if meanings[key]["kind"] == "measure":
                    yield row["line"], QUANTITIES[key], cell.get("text_value", cell["raw"].strip())
    for figure in facts.get("figures", []):
        if figure["name"] in QUANTITIES:
            yield figure["line"], QUANTITIES[figure["name"]], figure["text_value"]


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_published_document_is_there_whole(model: str, real_site: Site, shared: Path) -> None:
    """Every measured value and NA of the published tables, parsed independently, each under its own name."""
    facts: Any = YAML(typ="safe", pure=True).load((shared / "facts" / f"{model}.yaml").read_text(encoding="utf-8"))
    stated = manifest(real_site, model)
    document = next(
        id_
        for id_, one in stated.evidence.items()
        if isinstance(one, Published) and one.document_sha256 == facts["seed_sha256"]
    )
    figures = {figure.address: figure for figure in figures_of(stated)}
    on_card = [
        (figures[address].group.line, figures[address].quantity, text)
        for address, text in dict.fromkeys(shown(card(real_site, model)))
        if figures[address].group.evidence == document
    ]
    wanted = Counter(_printed(facts))
    assert wanted
    # A cell that was corrected is there with the value used; the cell itself stands struck beside it.
    for correction in stated.corrections:
        if correction.evidence == document:
            quantity = correction.at.rpartition("].")[2]
            on_card.remove((correction.line, quantity, str(correction.value)))
            wanted -= Counter([one for one in wanted if one[:2] == (correction.line, quantity)])
    assert Counter(on_card) == wanted


@pytest.mark.parametrize("model", MODELS)
def test_a_quoted_correction_stands_struck_beside_the_value_used(model: str, real_site: Site) -> None:
    page = card(real_site, model)
    for correction in manifest(real_site, model).corrections:
        values = page.select(f'td [data-figure="{correction.at}"]')
        assert {value.get_text() for value in values} == {str(correction.value)}
        # An AP stands at a glance too, with a sign; what was published is struck where its source stands.
        struck = [one.get_text() for value in values if (cell := value.find_parent("td")) for one in cell.select("del")]
        assert struck == [f"published as {correction.published}"]


def _marks_in(page: BeautifulSoup, figure: Figure) -> set[str]:
    """Return the marks a reader sees of a figure: in its cell, and at the end of its row."""
    value = next(
        v for v in page.select(f'[data-figure="{figure.address}"]') if v.find_parent("tr", id=True) or _is_ap(v)
    )
    cell, row = value.find_parent("td"), value.find_parent("tr")
    assert isinstance(cell, Tag)
    assert isinstance(row, Tag)
    found = [*cell.select(".zoo-mark"), *row.select("td:last-child .zoo-mark")]
    return {name.removeprefix("zoo-mark--") for mark in found for name in mark["class"] if "--" in name}


def _is_ap(value: Tag) -> bool:
    table = value.find_parent("table")
    return table is not None and "average precision" in str(table.caption)


@pytest.mark.parametrize("level", ["static", "run"])
def test_every_figure_is_shown_with_its_marks(
    level: str, real_site: Site, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    site = real_site
    if level == "run":
        mirror = request.getfixturevalue("mirror")
        report, options = tmp_path / "report.json", ["--offline", "--allow-unavailable"]
        checked = check(real_site.registry.root, report, "--mirror", str(mirror), *options)
        site = build(real_site.registry.root, tmp_path, checked)
    assert site.checked is not None
    bearing = set()
    for model in MODELS:
        expected = marks_of(manifest(site, model), site.checked.outcomes)
        for figure in figures_of(manifest(site, model)):
            assert _marks_in(card(site, model), figure) == set(expected[figure.address]), (model, figure.address)
        bearing |= {mark for found in expected.values() for mark in found}
    assert ("proven-by-file" in bearing) == (level == "run")


@pytest.mark.parametrize("model", MODELS)
def test_counts_and_digests_of_the_files_are_the_manifests(model: str, real_site: Site) -> None:
    text = card(real_site, model).get_text()
    for variant in manifest(real_site, model).variants:
        for artifact in variant.artifacts:
            stated = [artifact.parameters, artifact.macs, artifact.size, artifact.sha256]
            known = [artifact.digests]
            if artifact.archive is not None:
                stated += [artifact.archive.member, artifact.archive.sha256, artifact.archive.size]
                known.append(artifact.archive.digests)
            stated += [value for digests in known if digests is not None for value in digests.model_dump().values()]
            assert [one for one in stated if one is not None and str(one) not in text] == []


@pytest.mark.parametrize("model", MODELS)
def test_recorded_detections_are_on_the_card(model: str, real_site: Site) -> None:
    folder = real_site.registry.models[model].path.parent
    tables = [t for t in card(real_site, model).select("table") if "What it must detect" in t.get_text()]
    lines = [li.get_text() for table in tables for li in table.select("li")]
    shown_scores = [score for line in lines for score in re.findall(r" (\d\.\d{3}) \(", line)]
    assert len(shown_scores) == len(lines)
    recorded, cases = [], 0
    for variant in manifest(real_site, model).variants:
        for case in variant.golden:
            detections = json.loads((folder / case.file).read_text(encoding="utf-8"))["detections"]
            recorded += [f"{one['score']:.3f}" for one in detections if one["score"] >= 0.5]
            cases += 1
    assert shown_scores == recorded
    assert bool(tables) == bool(cases)


@pytest.mark.parametrize("model", MODELS)
def test_differences_of_accuracy_are_right(model: str, real_site: Site) -> None:
    """Each difference is that of the two numbers in its row, with a real minus, and every pair has one."""
    stated = manifest(real_site, model)
    values = {figure.address: figure.value for figure in figures_of(stated) if figure.quantity == "ap"}
    pairs = 0
    for table in card(real_site, model).select("table"):
        if "average precision" not in str(table.caption):
            continue
        for row in table.select("tbody tr:not(.zoo-section)"):
            cells = row.select("td.zoo-num")
            found = [values[str(one["data-figure"])] for one in row.select("[data-figure]")]
            if len(cells) == 3:
                difference = cells[2].get_text().replace("\u2212", "-")
                expected = Decimal(found[0]) - Decimal(found[1]) if len(found) == 2 else None
                assert difference == ("\u2013" if expected is None else f"{expected:+}" if expected else f"{expected}")
                pairs += expected is not None
    halves = [
        (variant.id, one.protocol)
        for variant in stated.variants
        for one in variant.accuracy
        for artifact in variant.artifacts
        if artifact.id == one.artifact and artifact.precision.weights == "int8" and _has_float(variant, one, artifact)
    ]
    assert pairs == len(halves)


def _has_float(variant: Variant, one: Accuracy, artifact: Artifact) -> bool:
    floats = {a.id for a in variant.artifacts if a.release == artifact.release and a.precision.weights == "float32"}
    return any(other.protocol == one.protocol and other.artifact in floats for other in variant.accuracy)
