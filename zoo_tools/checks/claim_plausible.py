"""A published AP can be true: the same metric on a few dozen pictures does not speak against it.

Why: figures are copied from another release, another metric or another row, and nobody has the whole data set at hand
to notice. A small labelled set cannot prove a decimal; it can tell 46 from 20. The figure of a pinned file is held
against the 99 % bootstrap interval of what is measured under a protocol that `stands_for` the published one. Outside
of it is a warning; more than 15 points from what is measured is an error, however wide the interval is.
How to fix: compare the figure with its document and the file with the release it speaks of. Where both are right, waive
the finding with what makes the small set another kind of pictures.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, accuracies
from zoo_tools.checks.measuring import usual_setting
from zoo_tools.checks.mini_accuracy import is_small
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.references import Protocol
from zoo_tools.domain.scalars import half_unit
from zoo_tools.errors import BrokenFileError, UsageError, WrongBytesError

POINTS = 15
"""How far a published figure may be from the measured one at most."""
CONFIDENCE = 0.99


def small_protocols(subject: GroupSubject, context: Context) -> list[Protocol]:
    """Return the protocols on small sets that stand for the one a figure was published under."""
    wanted = subject.accuracy.protocol
    every = (entry.value for entry in context.registry.protocols.values())
    return [one for one in every if one.stands_for == wanted and is_small(one, context)]


def claims(context: Context) -> Iterator[GroupSubject]:
    """Select the published AP figures of pinned artifacts that a small set can say something about."""
    for subject in accuracies(context):
        is_pinned = subject.artifact is not None and subject.artifact.sha256 is not None
        if is_pinned and isinstance(subject.evidence, Published) and small_protocols(subject, context):
            yield subject


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Hold a published figure against what is measured under each protocol that stands for its own."""
    artifact, claimed = context.artifact_of(subject), subject.accuracy.ap
    for protocol in small_protocols(subject, context):
        try:
            found = context.measurements.of(artifact, protocol, usual_setting(context, artifact))
        except (BrokenFileError, UsageError, WrongBytesError) as error:
            fix = error.fix or "mend the data set"
            yield CHECK.error(subject, error.message, fix=fix, at=subject.at("protocol"))
            continue
        likely, rounding = found.interval(CONFIDENCE), float(half_unit(claimed))
        is_likely = likely.low - rounding <= float(claimed) <= likely.high + rounding
        is_near = abs(Decimal(repr(found.score.ap)) - claimed) <= POINTS + half_unit(claimed)
        if is_likely and is_near:
            continue
        message = (
            f"published AP is {claimed} %, `{protocol.id}` gives {found.score.ap:.1f} % on {found.score.pictures} "
            f"pictures, 99 % interval {likely.low:.1f} to {likely.high:.1f}; it should lie "
            + ("inside" if is_near else f"within {POINTS} points")
        )
        tell = CHECK.warning if is_near else CHECK.error
        fix = "compare the figure with its document, and the file with the release that it speaks of"
        yield tell(subject, message, fix=fix, at=subject.at("ap"))


CHECK = Check("claim-plausible", Level.ACCURACY, claims, run)
