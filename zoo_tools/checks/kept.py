"""Outcomes of level static kept between runs: a manifest that was checked is not checked again while nothing changed.

An answer is kept under the digest of all it can depend on: the bytes in the model's folder, all other files of the
registry, this tool's own source, the versions it runs on, and the day, which decides about waivers. Models do not
depend on each other, but for the check that asks which models there are; its answers are kept with their list. What is
read back is held against its sha256, and whatever is damaged in the least is computed again.
"""

import hashlib
import json
import re
import sys
import time
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

import pydantic

import zoo_tools
from zoo_tools.checks.kept_lines import KeptModel, decoded
from zoo_tools.errors import UnavailableError
from zoo_tools.fetch import default_folder, write_whole
from zoo_tools.registry.fingerprint import fingerprint
from zoo_tools.registry.load import model_folders, shown_name

FOLDER = "static"
"""Folder below the user's cache folder."""
LIFE = 7 * 24 * 3600.0
"""Seconds after which a file nobody read is removed: most hold the outcomes of another day or another source."""
MOST_FILES = 16
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a file; beyond that, what this run did not need is dropped."""

_NAME = re.compile(r"[0-9a-f]{64}\.kept")
_LINE = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64} .+)")
_NOT_READ = frozenset(["models", "schema"])
"""Folders of the registry that no check of a model reads but for its own."""


class Kept:
    """What earlier runs found about the models of one registry.

    Args:
        registry: its folder.

    Raises:
        OSError: something in the folder cannot be read.
    """

    def __init__(self, registry: Path) -> None:
        self._registry = registry
        self._folder = default_folder() / FOLDER
        self._shared = self._key_of_shared()
        self._path = self._folder / f"{self._shared}.kept"
        self._keys: dict[str, str] = {}
        self._lines = self._read()
        self._used: set[str] = set()
        self._new: dict[str, bytes] = {}
        self._listed = list_digest(registry)

    def find(self, model: str, *, is_whole: bool = False) -> KeptModel | None:
        """Return what is kept of a model as it is now, if anything is.

        Args:
            model: its id.
            is_whole: every outcome will be asked for, so that what is damaged has to show now.
        """
        try:
            key = self._keys[model] = _key_of_model(self._registry, model)
        except OSError:
            return None
        line = self._lines.get(key)
        kept = decoded(line, is_whole=is_whole) if line is not None else None
        if kept is None or kept.about not in ("", self._listed):
            return None
        self._used.add(key)
        return kept

    def add(self, model: str, line: bytes) -> None:
        """Keep what was told of a model that `find` did not know, unless its files have changed in the meantime.

        Args:
            model: its id.
            line: all of level static, as `encoded` writes it; what is no answer is not kept.
        """
        with suppress(OSError):
            key = self._keys.get(model)
            if key is not None and key == _key_of_model(self._registry, model):
                self._new[key] = line

    def write(self) -> None:
        """Write down what was added, if the rest of the registry and the source are still what they were."""
        if not self._new:
            return
        lines = {**self._lines, **self._new}
        if sum(map(len, lines.values())) > MOST_BYTES:
            lines = {key: line for key, line in lines.items() if key in self._used or key in self._new}
        content = b"".join(b"%b %b\n" % (key.encode(), line) for key, line in lines.items())
        with suppress(OSError, UnavailableError):  # a cache that cannot be written is none
            if len(content) <= MOST_BYTES and self._key_of_shared() == self._shared:
                self._folder.mkdir(parents=True, exist_ok=True)
                write_whole(self._path, content)
                self._clean()

    def _clean(self) -> None:
        """Remove files that nobody has written for long, and the oldest of too many."""
        found = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name) and path != self._path]
        dated = sorted(((path.lstat().st_mtime, path) for path in found), reverse=True)
        for rank, (written, path) in enumerate(dated, start=1):
            if rank >= MOST_FILES or written < time.time() - LIFE:
                path.unlink(missing_ok=True)

    def _key_of_shared(self) -> str:
        """Return the digest of all that the outcomes of every model may depend on."""
        stated = [
            zoo_tools.__version__, source_digest(), sys.version, pydantic.VERSION, date.today().isoformat(),
            shown_name(self._registry), fingerprint(self._registry, but=_NOT_READ),
            (self._registry / "models").is_symlink(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(stated).encode()).hexdigest()

    def _read(self) -> dict[str, bytes]:
        """Return the lines that are kept, by their keys; none of them has been looked at."""
        try:
            if self._path.is_symlink() or self._path.stat().st_size > MOST_BYTES:
                return {}
            lines = self._path.read_bytes().split(b"\n")[:-1]  # a line that does not end was cut off
        except OSError:
            return {}
        found = (_LINE.fullmatch(line) for line in lines)
        return {one[1].decode("ascii"): one[2] for one in found if one is not None}


def open_kept(registry: Path) -> Kept | None:
    """Return what is kept of a registry; None where it cannot be read through."""
    try:
        return Kept(registry)
    except OSError:
        return None


@cache
def source_digest() -> str:
    """Return the digest of this tool's own source: a changed check answers anew."""
    return fingerprint(Path(zoo_tools.__file__).parent, but=frozenset(["__pycache__"]))


def _key_of_model(registry: Path, model: str) -> str:
    return hashlib.sha256(f"{model}\n{fingerprint(registry / 'models' / model)}".encode()).hexdigest()


def list_digest(registry: Path) -> str:
    """Return the digest of which models there are."""
    return hashlib.sha256("\n".join(model_folders(registry)).encode("utf-8", "surrogateescape")).hexdigest()
