"""Further sources: folders and https addresses laid out `<sha256>/<filename>`, and what the registry holds itself.

Folders are only ever read, and their files are used where they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from zoo_tools.errors import UnavailableError, UsageError, WrongBytesError
from zoo_tools.fetch.location import parse_location, shown
from zoo_tools.fetch.verify import Held, difference, mistyped, tally_file
from zoo_tools.fetch.wanted import Digest, Wanted

if TYPE_CHECKING:  # who fetches without a registry loads no pydantic
    from zoo_tools.registry.load import Registry

_HASH_FOLDER = re.compile(r"[0-9a-f]{64}")
_NAMED_AT_MOST = 3
_LOOK_ELSEWHERE = "give another mirror, or run without one to download the file"


class MistypedHashError(WrongBytesError):
    """The hash asked for differs in a few digits from that of a real file of the same name: a typing error."""


class NotInMirrorError(UnavailableError):
    """A mirror lacks the bytes asked for; nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class FolderMirror:
    """A mirror on a disk."""

    folder: Path

    def find(self, wanted: Wanted) -> Path:
        """The path of the file in the mirror, read and verified now.

        Raises:
            WrongBytesError: the file there does not hold what its hash says.
            MistypedHashError: the mirror proves that the hash asked for is a typing error.
            NotInMirrorError: the mirror lacks these bytes.
        """
        path = self.folder / wanted.sha256 / wanted.filename
        held = _tally(path, wanted.digests)
        if held is None:
            raise self._lacks(wanted)
        if wrong := difference(held, wanted, place=str(path)):
            raise wrong
        return path

    def _lacks(self, wanted: Wanted) -> NotInMirrorError:
        others = self._hashes_of(wanted.filename)
        for other in others:
            self._refuse_mistyped(wanted, other)
        if not others:
            return NotInMirrorError(f"the mirror {self.folder} does not hold {wanted.filename}", fix=_LOOK_ELSEWHERE)
        named = ", ".join(others[:_NAMED_AT_MOST]) + (", ..." if len(others) > _NAMED_AT_MOST else "")
        return NotInMirrorError(
            f"the mirror {self.folder} holds {wanted.filename} with sha256 {named}, not with {wanted.sha256}",
            fix=_LOOK_ELSEWHERE,
        )

    def _refuse_mistyped(self, wanted: Wanted, other: str) -> None:
        """Raise when `other` is nearly the hash asked for and its file really has it (a name proves nothing)."""
        typing_error = mistyped(wanted.sha256, other)
        if typing_error is None:
            return
        path = self.folder / other / wanted.filename
        held = _tally(path)
        if held is not None and held.sha256 == other:
            raise MistypedHashError(
                f"the sha256 of {wanted.filename} is mistyped: {typing_error} (at {path})", fix="correct the sha256"
            )

    def _hashes_of(self, filename: str) -> list[str]:
        """Every hash under which the mirror has a file of this name."""
        try:
            return sorted(
                entry.name
                for entry in self.folder.iterdir()
                if _HASH_FOLDER.fullmatch(entry.name) and (entry / filename).is_file()
            )
        except OSError:
            return []


@dataclass(frozen=True, slots=True)
class WebMirror:
    """A mirror behind an https address."""

    base: str

    def url_of(self, wanted: Wanted) -> str:
        """The address of the file."""
        return f"{self.base.rstrip('/')}/{wanted.sha256}/{quote(wanted.filename, safe='')}"

    def lacks(self, wanted: Wanted) -> NotInMirrorError:
        """The error to raise when its server says that there is no such file."""
        base = parse_location(self.base).shown
        return NotInMirrorError(f"the mirror {base} does not hold {wanted.filename}", fix=_LOOK_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class HeldFiles:
    """The files that the registry holds itself, by sha256."""

    files: Mapping[str, Path]

    @classmethod
    def of(cls, registry: "Registry") -> Self:
        """Collect what artifacts and pictures of a registry give a `path` for."""
        files: dict[str, Path] = {}
        for entry in registry.models.values():
            for artifact in (artifact for variant in entry.value.variants for artifact in variant.artifacts):
                if artifact.path is not None and artifact.sha256 is not None:
                    held = entry.path.parent / artifact.path
                    files[artifact.sha256] = held
                    files |= {one.sha256: held.with_name(one.name) for one in artifact.companions if not one.urls}
        for picture in registry.images.values():
            if picture.value.path is not None:
                files[picture.value.sha256] = registry.root / picture.value.path
        return cls(files)

    def find(self, wanted: Wanted) -> Path:
        """The path of the file, read and verified now.

        Raises:
            WrongBytesError: the file there holds other bytes.
            NotInMirrorError: the registry holds no such file.
        """
        path = self.files.get(wanted.sha256)
        held = None if path is None else _tally(path, wanted.digests)
        if path is None or held is None:
            raise NotInMirrorError(f"the registry does not hold {wanted.filename} itself", fix=_LOOK_ELSEWHERE)
        if wrong := difference(held, wanted, place=str(path)):
            raise wrong
        return path


Mirror = FolderMirror | WebMirror | HeldFiles
"""Any kind."""


def mirror_at(place: str) -> Mirror:
    """Read what a user gave as a mirror: the path of a folder or an https address.

    Raises:
        UsageError: there is no such folder, or the address is not one.
    """
    if "://" not in place and not place.startswith("file:"):
        folder = Path(place).expanduser()
        if not folder.is_dir():
            raise UsageError(f"the mirror {place} is not a folder", fix="name a folder or an https address")
        return FolderMirror(folder)
    try:
        location = parse_location(place)
    except UnavailableError as error:
        raise UsageError(error.message, fix="name a mirror as a folder or an https address") from error
    if "?" in location.target:
        raise UsageError(f"the mirror {shown(place)} has a query, should be an address that paths can follow")
    return WebMirror(place)


def _tally(path: Path, digests: Sequence[Digest] = ()) -> Held | None:
    try:
        return tally_file(path, digests)
    except OSError:
        return None
