"""`zoo_tools golden`: record what a model detects, or compare with what was recorded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from zoo_tools.checks.context import Context
from zoo_tools.checks.golden_sensitive import is_noticed
from zoo_tools.checks.golden_stable import decisions, margin_of
from zoo_tools.checks.observation import Observation, digest
from zoo_tools.checks.subjects import ArtifactSubject, GoldenSubject, Skip, artifact_subjects
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option, source_options
from zoo_tools.cli.subjects import choose
from zoo_tools.domain.golden import Golden
from zoo_tools.errors import BrokenFileError, UsageError
from zoo_tools.evaluation.agreement import differences
from zoo_tools.fetch import write_whole
from zoo_tools.inference.detections import from_golden, to_golden
from zoo_tools.inference.mutations import MUTATIONS
from zoo_tools.registry.golden import golden_text, read_golden
from zoo_tools.registry.load import shown_name
from zoo_tools.registry.plain_file import NotPlainError, refuse_links


@click.group("golden")
def command() -> None:
    """Record or compare what a model detects on its golden pictures, in the reference setting of its format."""


@command.command("record", short_help="Run each golden case and write its recording.")
@click.argument("subjects", nargs=-1, required=True)
@source_options
@registry_option
def record(
    subjects: tuple[str, ...],
    *,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> None:
    """Run each golden case of SUBJECT and write its recording; what changed is for a reviewer to judge.

    Also printed: the mutations each case notices, for its `must_fail`; how far the decisions it hangs on are from the
    other answer.
    """
    for case, context, seen in _cases(
        subjects, mirrors, offline=offline, allow_hosts=allow_hosts, folder=registry_folder
    ):
        path = case.entry.path.parent / case.case.file
        before = _before(case)
        golden = _recorded(case, context, seen)
        _make_folder(path, case.entry.path.parent)
        write_whole(path, golden_text(golden).encode("utf-8"))
        click.echo(f"{case.name}: {len(golden.detections)} detections -> {shown_name(path)}")
        context.forget_goldens()
        noticed = [name for name in MUTATIONS if is_noticed(name, case, seen=seen, context=context)]
        for line in _moved(before, golden, _labels(case, context)):
            click.echo(f"  {line}")
        click.echo(f"  notices: [{', '.join(noticed)}]")
        if survivors := [name for name in case.case.must_fail if name not in noticed]:
            click.echo(f"  must_fail: {', '.join(survivors)} would not be noticed by this recording")
        for line in _stability(case, context):
            click.echo(f"  {line}")


def _make_folder(path: Path, inside: Path) -> None:
    """Make the folder of a recording; a link, which may lead anywhere, is not followed."""
    try:
        refuse_links(path, inside)
    except NotPlainError as error:
        raise UsageError(f"the recording {shown_name(path)} {error}", fix="put the folder itself there") from None
    path.parent.mkdir(parents=True, exist_ok=True)


def _before(case: GoldenSubject) -> Golden | None:
    """Return the recording that is written over; None of none, and of one that cannot be read."""
    folder = case.entry.path.parent
    try:
        return read_golden(folder / case.case.file, inside=folder) if (folder / case.case.file).exists() else None
    except BrokenFileError:
        return None


def _labels(case: GoldenSubject, context: Context) -> list[str]:
    entry = context.registry.labels.get(case.variant.labels)
    return [] if entry is None else entry.value.names


def _moved(before: Golden | None, now: Golden, labels: Sequence[str]) -> Iterator[str]:
    """Say what is different from the recording before: what it was made with, and what is detected."""
    if before is None:
        return
    for what, old, new in (
        ("bytes", before.artifact_sha256[:12], now.artifact_sha256[:12]),
        ("picture", before.image_sha256[:12], now.image_sha256[:12]),
        ("input tensor", before.input_sha256[:12], now.input_sha256[:12]),
        ("environment", str(before.environment), str(now.environment)),
    ):
        if old != new:
            yield f"moved: {what} {old} -> {new}"
    if before.contract != now.contract:
        yield "moved: the contract it is run by; `golden-current` named the line"
    old_list, new_list = from_golden(before.detections), from_golden(now.detections)
    yield from (f"moved: {one}" for one in differences(old_list, new_list, labels=labels))


def _stability(case: GoldenSubject, context: Context) -> Iterator[str]:
    """Say how far each decision is from the other answer, and what rounding may bridge."""
    margin = margin_of(case)
    try:
        found = decisions(case, context)
    except Skip as skip:
        yield f"stability: not known; {skip}"
        return
    if not found:
        yield "stability: no decision hangs on a threshold or an overlap"
    for one in found:
        unit, bridged = ("IoU", margin.iou) if one.kind == "overlap" else ("score", margin.score)
        word = "within" if one.is_within(margin) else "beyond"
        yield f"stability: {one.distance:.3f} of {unit}, {word} the {bridged:.3g} of a rounding: {one.sentence}"


@command.command("check", short_help="Run each golden case and show every difference.")
@click.argument("subjects", nargs=-1, required=True)
@source_options
@registry_option
def check(
    subjects: tuple[str, ...],
    *,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> int:
    """Run each golden case of SUBJECT and show every difference from its recording."""
    code = 0
    for case, context, seen in _cases(
        subjects, mirrors, offline=offline, allow_hosts=allow_hosts, folder=registry_folder
    ):
        with _told(case):
            recorded = from_golden(context.golden(case).detections)
        wrong = differences(recorded, seen.detections(case.case.image), labels=_labels(case, context))
        click.echo(f"{case.name}: {'equal' if not wrong else f'{len(wrong)} differences'} ({seen.environment})")
        for sentence in wrong:
            click.echo(f"  {sentence}")
            code = 1
    return code


def _cases(
    words: tuple[str, ...],
    mirrors: tuple[str, ...],
    *,
    offline: bool,
    allow_hosts: tuple[str, ...],
    folder: Path | None,
) -> Iterator[tuple[GoldenSubject, Context, Observation]]:
    registry = open_registry(folder)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    found = 0
    for one in choose(registry, words):
        entry = registry.models.get(one.model)
        if entry is None:
            raise UsageError(
                f"the manifest of {one.model} cannot be read", fix="run `zoo_tools validate --level static`"
            )
        context = Context(registry, entry, one.name, fetcher)
        for artifact in filter(context.wants, artifact_subjects(entry)):
            for case, seen in _of_artifact(artifact, context):
                found += 1
                yield case, context, seen
    if not found:
        raise UsageError(f"{', '.join(words)} has no golden case", fix="add one under `golden:` of the variant")


def _of_artifact(artifact: ArtifactSubject, context: Context) -> Iterator[tuple[GoldenSubject, Observation]]:
    for case in context.golden_of(artifact):
        with _told(case):
            seen = context.observation(artifact)
        yield case, seen


@contextmanager
def _told(case: GoldenSubject) -> Iterator[None]:
    """Say why a case can be neither recorded nor compared, where a check would be skipped."""
    try:
        yield
    except Skip as skip:
        fix = "mend it; `zoo_tools validate --level static` names every problem"
        raise UsageError(f"{case.name}: {skip}", fix=fix) from None


def _recorded(case: GoldenSubject, context: Context, seen: Observation) -> Golden:
    image = case.case.image
    if case.variant.labels not in context.registry.labels:
        raise UsageError(f"{case.name}: there is no label set `{case.variant.labels}`", fix="mend `labels:`")
    labels = context.registry.labels[case.variant.labels].value.names
    return Golden(
        format=1,
        artifact_sha256=seen.sight.sha256,
        image_sha256=context.registry.images[image].value.sha256,
        input_sha256=digest(seen.prepared(image).tensor),
        environment=seen.environment,
        recorded=date.today(),
        raw_sha256={role: digest(array) for role, array in seen.raw(image).items()},
        contract=seen.sight.contract.model_copy(update={"documented": None, "sources": []}),
        detections=to_golden(seen.detections(image), labels),
    )
