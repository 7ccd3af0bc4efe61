"""Every number on the built pages is the manifest's, and every number of the manifest is on its card."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from ruamel.yaml import YAML

from tests.site.building import Site, build, check
from tests.site.cards import CARDS, MODELS, card, figures_on, manifest, section, shown, variant_of
from zoo_tools.domain.address import resolve, value_at
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.figures import figures_of
from zoo_tools.domain.manifest import Accuracy, Artifact, Variant
from zoo_tools.domain.trust import marks_of

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


of_every_card = pytest.mark.parametrize(("model", "variant"), CARDS)


def variants(model: str) -> list[str]:
    return [variant for other, variant in CARDS if other == model]


def test_every_figure_on_every_page_is_the_manifests(real_site: Site) -> None:
    """Read back from the HTML by address, digit for digit; pages of all models say whose figure it is."""
    seen = set()
    for name in real_site.pages:
        for model, address, element in figures_on(real_site, name):
            stated = manifest(real_site, model)
            assert element.get_text() == str(value_at(stated, resolve(stated, address)))
            seen.add((model, address))
    assert seen == {(model, f.address) for model in MODELS for f in figures_of(manifest(real_site, model))}


@of_every_card
def test_every_figure_of_a_variant_is_on_its_card(model: str, variant: str, real_site: Site) -> None:
    stated = [one for one in figures_of(manifest(real_site, model)) if one.variant.id == variant]
    assert {address for address, _ in shown(real_site, model, variant)} == {figure.address for figure in stated}


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
    every = [one for variant in variants(model) for one in shown(real_site, model, variant)]
    on_card = [
        (figures[address].group.line, figures[address].quantity, text)
        for address, text in dict.fromkeys((address, element.get_text()) for address, element in every)
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


@of_every_card
def test_a_quoted_correction_stands_struck_beside_the_value_used(model: str, variant: str, real_site: Site) -> None:
    found = shown(real_site, model, variant)
    for correction in manifest(real_site, model).corrections:
        values = [element for address, element in found if address == correction.at]
        assert bool(values) == (f"variants[{variant}]" in correction.at)
        assert {value.get_text() for value in values} <= {str(correction.value)}
        # An AP stands at a glance too, with a sign; what was published is struck where its source stands.
        struck = [one.get_text() for value in values if (cell := value.find_parent("td")) for one in cell.select("del")]
        assert struck == [f"published as {correction.published}"] * bool(values)


def _names(marks: Iterable[Tag]) -> set[str]:
    return {name.removeprefix("zoo-mark--") for mark in marks for name in mark["class"] if "--" in name}


def _marks_of(value: Tag) -> set[str]:
    """Return the marks a reader sees of a figure: beside it, at the end of its row, over its section or table."""
    cell, row, table = (value.find_parent(name) for name in ("td", "tr", "table"))
    assert isinstance(cell, Tag)
    assert isinstance(row, Tag)
    assert isinstance(table, Tag)
    one = value.find_parent(class_="zoo-one")
    beside = [mark for mark in cell.select(".zoo-mark") if mark.find_parent(class_="zoo-one") in (None, one)]
    body = row.find_parent("tbody")
    over = body.select(".zoo-section .zoo-mark") if isinstance(body, Tag) else []
    last = row.select("td:last-child")
    ended = [] if last and last[0].select("[data-figure]") else row.select("td:last-child .zoo-mark")
    return _names([*beside, *ended, *over, *table.select("caption .zoo-mark")])


def _in_rows(site: Site, model: str, variant: str) -> list[tuple[str, Tag]]:
    """Return every figure wherever it stands with its source: neither at a glance nor in the verdicts on boards."""
    page = card(site, model, variant)
    places = [part for id_ in ("speed", "memory", "accuracy", "network", "training") for part in section(page, id_)]
    return [one for one in shown(site, model, variant) if any(part in one[1].parents for part in places)]


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
    for model, variant in CARDS:
        expected = marks_of(manifest(site, model), site.checked.outcomes)
        values = _in_rows(site, model, variant)
        stated = {one.address for one in figures_of(manifest(site, model)) if one.variant.id == variant}
        assert {address for address, _ in values} == stated
        for address, value in values:
            assert _marks_of(value) == set(expected[address]), (model, address)
        bearing |= {mark for found in expected.values() for mark in found}
    assert ("proven-by-file" in bearing) == (level == "run")


@of_every_card
def test_counts_and_digests_of_the_files_are_the_manifests(model: str, variant: str, real_site: Site) -> None:
    text = card(real_site, model, variant).get_text()
    for artifact in variant_of(real_site, model, variant).artifacts:
        stated = [artifact.parameters, artifact.macs, artifact.size, artifact.sha256]
        known = [artifact.digests]
        if artifact.archive is not None:
            stated += [artifact.archive.member, artifact.archive.sha256, artifact.archive.size]
            known.append(artifact.archive.digests)
        stated += [value for digests in known if digests is not None for value in digests.model_dump().values()]
        assert [one for one in stated if one is not None and str(one) not in text] == []


@of_every_card
def test_recorded_detections_are_on_the_card(model: str, variant: str, real_site: Site) -> None:
    folder = real_site.registry.models[model].path.parent
    tables = [
        t for t in card(real_site, model, variant).select("table") if "Class, score, then the box" in t.get_text()
    ]
    cases = variant_of(real_site, model, variant).golden
    assert len(tables) == bool(cases)
    for table in tables:
        artifacts = [th.get_text() for th in table.select("thead th")][1:]
        titles = {real_site.registry.images[case.image].value.title: case.image for case in cases}
        cells = {
            (
                artifact,
                next(titles[title] for title in titles if row.select("th")[0].get_text().startswith(title)),
            ): cell
            for row in table.select("tbody tr")
            for artifact, cell in zip(artifacts, row.select("td"), strict=True)
        }
        for case in cases:
            detections = json.loads((folder / case.file).read_text(encoding="utf-8"))["detections"]
            recorded = [
                f"{one['label']} {one['score']:.3f} ({', '.join(f'{corner:.0f}' for corner in one['box'])})"
                for one in detections
                if one["score"] >= 0.5
            ]
            assert [li.get_text() for li in cells[case.artifact, case.image].select("li")] == recorded
        asked = {(case.artifact, case.image) for case in cases}
        assert {key for key, cell in cells.items() if cell.get_text() != "\N{EN DASH}"} == asked


@of_every_card
def test_differences_of_accuracy_are_right(model: str, variant: str, real_site: Site) -> None:
    """Each difference is that of the two numbers in its row, with a real minus, and every pair has one."""
    stated = variant_of(real_site, model, variant)
    values = {f.address: f.value for f in figures_of(manifest(real_site, model)) if f.quantity == "ap"}
    found = shown(real_site, model, variant)
    pairs = 0
    for table in card(real_site, model, variant).select("table"):
        if "average precision" not in str(table.caption):
            continue
        heads = [th.get_text() for th in table.select("thead th")]
        for row in table.select("tbody tr:not(.zoo-section)") if "Difference points" in heads else []:
            aps = [values[address] for address, element in found if row in element.parents]
            cell = row.select("td")[heads.index("Difference points") - 1]
            difference = cell.get_text().replace("\u2212", "-")
            expected = Decimal(aps[0]) - Decimal(aps[1]) if len(aps) == 2 else None
            assert difference == ("\u2013" if expected is None else f"{expected:+}" if expected else f"{expected}")
            pairs += expected is not None
    halves = [
        one
        for one in stated.accuracy
        for artifact in stated.artifacts
        if artifact.id == one.artifact and artifact.precision.weights == "int8" and _has_float(stated, one, artifact)
    ]
    assert pairs == len(halves)


def _has_float(variant: Variant, one: Accuracy, artifact: Artifact) -> bool:
    floats = {a.id for a in variant.artifacts if a.release == artifact.release and a.precision.weights == "float32"}
    return any(other.protocol == one.protocol and other.artifact in floats for other in variant.accuracy)
