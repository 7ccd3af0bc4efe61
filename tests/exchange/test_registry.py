"""The registry's first model says what its cards say: all of it, once, in the right place, and nothing else."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from tests.exchange.facts import MEASURES, Sheet
from tests.exchange.settings import CARD_V3, MODEL
from zoo_tools.domain.address import resolve
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.figures import Figure, figures_of
from zoo_tools.domain.manifest import Footprint, Latency, Manifest
from zoo_tools.exchange.draft import draft
from zoo_tools.exchange.st_readme import read_card
from zoo_tools.exchange.transcript import transcript
from zoo_tools.registry.load import Registry, load_registry
from zoo_tools.registry.source import parse_source, plain
from zoo_tools.registry.transcript import read_transcript

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
FOLDER = REGISTRY / "models" / "st_ssd_mobilenet_v1"
V3 = "card-v3"
V2 = "card-v2.0.1"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(REGISTRY)


@pytest.fixture(scope="module")
def manifest(registry: Registry) -> Manifest:
    return registry.models["st_ssd_mobilenet_v1"].value


def figures(manifest: Manifest, evidence: str) -> list[Figure]:
    return [figure for figure in figures_of(manifest) if figure.group.evidence == evidence]


def test_every_file_of_the_registry_is_read_without_a_complaint(registry: Registry) -> None:
    assert [finding for result in registry.files for finding in result.findings] == []


def test_it_holds_61_values_and_12_na_of_the_card_and_no_others(manifest: Manifest, v1_sheet: Sheet) -> None:
    said = {place: cell for place, cell in v1_sheet.cells().items() if place[1] in MEASURES}
    assert sum(cell.raw != "NA" for cell in said.values()) == 61
    assert sum(cell.raw == "NA" for cell in said.values()) == 12
    held = Counter((figure.group.line, figure.quantity) for figure in figures(manifest, V3))
    assert held == Counter(dict.fromkeys(said, 1))


def test_each_value_has_the_digits_and_unit_of_its_cell(manifest: Manifest, v1_sheet: Sheet) -> None:
    cells = v1_sheet.cells()
    for figure in figures(manifest, V3):
        cell = cells[figure.group.line or 0, figure.quantity]
        assert str(figure.value) == (cell.text_value or cell.raw), figure.address
        assert cell.raw == "NA" or figure.unit == cell.unit, figure.address


def test_each_value_is_said_of_the_file_its_row_links_to(manifest: Manifest, v1_sheet: Sheet) -> None:
    cells = v1_sheet.cells()
    for figure in figures(manifest, V3):
        line = figure.group.line or 0
        assert figure.artifact is not None
        path = cells[line, "model"].path
        assert path is not None
        assert figure.artifact.urls[0].endswith(
            f"/6f10965e6a40e2a28abd9c181f43cac4de4111c5/object_detection/st_ssd_mobilenet_v1/{path}"
        )
        assert list(figure.variant.resolution) == cells[line, "resolution"].value


def test_each_value_stands_under_the_conditions_of_its_row(manifest: Manifest, v1_sheet: Sheet) -> None:
    cells = v1_sheet.cells()
    engines = {"1 CPU": ("cpu", 1), "2 CPU": ("cpu", 2), "NPU/GPU": ("npu+gpu", None), "NPU/MCU": ("npu+mcu", None)}
    for figure in figures(manifest, V3):
        line = figure.group.line or 0
        group = figure.group
        if isinstance(group, Footprint):
            assert group.target == cells[line, "target"].raw.lower()
        elif isinstance(group, Latency):
            assert group.board == cells[line, "board"].raw.lower()
            assert (group.engine, group.cores) == engines[cells[line, "engine"].raw]
            clock = cells[line, "clock_mhz"].text_value if (line, "clock_mhz") in cells else None
            assert (None if group.clock_mhz is None else str(group.clock_mhz)) == clock
        printed = [cell.raw for (at, name), cell in cells.items() if at == line and name.startswith("tools.")]
        assert [tool.version for tool in getattr(group, "tools", [])] == [
            "unknown" if text == "OpenVX" else text.rpartition(" ")[2].removeprefix("v") for text in printed
        ]


def test_every_published_figure_equals_its_transcript_cell_both_ways(manifest: Manifest) -> None:
    for id_, evidence in manifest.evidence.items():
        if not isinstance(evidence, Published):
            continue
        cells = {
            (cell.line, cell.quantity): cell
            for cell in read_transcript(FOLDER / evidence.transcript)
            if cell.kind == "measure"
        }
        held = {(figure.group.line or 0, figure.quantity): figure for figure in figures(manifest, id_)}
        assert held.keys() == cells.keys()
        for place, figure in held.items():
            number = cells[place].text.replace("*", "").split()
            assert number[0] == str(figure.value), figure.address
            assert number[1:] in ([], [figure.unit]), figure.address
            assert figure.artifact is not None
            assert cells[place].row == figure.artifact.filename


def test_the_transcript_in_the_registry_is_the_one_made_from_the_card(v1_document: str) -> None:
    made = transcript(read_card(v1_document))
    assert (FOLDER / "evidence" / "card-v3.csv").read_bytes() == made.encode()
    kinds = Counter((cell.kind, cell.text == "NA") for cell in read_transcript(FOLDER / "evidence" / "card-v3.csv"))
    assert (kinds["measure", False], kinds["measure", True], kinds["version", False]) == (61, 12, 32)


def test_the_earlier_card_gives_27_values_for_the_pinned_files(manifest: Manifest) -> None:
    held = figures(manifest, V2)
    assert len(held) == 27
    assert {figure.group.artifact for figure in held} == {"int8-v2.0.1"}
    by_variant = {variant.id: [f for f in held if f.variant.id == variant.id] for variant in manifest.variants}
    assert {id_: [str(f.value) for f in fs if f.quantity == "ap"] for id_, fs in by_variant.items()} == {
        "025_192": ["33.70"],
        "025_224": ["44.45"],
        "025_256": ["46.26"],
    }
    assert {id_: [str(f.value) for f in fs if f.quantity == "flash.weights"] for id_, fs in by_variant.items()} == {
        "025_192": ["438.28"],
        "025_224": ["595.66"],
        "025_256": ["595.66"],
    }


def tree(text: str) -> dict[str, object]:
    source, problems = parse_source(text.encode(), "draft")
    assert source is not None
    assert problems == []
    return cast(dict[str, object], plain(source.root))


def part(node: object, *path: str | int) -> object:
    for step in path:
        node = cast(dict[str | int, object], node)[step]
    return node


def test_the_draft_made_from_the_card_is_what_the_registry_says(v1_document: str) -> None:
    """The manifest's figures are generated, not typed: same groups, same order, same digits."""
    made = tree(draft([(read_card(v1_document), CARD_V3)], MODEL).text())
    held = tree((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))
    for key in ("id", "title", "platforms", "corrections"):
        assert made[key] == held[key]
    assert part(made, "sources", "papers") == part(held, "sources", "papers")
    for v, variant in enumerate(cast(list[dict[str, object]], held["variants"])):
        drafted = cast(dict[str, object], part(made, "variants", v))
        for key in ("id", "resolution", "dataset", "labels", "contract"):
            assert drafted[key] == variant[key]
        for key in ("footprints", "latencies", "accuracy"):
            of_card = [group for group in cast(list[dict[str, object]], variant[key]) if group["evidence"] == V3]
            assert drafted[key] == of_card
        for artifact in cast(list[dict[str, object]], drafted["artifacts"]):
            in_registry = next(
                a for a in cast(list[dict[str, object]], variant["artifacts"]) if a["id"] == artifact["id"]
            )
            # Reasons, and a contract of its own for the float file, are what a person adds.
            added = {"unpinned": None, "contract": None}
            assert artifact | added == in_registry | added


def test_evidence_names_the_text_that_was_read(manifest: Manifest, v1_document: str, v1_sheet: Sheet) -> None:
    card = manifest.evidence[V3]
    assert isinstance(card, Published)
    assert card.document_sha256 == v1_sheet.seed_sha256 == hashlib.sha256(v1_document.encode()).hexdigest()


def test_every_address_leads_to_one_place(manifest: Manifest) -> None:
    addresses = [at for anomaly in manifest.anomalies for at in anomaly.at]
    addresses += [correction.at for correction in manifest.corrections]
    assert len(addresses) > 50
    for address in addresses:
        assert resolve(manifest, address)


def test_anomalies_quote_lines_of_the_card_they_are_about(manifest: Manifest, v1_document: str) -> None:
    lines = v1_document.split("\n")
    for anomaly in manifest.anomalies:
        if anomaly.evidence != V3 or anomaly.line is None:
            continue
        words = [word.strip(",;:…*|") for word in anomaly.published.split()]
        near = " ".join(lines[max(0, anomaly.line - 3) : anomaly.line + 12])
        assert any(word and word in near for word in words), anomaly.id
    assert len({anomaly.id for anomaly in manifest.anomalies}) == len(manifest.anomalies)


def index(shared: Path) -> dict[str, dict[str, object]]:
    entries = json.loads((shared / "mirror" / "index.json").read_text(encoding="utf-8"))["entries"]
    return {entry["sha256"]: entry for entry in entries}


def test_pinned_artifacts_are_the_files_of_the_mirror(registry: Registry, shared: Path) -> None:
    known = index(shared)
    pinned = [
        artifact
        for id_, entry in registry.models.items()
        # One is pinned by its publisher's word, its files are not at hand; the files of the other are its own.
        if id_ not in ("ssd_mobilenetv2_pt", "example_shapes_ssd")
        for variant in entry.value.variants
        for artifact in variant.artifacts
        if artifact.sha256
    ]
    for artifact in pinned:
        said = known[artifact.sha256 or ""]
        assert (artifact.size, artifact.urls, artifact.filename) == (said["size"], [said["url"]], said["name"])
    models = {digest for digest, entry in known.items() if entry["kind"] == "model"}
    assert {artifact.sha256 for artifact in pinned} == models
    assert len(models) == 14


def test_pictures_are_the_files_of_the_mirror(registry: Registry, mirror: Path, shared: Path) -> None:
    known = index(shared)
    pictures = [entry.value for entry in registry.images.values() if not entry.id.startswith("shapes-")]
    assert len(pictures) == 5
    for picture in pictures:
        said = known[picture.sha256]
        assert (picture.size, picture.urls, picture.filename) == (said["size"], [said["url"]], said["name"])
        with Image.open(mirror / picture.sha256 / picture.filename) as image:
            assert image.size == (picture.width, picture.height)


def test_every_download_has_an_allowed_host_and_every_host_a_download(registry: Registry) -> None:
    variants = [variant for entry in registry.models.values() for variant in entry.value.variants]
    urls = [url for variant in variants for artifact in variant.artifacts for url in artifact.urls]
    urls += [url for entry in registry.images.values() for url in entry.value.urls]
    assert {url.split("/")[2] for url in urls} == registry.hosts


def test_coco_has_80_classes(registry: Registry) -> None:
    names = registry.labels["coco-80"].value.names
    assert (len(names), len(set(names))) == (80, 80)
    assert (names[0], names[15], names[79]) == ("person", "cat", "toothbrush")


@pytest.mark.parametrize("size", [192, 224, 256, 416])
def test_recordings_of_the_second_family_equal_an_independent_decoder(size: int, shared: Path) -> None:
    """Same input tensor, same boxes and scores, from the same kernels (no delegate)."""
    name = f"ssd_mobilenet_v2_fpnlite_035_{size}_int8.tflite.json"
    outside = json.loads((shared / "golden" / name).read_text(encoding="utf-8"))
    for seen in outside["images"]:
        path = FOLDER.parent / "ssd_mobilenet_v2_fpnlite" / "golden" / f"035_{size}_{Path(seen['image']).stem}.json"
        if not path.exists():
            continue
        held = json.loads(path.read_text(encoding="utf-8"))
        assert held["input_sha256"] == seen["input_tensor_sha256"]
        ours = [(one["score"], one["box"]) for one in held["detections"] if one["score"] >= 0.4]
        width, height = seen["image_size_wh"]
        theirs = [
            (one["score"], [corner * side for corner, side in zip(one["box_xyxy"], (width, height) * 2, strict=True)])
            for one in seen["without_xnnpack_ge_0_4"]
        ]
        assert [score for score, _ in ours] == [score for score, _ in theirs]
        for (_, our), (_, their) in zip(ours, theirs, strict=True):
            assert our == pytest.approx(their, abs=0.01)
