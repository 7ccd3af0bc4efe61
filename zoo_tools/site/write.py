"""The one module of the site that writes files.

A rendered tree belongs to `render` as a whole: what does not belong to it any more is removed, so it only ever works
in a folder that is empty or that it made before, which a marker file says. Each file is replaced whole or not at all,
and left alone where its bytes are the same, so that a live preview rebuilds only what changed.
"""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from zoo_tools.errors import UnavailableError, UsageError

MARKER = ".zoo_tools-rendered"
_MARKER_TEXT = b"Written by zoo_tools render; anything put here by hand is removed by the next run.\n"


@dataclass(slots=True)
class Changes:
    """What writing a tree changed, or would change; paths inside the tree, sorted."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_current(self) -> bool:
        """Whether nothing had to change."""
        return not self.written and not self.removed


def write_tree(files: Mapping[str, bytes], out: Path, *, check: bool = False) -> Changes:
    """Make a folder hold these files and no others.

    Args:
        files: contents by path inside the folder, with forward slashes.
        out: the folder; made as needed.
        check: change nothing, only say what would.

    Raises:
        UsageError: the folder holds something and was not made by this function.
        UnavailableError: it cannot be read or written.
    """
    wanted = {MARKER: _MARKER_TEXT, **files}
    _refuse_other_folders(out)
    changes = Changes()
    try:
        found = set(_found(out))
        orphans = sorted(found - wanted.keys())
        changes.removed = [path for path in orphans if not _is_temporary(path)]
        # What was not found lies, if anywhere, behind a link: it is no part of the tree.
        changes.written = [path for path in sorted(wanted) if path not in found or not _holds(out / path, wanted[path])]
        changes.unchanged = len(wanted) - len(changes.written)
        if not check:
            _apply(wanted, out, changes.written, orphans)
    except OSError as error:
        raise _unwritable(out, error) from error
    changes.written = [path for path in changes.written if path != MARKER]
    return changes


def update_tree(files: Mapping[str, bytes], out: Path, *, before: Mapping[str, bytes]) -> Changes:
    """Make a folder hold these files that `write_tree` filled with others; what is the same is not looked at.

    Raises:
        UnavailableError: it cannot be written.
    """
    changes = Changes(removed=sorted(before.keys() - files.keys()))
    # Bytes that are the same object are not compared.
    changes.written = [path for path in sorted(files) if before.get(path) != files[path]]
    changes.unchanged = len(files) - len(changes.written)
    try:
        _apply(files, out, changes.written, changes.removed)
    except OSError as error:
        raise _unwritable(out, error) from error
    return changes


def _unwritable(out: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"{error.filename or out} cannot be written: {error.strerror or error}",
        fix="name a folder that can be written and has room with --out",
    )


def _refuse_other_folders(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"{out} is not a folder of its own", fix="name an empty or a new folder with --out")
    if out.is_dir() and not (out / MARKER).is_file() and any(out.iterdir()):
        raise UsageError(
            f"{out} holds files that `zoo_tools render` did not write, and it would remove them",
            fix="name an empty or a new folder with --out",
        )


def _found(out: Path) -> Iterator[str]:
    """Yield every file and link in the tree; links to folders are not followed."""
    for folder, folders, names in os.walk(out):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*names, *links]:
            yield (Path(folder) / name).relative_to(out).as_posix()


def _is_temporary(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(".") and name.endswith(".part")


def _holds(path: Path, content: bytes) -> bool:
    return not path.is_symlink() and path.is_file() and path.read_bytes() == content


def _apply(wanted: Mapping[str, bytes], out: Path, written: list[str], orphans: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    # The marker first: a run that is killed half-way leaves a folder the next run may go on with.
    for path in sorted(written, key=lambda path: path != MARKER):
        _clear_way(out, path)
        _replace(out / path, wanted[path])
    # Orphans last: until the new pages stand, the old ones are all a reader has.
    for orphan in (out / path for path in orphans):
        if orphan.is_symlink() or orphan.is_file():  # not if a new folder stands there now
            orphan.unlink()
    for folder, _, _ in os.walk(out, topdown=False):
        if folder != str(out):
            with suppress(OSError):  # not empty
                Path(folder).rmdir()


def _clear_way(out: Path, path: str) -> None:
    """Remove a file or link where a folder must be, and a folder where the file must be."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        parent = out.joinpath(*parts[:depth])
        if parent.is_symlink() or parent.is_file():
            parent.unlink()
    if (out / path).is_dir() and not (out / path).is_symlink():
        shutil.rmtree(out / path)


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then let it appear under its name; no fsync: these pages can be made again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
