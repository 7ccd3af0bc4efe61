"""`zoo_tools serve` as its users meet it: a process, a port on this machine, an editor that saves files."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Self, TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.cli.invoke import REPOSITORY
from tests.site.building import EXAMPLE

MODEL = "example_detector"
CARD = f"models/{MODEL}/8.x/"
PATIENCE = 60.0
T = TypeVar("T")
# Where tests run in the background Ctrl+C is ignored, by everything they start as well.
_MAIN = """
import signal
from zoo_tools.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


class Serving:
    """A running `zoo_tools serve` and the folder it watches."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.manifest = home / "registry" / "models" / MODEL / "manifest.yaml"
        self.said: list[str] = []
        options = ["--registry", str(home / "registry"), "--address", "127.0.0.1:0", "--out", str(home / "preview")]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "serve", *options],
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.url = self.wait_for(lambda: next((line.split()[2] for line in self.said if "Serving at" in line), None))

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stderr:
            for line in stderr:
                self.said.append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Press Ctrl+C; return the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout=PATIENCE)
        self._listener.join()
        return code

    def wait_for(self, ask: Callable[[], T | None]) -> T:
        """Ask again and again until there is an answer."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (answer := ask()) is not None:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"nothing came; it said: {self.said}")

    def get(self, path: str) -> tuple[int, str]:
        """Return status and text of a page."""
        parts = urlsplit(self.url)
        with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)) as connection:
            connection.request("GET", f"/{path}")
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")

    def wait_for_text(self, path: str, text: str) -> None:
        """Wait until a page has a text."""
        self.wait_for(lambda: True if text in self.get(path)[1] else None)

    def edit(self, path: Path, old: str, new: str) -> None:
        """Save a file with other text in it."""
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The example's registry, served; every test but the last leaves it as it was."""
    tmp_path = tmp_path_factory.mktemp("serving")
    shutil.copytree(EXAMPLE, tmp_path / "registry")
    shutil.copytree(REPOSITORY / "docs", tmp_path / "docs")
    hooks = ", ".join(str(path) for path in sorted((REPOSITORY / "zoo_tools/site").glob("*.py")) if _is_hook(path))
    theme = REPOSITORY / "zoo_tools/site/theme"
    (tmp_path / "mkdocs.yml").write_text(
        f"INHERIT: {REPOSITORY / 'mkdocs.yml'}\nhooks: [{hooks}]\ntheme: {{custom_dir: {theme}}}\n", encoding="utf-8"
    )
    with Serving(tmp_path) as running:
        yield running


def _is_hook(path: Path) -> bool:
    return f"zoo_tools/site/{path.name}" in (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")


def test_an_edit_is_seen_and_a_mistake_leaves_the_old_pages(serving: Serving) -> None:
    assert serving.get(CARD)[0] == 200
    serving.edit(serving.manifest, "ms: 20.00", "ms: 20.01")
    serving.wait_for_text(CARD, "20.01")
    serving.wait_for_text("api/v1/catalogue.csv", "20.01")  # the pages of the whole zoo follow

    serving.edit(serving.manifest, "ms: 20.01", "msec: 20.02")
    line = serving.wait_for(lambda: next((line for line in serving.said if "The old pages stay" in line), None))
    assert "manifest.yaml:" in line
    assert "msec" in line
    assert not [line for line in serving.said if "Traceback" in line]
    assert "20.01" in serving.get(CARD)[1]

    serving.edit(serving.manifest, "msec: 20.02", "ms: 20.00")
    serving.wait_for_text(CARD, "20.00")
    assert "20.01" not in serving.get(CARD)[1]


def test_pages_written_by_hand_are_followed_and_found_by_search(serving: Serving) -> None:
    serving.edit(serving.home / "docs/how-to/read-a-card.md", "# ", "# Quagga ")
    serving.wait_for_text("how-to/read-a-card/", "Quagga")
    serving.wait_for_text("search/search_index.json", "Quagga")
    index = serving.get("search/search_index.json")[1]
    assert f"models/{MODEL}/" in index
    assert index.count('"location":"how-to/read-a-card/"') == 1


def test_a_model_that_is_gone_has_no_page(serving: Serving) -> None:
    assert serving.get(CARD)[0] == 200
    away = serving.home / "away"
    serving.manifest.parent.rename(away)
    serving.wait_for(lambda: True if serving.get(CARD)[0] == 404 else None)
    serving.wait_for_text("models/", "no model yet")
    away.rename(serving.manifest.parent)
    serving.wait_for(lambda: True if serving.get(CARD)[0] == 200 else None)


def test_nothing_but_the_site_is_served(serving: Serving) -> None:
    assert serving.get("../registry/hosts.yaml")[0] == 404
    assert serving.get("%2e%2e/docs/index.md")[0] == 404
    assert serving.get("how-to/read-a-card")[0] == 301


def test_a_page_that_changes_reloads_in_the_browser(serving: Serving, browser: Browser) -> None:
    with browser.new_context() as context:
        page, other = context.new_page(), context.new_page()
        page.goto(serving.url + CARD)
        other.goto(serving.url + "checks/")
        other.evaluate("window.isSamePage = true")
        serving.edit(serving.manifest, "ms: 20.00", "ms: 20.55")
        page.get_by_text("20.55").first.wait_for(state="attached", timeout=60_000)
        assert other.evaluate("window.isSamePage") is True
    serving.edit(serving.manifest, "ms: 20.55", "ms: 20.00")


def test_a_taken_port_and_a_bad_address_are_one_sentence(serving: Serving) -> None:
    port = urlsplit(serving.url).port
    for address, complaint in ((f"127.0.0.1:{port}", "cannot be served"), ("8000", "not written as HOST:PORT")):
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "zoo_tools",
                "serve",
                "--registry",
                "registry",
                "--address",
                address,
                "--out",
                "two",
            ],
            cwd=serving.home,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 2
        assert complaint in run.stderr
        assert "Traceback" not in run.stderr


def test_ctrl_c_ends_it(serving: Serving) -> None:
    assert serving.stop() == 0
    assert serving.said[-1] == "Stopped\n"
