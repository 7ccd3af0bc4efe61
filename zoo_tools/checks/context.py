"""What checks may ask for besides their subject: the registry, recordings, transcripts, files, facts, observations.

Everything is read once and kept. What a level does not need is never imported: numpy and the worker come with `run`.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_tools.checks.base import Skip
from zoo_tools.checks.subjects import (
    ArtifactSubject,
    GoldenSubject,
    GroupSubject,
    Subject,
    artifact_subjects,
    golden_subjects,
    group_subjects,
    model_subject,
)
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.golden import Golden
from zoo_tools.domain.manifest import Accuracy, Footprint, Latency, Manifest, Tensors
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.domain.settings import Delegate
from zoo_tools.errors import BrokenFileError, UsageError, ZooToolsError
from zoo_tools.fetch import Fetcher, Wanted, wanted_of
from zoo_tools.registry.changed import Revision
from zoo_tools.registry.golden import read_golden
from zoo_tools.registry.load import Entry, Registry
from zoo_tools.registry.transcript import Cell, read_transcript

if TYPE_CHECKING:
    from zoo_tools.checks.observation import Observation

RUNNABLE = frozenset({"tflite"})
"""Formats that are run."""
READABLE = frozenset({"tflite"})
"""Formats whose files are read through without a runtime."""


class Context:
    """Serves the checks of one model.

    Args:
        registry: the whole registry.
        entry: the model looked at.
        under: name of the subject the user asked for; only subjects at or below it are looked at.
        fetcher: where files come from.
        base: the registry that today's is compared with, if it is.
    """

    def __init__(
        self, registry: Registry, entry: Entry[Manifest], under: str, fetcher: Fetcher, *, base: Revision | None = None
    ) -> None:
        self.registry = registry
        self.entry = entry
        self.under = under
        self.base = base
        self.engine: str | None = None
        """Engine the check being asked has used, for its outcome."""
        self._fetcher = fetcher
        self._files: dict[Wanted, Path | ZooToolsError] = {}
        self._facts: dict[Path, ModelFacts | BrokenFileError] = {}
        self._observations: dict[tuple[str, ...], Observation | ZooToolsError] = {}
        self._goldens: dict[Path, Golden | BrokenFileError] = {}
        self._transcripts: dict[str, list[Cell] | BrokenFileError] = {}
        self._lines: dict[str, dict[int, dict[str, Cell]]] = {}

    @cached_property
    def artifacts(self) -> list[ArtifactSubject]:
        """Every artifact of the model."""
        return list(artifact_subjects(self.entry))

    @cached_property
    def goldens(self) -> list[GoldenSubject]:
        """Every golden case of the model, without a delegate."""
        return list(golden_subjects(self.entry))

    @cached_property
    def groups(self) -> list[GroupSubject]:
        """Every group of figures of the model."""
        return list(group_subjects(self.entry))

    def close(self) -> None:
        """Let go of what was held for this model alone."""
        self.entry.source.let_go()

    def wants(self, subject: Subject) -> bool:
        """Tell whether a subject lies at or below the one asked for."""
        return is_under(subject.name, self.under)

    def series_kind(self, id_: str) -> str:
        """Return the kind of a series; raises `Skip` where it is not described."""
        if id_ not in self.registry.series:
            raise Skip(f"the series `{id_}` is not described: see references-resolve")
        return self.registry.series[id_].value.kind

    def file(self, subject: ArtifactSubject) -> Path:
        """Return the verified file of an artifact.

        Raises:
            Skip: the artifact is unpinned.
            WrongBytesError: bytes were found, and they are others.
            UnavailableError: nobody has it, or nobody may be asked.
        """
        artifact = subject.artifact
        if artifact.sha256 is None or artifact.size is None:
            raise Skip(f"{artifact.id} is unpinned: its bytes were never seen")
        try:
            wanted = wanted_of(artifact)
        except (ValueError, UsageError):
            raise Skip("the file has no plain name: see portable-paths") from None
        return self._fetch(wanted)

    def picture(self, id_: str) -> Path:
        """Return the verified file of a picture; raises as `file` does."""
        if id_ not in self.registry.images:
            raise Skip(f"the picture `{id_}` is not described: see references-resolve")
        picture = self.registry.images[id_].value
        return self._fetch(Wanted(picture.filename, picture.sha256, picture.size, tuple(picture.urls)))

    def _fetch(self, wanted: Wanted) -> Path:
        if wanted not in self._files:
            try:
                self._files[wanted] = self._fetcher.fetch(wanted).path
            except ZooToolsError as error:
                self._files[wanted] = error
        found = self._files[wanted]
        if isinstance(found, ZooToolsError):
            raise found
        return found

    def facts(self, subject: ArtifactSubject) -> ModelFacts:
        """Return what an artifact's file proves without being run.

        Raises:
            Skip: the format is one this tool does not read through.
            BrokenFileError: the file is damaged; `file-kind` reports it.
        """
        artifact = subject.artifact
        if artifact.format not in READABLE:
            raise Skip(f"{artifact.format} files are hashed and recognised, not read through")
        path = self.file(subject)
        if path not in self._facts:
            from zoo_tools.modelfile.read import read_model

            try:
                self._facts[path] = read_model(path, artifact.format)
            except BrokenFileError as error:
                self._facts[path] = error
        found = self._facts[path]
        if isinstance(found, BrokenFileError):
            raise found
        return found

    def facts_of_group(self, subject: GroupSubject) -> ModelFacts:
        """Return the facts of the artifact a group of figures was measured on; raises as `facts` does."""
        for artifact in self.artifacts:
            if artifact.variant is subject.variant and artifact.artifact is subject.artifact:
                return self.facts(artifact)
        raise Skip("the artifact does not exist")

    def observation(self, subject: ArtifactSubject, *, delegate: Delegate = "none") -> "Observation":
        """Return what an artifact gave for its golden pictures and the probes, in one setting; it is run once.

        Raises:
            Skip: it is unpinned, of a format that is never run, or declares no tensors.
            ModelRunError: it cannot be run; `io-after-invoke` reports it.
            UnavailableError: its file, a picture or the runtime is not there.
        """
        artifact = subject.artifact
        if artifact.sha256 is None:
            raise Skip(f"{artifact.id} is unpinned: its bytes were never seen")
        if artifact.format not in RUNNABLE:
            raise Skip(f"{artifact.format} files are hashed and recognised, never run")
        if artifact.tensors is None:
            raise Skip("the artifact declares no tensors")
        key = (artifact.sha256, subject.variant.id, artifact.id, delegate)
        if key not in self._observations:
            try:
                self._observations[key] = self._observe(subject, artifact.sha256, artifact.tensors, delegate)
            except ZooToolsError as error:
                self._observations[key] = error
        found = self._observations[key]
        if isinstance(found, ZooToolsError):
            raise found
        self.engine = str(found.environment)
        return found

    def _observe(self, subject: ArtifactSubject, sha256: str, tensors: Tensors, delegate: Delegate) -> "Observation":
        from zoo_tools.checks.observation import Sight, observe
        from zoo_tools.inference.mutations import MUTATIONS

        cases = self.golden_of(subject)
        pictures = {case.case.image: self.picture(case.case.image) for case in cases}
        sight = Sight(self.file(subject), sha256, subject.contract, tensors, subject.variant.resolution, pictures)
        return observe(sight, delegate, mutations=tuple(MUTATIONS) if delegate == "none" else ())

    def golden_of(self, subject: ArtifactSubject) -> list[GoldenSubject]:
        """Return the golden cases of an artifact."""
        return [
            case
            for case in self.goldens
            if case.variant.id == subject.variant.id and case.artifact.id == subject.artifact.id
        ]

    def golden(self, subject: GoldenSubject) -> Golden:
        """Return the recording of a golden case.

        Raises:
            Skip: it cannot be read; `golden-current` says why.
        """
        path = self.entry.path.parent / subject.case.file
        if path not in self._goldens:
            try:
                self._goldens[path] = read_golden(path)
            except BrokenFileError as error:
                self._goldens[path] = error
        found = self._goldens[path]
        if isinstance(found, BrokenFileError):
            raise Skip("the recording cannot be read: see golden-current")
        return found

    def forget_goldens(self) -> None:
        """Read recordings again when they are asked for next: they have just been written."""
        self._goldens.clear()

    def golden_problem(self, subject: GoldenSubject) -> BrokenFileError | None:
        """Return why a recording cannot be read, if it cannot."""
        try:
            self.golden(subject)
        except Skip:
            problem = self._goldens[self.entry.path.parent / subject.case.file]
            return problem if isinstance(problem, BrokenFileError) else None
        return None

    def transcript(self, evidence: Published) -> list[Cell] | BrokenFileError:
        """Return the transcript of a published document, or why it cannot be read."""
        file = evidence.transcript
        if file not in self._transcripts:
            try:
                self._transcripts[file] = read_transcript(self.entry.path.parent / file)
            except BrokenFileError as error:
                self._transcripts[file] = error
        return self._transcripts[file]

    def printed_in(self, evidence: Published, line: int) -> Mapping[str, Cell]:
        """Return the cells of one line of a published document, by quantity; none where it cannot be read."""
        cells = self.transcript(evidence)
        if isinstance(cells, BrokenFileError):
            return {}
        if evidence.transcript not in self._lines:
            lines = self._lines[evidence.transcript] = {}
            for cell in cells:
                lines.setdefault(cell.line, {})[cell.quantity] = cell
        return self._lines[evidence.transcript].get(line, {})


def is_under(name: str, ancestor: str) -> bool:
    """Tell whether a subject is another one or part of it, by their names."""
    return name == ancestor or (name.startswith(ancestor) and name[len(ancestor)] in "/@#")


def models(context: Context) -> Iterator[Subject]:
    """Select the model itself."""
    yield model_subject(context.entry)


def compared_models(context: Context) -> Iterator[Subject]:
    """Select the model itself, where it is compared with an earlier revision."""
    if context.base is not None:
        yield model_subject(context.entry)


def artifacts(context: Context) -> Iterator[ArtifactSubject]:
    """Select every artifact."""
    yield from context.artifacts


def pinned_artifacts(context: Context) -> Iterator[ArtifactSubject]:
    """Select the artifacts whose bytes are known."""
    for subject in context.artifacts:
        if subject.artifact.sha256 is not None:
            yield subject


def golden_cases(context: Context) -> Iterator[GoldenSubject]:
    """Select every golden case."""
    yield from context.goldens


def golden_cases_by_setting(context: Context) -> Iterator[GoldenSubject]:
    """Select every golden case twice: without a delegate (the reference) and with the runtime's default one."""
    yield from golden_subjects(context.entry, delegates=("none", "xnnpack"))


def groups(context: Context) -> Iterator[GroupSubject]:
    """Select every group of figures."""
    yield from context.groups


def footprints(context: Context) -> Iterator[GroupSubject]:
    """Select every footprint."""
    for subject in context.groups:
        if isinstance(subject.group, Footprint):
            yield subject


def latencies(context: Context) -> Iterator[GroupSubject]:
    """Select every latency."""
    for subject in context.groups:
        if isinstance(subject.group, Latency):
            yield subject


def accuracies(context: Context) -> Iterator[GroupSubject]:
    """Select every AP figure."""
    for subject in context.groups:
        if isinstance(subject.group, Accuracy):
            yield subject
