"""Declared tensors against those of a file: names and order, shapes, dtypes, quantization."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest

from zoo_tools.checks.engines import settings_or_none
from zoo_tools.checks.subjects import ArtifactSubject, Skip
from zoo_tools.domain.address import Path
from zoo_tools.domain.manifest import Tensors, TensorSpec
from zoo_tools.domain.model_facts import ModelFacts, TensorFacts

SCALE_TOLERANCE = Decimal("1e-6")
"""Relative; scales are float32, printed in decimal."""

Difference = tuple[Path, str, str]
"""Where below the list of tensors, what is and what should be, how to fix it."""


def declared(subject: ArtifactSubject, facts: ModelFacts) -> Tensors | None:
    """Return the tensors an artifact declares; None where it should declare some and does not.

    Raises:
        Skip: its file names none, as a checkpoint does, or it is a file that nothing runs.
    """
    if not facts.inputs and not facts.outputs:
        raise Skip(f"{facts.format} files name no inputs and outputs")
    if subject.artifact.tensors is None and not settings_or_none(subject.artifact):
        raise Skip("the artifact declares no tensors, and nothing here runs it")
    return subject.artifact.tensors


def differences(specs: Sequence[TensorSpec], held: Sequence[TensorFacts], *, side: str) -> Iterator[Difference]:
    """Yield every way in which declared tensors are not the file's.

    Args:
        specs: as the manifest declares them.
        held: as the file holds them, in its order.
        side: `input` or `output`, for messages.
    """
    for i, (spec, fact) in enumerate(zip_longest(specs, held)):
        if fact is None:
            yield (i,), f"{side} `{spec.name}` is declared; the file has only {len(held)} {side}s", "remove it"
        elif spec is None:
            yield (), f"the file has {side} `{fact.name}`, which is not declared", f"add it as {side} {i + 1}"
        else:
            for path, message, fix in _tensor(spec, fact):
                yield (i, *path), message, fix


def shape_text(shape: Sequence[int | str | None]) -> str:
    """Return a shape as manifests write it; an open size is `?`."""
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def _tensor(spec: TensorSpec, fact: TensorFacts) -> Iterator[Difference]:
    if spec.name != fact.name:
        yield (
            ("name",),
            f"name is `{spec.name}`, the file's tensor at this place is `{fact.name}`",
            f"write `{fact.name}`",
        )
        return
    if fact.shape is not None and not _same_shape(spec.shape, fact.shape):
        is_, should = shape_text(spec.shape), shape_text(fact.shape)
        fix = "write the file's sizes, and a symbol such as batch for `?`"
        yield ("shape",), f"shape of `{spec.name}` is {is_}, the file has {should}", fix
    if spec.dtype != fact.dtype:
        yield ("dtype",), f"dtype of `{spec.name}` is {spec.dtype}, the file has {fact.dtype}", f"write {fact.dtype}"
    yield from _quantisation(spec, fact)


def _same_shape(declared: Sequence[int | str], held: Sequence[int | None]) -> bool:
    return len(declared) == len(held) and all(
        isinstance(size, str) if fact is None else size == fact for size, fact in zip(declared, held, strict=True)
    )


def _quantisation(spec: TensorSpec, fact: TensorFacts) -> Iterator[Difference]:
    stated, held = spec.quantisation, fact.quantization
    if held is None or len(held.scales) != 1:
        if stated is not None:
            message = f"quantisation of `{spec.name}` is declared, the file's tensor has none per tensor"
            yield ("quantisation",), message, "remove it"
        return
    scale, zero_point = Decimal(held.scales[0]), held.zero_points[0]
    if stated is None:
        message = (
            f"`{spec.name}` is quantised with scale {held.scales[0]} and zero point {zero_point}; none is declared"
        )
        yield (), message, "add `quantisation:`"
        return
    if abs(stated.scale - scale) > SCALE_TOLERANCE * scale:
        message = f"scale of `{spec.name}` is {stated.scale}, the file has {held.scales[0]}"
        yield ("quantisation", "scale"), message, f"write {held.scales[0]}"
    if stated.zero_point != zero_point:
        message = f"zero point of `{spec.name}` is {stated.zero_point}, the file has {zero_point}"
        yield ("quantisation", "zero_point"), message, f"write {zero_point}"
