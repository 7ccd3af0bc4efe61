"""The registry at an earlier revision, as git keeps it: what today's manifests are compared with."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT

from zoo_tools.domain.golden import Golden
from zoo_tools.domain.manifest import Manifest
from zoo_tools.errors import BrokenFileError, UnavailableError, UsageError
from zoo_tools.registry.git import git, listing, object_named, sentence
from zoo_tools.registry.golden import MAX_BYTES as GOLDEN_BYTES
from zoo_tools.registry.golden import parse_golden
from zoo_tools.registry.load import Entry, T, shown_name
from zoo_tools.registry.schema import validate
from zoo_tools.registry.source import MAX_BYTES, parse_source

_FILE = re.compile(rb"100(?:644|755) blob ([0-9a-f]{40,64})\t(models/[A-Za-z0-9._/-]+)")


@dataclass(frozen=True, slots=True)
class Revision:
    """The registry as it stood at a commit."""

    root: Path
    """Its folder today."""
    commit: str
    files: Mapping[str, str]
    """Git's object of each file of a model, by its path from the registry."""

    def is_same(self, model: str) -> bool:
        """Tell whether a model's manifest and recordings are what they were."""
        begin = f"models/{model}/"
        held = [name for name in self.files if name.startswith(begin) and name.endswith(("/manifest.yaml", ".json"))]
        same = all(_blob_of(self.root / name, self.files[name]) == self.files[name] for name in held)
        return same and f"{begin}manifest.yaml" in held

    def manifest(self, entry: Entry[Manifest]) -> Manifest | None:
        """Return a model's manifest as it was; None where it was not there.

        Raises:
            BrokenFileError: today's schema cannot read it.
            UnavailableError: git cannot give it.
        """
        blob = self.files.get(_manifest(entry.id))
        if blob is not None and _blob_of(entry.path, blob) == blob:
            return entry.value
        return self.manifest_of(entry.id)

    def manifest_of(self, model: str) -> Manifest | None:
        """Return the manifest of any model as it was; None where it was not there; raises as `manifest` does."""
        name = _manifest(model)
        blob = self.files.get(name)
        return None if blob is None else self._read(Manifest, self._content(blob, name), name, model)

    def shared(self, kind: type[T], folder: str, id_: str) -> T | None:
        """Return a board, protocol or the like as it was; None where it was not there; raises as `manifest` does."""
        name = f"{folder}/{id_}.yaml"
        blob = object_named(self.root, "rev-parse", "--verify", "--quiet", f"{self.commit}:./{name}")
        return None if blob is None else self._read(kind, self._content(blob, name), name, f"{folder}/{id_}")

    def recording(self, model: str, file: str) -> Golden | None:
        """Return a golden recording as it was; None where it was not there; raises as `manifest` does."""
        name = f"models/{model}/{file}"
        blob = self.files.get(name)
        return None if blob is None else parse_golden(self._content(blob, name, limit=GOLDEN_BYTES), self._shown(name))

    def _content(self, blob: str, name: str, *, limit: int = MAX_BYTES) -> bytes:
        code, data = git(self.root, "cat-file", "blob", blob, limit=limit)
        if code != 0 and len(data) <= limit:
            raise UnavailableError(f"git cannot give {self._shown(name)}", fix="fetch that commit with all its files")
        return data

    def _read(self, kind: type[T], data: bytes, name: str, subject: str) -> T:
        source, problems = parse_source(data, self._shown(name))
        if source is None or problems:
            raise BrokenFileError(f"{problems[0].location}: {problems[0].message}")
        value, findings = validate(kind, source, subject)
        if value is None:
            raise BrokenFileError(f"{findings[0].location}: {findings[0].message}")
        return value

    def _shown(self, name: str) -> str:
        return f"{self.commit[:12]}:{name}"


def merge_base(root: Path, ref: str, *, option: str = "--base") -> Revision:
    """Return the registry as it stood where HEAD left a revision.

    Args:
        root: the registry folder.
        ref: a branch, tag or commit.
        option: where the user wrote it.

    Raises:
        UsageError: the registry is in no git repository, or it has no such revision.
        UnavailableError: there is no git, or the clone does not reach back that far.
    """
    if not ref or ref.startswith("-") or not ref.isprintable() or len(ref) > 250:
        fix = "name a branch, tag or commit, such as origin/main"
        raise UsageError(f"{option} names no git revision: `{ref[:250]}`", fix=fix)
    code, said = git(root, "rev-parse", "--is-inside-work-tree", stderr=STDOUT)
    if code != 0 or said.strip() != b"true":
        why = f"git says: {sentence(said)}" if code != 0 else "it lies in git's own folder, or in a bare repository"
        message = f"{shown_name(root)} cannot be compared with `{ref}`, {why}"
        raise UsageError(message, fix=f"run the command in a git clone of the zoo, or without {option}")
    named = object_named(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if named is None:
        raise UsageError(f"git knows no commit `{ref}` here", fix="fetch it, or name a branch, tag or commit")
    commit = object_named(root, "merge-base", "HEAD", named)
    if commit is None:
        message, fix = f"HEAD and `{ref}` have no commit in common in this clone", "fetch the whole history"
        if git(root, "rev-parse", "--is-shallow-repository")[1].strip() == b"true":
            message, fix = f"{message}, which is shallow", f"{fix}: git fetch --unshallow, or `fetch-depth: 0` in CI"
        raise UnavailableError(message, fix=fix)
    return Revision(root, commit, _listed(root, commit))


def _listed(root: Path, commit: str) -> dict[str, str]:
    what = f"the models of {commit[:12]}"
    lines = listing(root, "ls-tree", "-r", "-z", commit, "--", "models/", what=what)
    found = (_FILE.fullmatch(line) for line in lines)
    return {match[2].decode("ascii"): match[1].decode("ascii") for match in found if match}


def _manifest(model: str) -> str:
    return f"models/{model}/manifest.yaml"


def _blob_of(path: Path, like: str) -> str | None:
    """Return what git would call a file's bytes, by the digest that an object of the same repository has."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    digest.update(b"blob %d\0" % len(data) + data)
    return digest.hexdigest()
