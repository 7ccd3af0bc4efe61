"""`zoo_tools fmt`: registry files in the one form; comments, order and values stay."""

import difflib
from collections.abc import Sequence
from pathlib import Path

import click

from zoo_tools.cli.options import registry_option
from zoo_tools.cli.subjects import default_registry
from zoo_tools.errors import BrokenFileError, UsageError, ZooToolsError
from zoo_tools.fetch import write_whole
from zoo_tools.registry.formatting import formatted
from zoo_tools.registry.load import shown_name
from zoo_tools.registry.plain_file import NotPlainError, read_plain
from zoo_tools.registry.source import MAX_BYTES, parse_source
from zoo_tools.report.inert import inert


@click.command("fmt")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--check", "is_check", is_flag=True, help="Write nothing; end with 1 where a file would change.")
@click.option("--diff", "is_diff", is_flag=True, help="Write nothing; print what would change.")
@registry_option
def command(files: tuple[Path, ...], *, is_check: bool, is_diff: bool, registry_folder: Path | None) -> int:
    """Format FILEs, or the whole registry: indentation, spaces, columns and blank lines, and nothing else.

    A file is written only if it says the same before and after, comments included; it appears whole or not at all.

    Exit codes: 0 all well, 1 a file would change (--check) or cannot be formatted, 2 usage.
    """
    paths = _files(files, registry_folder or default_registry())
    changed, failures = 0, 0
    for path in paths:
        try:
            before = _read(path)
            after = _formatted(before, path)
        except ZooToolsError as error:
            failures += 1
            click.echo(f"zoo_tools: {inert(error.message)}\n  → {inert(error.fix or '')}", err=True)
            continue
        if after == before:
            continue
        changed += 1
        if is_diff:
            click.echo(_diff(before, after, shown_name(path)), nl=False)
        elif not is_check:
            write_whole(path, after)
        if not is_diff:
            click.echo(f"{'would change' if is_check else 'formatted'} {shown_name(path)}")
    done = "would change" if is_check or is_diff else "changed"
    click.echo(f"{changed} of {len(paths)} files {done}", err=True)
    return 1 if failures or (is_check and changed) else 0


def _files(given: Sequence[Path], registry: Path) -> list[Path]:
    """Return what to format; of a folder, the registry files below it, links left out."""
    if not given and not (registry / "models").is_dir():
        message = f"{shown_name(registry)} is not a registry: it has no folder `models`"
        raise UsageError(message, fix="name files, or the registry with --registry DIR")
    found: dict[Path, None] = {}
    for path in given or [registry]:
        below = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        found |= dict.fromkeys(one for one in below if not path.is_dir() or not one.is_symlink())
    return list(found)


def _read(path: Path) -> bytes:
    try:
        return read_plain(path, limit=MAX_BYTES)
    except NotPlainError as error:
        raise BrokenFileError(f"{shown_name(path)}: the file {error}", fix="put the file itself there") from None
    except OSError as error:
        raise BrokenFileError(f"{shown_name(path)} cannot be read: {error.strerror}", fix="make it readable") from None


def _formatted(data: bytes, path: Path) -> bytes:
    try:
        return formatted(data)
    except ValueError:
        _, problems = parse_source(data, shown_name(path))
        message = f"{problems[0].location}: {problems[0].message}" if problems else f"{shown_name(path)} is not YAML"
        raise BrokenFileError(message, fix=problems[0].fix if problems else "mend it") from None
    except RuntimeError as error:
        raise BrokenFileError(f"{shown_name(path)}: {error}", fix="nothing was changed") from None


def _diff(before: bytes, after: bytes, name: str) -> str:
    lines = difflib.unified_diff(
        before.decode("utf-8").splitlines(keepends=True), after.decode("utf-8").splitlines(keepends=True), name, name
    )
    return "".join(lines)
