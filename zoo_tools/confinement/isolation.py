"""What a worker does to itself before it touches a model: limits, no network, a channel nothing else can write to.

On Linux all of it holds. macOS does not enforce RLIMIT_AS, so a thread watches the resident memory there. Windows has
no such limits at all: there the parent's wall clock is the only one. Network and programs are refused to Python code
everywhere, and to native code on Linux: by a filter of system calls, and by a network namespace where one is granted.
"""

import ctypes
import os
import signal
import sys

from zoo_tools.confinement import seccomp
from zoo_tools.confinement.limits import GRACE_SECONDS, WorkerLimits

if sys.platform != "win32":
    from zoo_tools.confinement import rlimits

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system")


class Channel:
    """The pipes to the parent, moved away from descriptors 0 and 1, which native code reads and prints to."""

    def __init__(self) -> None:
        self._read, self._write = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def read(self, count: int) -> bytes:
        """Return exactly `count` bytes.

        Raises:
            EOFError: the parent closed its end.
        """
        content = bytearray()
        while len(content) < count:
            part = os.read(self._read, min(count - len(content), 1 << 20))
            if not part:
                raise EOFError
            content += part
        return bytes(content)

    def write(self, content: bytes) -> None:
        """Send all of `content`."""
        left = memoryview(content)
        while left:
            left = left[os.write(self._write, left) :]


def confine(limits: WorkerLimits) -> None:
    """Give up for good what a model does not need."""
    sys.addaudithook(_refuse)
    if sys.platform == "linux":
        _leave_network()
    if sys.platform != "win32":
        rlimits.set_limits(limits)
    if sys.platform == "linux":
        seccomp.refuse_calls()
    if sys.platform == "darwin":
        rlimits.watch_memory(limits.memory_bytes)


def end_after(seconds: float | None) -> None:
    """Let the system end this process after so many seconds and some grace, or never.

    It is for the worker whose parent was killed while native code runs: nobody else would end it.
    """
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, 0 if seconds is None else seconds + GRACE_SECONDS)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"no network and no programs in a worker ({event})")


def _leave_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # Root may leave the network alone; others need a user namespace for it, which some systems refuse.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
