"""The API's page: its examples run as they stand against the built site, and its table names what is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.site.building import Served, Site
from zoo_tools.domain.manifest import Latency

PAGE = (REPOSITORY / "docs/reference/api.md").read_text(encoding="utf-8")
BOARD = "stm32h747i-disco"


def example(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def times(site: Site) -> list[tuple[str, str, str, Latency]]:
    """Every time on the board, read from the manifests."""
    return [
        (model, variant.id, latency.artifact, latency)
        for model, entry in site.registry.models.items()
        for variant in entry.value.variants
        for latency in variant.latencies
        if latency.board == BOARD and latency.ms is not None
    ]


def test_the_python_example_prints_what_the_manifests_say(real_site: Site, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(example("python"), encoding="utf-8")
    with Served(real_site.folder) as served:
        run = subprocess.run(
            [sys.executable, str(program), served.address.rstrip("/")],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    expected = sorted(
        (latency.ms, f"{latency.ms} ms {model} {variant} {artifact}")
        for model, variant, artifact, latency in times(real_site)
        if latency.ms is not None and latency.ms <= 200
    )
    printed = run.stdout.splitlines()
    assert len(printed) == len(expected) > 1
    assert all(line.startswith(said) for line, (_, said) in zip(printed, expected, strict=True))


def test_the_shell_example_prints_the_lines_of_one_model(real_site: Site) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed.")
    with Served(real_site.folder) as served:
        run = subprocess.run(
            ["sh", "-c", example("sh")],
            env=os.environ | {"SITE": served.address.rstrip("/")},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    of_model = [one for one in times(real_site) if one[0] == "st_ssd_mobilenet_v1"]
    assert len(run.stdout.splitlines()) == len(of_model) > 0


def test_every_file_of_the_table_is_there(real_site: Site) -> None:
    named = re.findall(r"^\| `(api/v1/[^`]+)` \|", PAGE, re.MULTILINE)
    assert len(named) == 10
    for name in named:
        path = name.replace("MODEL", "st_ssd_mobilenet_v1").replace("KIND", "manifest")
        assert (real_site.folder / path).is_file(), name
