"""The tutorial is run: every command of the page in its order, every edit made as the page says.

The page and this test cannot drift apart: what is run stands on the page only.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.checks.repository import Repository
from tests.conftest import REPOSITORY, oracle
from zoo_tools.registry.load import load_registry

PAGE = REPOSITORY / "docs" / "tutorial" / "your-first-model.md"
ENDS = re.compile(r" # ends with (\d)$")
PROGRAM = f"""#!/bin/sh
exec {sys.executable} -m zoo_tools "$@"
"""

pytestmark = pytest.mark.slow


class Block(NamedTuple):
    """A fenced block of the page."""

    kind: str
    """`sh` or `diff`."""
    lines: list[str]
    file: str
    """The file that the page named last before it."""


def blocks(text: str) -> Iterator[Block]:
    file = ""
    pattern = re.compile(r"`(registry/[^`]+\.yaml)`|^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    for found in pattern.finditer(text):
        if found[1]:
            file = found[1]
        else:
            yield Block(found[2], found[3].rstrip("\n").split("\n"), file)


def edit(path: Path, lines: list[str]) -> None:
    """Make a change as a reader would: find what is there, which has to be there once, and write the other."""
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} does not hold once:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


class Reader:
    """Somebody who follows the page, in a clone of the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        for part in ("registry", "docs"):
            shutil.copytree(REPOSITORY / part, self.folder / part)
        shutil.copy(REPOSITORY / ".gitignore", self.folder)
        Repository(self.folder).commit()
        programs = folder / "bin"
        programs.mkdir()
        (programs / "zoo_tools").write_text(PROGRAM, encoding="utf-8")
        (programs / "zoo_tools").chmod(0o755)
        self._environment = {
            **os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY),
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A Reader",
            "GIT_AUTHOR_EMAIL": "reader@example.org", "GIT_COMMITTER_NAME": "A Reader",
            "GIT_COMMITTER_EMAIL": "reader@example.org", "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
        }  # fmt: skip

    def follow(self, block: Block) -> str:
        """Do what a block says; return what the commands printed."""
        if block.kind == "diff":
            edit(self.folder / block.file, block.lines)
            return ""
        return "".join(map(self._run, block.lines))

    def _run(self, line: str) -> str:
        expected = ENDS.search(line)
        ended = subprocess.run(
            ["sh", "-c", line], cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert ended.returncode == (int(expected[1]) if expected else 0), f"{line}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A clone in which the page was followed to its end, and everything that was printed."""
    oracle("ai_edge_litert")
    reader = Reader(tmp_path_factory.mktemp("tutorial"))
    return reader.folder, "".join(map(reader.follow, blocks(PAGE.read_text(encoding="utf-8"))))


def test_the_page_leads_to_a_manifest_that_passes(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    registry = load_registry(folder / "registry")
    model = registry.models["my_detector"].value
    assert [one.findings for one in registry.files if one.findings] == []
    assert [len(variant.golden) for variant in model.variants] == [1]
    assert "values are still `todo`" in printed
    assert "golden-detections" in (folder / "build/validation.json").read_text(encoding="utf-8")


def test_what_the_page_says_is_seen_is_seen(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    assert "3 of a score of 0.5 or more" in printed
    assert (folder / "seen.png").stat().st_size > 0
    notices = re.search(r"notices: \[([^\]]+)\]", printed)
    assert notices is not None
    assert {"bgr", "yx-order", "background-column"} <= set(notices[1].split(", "))


def test_the_page_leads_to_a_card(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    card = folder / "build/docs/models/my_detector/96.md"
    assert "My detector of shapes" in card.read_text(encoding="utf-8")
    assert "my_detector/96" in printed


def test_the_mistake_the_page_proposes_is_noticed(followed: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = followed
    shutil.copytree(folder / "registry", tmp_path / "registry")
    manifest = tmp_path / "registry/models/my_detector/manifest.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("colour: rgb", "colour: bgr"), encoding="utf-8")
    command = [sys.executable, "-m", "zoo_tools", "validate", "my_detector", "--offline"]
    ended = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "golden-current" in ended.stdout
    assert "golden-detections" in ended.stdout


def test_every_block_is_of_a_kind_that_is_run() -> None:
    found = list(blocks(PAGE.read_text(encoding="utf-8")))
    assert {block.kind for block in found} == {"sh", "diff"}
    assert len(found) > 15
    assert {block.file for block in found if block.kind == "diff"} == {
        "registry/images/my-picture.yaml",
        "registry/models/my_detector/manifest.yaml",
    }
