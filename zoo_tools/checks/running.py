"""The workers that are at work now, so that an interrupt can end them from the main thread.

They are in process groups of their own and hear no Ctrl-C; the thread that waits for an answer hears none either.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Stopped(Exception):
    """Raised where work is not begun any more, because the run was interrupted."""


class Closable(Protocol):
    """A worker, as far as it concerns this module."""

    def close(self) -> None:
        """End its process; may be called again, and from another thread."""


class Running:
    """The open workers of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[Closable] = []
        self._is_stopped = False

    @contextmanager
    def holding(self, worker: Closable) -> Iterator[None]:
        """Know of a worker while it is open."""
        with self._lock:
            self._open.append(worker)
        try:
            self.go_on()
            yield
        finally:
            with self._lock:
                self._open = [one for one in self._open if one is not worker]

    def go_on(self) -> None:
        """Let work go on, unless the run was interrupted.

        Raises:
            Stopped: it was.
        """
        if self._is_stopped:
            raise Stopped

    def stop(self) -> None:
        """End all workers; nothing is begun after this."""
        self._is_stopped = True
        with self._lock:
            left = list(self._open)
        for worker in left:
            worker.close()
