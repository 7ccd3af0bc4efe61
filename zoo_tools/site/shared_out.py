"""Makes something of each of many things in as many processes as there are cores.

The processes are forks: they have in memory what this one has, so nothing is sent but results. Only what needs no lock
that another thread may hold at that moment can be made in one.
"""

import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar, cast

from zoo_tools.errors import UnavailableError

T = TypeVar("T")
R = TypeVar("R")

MANY = 24
"""From so many things on, it pays to begin processes."""
_AT_A_TIME = 4

_make: Callable[[int], object] | None = None
"""What a process was begun for."""


@contextmanager
def shared_out(make: Callable[[T], R], things: Sequence[T]) -> Iterator[Iterator[R]]:
    """Begin to make something of each thing, while the caller goes on with other work.

    Args:
        make: must not depend on what it was called with before, nor change anything; its results are pickled.
        things: what it is called with; where they are few, or no process can be begun, only when a result is asked for.

    Returns:
        A context that yields the results in the order of the things, whoever made them.

    Raises:
        UnavailableError: a process was ended from outside.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    if len(things) < MANY or cores < 2:
        yield map(make, things)
        return
    pool = ProcessPoolExecutor(
        cores, get_context("fork"), initializer=_begin, initargs=(lambda position: make(things[position]),)
    )
    try:
        yield _submitted(pool, len(things)) or map(make, things)
    except BrokenProcessPool as error:
        raise UnavailableError(
            "a process that makes pages was ended from outside, as a system does that runs out of memory",
            fix="make room in memory, or allow one core only (`taskset -c 0`)",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, count: int) -> Iterator[R] | None:
    """Return the results to come, or None where the system gives no more processes."""
    with warnings.catch_warnings():
        # Python 3.12 warns of threads; here they are idle ones of libraries that no page of a model needs.
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")
        try:
            return cast(Iterator[R], pool.map(_made, range(count), chunksize=_AT_A_TIME))
        except OSError:
            return None


def _begin(make: Callable[[int], object]) -> None:
    global _make  # noqa: PLW0603 - set once in a process of its own
    _make = make
    gc.freeze()  # what was there before is garbage of nobody here; looking at it would copy its memory
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that began this one is interrupted, and ends it


def _made(position: int) -> object:
    if _make is None:
        raise RuntimeError("the process was not begun by `shared_out`")
    return _make(position)
