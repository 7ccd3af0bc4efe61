"""The site of many cards through the public commands: rendered, built by mkdocs, and followed after one edit.

A card is the page of one variant. The reference of the first two is writing as many files of the same content; that of
the third, reading the page that was edited.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.generated import VARIANTS, make_registry
from benchmarks.measure import Benchmark
from zoo_tools.site.preview import Preview
from zoo_tools.site.watched import Watched

CARDS, CARDS_WHILE_EDITING = 5000, 500
RENDERED, BUILT, EDITED = 30, 60, 1
"""Seconds that rendering, building and following an edit may take."""
PEAK = 400 * 1024
"""KiB that mkdocs may take."""
ROOT = Path(__file__).resolve().parent.parent


def site_benchmarks(folder: Path) -> list[Benchmark]:
    """Return the benchmarks of sites, which are made in an empty folder when first needed."""
    large, small = _Site(folder / "site-5000", CARDS), _Site(folder / "site-500", CARDS_WHILE_EDITING)
    return [
        Benchmark("render-site", large.render, "writing files", partial(large.copy, large.docs), count=CARDS,
                  most_seconds=RENDERED, is_long=True),
        Benchmark("build-site", large.build, "writing files", partial(large.copy, large.site), count=CARDS,
                  most_seconds=BUILT, most_peak=PEAK, is_long=True),
        Benchmark("edit-site", small.edit, "reading it", small.read, most_seconds=EDITED),
    ]  # fmt: skip


class _Site:
    def __init__(self, folder: Path, cards: int) -> None:
        self._cards, self._folder = cards, folder
        self._registry, self.docs, self.site = folder / "registry", folder / "docs", folder / "site"
        self._edited = self._registry / "models" / "generated_0000" / "manifest.yaml"
        self._preview: Preview | None = None

    def _make(self) -> None:
        if not self._registry.exists():
            make_registry(self._registry, models=self._cards // VARIANTS)

    def render(self) -> int:
        """Render every card, and all else, into an empty folder; pictures of links included."""
        self._make()
        shutil.rmtree(self.docs, ignore_errors=True)
        options = ["--registry", str(self._registry), "--out", str(self.docs)]
        return _peak([sys.executable, "-m", "zoo_tools", "render", *options], {})

    def build(self) -> int:
        """Build the site of what was rendered."""
        if not self.docs.exists():
            self.render()
        for path in (ROOT / "docs").rglob("*"):  # what is written by hand, and the navigation names
            if path.is_file():
                (self.docs / path.relative_to(ROOT / "docs")).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, self.docs / path.relative_to(ROOT / "docs"))
        folders = {"ZOO_TOOLS_DOCS_DIR": str(self.docs), "ZOO_TOOLS_SITE_DIR": str(self.site)}
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", str(ROOT / "mkdocs.yml")]
        return _peak(command, folders)

    def copy(self, folder: Path) -> None:
        """Write the files of a folder anew."""
        copy = folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        if folder.exists():
            shutil.copytree(folder, copy)
        else:
            copy.mkdir(parents=True)

    def edit(self) -> None:
        """Change a figure and build the pages of its model, as the preview does."""
        preview = self._started()
        text = self._edited.read_text(encoding="utf-8")
        self._edited.write_text(re.sub(r"ms: ([0-9]+)\.", _one_more, text, count=1), encoding="utf-8")
        changes = preview.follow()
        if changes is None or "models/generated_0000/128.md" not in changes.written:
            raise RuntimeError("the edit was not followed")

    def read(self) -> None:
        """Read the page."""
        (self._folder / "preview" / "site" / "models" / "generated_0000" / "128" / "index.html").read_bytes()

    def _started(self) -> Preview:
        if self._preview is None:
            self._make()
            preview = self._folder / "preview"
            watched = Watched(self._registry, preview / "docs", docs=ROOT / "docs", report=None)
            self._preview = Preview(watched, ROOT / "mkdocs.yml", preview, say=lambda _: None)
            self._preview.start()
        return self._preview


def _one_more(found: re.Match[str]) -> str:
    return f"ms: {int(found[1]) + 1}."


_WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command, which must succeed; return its peak of memory in KiB.

    A process begins with the peak of the one that started it, so a small one stands between.
    """
    watch = [sys.executable, "-c", _WATCH, *command]
    run = subprocess.run(watch, check=True, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | environment, text=True)
    return int(run.stdout)
