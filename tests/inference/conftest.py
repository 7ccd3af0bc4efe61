"""Workers that do what they are told, and a watch over what they leave behind."""

import json
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from zoo_tools.confinement.limits import DEFAULT_LIMITS, WorkerLimits
from zoo_tools.inference.worker import Worker

CHILDREN = Path(__file__).parent / "children"

EMPTY_SHA256 = sha256(b"").hexdigest()

Tell = Callable[[Worker, str], object]
Obedient = Callable[..., Worker]


@pytest.fixture
def obedient(tmp_path: Path) -> Obedient:
    """Make a worker of a model that obeys.

    Its argument is what the model does when it is opened; `unfiltered` is for what only older systems let happen.
    """

    def make(opening: str = "", *, limits: WorkerLimits = DEFAULT_LIMITS, unfiltered: bool = False) -> Worker:
        model = tmp_path / "obedient.tflite"
        model.write_text(opening, encoding="ascii")
        digest = sha256(opening.encode()).hexdigest()
        child = (str(CHILDREN / "obedient.py"), *["unfiltered"][: int(unfiltered)])
        return Worker(model, sha256=digest, limits=limits, child=child)

    return make


@pytest.fixture
def tell() -> Tell:
    """Run an obedient model with a command, and return its reply."""

    def run(worker: Worker, command: str) -> object:
        outputs = worker.run({"command": np.frombuffer(command.encode(), np.uint8)})
        reply: object = json.loads(outputs["reply"].tobytes())
        return reply

    return run


@pytest.fixture
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail if a test leaves a descriptor open, a process unburied or a folder behind."""
    folders = tmp_path / "workers"
    folders.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders))
    before = descriptors(), children()
    yield
    assert not list(folders.iterdir())
    assert (descriptors(), children()) == before


def descriptors() -> int:
    """Count what this process holds open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[str]:
    """Return the processes started here that live or wait to be buried."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for one in lists for pid in one.read_text(encoding="ascii").split()}
