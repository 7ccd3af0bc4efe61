"""What checks are asked of: models, artifacts, groups of figures, golden cases; each knows its place in its file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zoo_tools.domain.address import Path
from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.evidence import Evidence
from zoo_tools.domain.figures import Figure, Group, figures_in, groups_of
from zoo_tools.domain.findings import Location
from zoo_tools.domain.manifest import Accuracy, Artifact, Footprint, GoldenCase, Latency, Manifest, TensorSpec, Variant
from zoo_tools.domain.settings import Setting
from zoo_tools.registry.load import Entry


class Skip(Exception):
    """Raised where a check does not apply or cannot say anything; the text is the reason shown."""


class NotHere(Skip):
    """Raised where a check cannot say anything on this machine: what it would say is another machine's to keep."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something a check is asked of."""

    entry: Entry[Manifest]
    path: Path
    """Where it stands in the manifest."""
    name: str
    """How reports call it: model/variant/artifact, with @picture or #figures behind."""

    @property
    def manifest(self) -> Manifest:
        """The manifest it belongs to."""
        return self.entry.value

    def at(self, *keys: str | int, key: bool = False) -> Location:
        """Return the place of a value below this subject (or of its key)."""
        return self.entry.locate((*self.path, *keys), key=key)


@dataclass(frozen=True, slots=True)
class ArtifactSubject(Subject):
    """An artifact of a variant."""

    variant: Variant
    artifact: Artifact

    @property
    def contract_id(self) -> str:
        """Id of the contract it is run by: its own, or that of its variant."""
        return self.artifact.contract or self.variant.contract

    @property
    def contract(self) -> Contract:
        """The contract it is run by.

        Raises:
            Skip: it does not exist; `references-resolve` reports it.
        """
        contract = self.manifest.contracts.get(self.contract_id)
        if contract is None:
            raise Skip(f"the contract `{self.contract_id}` does not exist: see references-resolve")
        return contract

    @property
    def tensor_specs(self) -> list[tuple[TensorSpec, Path]]:
        """Inputs, then outputs, each with its place below the artifact."""
        if self.artifact.tensors is None:
            return []
        both = [("inputs", self.artifact.tensors.inputs), ("outputs", self.artifact.tensors.outputs)]
        return [(spec, ("tensors", side, i)) for side, specs in both for i, spec in enumerate(specs)]


@dataclass(frozen=True, slots=True)
class GroupSubject(Subject):
    """A footprint, a latency or an accuracy, with its artifact and evidence where they exist."""

    variant: Variant
    group: Group
    artifact: Artifact | None
    evidence: Evidence | None
    figures: list[Figure]

    @property
    def footprint(self) -> Footprint:
        """The group, of a subject that is a footprint."""
        return _as(Footprint, self.group)

    @property
    def latency(self) -> Latency:
        """The group, of a subject that is a latency."""
        return _as(Latency, self.group)

    @property
    def accuracy(self) -> Accuracy:
        """The group, of a subject that is an accuracy."""
        return _as(Accuracy, self.group)


G = TypeVar("G", Footprint, Latency, Accuracy)


def _as(kind: type[G], group: Group) -> G:
    if not isinstance(group, kind):
        raise TypeError(f"{type(group).__name__} is asked as {kind.__name__}")
    return group


@dataclass(frozen=True, slots=True)
class SettingSubject(ArtifactSubject):
    """An artifact, run in a setting other than its reference."""

    setting: Setting


@dataclass(frozen=True, slots=True)
class GoldenSubject(ArtifactSubject):
    """A golden case; `path` is the case's place, `artifact_path` its artifact's."""

    case: GoldenCase
    artifact_path: Path
    setting: Setting | None = None
    """Setting it is run in; None is the reference of its format."""


def is_under(name: str, ancestor: str) -> bool:
    """Tell whether a subject is another one or part of it, by their names."""
    return name == ancestor or (name.startswith(ancestor) and name[len(ancestor)] in "/@#")


def model_subject(entry: Entry[Manifest]) -> Subject:
    """Return the subject for a whole model."""
    return Subject(entry, (), entry.id)


def artifact_subjects(entry: Entry[Manifest]) -> Iterator[ArtifactSubject]:
    """Yield every artifact of a model."""
    for v, variant in enumerate(entry.value.variants):
        for a, artifact in enumerate(variant.artifacts):
            name = f"{entry.id}/{variant.id}/{artifact.id}"
            yield ArtifactSubject(entry, ("variants", v, "artifacts", a), name, variant, artifact)


def in_reference(_: Artifact) -> Sequence[Setting | None]:
    """Return the one setting that every artifact has: its reference."""
    return (None,)


def golden_subjects(
    entry: Entry[Manifest], settings: Callable[[Artifact], Sequence[Setting | None]] = in_reference
) -> Iterator[GoldenSubject]:
    """Yield every golden case whose artifact exists, once for each setting of the artifact."""
    for v, variant in enumerate(entry.value.variants):
        places = {artifact.id: a for a, artifact in enumerate(variant.artifacts)}
        for g, case in enumerate(variant.golden):
            if case.artifact not in places:
                continue
            a = places[case.artifact]
            artifact, name = variant.artifacts[a], f"{entry.id}/{variant.id}/{case.artifact}@{case.image}"
            path, artifact_path = ("variants", v, "golden", g), ("variants", v, "artifacts", a)
            for setting in settings(artifact):
                yield GoldenSubject(entry, path, name, variant, artifact, case, artifact_path, setting)


def group_subjects(entry: Entry[Manifest]) -> Iterator[GroupSubject]:
    """Yield every group of figures of a model."""
    manifest = entry.value
    for ref in groups_of(manifest):
        name = f"{entry.id}/{ref.variant.id}/{ref.group.artifact}#{ref.name}"
        evidence = manifest.evidence.get(ref.group.evidence)
        figures = list(figures_in(ref))
        yield GroupSubject(entry, ref.path, name, ref.variant, ref.group, ref.artifact, evidence, figures)
