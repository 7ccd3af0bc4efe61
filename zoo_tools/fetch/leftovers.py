"""Unfinished files beside the name they are to appear at: who writes them, and how a next run continues one.

`.NAME.HOST-PID-TOKEN.part` is being written, or its writer was killed; `.rest` was left by an orderly end; a `.json`
beside either says what it is the beginning of. Nobody touches a file that may have a living writer: a lock tells so,
and where locks do not work, the writer's process, and in the end the file's age.
"""

import hashlib
import io
import json
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_NAME = re.compile(r"\.(?P<of>.+)\.(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}\.(?P<kind>part|rest|json)", re.DOTALL)
_KEPT_OF_NAME = 100
_LIFE = 24 * 3600.0
"""Seconds after which nobody writes a file any more that has not changed: all waits of a download are shorter."""

_HOST = hashlib.sha256(os.uname().nodename.encode() if hasattr(os, "uname") else b"").hexdigest()[:8]
_OURS: set[str] = set()
_CLEAN: set[str] = set()
"""Folders that held nothing unfinished but what this process writes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes come from: only the same version from the same address is ever continued.

    Args:
        url: the whole address; only its hash is written down.
        size: bytes of the whole file.
    """

    url: str
    size: int

    def note(self, etag: str) -> bytes:
        """What is written beside the beginning of a file."""
        text = json.dumps({"of": hashlib.sha256(self.url.encode()).hexdigest(), "size": self.size, "etag": etag})
        return text.encode()

    def etag_in(self, note: bytes) -> str | None:
        """Return the validator of a note, if it is of this origin."""
        try:
            etag = json.loads(note)["etag"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return etag if isinstance(etag, str) and note == self.note(etag) else None


def new_name(final: Path) -> Path:
    """Return the name under which this process writes towards `final`; `forget` it afterwards."""
    name = f".{final.name[:_KEPT_OF_NAME]}.{_HOST}-{os.getpid()}-{os.urandom(4).hex()}.part"
    _OURS.add(name)
    return final.with_name(name)


def forget(path: Path) -> None:
    """This process writes that file no longer."""
    _OURS.discard(path.name)


def note_of(path: Path) -> Path:
    """Return where the note of an unfinished file is."""
    return path.with_suffix(".json")


def lock(file: io.IOBase) -> None:
    """Show other processes that this file is being written, where the file system can."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_unfinished(path: Path) -> bool:
    """Tell an unfinished file, or the note of one, by its name."""
    return _NAME.fullmatch(path.name) is not None


def is_written(path: Path) -> bool:
    """Tell whether somebody may still be writing an unfinished file; in doubt, somebody is."""
    match = _NAME.fullmatch(path.name)
    if match is None or match["kind"] == "rest":
        return False
    if match["kind"] == "json":
        return is_written(path.with_suffix(".part"))
    try:
        if time.time() - path.lstat().st_mtime > _LIFE:
            return False
    except OSError:
        return False
    return _is_locked(path) or _is_alive(path.name, match["host"], match["pid"])


def writers(final: Path) -> dict[str, int]:
    """Say what other living processes are writing towards `final` at this moment: sizes by name."""
    found = {}
    if sys.platform != "win32":  # there, nothing tells the living from the dead
        for path in _of(final):
            match = _NAME.fullmatch(path.name)
            if match is None or match["kind"] != "part" or path.name in _OURS:
                continue
            if _is_locked(path) or (match["host"] == _HOST and is_written(path)):
                found[path.name] = _size(path)
    return found


def _is_locked(path: Path) -> bool:
    if sys.platform == "win32":
        return True
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _is_alive(name: str, host: str, pid: str) -> bool:
    if host != _HOST:
        return True  # another machine on a shared disk: only its age tells
    if int(pid) == os.getpid():
        return name in _OURS
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def take_over(final: Path, origin: Origin) -> tuple[Path, str] | None:
    """Make the beginning of a file that a former run left this run's own.

    Returns:
        Its new name and its validator; None where there is none of the same version that may be continued.
    """
    for path in sorted(_of(final), key=_size, reverse=True):
        if path.suffix == ".json" or is_written(path):
            continue
        try:
            etag = origin.etag_in(note_of(path).read_bytes())
        except OSError:
            continue
        mine = new_name(final)
        if etag is not None and _is_beginning(path, origin.size) and _renamed(path, mine):
            with suppress(OSError):
                note_of(mine).write_bytes(origin.note(etag))
                note_of(path).unlink()
            return mine, etag
        forget(mine)
    return None


def sweep(final: Path) -> None:
    """Remove what former runs left of a file that is now whole.

    A folder in which nobody left anything is looked through once, however many files come to it.
    """
    folder, start = str(final.parent), _start(final)
    if folder in _CLEAN:
        return
    is_clean = True
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _NAME.fullmatch(entry.name)
            if match is None or entry.name in _OURS:
                continue
            path = final.with_name(entry.name)
            if f".{match['of']}." == start and not is_written(path):
                with suppress(OSError):
                    path.unlink()
            else:
                is_clean = False
    if is_clean:
        _CLEAN.add(folder)


def leave(path: Path) -> None:
    """Leave the beginning of a file for a next run."""
    _CLEAN.discard(str(path.parent))
    path.rename(path.with_suffix(".rest"))


def _start(final: Path) -> str:
    return f".{final.name[:_KEPT_OF_NAME]}."


def _of(final: Path) -> Iterator[Path]:
    start = _start(final)
    with suppress(OSError), os.scandir(final.parent) as entries:
        for entry in entries:
            match = _NAME.fullmatch(entry.name) if entry.name.startswith(start) else None
            if match is not None and f".{match['of']}." == start:
                yield final.with_name(entry.name)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _is_beginning(path: Path, size: int) -> bool:
    """Whether it is a plain file, of no other name, with a part of the bytes: nobody's trap and worth continuing."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and 0 < found.st_size < size


def _renamed(path: Path, mine: Path) -> bool:
    """Take a file by its name: of several processes that try, one succeeds."""
    try:
        path.rename(mine)
    except OSError:
        return False
    return True
