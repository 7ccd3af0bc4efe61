"""A server that lies at every level, and this tool under the limits it promises to keep: disk, memory, time, requests.

All faults run in one process of 1 GiB of address space, several at a time, each with a cache of its own.
"""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.fetch.conftest import IMPATIENT, QUICK
from tests.fetch.fault_stories import STORIES, slug
from tests.fetch.faults import CONTENT
from tests.fetch.server import LyingServer, sha256
from zoo_tools import errors

DISK = len(CONTENT) + (1 << 20)
SECONDS = 10
"""Far above what these limits allow: 3 tries of 0.4 s each; but many run at once."""

PROGRAM = """
import json, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Cache, Fetcher, HostRules, Limits, Wanted
jobs = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_FSIZE, (jobs["disk"], jobs["disk"]))

def run(job):
    start = time.monotonic()
    hosts, limits = HostRules.of([], [jobs["host"]]), Limits(**job["limits"])
    fetcher = Fetcher(Cache(Path(job["folder"])), hosts=hosts, limits=limits)
    wanted = Wanted("model.tflite", jobs["sha256"], jobs["size"], (job["url"],))
    try:
        if jobs["kept"]:
            outcomes = list(fetcher.fetch_many([wanted], jobs=1))
            if isinstance(outcomes[0][1], ZooToolsError):
                raise outcomes[0][1]
        else:
            fetcher.fetch(wanted)
    except ZooToolsError as error:
        return job["name"], type(error).__name__, error.message, time.monotonic() - start
    return job["name"], None, "", time.monotonic() - start

with ThreadPoolExecutor(8) as pool:
    json.dump(list(pool.map(run, jobs["jobs"])), sys.stdout)
"""


@dataclass(frozen=True)
class Outcome:
    """What came of a fault."""

    error: type[errors.ZooToolsError] | None
    message: str
    seconds: float
    requests: int
    most_on_disk: int
    left: dict[str, bytes]


class Disk:
    """Watches how much each of several folders holds."""

    def __init__(self, folder: Path) -> None:
        self.most: dict[str, int] = {}
        self._folder = folder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            for path in self._folder.iterdir():
                self.most[path.name] = max(self.most.get(path.name, 0), size_of(path))


def size_of(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{parent}/{name}").st_size
            except FileNotFoundError:
                continue
    return total


@pytest.fixture(scope="module", params=["alone", "kept"])
def outcomes(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """What came of every fault: to a single fetch, and to one that keeps connections for a next file."""
    root = tmp_path_factory.mktemp("faults")
    with LyingServer() as server:
        jobs = []
        for name, story in STORIES.items():
            for part, route in story.routes.items():
                server.serve(f"/{slug(name)}/{part}", route)
            limits = asdict(IMPATIENT if story.is_slow else QUICK)
            folder, url = str(root / slug(name)), server.url(f"/{slug(name)}/start")
            jobs.append({"name": name, "url": url, "folder": folder, "limits": limits})
        given = {"jobs": jobs, "host": server.authority, "size": len(CONTENT), "sha256": sha256(CONTENT), "disk": DISK,
                 "kept": request.param == "kept"}  # fmt: skip
        disk = Disk(root)
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM], input=json.dumps(given), capture_output=True, text=True,
            cwd=REPOSITORY, timeout=120, check=False,
        )  # fmt: skip
        disk.stop()
        asked = [request.target.split("/")[1] for request in server.requests]
    assert ended.returncode == 0, ended.stderr
    return {
        name: Outcome(
            error and getattr(errors, error, errors.UnavailableError),
            message,
            seconds,
            asked.count(slug(name)),
            disk.most.get(slug(name), 0),
            {str(path): path.read_bytes() for path in (root / slug(name)).rglob("*") if not path.is_dir()},
        )
        for name, error, message, seconds in json.loads(ended.stdout)
    }


def test_there_are_enough_of_them() -> None:
    assert len(STORIES) >= 70
    assert len({slug(name) for name in STORIES}) == len(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_right_bytes_or_an_error_and_nothing_else(name: str, outcomes: dict[str, Outcome]) -> None:
    story, outcome = STORIES[name], outcomes[name]
    assert outcome.error == story.error, outcome.message
    if story.error is None:
        assert list(outcome.left.values()) == [CONTENT]
        assert [Path(path).name for path in outcome.left] == ["model.tflite"]
    else:
        assert outcome.left == {}
        assert re.search(story.says, outcome.message), outcome.message
    assert outcome.requests <= story.requests
    assert outcome.seconds < SECONDS
    assert outcome.most_on_disk <= len(CONTENT) + 1
