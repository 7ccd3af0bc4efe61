"""The sites that tests look at, built once for all workers."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site.building import EXAMPLE, REAL, Site, build, check
from zoo_tools.registry.load import load_registry
from zoo_tools.site.checked import read_report


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
