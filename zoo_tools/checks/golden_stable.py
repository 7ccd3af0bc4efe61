"""What a golden case compares does not hang on a rounding.

Why: another machine or version gives scores and boxes that are a little different, and the comparison allows for that.
It cannot allow for a decision that turns over: two boxes of nearly equal score that suppress each other, so that now
the one is reported and now the other; two boxes whose overlap is nearly the limit; a score near the contract's
threshold. Then the case fails for somebody although nothing is wrong. Near is 2/256 of score and 0.08 of IoU for an
int8 model, 0.00001 of either for a float one. Decisions over weak boxes that nobody compares do not count.
How to fix: take another picture, or, of two boxes that suppress each other, lower `min_iou` in the case's `tolerance`
to what they overlap by.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, golden_cases
from zoo_tools.checks.subjects import GoldenSubject
from zoo_tools.domain.decoding import Select
from zoo_tools.domain.findings import Finding
from zoo_tools.evaluation.stability import EXACT, ROUNDED, Decision, Margin, nearest
from zoo_tools.inference.decoders.outputs import Decoded

FIXES = {
    "threshold": "raise `min_score` in the case's `tolerance`, or take another picture",
    "overlap": "take another picture",
    "rival": "lower `min_iou` in the case's `tolerance`, or take another picture",
}


def margin_of(subject: GoldenSubject) -> Margin:
    """Return what rounding may bridge in an artifact's number format."""
    return EXACT if subject.artifact.precision.activations == "float32" else ROUNDED


def decisions(subject: GoldenSubject, context: Context) -> list[Decision]:
    """Return the nearest decision of each kind on the case's picture.

    Raises:
        Skip: the graph suppresses itself, and does not say what.
    """
    seen = context.observation(subject)
    decoded = seen.decoded(subject.case.image)
    if not isinstance(subject.contract.select, Select) or not isinstance(decoded, Decoded):
        raise Skip("the graph suppresses itself: what it left out is not known")
    return nearest(decoded, subject.contract, subject.case.tolerance)


def run(subject: GoldenSubject, context: Context) -> Iterator[Finding]:
    """Look for decisions that rounding could turn over."""
    margin = margin_of(subject)
    for one in decisions(subject, context):
        if one.is_within(margin):
            message = f"the case hangs on a rounding on {subject.case.image}: {one.sentence}"
            yield CHECK.warning(subject, message, fix=FIXES[one.kind], at=subject.at("image"))


CHECK = Check("golden-stable", Level.RUN, golden_cases, run)
