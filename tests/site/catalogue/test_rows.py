"""Rows of the registries: every file is there, every figure in its row, numbers follow from what is printed."""

import shutil
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.site.building import EXAMPLE, REAL
from zoo_tools.domain.figures import figures_of
from zoo_tools.domain.manifest import Accuracy, Footprint, Latency
from zoo_tools.registry.load import load_registry
from zoo_tools.site.catalogue.rows import INCOMPLETE, RATE, SUM, WEIGHTS, Row, rows_of
from zoo_tools.site.zoo import Zoo

ZOOS = {"real": Zoo(load_registry(REAL)), "example": Zoo(load_registry(EXAMPLE))}


@pytest.fixture(params=ZOOS)
def zoo(request: pytest.FixtureRequest) -> Zoo:
    return ZOOS[request.param]


def one(zoo: Zoo, id_: str) -> Row:
    return next(row for row in rows_of(zoo) if row.id == id_)


def test_every_file_has_a_row_and_every_row_a_name_of_its_own(zoo: Zoo) -> None:
    rows = rows_of(zoo)
    assert max(Counter(row.id for row in rows).values()) == 1
    assert {row.file for row in rows} == {
        f"{entry.id}/{variant.id}/{artifact.id}"
        for entry in zoo.models
        for variant in entry.value.variants
        for artifact in variant.artifacts
    }


def test_every_time_has_a_row_and_every_accuracy_is_on_all_rows_of_its_file(zoo: Zoo) -> None:
    rows = rows_of(zoo)
    for entry in zoo.models:
        for figure in figures_of(entry.value):
            of_file = [r for r in rows if r.file == f"{entry.id}/{figure.variant.id}/{figure.group.artifact}"]
            group = figure.group
            match group:
                case Accuracy():
                    assert all(
                        figure.address in [f.figure.address for f in r.aps[group.protocol].figures] for r in of_file
                    )
                case Latency() if figure.quantity == "ms":
                    here = [r for r in of_file if figure.address in [f.figure.address for f in r.latency.figures]]
                    assert [r.board for r in here] == [group.board]
                    assert here[0].latency.number == figure.value
                case Footprint() if figure.quantity in ("ram.total", "flash.total"):
                    cells = [
                        r.ram if figure.quantity == "ram.total" else r.flash
                        for r in of_file
                        if r.series == group.target
                    ]
                    assert cells
                    assert all(figure.address in [f.figure.address for f in cell.figures] for cell in cells)


def test_ram_of_an_accelerator_is_on_chip_and_external_ram_together() -> None:
    row = one(ZOOS["real"], "ssd_mobilenetv2_pt/coco/int8@stm32n6570-dk")
    assert (row.ram.number, row.ram.printed, row.ram.note) == (Decimal("4432.63"), "2323.25 + 2109.38 KiB", SUM)
    assert (row.flash.number, row.flash.note) == (Decimal("20033.69"), WEIGHTS)


def test_a_rate_alone_gives_a_time_that_says_so() -> None:
    row = one(ZOOS["real"], "mmdet_ssd/ssd300/pth@nvidia-v100")
    assert (row.latency.number, row.latency.printed, row.latency.note) == (Decimal("22.8833"), "43.7 per second", RATE)


def test_mebibytes_are_counted_in_kibibytes() -> None:
    row = one(ZOOS["example"], "example_detector/8.x/int8@board-n")
    assert (row.ram.number, row.ram.printed) == (Decimal(1536), "1.50 + 0.0 MiB")
    assert (row.latency.number, row.latency.printed) == (Decimal("4.00"), "4.00 ms")


def test_a_file_measured_nowhere_has_one_row_without_a_target() -> None:
    row = one(ZOOS["example"], "example_detector/8.x/float")
    assert (row.board, row.series, row.latency.number, row.ram.printed) == (None, None, None, "")
    assert row.aps["ap-a"].number == Decimal("31.0")


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Zoo]:
    """A function that returns the example with one text of its manifest replaced."""

    def change(old: str, new: str) -> Zoo:
        folder = tmp_path / "registry"
        shutil.copytree(EXAMPLE, folder)
        manifest = folder / "models" / "example_detector" / "manifest.yaml"
        text = manifest.read_text(encoding="utf-8")
        assert old in text
        manifest.write_text(text.replace(old, new, 1), encoding="utf-8")
        return Zoo(load_registry(folder))

    return change


TIME = (
    "  - {artifact: int8, board: board-a, engine: cpu, cores: 1, clock_mhz: 400, ms: 20.00, tools: [compiler 1.0], "
    "evidence: bench}\n"
)


def test_of_several_times_under_the_same_conditions_the_worst_counts(changed: Callable[[str, str], Zoo]) -> None:
    zoo = changed(TIME, TIME + TIME.replace("20.00", "25.0") + TIME.replace("20.00", "21"))
    row = one(zoo, "example_detector/8.x/int8@board-a")
    assert (row.latency.number, row.latency.printed) == (Decimal("25.0"), "20.00 ms / 25.0 ms / 21 ms")


def test_other_conditions_are_another_row(changed: Callable[[str, str], Zoo]) -> None:
    zoo = changed(TIME, TIME + TIME.replace("cores: 1", "cores: 2").replace("20.00", "11.0"))
    rows = [row for row in rows_of(zoo) if row.board == "board-a" and row.artifact == "int8"]
    assert [(row.id.partition("@")[2], row.latency.printed) for row in rows] == [
        ("board-a", "20.00 ms"),
        ("board-a~2", "11.0 ms"),
    ]


def test_of_several_accuracies_under_a_protocol_the_lowest_counts(changed: Callable[[str, str], Zoo]) -> None:
    line = "  - {artifact: int8, protocol: ap-a, ap: 30.10, evidence: card, line: 20}\n"
    row = one(changed(line, line + line.replace("30.10", "28.5")), "example_detector/8.x/int8@board-a")
    assert (row.aps["ap-a"].number, row.aps["ap-a"].printed) == (Decimal("28.5"), "30.10 % / 28.5 %")


def test_ram_of_which_a_part_is_not_stated_is_not_measured(changed: Callable[[str, str], Zoo]) -> None:
    row = one(changed("internal: 1.50, external: 0.0", "internal: 1.50"), "example_detector/8.x/int8@board-n")
    assert (row.ram.number, row.ram.printed, row.ram.note) == (None, "1.50 MiB", INCOMPLETE)


def test_a_series_without_a_time_has_a_row_of_its_own(changed: Callable[[str, str], Zoo]) -> None:
    row = one(changed(TIME, ""), "example_detector/8.x/int8@chip-a")
    assert (row.board, row.series, row.ram.number, row.latency.number) == (None, "chip-a", Decimal("12.75"), None)


def test_memory_by_the_tools_of_the_time_goes_before_memory_by_others(changed: Callable[[str, str], Zoo]) -> None:
    line = "  - {artifact: int8, target: chip-n"
    other = (
        "  - {artifact: int8, target: chip-a, unit: KiB, ram: {total: 99.0}, flash: {total: 1.0}, "
        "tools: [compiler unknown], evidence: card}\n"
    )
    row = one(changed(line, other + line), "example_detector/8.x/int8@board-a")
    assert row.ram.number == Decimal("12.75")
