"""What the downloads of one run share: patience with hosts, connections that stay open, and the way to stop them all.

A host that asks for patience asks it of every file; a host that is out of reach is not waited for once per file.
"""

import threading
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from socket import socket
from typing import Protocol, TypeVar, cast

from zoo_tools.errors import UnavailableError
from zoo_tools.fetch.limits import Limits
from zoo_tools.fetch.watchdog import Kennel, Watchdog

T = TypeVar("T")


class Line(Protocol):
    """An open connection that may carry a next request."""

    @property
    def is_quiet(self) -> bool:
        """Whether the other side has neither closed it nor said anything since."""

    def close(self) -> None:
        """Hang up."""


class Network:
    """Shared by all threads of a run.

    Args:
        limits: of single downloads, and of patience.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.patience = Patience(limits)
        self._lock = threading.Lock()
        self._lines: dict[Hashable, list[Line]] | None = None  # None: connections are not kept
        self.slot: AbstractContextManager[object] = nullcontext()
        """Held while a file comes over the network, and not while it is brought to the disk."""
        self._settled: dict[Hashable, object] = {}
        self._kennel = Kennel()
        self._stopped = threading.Event()

    def settled(self, key: Hashable, find: Callable[[], T]) -> T:
        """Find something out once for all downloads."""
        if key not in self._settled:
            self._settled[key] = find()
        return cast("T", self._settled[key])

    # ------------------------------------------------------------------------------------------------- keeping lines

    @property
    def keeps_lines(self) -> bool:
        """Whether a connection may stay open for a next file."""
        return self._lines is not None

    def keep_lines(self, slots: int) -> None:
        """Begin to keep connections open, for so many downloads at a time; whoever calls this calls `hang_up`."""
        with self._lock:
            self._lines = self._lines or {}
            self.slot = threading.BoundedSemaphore(slots)

    def hang_up(self) -> None:
        """Close what was kept, and keep no more."""
        with self._lock:
            kept, self._lines = self._lines or {}, None
            self.slot = nullcontext()
        for lines in kept.values():
            for line in lines:
                line.close()

    def take_line(self, key: Hashable) -> Line | None:
        """Hand out an open connection to a host, if there is one that is still good."""
        while True:
            with self._lock:
                lines = (self._lines or {}).get(key)
                line = lines.pop() if lines else None
            if line is None or line.is_quiet:
                return line
            line.close()

    def give_line(self, key: Hashable, line: Line) -> None:
        """Take back a connection whose last answer was read to its end."""
        with self._lock:
            if self._lines is not None:
                self._lines.setdefault(key, []).append(line)
                return
        line.close()

    # ------------------------------------------------------------------------------------------------------ stopping

    def watch(self, connection: socket, seconds: float) -> Watchdog:
        """Watch a connection, so that it ends in time, and `stop` can cut it."""
        watchdog = self._kennel.watch(connection, seconds)
        if self._stopped.is_set():  # it was opened while the others were being cut
            watchdog.cut()
        return watchdog

    def stop(self) -> None:
        """End every download of this run at once, from another thread."""
        self._stopped.set()
        self._kennel.cut_all()

    def check(self) -> None:
        """Raise when the run was stopped."""
        if self._stopped.is_set():
            raise UnavailableError("the download was stopped", fix="run the command again: it goes on where it ended")

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run is stopped."""
        self._stopped.wait(seconds)
        self.check()


class Patience:
    """When each host may be asked again, and how often it is worth it; hosts are named as `Location.authority`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._not_before: dict[str, float] = {}
        self._doubted_until: dict[str, float] = {}
        self._refusals: dict[str, tuple[float, UnavailableError]] = {}

    def left(self, host: str) -> float:
        """Seconds until it may be asked.

        Raises:
            UnavailableError: it asked for more patience than anybody has.
        """
        with self._lock:
            until, error = self._refusals.get(host, (0.0, None))
            if error is not None and time.monotonic() < until:
                raise UnavailableError(error.message, fix=error.fix)
            return max(0.0, self._not_before.get(host, 0.0) - time.monotonic())

    def tries(self, host: str) -> int:
        """How often it is tried without progress."""
        with self._lock:
            return 1 if time.monotonic() < self._doubted_until.get(host, 0.0) else self._limits.tries

    def postpone(self, host: str, seconds: float) -> None:
        """Ask it not before that time, for whichever file."""
        with self._lock:
            self._not_before[host] = max(self._not_before.get(host, 0.0), time.monotonic() + seconds)

    def refuse(self, host: str, seconds: float, error: UnavailableError) -> None:
        """Do not ask it at all for that time."""
        with self._lock:
            self._refusals[host] = (time.monotonic() + seconds, error)

    def doubt(self, host: str) -> None:
        """It gave nothing, however often it was asked."""
        with self._lock:
            self._doubted_until[host] = time.monotonic() + self._limits.out_of_reach

    def trust(self, host: str) -> None:
        """It gave a file."""
        with self._lock:
            self._doubted_until.pop(host, None)
