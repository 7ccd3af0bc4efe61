"""`validate --jobs`: variants at the same time say what they say one by one, and an interrupt leaves nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.generated import make_registry
from tests.checks.more_formats import add_pair
from tests.checks.tiny_zoo import Zoo, swapped
from tests.cli.invoke import REPOSITORY, call
from tests.conftest import oracle
from zoo_tools.checks.catalogue import CHECKS
from zoo_tools.checks.running import Running, Stopped


def untimed(report: str) -> object:
    tree = json.loads(report)
    for timed in (tree, *tree["outcomes"]):
        del timed["seconds"]
    return tree


def outcomes(report: str) -> list[object]:
    tree = untimed(report)
    assert isinstance(tree, dict)
    found: list[object] = tree["outcomes"]
    return found


def test_the_report_is_the_same_whatever_the_number(zoo: Zoo) -> None:
    oracle("onnxruntime")
    add_pair(zoo)
    zoo.edit("variances: [0.1, 0.2]", "variances: [0.2, 0.2]")  # so that there is something to say
    reports = [
        zoo.validate("--no-cache", "--jobs", jobs, "--engine", "litert", "--engine", "onnxruntime")
        for jobs in ("1", "2", "8")
    ]
    assert [called.code for called in reports] == [1, 1, 1]
    one, *others = [untimed(called.out) for called in reports]
    assert all(other == one for other in others)


def test_outcomes_come_in_the_order_of_checks(zoo: Zoo) -> None:
    oracle("onnxruntime")
    add_pair(zoo)
    called = zoo.validate("--jobs", "4", "--engine", "litert", "--engine", "onnxruntime")
    asked = [one.check for one in called.report.outcomes if one.level in ("files", "run")]
    order = [check.id for check in CHECKS]
    assert [order.index(check) for check in asked] == sorted(order.index(check) for check in asked)
    hashed = [one.subject for one in called.report.of("file-hash")]
    assert hashed == ["tiny_ssd/16/int8", "tiny_ssd/16-onnx/decoded", "tiny_ssd/16-onnx/raw"]


def test_models_say_the_same_in_whatever_order_and_number(zoo: Zoo) -> None:
    for name in "abc":
        shutil.copytree(zoo.manifest.parent, zoo.registry / "models" / name)
        zoo.edit("id: tiny_ssd", f"id: {name}", file=f"models/{name}/manifest.yaml")
    zoo.edit("macs: 2592", "macs: 2593", file="models/b/manifest.yaml")
    names = ["a", "b", "c", "tiny_ssd"]
    wholes = [zoo.validate("--no-cache", "--jobs", jobs, *names) for jobs in ("1", "4")]
    shuffled = zoo.validate("--no-cache", "--jobs", "4", "c", "tiny_ssd", "b", "a")
    assert untimed(wholes[0].out) == untimed(wholes[1].out)
    assert [called.code for called in (*wholes, shuffled)] == [1, 1, 1]
    assert sorted(map(repr, outcomes(shuffled.out))) == sorted(map(repr, outcomes(wholes[0].out)))


def test_level_static_says_the_same_in_several_processes(tmp_path: Path) -> None:
    make_registry(tmp_path / "registry", models=66)
    manifest = tmp_path / "registry/models/generated_0003/manifest.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("stm32h7:", "stm32h8:"), encoding="utf-8")
    (tmp_path / "registry/models/generated_0065/manifest.yaml").write_text("format: [\n", encoding="utf-8")
    words = ("validate", "--level", "static", "--registry", tmp_path / "registry")
    one, other = (call(*words, "--format", "json", "--no-cache", "--jobs", jobs) for jobs in ("1", "4"))
    assert one.code == 1
    assert untimed(other.out) == untimed(one.out)
    texts = [call(*words, "--no-cache", "--jobs", jobs).out.rpartition("; level")[0] for jobs in ("1", "2")]
    assert texts[0] == texts[1]
    filling, reading = (call(*words, "--jobs", "2").out for _ in range(2))
    assert "from the cache" not in " ".join(filling.split())
    assert "models from the cache" in " ".join(reading.split())


def test_a_process_that_ends_early_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_registry(tmp_path / "registry", models=66)
    words = ("validate", "--level", "static", "--registry", tmp_path / "registry", "--format", "json", "--no-cache")
    right = call(*words, "--jobs", "1")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert untimed(call(*words, "--jobs", "2").out) == untimed(right.out)


@pytest.mark.parametrize("jobs", ["0", "65", "many"])
def test_a_number_that_is_none_is_2(built: Zoo, jobs: str) -> None:
    assert built.validate("--jobs", jobs).code == 2


def children_of(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(word) for word in listed.split()]


def is_worker(pid: int) -> bool:
    try:
        return b"zoo_tools.inference.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def workers_of(parent: int) -> list[int]:
    """Return the workers that a process has started, from whichever of its threads."""
    tasks = Path(f"/proc/{parent}/task").iterdir()
    listed = [(task / "children").read_text(encoding="ascii").split() for task in tasks]
    return [int(word) for words in listed for word in words if is_worker(int(word))]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are listed by /proc")
def test_an_interrupt_ends_the_workers_at_once(zoo: Zoo) -> None:
    oracle("onnxruntime")
    add_pair(zoo)
    zoo.swap("tiny_raw.onnx", swapped("onnx-endless"))
    program = subprocess.Popen(
        [sys.executable, "-m", "zoo_tools", "validate", "--level", "run", "--jobs", "2", "--engine", "onnxruntime",
         "--registry", zoo.registry, "--mirror", zoo.mirror, "--offline", "tiny_ssd/16-onnx/raw"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (workers := workers_of(program.pid)):
            assert program.poll() is None, program.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)
        program.send_signal(signal.SIGINT)
        # Who interrupts while a file is still being read waits for the 20 s that a reader has, at most.
        out, err = program.communicate(timeout=40)
    finally:
        program.kill()
    assert (program.returncode, out, err.strip()) == (130, b"", b"")
    assert not any(is_worker(worker) for worker in workers)


class Worker:
    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_what_is_open_is_closed_and_nothing_is_begun_after() -> None:
    running, first, second = Running(), Worker(), Worker()
    with running.holding(first):
        pass
    with running.holding(second):
        running.stop()
        with pytest.raises(Stopped):
            running.go_on()
    assert (first.closed, second.closed) == (0, 1)
    with pytest.raises(Stopped), running.holding(first):
        pytest.fail("begun")
