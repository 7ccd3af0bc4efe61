"""The int8 file sees what the float file it was made of sees.

Why: quantisation costs a little accuracy; an int8 file that misses what its float sibling is sure of was calibrated on
other pictures or other preprocessing, or is another network. Both are of one variant and one release (up to the first
comma of it) and are run by the references of their formats, each by its own contract, on the variant's golden pictures.
Of detections, float ones from 0.7 are found with an overlap of 0.7 and a score within 0.15, and nothing from 0.8 is
new: several times what runtimes differ by.
How to fix: quantise the float file again, or say on the artifact what it was made of.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.engines import settings_or_none
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.golden import Tolerance
from zoo_tools.evaluation.agreement import Words, disagreements

TOLERANCE = Tolerance(
    min_iou=Decimal("0.7"), max_score_difference=Decimal("0.15"), min_score=Decimal("0.7"), extra_score=Decimal("0.8")
)


def of_integers(context: Context) -> Iterator[ArtifactSubject]:
    """Select the pinned artifacts that compute in integers and are run."""
    for subject in pinned_artifacts(context):
        artifact = subject.artifact
        is_run = artifact.tensors is not None and settings_or_none(artifact, context.engines)
        if is_run and artifact.precision.activations not in ("float32", "float16"):
            yield subject


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare detections on the golden pictures."""
    sibling = _sibling(subject, context)
    whole, seen = context.observation_beside(sibling), context.observation(subject)
    if not seen.sight.pictures:
        raise Skip("the variant has no golden picture to compare detections on")
    words = Words(
        f"is seen by {sibling.artifact.id} and not by {subject.artifact.id}",
        f"is seen by {subject.artifact.id} and not by {sibling.artifact.id}",
    )
    for name in seen.sight.pictures:
        wrong = disagreements(whole.detections(name), seen.detections(name), TOLERANCE, words=words)
        if wrong:
            message = f"detections on {name} are not those of `{sibling.artifact.id}`: {'; '.join(wrong)}"
            fix = "quantise that file again with its own preprocessing, or mend what is said of the two"
            yield CHECK.warning(subject, message, fix=fix, at=subject.at("precision"))


def _sibling(subject: ArtifactSubject, context: Context) -> ArtifactSubject:
    """Return the float artifact that is run and is of the same variant and release.

    Raises:
        Skip: there is none.
    """
    for one in pinned_artifacts(context):
        artifact = one.artifact
        is_run = artifact.tensors is not None and settings_or_none(artifact, context.engines)
        is_float = artifact.precision.activations == artifact.precision.weights == "float32"
        is_beside = one.variant.id == subject.variant.id and _release(one) == _release(subject)
        if is_run and is_float and is_beside:
            return one
    raise Skip("no float artifact of its variant and release is run")


def _release(subject: ArtifactSubject) -> str:
    return subject.artifact.release.partition(",")[0]


CHECK = Check("precisions-agree", Level.RUN, of_integers, run)
