"""Where a board computes one thing after the other, time follows the multiply-accumulates of the network.

Why: on such a processor the inputs of one network take alike many milliseconds per million multiply-accumulates; a time
that does not fit its siblings belongs to another row or to another clock. The board's file says on which processors
that is known, how closely, and from where.
How to fix: compare the time and its conditions (cores, clock) with the document.
"""

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from statistics import median

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.families import conditions, families
from zoo_tools.checks.subjects import GroupSubject, Subject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Latency
from zoo_tools.domain.references import MacRate
from zoo_tools.domain.scalars import half_unit

FEWEST = 3
"""Inputs a family must have: of two that disagree nobody knows which is wrong."""

Timed = tuple[GroupSubject, Latency, int]
"""A time with the multiply-accumulates of its network."""


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Compare ms per million multiply-accumulates with the middle one of each family."""
    for members in families(context.groups, _on_processor):
        first = members[0].group
        board = context.registry.boards.get(first.board) if isinstance(first, Latency) else None
        rate = board.value.mac_rate if board is not None else None
        timed = list(_timed(members))
        if rate is not None and len(timed) >= FEWEST:
            yield from _judge(subject, timed, rate)


def _on_processor(ref: GroupSubject) -> Hashable | None:
    is_timed = isinstance(ref.group, Latency) and ref.group.engine == "cpu" and ref.group.ms is not None
    return conditions(ref) if is_timed else None


def _timed(members: Sequence[GroupSubject]) -> Iterator[Timed]:
    for ref in members:
        macs = _macs(ref)
        if isinstance(ref.group, Latency) and macs:
            yield ref, ref.group, macs


def _macs(ref: GroupSubject) -> int | None:
    """Return the artifact's multiply-accumulates, or those its variant's other files of the format agree on."""
    if ref.artifact is None or ref.artifact.macs is not None:
        return ref.artifact.macs if ref.artifact else None
    # Another training of one network computes as much: weights differ, layers do not.
    alike = {one.macs for one in ref.variant.artifacts if one.format == ref.artifact.format and one.macs is not None}
    return alike.pop() if len(alike) == 1 else None


def _judge(subject: Subject, timed: Sequence[Timed], rate: MacRate) -> Iterator[Finding]:
    if _are_surely_alike(timed, rate):
        return
    middle = median(_cost(latency, macs)[1] for _, latency, macs in timed)
    within = Fraction(rate.within_percent) / 100
    for ref, latency, macs in timed:
        low, cost, high = _cost(latency, macs)
        if high < middle * (1 - within) or low > middle * (1 + within):
            message = (
                f"{latency.ms} ms is {float(cost):.3g} ms per million multiply-accumulates, the middle one of the "
                f"{len(timed)} inputs takes {float(middle):.3g}; they should be within {rate.within_percent} % of it"
            )
            fix = "compare the time with the document, and its clock and cores"
            yield CHECK.warning(subject, message, fix=fix, at=subject.at(*ref.path, "ms"))


def _are_surely_alike(timed: Sequence[Timed], rate: MacRate) -> bool:
    """Tell whether no two are as far apart as one may be from the middle: fractions are needed for the others only."""
    costs = [float(latency.ms or 0) / macs for _, latency, macs in timed]
    return max(costs) * 1.000001 <= min(costs) * (1 + float(rate.within_percent) / 100)


def _cost(latency: Latency, macs: int) -> tuple[Fraction, Fraction, Fraction]:
    """Return ms per million multiply-accumulates: the least the printed digits allow, as printed, the most."""
    ms = latency.ms
    assert ms is not None, "a family has only rows with a time"
    millions = Fraction(macs, 1_000_000)
    low, high = Fraction(ms - half_unit(ms)), Fraction(ms + half_unit(ms))
    return low / millions, Fraction(ms) / millions, high / millions


CHECK = Check("latency-follows-macs", Level.STATIC, models, run)
