"""What a folder of the registry holds, as one digest: names, kinds and bytes of everything in it.

Whoever keeps an answer under such a digest can be sure that it is about the same files. Nothing is taken from dates or
sizes of files.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of a file that are read; no part of the registry is read further, and larger files are refused by who does."""


def fingerprint(folder: Path, *, but: frozenset[str] = frozenset()) -> str:
    """Return the digest of a folder.

    Args:
        folder: where to begin; links are not followed, this one no more than others.
        but: names that are left out, in it and below.

    Raises:
        OSError: something in it cannot be read.
    """
    digest = hashlib.sha256()
    if folder.is_symlink():
        return digest.hexdigest()
    for part in _parts(os.fspath(folder), but):
        digest.update(part)
    return digest.hexdigest()


def _parts(folder: str, but: frozenset[str]) -> Iterator[bytes]:
    with os.scandir(folder) as found:
        entries = sorted((entry for entry in found if entry.name not in but), key=lambda entry: entry.name)
    for entry in entries:
        name = os.fsencode(entry.name)
        if entry.is_symlink():
            yield b"link %d %b" % (len(name), name)
        elif entry.is_dir(follow_symlinks=False):
            yield b"folder %d %b" % (len(name), name)
            yield from _parts(entry.path, but)
        elif entry.is_file(follow_symlinks=False):
            content, size = _content(entry.path)
            # Lengths before texts: no two folders give the same sequence of bytes.
            yield b"file %d %b %d " % (len(name), name, size)
            yield content
        else:
            yield b"other %d %b" % (len(name), name)
    yield b"end"


def _content(path: str) -> tuple[bytes, int]:
    """Return the beginning of a file and its whole size; a file in use by a writer gives what is there now."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    try:
        size = os.fstat(file).st_size
        content = os.read(file, min(size, MAX_BYTES) + 1)
    finally:
        os.close(file)
    return content, max(size, len(content))
