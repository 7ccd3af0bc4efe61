"""What checks may ask for besides their subject: the registry, recordings, transcripts, files, facts, observations.

Everything is read once and kept. What a level does not need is never imported: numpy and the worker come with `run`.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_tools.checks.base import Skip
from zoo_tools.checks.engines import settings_of, settings_or_none
from zoo_tools.checks.held import Held
from zoo_tools.checks.running import Running
from zoo_tools.checks.subjects import (
    ArtifactSubject,
    GoldenSubject,
    GroupSubject,
    Subject,
    artifact_subjects,
    golden_subjects,
    group_subjects,
    is_under,
    model_subject,
)
from zoo_tools.domain.address import AddressError, Addresses
from zoo_tools.domain.address import Path as AddressPath
from zoo_tools.domain.evidence import Correction, Published
from zoo_tools.domain.golden import Golden
from zoo_tools.domain.manifest import Accuracy, Companion, Footprint, Latency, Manifest
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.domain.settings import EngineName, Setting
from zoo_tools.errors import BrokenFileError, ModelRunError, UsageError, WrongBytesError, ZooToolsError
from zoo_tools.fetch import Fetcher, Wanted, wanted_of, wanted_of_companion
from zoo_tools.registry.changed import Revision
from zoo_tools.registry.golden import read_golden
from zoo_tools.registry.load import Entry, Registry
from zoo_tools.registry.transcript import Cell, read_transcript

if TYPE_CHECKING:
    from zoo_tools.checks.measuring import Measurements, Sets
    from zoo_tools.checks.observation import Observation


class Context:
    """Serves the checks of one model.

    Args:
        registry: the whole registry.
        entry: the model looked at.
        under: name of the subject the user asked for; only subjects at or below it are looked at.
        fetcher: where files come from.
        base: the registry that today's is compared with, if it is.
        engines: the only runtimes that are used, and that have to be there; all that are installed where none is named.
        running: is told of every worker while it is open.
        sets: the labelled pictures at hand; without them, those that the registry holds.
    """

    def __init__(
        self,
        registry: Registry,
        entry: Entry[Manifest],
        under: str,
        fetcher: Fetcher,
        *,
        base: Revision | None = None,
        engines: Collection[EngineName] = (),
        running: Running | None = None,
        sets: "Sets | None" = None,
    ) -> None:
        self.registry = registry
        self.entry = entry
        self.under = under
        self.base = base
        self.engines = frozenset(engines)
        self.running = running or Running()
        self.engine: str | None = None
        """Engine the check being asked has used, for its outcome."""
        self._fetcher = fetcher
        self.sets = sets
        self._held = Held()
        self._transcripts: dict[str, list[Cell] | BrokenFileError] = {}
        self._lines: dict[str, dict[int, dict[str, Cell]]] = {}

    def part(self, name: str) -> "Context | None":
        """Return a context for what was asked for at or below a subject; nothing it reads or runs is shared.

        Returns:
            A context that another thread may use; None where nothing there was asked for.
        """
        if not (is_under(name, self.under) or is_under(self.under, name)):
            return None
        twin = copy(self)
        twin.under = name if is_under(name, self.under) else self.under
        twin.engine = None
        twin._held = Held()
        return twin

    @property
    def has_faults(self) -> bool:
        """Whether a file could not be had or read, or a model could not be run, for whatever reason."""
        return self._held.has_faults

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

    @cached_property
    def addresses(self) -> Addresses:
        """Looks up addresses in the manifest."""
        return Addresses(self.entry.value)

    def close(self) -> None:
        """Let go of what was held for this model alone."""
        self.entry.source.let_go()

    def wants(self, subject: Subject) -> bool:
        """Tell whether a subject lies at or below the one asked for."""
        return is_under(subject.name, self.under)

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

    def companion(self, companion: Companion) -> Path:
        """Return the verified file of a companion; raises as `file` does."""
        return self._fetch(wanted_of_companion(companion))

    def _fetch(self, wanted: Wanted) -> Path:
        files = self._held.files
        if wanted not in files:
            try:
                files[wanted] = self._fetcher.fetch(wanted).path
            except ZooToolsError as error:
                files[wanted] = error
        found = files[wanted]
        if isinstance(found, ZooToolsError):
            raise found
        return found

    def facts(self, subject: ArtifactSubject) -> ModelFacts:
        """Return what an artifact's file proves without being run.

        Raises:
            Skip: the artifact is unpinned.
            BrokenFileError: the file is damaged; `file-kind` reports it.
            UnavailableError: the file, a companion, or what reads its format is not there.
        """
        artifact = subject.artifact
        facts, place = self._held.facts, (subject.variant.id, artifact.id)
        if place not in facts:
            from zoo_tools.modelfile.read import read_model

            path = self.file(subject)
            companions = {one.name: self.companion(one) for one in artifact.companions}
            try:
                facts[place] = read_model(path, artifact.format, companions=companions)
            except ZooToolsError as error:
                facts[place] = error
        found = facts[place]
        if isinstance(found, ZooToolsError):
            raise found
        return found

    def facts_of_group(self, subject: GroupSubject) -> ModelFacts:
        """Return the facts of the artifact a group of figures was measured on; raises as `facts` does."""
        return self.facts(self.artifact_of(subject))

    def settings(self, subject: ArtifactSubject) -> list[Setting]:
        """Return the settings an artifact is run in, its reference first.

        Raises:
            Skip: it is unpinned, declares no tensors, or is run in none.
        """
        artifact = subject.artifact
        if artifact.sha256 is None:
            raise Skip(f"{artifact.id} is unpinned: its bytes were never seen")
        found = settings_of(artifact, self.engines)
        if artifact.tensors is None:
            raise Skip("the artifact declares no tensors")
        return found

    def observation(self, subject: ArtifactSubject, *, setting: Setting | None = None) -> "Observation":
        """Return what an artifact gave for its golden pictures and the probes, in one setting; it is run once.

        Args:
            subject: the artifact.
            setting: how it is run; by its reference where that is not said.

        Raises:
            Skip: it is run in no setting, or the engine of another setting than the reference is not installed.
            ModelRunError: it cannot be run; `io-after-invoke` reports it.
            UnavailableError: a file, a picture or the runtime is not there.
        """
        reference = self.settings(subject)[0]
        setting = setting or reference
        held, key = self._held.observations, ((subject.variant.id, subject.artifact.id), setting)
        if key not in held:
            from zoo_tools.checks.observing import observe_artifact

            try:
                held[key] = observe_artifact(self, subject, setting, is_reference=setting == reference)
            except (ZooToolsError, Skip) as problem:
                held[key] = problem
        found = held[key]
        if isinstance(found, (ZooToolsError, Skip)):
            raise found
        self.engine = str(found.environment)
        return found

    @property
    def measurements(self) -> "Measurements":
        """AP of the model's artifacts, measured when it is asked for."""
        if self._held.measurements is None:
            from zoo_tools.checks.measuring import Measurements

            self._held.measurements = Measurements(self)
        return self._held.measurements

    def artifact_of(self, subject: GroupSubject) -> ArtifactSubject:
        """Return the artifact a group of figures is said of; raises `Skip` where it does not exist."""
        for artifact in self.artifacts:
            if artifact.variant is subject.variant and artifact.artifact is subject.artifact:
                return artifact
        raise Skip("the artifact does not exist")

    def observation_beside(self, sibling: ArtifactSubject) -> "Observation":
        """Return what a sibling of the artifact asked about gave, by its reference.

        Raises:
            Skip: it cannot be run; its own checks say why.
            UnavailableError: a file, a picture or the runtime is not there.
        """
        try:
            return self.observation(sibling)
        except (BrokenFileError, ModelRunError, WrongBytesError):
            raise Skip(f"{sibling.artifact.id} cannot be run: see its own checks") from None

    def release(self, name: str) -> None:
        """Let go of what an artifact gave, after the last question of its own; siblings may still compare with it."""
        held = self._held.observations
        for subject in self.artifacts:
            if subject.name != name:
                continue
            place = (subject.variant.id, subject.artifact.id)
            reference = next(iter(settings_or_none(subject.artifact, self.engines)), None)
            for key in [key for key in held if key[0] == place]:
                found = held[key]
                if isinstance(found, (ZooToolsError, Skip)):
                    continue
                if key[1] == reference and len(subject.variant.artifacts) > 1:
                    held[key] = found.without_mistakes()
                else:
                    del held[key]

    def golden_of(self, subject: ArtifactSubject) -> list[GoldenSubject]:
        """Return the golden cases of an artifact."""
        return [
            case
            for case in self.goldens
            if case.variant.id == subject.variant.id and case.artifact.id == subject.artifact.id
        ]

    def goldens_beside(self, subject: ArtifactSubject) -> list[GoldenSubject]:
        """Return the golden cases of an artifact's variant: what its siblings are compared on is shown to it, too."""
        return [case for case in self.goldens if case.variant.id == subject.variant.id]

    def golden(self, subject: GoldenSubject) -> Golden:
        """Return the recording of a golden case.

        Raises:
            Skip: it cannot be read; `golden-current` says why.
        """
        path = self.entry.path.parent / subject.case.file
        if path not in self._held.goldens:
            try:
                self._held.goldens[path] = read_golden(path, inside=self.entry.path.parent)
            except BrokenFileError as error:
                self._held.goldens[path] = error
        found = self._held.goldens[path]
        if isinstance(found, BrokenFileError):
            raise Skip("the recording cannot be read: see golden-current")
        return found

    def forget_goldens(self) -> None:
        """Read recordings again when they are asked for next: they have just been written."""
        self._held.goldens.clear()

    def golden_problem(self, subject: GoldenSubject) -> BrokenFileError | None:
        """Return why a recording cannot be read, if it cannot."""
        try:
            self.golden(subject)
        except Skip:
            problem = self._held.goldens[self.entry.path.parent / subject.case.file]
            return problem if isinstance(problem, BrokenFileError) else None
        return None

    @cached_property
    def corrections(self) -> dict[AddressPath, Correction]:
        """The corrections by the place of their figure: an address may name it in several ways."""
        placed = {}
        for correction in self.entry.value.corrections:
            with suppress(AddressError):  # references-resolve reports it
                placed[self.addresses.path(correction.at)] = correction
        return placed

    def transcript(self, evidence: Published) -> list[Cell] | BrokenFileError:
        """Return the transcript of a published document, or why it cannot be read."""
        file = evidence.transcript
        if file not in self._transcripts:
            try:
                folder = self.entry.path.parent
                self._transcripts[file] = read_transcript(folder / file, inside=folder)
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


def models(context: Context) -> Iterator[Subject]:
    """Select the model itself."""
    yield model_subject(context.entry)


def artifacts(context: Context) -> Iterator[ArtifactSubject]:
    """Select every artifact."""
    yield from context.artifacts


def pinned_artifacts(context: Context) -> Iterator[ArtifactSubject]:
    """Select the artifacts whose bytes are known."""
    yield from (subject for subject in context.artifacts if subject.artifact.sha256 is not None)


def golden_cases(context: Context) -> Iterator[GoldenSubject]:
    """Select every golden case."""
    yield from context.goldens


def groups(context: Context) -> Iterator[GroupSubject]:
    """Select every group of figures."""
    yield from context.groups


def footprints(context: Context) -> Iterator[GroupSubject]:
    """Select every footprint."""
    yield from (subject for subject in context.groups if isinstance(subject.group, Footprint))


def latencies(context: Context) -> Iterator[GroupSubject]:
    """Select every latency."""
    yield from (subject for subject in context.groups if isinstance(subject.group, Latency))


def accuracies(context: Context) -> Iterator[GroupSubject]:
    """Select every AP figure."""
    yield from (subject for subject in context.groups if isinstance(subject.group, Accuracy))
