"""Another runtime sees in the file what the reference sees.

Why: a model that only one runtime reads as meant is a trap for whoever deploys it by another one, and two runtimes
that agree vouch for each other. Of a float model every output is compared, on the golden pictures and the probes: a
value may differ by 0.001, or by a thousandth of itself where it is beyond 1. Int8 models round in each runtime's own
way and are compared by their detections on the golden pictures, within the case's tolerance: a difference is a warning
there. So are lists of detections, whose rows change places, with an overlap of 0.99 and a score within 0.001.
A runtime that is not installed is skipped, unless `--engine` asks for it. Delegates of the reference's own runtime are
compared by `golden-detections`.
How to fix: find out which of the two is wrong; note on the artifact what other runtimes make of it.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.engines import settings_or_none
from zoo_tools.checks.observation import Observation
from zoo_tools.checks.subjects import SettingSubject
from zoo_tools.domain.decoding import ListingDecoder
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.golden import Tolerance
from zoo_tools.errors import ModelRunError
from zoo_tools.evaluation.agreement import Words, disagreements
from zoo_tools.evaluation.tensors import Apart, farthest

WITHIN = 0.001
LISTED = Tolerance(
    min_iou=Decimal("0.99"), max_score_difference=Decimal("0.001"), min_score=Decimal("0.2"), extra_score=Decimal("0.3")
)
"""Of float lists: the tensors hold the same rows, perhaps in another order."""
_FIX = "find out which of the two is wrong, and note it on the artifact"


def other_engines(context: Context) -> Iterator[SettingSubject]:
    """Select every pinned artifact in each setting of another engine than its reference's."""
    for one in pinned_artifacts(context):
        settings = settings_or_none(one.artifact, context.engines)
        for setting in settings[1:]:
            if setting.engine != settings[0].engine:
                yield SettingSubject(one.entry, one.path, one.name, one.variant, one.artifact, setting)


def run(subject: SettingSubject, context: Context) -> Iterator[Finding]:
    """Compare what the reference gave with what this setting gives."""
    reference = context.observation(subject)
    is_float = subject.artifact.precision.activations == "float32"
    tell = CHECK.error if is_float else CHECK.warning
    try:
        other = context.observation(subject, setting=subject.setting)
        if is_float and not isinstance(subject.contract.decode, ListingDecoder):
            messages = list(_tensors(reference, other))
        else:
            messages = list(_detections(subject, context, reference, other))
    except ModelRunError as error:
        message = f"{subject.setting} does not run what {reference.environment.engine} does: {error.message}"
        yield tell(subject, message, fix=_FIX, at=subject.at("sha256"))
        return
    for message in messages:
        yield tell(subject, message, fix=_FIX, at=subject.at("sha256"))


def _tensors(reference: Observation, other: Observation) -> Iterator[str]:
    first, second = reference.environment, other.environment
    raw = {name: (reference.real(name), other.real(name)) for name in reference.pictures}
    for slot, tensor in reference.roles.items():
        worst: tuple[Apart, str] | None = None
        for name, (ours, theirs) in raw.items():
            if ours[slot].shape != theirs[slot].shape:
                shapes = f"{list(theirs[slot].shape)} by {second.engine}, {list(ours[slot].shape)} by {first.engine}"
                yield f"`{tensor}` ({slot}) is {shapes}; the shapes should be equal"
                break
            apart = farthest(ours[slot], theirs[slot], within=WITHIN)
            if apart.excess > 1 and (worst is None or apart.excess > worst[0].excess):
                worst = apart, name
        if worst is not None:
            apart, name = worst
            values = f"{apart.other:.6g} by {second.engine} {second.version}, {apart.one:.6g} by {first.engine}"
            yield (
                f"`{tensor}` ({slot}) on {name} at {list(apart.index)} is {values} {first.version}; "
                f"they should differ by at most {WITHIN * max(1, abs(apart.one)):.3g}"
            )


def _detections(subject: SettingSubject, context: Context, reference: Observation, other: Observation) -> Iterator[str]:
    if not reference.sight.pictures:
        raise Skip("the variant has no golden picture to compare detections on")
    by, with_ = reference.environment.engine, other.environment.engine
    words = Words(f"is seen by {by} and not by {with_}", f"is seen by {with_} and not by {by}")
    is_float = subject.artifact.precision.activations == "float32"
    own = {case.case.image: case.case.tolerance for case in context.golden_of(subject)}
    for name in reference.sight.pictures:
        tolerance = LISTED if is_float else own.get(name, Tolerance())
        wrong = disagreements(reference.detections(name), other.detections(name), tolerance, words=words)
        if wrong:
            yield f"detections on {name} are not the same: {'; '.join(wrong)}"


CHECK = Check("engines-agree", Level.RUN, other_engines, run)
