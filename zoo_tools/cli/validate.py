"""`zoo_tools validate`: prove manifests."""

import difflib
import gc
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.kept import open_kept
from zoo_tools.checks.results import Results
from zoo_tools.checks.run import allow_unavailable
from zoo_tools.checks.static import STATIC_CHECKS
from zoo_tools.cli.options import make_fetcher, registry_option, source_options
from zoo_tools.cli.subjects import default_registry
from zoo_tools.cli.validate_asking import Asking
from zoo_tools.cli.validate_plan import Asked, Plan, make_plan
from zoo_tools.cli.validate_report import Output, outputs_named, report_options, write_report
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import UsageError
from zoo_tools.registry.load import Registry
from zoo_tools.report import Run

if TYPE_CHECKING:
    from zoo_tools.checks.measuring import Sets

MOST_JOBS = 4
"""Variants at work at the same time, where nobody says how many: each may take a few hundred MB."""


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
    help=f"Variants (at level static models) checked at a time.  [default: one a processor, at most {MOST_JOBS}]",
)
@click.option("--allow-unavailable", is_flag=True, help="Count what this machine cannot check as skipped (exit 0).")
@report_options
@click.option(
    "--no-cache",
    is_flag=True,
    help="Ask every check anew; otherwise what was found below level accuracy is kept.",
)
@click.option(
    "--changed-since",
    "since",
    metavar="REF",
    help="Check what differs from the merge base of HEAD and this git revision, and what rests on it; implies --base.",
)
@click.option(
    "--base",
    metavar="REF",
    help="Ask version-bump too: compare with the merge base of HEAD and this git revision.",
)
@click.option(
    "--shard", metavar="I/N", help="Check one of N shares of about equal cost; `zoo_tools merge` joins reports."
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
    since: str | None,
    base: str | None,
    shard: str | None,
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
    outputs, runtimes = outputs_named(formats), [_engine(name) for name in engines]
    asked = Asked(subjects, Level(level), engines, base, since, shard)
    folder = registry_folder or default_registry()
    checks = _checks(asked.level)
    plan = make_plan(folder, asked, checks)
    registry = plan.registry
    if since is not None:
        from zoo_tools.cli.validate_changes import tell

        tell(plan, since)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    asking = Asking(plan, checks, asked.level, fetcher, runtimes, _sets(registry, asked.level, data))
    if plan.is_streamed:
        cache = None if no_cache or plan.base is not None else open_kept(folder)
        is_whole = any(name != "text" for name, _ in outputs)
        parts, manifests = asking.one_by_one(cache, jobs or _usual_jobs(), is_whole=is_whole)
    else:
        parts, manifests = asking.together(None if no_cache else Results(), jobs or _usual_jobs())
    if allow_unavailable:
        parts = _allowed(parts)
    run = Run(asked.level.value, parts, time.perf_counter() - started, manifests, shard=plan.shard)
    if asked.since is not None or asked.base is not None:
        run = _with_changes(run, plan, asked, _drawn_beside(outputs))
    for output in outputs:
        write_report(output, run, verbose=verbose)
    return run.exit_code


_allowed = allow_unavailable


def _drawn_beside(outputs: Sequence[Output]) -> Path | None:
    """Return the folder of the first report in a file that can show or name drawings."""
    files = (file for name, file in outputs if name in ("markdown", "summary", "json") and file is not None)
    return next((file.parent for file in files), None)


def _with_changes(run: Run, plan: Plan, asked: Asked, drawings: Path | None) -> Run:
    from zoo_tools.cli.validate_changes import changes_of, selection_of

    revision = asked.since or asked.base
    assert revision is not None  # one of the two was named
    selection = None if asked.since is None else selection_of(plan, asked.since)
    return replace(run, selection=selection, changes=changes_of(plan, revision, drawings=drawings))


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


def _checks(level: Level) -> list[AnyCheck]:
    if level is Level.STATIC:
        return STATIC_CHECKS
    from zoo_tools.checks.catalogue import CHECKS

    return CHECKS
