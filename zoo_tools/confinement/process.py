"""A child process that is talked to in frames: started clean, never waited for too long, always ended.

It knows nothing of models. Its own process group, folder and environment; no preexec function, so that it may be
started from any thread.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from zoo_tools.confinement import wire

_KEPT_OUTPUT = 16 << 10
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]

# What the loader and Python need and cannot find out; everything else the child does without.
_INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
# numpy's BLAS, and glibc for the pools of runtimes, would reserve address space for a thread per core, of which the
# memory limit leaves little.
_FIXED = {
    "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}  # fmt: skip

# Lines by which runtimes greet; they are not why a process ended.
_GREETING = re.compile(r"(INFO|WARNING|W0000|I0000)\b")


class EndedError(Exception):
    """The process ended, or closed its pipe, before it answered."""


class TimeUpError(Exception):
    """The process did not answer in time; it still runs."""


class ChildProcess:
    """A Python program in a process of its own.

    Args:
        arguments: what follows `python`: a script or `-m` and a module.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._folder = TemporaryDirectory(prefix="zoo_tools-worker-", ignore_cleanup_errors=True)
        self._output = b""
        self._talker: threading.Thread | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-B", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self._folder.name,
                env=_environment(self._folder.name),
                start_new_session=True,
            )
        except BaseException:
            self._folder.cleanup()
            raise
        self._listener = threading.Thread(target=self._listen, name="worker output", daemon=True)
        self._listener.start()

    def exchange(self, request: bytes, *, max_bytes: int, seconds: float) -> wire.Frame:
        """Send bytes (or none) and return the next frame.

        Args:
            request: an encoded frame, or nothing.
            max_bytes: limit of the answer's arrays.
            seconds: how long to wait.

        Raises:
            TimeUpError: there was no answer in time.
            EndedError: the process ended without one.
            FrameError: what it sent is no frame, or one beyond the limit.
        """
        answer: Future[wire.Frame] = Future()
        # A thread of its own, because neither writing to a pipe nor reading from one takes a time limit everywhere.
        self._talker = threading.Thread(
            target=self._talk, args=(request, max_bytes, answer), name="worker pipe", daemon=True
        )
        self._talker.start()
        try:
            return answer.result(seconds)
        except TimeoutError as error:
            raise TimeUpError from error
        except (EOFError, OSError) as error:
            raise EndedError from error

    def end(self) -> int:
        """End the process group if it lives, free everything, and return how the process ended (negative: a signal)."""
        if self._process.returncode is None:
            # A process that is already ending keeps the status it ends with.
            self._kill()
            self._process.wait()
        # It is at once, unless a process that left our group still holds the pipes; that one is not waited for.
        release = threading.Thread(target=self._release, name="worker release", daemon=True)
        release.start()
        release.join(1)
        self._folder.cleanup()
        return self._process.returncode

    def last_words(self) -> str:
        """Return the last line of its output that is not a greeting, as plain text; known once it has ended."""
        lines = [plain(line) for line in self._output.decode("utf-8", "replace").splitlines()]
        return next((line for line in reversed(lines) if line and not _GREETING.match(line)), "")

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def _release(self) -> None:
        # A pipe closed while a thread waits on it would free its descriptor for reuse under that thread's hands.
        for thread in (self._talker, self._listener):
            if thread is not None:
                thread.join()
        for pipe in self._pipes():
            pipe.close()

    def _pipes(self) -> list[IO[bytes]]:
        return [pipe for pipe in (self._process.stdin, self._process.stdout, self._process.stderr) if pipe is not None]

    def _talk(self, request: bytes, max_bytes: int, answer: "Future[wire.Frame]") -> None:
        stdin, stdout, _ = self._pipes()
        try:
            # A process that ends while it is written to may have said why.
            with suppress(BrokenPipeError):
                left = memoryview(request)
                while left:
                    left = left[os.write(stdin.fileno(), left) :]
            answer.set_result(wire.decode(lambda count: _read(stdout, count), max_bytes=max_bytes))
        except Exception as error:
            answer.set_exception(error)

    def _listen(self) -> None:
        """Take what the process prints, whatever the amount, and keep the end of it."""
        stderr = self._pipes()[2]
        while content := os.read(stderr.fileno(), 1 << 16):
            self._output = (self._output + content)[-_KEPT_OUTPUT:]


def plain(text: str) -> str:
    """Return a stranger's text as one line of printable characters, at most 200."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()[:200]


def _read(pipe: IO[bytes], count: int) -> bytes:
    content = bytearray()
    while len(content) < count:
        part = os.read(pipe.fileno(), min(count - len(content), 1 << 20))
        if not part:
            raise EOFError
        content += part
    return bytes(content)


def _environment(folder: str) -> dict[str, str]:
    """Return the few variables a worker gets: a home of its own, and where we ourselves import from."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # Relative entries would point into the worker's folder; one of them may be where this package was found.
    entries = [str(_PACKAGE_ROOT), *(entry for entry in sys.path if entry and Path(entry).is_absolute())]
    imported = os.pathsep.join(dict.fromkeys(entries))
    home = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE"), folder)
    return inherited | _FIXED | home | {"PYTHONPATH": imported}
