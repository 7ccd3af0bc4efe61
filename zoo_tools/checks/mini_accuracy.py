"""The AP that was measured on a small labelled set is measured again.

Why: recorded detections on a few pictures cannot see swapped colours or a resize that is a little off; the AP of some
dozen labelled pictures can, and it says what a user loses. Figures with evidence `measured` are looked at, of artifacts
whose bytes are known, on datasets whose very files the registry names. Under the engine, version, delegate and CPU
class of the evidence's `environment` AP is equal to 0.05 points, and each end of its interval to a tenth of the
interval's width, which is what the drawing of bootstrap samples may cost. Elsewhere AP is equal to 1.5 points: rounding
in the network is every runtime's own.
How to fix: find what changed: bytes, preprocessing, decoding, labels or pictures. Measure again with
`zoo_tools evaluate` only if the change is meant.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, accuracies
from zoo_tools.checks.measuring import environment_of, setting_for
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.evidence import Measured
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.references import Protocol
from zoo_tools.domain.scalars import half_unit
from zoo_tools.errors import BrokenFileError, UsageError, WrongBytesError

SAME = Decimal("0.05")
"""Points that AP may be off under an equal environment."""
OTHER = Decimal("1.5")
"""Points that it may be off elsewhere."""
_SHARE = Decimal("0.1")


def is_small(protocol: Protocol, context: Context) -> bool:
    """Tell whether a protocol is computed here, on pictures that are known one by one."""
    dataset = context.registry.datasets.get(protocol.dataset)
    return protocol.evaluator is not None and dataset is not None and dataset.value.contents is not None


def measured(context: Context) -> Iterator[GroupSubject]:
    """Select the AP figures measured on small sets, of artifacts whose bytes are known."""
    for subject in accuracies(context):
        entry = context.registry.protocols.get(subject.accuracy.protocol)
        is_pinned = subject.artifact is not None and subject.artifact.sha256 is not None
        if is_pinned and isinstance(subject.evidence, Measured) and entry and is_small(entry.value, context):
            yield subject


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Measure a figure again."""
    protocol = context.registry.protocols[subject.accuracy.protocol].value
    artifact, recorded_by = context.artifact_of(subject), environment_of(subject)
    setting = setting_for(context, artifact, recorded_by)
    try:
        found = context.measurements.of(artifact, protocol, setting)
    except (BrokenFileError, UsageError, WrongBytesError) as error:
        fix = error.fix or "mend the data set"
        yield CHECK.error(subject, error.message, fix=fix, at=subject.at("protocol"))
        return
    stated, ap = subject.accuracy, Decimal(repr(found.score.ap))
    is_same = found.environment == recorded_by
    allowed = max(SAME if is_same else OTHER, half_unit(stated.ap))
    if abs(ap - stated.ap) > allowed:
        by = "the environment it was measured in" if is_same else f"{found.environment}"
        message = f"AP is {ap:.2f} % by {by}, {stated.ap} % is recorded; they should be within {allowed} points"
        fix = "find what changed, or measure again with `zoo_tools evaluate`"
        yield CHECK.error(subject, message, fix=fix, at=subject.at("ap"))
    elif is_same and stated.interval is not None:
        now = found.interval(0.95)
        leeway = float(allowed + _SHARE * (stated.interval[1] - stated.interval[0]))
        if any(abs(a - float(b)) > leeway for a, b in zip((now.low, now.high), stated.interval, strict=True)):
            low, high = stated.interval
            message = f"the 95 % interval is {now.low:.1f} to {now.high:.1f}, {low} to {high} is recorded"
            fix = "copy both ends from `zoo_tools evaluate`"
            yield CHECK.error(subject, message, fix=fix, at=subject.at("interval"))


CHECK = Check("mini-accuracy", Level.ACCURACY, measured, run)
