"""Reads files of formats whose libraries are native code, in a process that may crash: facts or one sentence come back.

What the process answers is checked like everything else that comes from a stranger.
"""

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from pydantic import TypeAdapter, ValidationError

from zoo_tools.confinement import wire
from zoo_tools.confinement.limits import OUT_OF_MEMORY, WorkerLimits
from zoo_tools.confinement.process import ChildProcess, EndedError, TimeUpError, plain
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError, UnavailableError, ZooToolsError

LIMITS = WorkerLimits(
    memory_bytes=2 << 30, cpu_seconds=20, start_seconds=20, run_seconds=20, file_bytes=0, answer_bytes=16 << 20
)
"""What reading one file may take."""

CHILD = ("-m", "zoo_tools.modelfile.child")
"""The program that reads."""

INSTALL = {
    "onnx": 'pip install "zoo_tools[onnx]"',
    "keras-h5": 'pip install "zoo_tools[keras]"',
    "keras": 'pip install "zoo_tools[keras]"',
}
"""For each format that is read here, the command that installs what reads it."""

_FACTS = TypeAdapter(ModelFacts)


def read_confined(path: Path, format: str, *, companions: Mapping[str, Path]) -> ModelFacts:
    """Read one file in a process of its own.

    Raises:
        BrokenFileError: the file is damaged, or crashes, hangs or exhausts what reads it.
        UnavailableError: what reads the format is not installed.
    """
    with Reader(format) as reader:
        return reader.read(path, companions=companions)


class Reader:
    """A process that reads files of one format, one after the other; used in a `with` statement.

    Args:
        format: one of `INSTALL`.
        limits: what the process may use; time is per file.
        child: the program to run in it, as arguments of `python`.

    Raises:
        UnavailableError: it cannot be started, or what reads the format is not installed.
    """

    def __init__(self, format: str, *, limits: WorkerLimits = LIMITS, child: Sequence[str] = CHILD) -> None:
        self._format = format
        self._limits = limits
        self._arguments = child
        self._child: ChildProcess | None = None

    def __enter__(self) -> Self:
        try:
            self._child = ChildProcess(self._arguments)
        except OSError as error:
            raise UnavailableError(f"A process that reads files cannot be started: {error.strerror}.") from error
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_alive(self) -> bool:
        """False once a file has ended the process."""
        return self._child is not None

    def read(self, path: Path, *, companions: Mapping[str, Path] | None = None) -> ModelFacts:
        """Read one file; raises as `read_confined` does."""
        sizes = {name: companion.stat().st_size for name, companion in (companions or {}).items()}
        request = wire.Frame("read", {"path": str(path.absolute()), "companions": sizes})
        frame = self._ask(request, seconds=self._limits.run_seconds)
        if frame.kind != "facts" or "json" not in frame.arrays:
            self._fail(BrokenFileError("what came back from reading it is not in the form agreed"))
        try:
            return _FACTS.validate_json(frame.arrays["json"].tobytes(), strict=True)
        except ValidationError:
            self._fail(BrokenFileError("what came back from reading it is not in the form agreed"))

    def close(self) -> None:
        """End the process; nothing of it is left."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _start(self) -> None:
        request = wire.Frame("start", {"format": self._format, "limits": asdict(self._limits)})
        try:
            self._ask(request, seconds=self._limits.start_seconds)
        except BrokenFileError as error:
            message = f"{self._format} files cannot be read here: {error.message}, before it saw one."
            raise UnavailableError(message, fix=f"Repair the installation: {INSTALL[self._format]}") from error

    def _ask(self, request: wire.Frame, *, seconds: float) -> wire.Frame:
        assert self._child is not None, "a file has ended this process: see is_alive"
        began = time.monotonic()
        try:
            content = wire.encode(request, max_bytes=0)
            frame = self._child.exchange(content, max_bytes=self._limits.answer_bytes, seconds=seconds)
        except TimeUpError:
            self._fail(BrokenFileError(f"reading it takes more than {seconds:.3g} s"))
        except EndedError:
            self._fail(BrokenFileError(f"the process that reads it {self._ending(time.monotonic() - began)}"))
        except wire.FrameError as error:
            self._fail(BrokenFileError(f"what came back from reading it {error}"))
        if frame.kind == "fault":
            raise self._fault(frame)
        return frame

    def _fail(self, failure: ZooToolsError) -> NoReturn:
        self.close()
        raise failure

    def _ending(self, seconds: float) -> str:
        """Say how the process ended, which it did by itself."""
        assert self._child is not None
        code = self._child.end()
        words = self._child.last_words()
        if code == OUT_OF_MEMORY:
            return f"took more than {_gib(self._limits)} of memory"
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-code, f"signal {-code}")
        if name == "SIGXCPU":
            return f"took more than {self._limits.cpu_seconds} s of processor time"
        how = f"ended with exit code {code}" if code >= 0 else f"died of {name}"
        return f"{how} after {seconds:.2g} s{f' ({words})' if words else ''}"

    def _fault(self, frame: wire.Frame) -> ZooToolsError:
        text, fix = plain(str(frame.values.get("text"))), frame.values.get("fix")
        match frame.values.get("word"):
            case "missing":
                return UnavailableError(
                    f"{self._format} files cannot be read here: {text}", fix=f"Install it: {INSTALL[self._format]}"
                )
            case "unavailable":
                return UnavailableError(text, fix=plain(str(fix)) if fix else None)
            case "memory":
                return BrokenFileError(f"reading it takes more than {_gib(self._limits)} of memory")
            case "broken":
                return BrokenFileError(text, fix=plain(str(fix)) if fix else None)
        return BrokenFileError(f"what reads it fails with {text}")


def _gib(limits: WorkerLimits) -> str:
    return f"{limits.memory_bytes / (1 << 30):.3g} GiB"
