"""Recordings that a pull request changes are drawn beside its report, where the registry holds the picture."""

import html
import re
import shutil
import subprocess
from pathlib import Path

from PIL import Image

from tests.cli.invoke import REPOSITORY, call

MODEL = "example_shapes_ssd"
RECORDING = f"registry/models/{MODEL}/golden/int8_shapes_010.json"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_a_changed_recording_is_drawn_before_and_after(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "registry", tmp_path / "registry")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "before")
    path = tmp_path / RECORDING
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"score": [0-9.]+', '"score": 0.5', text, count=1), encoding="utf-8")
    git(tmp_path, "commit", "-qam", "after")

    registry, report = tmp_path / "registry", tmp_path / "report"
    words = ("validate", MODEL, "--level", "static", "--registry", registry, "--base", "HEAD~1")
    assert call(*words, "--format", "markdown").code == 0
    assert not report.exists()
    assert call(*words, "--format", f"markdown={report / 'comment.md'}", "--format", "json").code == 0
    (drawn,) = report.rglob("*.png")
    assert drawn.relative_to(report).as_posix() in html.unescape((report / "comment.md").read_text("utf-8"))
    with Image.open(drawn) as drawing:
        assert drawing.width > 2 * 96
