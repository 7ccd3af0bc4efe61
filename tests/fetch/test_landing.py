"""Files appear whole or not at all: after kill -9, on a full disk, with several processes at once, over a symlink."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.fetch.server import Exchange, LyingServer, wanted
from zoo_tools.errors import UnavailableError, WrongBytesError
from zoo_tools.fetch import Cache, Fetched, Fetcher, deliver, write_whole

CONTENT = bytes(range(256)) * 4096
PROGRAM = """
import resource, sys
from pathlib import Path
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Cache, Fetcher, HostRules, Wanted
folder, url, sha256, size, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
host = url.split("/")[2]
try:
    wanted = Wanted("model.tflite", sha256, int(size), (url,))
    Fetcher(Cache(Path(folder)), hosts=HostRules.of([], [host])).fetch(wanted)
except ZooToolsError as error:
    sys.exit(error.message)
"""


def start_fetch(cache: Cache, url: str, *, limit: int = 0) -> subprocess.Popen[str]:
    request = wanted(CONTENT, url)
    arguments = [str(cache.folder), url, request.sha256, str(request.size), str(limit)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
    )


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def test_kill_9_leaves_nothing_at_the_final_name_and_the_next_run_succeeds(
    server: LyingServer, cache: Cache, fetcher: Fetcher
) -> None:
    halfway = threading.Event()

    def route(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.answer(200, CONTENT[: len(CONTENT) // 2], Content_Length=str(len(CONTENT)))
            halfway.set()
            exchange.stall(20)
        else:
            exchange.answer(200, CONTENT)

    request = wanted(CONTENT, server.serve("/m", route))
    with start_fetch(cache, request.urls[0]) as process:
        assert halfway.wait(20)
        while not any(path.stat().st_size for path in files_in(cache.folder)):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    assert not cache.path_of(request).exists()
    assert all(path.name.endswith(".part") for path in files_in(cache.folder))
    assert fetcher.fetch(request).path.read_bytes() == CONTENT


def test_kill_9_at_any_moment(server: LyingServer, cache: Cache) -> None:
    request = wanted(CONTENT, server.serve("/m", lambda exchange: exchange.answer(200, CONTENT)))
    for seconds in (0.1, 0.2, 0.3):
        with start_fetch(cache, request.urls[0]) as process:
            time.sleep(seconds)
            process.kill()
        path = cache.path_of(request)
        assert not path.exists() or path.read_bytes() == CONTENT


def test_several_threads_may_share_a_fetcher(server: LyingServer, cache: Cache, fetcher: Fetcher) -> None:
    url = server.serve("/m", lambda exchange: exchange.answer(200, CONTENT))
    found: list[Fetched] = []
    threads = [threading.Thread(target=lambda: found.append(fetcher.fetch(wanted(CONTENT, url)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [fetched.path.read_bytes() for fetched in found] == [CONTENT] * 4
    assert files_in(cache.folder) == [cache.path_of(wanted(CONTENT))]


def test_a_full_disk_is_an_error_and_leaves_nothing(server: LyingServer, cache: Cache) -> None:
    url = server.serve("/m", lambda exchange: exchange.answer(200, CONTENT))
    with start_fetch(cache, url, limit=len(CONTENT) // 2) as process:
        message = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert message.endswith("model.tflite cannot be written: File too large\n")
    assert files_in(cache.folder) == []


# ------------------------------------------------------------------------------------------------------------ deliver


@pytest.fixture
def fetched(tmp_path: Path) -> Fetched:
    """A verified file somewhere."""
    path = tmp_path / "held"
    path.write_bytes(CONTENT)
    return Fetched(wanted(CONTENT), path, "cache")


def test_a_file_is_delivered_as_a_copy(fetched: Fetched, tmp_path: Path) -> None:
    destination = tmp_path / "new" / "folder" / "model.tflite"
    before = os.umask(0o027)
    try:
        assert deliver(fetched, destination) == destination
    finally:
        os.umask(before)
    assert destination.read_bytes() == CONTENT
    assert stat.S_IMODE(destination.stat().st_mode) == 0o640
    assert not destination.samefile(fetched.path)
    assert files_in(destination.parent) == [destination]


def test_what_is_there_already_and_right_is_left_alone(fetched: Fetched, tmp_path: Path) -> None:
    destination = tmp_path / "model.tflite"
    destination.write_bytes(CONTENT)
    before = destination.stat()
    deliver(fetched, destination)
    assert (destination.stat().st_ino, destination.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_there_and_wrong_is_replaced(fetched: Fetched, tmp_path: Path) -> None:
    destination = tmp_path / "model.tflite"
    destination.write_bytes(b"\x01" + CONTENT[1:])
    deliver(fetched, destination)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("held", [CONTENT, b"precious"])
def test_a_symlink_at_the_destination_is_replaced_and_not_followed(
    held: bytes, fetched: Fetched, tmp_path: Path
) -> None:
    target, destination = tmp_path / "target", tmp_path / "model.tflite"
    target.write_bytes(held)
    destination.symlink_to(target)
    deliver(fetched, destination)
    assert not destination.is_symlink()
    assert (destination.read_bytes(), target.read_bytes()) == (CONTENT, held)


def test_bytes_that_changed_since_they_were_verified_are_not_delivered(fetched: Fetched, tmp_path: Path) -> None:
    destination = tmp_path / "out" / "model.tflite"
    fetched.path.write_bytes(b"\x01" + CONTENT[1:])
    with pytest.raises(WrongBytesError, match=f"^{fetched.path} gives model.tflite with sha256"):
        deliver(fetched, destination)
    assert files_in(destination.parent) == []


def test_a_source_that_is_gone_and_a_folder_as_destination_are_errors(fetched: Fetched, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnavailableError, match="folder cannot be written: Is a directory"):
        deliver(fetched, tmp_path / "folder")
    fetched.path.unlink()
    with pytest.raises(UnavailableError, match="held cannot be read: No such file or directory"):
        deliver(fetched, tmp_path / "model.tflite")
    assert files_in(tmp_path) == []


def test_a_sidecar_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite.json"
    write_whole(path, b"{}\n")
    write_whole(path, b'{"new": 1}\n')
    assert path.read_bytes() == b'{"new": 1}\n'
    assert files_in(tmp_path) == [path]
