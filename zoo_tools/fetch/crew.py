"""Threads that work through a list and hand over what came out, in the order in which it is done."""

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from zoo_tools.errors import UnavailableError

if sys.platform == "linux":
    import resource

T = TypeVar("T")
R = TypeVar("R")

_STACK = 1 << 20
"""Bytes of a thread's stack where address space is short; usual are eight times as many."""
_ARENA_MAX = -8
"""What mallopt of the GNU C library calls the number of places that threads take memory from."""


class Crew(Generic[T, R]):
    """Lighter than an executor: what is handed over for each item are two words through a queue.

    Args:
        items: to be worked on.
        work: does one; it reports failures as results.
        threads: how many at a time at most; fewer where the system gives no more.

    Raises:
        UnavailableError: the system gives none.
    """

    def __init__(self, items: Sequence[T], work: Callable[[T], R], *, threads: int) -> None:
        self._work = work
        self._todo: SimpleQueue[T] = SimpleQueue()
        self._done: SimpleQueue[tuple[T, R] | BaseException] = SimpleQueue()
        for item in items:
            self._todo.put(item)
        self._threads: list[threading.Thread] = []
        usual = threading.stack_size(_STACK) if _is_narrow() else threading.stack_size()
        try:
            self._start(min(threads, len(items)))
        finally:
            threading.stack_size(usual)
        if items and not self._threads:
            raise UnavailableError("this machine gives no more threads", fix="allow this process more memory")

    def _start(self, threads: int) -> None:
        for _ in range(threads):
            thread = threading.Thread(target=self._run, name="zoo_tools fetch")
            try:
                thread.start()
            except RuntimeError:
                return
            self._threads.append(thread)

    def next(self) -> tuple[T, R]:
        """Wait for the next item that is done."""
        done = self._done.get()
        if isinstance(done, BaseException):
            raise done
        return done

    def end(self) -> None:
        """Begin nothing new, and wait for what was begun."""
        while True:
            try:
                self._todo.get_nowait()
            except Empty:
                break
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            try:
                item = self._todo.get_nowait()
            except Empty:
                return
            try:
                self._done.put((item, self._work(item)))
            except BaseException as error:  # it is raised again where somebody waits for it
                self._done.put(error)


def _is_narrow() -> bool:
    """Tell whether the address space of this process is limited, and if so, let threads share what they reserve.

    The GNU C library reserves 64 MiB for nearly every thread; sixteen of them leave nothing of 1 GiB.
    """
    if sys.platform != "linux" or resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return False
    import ctypes  # noqa: PLC0415 - few need it

    with suppress(AttributeError):  # another C library reserves nothing
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
    return True
