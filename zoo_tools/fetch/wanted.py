"""What is asked for and what is handed back: bytes named by their sha256 and size, never by an address alone."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from zoo_tools.errors import UsageError

if TYPE_CHECKING:  # pydantic costs 0.1 s to import, and who asks for a `Wanted` of his own needs none of it
    from zoo_tools.domain.digests import Digests
    from zoo_tools.domain.manifest import Artifact, Companion

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:]{1,200}")

Source = Literal["registry", "cache", "mirror", "download", "destination"]
"""Where the bytes of a `Fetched` came from; `destination`: they were there already."""

Digest = tuple[str, str]
"""A further digest: its kind (sha384, sha512, md5, or sha256_prefix for the beginning of a sha256) and its digits."""


def _check_name(filename: str) -> None:
    if not _PLAIN_NAME.fullmatch(filename) or filename in {".", ".."}:
        raise ValueError(f"{filename!r} is not a plain file name")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to be fetched.

    Args:
        filename: plain name, without folders; it is the last part of the path in caches and mirrors.
        sha256: 64 lower-case hex digits.
        size: bytes.
        urls: https addresses, tried in this order.
        digests: further digests the bytes must have.
        packed: the archive it can be taken from, where it is not offered alone.

    Raises:
        ValueError: the hash, size or name is not one. Manifests are checked before they get here.
    """

    filename: str
    sha256: str
    size: int
    urls: tuple[str, ...] = ()
    digests: tuple[Digest, ...] = ()
    packed: "Packed | None" = None

    def __post_init__(self) -> None:
        _check_name(self.filename)
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"{self.sha256!r} is not 64 lower-case hex digits")
        if self.size < 0:
            raise ValueError(f"a size of {self.size} bytes is none")

    @property
    def origins(self) -> tuple[str, ...]:
        """The addresses of the file, or of the archive it is in."""
        return self.urls if self.packed is None else self.packed.archive.urls


@dataclass(frozen=True, slots=True)
class Packed:
    """A place inside an archive, whose own bytes are known as well: nothing unknown is ever unpacked.

    Args:
        archive: the .tar.gz, .tar or .zip.
        member: path of the file inside.

    Raises:
        ValueError: the path leads out of the archive.
    """

    archive: Wanted
    member: str

    def __post_init__(self) -> None:
        check_member(self.member)


@dataclass(frozen=True, slots=True)
class Unseen:
    """A file whose bytes nobody has recorded yet, to be seen once and pinned.

    Args:
        filename: plain name.
        urls: https addresses, tried in this order.
        digests: what is known of it.
    """

    filename: str
    urls: tuple[str, ...]
    digests: tuple[Digest, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.filename)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A verified file.

    Args:
        wanted: what was asked for; `path` held exactly these bytes when this was made.
        path: where they are: in the cache or, for a mirror folder, in the mirror (never write there).
        source: who gave them in this call.
        url: the address they came from in this call, without its query; None when no request gave them.
        warnings: sources that gave wrong bytes or failed before one succeeded, a sentence each.
    """

    wanted: Wanted
    path: Path
    source: Source
    url: str | None = None
    warnings: tuple[str, ...] = ()


class Progress(Protocol):
    """Told about every block of a download, and with 0 when it has to start over."""

    def __call__(self, done: int, total: int, url: str, /) -> None:
        """Take note.

        Args:
            done: bytes received of this file so far.
            total: bytes of the whole file; 0 where nobody knows.
            url: the address, without its query; names the download.
        """


def check_member(member: str) -> None:
    """Let the path of a file inside an archive pass.

    Raises:
        ValueError: it leads out of the archive, or to nowhere.
    """
    parts = member.split("/")
    if not member.isprintable() or "\\" in member or {"", ".", ".."} & set(parts) or ":" in parts[0]:
        raise ValueError(f"{member!r} is not a path inside an archive")


def wanted_of(artifact: "Artifact") -> Wanted:
    """Turn a pinned artifact of a manifest into what is to be fetched.

    Raises:
        ValueError: the artifact is unpinned.
        UsageError: its address ends in no file name.
    """
    if artifact.sha256 is None or artifact.size is None:
        raise ValueError("only pinned artifacts are fetched")
    digests, urls = further_digests(artifact.digests), tuple(artifact.urls)
    filename = _filename(artifact.filename, urls)
    if artifact.archive is None:
        return Wanted(filename, artifact.sha256, artifact.size, urls, digests)
    archive = artifact.archive
    if archive.sha256 is None or archive.size is None:
        raise ValueError("only pinned archives are fetched")
    name = _filename(last_part(urls[0]), urls)
    whole = Wanted(name, archive.sha256, archive.size, urls, further_digests(archive.digests))
    return Wanted(filename, artifact.sha256, artifact.size, (), digests, Packed(whole, archive.member))


def wanted_of_companion(companion: "Companion") -> Wanted:
    """Turn a file that an artifact is nothing without into what is to be fetched.

    Raises:
        ValueError: its name is not a plain one.
    """
    return Wanted(companion.name, companion.sha256, companion.size, tuple(companion.urls))


def unseen_of(artifact: "Artifact") -> Unseen:
    """Turn an unpinned artifact into what its addresses lead to: its file, or the archive it is in.

    Raises:
        UsageError: it has no address, or one that ends in no file name.
    """
    urls = tuple(artifact.urls)
    if not urls:
        raise UsageError(f"{artifact.filename} has no download address", fix="add `urls:` to its artifact")
    if artifact.archive is None:
        return Unseen(_filename(artifact.filename, urls), urls, further_digests(artifact.digests))
    return Unseen(_filename(last_part(urls[0]), urls), urls, further_digests(artifact.archive.digests))


def last_part(url: str) -> str:
    """Return the file name at the end of an address."""
    return re.split("[?#]", url, maxsplit=1)[0].rpartition("/")[2]


def further_digests(digests: "Digests | None") -> tuple[Digest, ...]:
    """Return the digests a manifest gives besides the sha256."""
    if digests is None:
        return ()
    found = {
        "sha256_prefix": digests.sha256_prefix,
        "sha384": digests.sha384,
        "sha512": digests.sha512,
        "md5": digests.md5,
    }
    return tuple((kind, digits) for kind, digits in found.items() if digits is not None)


def _filename(filename: str, urls: tuple[str, ...]) -> str:
    try:
        _check_name(filename)
    except ValueError:
        place = f"the address {last_part(urls[0])!r}" if urls else "its name"
        raise UsageError(f"{place} ends in no file name", fix="add `name:` to the artifact") from None
    return filename
