"""`zoo_tools fetch`: download models by their sha256."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import click

from zoo_tools.checks.subjects import ArtifactSubject, artifact_subjects
from zoo_tools.cli.fetch_report import exit_code, open_report
from zoo_tools.cli.fetch_run import MEND, Item, Run, items_of
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option, source_options
from zoo_tools.cli.subjects import Chosen, choose, default_registry
from zoo_tools.errors import UsageError, ZooToolsError
from zoo_tools.fetch import write_whole
from zoo_tools.fetch.lock import Locked, check_lock, lock_text, locked_of, read_lock
from zoo_tools.registry.load import Registry


@click.command("fetch")
@click.argument("subjects", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Fetch every pinned artifact of every model.")
@click.option(
    "--for-checks", is_flag=True,
    help="Fetch all that `validate --level run --offline` opens: every pinned artifact, and the pictures it is shown.",
)  # fmt: skip
@click.option("--changed-since", "since", metavar="REF", help="With --for-checks: of what changed since this revision.")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Copy the files to this folder.")
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="How many at a time.")
@click.option(
    "--lock", "lock_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Refuse other bytes than FILE names; write into it what it does not name yet. Alone: fetch what FILE names.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print events, one JSON object a line.")
@source_options
@registry_option
def command(
    subjects: tuple[str, ...],
    folder: Path | None,
    *,
    everything: bool,
    for_checks: bool,
    since: str | None,
    jobs: int,
    lock_file: Path | None,
    as_json: bool,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> int:
    """Download models, prove every byte by sha256, and print where they are and under which licence.

    SUBJECT is a model, model/variant or model/variant/artifact; where no artifact is named, those of each variant's
    newest pinned release are fetched, each with the files it is nothing without. With --to, a small JSON file beside
    each model says what it is and how to run it.

    Exit codes: 0 all fetched, 1 wrong bytes, 2 usage, 3 a source could not be reached.
    """
    failures: list[tuple[str | None, ZooToolsError]] = []
    locked = read_lock(lock_file) if lock_file else {}
    models: list[str] = []
    if for_checks:
        registry, models = _to_check(
            registry_folder or default_registry(), since, is_alone=not subjects and not everything
        )
        artifacts = [one for model in models for one in _pinned(registry, model)]
    else:
        _refuse_since(since)
        registry = open_registry(registry_folder)
        names = subjects or (() if everything else tuple(sorted(locked)))
        artifacts = _artifacts(registry, names, everything=everything, failures=failures)
    items = items_of(registry, artifacts, folder, fail=lambda one, error: failures.append((one.name, error)))
    if lock_file is not None:
        locked |= {one.subject.name: _checked(locked, one, lock_file) for one in items}
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    with open_report(as_json=as_json, several=len(items) + len(failures) > 1) as report:
        for subject, failure in failures:
            report.failed(subject, failure)
        run = Run(items, fetcher, report)
        run.fetch(jobs)
        errors = [*(error for _, error in failures), *run.failures]
        if models:
            from zoo_tools.cli.fetch_checks import fetch_pictures

            errors += fetch_pictures(registry, models, fetcher, jobs=jobs)
        report.end([had for files in run.delivered.values() for had in files], len(run.delivered), len(errors))
    if lock_file is not None and run.delivered:
        _write_lock(lock_file, locked, before=read_lock(lock_file), delivered=run.delivered)
    return exit_code(errors)


def _to_check(folder: Path, since: str | None, *, is_alone: bool) -> tuple[Registry, list[str]]:
    if not is_alone:
        raise UsageError("--for-checks chooses what to fetch itself", fix="leave out the subjects and --all")
    from zoo_tools.cli.fetch_checks import changed_models

    return changed_models(folder, since)


def _pinned(registry: Registry, model: str) -> list[ArtifactSubject]:
    return [one for one in artifact_subjects(registry.models[model]) if one.artifact.sha256 is not None]


def _refuse_since(since: str | None) -> None:
    if since is not None:
        raise UsageError("--changed-since goes with --for-checks", fix="add it, or name what to fetch")


def _artifacts(
    registry: Registry, names: Sequence[str], *, everything: bool, failures: list[tuple[str | None, ZooToolsError]]
) -> list[ArtifactSubject]:
    """Return what was asked for, each artifact once; of `--all`, models that cannot be read become failures."""
    if everything == bool(names):
        raise click.UsageError(
            "--all leaves nothing to be named."
            if everything
            else "Name a model, model/variant or artifact, or give --all."
        )
    found: dict[str, ArtifactSubject] = {}
    for chosen in choose(registry, names):
        try:
            listed = list(_of(registry, chosen, everything=everything))
        except UsageError as error:
            if not everything:
                raise
            failures.append((None, error))
        else:
            found |= {one.name: one for one in listed}
    return list(found.values())


def _of(registry: Registry, chosen: Chosen, *, everything: bool) -> Iterator[ArtifactSubject]:
    entry = registry.models.get(chosen.model)
    if entry is None:
        problem = registry.findings_of(chosen.model)[0]
        message = f"the manifest of {chosen.model} cannot be read: {problem.message} ({problem.location})"
        raise UsageError(message, fix=MEND)
    found = [one for one in artifact_subjects(entry) if (one.name + "/").startswith(chosen.name + "/")]
    pinned = [one for one in found if one.artifact.sha256 is not None]
    if not pinned and not everything:
        reasons = {one.artifact.unpinned.reason for one in found if one.artifact.unpinned}
        message = f"{chosen.name} is unpinned and cannot be fetched: {'; '.join(sorted(reasons))}"
        raise UsageError(message, fix=_pinned_siblings(registry, chosen))
    is_one = chosen.name.count("/") == 2
    yield from pinned if everything or is_one else _newest(pinned)


def _newest(pinned: Sequence[ArtifactSubject]) -> Iterator[ArtifactSubject]:
    """Yield, of each variant, the artifacts of the release with the highest version number."""
    releases: dict[str, str] = {}
    for one in pinned:
        best = releases.setdefault(one.variant.id, one.artifact.release)
        if _version(one.artifact.release) > _version(best):
            releases[one.variant.id] = one.artifact.release
    yield from (one for one in pinned if one.artifact.release == releases[one.variant.id])


def _version(release: str) -> tuple[int, ...]:
    """Return the first dotted number in a release's name: (2, 0, 1) for `v2.0.1 (2024)`."""
    number = re.search(r"\d+(?:\.\d+)*", release)
    return tuple(int(part[:18]) for part in number[0].split(".")) if number else ()


def _pinned_siblings(registry: Registry, chosen: Chosen) -> str:
    variant = chosen.name.rpartition("/")[0] if chosen.name.count("/") == 2 else chosen.name
    pinned = [
        one.name
        for one in artifact_subjects(registry.models[chosen.model])
        if one.artifact.sha256 is not None and one.name.startswith(variant)
    ]
    return f"fetch {' or '.join(pinned)}" if pinned else f"pin it first: zoo_tools pin {chosen.name}"


def _checked(locked: Mapping[str, Locked], item: Item, path: Path) -> Locked:
    own, *companions = (part.wanted for part in item.parts)
    return check_lock(locked, item.subject.name, locked_of(own, companions), path=path)


def _write_lock(
    path: Path, locked: Mapping[str, Locked], *, before: Mapping[str, Locked], delivered: Collection[str]
) -> None:
    """Lock what was delivered, besides what was locked before."""
    kept = {subject: one for subject, one in locked.items() if subject in before or subject in delivered}
    if kept != before or not path.exists():
        write_whole(path, lock_text(kept).encode("utf-8"))
