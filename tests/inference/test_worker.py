"""Whatever a model does in the worker, the caller gets arrays or one sentence, and nothing is left behind."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.inference.conftest import CHILDREN, EMPTY_SHA256, Obedient, Tell
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.errors import ModelRunError, UnavailableError, WrongBytesError
from zoo_tools.inference.worker import Worker

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py"),
]


def test_one_worker_serves_many_runs(obedient: Obedient, tell: Tell) -> None:
    with obedient() as worker:
        assert [tell(worker, "") for _ in range(3)] == ["nothing"] * 3
        assert str(worker.environment).startswith("obedient 1, no delegate, ")
        assert [str(tensor) for tensor in worker.inputs] == ["`command` uint8 (?)"]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("segfault", r"The worker running `obedient.tflite` died of SIGSEGV after [0-9.e-]+ s."),
        ("abort", r"The worker running `obedient.tflite` died of SIGABRT after [0-9.e-]+ s "
                  r"\(terminate called: \[31m std::bad_alloc\)."),
        ("exit", r"The worker running `obedient.tflite` ended with exit code 3 after [0-9.e-]+ s."),
        ("hang", r"The worker running `obedient.tflite` gave no answer within 0.5 s."),
        ("fork and hang", r"The worker running `obedient.tflite` gave no answer within 0.5 s."),
    ],
)  # fmt: skip
def test_a_run_that_ends_the_worker_is_one_sentence(
    obedient: Obedient, tell: Tell, command: str, sentence: str
) -> None:
    with obedient(limits=WorkerLimits(run_seconds=0.5), unfiltered=True) as worker:
        with pytest.raises(ModelRunError, match=f"^{sentence}$") as raised:
            tell(worker, command)
        assert raised.value.fix == "Get the file again; if it stays so, report it to whoever published it."
        with pytest.raises(ModelRunError, match=f"^{sentence}$"):
            tell(worker, "")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("memory", "`obedient.tflite` takes more than 4 GiB of memory."),
        ("much", "The answer of `obedient.tflite` has 2,097,154 bytes; at most 1,048,576 are taken."),
        ("raise", "`obedient.tflite` fails in litert: pop from empty list."),
        ("file", "`obedient.tflite` fails in litert: [Errno 27] File too large."),
        ("socket", "`obedient.tflite` fails in litert: no network and no programs in a worker (socket.__new__)."),
        ("program", "`obedient.tflite` fails in litert: no network and no programs in a worker (subprocess.Popen)."),
    ],
)  # fmt: skip
def test_a_run_that_fails_leaves_the_worker_to_serve(
    obedient: Obedient, tell: Tell, command: str, sentence: str
) -> None:
    with obedient(limits=WorkerLimits(answer_bytes=1 << 20)) as worker:
        with pytest.raises(ModelRunError) as raised:
            tell(worker, command)
        assert raised.value.message == sentence
        assert tell(worker, "") == "nothing"


@pytest.mark.parametrize(
    ("opening", "sentence"),
    [
        ("segfault", r"The worker opening `obedient.tflite` died of SIGSEGV after"),
        ("hang", r"The worker opening `obedient.tflite` gave no answer within"),
        ("memory", r"`obedient.tflite` takes more than 4 GiB of memory\."),
        ("raise", r"`obedient.tflite` is refused by litert: pop from empty list\."),
    ],
)
def test_a_file_that_cannot_be_opened_is_one_sentence(obedient: Obedient, opening: str, sentence: str) -> None:
    with pytest.raises(ModelRunError, match=f"^{sentence}"), obedient(opening, limits=WorkerLimits(start_seconds=2)):
        pass


def test_a_worker_killed_from_outside_is_told_so(obedient: Obedient, tell: Tell) -> None:
    with obedient() as worker:
        seen = tell(worker, "look")
        assert isinstance(seen, dict)
        killer = threading.Timer(0.3, os.kill, (seen["pid"], signal.SIGKILL))
        killer.start()
        with pytest.raises(
            ModelRunError, match=r"^The worker running `obedient.tflite` died of SIGKILL after 0\.\d+ s"
        ):
            tell(worker, "sleep")
        killer.join()


@pytest.mark.parametrize(
    ("lack", "sentence", "fix"),
    [
        ("missing", "`m.tflite` cannot be run: neither ai-edge-litert nor tflite-runtime is installed.",
         "Install the runtime: pip install 'zoo_tools[litert]'"),
        ("broken", "`m.tflite` cannot be run: ai-edge-litert is installed and does not load: "
                   r"cannot import name 'interpreter' from 'ai_edge_litert' \(.*\).",
         "Install the runtime: pip install 'zoo_tools[litert]'"),
        ("too new", r"The worker for `m.tflite` died of SIGILL after \S+ s, before it read the model.",
         "Repair the installation: pip install 'zoo_tools[litert]'"),
    ],
)  # fmt: skip
def test_a_lack_of_the_machine_is_no_fault_of_the_model(tmp_path: Path, lack: str, sentence: str, fix: str) -> None:
    model = tmp_path / "m.tflite"
    model.touch()
    worker = Worker(model, sha256=EMPTY_SHA256, child=(str(CHILDREN / "bare.py"), lack))
    with pytest.raises(UnavailableError, match=f"^{sentence}$") as raised, worker:
        pass
    assert raised.value.fix == fix


def test_the_worker_finds_its_program_wherever_ours_was_found(
    obedient: Obedient, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["", "relative"])
    with obedient() as worker:
        assert tell(worker, "") == "nothing"


def test_a_child_that_is_no_worker_is_the_machines_lack(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "m", sha256=EMPTY_SHA256, child=("-c", "raise SystemExit('no numpy')"))
    with pytest.raises(UnavailableError, match=r"ended with exit code 1 after \S+ s \(no numpy\), before"), worker:
        pass


def test_a_machine_that_starts_no_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    with (
        pytest.raises(UnavailableError, match=r"^A worker process cannot be started: No such file or directory\.$"),
        Worker(tmp_path / "m", sha256=EMPTY_SHA256),
    ):
        pass


def test_other_bytes_are_not_run(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(b"other")
    with pytest.raises(WrongBytesError) as raised, Worker(model, sha256=EMPTY_SHA256):
        pass
    assert raised.value.message == (
        "`m.tflite` has sha256 d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa; "
        f"it should be {EMPTY_SHA256}."
    )


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as raised, Worker(tmp_path / "m.tflite", sha256=EMPTY_SHA256):
        pass
    assert raised.value.message == f"`{tmp_path / 'm.tflite'}` cannot be read: No such file or directory."


def test_feeds_that_do_not_fit_are_refused_before_the_run(obedient: Obedient) -> None:
    with obedient() as worker, pytest.raises(ModelRunError) as raised:
        worker.run({"command": np.zeros((1, 2), np.float32)})
    assert (
        raised.value.message == "`obedient.tflite` takes `command` uint8 (?), and was given `command` float32 (1, 2)."
    )


def test_workers_of_several_threads_do_not_meet(obedient: Obedient, tell: Tell) -> None:
    def serve(_number: int) -> object:
        with obedient() as worker:
            return [tell(worker, "") for _ in range(3)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(serve, range(8))) == [["nothing"] * 3] * 8
