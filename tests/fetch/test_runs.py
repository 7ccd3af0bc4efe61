"""Several runs, one after the other or at once: a next run goes on where one was killed, and never on others' bytes."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.fetch.conftest import QUICK
from tests.fetch.server import Exchange, LyingServer, wanted
from zoo_tools.errors import UnavailableError, WrongBytesError
from zoo_tools.fetch import Cache, Fetcher, HostRules, Wanted
from zoo_tools.fetch.leftovers import Origin, forget, is_written, lock, new_name, take_over

CONTENT = random.Random(5).randbytes(3 << 20)
HALF = len(CONTENT) // 2
PROGRAM = """
import sys
from pathlib import Path
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Cache, Fetcher, HostRules, Wanted, fetcher
folder, url, sha256, size, locks, sight = sys.argv[1:]
if locks == "no-op":
    import fcntl
    fcntl.flock = lambda *_: None
if sight == "blind":
    fetcher.writers = lambda _: {}
try:
    wanted = Wanted("model.tflite", sha256, int(size), (url,))
    print(Fetcher(Cache(Path(folder)), hosts=HostRules.of([], [url.split("/")[2]])).fetch(wanted).source)
except ZooToolsError as error:
    sys.exit(error.message)
"""


def start_fetch(folder: Path, url: str, *, locks: str = "", sight: str = "") -> subprocess.Popen[str]:
    request = wanted(CONTENT, url)
    arguments = [str(folder), url, request.sha256, str(request.size), locks, sight]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


def from_where(exchange: Exchange) -> int:
    """Where the part that is asked for begins."""
    asked = re.fullmatch(r"bytes=(\d+)-", exchange.request.headers.get("range", ""))
    return int(asked[1]) if asked and exchange.request.headers["if-range"] == '"v1"' else 0


def honest(exchange: Exchange, *, until: int = len(CONTENT), seconds: float = 0) -> None:
    """Give what is asked for, the version `"v1"`, block by block, and break off at a place."""
    start = from_where(exchange)
    part: dict[str, str | None] = {"ETag": '"v1"', "Content_Length": str(len(CONTENT) - start)}
    if start:
        part["Content_Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    exchange.answer(206 if start else 200, **part)
    for at in range(start, until, 65536):
        exchange.send(CONTENT[at : min(at + 65536, until)])
        if seconds:
            exchange.stall(seconds)


@pytest.fixture
def broken_off(server: LyingServer, cache: Cache, fetcher: Fetcher) -> Wanted:
    """A file of which a former run has left the first half; the server now gives everything."""
    request = wanted(CONTENT, server.serve("/m", lambda exchange: honest(exchange, until=HALF)))
    once = Fetcher(cache, hosts=HostRules.of([], [server.authority]), limits=replace(QUICK, tries=1))
    with pytest.raises(UnavailableError):
        once.fetch(request)
    assert not cache.path_of(request).exists()
    assert [name.rpartition(".")[2] for name in names_in(cache.folder)] == ["json", "rest"]
    server.serve("/m", honest)
    server.requests.clear()
    return request


def test_a_next_run_goes_on_where_one_ended(
    broken_off: Wanted, server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    assert fetcher.fetch(broken_off).path.read_bytes() == CONTENT
    assert [request.headers["range"] for request in server.requests] == [f"bytes={HALF}-"]
    assert names_in(cache.folder) == ["model.tflite"]


def test_another_version_begins_anew(broken_off: Wanted, server: LyingServer, fetcher: Fetcher) -> None:
    server.serve("/m", lambda exchange: exchange.answer(200, CONTENT, ETag='"v2"'))
    assert fetcher.fetch(broken_off).path.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_another_address_is_no_continuation(
    broken_off: Wanted, server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    elsewhere = replace(broken_off, urls=(server.serve("/other", honest),))
    assert fetcher.fetch(elsewhere).path.read_bytes() == CONTENT
    assert "range" not in server.requests[0].headers
    assert names_in(cache.folder) == ["model.tflite"]


@pytest.mark.parametrize("spoilt", ["first byte", "last byte", "another length of the same"])
def test_what_was_spoilt_meanwhile_costs_a_second_download_and_nothing_else(
    spoilt: str, broken_off: Wanted, server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    path = next(cache.folder.rglob("*.rest"))
    content = bytearray(path.read_bytes())
    if spoilt == "another length of the same":
        content += b"\0" * 1000
    else:
        content[0 if spoilt == "first byte" else -1] ^= 1
    path.write_bytes(content)
    assert fetcher.fetch(broken_off).path.read_bytes() == CONTENT
    assert ["range" in request.headers for request in server.requests] == [True, False]


@pytest.mark.parametrize("note", [b"", b"{}", b"[]", b"\xff", b'{"etag": 1}', b"[" * 100_000])
def test_a_note_that_says_nothing_begins_anew(
    note: bytes, broken_off: Wanted, server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    next(cache.folder.rglob("*.json")).write_bytes(note)
    assert fetcher.fetch(broken_off).path.read_bytes() == CONTENT
    assert "range" not in server.requests[0].headers
    assert names_in(cache.folder) == ["model.tflite"]


@pytest.mark.parametrize("kind", ["symlink", "hard link"])
def test_a_leftover_that_is_somebody_elses_file_is_not_written_to(
    kind: str, broken_off: Wanted, cache: Cache, fetcher: Fetcher, tmp_path: Path
) -> None:
    path, precious = next(cache.folder.rglob("*.rest")), tmp_path / "precious"
    path.rename(precious)
    before = precious.read_bytes()
    path.symlink_to(precious) if kind == "symlink" else path.hardlink_to(precious)
    assert fetcher.fetch(broken_off).path.read_bytes() == CONTENT
    assert precious.read_bytes() == before


def test_an_older_beginning_and_a_complete_one_do_no_harm(broken_off: Wanted, cache: Cache, fetcher: Fetcher) -> None:
    path = next(cache.folder.rglob("*.rest"))
    path.write_bytes(CONTENT + b"more than all")
    assert fetcher.fetch(broken_off).path.read_bytes() == CONTENT
    assert names_in(cache.folder) == ["model.tflite"]


def test_wrong_bytes_leave_nothing_to_go_on_with(server: LyingServer, cache: Cache, fetcher: Fetcher) -> None:
    url = server.serve("/m", lambda exchange: exchange.answer(200, CONTENT[::-1], ETag='"v1"'))
    with pytest.raises(WrongBytesError):
        fetcher.fetch(wanted(CONTENT, url))
    assert names_in(cache.folder) == []


def test_an_interrupt_leaves_what_the_next_run_goes_on_with(
    server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    request = wanted(CONTENT, server.serve("/m", honest))

    def interrupt(done: int, total: int, url: str, /) -> None:
        if done > HALF:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetcher.fetch(request, progress=interrupt)
    assert fetcher.fetch(request).path.read_bytes() == CONTENT
    assert re.fullmatch(r"bytes=[0-9]{6,}-", server.requests[-1].headers["range"])


def test_kill_9_at_ten_random_moments_and_a_rerun(server: LyingServer, cache: Cache, fetcher: Fetcher) -> None:
    request = wanted(CONTENT, server.serve("/m", lambda exchange: honest(exchange, seconds=0.005)))
    path, dice = cache.path_of(request), random.Random(4)
    for _ in range(10):
        with start_fetch(cache.folder, request.urls[0]) as process:
            time.sleep(dice.uniform(0.15, 0.65))
            process.send_signal(signal.SIGKILL)
        assert not path.exists() or path.read_bytes() == CONTENT
        if path.exists():
            path.unlink()
    server.serve("/m", honest)
    assert fetcher.fetch(request).path.read_bytes() == CONTENT
    assert names_in(cache.folder) == ["model.tflite"]


def test_a_killed_run_is_continued(server: LyingServer, cache: Cache, fetcher: Fetcher) -> None:
    def stalling(exchange: Exchange) -> None:
        honest(exchange, until=HALF)
        exchange.stall(20)

    request = wanted(CONTENT, server.serve("/m", stalling))
    with start_fetch(cache.folder, request.urls[0]) as process:
        while not any(path.stat().st_size >= HALF for path in cache.folder.rglob("*.part")):
            time.sleep(0.005)
        process.kill()
    server.serve("/m", honest)
    assert fetcher.fetch(request).path.read_bytes() == CONTENT
    assert server.requests[-1].headers["range"] == f"bytes={HALF}-"


@pytest.mark.parametrize("locks", ["working", "no-op"])
def test_four_processes_at_once(locks: str, server: LyingServer, cache: Cache) -> None:
    """Each begins before it can see the others, so that all four download at the same time."""
    together = threading.Barrier(4, timeout=30)

    def route(exchange: Exchange) -> None:
        if exchange.number <= 4:
            exchange.answer(200, CONTENT[:HALF], Content_Length=str(len(CONTENT)), ETag='"v1"')
            together.wait()
        honest(exchange) if exchange.number > 4 else exchange.send(CONTENT[HALF:])

    request = wanted(CONTENT, server.serve("/m", route))
    processes = [start_fetch(cache.folder, request.urls[0], locks=locks, sight="blind") for _ in range(4)]
    for process in processes:
        assert process.communicate(timeout=30) == ("download\n", "")
        assert process.returncode == 0
    assert names_in(cache.folder) == ["model.tflite"]
    assert cache.path_of(request).read_bytes() == CONTENT


@pytest.mark.parametrize("locks", ["working", "no-op"])
def test_who_comes_second_takes_the_bytes_of_the_first(locks: str, server: LyingServer, cache: Cache) -> None:
    go_on = threading.Event()

    def route(exchange: Exchange) -> None:
        exchange.answer(200, CONTENT[:HALF], Content_Length=str(len(CONTENT)), ETag='"v1"')
        go_on.wait(20)
        exchange.send(CONTENT[HALF:])

    request = wanted(CONTENT, server.serve("/m", route))
    first = start_fetch(cache.folder, request.urls[0], locks=locks)
    while not any(path.stat().st_size >= HALF for path in cache.folder.rglob("*.part")):
        time.sleep(0.005)
    others = [start_fetch(cache.folder, request.urls[0], locks=locks) for _ in range(3)]
    time.sleep(1)
    go_on.set()
    assert first.communicate(timeout=30) == ("download\n", "")
    assert [other.communicate(timeout=30) for other in others] == [("cache\n", "")] * 3
    assert len(server.requests) == 1
    assert names_in(cache.folder) == ["model.tflite"]


def test_who_waits_for_one_that_is_killed_goes_on_where_it_ended(
    server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    def stalling(exchange: Exchange) -> None:
        honest(exchange, until=HALF)
        exchange.stall(20)

    request = wanted(CONTENT, server.serve("/m", stalling))
    with start_fetch(cache.folder, request.urls[0]) as process:
        while not any(path.stat().st_size >= HALF for path in cache.folder.rglob("*.part")):
            time.sleep(0.005)
        server.serve("/m", honest)
        threading.Timer(0.5, process.kill).start()
        threading.Thread(target=process.wait).start()  # what is killed and not waited for still has its number
        assert fetcher.fetch(request).path.read_bytes() == CONTENT
    assert server.requests[-1].headers["range"] == f"bytes={HALF}-"
    assert names_in(cache.folder) == ["model.tflite"]


@pytest.mark.parametrize("locks", ["working", "no-op"])
def test_a_file_that_a_living_process_writes_is_left_to_it(
    locks: str, server: LyingServer, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def route(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.answer(200, CONTENT[:HALF], Content_Length=str(len(CONTENT)), ETag='"v1"')
            go_on.wait(20)
            exchange.send(CONTENT[HALF:])
        else:
            honest(exchange)

    request = wanted(CONTENT, server.serve("/m", route))
    if locks == "no-op":
        monkeypatch.setattr("fcntl.flock", lambda *_: None)
    impatient = Fetcher(cache, hosts=HostRules.of([], [server.authority]), limits=replace(QUICK, silence=0.5))
    with start_fetch(cache.folder, request.urls[0], locks=locks) as process:
        while not any(path.stat().st_size >= HALF for path in cache.folder.rglob("*.part")):
            time.sleep(0.005)
        start = time.monotonic()
        assert impatient.fetch(request).path.read_bytes() == CONTENT
        assert 0.5 < time.monotonic() - start < 5
        assert len(list(cache.folder.rglob("*.part"))) == 1
        assert "range" not in server.requests[1].headers
        go_on.set()
        assert process.wait(20) == 0
    assert names_in(cache.folder) == ["model.tflite"]


def test_only_one_of_many_takes_a_leftover_over(broken_off: Wanted, cache: Cache) -> None:
    final, origin = cache.path_of(broken_off), Origin(broken_off.urls[0], broken_off.size)
    taken: list[object] = []
    threads = [threading.Thread(target=lambda: taken.append(take_over(final, origin))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in taken if one is not None]) == 1


def test_a_file_of_another_machine_is_left_alone_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / ".model.tflite.0123abcd-1-89abcdef.part"
    path.write_bytes(b"x")
    assert is_written(path)
    os.utime(path, (time.time() - 90_000,) * 2)
    assert not is_written(path)


def test_a_lock_shows_a_writer_whose_process_cannot_be_seen(tmp_path: Path) -> None:
    """Such as one in another container over the same folder."""
    name = new_name(tmp_path / "model.tflite").name.split("-")
    path = tmp_path / "-".join([name[0], "999999999", *name[2:]])
    with path.open("wb") as file:
        assert not is_written(path)
        lock(file)
        assert is_written(path)
    assert not is_written(path)


def test_a_file_of_this_process_is_its_own_until_it_forgets_it(tmp_path: Path) -> None:
    path = new_name(tmp_path / "model.tflite")
    path.write_bytes(b"x")
    assert is_written(path)
    forget(path)
    assert not is_written(path)


# ---------------------------------------------------------------------------------------------------------- a full disk


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_of_one_mib(tiny_disk: Path, server: LyingServer) -> None:
    request = wanted(CONTENT, server.serve("/m", honest))
    fetcher = Fetcher(Cache(tiny_disk), hosts=HostRules.of([], [server.authority]), limits=QUICK)
    with pytest.raises(UnavailableError, match=r"model\.tflite cannot be written: No space left on device$"):
        fetcher.fetch(request)
    assert names_in(tiny_disk) == []
    assert len(server.requests) == 1
    small = wanted(CONTENT[:1000], server.serve("/small", lambda exchange: exchange.answer(200, CONTENT[:1000])))
    assert fetcher.fetch(small).path.read_bytes() == CONTENT[:1000]
