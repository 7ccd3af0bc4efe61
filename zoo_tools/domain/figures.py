"""Every number a manifest states about performance, one by one.

Reports, tables, trust marks and the check against transcripts all walk this list, so none can forget a figure.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from zoo_tools.domain.address import Path, names_of
from zoo_tools.domain.manifest import (
    Accuracy,
    Artifact,
    Complexity,
    Footprint,
    Latency,
    Manifest,
    Training,
    Variant,
)

Kind = Literal["footprint", "latency", "accuracy", "complexity", "training"]
Group = Footprint | Latency | Accuracy | Complexity | Training

KINDS: Final[dict[type, Kind]] = {
    Footprint: "footprint",
    Latency: "latency",
    Accuracy: "accuracy",
    Complexity: "complexity",
    Training: "training",
}


# A registry has a hundred thousand of these two: named tuples are made in half the time of frozen dataclasses.
class GroupRef(NamedTuple):
    """A group of figures and where it stands."""

    group: Group
    path: Path
    variant: Variant
    artifact: Artifact | None
    """None where the manifest names an artifact that does not exist."""
    name: str
    """Its address within the variant, such as `latencies[int8,stm32mp257f-dk2,npu+gpu]`."""


class Figure(NamedTuple):
    """One number with everything that gives it meaning."""

    ref: GroupRef
    """The figures it stands among, with their conditions."""
    inside: Path
    """Where it stands in its group."""
    value: Decimal | Literal["NA"]
    unit: str

    @property
    def path(self) -> Path:
        """Where it stands in the manifest."""
        return (*self.ref.path, *self.inside)

    @property
    def address(self) -> str:
        """Its address in the manifest."""
        return f"variants[{self.ref.variant.id}].{self.ref.name}.{self.quantity}"

    @property
    def kind(self) -> Kind:
        """Kind of its group."""
        return KINDS[type(self.ref.group)]

    @property
    def quantity(self) -> str:
        """Which number of its group, such as `ram.activation`, `ms`, `share.npu`, `ap`."""
        return _joined(self.inside)

    @property
    def cells(self) -> tuple[str, ...]:
        """Names its cell may have in a transcript; of several APs in a line, the protocol is part of the name."""
        group = self.ref.group
        return (f"ap.{group.protocol}", "ap") if type(group) is Accuracy else (self.quantity,)

    @property
    def group(self) -> Group:
        """The figures it stands among, with their conditions."""
        return self.ref.group

    @property
    def group_path(self) -> Path:
        """Where its group stands in the manifest."""
        return self.ref.path

    @property
    def variant(self) -> Variant:
        """The variant it is said of."""
        return self.ref.variant

    @property
    def artifact(self) -> Artifact | None:
        """The artifact it is said of; None where the manifest names one that does not exist."""
        return self.ref.artifact


@lru_cache(maxsize=256)
def _joined(inside: Path) -> str:
    return ".".join(map(str, inside))


def groups_of(manifest: Manifest) -> Iterator[GroupRef]:
    """Yield every group of figures of a manifest, variant by variant, kind by kind."""
    for v, variant in enumerate(manifest.variants):
        artifacts = {artifact.id: artifact for artifact in variant.artifacts}
        lists: list[tuple[str, Sequence[Group]]] = [
            ("footprints", variant.footprints),
            ("latencies", variant.latencies),
            ("accuracy", variant.accuracy),
            ("complexity", variant.complexity),
            ("training", variant.training),
        ]
        for key, groups in lists:
            for i, group in enumerate(groups):
                name = f"{key}[{','.join(names_of(group))}]"
                yield GroupRef(group, ("variants", v, key, i), variant, artifacts.get(group.artifact), name)


def figures_in(ref: GroupRef) -> Iterator[Figure]:
    """Yield every figure of a group, `NA` cells included."""
    for inside, value, unit in _values(ref.group):
        if value is not None:
            yield Figure(ref, inside, value, unit)


def figures_of(manifest: Manifest) -> Iterator[Figure]:
    """Yield every figure of a manifest, `NA` cells included, in the order of the file."""
    for ref in groups_of(manifest):
        yield from figures_in(ref)


def _values(group: Group) -> Iterator[tuple[Path, Decimal | Literal["NA"] | None, str]]:
    # By type() and not `match`: isinstance() of a pydantic class is a function in Python where the answer is no.
    if type(group) is Latency:
        yield ("ms",), group.ms, "ms"
        yield ("per_second",), group.per_second, "1/s"
        for part in ("npu", "gpu", "cpu") if group.share else ():
            yield ("share", part), getattr(group.share, part), "%"
    elif type(group) is Footprint:
        for part in ("activation", "runtime", "internal", "external", "total"):
            yield ("ram", part), getattr(group.ram, part), group.unit
        for part in ("weights", "code", "total"):
            yield ("flash", part), getattr(group.flash, part), group.unit
    elif type(group) is Accuracy:
        yield ("ap",), group.ap, "%"
    elif type(group) is Complexity:
        yield ("gflops",), group.gflops, "GFLOP"
        yield ("mparams",), group.mparams, "million"
    elif type(group) is Training:
        yield ("memory_gb",), group.memory_gb, "GB"
