"""From a subject on the command line to a detector: the artifact, its verified files, the engine, the labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

import click

from zoo_tools.checks.context import Context
from zoo_tools.checks.measuring import runnable_of
from zoo_tools.checks.subjects import ArtifactSubject, Skip, artifact_subjects, is_under
from zoo_tools.cli.subjects import choose
from zoo_tools.domain.settings import SETTINGS, EngineName, Setting
from zoo_tools.errors import UsageError
from zoo_tools.fetch import Fetcher
from zoo_tools.inference.detector import Runnable
from zoo_tools.registry.load import Registry

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class ChosenDetector:
    """An artifact that can be run here."""

    subject: ArtifactSubject
    context: Context
    runnable: Runnable
    setting: Setting
    labels: Sequence[str]

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height of its input in pixels."""
        height, width = self.subject.variant.resolution[:2]
        return width, height


def engine_option(function: F) -> F:
    """Add `--engine NAME` and `--delegate NAME`."""
    for option in (
        click.option(
            "--delegate", type=click.Choice(["none", "xnnpack"]), default="none", show_default=True,
            help="Delegate of LiteRT.",
        ),
        click.option(
            "--engine", type=click.Choice(get_args(EngineName)),
            help="Runtime; by default the one that goldens of this format are recorded with.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def choose_detector(
    registry: Registry, word: str, fetcher: Fetcher, *, engine: EngineName | None, delegate: str
) -> ChosenDetector:
    """Return the one artifact that a word names, fetched and ready to be run.

    Raises:
        UsageError: the word names no artifact, or several, or one that is not run.
        UnavailableError: its file is not to be had.
    """
    subject, context = _only_artifact(registry, word, fetcher)
    artifact = subject.artifact
    setting = _setting(artifact.format, engine, delegate)
    labels = registry.labels.get(subject.variant.labels)
    if labels is None:
        raise UsageError(f"{subject.name}: there is no label set `{subject.variant.labels}`", fix="mend `labels:`")
    try:
        runnable = runnable_of(context, subject)
    except Skip as skip:
        raise UsageError(f"{subject.name} cannot be run: {skip}", fix="choose a pinned artifact") from None
    return ChosenDetector(subject, context, runnable, setting, labels.value.names)


def _only_artifact(registry: Registry, word: str, fetcher: Fetcher) -> tuple[ArtifactSubject, Context]:
    chosen = choose(registry, [word])[0]
    entry = registry.models.get(chosen.model)
    if entry is None:
        raise UsageError(
            f"the manifest of {chosen.model} cannot be read", fix="run `zoo_tools validate --level static`"
        )
    below = [one for one in artifact_subjects(entry) if is_under(one.name, chosen.name)]
    runnable = [one for one in below if one.artifact.sha256 is not None and one.artifact.format in SETTINGS]
    if len(below) > 1 and len(runnable) != 1:
        names = ", ".join(one.name for one in runnable[:8])
        more = f" and {len(runnable) - 8} more" if len(runnable) > 8 else ""
        raise UsageError(
            f"`{word}` has {len(runnable)} artifacts that can be run, and one is to be named",
            fix=f"name one of {names}{more}" if runnable else "choose a pinned artifact of another model",
        )
    subject = runnable[0] if len(runnable) == 1 else below[0]
    return subject, Context(registry, entry, subject.name, fetcher)


def _setting(format: str, engine: EngineName | None, delegate: str) -> Setting:
    known = SETTINGS.get(format)
    if known is None:
        raise UsageError(f"{format} files are inspected, never run", fix=f"choose one of {', '.join(SETTINGS)}")
    wanted = Setting(engine or known[0].engine, "xnnpack" if delegate == "xnnpack" else "none")
    if wanted not in known:
        raise UsageError(f"{format} files are not run by {wanted}", fix=f"choose one of {', '.join(map(str, known))}")
    return wanted
