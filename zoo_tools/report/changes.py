"""What a run says besides its outcomes: why its subjects were chosen, its share of a larger run, and what has changed.

Everything here is text and numbers, so that it travels in the JSON report: the job that writes a comment has neither
the registry nor its history.
"""

from dataclasses import dataclass
from typing import Literal

ModelChangeKind = Literal["added", "changed", "removed", "renamed"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A subject that was checked, and why."""

    subject: str
    """A model, or what is checked of it."""
    reasons: tuple[str, ...]
    """Such as `its manifest changed`, `board stm32h747i-disco changed`."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which subjects were checked of all there are."""

    since: str
    """The revision they were chosen by, as the user named it."""
    commit: str
    """The commit that was compared with."""
    chosen: tuple[Chosen, ...]
    total: int
    """Models in the registry."""
    removed: tuple[str, ...] = ()
    """Models that are there no more: nothing of them can be checked."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The share of a run that one machine took; a model is never split between two."""

    number: int
    """From 1."""
    of: int
    models: tuple[str, ...]
    """All models of the whole run, in its order: the same in every shard."""
    registry: str
    """sha256 of what all shards must have seen alike: the shared files of the registry, selection and options."""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure that was added, changed or removed."""

    at: str
    """Its address in the manifest."""
    unit: str
    old: str | None
    """Digits as printed; None where it was not there."""
    new: str | None
    old_evidence: str | None
    """Who says so, in a few words."""
    new_evidence: str | None


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Any other value that was added, changed or removed: of a contract, of an artifact's bytes, of a licence."""

    at: str
    """Its address in the manifest."""
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A recorded detection and what stands in its place now."""

    label: str
    old_score: str | None
    """None where there was none."""
    new_score: str | None
    iou: str | None
    """Overlap of the two boxes; None unless there are two."""


@dataclass(frozen=True, slots=True)
class GoldenChange:
    """A recording that was added, changed or removed."""

    case: str
    """`model/variant/artifact@picture`."""
    file: str
    old_count: int | None
    """Detections; None where there was no recording."""
    new_count: int | None
    detections: tuple[SeenChange, ...]
    """Those that differ, best first."""
    made_with: tuple[ValueChange, ...]
    """What else differs: bytes, picture, input tensor, environment."""
    overlay: str | None = None
    """A drawing of both, named as from the report's folder."""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What is different in one model."""

    model: str
    kind: ModelChangeKind
    was: str | None = None
    """Its earlier id, where it was renamed."""
    figures: tuple[FigureChange, ...] = ()
    values: tuple[ValueChange, ...] = ()
    goldens: tuple[GoldenChange, ...] = ()
    problem: str | None = None
    """Why it could not be compared."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different since an earlier revision."""

    since: str
    """The revision, as the user named it."""
    commit: str
    models: tuple[ModelChange, ...]
