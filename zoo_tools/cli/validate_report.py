"""Where the reports of `validate` go: to standard output, or whole into files; and its progress, on a terminal."""

import difflib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

from zoo_tools.checks.base import Level
from zoo_tools.checks.run import Listener
from zoo_tools.errors import UnavailableError, UsageError
from zoo_tools.fetch import write_whole
from zoo_tools.report import FORMATS, Run

WIDTH = 110
"""Columns of a text report that goes into a file or pipe."""

F = TypeVar("F", bound=Callable[..., object])
Output = tuple[str, Path | None]
"""A report format, and the file it goes into; None for standard output."""


_FORMAT = click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"Report format, repeatable: {', '.join(FORMATS)}; to standard output, or to FILE.  [default: text]",
)
_VERBOSE = click.option(
    "--verbose", is_flag=True, help="Show every row of the table, also where hundreds have nothing to mend."
)


def report_options(function: F) -> F:
    """Add the options that say which reports are written: parameters `formats` and `verbose`."""
    return _FORMAT(_VERBOSE(function))


def outputs_named(words: Sequence[str]) -> list[Output]:
    """Read `FORMAT[=FILE]` words; text where there are none.

    Raises:
        UsageError: there is no such format.
    """
    return [_output(word) for word in words] or [("text", None)]


def _output(text: str) -> Output:
    name, _, file = text.partition("=")
    if name not in FORMATS:
        nearest = difflib.get_close_matches(name.casefold(), FORMATS, n=1)
        fix = f"write `{nearest[0]}`" if nearest else f"choose one of: {', '.join(FORMATS)}"
        raise UsageError(f"there is no report format `{name}`", fix=fix)
    return name, Path(file) if file else None


def write_report(output: Output, run: Run, *, verbose: bool) -> None:
    """Write a report.

    Raises:
        UsageError: its file cannot be written.
    """
    name, file = output
    if file is None:
        console = Console()
        colour, width = (not console.no_color, console.width) if console.is_terminal else (False, WIDTH)
        click.echo(FORMATS[name](run, colour=colour, width=width, verbose=verbose), nl=False)
        sys.stdout.flush()
        return
    text = FORMATS[name](run, verbose=verbose)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"the report cannot be written to {file}: {error.strerror}", fix="name another file") from None
    except UnavailableError as error:
        raise UsageError(f"the report cannot be written: {error.message}", fix="name another file") from None


@contextmanager
def progress() -> Iterator[Listener]:
    """Show on a terminal what is being asked; stay silent elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _be_silent
        return
    with console.status("reading the registry") as status:
        yield lambda level, check, subject: status.update(f"[dim]{level}[/]  {check}  [dim]{subject}[/]")


def _be_silent(_level: Level, _check: str, _subject: str) -> None:
    pass
