"""More pixels are not faster, and need not less memory: same network, same board, same document.

Why: where a larger input is faster, two rows were swapped, or one of them is about another file. Now and then it is
true, because a compiler takes another kernel; then somebody has to say so.
How to fix: compare both rows with the document; where they are as printed, waive the finding with the reason.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.families import conditions, families, pixels
from zoo_tools.checks.subjects import GroupSubject, Subject
from zoo_tools.checks.sums import surely_less
from zoo_tools.domain.address import Path
from zoo_tools.domain.figures import Group
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Footprint, Latency

_FIX = "compare both rows with the document, and waive this with the reason where they are as printed"

Value = tuple[str, Path, Decimal, str]
"""Name, place below the group, value and unit."""


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Compare every row with those of smaller inputs."""
    for members in families(context.groups, conditions):
        highest: dict[str, tuple[Decimal, GroupSubject]] = {}
        for ref in members:
            for name, path, value, unit in _values(ref.group):
                peak, smaller = highest.get(name, (value, ref))
                if surely_less(value, peak) and pixels(smaller) < pixels(ref):
                    sizes = f"{_size(ref)} takes {value} {unit}, the smaller {_size(smaller)} takes {peak} {unit}"
                    at = subject.at(*ref.path, *path)
                    # The same weights stored in a few bytes less are a compiler's doing, not a wrong row.
                    tell = CHECK.note if name == "weights flash" else CHECK.warning
                    yield tell(subject, f"{name} of {sizes}", fix=_FIX, at=at)
                if value >= peak:
                    highest[name] = (value, ref)


def _size(ref: GroupSubject) -> str:
    return "x".join(str(side) for side in ref.variant.resolution[:2])


def _values(group: Group) -> Iterator[Value]:
    if type(group) is Latency and group.ms is not None:
        yield "time", ("ms",), group.ms, "ms"
    elif type(group) is Footprint:
        ram, flash, unit = group.ram, group.flash, group.unit
        for part in ("activation", "total"):
            value = getattr(ram, part)
            if value is not None:
                yield f"{part} RAM", ("ram", part), value, unit
        if ram.internal is not None:
            # What no longer fits inside moves outside, so that only both together have to grow.
            yield "internal and external RAM", ("ram", "internal"), ram.internal + (ram.external or 0), unit
        if flash.weights is not None:
            yield "weights flash", ("flash", "weights"), flash.weights, unit


CHECK = Check("resolution-monotone", Level.STATIC, models, run)
