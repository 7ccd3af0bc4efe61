"""Which files differ from an earlier revision: committed since, staged, only in the working tree, or not known to git.

Names are compared, not read. Files that git is told to ignore are in no revision and are left out here too. A file that
was moved is one difference where git sees that it was; it does not of files it was never told about.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zoo_tools.registry.changed import Revision
from zoo_tools.registry.git import git, listing


class Kind(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not what it was."""

    kind: Kind
    path: str
    """Where it is, or was, with forward slashes."""
    was: str | None = None
    """Where it was, of one that was moved."""


_KINDS = {"A": Kind.ADDED, "D": Kind.DELETED}
_DIFF = (
    "diff", "--name-status", "-z", "--find-renames", "-l400", "--no-ext-diff", "--no-textconv", "--no-color",
    "--ignore-submodules=none",
)  # fmt: skip


def registry_differences(revision: Revision) -> list[Difference]:
    """Return what differs in the registry folder, by path from there."""
    return _differences(revision.root, revision.commit, "--relative", where=".")


def tool_differences(revision: Revision, folder: Path) -> list[Difference]:
    """Return what differs of a tool's source and of what its folder's neighbours pin, by path from that neighbourhood.

    Args:
        revision: of the zoo.
        folder: the tool's package; of one that lies outside the zoo's repository nothing is known.
    """
    code, said = git(revision.root, "rev-parse", "--show-toplevel")
    top = Path(os.fsdecode(said.removesuffix(b"\n")))
    if code != 0 or not folder.is_relative_to(top):
        return []
    found = []
    for part in (folder.name, "constraints.txt", "pyproject.toml"):
        found += _differences(folder.parent, revision.commit, "--relative", where=part)
    return found


def _differences(root: Path, commit: str, *options: str, where: str) -> list[Difference]:
    what = f"what differs from {commit[:12]}"
    told = listing(root, *_DIFF, *options, commit, "--", where, what=what)
    found = {one.path: one for one in _read([os.fsdecode(word) for word in told])}
    untracked = listing(root, "ls-files", "--others", "--exclude-standard", "-z", "--", where, what=what)
    for path in map(os.fsdecode, untracked):
        # It may have been there, and be only taken out of the index.
        kind = Kind.CHANGED if path in found else Kind.ADDED
        found[path] = Difference(kind, path.removesuffix("/"))
    return sorted(found.values(), key=lambda one: one.path)


def _read(words: list[str]) -> Iterator[Difference]:
    """Yield differences from letters and paths in turn; a file that was moved, or copied, has two paths."""
    rest = iter(words)
    for letter in rest:
        path = next(rest)
        if letter.startswith("R"):
            yield Difference(Kind.MOVED, next(rest), path)
        elif letter.startswith("C"):
            yield Difference(Kind.ADDED, next(rest))
        else:
            yield Difference(_KINDS.get(letter[:1], Kind.CHANGED), path)
