"""`show`: the card in a terminal holds every figure as printed, with its marks and the line it stands on."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, Called, call
from tests.report.hostile import commands_in
from zoo_tools.domain.figures import figures_of
from zoo_tools.registry.load import load_registry

REGISTRY = REPOSITORY / "registry"
MODELS = sorted(path.name for path in (REGISTRY / "models").iterdir())


def show(*arguments: str | Path) -> Called:
    return call("show", *arguments, "--registry", REGISTRY)


@pytest.mark.parametrize("model", MODELS)
def test_every_figure_of_a_card_is_shown(model: str) -> None:
    called = show(model)
    assert (called.code, called.err) == (0, "")
    words = called.out.split()
    manifest = load_registry(REGISTRY).models[model].value
    for figure in figures_of(manifest):
        assert str(figure.value) in words, figure.address


@pytest.mark.parametrize("model", MODELS)
def test_the_card_for_programs_holds_every_figure(model: str) -> None:
    tree = json.loads(show(model, "--output", "json").out)
    manifest = load_registry(REGISTRY).models[model].value
    said = {one["address"]: (one["value"], one["unit"]) for variant in tree["variants"] for one in variant["figures"]}
    assert said == {one.address: (str(one.value), one.unit) for one in figures_of(manifest)}
    assert tree["layout"] == 1


def test_a_corrected_figure_shows_what_was_published() -> None:
    called = show("ssd_mobilenet_v2_fpnlite")
    assert "521.20" in called.out.split()
    tables, _, sources = called.out.partition("\nSources")
    assert "521.210.0.0" in tables  # beside the value that is used
    assert "published as 521.210.0.0, " in sources  # with the reason
    assert "corrected variants[" in called.out


def test_a_variant_and_an_artifact_alone() -> None:
    both = show("st_ssd_mobilenet_v1/025_192").out
    one = show("st_ssd_mobilenet_v1/025_192/int8-v2.0.1").out
    assert "st_ssd_mobilenet_v1/025_224" not in both
    assert "149.18" in both
    assert "149.18" not in one
    assert "169.13" in one
    assert "card-v2.0.1 line 89" in one


def test_a_pipe_gets_plain_text() -> None:
    called = show("example_shapes_ssd")
    assert "\x1b" not in called.out
    assert not re.search(r" $", called.out, re.MULTILINE)


def test_marks_that_rest_on_checks_need_a_report(zoo: Zoo, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    zoo.call("validate", "--level", "static", "--format", f"json={report}")
    plain = call("show", "tiny_ssd", "--registry", zoo.registry)
    proven = call("show", "tiny_ssd", "--registry", zoo.registry, "--report", report)
    assert "No report of checks was at hand" in plain.out
    assert "consistent" not in plain.out
    assert "Checked by zoo_tools" in proven.out
    assert "consistent" in proven.out


def test_names_of_strangers_cannot_steer_the_terminal(zoo: Zoo) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.startswith("title: "))
    zoo.manifest.write_text(text.replace(title, r'title: "[red]x[/red] \x1b[31m \u0085 y"'), encoding="utf-8")
    called = call("show", "tiny_ssd", "--registry", zoo.registry)
    assert called.code == 2  # such letters are refused before anything is shown
    assert "\x1b" not in called.out + called.err


def test_what_looks_like_markup_is_text(zoo: Zoo) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.startswith("title: "))
    zoo.manifest.write_text(text.replace(title, 'title: "[red]x[/red] :smile:"', 1), encoding="utf-8")
    called = call("show", "tiny_ssd", "--registry", zoo.registry)
    assert called.out.startswith("[red]x[/red] :smile:  tiny_ssd")


def test_a_manifest_that_cannot_be_read(zoo: Zoo) -> None:
    zoo.edit("  labels: squares\n", "  labels: todo\n")
    called = call("show", "tiny_ssd", "--registry", zoo.registry)
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("zoo_tools: the manifest of tiny_ssd cannot be read: ")


def test_the_nearest_name_is_given() -> None:
    called = show("st_ssd_mobilenet_v2")
    assert called.code == 2
    assert "Write `st_ssd_mobilenet_v1`." in called.err


def test_a_terminal_is_filled_and_not_overflown() -> None:
    parent, child = pty.openpty()
    arguments = [sys.executable, "-m", "zoo_tools", "show", "st_ssd_mobilenet_v1/025_192", "--registry", str(REGISTRY)]
    with subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=child, stderr=child, cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": "60", "TERM": "xterm-256color"},
    ) as process:  # fmt: skip
        os.close(child)
        written = b""
        with suppress(OSError):  # which is how Linux says that the other end is closed
            while block := os.read(parent, 65536):
                written += block
        assert process.wait(60) == 0
    os.close(parent)
    text = written.decode()
    assert "\x1b[1m" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(len(line.rstrip("\r")) for line in plain.split("\n")) <= 60
    assert "149.18" in plain


def test_a_card_in_the_log_of_a_job_is_no_command(zoo: Zoo) -> None:
    for key in ("title", "summary"):
        zoo.manifest.write_text(
            re.sub(rf"(?m)^{key}: .*$", f'{key}: "::error::x ##[add-mask]y"', zoo.manifest.read_text(encoding="utf-8")),
            encoding="utf-8",
        )
    called = call("show", "tiny_ssd", "--registry", zoo.registry)
    assert called.code == 0
    assert "add-mask]y" in called.out
    assert list(commands_in(called.out)) == []
