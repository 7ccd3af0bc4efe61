"""The Compare page of about two thousand rows in Chromium: from the parsed page to a table that answers, and a choice.

The page is built by mkdocs with the theme of the site and opened without a server. Times are taken inside the page, to
the frame that shows the rows; the reference is reading the same rows as JSON there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from benchmarks.generated import make_registry
from benchmarks.measure import Benchmark
from zoo_tools.registry.load import load_registry
from zoo_tools.site.pages import compare
from zoo_tools.site.zoo import Zoo

MODELS = 84
"""Of 24 rows each."""
INTERACTIVE = 0.3
"""Seconds from the parsed page to a table that answers."""
_ROOT = Path(__file__).resolve().parent.parent
_SHOWN = "new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))"
_START = f"""async script => {{
    window.zooCatalogue.isRead = false;
    (0, eval)(script);
    await {_SHOWN};
}}"""
_CHOICE = f"""async () => {{
    const field = document.querySelector('[name="max-latency"]');
    field.value = field.value === "15" ? "14" : "15";
    field.dispatchEvent(new Event("input", {{ bubbles: true }}));
    await {_SHOWN};
}}"""
_PARSE = f"""async text => {{
    JSON.parse(text);
    await {_SHOWN};
}}"""


def compare_benchmarks(folder: Path) -> list[Benchmark]:
    """Return the benchmarks, none without a browser's driver; the page is built when the first is run."""
    if find_spec("playwright") is None:
        return []
    page = _Page(folder / "compare")
    reference = ("reading JSON", page.parse)
    return [
        Benchmark("compare-start", page.start, *reference, most_seconds=INTERACTIVE),
        Benchmark("compare-choice", page.choose, *reference, most_seconds=INTERACTIVE),
    ]


@dataclass
class _Page:
    folder: Path
    _evaluate: Callable[..., object] | None = field(default=None, init=False)
    _rows: str = ""

    def start(self) -> None:
        """Let the page's script begin anew: read the catalogue, pick, show."""
        self._ask(_START, (_ROOT / "docs" / "assets" / "compare" / "compare.js").read_text(encoding="utf-8"))

    def choose(self) -> None:
        """Set a budget."""
        self._ask(_CHOICE)

    def parse(self) -> None:
        """Read the rows as JSON."""
        self._ask(_PARSE, self._rows)

    def _ask(self, script: str, argument: str = "") -> None:
        if self._evaluate is None:
            self._evaluate = self._open()
        self._evaluate(script, argument)

    def _open(self) -> Callable[..., object]:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  (whoever times something else needs none)

        from tests.site.chromium import find_chromium  # noqa: PLC0415

        site = self._build()
        playwright = sync_playwright().start()
        executable = find_chromium(playwright)
        page = playwright.chromium.launch(
            executable_path=executable, args=["--disable-gpu", "--disable-quic"]
        ).new_page()
        page.goto((site / "compare" / "index.html").as_uri())
        page.wait_for_selector("#zoo-compare:not([hidden])")
        self._rows = json.dumps(page.evaluate("window.zooCatalogue.rows"))
        return page.evaluate

    def _build(self) -> Path:
        registry, docs, site = self.folder / "registry", self.folder / "docs", self.folder / "site"
        self.folder.mkdir(parents=True)
        make_registry(registry, models=MODELS)
        zoo = Zoo(load_registry(registry))
        files = {compare.SOURCE: compare.compare(zoo).encode(), "index.md": b"# Home\n", **compare.files(zoo)}
        for path in (_ROOT / "docs" / "assets").rglob("*"):
            if path.is_file():
                files[path.relative_to(_ROOT / "docs").as_posix()] = path.read_bytes()
        for name, content in files.items():
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).write_bytes(content)
        environment = {"ZOO_TOOLS_DOCS_DIR": str(docs), "ZOO_TOOLS_SITE_DIR": str(site), "PYTHONPATH": str(_ROOT)}
        # Links to cards lead nowhere here: they are not built.
        command = [sys.executable, "-m", "mkdocs", "build", "--no-strict", "--quiet", "-f", str(_ROOT / "mkdocs.yml")]
        subprocess.run(command, check=True, env=os.environ | environment, stderr=subprocess.DEVNULL)
        return site
