"""What every test gets: a scrubbed environment, and the real files of `shared` or a stated reason why not.

A skip is for people who have only this repository. The continuous build sets ZOO_TOOLS_REQUIRE_SHARED=1,
ZOO_TOOLS_REQUIRE_CHROMIUM=1, ZOO_TOOLS_REQUIRE_ORACLES=1 and ZOO_TOOLS_REQUIRE_VNU=1, which turn those skips into
failures.
"""

import importlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import NoReturn

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Error, sync_playwright

from tests.site.chromium import find_chromium

# Libraries that tests compare with report to their makers when they are imported, unless they are told not to.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # the documented way to make an import fail

# Two shared cores: how long one example takes says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parent.parent

# Read once, here: by the time a test runs, the scrub below has removed the variables.
_SHARED = Path(os.environ.get("ZOO_TOOLS_SHARED") or REPOSITORY.parent / "shared").absolute()
_REQUIRED = {
    name for name in ("SHARED", "CHROMIUM", "ORACLES", "VNU") if os.environ.get(f"ZOO_TOOLS_REQUIRE_{name}") == "1"
}

# What a developer's shell may hold and what would change an answer, an output or a message.
_SCRUBBED_PREFIXES = ("ZOO_TOOLS_", "GIT_", "GITHUB_", "XDG_", "PYTEST_ADDOPTS", "MKDOCS")
_SCRUBBED = {
    "CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "SITE_URL", "SOURCE_DATE_EPOCH",
    "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
}  # fmt: skip


def unavailable(what: str, reason: str) -> NoReturn:
    """Skip the test for want of `what` ("SHARED", "CHROMIUM" or "VNU"), or fail it where the build requires that."""
    if what in _REQUIRED:
        pytest.fail(f"{reason} ZOO_TOOLS_REQUIRE_{what}=1 makes that a failure.", pytrace=False)
    pytest.skip(reason)


def oracle(name: str) -> ModuleType:
    """Import a library that tests compare with; without it skip, or fail where the build requires it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if "ORACLES" in _REQUIRED:
            raise
        pytest.skip(f"{name} is not installed (dependency group test).", allow_module_level=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they use, so that `-m "not chromium"` and `-m shared` need no second statement."""
    for item in items:
        names = getattr(item, "fixturenames", [])
        for fixture, marker in (("shared", pytest.mark.shared), ("browser", pytest.mark.chromium)):
            if fixture in names:
                item.add_marker(marker)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files: `../shared` beside the repository, or ZOO_TOOLS_SHARED."""
    if not _SHARED.is_dir():
        unavailable("SHARED", f"There is no folder of real model files at {_SHARED}.")
    return _SHARED


@pytest.fixture(scope="session")
def mirror(shared: Path) -> Path:
    """The real model files and pictures, laid out `<sha256>/<filename>`."""
    if not (shared / "mirror").is_dir():
        unavailable("SHARED", f"The folder {shared} has no mirror of model files in it.")
    return shared / "mirror"


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


def _is_scrubbed(name: str) -> bool:
    return name in _SCRUBBED or name.startswith(_SCRUBBED_PREFIXES) or name.lower().endswith("_proxy")


@pytest.fixture(autouse=True)
def _scrubbed_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home of its own, UTC, no proxy, no setting of the developer's shell; PATH stays, so that subprocesses work.

    It has its own MonkeyPatch: a test that calls `monkeypatch.undo()` must not get the developer's home back.
    """
    with (
        TemporaryDirectory(prefix="home-", dir=tmp_path_factory.getbasetemp(), ignore_cleanup_errors=True) as home,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in filter(_is_scrubbed, list(os.environ)):
            patch.delenv(name)
        patch.setenv("HOME", home)
        patch.setenv("XDG_CACHE_HOME", f"{home}/.cache")
        patch.setenv("XDG_CONFIG_HOME", f"{home}/.config")
        patch.setenv("XDG_DATA_HOME", f"{home}/.local/share")
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()
