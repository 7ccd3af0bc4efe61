"""What a worker cannot see or do, and that it ends whatever happens to whom."""

import os
import platform
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.inference.conftest import CHILDREN, EMPTY_SHA256, Obedient, Tell, descriptors
from zoo_tools.confinement import rlimits
from zoo_tools.confinement.limits import OUT_OF_MEMORY, WorkerLimits
from zoo_tools.errors import ModelRunError

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py")


@pytest.mark.usefixtures("nothing_left")
def test_the_worker_sees_nothing_of_ours(
    obedient: Obedient, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)  # noqa: FBT003 (the signature is Python's)
        with obedient() as worker:
            seen = tell(worker, "look")
    assert isinstance(seen, dict)
    assert seen["environment"].keys() <= {
        "HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "LANG", "LC_CTYPE", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "PYTHONPATH", "LD_LIBRARY_PATH",
    }  # fmt: skip
    assert seen["environment"]["HOME"] == seen["folder"] != os.environ["HOME"]
    assert seen["files"] == []
    held = sorted(target.partition(":")[0] for target in seen["descriptors"])
    assert held == ["/dev/null", "pipe", "pipe", "pipe", "pipe"]


def test_the_systems_limits_are_set(obedient: Obedient, tell: Tell) -> None:
    with obedient(limits=WorkerLimits(cpu_seconds=30, file_bytes=4096)) as worker:
        seen = tell(worker, "look")
    assert isinstance(seen, dict)
    lines = [line.rsplit(maxsplit=3) for line in seen["limits"].splitlines()]
    limits = {words[0].strip(): words[1:3] for words in lines}
    assert limits["Max address space"] == [str(4 << 30)] * 2
    assert limits["Max cpu time"] == ["30", "32"]
    assert limits["Max file size"] == ["4096", "4096"]
    assert limits["Max core file size"] == ["0", "0"]


def test_processor_time_is_limited(obedient: Obedient, tell: Tell) -> None:
    with obedient(limits=WorkerLimits(cpu_seconds=1)) as worker, pytest.raises(ModelRunError) as raised:
        tell(worker, "spin")
    assert raised.value.message == "The worker running `obedient.tflite` took more than 1 s of processor time."


def test_native_code_starts_nothing(obedient: Obedient, tell: Tell) -> None:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("the filter of system calls is not written for this processor")
    with obedient() as worker:
        assert tell(worker, "start natively") == {}


def test_native_code_finds_no_network(obedient: Obedient, tell: Tell) -> None:
    """Where there is no filter of system calls, the namespace stands in."""
    if subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system grants no network namespace")
    with socket.create_server(("127.0.0.1", 0)) as server, obedient(unfiltered=True) as worker:
        assert tell(worker, f"connect {server.getsockname()[1]}") == -1


@pytest.mark.usefixtures("nothing_left")
def test_printing_reaches_neither_the_answer_nor_our_streams(
    obedient: Obedient, tell: Tell, capfd: pytest.CaptureFixture[str]
) -> None:
    with obedient() as worker:
        assert tell(worker, "say") == "said"
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("nothing_left")
def test_what_a_model_starts_ends_with_it(obedient: Obedient, tell: Tell) -> None:
    with obedient(unfiltered=True) as worker:
        started = tell(worker, "fork")
        assert runs(started)
    await_end_of(started)


def test_what_leaves_the_process_group_cannot_hold_us(obedient: Obedient, tell: Tell) -> None:
    before = descriptors()
    began = time.monotonic()
    with (
        obedient(limits=WorkerLimits(run_seconds=0.3), unfiltered=True) as worker,
        pytest.raises(ModelRunError, match=r"gave no answer within 0\.3 s"),
    ):
        tell(worker, "escape and hang")
    assert time.monotonic() - began < 3
    while descriptors() > before:
        assert time.monotonic() - began < 10, "the pipes stay open after whoever held them has ended"
        time.sleep(0.05)


def test_an_interrupt_ends_the_worker_and_leaves_nothing(tmp_path: Path) -> None:
    run = run_and_die(tmp_path, signal.SIGINT)
    assert run.stderr.rstrip().endswith("KeyboardInterrupt")
    assert not runs(run.stdout.strip())
    assert not list((tmp_path / "folders").iterdir())


def test_a_worker_whose_parent_was_killed_ends_by_itself(tmp_path: Path) -> None:
    run = run_and_die(tmp_path, signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL
    assert runs(run.stdout.strip())
    await_end_of(run.stdout.strip())


def test_where_the_system_limits_no_memory_a_watchdog_does() -> None:
    program = f"""
import sys, time
from {rlimits.__name__} import watch_memory
watch_memory(768 << 20)
taken = b"x" * (int(sys.argv[1]) << 20)
time.sleep(0.3)
"""
    # Linux counts what the starting process held as the child's own, and a test run holds much: a small one starts it.
    between = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', *sys.argv[1:]]).returncode)"
    command = [sys.executable, "-c", between, program]
    ended = [subprocess.run([*command, taken], cwd=REPOSITORY, check=False).returncode for taken in ("0", "1024")]
    assert ended == [0, OUT_OF_MEMORY]


def run_and_die(folder: Path, by: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Start a program that starts a worker, prints its pid, lets it hang in a run, and meets a signal meanwhile."""
    (folder / "folders").mkdir()
    (folder / "m.tflite").touch()
    program = f"""
import json, numpy, os, threading
from pathlib import Path
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.inference.worker import Worker

def tell(worker, command):
    return worker.run({{"command": numpy.frombuffer(command, "uint8")}})["reply"].tobytes()

child = ({str(CHILDREN / "obedient.py")!r},)
with Worker(Path("m.tflite"), sha256={EMPTY_SHA256!r}, child=child, limits=WorkerLimits(run_seconds=1)) as worker:
    print(json.loads(tell(worker, b"look"))["pid"], flush=True)
    threading.Timer(0.2, os.kill, (os.getpid(), {int(by)})).start()
    tell(worker, b"hang")
"""
    environment = {"TMPDIR": str(folder / "folders"), "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=os.environ | environment, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip


def runs(pid: object) -> bool:
    """Whether a process is there and no zombie (whose parent, not we, has to bury it)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def await_end_of(pid: object) -> None:
    deadline = time.monotonic() + 10
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
