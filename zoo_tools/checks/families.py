"""Groups of figures that differ in the input size alone: one network, measured by one document in one way."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.manifest import Artifact, Footprint, Latency

K = TypeVar("K", bound=Hashable)


def pixels(ref: GroupSubject) -> int:
    """Return height times width of the input."""
    height, width = ref.variant.resolution[:2]
    return height * width


def network(ref: GroupSubject, artifact: Artifact) -> Hashable:
    """Return what tells one network from another, whatever its input size."""
    variant, precision = ref.variant, artifact.precision
    return (
        variant.backbone, variant.width_multiplier, variant.labels, variant.dataset, artifact.release, artifact.format,
        precision.weights, precision.activations, precision.granularity,
    )  # fmt: skip


def conditions(ref: GroupSubject) -> Hashable | None:
    """Return everything but the input size that a time or a footprint depends on; None where it is neither of them."""
    if ref.artifact is None:
        return None
    group = ref.group
    # By type() and not `match`: isinstance() of a pydantic class is a function in Python where the answer is no.
    if type(group) is Latency:
        where = ("latency", group.board, group.engine, group.cores, group.clock_mhz, group.batch_size)
        return (*where, *map(str, group.tools), network(ref, ref.artifact), group.evidence)
    if type(group) is Footprint:
        at = ("footprint", group.target, group.unit)
        return (*at, *map(str, group.tools), network(ref, ref.artifact), group.evidence)
    return None


def families(refs: Iterable[GroupSubject], key: Callable[[GroupSubject], K | None]) -> list[list[GroupSubject]]:
    """Return the groups of figures that share a key, each family from the smallest input to the largest."""
    found: dict[K, list[GroupSubject]] = {}
    for ref in refs:
        shared = key(ref)
        if shared is not None:
            found.setdefault(shared, []).append(ref)
    return [sorted(members, key=pixels) for members in found.values() if len(members) > 1]
