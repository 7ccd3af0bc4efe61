"""What `zoo_tools fetch` says: paths on standard output, everything else on standard error, or events as JSON lines.

Files are told in the order they were asked for; progress is shown while it is made, and only to a person.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.manifest import Licence
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Fetched, Wanted
from zoo_tools.fetch import Progress as Listener

Bars = Callable[[str], Listener]
"""Makes a listener for the download of that title."""

_PAUSE = 0.2
"""Seconds between two progress events of one file."""


def exit_code(failures: Sequence[ZooToolsError]) -> int:
    """Return the exit code for several errors: wrong bytes weigh most, then what could not be reached."""
    codes = {error.exit_code for error in failures}
    return next((code for code in (1, 3, 2, 4) if code in codes), 0)


@dataclass(frozen=True, slots=True)
class Had:
    """A file that was fetched, and where it is now."""

    fetched: Fetched
    path: Path

    @property
    def tree(self) -> dict[str, object]:
        """The file as events name it."""
        wanted = self.fetched.wanted
        return {
            "path": str(self.path),
            "filename": wanted.filename,
            "sha256": wanted.sha256,
            "size": wanted.size,
            "source": self.fetched.source,
            "url": self.fetched.url,
        }


class Report(Protocol):
    """Told what happens; `listener` may be called from any thread, the rest comes from one."""

    def listener(self, subject: str, wanted: Wanted) -> Listener | None:
        """Give the listener of one file."""

    def done(self, subject: ArtifactSubject, files: Sequence[Had]) -> None:
        """An artifact was fetched and delivered: its own file, then its companions."""

    def failed(self, subject: str | None, error: ZooToolsError) -> None:
        """An artifact was not; without a name, a whole model."""

    def end(self, files: Sequence[Had], delivered: int, failed: int) -> None:
        """Nothing follows; all files, and the numbers of artifacts."""


@contextmanager
def open_report(*, as_json: bool, several: bool) -> Iterator[Report]:
    """Choose how to report; results for a person at a terminal are printed once the bars are gone."""
    if as_json:
        yield Events()
        return
    later: list[Callable[[], None]] = []
    try:
        with progress_bars() as bars:
            yield Lines(several=several, bars=bars, later=later) if bars else Lines(several=several)
    finally:
        for say in later:
            say()


@contextmanager
def progress_bars() -> Iterator[Bars | None]:
    """Give what makes a listener for a download of that title; None on no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from zoo_tools.cli.bars import open_bars  # rich takes as long to import as fifty files to come

    with open_bars() as bars:
        yield bars


def print_error(subject: str | None, error: ZooToolsError) -> None:
    """Print an error as a command that ends with it would, but go on."""
    lines = [f"zoo_tools: {f'{subject}: ' if subject else ''}{_sentence(error.message)}"]
    lines += [f"  → {_sentence(error.fix[:1].upper() + error.fix[1:])}"] if error.fix else []
    click.echo("\n".join(lines), err=True)


class Lines(Report):
    """For people and shell scripts.

    Args:
        several: say of which artifact an error is.
        bars: on a terminal.
        later: on a terminal, takes what is to be said once the bars are gone.
    """

    def __init__(
        self, *, several: bool, bars: Bars | None = None, later: list[Callable[[], None]] | None = None
    ) -> None:
        self._several = several
        self._bars = bars
        self._later = later
        self._licences: set[str] = set()

    def listener(self, subject: str, wanted: Wanted) -> Listener | None:
        """Give the listener of one file."""
        return None if self._bars is None else self._bars(subject)

    def done(self, subject: ArtifactSubject, files: Sequence[Had]) -> None:
        """Print where an artifact and its companions are, and its licence when it is a new one."""
        licence = _licence(subject.manifest.licences.weights)
        is_new = licence not in self._licences
        self._licences.add(licence)
        self._say(lambda: _print(subject.name, files, licence if is_new else None))

    def failed(self, subject: str | None, error: ZooToolsError) -> None:
        """Print an error."""
        self._say(lambda: print_error(subject if self._several else None, error))

    def end(self, files: Sequence[Had], delivered: int, failed: int) -> None:
        """Print the count, where something failed."""
        if failed and delivered + failed > 1:
            self._say(lambda: click.echo(f"zoo_tools: {delivered} fetched, {failed} not.", err=True))

    def _say(self, say: Callable[[], None]) -> None:
        if self._later is None:
            say()
        else:
            self._later.append(say)


def _print(subject: str, files: Sequence[Had], licence: str | None) -> None:
    for at, had in enumerate(files):
        wanted, source = had.fetched.wanted, had.fetched.source
        for warning in had.fetched.warnings:
            click.echo(f"warning: {warning}", err=True)
        click.echo(str(had.path))
        sys.stdout.flush()
        name = f"{subject}: companion {wanted.filename}" if at else subject
        where = "already there" if source == "destination" else f"from {source}"
        click.echo(f"  {name}, {wanted.size:,} bytes, sha256 {wanted.sha256}, {where}", err=True)
    if licence is not None:
        click.echo(f"  licence: {licence}", err=True)


class Events(Report):
    """For programs: one JSON object a line, as things happen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def listener(self, subject: str, wanted: Wanted) -> Listener | None:
        """Give the listener of one file."""
        last = 0.0

        def listen(done: int, total: int, url: str, /) -> None:
            nonlocal last
            now = time.monotonic()
            if done in {0, total} or now - last >= _PAUSE:
                last = now
                self._emit("progress", subject=subject, filename=wanted.filename, done=done, total=total, url=url)

        return listen

    def done(self, subject: ArtifactSubject, files: Sequence[Had]) -> None:
        """Print an event."""
        own, *companions = files
        for warning in (warning for had in files for warning in had.fetched.warnings):
            self._emit("warning", subject=subject.name, message=warning)
        self._emit(
            "done",
            subject=subject.name,
            **own.tree,
            companions=[one.tree for one in companions],
            licence=subject.manifest.licences.weights.model_dump(mode="json", exclude_none=True),
        )

    def failed(self, subject: str | None, error: ZooToolsError) -> None:
        """Print an event."""
        kind = {1: "wrong-bytes", 2: "usage", 3: "unavailable"}.get(error.exit_code, "other")
        self._emit("error", subject=subject, kind=kind, message=error.message, fix=error.fix)

    def end(self, files: Sequence[Had], delivered: int, failed: int) -> None:
        """Print an event."""
        size = sum(one.fetched.wanted.size for one in files)
        self._emit("end", fetched=delivered, failed=failed, files=len(files), bytes=size)

    def _emit(self, event: str, **said: object) -> None:
        with self._lock:
            click.echo(json.dumps({"event": event, **said}))
            sys.stdout.flush()


def _sentence(text: str) -> str:
    inert = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return inert if inert.endswith((".", "!", "?")) else f"{inert}."


def _licence(licence: Licence) -> str:
    restrictions = ["restrictions: " + ", ".join(licence.restrictions)] if licence.restrictions else []
    return "; ".join([licence.spdx, *restrictions, *([licence.url] if licence.url else [])])
