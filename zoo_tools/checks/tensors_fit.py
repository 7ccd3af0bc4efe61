"""The declared tensors are ones that the contract's decoder can read: their roles, levels, shapes and number formats.

Why: a decoder that needs a box for every score gets them from tensors of equal length, one for each of its priors.
Where two of the numbers disagree, one of them was typed, and that is seen before any file is there.
How to fix: compare the shapes with the file (`zoo_tools inspect`), and the priors with the configuration they are from.
"""

from collections.abc import Iterator, Mapping

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import ArtifactSubject, Subject
from zoo_tools.domain.address import Path
from zoo_tools.domain.decoding import (
    AnchorTensorCentreVariance,
    AnchorTensorCornerOffsets,
    DecodedBoxes,
    DecoderSpec,
    DetectionOutput,
    Mmdeploy,
    PriorBoxCentreVariance,
    TfDetectionApi,
)
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import TensorSpec

Shape = tuple[int | str, ...]
"""What a decoder reads: numbers, and words that stand for one size wherever they stand."""

_INTEGERS = frozenset({"uint8", "int8", "int16", "int32", "int64"})
_WHOLE = frozenset({"labels", "count"})
"""Roles that are whole numbers in any format."""
_FIX = "compare it with the file and with the contract"


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Hold the tensors of every artifact against its decoder.

    It is asked of the model, so that what it finds keeps nobody from asking the files, which know better.
    """
    for artifact in context.artifacts:
        if artifact.artifact.tensors is not None and artifact.contract_id in subject.manifest.contracts:
            yield from _artifact(artifact)


def _artifact(subject: ArtifactSubject) -> Iterator[Finding]:
    expected, specs = _expected(subject.contract.decode, subject), subject.tensor_specs
    held = {spec.slot for spec, path in specs if path[1] == "outputs"}
    for slot in [slot for slot in expected if slot not in held]:
        message = f"`{subject.contract.decode.type}` reads `{slot}`, and no output has that role"
        at = subject.at("tensors", "outputs")
        yield CHECK.error(subject, message, fix="mend role and level of the outputs", at=at)
    sizes: dict[str, tuple[int | str, str]] = {}
    for spec, path in specs:
        yield from _format(subject, spec, path)
        shape = _image(subject) if path[1] == "inputs" else expected.get(spec.slot)
        if shape is None or (path[1] == "inputs") != (spec.role == "image"):
            reads = "an image" if path[1] == "inputs" else f"`{'`, `'.join(expected)}`"
            message = f"`{spec.name}` is declared as `{spec.slot}`, the contract reads {reads} there"
            yield CHECK.error(subject, message, fix="mend role and level", at=subject.at(*path, "role"))
            continue
        for problem in _problems(spec, shape, sizes):
            yield CHECK.error(subject, problem, fix=_FIX, at=subject.at(*path, "shape"))


def _image(subject: ArtifactSubject) -> Shape:
    return (
        ("batch", "height", "width", 3) if subject.contract.input.layout == "NHWC" else ("batch", 3, "height", "width")
    )


def _expected(decode: DecoderSpec, subject: ArtifactSubject) -> Mapping[str, Shape]:
    """Return what a decoder reads, by role and level."""
    match decode:
        case AnchorTensorCornerOffsets() | AnchorTensorCentreVariance():
            rows: Shape = ("batch", "anchors", 4)
            return {"scores": ("batch", "anchors", "columns"), "offsets": rows, "anchors": rows}
        case DecodedBoxes():
            return {"scores": ("batch", "boxes", "columns"), "boxes": ("batch", "boxes", 4)}
        case DetectionOutput():
            return {"detections": ("one", "two", "rows", 7)}
        case TfDetectionApi():
            row: Shape = ("batch", "boxes")
            return {"boxes": (*row, 4), "labels": row, "scores": row, "count": ("batch",)}
        case Mmdeploy():
            return {"detections": ("batch", "boxes", 5), "labels": ("batch", "boxes")}
        case PriorBoxCentreVariance():
            return _by_level(decode) if _has_levels(subject) else _of_all_priors(decode)


def _has_levels(subject: ArtifactSubject) -> bool:
    tensors = subject.artifact.tensors
    return tensors is not None and any(spec.level is not None for spec in tensors.outputs)


def _of_all_priors(decode: PriorBoxCentreVariance) -> Mapping[str, Shape]:
    count = decode.priors.count
    return {"scores": ("batch", count, "columns"), "offsets": ("batch", count, 4)}


def _by_level(decode: PriorBoxCentreVariance) -> Mapping[str, Shape]:
    shapes: dict[str, Shape] = {}
    for number, level in enumerate(decode.priors.levels):
        if decode.layout == "rows":
            shapes[f"scores.{number}"] = ("batch", level.count, "columns")
            shapes[f"offsets.{number}"] = ("batch", level.count, 4)
        else:
            shapes[f"scores.{number}"] = ("batch", f"{level.per_cell} * columns", *level.map)
            shapes[f"offsets.{number}"] = ("batch", 4 * level.per_cell, *level.map)
    return shapes


def _problems(spec: TensorSpec, shape: Shape, sizes: dict[str, tuple[int | str, str]]) -> Iterator[str]:
    """Yield in what a declared shape is not the one that is read; sizes found so far are kept with their tensor."""
    read = f"[{', '.join(map(str, shape))}]"
    if len(spec.shape) != len(shape):
        yield f"`{spec.name}` has {len(spec.shape)} dimensions, the contract reads {spec.slot} as {read}"
        return
    for place, (held, wanted) in enumerate(zip(spec.shape, shape, strict=True)):
        if isinstance(wanted, int):
            if isinstance(held, int) and held != wanted:
                yield f"dimension {place} of `{spec.name}` is {held}, the contract reads {spec.slot} as {read}"
            continue
        times, _, word = wanted.rpartition(" * ")
        size = held // int(times) if times and isinstance(held, int) else held
        if times and isinstance(held, int) and held % int(times):
            yield f"dimension {place} of `{spec.name}` is {held}, no multiple of the {times} boxes of a cell"
            continue
        known, of = sizes.setdefault(word, (size, spec.name))
        if known != size:
            yield f"dimension {place} of `{spec.name}`, its {word}, is {size}; in `{of}` it is {known}"


def _format(subject: ArtifactSubject, spec: TensorSpec, path: Path) -> Iterator[Finding]:
    """Tell of numbers nobody can read: whole ones without scale, and real ones with one."""
    is_whole = spec.dtype in _INTEGERS
    if is_whole and spec.quantisation is None and spec.role not in {*_WHOLE, "image"}:
        message = f"`{spec.name}` is declared as {spec.dtype} without `quantisation`; its values would mean nothing"
        yield CHECK.error(subject, message, fix="mend the dtype, or add `quantisation:`", at=subject.at(*path, "dtype"))
    elif not is_whole and spec.quantisation is not None:
        message = f"`{spec.name}` is declared as {spec.dtype} with `quantisation`, which whole numbers have"
        yield CHECK.error(subject, message, fix="mend the dtype, or remove it", at=subject.at(*path, "dtype"))
    elif spec.role == "image" and subject.contract.preprocess.normalise.applied == "quantisation" and not is_whole:
        message = f"`{spec.name}` is declared as {spec.dtype}, and the contract normalises by its quantisation"
        yield CHECK.error(subject, message, fix="mend the dtype or the contract", at=subject.at(*path, "dtype"))


CHECK = Check("tensors-fit", Level.STATIC, models, run)
