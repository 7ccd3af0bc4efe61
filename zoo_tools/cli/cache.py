"""`zoo_tools cache`: look at the files kept on this machine, verify them, and remove what no manifest names.

Beside them lie the results that `validate` keeps; they are no one's files, and go by themselves when they are old.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from zoo_tools.checks.kept import FOLDER as STATIC
from zoo_tools.checks.results import FOLDER as RUNS
from zoo_tools.checks.subjects import artifact_subjects
from zoo_tools.cli.options import registry_option
from zoo_tools.cli.subjects import default_registry
from zoo_tools.errors import UsageError
from zoo_tools.fetch import Cache, Cached
from zoo_tools.fetch.verify import mistyped, tally_file
from zoo_tools.registry.load import Registry, load_registry


@click.group("cache")
def command() -> None:
    """List, verify and clean the files kept on this machine.

    The folder is ZOO_TOOLS_CACHE, otherwise `zoo_tools` in the user's cache folder.
    """


@command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@registry_option
def ls(*, as_json: bool, registry_folder: Path | None) -> None:
    """List the files: size, sha256, day, name, and the artifacts that are these bytes."""
    cache = Cache()
    names = _names(registry_folder)
    files, kept = list(cache.files()), list(_kept(cache.folder))
    if as_json:
        listed = [{"path": str(path), "size": size} for path, size in kept]
        tree = {"folder": str(cache.folder), "files": [_tree(one, names) for one in files], "results": listed}
        click.echo(json.dumps(tree, indent=1))
        return
    for one in files:
        state = "" if one.state == "whole" else f"  ({one.state})"
        about = f"  {', '.join(names[one.sha256])}" if names.get(one.sha256) else ""
        click.echo(f"{one.size:>13,}  {one.sha256[:12]:12}  {_day(one)}  {_shown(one.path.name)}{state}{about}")
    click.echo(f"{len(files)} files, {sum(one.size for one in files):,} bytes in {cache.folder}", err=True)
    if kept:
        click.echo(f"besides, results that validate kept: {_amount(kept)}; what is old goes by itself", err=True)


@command.command("verify")
def verify() -> int:
    """Read every file and compare it with the sha256 it lies under.

    Exit codes: 0 all are right, 1 some are not. A wrong file is never used; the next fetch replaces it.
    """
    count = wrong = 0
    for one in Cache().files():
        if one.state in {"unfinished", "written"}:
            continue
        count += 1
        problem = _problem(one)
        if problem is not None:
            wrong += 1
            click.echo(f"{one.path}: {problem}")
    click.echo(f"{count} files, {wrong} wrong", err=True)
    return 1 if wrong else 0


@command.command("gc")
@click.option("--delete", is_flag=True, help="Remove them; without this, only say which.")
@click.option("--results", is_flag=True, help="Remove what validate kept of earlier runs, too; it asks again then.")
@click.option(
    "--registry", "registries", multiple=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep what this registry names; repeatable; default: registry/ of the current repository.",
)  # fmt: skip
def gc(*, delete: bool, results: bool, registries: tuple[Path, ...]) -> None:
    """Remove files that no manifest names, and what downloads that ended left; a dry run unless --delete is given.

    A file that is being written stays, and so does everything while a manifest cannot be read.
    """
    cache = Cache()
    needed: set[str] = set()
    for folder in registries or (default_registry(),):
        needed |= set(_needed(load_registry(folder)))
    freed = count = kept = 0
    for one in cache.unneeded(needed):
        if delete and not cache.remove(one):
            kept += 1
            continue
        count, freed = count + 1, freed + one.size
        click.echo(f"{'removed' if delete else 'would remove'} {_shown(str(one.path))} ({one.size:,} bytes)")
    said = "removed" if delete else "could be removed: run it again with --delete"
    click.echo(f"{count} files, {freed:,} bytes {said}", err=True)
    if results:
        _remove_results(list(_kept(cache.folder)), delete=delete)
    if kept:
        click.echo(f"{kept} files changed meanwhile, or cannot be removed, and stay", err=True)


def _kept(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield the files in which `validate` keeps what earlier runs found, with their sizes."""
    for name in (STATIC, RUNS):
        with suppress(OSError):
            for path in sorted((folder / name).iterdir()):
                if path.suffix == ".kept" and path.is_file() and not path.is_symlink():
                    yield path, path.stat().st_size


def _remove_results(kept: Sequence[tuple[Path, int]], *, delete: bool) -> None:
    for path, _ in kept if delete else ():
        path.unlink(missing_ok=True)
    click.echo(f"results of validate: {_amount(kept)} {'removed' if delete else 'could be removed'}", err=True)


def _amount(kept: Sequence[tuple[Path, int]]) -> str:
    return f"{len(kept)} file{'s' * (len(kept) != 1)}, {sum(size for _, size in kept):,} bytes"


def _needed(registry: Registry) -> dict[str, list[str]]:
    """Return the hashes a registry names, each with its subjects.

    Raises:
        UsageError: one of its files cannot be read, so that nobody knows what it names.
    """
    for result in registry.files:
        if result.findings and not result.subject.startswith(("boards/", "series/", "tools/", "datasets/", "labels/")):
            fix = "mend it; `zoo_tools validate --level static` names every problem"
            raise UsageError(f"{result.subject} cannot be read, so nobody knows which files it names", fix=fix)
    return _named(registry)


def _names(folder: Path | None) -> dict[str, list[str]]:
    """Return the subjects of hashes, where there is a registry to ask."""
    place = folder or default_registry()
    if folder is None and not (place / "models").is_dir():
        return {}
    return _named(load_registry(place))


def _named(registry: Registry) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for entry in registry.models.values():
        for subject in artifact_subjects(entry):
            archive = subject.artifact.archive
            if subject.artifact.sha256 is not None:
                names.setdefault(subject.artifact.sha256, []).append(subject.name)
            if archive is not None and archive.sha256 is not None:
                names.setdefault(archive.sha256, []).append(f"{subject.name} (its archive)")
            for companion in subject.artifact.companions:
                names.setdefault(companion.sha256, []).append(f"{subject.name} ({companion.name})")
    for id_, picture in registry.images.items():
        names.setdefault(picture.value.sha256, []).append(f"images/{id_}")
    return names


def _problem(one: Cached) -> str | None:
    if one.state == "strange":
        return "is no plain file, should be one"
    try:
        held = tally_file(one.path)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if held.sha256 == one.sha256:
        return None
    return mistyped(one.sha256, held.sha256) or f"has sha256 {held.sha256}, should have that of its folder"


def _tree(one: Cached, names: dict[str, list[str]]) -> dict[str, object]:
    return {
        "path": str(one.path),
        "sha256": one.sha256 or None,
        "size": one.size,
        "modified": datetime.fromtimestamp(one.modified, tz=UTC).isoformat(timespec="seconds"),
        "state": one.state,
        "subjects": names.get(one.sha256, []),
    }


def _day(one: Cached) -> str:
    return f"{datetime.fromtimestamp(one.modified, tz=UTC):%Y-%m-%d}"


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
