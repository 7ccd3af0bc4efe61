"""`zoo_tools find`: the rule at the command line, its outputs, what it says of hidden rows, and what it refuses."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.invoke import Called, call
from tests.cli.test_help import imported
from tests.site.building import EXAMPLE, REAL

TASK = ("--board", "stm32h747i-disco", "--max-ram", "600", "--max-latency", "300")


def find(*options: str | Path, registry: Path = REAL) -> Called:
    return call("find", *options, "--registry", registry)


def files(*options: str, registry: Path = EXAMPLE) -> list[str]:
    """Return the files that were found, in order."""
    called = find(*options, "--output", "csv", registry=registry)
    assert called.code == 0, called.err
    return [row["artifact"] for row in csv.DictReader(io.StringIO(called.out))]


def test_the_task_of_the_readme() -> None:
    called = find(*TASK)
    lines = called.out.splitlines()
    assert called.code == 0
    assert lines[1].split()[:6] == [
        "st_ssd_mobilenet_v1/025_256/int8",
        "STM32H747I-DISCO",
        "50.50",
        "267.18",
        "489.85",
        "780.9",
    ]
    assert len(lines) == 7
    assert called.err.startswith("6 rows; accuracy is AP@0.4 person. Hidden: 0 rows not measured; 8 over budget; ")


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("", ["float", "int8", "int8", "int8-again"]),
        ("--board board-a", ["int8", "int8-again"]),
        ("--board board-a --board board-n", ["int8", "int8", "int8-again"]),
        ("--series chip-n", ["int8"]),
        ("--precision int8-float32", ["int8-again"]),
        ("--format onnx", ["float"]),
        ("--max-latency 20", ["int8", "int8"]),
        ("--max-latency 0.02s", ["int8", "int8"]),
        ("--max-ram 12.75", ["int8"]),
        ("--max-ram 12.74", []),
        ("--max-ram 1.5MiB", ["int8", "int8"]),
        ("--max-flash 768KiB", ["int8", "int8"]),
        ("--min-ap 30.10", ["float", "int8", "int8"]),
        ("--min-ap 30.2%", ["float"]),
        ("--protocol ap-b --min-ap 0", ["int8", "int8"]),
        ("--sort latency", ["int8", "int8", "int8-again", "float"]),
        ("--sort -latency", ["int8-again", "int8", "int8", "float"]),
        ("--sort model --limit 2", ["int8", "int8"]),
        ("--pareto --board board-a", ["int8"]),
        ("--trust undisputed", ["float", "int8", "int8-again"]),
        ("--trust re-run", ["int8"]),
        ("--trust bound --board board-a", ["int8"]),
        ("--task object-detection --dataset things --model example_detector --limit 1", ["float"]),
    ],
)
def test_options(options: str, wanted: list[str]) -> None:
    assert files(*options.split()) == wanted


@pytest.mark.parametrize(
    ("options", "sentence", "fix"),
    [
        ("--board bord-a", "there is no board `bord-a`", "Write `board-a`"),
        ("--series zzz", "there is no series `zzz`", "Choose one of: chip-a, chip-n"),
        ("--protocol ap-c", "there is no protocol `ap-c`", "Write `ap-b`"),
        ("--format tflit", "there is no format `tflit`", "Write `tflite`"),
        ("--precision int9", "there is no precision `int9`", "Write `int8`"),
        ("--sort speed", "there is no sort key `speed`", "Choose one of: ap, flash, latency, model, ram"),
        ("--max-ram 600KB", "--max-ram is `600KB`, and should be a number in KiB or MiB", "Write 600KiB or 600MiB"),
        ("--max-ram -1", "--max-ram is `-1`, and should be a number in KiB or MiB", "Write 600KiB or 600MiB"),
        ("--max-latency nan", "--max-latency is `nan`, and should be a number in ms or s", "Write 600ms or 600s"),
        ("--min-ap 1e1", "--min-ap is `1e1`, and should be a number in %", "Write 40"),
    ],
)
def test_what_it_refuses(options: str, sentence: str, fix: str) -> None:
    called = find(*options.split(), registry=EXAMPLE)
    assert (called.code, called.out) == (2, "")
    assert called.err == f"zoo_tools: {sentence}.\n  → {fix}.\n"


def test_json_says_what_was_hidden_and_keeps_the_digits() -> None:
    called = find("--max-ram", "1MiB", "--protocol", "ap-a", "--output", "json", registry=EXAMPLE)
    tree = json.loads(called.out)
    assert tree["hidden"] == {
        "over-budget": 1,
        "not-measured": 2,
        "not-measured-by": {"max-ram": 2},
        "not-placed": 0,
        "files-not-measured-on-target": 0,
    }
    assert (tree["protocol"], tree["matching"], [row["id"] for row in tree["rows"]]) == (
        "ap-a",
        1,
        ["example_detector/8.x/int8@board-a"],
    )
    row = tree["rows"][0]
    assert row["ap"]["ap-a"]["printed"] == "30.10 %"
    assert row["latency"]["figures"] == ["variants[8.x].latencies[int8,board-a,cpu].ms"]
    assert row["ram"] == {
        "number": 12.75,
        "printed": "12.75 KiB",
        "note": "",
        "marks": ["published"],
        "figures": ["variants[8.x].footprints[int8,chip-a].ram.total"],
    }


def test_markdown_is_a_table_whatever_the_names_hold() -> None:
    lines = find("--output", "markdown", registry=EXAMPLE).out.splitlines()
    assert len({line.count("|") - line.count("\\|") for line in lines}) == 1
    assert lines[2].startswith("| example\\_detector/8.x/float | not measured | 31.0 | not measured |")


def test_no_row_is_an_answer() -> None:
    called = find("--board", "board-a", "--max-latency", "1", registry=EXAMPLE)
    assert (called.code, called.out) == (0, "")
    hidden = "Hidden: 0 rows not measured; 2 over budget; 1 file not measured on that target."
    assert called.err == f"0 rows; accuracy is AP-a things. {hidden}\n"


def test_a_report_that_is_not_there_is_said(tmp_path: Path) -> None:
    called = find("--report", tmp_path / "report.json", registry=EXAMPLE)
    assert (called.code, called.out) == (1, "")
    assert called.err.startswith(f"zoo_tools: the report {tmp_path}/report.json cannot be read: ")


def test_it_starts_without_arrays() -> None:
    assert (
        imported({"numpy", "PIL", "pandas", "altair", "vl_convert", "tflite"}, "find", "--registry", str(EXAMPLE)) == []
    )
