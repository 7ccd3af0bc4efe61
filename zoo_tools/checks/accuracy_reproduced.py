"""On the whole data set the file has the AP that was published of it.

Why: this is what everything else stands in for. It is asked where the data set is at hand (`--data NAME=PATH`), the
published figure is about the very bytes of the artifact, and the protocol says how it is computed and on which
pictures. AP may be off by half a unit of the last printed digit and the protocol's `reproduced_within`, 0.1 points
where that is not stated: other JPEG decoders and runtimes cost about that much.
How to fix: compare score threshold, suppression and preprocessing with the publisher's evaluation. Where the published
figure is wrong, keep it as printed and say so in an anomaly.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, accuracies
from zoo_tools.checks.measuring import usual_setting
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.references import Protocol, Unknown
from zoo_tools.domain.scalars import half_unit
from zoo_tools.errors import BrokenFileError, UsageError, WrongBytesError


def reproducible(context: Context) -> Iterator[GroupSubject]:
    """Select the AP figures published about the very bytes of their artifact, under protocols computed here."""
    for subject in accuracies(context):
        entry, sha256 = context.registry.protocols.get(subject.accuracy.protocol), None
        if subject.artifact is not None:
            sha256 = subject.artifact.sha256
        if entry is None or entry.value.evaluator is None or sha256 is None:
            continue
        if isinstance(subject.evidence, Published) and subject.evidence.artifact_sha256 in ("same-revision", sha256):
            yield subject


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Measure a published figure again."""
    protocol = context.registry.protocols[subject.accuracy.protocol].value
    unsaid = _unsaid(protocol)
    if unsaid:
        raise Skip(f"`{protocol.id}` leaves unsaid: {', '.join(unsaid)}; what is measured would be another figure")
    artifact, stated = context.artifact_of(subject), subject.accuracy.ap
    try:
        found = context.measurements.of(artifact, protocol, usual_setting(context, artifact))
    except (BrokenFileError, UsageError, WrongBytesError) as error:
        yield CHECK.error(subject, error.message, fix=error.fix or "mend the data set", at=subject.at("protocol"))
        return
    allowed = half_unit(stated) + protocol.reproduced_within
    if abs(Decimal(repr(found.score.ap)) - stated) > allowed:
        message = (
            f"published AP is {stated} %, on the {found.score.pictures} pictures of {protocol.dataset} it is "
            f"{found.score.ap:.3f} %; they should be within {allowed} points"
        )
        fix = "compare threshold, suppression and preprocessing with the publisher's evaluation"
        yield CHECK.error(subject, message, fix=fix, at=subject.at("ap"))


def _unsaid(protocol: Protocol) -> list[str]:
    """Return what has to be known of a protocol to measure the same figure, and is not."""
    terms = {"split": protocol.split, "images": protocol.images, "score threshold": protocol.score_threshold}
    return [name for name, value in terms.items() if isinstance(value, Unknown)]


CHECK = Check("accuracy-reproduced", Level.ACCURACY, reproducible, run)
