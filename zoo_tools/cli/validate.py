"""`zoo_tools validate`: prove manifests."""

import difflib
import gc
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click
from rich.console import Console

from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.context import Context
from zoo_tools.checks.kept import KeptModel, open_kept
from zoo_tools.checks.run import (
    Listener,
    Submit,
    allow_unavailable,
    at_once,
    file_outcomes,
    reference_outcomes,
    start_model,
)
from zoo_tools.checks.running import Running
from zoo_tools.checks.static import STATIC_CHECKS
from zoo_tools.checks.streaming import Streaming
from zoo_tools.cli.options import make_fetcher, registry_option, source_options
from zoo_tools.cli.subjects import choose, default_registry
from zoo_tools.domain.findings import Outcome
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import UnavailableError, UsageError
from zoo_tools.fetch import write_whole
from zoo_tools.registry.changed import merge_base
from zoo_tools.registry.load import Entry, Registry, load_registry, model_folders
from zoo_tools.report import FORMATS, Run

if TYPE_CHECKING:
    from zoo_tools.checks.measuring import Sets

MOST_JOBS = 4
"""Variants at work at the same time, where nobody says how many: each may take a few hundred MB."""
WIDTH = 110
"""Columns of a text report that goes into a file or pipe."""


@click.command("validate")
@click.argument("subjects", nargs=-1)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    default=Level.RUN.value,
    show_default=True,
    help="How much to look at: the registry, its files, runs of the models, their accuracy.",
)
@click.option(
    "--data",
    multiple=True,
    metavar="NAME=PATH",
    help="Where a dataset is, for level accuracy: its annotation file or folder; repeatable.",
)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help=f"Run models by this runtime only, and demand it; repeatable: {', '.join(get_args(EngineName))}.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help=f"Variants checked at the same time, behind level static.  [default: one a processor, at most {MOST_JOBS}]",
)
@click.option("--allow-unavailable", is_flag=True, help="Count what this machine cannot check as skipped (exit 0).")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"Report format, repeatable: {', '.join(FORMATS)}; to standard output, or to FILE.  [default: text]",
)
@click.option("--verbose", is_flag=True, help="Show every row of the table, also where hundreds have nothing to mend.")
@click.option("--no-cache", is_flag=True, help="Ask every check anew; without it, level static keeps what it found.")
@click.option(
    "--base",
    metavar="REF",
    help="Ask version-bump too: compare with the merge base of HEAD and this git revision.",
)
@source_options
@registry_option
def command(
    subjects: tuple[str, ...],
    level: str,
    *,
    data: tuple[str, ...],
    engines: tuple[str, ...],
    jobs: int | None,
    allow_unavailable: bool,
    formats: tuple[str, ...],
    verbose: bool,
    no_cache: bool,
    base: str | None,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> int:
    """Prove manifests: check them, their files, a run of the actual models and their accuracy.

    SUBJECT is a model, model/variant, model/variant/artifact, or the path of a manifest; without one, all models.

    Exit codes: 0 all passed, 1 findings, 2 usage, 3 something could not be checked
    (network, runtime missing), 4 internal error.
    """
    started = time.perf_counter()
    # A registry is a million small objects in no cycle; by default the collector walks all of them again and again.
    gc.set_threshold(1_000_000, 20, 1000)
    outputs = [_output(text) for text in formats] or [("text", None)]
    folder = registry_folder or default_registry()
    # Of whole models level static needs one at a time; there may be thousands.
    is_streamed = Level(level) is Level.STATIC and set(subjects) <= set(model_folders(folder))
    registry = load_registry(folder, left_out=model_folders(folder) if is_streamed else ())
    chosen, runtimes = choose(registry, subjects), [_engine(name) for name in engines]
    revision = None if base is None else merge_base(registry.root, base)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    running, sets = Running(), _sets(registry, Level(level), data)

    def serve(entry: Entry[Manifest], name: str) -> Context:
        return Context(registry, entry, name, fetcher, base=revision, engines=runtimes, running=running, sets=sets)

    parts: list[Outcome | KeptModel]
    if is_streamed:
        cache = None if no_cache or base is not None else open_kept(folder)
        streaming = Streaming(registry, STATIC_CHECKS, serve=serve, cache=cache)
        with _progress() as listen:
            is_whole = any(name != "text" for name, _ in outputs)
            parts = list(streaming.parts([one.model for one in chosen], listen, is_whole=is_whole))
        manifests = streaming.manifests
    else:
        entries = [(entry, one.name) for one in chosen if (entry := registry.models.get(one.model)) is not None]
        others = set(registry.model_ids) - {one.model for one in chosen}
        parts = [*file_outcomes(result for result in registry.files if result.subject not in others)]
        parts += reference_outcomes(registry)
        with _progress() as listen, _tasks(jobs or _usual_jobs(), running) as submit:
            parts += _outcomes([serve(entry, name) for entry, name in entries], Level(level), listen, submit)
        manifests = {entry.id: entry.source.sha256 for entry, _ in entries}
    if allow_unavailable:
        parts = _allowed(parts)
    run = Run(level, parts, time.perf_counter() - started, manifests)
    for name, file in outputs:
        _write(name, file, run, verbose=verbose)
    return run.exit_code


_allowed = allow_unavailable


def _output(text: str) -> tuple[str, Path | None]:
    name, _, file = text.partition("=")
    if name not in FORMATS:
        raise UsageError(f"there is no report format `{name}`", fix=f"choose one of: {', '.join(FORMATS)}")
    return name, Path(file) if file else None


def _engine(name: str) -> EngineName:
    known: tuple[EngineName, ...] = get_args(EngineName)
    if name in known:
        return known[known.index(name)]
    nearest = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.4)
    fix = f"write `{nearest[0]}`" if nearest else f"choose one of: {', '.join(known)}"
    raise UsageError(f"there is no engine `{name}`", fix=fix)


def _sets(registry: Registry, level: Level, data: Sequence[str]) -> "Sets | None":
    """Return the labelled sets of a run, read when they are asked for; below level accuracy none are."""
    if level is not Level.ACCURACY:
        if data:
            raise UsageError("`--data` is read at level accuracy alone", fix="add --level accuracy")
        return None
    from zoo_tools.checks.measuring import Sets
    from zoo_tools.evaluation.data_at import places_of

    return Sets(registry.root, places_of(data, registry.datasets))


def _usual_jobs() -> int:
    return min(os.cpu_count() or 1, MOST_JOBS)


@contextmanager
def _tasks(jobs: int, running: Running) -> Iterator[Submit]:
    """Do tasks in threads, each of which waits for a worker process most of the time; an interrupt ends them all."""
    if jobs == 1:
        yield at_once
        return
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="zoo_tools validate")
    try:
        yield lambda task: pool.submit(task).result
    except BaseException:
        running.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _outcomes(contexts: Sequence[Context], level: Level, listen: Listener, submit: Submit) -> list[Outcome]:
    """Ask model after model; while files and runs of one are at work, the registry is asked about the next."""
    checks = _checks(level)
    begun = [start_model(context, checks, level, listen, submit=submit) for context in contexts]
    return [outcome for finish in begun for outcome in finish()]


def _checks(level: Level) -> list[AnyCheck]:
    if level is Level.STATIC:
        return STATIC_CHECKS
    from zoo_tools.checks.catalogue import CHECKS

    return CHECKS


def _be_silent(_level: Level, _check: str, _subject: str) -> None:
    pass


@contextmanager
def _progress() -> Iterator[Listener]:
    """Show on a terminal what is being asked; stay silent elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _be_silent
        return
    with console.status("reading the registry") as status:
        yield lambda level, check, subject: status.update(f"[dim]{level}[/]  {check}  [dim]{subject}[/]")


def _write(name: str, file: Path | None, run: Run, *, verbose: bool) -> None:
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
