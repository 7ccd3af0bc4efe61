"""Progress of downloads for a person at a terminal: a bar a file, with bytes, rate and time left, several at once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from zoo_tools.fetch import Progress as Listener

_PAUSE = 0.05
"""Seconds between two updates of one bar: a fast disk gives thousands of blocks a second, an eye sees ten."""


@contextmanager
def open_bars() -> Iterator[Callable[[str], Listener]]:
    """Show bars on standard error until the end of the block."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    # What the bars would redirect is a result, and may be a pipe.
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bars:
        yield lambda title: _listener(bars, title)


def _listener(bars: Progress, title: str) -> Listener:
    task: list[TaskID] = []
    last = 0.0

    def listen(done: int, total: int, _: str, /) -> None:
        nonlocal last
        now = time.monotonic()
        if done not in {0, total} and now - last < _PAUSE:
            return
        last = now
        if not task:
            task.append(bars.add_task(title))
        bars.update(task[0], completed=done, total=total or None)
        if 0 < done == total:
            bars.remove_task(task.pop())

    return listen
