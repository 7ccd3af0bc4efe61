"""A real Chromium for tests that look at pages, one per session; the sites they look at, built once for all workers."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.conftest import unavailable
from tests.site.building import EXAMPLE, REAL, Site, build, check
from tests.site.chromium import find_chromium
from zoo_tools.registry.load import load_registry
from zoo_tools.site.checked import read_report

# Chromium is not under pytest-socket: these keep it from calling its maker. Playwright adds --no-sandbox by itself,
# which root and most containers need; the pages are our own.
_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; tests without one are skipped with the reason, or fail where the build requires it."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            unavailable("CHROMIUM", "No Chromium was found on PATH, at ZOO_TOOLS_CHROMIUM or in Playwright's folder.")
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        except Error as error:
            unavailable("CHROMIUM", f"{executable} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first of the test workers that need it fills, and the others wait for."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    folder = (factory.getbasetemp().parent if is_worker else factory.getbasetemp()) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            (folder / "made").touch()
    return folder


def _make_real(folder: Path) -> None:
    build(REAL, folder, check(REAL, folder / "report.json", "--level", "static"))


def _make_example(folder: Path) -> None:
    build(EXAMPLE, folder, None)


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The project's own registry, checked at level static, rendered and built."""
    folder = _once(tmp_path_factory, "real-site", _make_real)
    return Site(load_registry(REAL), read_report(folder / "report.json"), folder / "docs", folder / "site")


@pytest.fixture(scope="session")
def example_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The registry made up for tests, unchecked, rendered and built."""
    folder = _once(tmp_path_factory, "example-site", _make_example)
    return Site(load_registry(EXAMPLE), None, folder / "docs", folder / "site")
