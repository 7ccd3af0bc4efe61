"""The content-addressed folder on this machine, `<sha256>/<filename>`: laid out like a mirror, so that it can be one.

No file in it is trusted: size and hash are verified on every hit.
"""

import os
import re
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zoo_tools.errors import WrongBytesError
from zoo_tools.fetch.leftovers import is_unfinished, is_written
from zoo_tools.fetch.verify import difference, tally_file
from zoo_tools.fetch.wanted import Wanted

VARIABLE = "ZOO_TOOLS_CACHE"
"""Environment variable that names the cache folder."""

_HASH_FOLDER = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Cached:
    """One file in the cache.

    Args:
        path: where it is.
        sha256: what its folder says; nobody has looked at its bytes.
        size: bytes.
        modified: seconds since 1970.
        state: `whole` under its final name, `unfinished` of a download that ended, `written` at this moment, or
            `strange`: no plain file.
    """

    path: Path
    sha256: str
    size: int
    modified: float
    state: Literal["whole", "unfinished", "written", "strange"]


def default_folder() -> Path:
    """The folder named by ZOO_TOOLS_CACHE, otherwise the user's cache folder as the platform has it."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_cache_path  # noqa: PLC0415 - a named folder does without

    return user_cache_path("zoo_tools", appauthor=False)


class Cache:
    """Verified files by hash.

    Args:
        folder: made when the first file is stored; it may be read-only when it holds what is asked for.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder

    def path_of(self, wanted: Wanted) -> Path:
        """Where the file is or would be."""
        return self.path_at(wanted.sha256, wanted.filename)

    def path_at(self, sha256: str, filename: str) -> Path:
        """Where a file of that hash and name is or would be."""
        return self.folder / sha256 / filename

    def find(self, wanted: Wanted) -> Path | None:
        """The path of the file, read and verified now; None when the cache lacks it.

        Raises:
            WrongBytesError: something else stood there. It has been removed where that was possible, and is not used.
        """
        path = self.path_of(wanted)
        try:
            before = path.lstat()
            if not stat.S_ISREG(before.st_mode):
                raise WrongBytesError(f"{path} is not a regular file, should be the {wanted.size} bytes asked for")
            held = tally_file(path, wanted.digests)
        except WrongBytesError:
            _remove(path)
            raise
        except OSError:
            return None
        if wrong := difference(held, wanted, place=str(path)):
            if held.sha256 != wanted.sha256:
                _remove(path, only=before)
            raise wrong
        return path

    def files(self) -> Iterator[Cached]:
        """Everything that lies where this tool puts files, by folder and name; other things are nobody's business."""
        for folder in [self.folder, *_folders(self.folder)]:
            sha256 = folder.name if folder != self.folder else ""
            for path in _entries(folder):
                if sha256 or is_unfinished(path):
                    with suppress(OSError):
                        yield _cached(path, sha256, path.lstat())

    def unneeded(self, needed: Collection[str]) -> Iterator[Cached]:
        """What could be removed: whole files of other hashes, and what ended downloads left.

        Args:
            needed: hashes of files that stay.
        """
        for file in self.files():
            if file.state == "unfinished" or (file.state == "whole" and file.sha256 not in needed):
                yield file

    def remove(self, file: Cached) -> bool:
        """Remove one file, unless it changed or somebody began to write it since it was listed.

        Returns:
            Whether it is gone.
        """
        try:
            now = _cached(file.path, file.sha256, file.path.lstat())
            if now != file:
                return False
            file.path.unlink()
        except OSError:
            return False
        if file.sha256:
            with suppress(OSError):  # it holds another file still
                file.path.parent.rmdir()
        return True


def _cached(path: Path, sha256: str, found: os.stat_result) -> Cached:
    state: Literal["whole", "unfinished", "written", "strange"] = "whole"
    if not stat.S_ISREG(found.st_mode):
        state = "strange"
    elif is_unfinished(path):
        state = "written" if is_written(path) else "unfinished"
    return Cached(path, sha256, found.st_size, found.st_mtime, state)


def _folders(folder: Path) -> list[Path]:
    return [
        path
        for path in _entries(folder)
        if _HASH_FOLDER.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _remove(path: Path, only: os.stat_result | None = None) -> None:
    """Remove a wrong file, but not the right one with which another process has replaced it in the meantime."""
    with suppress(OSError):
        if only is None or os.path.samestat(only, path.lstat()):
            path.unlink()
