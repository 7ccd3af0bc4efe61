"""Every file name of a model can be written on every system, and none differs from another in case alone.

Why: a folder that holds `Notes.md` and `notes.md`, or a file called `aux.h5`, cannot be checked out on Windows or on
many a Mac, and what is fetched is stored under the name the manifest gives it. A percent sign that hides a slash leads
out of the folder.
How to fix: rename the file to letters, digits, `.`, `_` and `-`; where an address ends otherwise, give the artifact a
`name:`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from urllib.parse import unquote

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.address import Path
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.findings import Finding, Location
from zoo_tools.registry.load import shown_name

LONGEST_NAME = 128
"""Letters; with the folders before it a name has to stay within the 260 that Windows allows a path."""

_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
"""Names that only a device can object to."""
_FIX = "rename it: letters, digits, `.`, `_` and `-` work everywhere"


def objection(name: str) -> str | None:
    """Return why a file name does not work everywhere, as the end of a sentence; None where it does."""
    if _DEVICES.fullmatch(name):
        return "is a device on Windows"
    if len(name) <= LONGEST_NAME and _PLAIN.fullmatch(name):
        return None
    if name in ("", ".", "..") or set(unquote(name)) & {"/", "\\"}:
        return "leads out of its folder"
    if name.endswith((".", " ")):
        return "ends with a point or a space, which Windows drops"
    odd = next(
        (letter for letter in name if letter in '<>:"|?*' or not letter.isascii() or not letter.isprintable()), ""
    )
    if odd:
        return f"holds {odd!a}, which not every system takes"
    if len(name) > LONGEST_NAME:
        return f"has {len(name)} letters, it should have at most {LONGEST_NAME}"
    return None


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look at the names a manifest gives, and at those that lie in its folder."""
    seen: dict[str, str] = {}
    for name, path in _stated(subject):
        why = objection(name)
        if why is not None:
            yield CHECK.error(subject, f"the name `{name}` {why}", fix=_FIX, at=subject.at(*path))
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            message = f"the names `{name}` and `{other}` differ in upper and lower case alone"
            yield CHECK.error(subject, message, fix="rename one of them", at=subject.at(*path))
    yield from _lying(subject, subject.entry.path.parent)


def _stated(subject: Subject) -> Iterator[tuple[str, Path]]:
    """Yield every file name of a manifest with its place."""
    manifest = subject.manifest
    for v, variant in enumerate(manifest.variants):
        for a, artifact in enumerate(variant.artifacts):
            at: Path = ("variants", v, "artifacts", a)
            if artifact.name is not None:
                yield artifact.filename, (*at, "name")
            elif artifact.archive is not None:
                yield artifact.filename, (*at, "archive", "member")
            elif artifact.path is not None:
                yield artifact.filename, (*at, "path")
            else:
                yield artifact.filename, (*at, "urls", 0)
        for g, case in enumerate(variant.golden):
            yield case.file.rpartition("/")[2], ("variants", v, "golden", g, "file")
    for id_, evidence in manifest.evidence.items():
        if isinstance(evidence, Published):
            yield evidence.transcript.rpartition("/")[2], ("evidence", id_, "transcript")


def _lying(subject: Subject, folder: FilePath) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name, entry in _entries(folder):
        why = "is a symbolic link, it should be a file" if entry.is_symlink() else objection(entry.name)
        if why is not None:
            at = Location(shown_name(folder / name))
            yield CHECK.error(subject, f"`{entry.name}` {why}", fix=_FIX, at=at)
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            message = f"`{entry.name}` and `{other.rpartition('/')[2]}` differ in upper and lower case alone"
            at = Location(shown_name(folder / name))
            yield CHECK.error(subject, message, fix="rename one of them", at=at)


def _entries(folder: FilePath, above: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield all that lies in a folder and below it, with its path from there; what is linked is not walked."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # what is needed from there is reported by who reads it
    for entry in entries:
        yield f"{above}{entry.name}", entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(folder / entry.name, f"{above}{entry.name}/")


CHECK = Check("portable-paths", Level.STATIC, models, run)
