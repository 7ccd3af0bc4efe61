"""A quantised model is a little less accurate than its float sibling: not by more than 3 points, and not more accurate.

Why: a gap beyond that is a broken quantisation or a row of another training; a quantised model above its float sibling
has exchanged rows more often than luck. A loss that is far beyond those of all other rows of the document is one
network's bad luck or a row nobody measured again. Equal to the last digit is noted: such values get copied.
How to fix: compare both rows with the document; where they are as printed, waive the finding with the reason.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, accuracies
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.checks.sums import surely_less
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Accuracy, Artifact, Variant

POINTS = Decimal(3)
"""What quantisation to 8 bits is allowed to cost."""
TOLD = Decimal(1)
"""Points below which a loss is not compared with others."""
FEWEST = 3
"""Other pairs a document must have, for one to be out of line."""
TIMES = 2
"""How many times as much as any other pair one may lose."""

_FLOAT = ("float32", "float16")


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Compare a quantised figure with those of float files of the same release and protocol."""
    if subject.artifact is None or subject.artifact.precision.weights in _FLOAT:
        return
    ap = subject.accuracy.ap
    for sibling in _floats_beside(subject.variant, subject.artifact, subject.accuracy):
        rows = f"AP of `{subject.artifact.id}` is {ap} %, that of its float sibling `{sibling.artifact}` {sibling.ap} %"
        fix = "compare both rows with the document"
        if surely_less(sibling.ap, ap):
            yield CHECK.warning(subject, f"{rows}; quantisation should not raise it", fix=fix, at=subject.at("ap"))
        elif surely_less(ap + POINTS, sibling.ap):
            yield CHECK.warning(
                subject, f"{rows}; it should cost at most {POINTS} points", fix=fix, at=subject.at("ap")
            )
        elif surely_less(ap + TOLD, sibling.ap):
            yield from _out_of_line(subject, sibling, rows)
        elif ap.as_tuple() == sibling.ap.as_tuple():
            yield CHECK.note(
                subject, f"{rows}; equal to the last digit, one may be a copy", fix=fix, at=subject.at("ap")
            )


def _out_of_line(subject: GroupSubject, sibling: Accuracy, rows: str) -> Iterator[Finding]:
    """Compare a loss with those of all other pairs of the document."""
    own, losses = sibling.ap - subject.accuracy.ap, []
    for loss, figure in _losses(subject):
        if figure is not subject.group:
            losses.append(loss)
            if not surely_less(TIMES * loss, own):
                return
    if len(losses) >= FEWEST:
        message = f"{rows}; the document's other {len(losses)} pairs lose at most {max(losses)}"
        fix = "compare both rows with the document, and say in an anomaly what is odd about them"
        yield CHECK.warning(subject, message, fix=fix, at=subject.at("ap"))


def _losses(subject: GroupSubject) -> Iterator[tuple[Decimal, Accuracy]]:
    """Yield what quantisation cost in each pair of rows of the same document."""
    for variant in subject.manifest.variants:
        artifacts = {artifact.id: artifact for artifact in variant.artifacts}
        for one in variant.accuracy:
            artifact = artifacts.get(one.artifact)
            if one.evidence == subject.group.evidence and artifact and artifact.precision.weights not in _FLOAT:
                for sibling in _floats_beside(variant, artifact, one):
                    yield sibling.ap - one.ap, one


def _floats_beside(variant: Variant, artifact: Artifact, figure: Accuracy) -> Iterator[Accuracy]:
    """Yield the figures of float files of the same release, under the same protocol and from the same document."""
    floats = {
        one.id for one in variant.artifacts if one.precision.weights in _FLOAT and one.release == artifact.release
    }
    for other in variant.accuracy:
        same_terms = (other.protocol, other.evidence) == (figure.protocol, figure.evidence)
        if other.artifact in floats and same_terms:
            yield other


CHECK = Check("ap-quantised-vs-float", Level.STATIC, accuracies, run)
