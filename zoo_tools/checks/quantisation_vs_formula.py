"""The input tensor's quantisation does what the contract's normalisation says.

Why: where the scale and zero point of the input do the normalisation, a caller feeds pixel bytes as they are; if the
formula beside it says something else (127.5 for 1/127.5 is a published example), whoever follows it is wrong.
How to fix: derive factor and offset from the file: a = scale, b = -scale * zero point, within one step.
"""

from collections.abc import Iterator
from fractions import Fraction

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.model_facts import ModelFacts


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare both over the declared range of pixel values; they may differ by one quantisation step."""
    facts = context.facts(subject)
    rule = subject.contract.preprocess.normalise
    if rule.applied == "graph":
        yield from _graph(subject, facts)
    if rule.applied != "quantisation":
        raise Skip(f"the {rule.applied} normalises; the tensor's quantisation is another step")
    if not facts.inputs and not facts.outputs:
        raise Skip(f"{facts.format} files name no inputs and outputs")
    held = facts.inputs[0].quantization if facts.inputs else None
    at = subject.entry.locate(("contracts", subject.contract_id, "preprocess", "normalise"))
    if held is None or facts.inputs[0].dtype != "uint8":
        message = (
            "normalisation is said to be done by the input's quantisation; the file's input is not quantised uint8"
        )
        yield CHECK.error(subject, message, fix="write `in: host`", at=at)
        return
    if list(subject.contract.input.range) != [0, 255]:
        low, high = subject.contract.input.range
        message = f"pixels are said to reach from {low} to {high}, and the file's input takes their bytes, 0 to 255"
        here = subject.entry.locate(("contracts", subject.contract_id, "input", "range"))
        yield CHECK.error(subject, message, fix="write `range: [0, 255]`", at=here)
    scale, zero_point = Fraction(held.scales[0]), held.zero_points[0]
    # Both are straight lines, so they are farthest apart at one end of the range.
    ends = [Fraction(bound) for bound in subject.contract.input.range]
    points = [(a, b, x) for a, b in rule.values(subject.contract.input.channels) for x in ends]
    a, b, worst = max(points, key=lambda at: abs(at[0] * at[2] + at[1] - (at[2] - zero_point) * scale))
    said, done = a * worst + b, (worst - zero_point) * scale
    if abs(said - done) > scale:
        message = (
            f"pixel {worst} becomes {float(said):.4f} by the formula x * {_shown(rule.a, a)} + {_shown(rule.b, b)}, "
            f"and {float(done):.4f} by the file's scale {held.scales[0]} and zero point {zero_point}"
        )
        fix = f"write a: {held.scales[0]} and b: {float(-scale * zero_point):.6g}, or their exact fractions"
        yield CHECK.error(subject, message, fix=fix, at=at)


def _graph(subject: ArtifactSubject, facts: ModelFacts) -> Iterator[Finding]:
    """Compare what the graph reads, where it is said to normalise pixels that go in as they are."""
    held = facts.inputs[0].quantization if facts.inputs else None
    if held is None or facts.inputs[0].dtype != "uint8" or (held.scales[0], held.zero_points[0]) == (1, 0):
        return
    message = (
        f"the graph is said to normalise pixels, and the input's scale {held.scales[0]} and zero point "
        f"{held.zero_points[0]} have done something to them before"
    )
    at = subject.entry.locate(("contracts", subject.contract_id, "preprocess", "normalise", "in"))
    yield CHECK.error(subject, message, fix="write `in: quantisation`", at=at)


def _shown(stated: str | list[str], value: Fraction) -> str:
    return str(value) if isinstance(stated, list) else stated


CHECK = Check("quantisation-vs-formula", Level.FILES, pinned_artifacts, run)
