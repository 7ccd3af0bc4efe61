"""The recorded detections keep to the contract's clipping and suppression, and those found now to the recorded one's.

Why: outside the recorded environment weak detections differ and are not compared, and it is weak ones that show another
IoU, score threshold, number of boxes or clipping. Yet on every machine a list shows something of the rule that made it:
two recorded boxes that overlap by 0.49 were not kept by a rule that suppresses above 0.45, and a list of 170 boxes now
is not that of a rule which kept 100. A changed number that changes nothing in any list is not seen here.
How to fix: undo the change in the contract; record the case again only if the change is meant.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, golden_cases
from zoo_tools.checks.subjects import GoldenSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.evaluation.selection import breaches
from zoo_tools.inference.detections import from_golden


def run(subject: GoldenSubject, context: Context) -> Iterator[Finding]:
    """Hold both lists against both rules; each keeps to its own by the way it was made."""
    golden, seen, image = context.golden(subject), context.observation(subject), subject.case.image
    recorded, found = from_golden(golden.detections), seen.detections(image)
    for breach in breaches(recorded, seen.sight.contract, seen.prepared(image).placement):
        message = f"recorded on {image}, {breach.shown}; by the contract {breach.rule}"
        yield _error(subject, breach.key, message)
    for breach in breaches(found, golden.contract, seen.prepared(image, golden.contract).placement):
        message = f"now {breach.shown} on {image}; where the case was recorded, {breach.rule}"
        yield _error(subject, breach.key, message)


def _error(subject: GoldenSubject, key: tuple[str, str], message: str) -> Finding:
    at = subject.entry.locate(("contracts", subject.contract_id, *key))
    return CHECK.error(subject, message, fix=f"undo the change of `{'.'.join(key)}`, or record the case again", at=at)


CHECK = Check("golden-selection", Level.RUN, golden_cases, run)
