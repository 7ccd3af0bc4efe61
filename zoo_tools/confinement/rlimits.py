"""Limits that a POSIX system keeps for a process, and a watchdog for the one that macOS does not keep."""

import os
import sys
import threading
import time
from contextlib import suppress

from zoo_tools.confinement.limits import OUT_OF_MEMORY, WorkerLimits

assert sys.platform != "win32", "Windows has no resource limits"
import resource  # noqa: E402 (the assertion is what tells a type checker where this module exists)


def set_limits(limits: WorkerLimits) -> None:
    """Limit this process for good; where a stricter limit is already set, that one stays."""
    wanted = {
        resource.RLIMIT_AS: (limits.memory_bytes, limits.memory_bytes),
        # At the first limit comes SIGXCPU, which says why; who ignores it gets SIGKILL at the second.
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 2),
        resource.RLIMIT_FSIZE: (limits.file_bytes, limits.file_bytes),
        resource.RLIMIT_CORE: (0, 0),
    }
    for which, values in wanted.items():
        hardest = resource.getrlimit(which)[1]
        soft, hard = (value if hardest == resource.RLIM_INFINITY else min(value, hardest) for value in values)
        # macOS refuses some address space limits; the watchdog stands in for it.
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (soft, hard))


def watch_memory(limit_bytes: int, *, every_seconds: float = 0.05) -> None:
    """Start a thread that ends this process once its resident memory was above the limit."""
    threading.Thread(target=_watch, args=(limit_bytes, every_seconds), daemon=True).start()


def _watch(limit_bytes: int, every_seconds: float) -> None:
    unit = 1 if sys.platform == "darwin" else 1024
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit <= limit_bytes:
        time.sleep(every_seconds)
    os._exit(OUT_OF_MEMORY)
