"""Which bytes a file is: its digests of every kind, the archive it is in, what it is made from, who has seen it."""

from collections.abc import Iterable, Iterator

from zoo_tools.domain.digests import Digests
from zoo_tools.domain.findings import Status
from zoo_tools.domain.manifest import Artifact, Conversion
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.subject import ArtifactRef, Subject

_DIGITS = 12
_NAMES = {"sha256_prefix": "sha256 begins with", "sha384": "sha384", "sha512": "sha512", "md5": "md5"}


def _others(digests: Digests | None) -> list[tuple[str, str]]:
    """Return name and digits of every digest besides the sha256."""
    if digests is None:
        return []
    stated = [(name, getattr(digests, key)) for key, name in _NAMES.items()]
    return [(name, digits) for name, digits in stated if digits is not None]


def shortened(artifact: Artifact) -> Html:
    """Return the beginnings of the digests known of a file, or of its archive, for a table."""
    lines = []
    if artifact.sha256 is not None:
        lines.append(el("code", artifact.sha256[:_DIGITS]))
    else:
        lines.append(el("span", "not pinned", class_="zoo-no"))
    lines += [_short(name, digits) for name, digits in _others(artifact.digests)]
    archive = artifact.archive
    if archive is not None:
        known = [*([("sha256", archive.sha256)] if archive.sha256 else []), *_others(archive.digests)]
        lines += [_short(f"archive {name}", digits) for name, digits in known]
    return join(*lines)


def _short(name: str, digits: str) -> Html:
    return el("small", f"{name} ", el("code", digits[:_DIGITS]))


def seen(subject: Subject, ref: ArtifactRef) -> str | None:
    """Return whether the bytes of a pinned file were at hand, as far as the last run and the manifest tell."""
    artifact = ref.artifact
    if artifact.sha256 is None:
        return None
    name = f"{subject.entry.id}/{ref.name}"
    said = [one for one in subject.family.outcomes_of("file-hash") if one.subject == name]
    if said and all(one.status is Status.PASSED for one in said):
        return "bytes checked in the last run"
    was_read = artifact.tensors is not None or artifact.parameters is not None or artifact.macs is not None
    if not was_read and not any(case.artifact == artifact.id for case in ref.variant.golden):
        return "pinned, never opened here"
    return "bytes not at hand in the last run" if said else None


def lines(said: Iterable[str]) -> Html:
    """Return texts below each other."""
    return join(*said, by=el("br"))


def digests(artifact: Artifact) -> Iterator[Html]:
    """Yield a line for each digest of a file, in full."""
    if artifact.sha256 is not None:
        yield _line("sha256", artifact.sha256)
    yield from (_line(name, digits) for name, digits in _others(artifact.digests))


def _line(name: str, digits: str) -> Html:
    return join(f"{name} ", el("code", digits))


def archive(artifact: Artifact) -> Iterator[Html]:
    """Yield what is known of the archive a file is in, line by line."""
    found = artifact.archive
    if found is None:
        return
    links = [link(url, _host(url)) for url in artifact.urls]
    name = artifact.urls[0].rpartition("/")[2] if artifact.urls else "an archive"
    size = f", {found.size} bytes ({words.size(found.size)})" if found.size is not None else ""
    where = join(", from ", join(*links, by=" or ")) if links else None
    yield join("in the archive ", words.code(name), size, where)
    yield join("there as ", words.code(found.member))
    if found.sha256 is not None:
        yield _line("sha256 of the archive", found.sha256)
    yield from (_line(f"{name} of the archive", digits) for name, digits in _others(found.digests))


def _host(url: str) -> str:
    return url.removeprefix("https://").partition("/")[0]


def recipe(subject: Subject, ref: ArtifactRef) -> Html | None:
    """Return how a file is made of another one, where its publisher gives that and no file."""
    made: Conversion | None = ref.artifact.converted_from
    if made is None:
        return None
    options = el("pre", el("code", "\n".join(made.options))) if made.options else None
    said = f"made of {made.artifact} by {subject.zoo.tool_title(made.tool)}"
    version = ", of no stated version" if made.tool.version == "unknown" else ""
    return join(el("p", said, version, ", with these options:" if made.options else "."), options)
