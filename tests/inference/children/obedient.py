"""The real worker program with a runtime of our own: its "model" does what it is told, also what no model should do.

The model's bytes say what happens when it is opened; the input `command` says what happens in a run, and the output
`reply` what came of it.
"""

import ctypes
import itertools
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo_tools.confinement import seccomp
from zoo_tools.domain.settings import EngineName
from zoo_tools.inference.child import main
from zoo_tools.inference.engines import ModelBytes
from zoo_tools.inference.tensors import TensorInfo

LIBC = ctypes.CDLL(None)
COUNTER = itertools.count(1)


class ObedientEngine:
    """A runtime of one model."""

    name = "obedient"
    version = "1"

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> "ObedientSession":
        obey(model.content.decode())
        return ObedientSession(delegate)


class ObedientSession:
    """A model that runs commands."""

    inputs: Sequence[TensorInfo] = [TensorInfo("command", (-1,), "uint8")]
    outputs: Sequence[TensorInfo] = [TensorInfo("reply", (-1,), "uint8")]

    def __init__(self, delegate: str) -> None:
        self.delegate = delegate

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        answer = obey(feeds["command"].tobytes().decode())
        return {"reply": np.frombuffer(json.dumps(answer).encode(), np.uint8)}


def load(_name: EngineName) -> ObedientEngine:
    return ObedientEngine()


def look() -> object:
    """Say what the worker sees of the machine."""
    return {
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "files": [path.name for path in Path.cwd().iterdir()],
        "descriptors": descriptors(),
        "limits": Path("/proc/self/limits").read_text(encoding="ascii"),
    }


def descriptors() -> list[str]:
    """Return what is open; the descriptor that lists the folder is gone once it is listed."""
    return [str(one.readlink()) for one in list(Path("/proc/self/fd").iterdir()) if one.is_symlink()]


def say(size: int) -> object:
    """Print from Python and from C, on both streams."""
    text = b"x" * 79 + b"\n"
    for _ in range(size // len(text)):
        os.write(1, text)
        os.write(2, text)
    LIBC.puts(b"said by C")
    LIBC.fflush(None)
    return "said"


def fork_and_hang(*, leave_group: bool) -> object:
    """Start a process behind Python's back that holds all our pipes for some seconds, and never answer."""
    if LIBC.fork() == 0:
        if leave_group:
            LIBC.setsid()
        LIBC.sleep(4)
        LIBC._exit(0)
    return LIBC.pause()


def fork_and_answer() -> object:
    pid = LIBC.fork()
    if pid == 0:
        LIBC.sleep(60)
        LIBC._exit(0)
    return pid


def connect_natively(port: int) -> object:
    """Connect without Python's sockets; return what C returns."""
    address = (2).to_bytes(2, sys.byteorder) + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    return LIBC.connect(LIBC.socket(2, 1, 0), address, len(address))


def start_natively() -> object:
    """Try all that makes a process or looks into one; return what C returns, and whether a thread can still be made."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    tried = {
        "fork": LIBC.fork(),
        "vfork": LIBC.syscall(58) if platform.machine() == "x86_64" else -1,
        "execve": LIBC.execve(b"/bin/true", None, None),
        "socket": LIBC.socket(2, 1, 0),
        "local socket": LIBC.socket(1, 1, 0),
        "ptrace": LIBC.ptrace(0, 0, 0, 0),
    }
    return {name: result for name, result in tried.items() if result != -1}


def spin() -> object:
    while True:
        pass


def complain_and_abort() -> object:
    os.write(2, b"INFO: a greeting\nterminate called:\x1b[31m std::bad_alloc\nINFO: another greeting\n")
    LIBC.abort()
    return None


COMMANDS: dict[str, Callable[[], object]] = {
    "": lambda: "nothing",
    "look": look,
    "segfault": lambda: ctypes.string_at(0),
    "abort": complain_and_abort,
    "exit": lambda: os._exit(3),
    "hang": LIBC.pause,
    "sleep": lambda: time.sleep(60),
    "spin": spin,
    "memory": lambda: len(bytearray(64 << 30)),
    "much": lambda: "y" * (2 << 20),
    "nap": lambda: time.sleep(0.05),
    "count": lambda: next(COUNTER),
    "hang the third time": lambda: LIBC.pause() if next(COUNTER) == 3 else 0,
    "say": lambda: say(20 << 20),
    "raise": lambda: list[object]().pop(),
    "file": lambda: Path("big").write_bytes(bytes(2 << 20)),
    "socket": lambda: socket.socket().fileno(),
    "program": lambda: subprocess.run(["true"], check=True).returncode,
    "start natively": start_natively,
    "fork": fork_and_answer,
    "fork and hang": lambda: fork_and_hang(leave_group=False),
    "escape and hang": lambda: fork_and_hang(leave_group=True),
}


def obey(command: str) -> object:
    """Do what a command says; `connect 4711` takes a port."""
    word, _, port = command.partition(" ")
    return connect_natively(int(port)) if word == "connect" else COMMANDS[command]()


if __name__ == "__main__":
    if sys.argv[1:] == ["unfiltered"]:
        seccomp.refuse_calls = lambda: False
    main(load)
