"""The numbers that are promised, and promises that only show in the order of calls or in what does not answer."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.fetch.conftest import QUICK
from tests.fetch.server import LyingServer, wanted
from zoo_tools.errors import UnavailableError
from zoo_tools.fetch import Cache, Fetched, Fetcher, HostRules, Limits, deliver

CONTENT = b"weights" * 5000


def test_patience_is_what_is_promised() -> None:
    promised = {
        "connect": 10, "headers": 30, "silence": 30, "rate": 1000, "window": 60, "redirects": 8, "tries": 5,
        "requests": 20, "retry_after": 60,
    }  # fmt: skip
    assert promised.items() <= asdict(Limits()).items()


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port whose queue is full: a connection to it is neither made nor refused."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.1)
            if waiting.connect_ex(("127.0.0.1", port)):
                break
        else:
            pytest.skip("this system takes any number of connections")
        yield port


def test_a_host_that_does_not_answer_the_door_is_waited_for_as_long_as_promised(deaf: int, cache: Cache) -> None:
    hosts, limits = HostRules.of([], [f"127.0.0.1:{deaf}"]), replace(QUICK, connect=0.3, tries=2)
    start = time.monotonic()
    with pytest.raises(UnavailableError, match=r"in 2 tries: no connection within 0\.3 s$"):
        Fetcher(cache, hosts=hosts, limits=limits).fetch(wanted(CONTENT, f"http://127.0.0.1:{deaf}/m"))
    assert 0.6 < time.monotonic() - start < 3


def test_a_file_is_durable_before_it_has_its_name(
    server: LyingServer, fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What kill -9 cannot tell apart, a power cut can: a name that is on the disk before its bytes."""
    durable: set[int] = set()
    named: list[str] = []
    fsync, replace_ = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        found = os.fstat(descriptor)
        durable.add(hash((found.st_ino, found.st_size)))

    def renamed(path: Path, target: Path) -> Path:
        found = path.stat()
        assert hash((found.st_ino, found.st_size)) in durable, f"{target.name} gets its name before its bytes"
        named.append(target.name)
        return replace_(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    request = wanted(CONTENT, server.serve("/m", lambda exchange: exchange.answer(200, CONTENT)))
    fetched = fetcher.fetch(request)
    assert isinstance(fetched, Fetched)
    deliver(fetched, tmp_path / "out" / "copy.tflite")
    assert named == ["model.tflite", "copy.tflite"]
