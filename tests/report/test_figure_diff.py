"""What a reviewer is told of two versions of a manifest: every difference once, and none where there is none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import Zoo
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import load_registry
from zoo_tools.report.changes import FigureChange, ValueChange
from zoo_tools.report.figure_diff import figure_diff, model_change, value_diff

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
CARD = "published by Acme: Tiny SSD v1 (bytes unknown)"


def manifest(zoo: Zoo) -> Manifest:
    return load_registry(zoo.registry).models["tiny_ssd"].value


Edited = Callable[..., tuple[Manifest, Manifest]]


@pytest.fixture
def edited(zoo: Zoo) -> Edited:
    """Edit the manifest, and return it as it was and as it is."""

    def edit(*changes: tuple[str, str]) -> tuple[Manifest, Manifest]:
        before = manifest(zoo)
        for old, new in changes:
            zoo.edit(old, new)
        return before, manifest(zoo)

    return edit


def test_a_changed_digit_is_one_figure(edited: Edited) -> None:
    old, new = edited(("runtime: 0.50, total: 1.52", "runtime: 0.50, total: 1.520"))
    assert figure_diff(old, new) == [
        FigureChange("variants[16].footprints[int8,acme-m7].ram.total", "KiB", "1.52", "1.520", CARD, CARD)
    ]
    assert value_diff(old, new) == []


def test_another_unit_changes_every_figure_it_is_of(edited: Edited) -> None:
    old, new = edited(("target: acme-m4\n    unit: KiB", "target: acme-m4\n    unit: MiB"))
    changes = figure_diff(old, new)
    assert [one.at.partition("].")[2] for one in changes] == [
        f"footprints[int8,acme-m4].{name}"
        for name in ("ram.activation", "ram.runtime", "ram.total", "flash.weights", "flash.code", "flash.total")
    ]
    assert {(one.unit, one.old == one.new) for one in changes} == {("KiB → MiB", True)}


def test_another_evidence_is_a_change_though_the_digits_are_the_same(edited: Edited) -> None:
    old, new = edited(
        ("ms: 3.14\n    tools: [acme-runtime 5.1.0]\n    evidence: bench",
         "ms: 3.14\n    tools: [acme-runtime 5.1.0]\n    evidence: card")
    )  # fmt: skip
    (change,) = figure_diff(old, new)
    assert (change.old, change.new, change.new_evidence) == ("3.14", "3.14", CARD)
    assert change.old_evidence is not None
    assert change.old_evidence.startswith("measured by a test, 2026-11-20, with acme-runtime 5.1.0, sha256 ")


def test_evidence_that_says_something_else_is_told_of_each_figure(edited: Edited) -> None:
    old, new = edited(("title: Tiny SSD v1", "title: Tiny SSD v2"))
    changes = figure_diff(old, new)
    assert {one.at for one in changes} == {
        one.at for one in figure_diff(None, new) if one.new_evidence and "Acme" in one.new_evidence
    }
    assert {one.new_evidence for one in changes} == {CARD.replace("v1", "v2")}


def test_conditions_and_contracts_are_values(edited: Edited) -> None:
    old, new = edited(
        ("ms: 14.37\n    per_second: 69.57\n    tools: [acme-ai 2.0.0]",
         "ms: 14.37\n    per_second: 69.57\n    clock_mhz: 400\n    tools: [acme-ai 2.0.0]"),
        ("colour: rgb", "colour: bgr"),
        ("weights: {spdx: LicenseRef-Tiny, url", "weights: {spdx: LicenseRef-Other, url"),
    )  # fmt: skip
    assert figure_diff(old, new) == []
    assert value_diff(old, new) == [
        ValueChange("licences.weights.spdx", "LicenseRef-Tiny", "LicenseRef-Other"),
        ValueChange("contracts[three-outputs].input.colour", "rgb", "bgr"),
        ValueChange("variants[16].latencies[int8,acme-disco,cpu].clock_mhz", None, "400"),
    ]


def test_the_line_of_a_document_is_no_value(edited: Edited) -> None:
    old, new = edited(("evidence: card\n    line: 20", "evidence: card\n    line: 21"))
    assert model_change("tiny_ssd", old, new) is None


def test_order_and_lines_are_no_change(zoo: Zoo) -> None:
    old = manifest(zoo)
    text = zoo.manifest.read_text(encoding="utf-8")
    zoo.manifest.write_text(f"# moved\n\n{text}", encoding="utf-8")
    new = manifest(zoo)
    variant = new.variants[0]
    turned = variant.model_copy(update={"footprints": variant.footprints[::-1], "latencies": variant.latencies[::-1]})
    assert model_change("tiny_ssd", old, new.model_copy(update={"variants": [turned]})) is None


def test_a_new_model_is_all_its_figures_and_a_removed_one_as_well(zoo: Zoo) -> None:
    now = manifest(zoo)
    added, removed = model_change("m", None, now), model_change("m", now, None)
    assert added is not None
    assert removed is not None
    assert (added.kind, removed.kind) == ("added", "removed")
    assert [(one.at, one.old, one.new) for one in added.figures] == [
        (one.at, one.new, one.old) for one in removed.figures
    ]
    assert all(one.old is None and one.new is not None for one in added.figures)
    assert model_change("m", None, None) is None
    judged = {one.at: one.new for one in added.values}
    assert judged["licences.weights.spdx"] == now.licences.weights.spdx
    assert judged["contracts[three-outputs].input.colour"] == "rgb"
    assert judged["variants[16].artifacts[int8].sha256"] == now.variants[0].artifacts[0].sha256
    assert "" not in judged.values()
    assert all(one.old is None for one in added.values)
    assert not [at for at in judged if "tensors" in at or "changelog" in at]
    assert removed.values == ()


def test_a_renamed_model_is_told_though_nothing_else_changed(zoo: Zoo) -> None:
    now = manifest(zoo)
    change = model_change("new", now, now, was="old")
    assert change is not None
    assert (change.kind, change.was, change.figures, change.values) == ("renamed", "old", (), ())


@pytest.mark.parametrize("model", sorted(path.name for path in (REGISTRY / "models").iterdir() if path.is_dir()))
def test_every_model_of_the_registry_equals_itself_and_has_addresses_of_its_own(model: str) -> None:
    value = load_registry(REGISTRY).models[model].value
    assert figure_diff(value, value) == []
    assert value_diff(value, value) == []
    figures = figure_diff(None, value)
    assert len({one.at for one in figures}) == len(figures)
