"""A file that appears at its final name whole or not at all.

Nothing is ever written through an existing name: bytes go to a new file of a unique name in the same folder, reach the
disk, and then replace whatever stands at the final name, a symlink included. kill -9 at any moment leaves at most an
unfinished file beside it, which the next run goes on with or removes.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from zoo_tools.errors import UnavailableError, WrongBytesError
from zoo_tools.fetch import leftovers
from zoo_tools.fetch.leftovers import Origin
from zoo_tools.fetch.verify import BLOCK, Held, Tally, difference, tally_file
from zoo_tools.fetch.wanted import Digest, Fetched, Wanted

# The kernel cuts 0o666 down by the umask; mkstemp gives 0o600, and to ask for the umask is to set it for all threads.
_MODE = 0o666
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS


class Landing:
    """Writes towards `final`; only `keep` makes the bytes appear there.

    Args:
        final: path of the file.
        digests: the kinds of further digests to compute are those of these.
        origin: where the bytes come from; with it, the beginning that a former run left is continued, and what this
            run cannot finish is left for the next one.

    Raises:
        UnavailableError: the folder cannot be written, or the disk is full.
    """

    def __init__(self, final: Path, *, digests: Sequence[Digest] = (), origin: Origin | None = None) -> None:
        self._final = final
        self._digests = digests
        self._origin = origin
        self._tally = Tally(digests)
        self._temporary: Path | None = None
        self._file: io.FileIO | None = None
        self._failed = False
        self._is_first = False  # nobody was in this folder before: nothing can have been left there
        self.etag: str | None = None
        """Strong validator of the version written so far."""
        self.is_taken_over = False
        """Whether a former run wrote the beginning: nobody but its lock says that it has ended."""

    def __enter__(self) -> Self:
        try:
            self._is_first = _made(self._final.parent)
            if self._origin is not None and not self._is_first:
                self._take_over(self._origin)
            if self._file is None:
                self._open_new()
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None or self._temporary is None:
            return
        with suppress(OSError):  # a full disk is reported by the write that met it
            self._file.close()
        is_good = not self._failed and not isinstance(error, WrongBytesError)
        goes_on = is_good and self._origin is not None and self.etag is not None and self.size > 0
        with suppress(OSError):
            leftovers.leave(self._temporary) if goes_on else self._discard()
        leftovers.forget(self._temporary)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._tally.size

    @property
    def held(self) -> Held:
        """What was written so far."""
        return self._tally.held()

    def write(self, block: bytes | memoryview) -> None:
        """Append."""
        file = self._open_file
        try:
            written = file.write(block)
            while written is not None and written < len(block):  # a disk that fills up takes a part first
                written += file.write(memoryview(block)[written:]) or 0
        except OSError as error:
            raise self._unwritable(error) from error
        self._tally.add(block)

    def restart(self, *, etag: str | None = None) -> None:
        """Forget everything written so far.

        Args:
            etag: strong validator of the version that begins now; without one a next run cannot continue it.
        """
        try:
            if self.is_taken_over:
                self._discard()
                self._open_new()
            elif self.size > 0:
                self._open_file.seek(0)
                self._open_file.truncate()
            self._note(etag)
        except OSError as error:
            raise self._unwritable(error) from error
        self._tally = Tally(self._digests)

    def is_on_disk(self) -> bool:
        """Read the file back, and tell whether it holds the bytes that were counted."""
        try:
            held = tally_file(self._temporary or self._final)
        except OSError:
            return False
        return (held.size, held.sha256) == (self.held.size, self.held.sha256)

    def keep(self, *, at: Path | None = None) -> None:
        """Make the bytes durable and let them appear at the final name, replacing what stands there.

        The name itself is left to the system to write: after a power cut the file may be missing, never wrong.

        Args:
            at: another final name on the same disk, for bytes whose name is only known now.
        """
        file, temporary, final = self._open_file, self._temporary, at or self._final
        if temporary is None:
            raise RuntimeError("a Landing is kept once")
        try:
            os.fsync(file.fileno())
            if at is not None:
                _made(final.parent)
            if sys.platform == "win32":
                file.close()  # an open file cannot be renamed there
            temporary.replace(final)
        except OSError as error:
            raise self._unwritable(error) from error
        file.close()
        self._file = None
        self._note(None)
        leftovers.forget(temporary)
        if not self._is_first:
            leftovers.sweep(self._final)

    def _open_new(self) -> None:
        for last in (False, True):
            self._temporary = leftovers.new_name(self._final)
            try:
                self._file = io.FileIO(os.open(self._temporary, _NEW, _MODE), "wb")
                break
            except FileNotFoundError:  # `cache gc` has removed the empty folder at this moment
                leftovers.forget(self._temporary)
                if last:
                    raise
                _made(self._final.parent)
        if self._file is not None:
            leftovers.lock(self._file)
        self.is_taken_over = False

    def _take_over(self, origin: Origin) -> None:
        found = leftovers.take_over(self._final, origin)
        if found is None:
            return
        self._temporary, etag = found
        try:
            held = os.open(self._temporary, os.O_RDWR | os.O_APPEND | _FLAGS)
            self._file = io.FileIO(held, "ab")
            leftovers.lock(self._file)
            self.is_taken_over = True
            with self._temporary.open("rb", buffering=0) as beginning:
                while block := beginning.read(BLOCK):
                    self._tally.add(block)
        except OSError:
            self._discard()
            self._tally = Tally(self._digests)
            return
        self.etag = etag

    def _note(self, etag: str | None) -> None:
        """Say beside the file what it is the beginning of, or no longer."""
        if self._temporary is not None and self._origin is not None:
            note = leftovers.note_of(self._temporary)
            if etag is not None:
                note.write_bytes(self._origin.note(etag))
            elif self.etag is not None:
                note.unlink(missing_ok=True)
        self.etag = etag

    def _discard(self) -> None:
        """Remove the unfinished file and its note."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        if self._temporary is not None:
            leftovers.forget(self._temporary)
            with suppress(OSError):
                self._temporary.unlink()
            with suppress(OSError):
                leftovers.note_of(self._temporary).unlink()

    @property
    def _open_file(self) -> io.FileIO:
        if self._file is None:
            raise RuntimeError("a Landing is written to inside its with block only")
        return self._file

    def _unwritable(self, error: OSError) -> UnavailableError:
        self._failed = True
        return UnavailableError(
            f"{self._final} cannot be written: {error.strerror or error}",
            fix="name a folder that can be written and has room (for the cache: set ZOO_TOOLS_CACHE)",
        )


def _made(folder: Path) -> bool:
    """Make a folder, and tell whether it is a new one; in most cases one call of the system."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return False
    return True


def is_there(wanted: Wanted, destination: Path) -> bool:
    """Tell whether a path holds a file already, by reading it; a symlink to it does not count."""
    try:
        if destination.is_symlink() or destination.stat().st_size != wanted.size:
            return False
        return difference(tally_file(destination, wanted.digests), wanted, place=str(destination)) is None
    except OSError:
        return False


def deliver(fetched: Fetched, destination: Path) -> Path:
    """Copy a fetched file to `destination`, verified as it is copied; a right file already there is left alone.

    Args:
        fetched: what `Fetcher.fetch` gave.
        destination: path of the file, not of its folder; folders are made as needed.

    Raises:
        WrongBytesError: the source changed since it was verified.
        UnavailableError: the source cannot be read, or the destination not written.
    """
    wanted = fetched.wanted
    if is_there(wanted, destination):
        return destination
    with Landing(destination, digests=wanted.digests) as landing:
        try:
            buffer = memoryview(bytearray(BLOCK))
            with fetched.path.open("rb", buffering=0) as source:
                while landing.size <= wanted.size and (count := source.readinto(buffer)):
                    landing.write(buffer[:count])
        except OSError as error:
            raise UnavailableError(f"{fetched.path} cannot be read: {error.strerror or error}") from error
        if wrong := difference(landing.held, wanted, place=str(fetched.path)):
            raise wrong
        landing.keep()
    return destination


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file (a sidecar) so that it appears whole or not at all.

    Raises:
        UnavailableError: the folder cannot be written, or the disk is full.
    """
    with Landing(path) as landing:
        landing.write(content)
        landing.keep()
