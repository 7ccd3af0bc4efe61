"""What must not happen while files are checked: canaries opened, files made, processes or folders left behind."""

import ctypes
import os
import struct
from hashlib import sha256
from pathlib import Path

_ACCESS, _OPEN = 0x1, 0x20
_EVENT = struct.Struct("iIII")


class Canaries:
    """Files that nobody has a reason to open; the kernel notes it when somebody does (Linux, inotify)."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._notes = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._notes >= 0
        self._paths: dict[int, Path] = {}

    def add(self, path: Path, content: bytes) -> None:
        """Write a file and watch it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        watch = self._libc.inotify_add_watch(self._notes, os.fsencode(path), _OPEN | _ACCESS)
        assert watch >= 0
        self._paths[watch] = path

    def opened(self) -> set[Path]:
        """Return those that were opened since this was asked last."""
        found: set[Path] = set()
        while True:
            try:
                notes = os.read(self._notes, 1 << 16)
            except BlockingIOError:
                return found
            at = 0
            while at < len(notes):
                watch, _, _, length = _EVENT.unpack_from(notes, at)
                found.add(self._paths[watch])
                at += _EVENT.size + length

    def close(self) -> None:
        """Watch no more."""
        os.close(self._notes)


def tree(folder: Path) -> dict[str, str]:
    """Return what lies below a folder: a digest for each file, a word for whatever else."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        for path in sorted(folder.rglob("*"))
    }


def processes_at_home_in(folder: Path) -> list[int]:
    """Return the processes whose HOME lies below a folder, as that of every worker does."""
    marker = f"HOME={folder}/".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes().split(b"\0")
        except OSError:  # it has ended, or is somebody else's
            continue
        if any(one.startswith(marker) for one in environment):
            found.append(int(path.parent.name))
    return found


def children() -> set[str]:
    """Return the processes started here that live or wait to be buried."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for one in lists for pid in one.read_text(encoding="ascii").split()}
