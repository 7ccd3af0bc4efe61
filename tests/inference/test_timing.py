"""Times are those of the runs in the worker; a model that crashes or hangs while it is timed is one sentence."""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import oracle
from tests.inference.conftest import CHILDREN, EMPTY_SHA256, Obedient, Tell
from tests.inference.engine_models import CASES
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.environment import cpu_name
from zoo_tools.inference.timing import Times, peak_bytes
from zoo_tools.inference.worker import Worker

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py"),
]


def order(command: str) -> dict[str, NDArray[np.uint8]]:
    return {"command": np.frombuffer(command.encode(), np.uint8)}


def test_statistics_of_known_times() -> None:
    # Of eleven times the middle is the sixth, and nine tenths of the way from first to last is the tenth.
    times = Times(np.array([9, 1, 4, 2, 11, 3, 5, 8, 6, 7, 1000]) / 1000, 0)
    assert times.median_ms == pytest.approx(6)
    assert times.p90_ms == pytest.approx(11)
    assert times.least_ms == pytest.approx(1)
    even = Times(np.array([0.004, 0.001, 0.003, 0.002]), 0)
    assert even.median_ms == pytest.approx(2.5)
    assert even.p90_ms == pytest.approx(3.7)


def test_a_time_is_that_of_the_run(obedient: Obedient) -> None:
    with obedient() as worker:
        quick = worker.time(order(""), warmup=1, runs=20)
        slow = worker.time(order("nap"), warmup=2, runs=3)
    assert quick.seconds.shape == (20,)
    assert slow.seconds.shape == (3,)
    # A nap is 50 ms; the way to the worker and back, and starting it, are not in the time of a run.
    assert slow.least_ms >= 50
    assert quick.least_ms < 5
    assert 10 << 20 < slow.peak_bytes < 4 << 30


def test_so_many_runs_and_no_more(obedient: Obedient, tell: Tell) -> None:
    asked = ((1, 1), (3, 1), (1, 7), (4, 5))
    with obedient() as worker:
        for warmup, runs in asked:
            assert len(worker.time(order("count"), warmup=warmup, runs=runs).seconds) == runs
        assert tell(worker, "count") == sum(warmup + runs for warmup, runs in asked) + 1


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("segfault", r"The worker timing `obedient.tflite` died of SIGSEGV after [0-9.e-]+ s\."),
        ("hang", r"The worker timing `obedient.tflite` gave no answer within 0.5 s\."),
        ("raise", r"`obedient.tflite` fails in litert: pop from empty list\."),
        ("hang the third time", r"The worker timing `obedient.tflite` gave no answer within \S+ s\."),
    ],
)
def test_a_model_that_fails_while_it_is_timed(obedient: Obedient, command: str, sentence: str) -> None:
    with obedient(limits=WorkerLimits(run_seconds=0.5)) as worker, pytest.raises(ModelRunError, match=f"^{sentence}$"):
        worker.time(order(command), warmup=2, runs=5)


@pytest.mark.parametrize(
    "lie", ["too few times", "negative times", "no times", "nan", "no peak", "longer than it took"]
)
def test_times_that_cannot_be_are_not_believed(lie: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = tmp_path_factory.mktemp("model") / "m.tflite"
    model.touch()
    worker = Worker(model, sha256=EMPTY_SHA256, child=(str(CHILDREN / "liar.py"), lie))
    with worker, pytest.raises(ModelRunError, match="is not in the form agreed"):
        worker.time(order("x"), warmup=1, runs=2)


def test_the_runtime_gets_its_threads(tmp_path_factory: pytest.TempPathFactory) -> None:
    oracle("onnxruntime")
    folder = tmp_path_factory.mktemp("threads")
    case = next(one for one in CASES if one.engine == "onnxruntime")
    name, content = next(iter(case.build().items()))
    (folder / name).write_bytes(content)
    seen = {}
    for threads in (1, 4):
        with Worker(
            folder / name, sha256=sha256(content).hexdigest(), format=case.format, engine="onnxruntime", threads=threads
        ) as worker:
            assert worker._child is not None
            pid = worker._child._process.pid
            seen[threads] = len(list(Path(f"/proc/{pid}/task").iterdir()))
    # The thread that asks for a run computes as well.
    assert seen[4] == seen[1] + 3


def test_this_process_has_a_peak_and_its_machine_a_name() -> None:
    assert peak_bytes() > 10 << 20
    assert cpu_name()
