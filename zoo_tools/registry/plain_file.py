"""Reads files of the registry: plain ones in plain folders, and never more of them than a bound.

A link may lead to any file of the machine, a pipe has no end, and a device may do anything.
"""

import os
import stat
from pathlib import Path


class NotPlainError(Exception):
    """What should be a plain file is none; the text says what it is, as the end of a sentence."""


def read_plain(path: Path, *, limit: int, inside: Path | None = None) -> bytes:
    """Return the bytes of a plain file; one more than the limit where it is larger.

    Args:
        path: the file.
        limit: bytes it may have.
        inside: a folder above it; none of those between the two may be a link.

    Raises:
        NotPlainError: it is no plain file, or lies behind a link.
        OSError: it is missing or cannot be read.
    """
    if inside is not None:
        refuse_links(path, inside)
    found = os.lstat(path)
    mode, size = found.st_mode, found.st_size
    if not stat.S_ISREG(mode):
        what = "symbolic link" if stat.S_ISLNK(mode) else "folder" if stat.S_ISDIR(mode) else "device or pipe"
        raise NotPlainError(f"is a {what}; the registry holds plain files only")
    # Unbuffered and by name: opening a Path through its own method takes longer than reading the file.
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
        data = stream.read(min(size, limit) + 1)
        if size < len(data) <= limit:  # it has grown
            data += stream.read(limit + 1 - len(data))
    return data


def refuse_links(path: Path, inside: Path) -> None:
    """Refuse a path that leads through a link below a folder.

    Raises:
        NotPlainError: it does.
    """
    folder = path.parent
    while folder not in (inside, folder.parent):
        if folder.is_symlink():
            raise NotPlainError(f"lies behind `{folder.name}`, a symbolic link; the registry holds plain folders only")
        folder = folder.parent
