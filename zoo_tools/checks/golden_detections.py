"""The model still detects what was recorded.

Why: this is what a user gets. The reference decoder runs the file by its contract, in the reference setting of its
format and, where that runtime has one, with its delegate. Under an equal engine, version, delegate and CPU class the
whole list of detections is equal; otherwise every recorded detection is found again and nothing strong is new, within
the tolerance. Other runtimes are compared by `engines-agree`; where only such a one is asked for (`--engine`), an int8
model that differs in it is warned about, because rounding is every runtime's own.
How to fix: undo what changed in the contract or the file; record the case again only if the change is meant.
"""

from collections.abc import Iterator, Sequence

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context
from zoo_tools.checks.engines import settings_or_none
from zoo_tools.checks.subjects import GoldenSubject, golden_subjects
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Artifact
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import ModelRunError
from zoo_tools.evaluation.agreement import differences, disagreements
from zoo_tools.inference.detections import from_golden

SHOWN = 3
"""Differences named in one message."""


def by_setting(context: Context) -> Iterator[GoldenSubject]:
    """Select every golden case in its reference setting and, where that engine has one, with its delegate."""

    def settings(artifact: Artifact) -> Sequence[Setting | None]:
        found = settings_or_none(artifact, context.engines)
        return [setting for setting in found if setting.engine == found[0].engine] or [None]

    yield from golden_subjects(context.entry, settings)


def run(subject: GoldenSubject, context: Context) -> Iterator[Finding]:
    """Compare the detections, exactly where the environment is equal, else by the case's tolerance."""
    golden = context.golden(subject)
    seen = context.observation(subject, setting=subject.setting)
    image, at = subject.case.image, subject.at("file")
    if seen.input_digest(image) != golden.input_sha256:
        message = f"the input tensor made of {image} is not the recorded one; it is equal on every machine"
        fix = "undo the change of colour order, resize or normalisation in the contract"
        preprocess = subject.entry.locate(("contracts", subject.contract_id, "preprocess"))
        yield CHECK.error(subject, message, fix=fix, at=preprocess)
    try:
        found, recorded = seen.detections(image), from_golden(golden.detections)
    except ModelRunError as error:
        decode = subject.entry.locate(("contracts", subject.contract_id, "decode"))
        yield CHECK.error(subject, error.message, fix=error.fix or "mend the contract", at=decode)
        return
    if seen.environment == golden.environment:
        wrong = differences(recorded, found)
    else:
        wrong = disagreements(recorded, found, subject.case.tolerance)
    if wrong:
        more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
        message = f"detections on {image} are not those recorded: {'; '.join(wrong[:SHOWN])}{more}"
        is_rounded = subject.artifact.precision.activations != "float32"
        other = is_rounded and seen.environment.engine != golden.environment.engine
        tell = CHECK.warning if other else CHECK.error
        yield tell(subject, message, fix="undo what changed, or record the case again", at=at)


CHECK = Check("golden-detections", Level.RUN, by_setting, run)
