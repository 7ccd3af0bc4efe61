"""The runtime that is said to run the file has every operator of it, in the version the file asks for.

Why: a converter writes the newest version of an operator that a layer needs, and an older runtime then refuses the
file: a board whose runtime is older than `runtime.oldest` is served by nothing else than this check. A custom operator
is in no release; whoever runs the file has to bring it along, and should know that before.
How to fix: raise `runtime.oldest` to the release that the message names, list custom operators under
`runtime.custom_operators`, or convert the file again for the older runtime.
"""

from collections.abc import Iterator
from typing import NamedTuple

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.operator_releases import (
    ONNX_DOMAINS,
    ONNXRUNTIME_NEWEST,
    TFLITE_CUSTOM,
    TFLITE_NEWEST,
    Release,
    onnxruntime_release,
    release,
    text_of,
    tflite_release,
)
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import RUNTIME_FORMATS
from zoo_tools.domain.model_facts import OperatorFacts

_TITLES = {"tflite": "TensorFlow Lite", "onnx": "ONNX Runtime"}
_NEWEST = {"tflite": TFLITE_NEWEST, "onnx": ONNXRUNTIME_NEWEST}
_CUSTOM = "CUSTOM:"


class RuntimeNeeds(NamedTuple):
    """What the operators of a file ask of the runtime its format is made for."""

    name: str
    oldest: str | None
    """The oldest release that has them all; None where no known release has."""
    custom: list[str]
    """Operators that no release has."""


def oldest_runtime(format: str, operators: tuple[OperatorFacts, ...]) -> RuntimeNeeds | None:
    """Look up what operators need; None of formats that no runtime's releases are known for, and of no operators."""
    name = next((name for name, made_for in RUNTIME_FORMATS.items() if made_for == format), None)
    if name is None or not operators:
        return None
    custom = sorted({one for operator in operators if (one := _custom_name(operator, format)) is not None})
    counted = [one for one in operators if not one.name.startswith(_CUSTOM) and one.domain in ("", "ai.onnx")]
    first = [_first(operator, format) for operator in counted]
    known = [release for release in first if release is not None]
    is_known = known and len(known) == len(first)
    return RuntimeNeeds(name, text_of(max(known)) if is_known else None, custom)


def of_a_runtime(context: Context) -> Iterator[ArtifactSubject]:
    """Select the pinned artifacts of formats that a runtime's releases are known for."""
    for subject in pinned_artifacts(context):
        if subject.artifact.format in RUNTIME_FORMATS.values():
            yield subject


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Look up every operator of the file."""
    facts, artifact = context.facts(subject), subject.artifact
    if not facts.operators:
        raise Skip("the file holds no operators")
    yield from _custom(subject, facts.operators)
    oldest = release(artifact.runtime.oldest) if artifact.runtime and artifact.runtime.oldest else None
    title, newest = _TITLES[artifact.format], _NEWEST[artifact.format]
    at = subject.at("runtime", "oldest") if oldest else subject.at("format")
    needed: dict[str, Release] = {}
    unknown: set[str] = set()
    for operator in facts.operators:
        if operator.name.startswith(_CUSTOM) or operator.domain not in ("", "ai.onnx"):
            continue  # custom, or counted in versions of its own
        first, words = _first(operator, artifact.format), _words(operator, artifact.format)
        if first is not None:
            needed[words] = first
        elif words not in unknown and (oldest is None or oldest <= newest):
            unknown.add(words)
            message = f"{words} is in no release of {title} up to {text_of(newest)}"
            fix = "state the later release that has it as `runtime.oldest`, or convert the model again"
            yield CHECK.error(subject, message, fix=fix, at=at)
    too_new = [words for words, first in needed.items() if oldest is not None and first > oldest]
    if too_new and oldest is not None:
        words = max(too_new, key=lambda one: needed[one])
        first = needed[words]
        more = f" (and {len(too_new) - 1} more operators are newer than {text_of(oldest)})" if too_new[1:] else ""
        message = f"{title} {text_of(oldest)} is said to run the file; {words} came with {text_of(first)}{more}"
        yield CHECK.error(subject, message, fix=f"write {text_of(first)}", at=at)


def _words(operator: OperatorFacts, format: str) -> str:
    """Name what a release has to have: an operator in its version, or the set that a whole ONNX file counts by."""
    return f"operator set {operator.version}" if format == "onnx" else f"{operator.name} in version {operator.version}"


def _first(operator: OperatorFacts, format: str) -> Release | None:
    if operator.version is None:
        return None
    if format == "tflite":
        return tflite_release(operator.name, operator.version)
    return onnxruntime_release(operator.version)


def _custom_name(operator: OperatorFacts, format: str) -> str | None:
    """Return the name of an operator that whoever runs the file has to bring along; None of all others."""
    if format == "tflite":
        name = operator.name.removeprefix(_CUSTOM)
        return name if operator.name.startswith(_CUSTOM) and name not in TFLITE_CUSTOM else None
    return None if operator.domain in ONNX_DOMAINS else f"{operator.domain}::{operator.name}"


def _custom(subject: ArtifactSubject, operators: tuple[OperatorFacts, ...]) -> Iterator[Finding]:
    artifact = subject.artifact
    stated = artifact.runtime.custom_operators if artifact.runtime else []
    held = sorted({name for one in operators if (name := _custom_name(one, artifact.format)) is not None})
    for name in held:
        if name not in stated:
            message = f"the file calls the custom operator {name}, which no release of {_TITLES[artifact.format]} has"
            fix = f"list {name} under `runtime.custom_operators`, or convert the model without it"
            yield CHECK.error(subject, message, fix=fix, at=subject.at("format"))
    for i, name in enumerate(stated):
        if name not in held:
            message = f"{name} is listed as a custom operator; the file's are {', '.join(held) or 'none'}"
            yield CHECK.error(subject, message, fix="remove it", at=subject.at("runtime", "custom_operators", i))


CHECK = Check("operators-supported", Level.FILES, of_a_runtime, run)
