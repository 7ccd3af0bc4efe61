"""Building real sites for tests: checks through the command line, pages through `render`, HTML through mkdocs."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from bs4 import BeautifulSoup
from playwright.sync_api import Page

from tests.conftest import REPOSITORY
from zoo_tools.registry.load import Registry, load_registry
from zoo_tools.site.checked import Checked, read_report
from zoo_tools.site.render import RenderResult, render

EXAMPLE = Path(__file__).parent / "example" / "registry"
REAL = REPOSITORY / "registry"


@dataclass(frozen=True)
class Site:
    """A built site and what it was built from."""

    registry: Registry
    checked: Checked | None
    docs: Path
    folder: Path

    def page(self, name: str) -> BeautifulSoup:
        """Return a built page by the folder it is served from."""
        return BeautifulSoup((self.folder / name / "index.html").read_bytes(), "html5lib")

    @cached_property
    def pages(self) -> dict[str, BeautifulSoup]:
        """All built pages by path, 404 apart: its links are absolute."""
        found = sorted(self.folder.rglob("*.html"))
        return {
            path.relative_to(self.folder).as_posix(): BeautifulSoup(path.read_bytes(), "html5lib")
            for path in found
            if path.name != "404.html"
        }


def run_zoo_tools(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "zoo_tools", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | (environment or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def check(registry: Path, report: Path, *options: str) -> Checked:
    """Run the checks of a registry and read their report back."""
    run = run_zoo_tools("validate", "--registry", str(registry), "--format", f"json={report}", *options)
    assert report.is_file(), run.stderr
    return read_report(report)


def render_registry(registry: Path, out: Path, checked: Checked | None = None) -> RenderResult:
    """Render a registry with the hand-written pages of the project."""
    return render(load_registry(registry), checked, out=out, docs=REPOSITORY / "docs")


def build(registry: Path, folder: Path, checked: Checked | None, *, site_url: str = "http://127.0.0.1:8000/") -> Site:
    """Render a registry and build it with the project's own mkdocs.yml, strictly."""
    docs, site = folder / "docs", folder / "site"
    render_registry(registry, docs, checked)
    run = run_mkdocs("mkdocs.yml", {"DOCS_DIR": docs, "SITE_DIR": site}, SITE_URL=site_url)
    assert run.returncode == 0, run.stdout + run.stderr
    return Site(load_registry(registry), checked, docs, site)


def run_mkdocs(configuration: str, folders: dict[str, Path], **environment: str) -> subprocess.CompletedProcess[str]:
    """Build with one of the project's configurations, strictly, from and into other folders than it names."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(REPOSITORY / configuration)],
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY), "SOURCE_DATE_EPOCH": "1700000000"}
        | {f"ZOO_TOOLS_{name}": str(folder) for name, folder in folders.items()}
        | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def search(page: Page, address: str, words: str) -> None:
    """Type words into the search of a served site, and wait for results."""
    page.goto(address)
    page.wait_for_load_state("networkidle")  # the script must listen before anything is typed
    page.locator("input.md-search__input").click()
    page.keyboard.type(words)
    page.wait_for_selector(".md-search-result__item", timeout=10_000)


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Served:
    """A folder served on loopback while the `with` block lasts."""

    def __init__(self, folder: Path) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(folder)))
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
