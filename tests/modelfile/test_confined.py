"""The process that reads hostile files: whatever happens in it, facts or one sentence come back; nothing is left."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.modelfile.children.plain_facts import FACTS
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.modelfile.confined import Reader

WILD = str(Path(__file__).resolve().parent / "children" / "wild.py")
LIMITS = WorkerLimits(
    memory_bytes=1 << 30, cpu_seconds=2, start_seconds=60, run_seconds=60, file_bytes=0, answer_bytes=1 << 20
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these limits.")


def file(folder: Path, content: str) -> Path:
    path = folder / "model.onnx"
    path.write_text(content, encoding="utf-8")
    return path


def said(path: Path, *, companions: dict[str, Path] | None = None, limits: WorkerLimits = LIMITS) -> str:
    """Read a file in a process of its own; return the sentence, and make sure that nothing is left of the process."""
    with Reader("onnx", limits=limits, child=(WILD,)) as reader:
        assert reader._child is not None
        pid = reader._child._process.pid
        with pytest.raises(BrokenFileError) as caught:
            reader.read(path, companions=companions)
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    with Reader("onnx", limits=LIMITS, child=(WILD,)) as reader:
        assert reader.read(file(tmp_path, "fine")) == FACTS
        assert reader.read(file(tmp_path, "fine")) == FACTS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("crash", "the process that reads it died of SIGSEGV after"),
        ("abort", "the process that reads it died of SIGABRT after"),
        ("exit", "the process that reads it ended with exit code 3 after"),
        ("spin", "the process that reads it took more than 2 s of processor time"),
        ("fill", "reading it takes more than 1 GiB of memory"),
        ("bug", "what reads it fails with KeyError: 'what'"),
        ("lie", "what reads it fails with AttributeError"),
        ("open /etc/hostname", "what reads it fails with OSError: [Errno 24] Too many open files"),
        ("run true", "what reads it fails with PermissionError: no network and no programs in a worker"),
        ("broken", "it is  [31mred"),
    ],
)
def test_what_a_file_may_do(tmp_path: Path, content: str, sentence: str) -> None:
    assert said(file(tmp_path, content)).startswith(sentence)


def test_what_hangs_is_not_waited_for(tmp_path: Path) -> None:
    started = time.perf_counter()
    assert said(file(tmp_path, "hang"), limits=replace(LIMITS, run_seconds=1)) == "reading it takes more than 1 s"
    assert time.perf_counter() - started < 10


def test_no_file_is_opened_or_written(tmp_path: Path) -> None:
    target = tmp_path / "target"
    assert "Too many open files" in said(file(tmp_path, f"write {target}"))
    assert not target.exists()


def test_what_it_prints_is_no_answer(tmp_path: Path) -> None:
    with Reader("onnx", limits=LIMITS, child=(WILD,)) as reader:
        assert reader.read(file(tmp_path, "print")) == FACTS


def test_after_a_refusal_the_next_file_is_read(tmp_path: Path) -> None:
    with Reader("onnx", limits=LIMITS, child=(WILD,)) as reader:
        for content in ("broken", "bug", "open /etc/hostname"):
            with pytest.raises(BrokenFileError):
                reader.read(file(tmp_path, content))
            assert reader.is_alive
        assert reader.read(file(tmp_path, "fine")) == FACTS
        with pytest.raises(BrokenFileError):
            reader.read(file(tmp_path, "exit"))
        assert not reader.is_alive


def test_only_names_and_sizes_of_companions_are_told(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"12345")
    assert said(file(tmp_path, "companions"), companions={"w.bin": tmp_path / "weights"}) == "[('w.bin', 5)]"


def test_what_the_machine_lacks_is_not_the_files_fault(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught, Reader("onnx", limits=LIMITS, child=(WILD, "missing")):
        pass
    assert caught.value.message == "onnx files cannot be read here: No module named 'onnx'"
    assert caught.value.fix == 'Install it: pip install "zoo_tools[onnx]"'
    with pytest.raises(UnavailableError, match=r"ended with exit code 1 after .* s \(nothing works here\)"):
        Reader("onnx", limits=LIMITS, child=(WILD, "dead")).__enter__()
    with (
        Reader("onnx", limits=LIMITS, child=(WILD,)) as reader,
        pytest.raises(UnavailableError, match="it is too new") as caught,
    ):
        reader.read(file(tmp_path, "unavailable"))
    assert caught.value.fix == "Wait."
