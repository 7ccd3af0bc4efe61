"""A network that is given with and without the decoding of boxes in its graph decodes to the same boxes either way.

Why: two implementations that know nothing of each other, the publisher's in the graph and the reference decoder here,
prove each other and every number of the contract: order, variances, priors, clipping. The artifact that decodes names
the other one as `decoded_form_of`. Boxes and scores of every anchor are compared row by row, on the golden pictures and
the probes: 0.00001 of the picture where both files compute in floats; where one computes in integers two steps of its
box output's quantisation, or 2/255 of the picture where that output is given as float. Where the graph suppresses too,
the detections are compared, with an overlap of 0.99 and a score within 0.001.
How to fix: mend priors, variances or order in the contract of the artifact without decoding; the message names the
worst row.
"""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.observation import Observation
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.decoding import DecodedBoxes, ListingDecoder
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.golden import Tolerance
from zoo_tools.errors import ModelRunError
from zoo_tools.evaluation.agreement import Words, disagreements
from zoo_tools.evaluation.tensors import farthest
from zoo_tools.inference.decoders.outputs import Decoded

FLOAT = 1e-5
STEPS = 2
GRID = 1 / 255
"""Step of a box in fractions of the picture, of an integer file that gives it as float."""
LISTED = Tolerance(
    min_iou=Decimal("0.99"), max_score_difference=Decimal("0.001"), min_score=Decimal("0.2"), extra_score=Decimal("0.3")
)
_FIX = "mend priors, variances or order in the contract of the artifact without decoding"


def decoded_forms(context: Context) -> Iterator[ArtifactSubject]:
    """Select the artifacts that say they are the decoded form of another one."""
    for subject in pinned_artifacts(context):
        if subject.artifact.decoded_form_of is not None:
            yield subject


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare what the graph decodes with what is decoded here."""
    at = subject.at("decoded_form_of")
    raw = _raw(subject, context)
    if isinstance(raw.contract.decode, ListingDecoder | DecodedBoxes) or not isinstance(
        subject.contract.decode, ListingDecoder | DecodedBoxes
    ):
        message = (
            f"`{subject.artifact.id}` is called the decoded form of `{raw.artifact.id}`, and their contracts say "
            f"{subject.contract.decode.type} and {raw.contract.decode.type}; only the first should decode in its graph"
        )
        yield CHECK.error(subject, message, fix="turn the reference round, or mend the contracts", at=at)
        return
    ours, theirs = context.observation_beside(raw), context.observation(subject)
    try:
        messages = list(_compared(ours, theirs, _allowed(raw, ours), _allowed(subject, theirs)))
    except ModelRunError as error:
        yield CHECK.error(subject, error.message, fix=error.fix or _FIX, at=at)
        return
    for message in messages:
        yield CHECK.error(subject, message, fix=_FIX, at=at)


def _raw(subject: ArtifactSubject, context: Context) -> ArtifactSubject:
    for one in context.artifacts:
        if one.variant.id == subject.variant.id and one.artifact.id == subject.artifact.decoded_form_of:
            return one
    raise Skip("the artifact without decoding does not exist: see references-resolve")


def _allowed(subject: ArtifactSubject, seen: Observation) -> float:
    if subject.artifact.precision.activations in ("float32", "float16"):
        return FLOAT
    boxes = seen.roles.get("boxes", seen.roles.get("detections"))
    steps = [one.quantization.scales[0] for one in seen.outputs if one.name == boxes and one.quantization is not None]
    return STEPS * (steps[0] if steps else GRID)


def _compared(ours: Observation, theirs: Observation, *allowed: float) -> Iterator[str]:
    within = max(allowed)
    worst: dict[str, tuple[float, str]] = {}
    for name in theirs.pictures:
        mine, graphs = ours.decoded(name), theirs.decoded(name)
        if not isinstance(mine, Decoded) or not isinstance(graphs, Decoded):
            yield from _listed(name, ours, theirs)
            continue
        for what, one, other in (("box", mine.boxes, graphs.boxes), ("score", mine.scores, graphs.scores)):
            if one.shape != other.shape:
                shapes = " x ".join(map(str, other.shape)), " x ".join(map(str, one.shape))
                yield f"the graph gives {shapes[0]} {what} values on {name}, decoded here are {shapes[1]}"
                return
            apart = farthest(one, other, within=within, relative=False)
            if apart.excess > max(1.0, worst.get(what, (0.0, ""))[0]):
                row = apart.index[0]
                worst[what] = (
                    apart.excess,
                    f"{what} of row {row} on {name} is {_shown(other[row])} by the graph and {_shown(one[row])} "
                    f"decoded here, {apart.difference:.2g} apart; at most {within:.2g} is allowed",
                )
    yield from (sentence for _, sentence in worst.values())


def _listed(name: str, ours: Observation, theirs: Observation) -> Iterator[str]:
    words = Words("is decoded here and not listed by the graph", "is listed by the graph and not decoded here")
    wrong = disagreements(ours.detections(name), theirs.detections(name), LISTED, words=words)
    if wrong:
        yield f"detections on {name} are not the same: {'; '.join(wrong)}"


def _shown(values: NDArray[np.float32]) -> str:
    return f"({', '.join(f'{value:.5f}' for value in values[:6])}{', …' if len(values) > 6 else ''})"


CHECK = Check("decoder-oracle", Level.RUN, decoded_forms, run)
