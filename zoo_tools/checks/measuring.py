"""From an artifact to its AP: its files, labelled pictures, a worker that looks at them, and what a lack of one means.

What was found in the pictures is kept, so that several protocols can be computed from one look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from zoo_tools.checks.context import Context
from zoo_tools.checks.engines import is_installed
from zoo_tools.checks.held import Place
from zoo_tools.checks.subjects import ArtifactSubject, GroupSubject, Skip
from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.evidence import Measured
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.references import Dataset, Protocol
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import UnavailableError, UsageError, ZooToolsError
from zoo_tools.evaluation.average_precision import Interval, Score, bootstrap, score
from zoo_tools.evaluation.data_at import is_at_hand, labelled_set
from zoo_tools.evaluation.labelled import LabelledSet, Sighting
from zoo_tools.evaluation.running import contract_for, sightings
from zoo_tools.inference.detector import Detector, Runnable
from zoo_tools.inference.engines import INSTALL
from zoo_tools.inference.worker import CompanionFile


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What an artifact found in the pictures of a dataset."""

    environment: RunEnvironment
    input_size: tuple[int, int]
    names: Sequence[str]
    seen: Sequence[Sighting]


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """AP of an artifact by a protocol, with what ran it."""

    environment: RunEnvironment
    score: Score
    _intervals: dict[float, Interval] = field(default_factory=dict)

    def interval(self, confidence: float) -> Interval:
        """Return where AP lies for other pictures of the kind."""
        if confidence not in self._intervals:
            self._intervals[confidence] = bootstrap(self.score.judged, confidence=confidence)
        return self._intervals[confidence]


class Sets:
    """The labelled sets at hand, each read and verified once for all models and threads.

    Args:
        root: folder of the registry.
        places: where a user has others.
    """

    def __init__(self, root: Path, places: Mapping[str, Path]) -> None:
        self._root, self._places, self._lock = root, places, Lock()
        self._read: dict[str, LabelledSet | ZooToolsError] = {}

    def get(self, dataset: Dataset) -> LabelledSet:
        """Return the pictures of a dataset; raises as `labelled_set` does, and `Skip` where nobody gave them."""
        if not is_at_hand(dataset, self._places):
            raise Skip(f"the pictures of {dataset.id} are not here: --data {dataset.id}=PATH says where they are")
        with self._lock:
            if dataset.id not in self._read:
                try:
                    self._read[dataset.id] = labelled_set(dataset, self._root, self._places)
                except ZooToolsError as error:
                    self._read[dataset.id] = error
            found = self._read[dataset.id]
        if isinstance(found, ZooToolsError):
            raise found
        return found


def runnable_of(context: Context, subject: ArtifactSubject) -> Runnable:
    """Return an artifact ready to be run, its files fetched and verified.

    Raises:
        Skip: it is unpinned, or its contract does not exist.
        UnavailableError: a file is not to be had.
    """
    artifact = subject.artifact
    if artifact.tensors is None:
        raise Skip("the artifact declares no tensors")
    return Runnable(
        context.file(subject),
        artifact.sha256 or "",
        artifact.format,
        subject.contract,
        {spec.slot: spec.name for spec in artifact.tensors.outputs},
        [CompanionFile(one.name, context.companion(one), one.sha256) for one in artifact.companions],
        artifact.reference_network,
    )


def _look(
    context: Context, subject: ArtifactSubject, pictures: LabelledSet, contract: Contract, *, by: Setting
) -> Look:
    """Show an artifact the pictures of a set.

    Raises:
        Skip: the engine is neither that of the reference nor asked for, and is not installed.
        ModelRunError: the model cannot be run.
        BrokenFileError: a picture is damaged.
        UnavailableError: a file or the runtime is not there.
    """
    has_to_be = by.engine == context.settings(subject)[0].engine or by.engine in context.engines
    if not has_to_be and not is_installed(by.engine):
        raise Skip(f"{by.engine} is not installed: {INSTALL[by.engine]}")
    detector = Detector(runnable_of(context, subject).by(contract), by)

    def go_on(_done: int, _all: int) -> None:
        context.running.go_on()

    with context.running.holding(detector), detector:
        seen = sightings(detector, pictures.pictures, tell=go_on)
        return Look(detector.environment, detector.input_size, pictures.names, seen)


def _pictures_for(context: Context, sets: Sets, subject: ArtifactSubject, protocol: Protocol) -> LabelledSet:
    """Return the pictures of a protocol's dataset, labelled in the words of the artifact's variant.

    Raises:
        Skip: they are not at hand, or the registry does not describe them.
        UsageError: model and pictures have no class in common, or the protocol counts other pictures.
        WrongBytesError: a picture is not the one the registry names.
    """
    entry, labels = context.registry.datasets.get(protocol.dataset), context.registry.labels.get(subject.variant.labels)
    if entry is None or labels is None:
        raise Skip("the dataset or the label set is not described: see references-resolve")
    try:
        found = sets.get(entry.value).for_labels(labels.value.names)
    except ValueError as error:
        fix = "mend the label set, or name the protocol of another dataset"
        raise UsageError(f"{protocol.dataset} does not fit the model: {error}", fix=fix) from None
    if protocol.image_count is not None and protocol.image_count != len(found.pictures):
        raise UnavailableError(
            f"the pictures at hand for {protocol.dataset} are {len(found.pictures)}, "
            f"`{protocol.id}` is computed on {protocol.image_count}",
            fix=f"give its {protocol.image_count} pictures: --data {protocol.dataset}=PATH",
        )
    return found


class Measurements:
    """AP of the artifacts of a model or variant; pictures are shown to each once for all protocols.

    Args:
        context: where files, pictures and runtimes come from; one thread's alone.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sets = context.sets or Sets(context.registry.root, {})
        self._looks: dict[tuple[Place, Setting, str, str], Look | ZooToolsError | Skip] = {}
        self._found: dict[tuple[Place, Setting, str], Measurement] = {}

    def of(self, subject: ArtifactSubject, protocol: Protocol, setting: Setting) -> Measurement:
        """Return the AP of an artifact in one setting; protocols that differ in scoring alone share one run.

        Raises:
            Skip: the pictures are not at hand, or the engine is not installed and nobody asked for it.
            WrongBytesError: a picture is not the one the registry names.
            BrokenFileError: an annotation or picture is damaged.
            UsageError: model, pictures and protocol do not fit together.
            ModelRunError: the model cannot be run; `io-after-invoke` reports it.
            UnavailableError: a file, the runtime or the evaluator is not there.
        """
        place = (subject.variant.id, subject.artifact.id)
        key = (place, setting, protocol.id)
        if key not in self._found:
            looked = self._look(subject, protocol, setting, place)
            result = score(looked.seen, looked.names, protocol, input_size=looked.input_size)
            self._found[key] = Measurement(looked.environment, result)
        self._context.engine = str(self._found[key].environment)
        return self._found[key]

    def _look(self, subject: ArtifactSubject, protocol: Protocol, setting: Setting, place: Place) -> Look:
        pictures = _pictures_for(self._context, self._sets, subject, protocol)
        contract = contract_for(subject.contract, protocol)
        key = (place, setting, protocol.dataset, contract.select.model_dump_json())
        if key not in self._looks:
            try:
                self._looks[key] = _look(self._context, subject, pictures, contract, by=setting)
            except (ZooToolsError, Skip) as problem:
                self._looks[key] = problem
        found = self._looks[key]
        if isinstance(found, (ZooToolsError, Skip)):
            raise found
        return found


def setting_for(context: Context, subject: ArtifactSubject, environment: RunEnvironment | None) -> Setting:
    """Return the setting that a figure was measured in; the reference where that is not said, or not asked for."""
    settings = context.settings(subject)
    if environment is None:
        return settings[0]
    same = (one for one in settings if (one.engine, one.delegate) == (environment.engine, environment.delegate))
    return next(same, settings[0])


def usual_setting(context: Context, subject: ArtifactSubject) -> Setting:
    """Return the setting an artifact's AP is measured in: that of its own measured figures, else the reference."""
    for group in context.groups:
        if group.artifact is subject.artifact and group.variant is subject.variant:
            environment = environment_of(group)
            if environment is not None:
                return setting_for(context, subject, environment)
    return setting_for(context, subject, None)


def environment_of(subject: GroupSubject) -> RunEnvironment | None:
    """Return what a measured figure was measured by, where that is said."""
    return subject.evidence.environment if isinstance(subject.evidence, Measured) else None
