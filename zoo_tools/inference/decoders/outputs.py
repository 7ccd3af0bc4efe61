"""What decoders take and give: output tensors by role, and boxes before clipping and selection."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import AnchorsSpec, BoxOrder, Role, ScoresSpec, Units
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.boxes import Boxes, from_order
from zoo_tools.inference.tensors import shape_text

_FIX = "Correct the roles of the outputs in `tensors`."

Shape = tuple[int | str, ...]
"""A shape that is expected: a word stands for a dimension of any size."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A box per anchor and its class probabilities.

    Args:
        boxes: (anchors, 4) float32 x1 y1 x2 y2 in fractions of the network's input; not clipped, corners as they come.
        scores: (anchors, classes) float32 without the background.
    """

    boxes: Boxes
    scores: NDArray[np.float32]

    @property
    def best(self) -> NDArray[np.float32]:
        """The highest score of each box, (anchors,)."""
        return np.asarray(self.scores.max(axis=1, initial=0))


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The detections that a graph lists after a suppression of its own, in its order.

    Args:
        boxes: (n, 4) float32 x1 y1 x2 y2 in fractions of the network's input; not clipped.
        scores: (n,) float32.
        class_ids: (n,) int64, from 0 without the background.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int64]

    @property
    def best(self) -> NDArray[np.float32]:
        """The score of each box, (n,)."""
        return self.scores


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """The outputs of one run as real values, by role.

    Args:
        tensors: role, or role and level such as `scores.0`, to array with a batch of 1.
        resolution: width and height of the network's input.
    """

    tensors: Mapping[str, NDArray[np.generic]]
    resolution: tuple[int, int]

    def anchors(self, spec: AnchorsSpec) -> Boxes:
        """Return the anchors' corners x1 y1 x2 y2 in fractions of the network's input."""
        return self.fractions(self.rows(spec.role, width=4), order=spec.order, units=spec.units)

    def fractions(self, corners: Boxes, *, order: BoxOrder, units: Units) -> Boxes:
        """Return corners, as a tensor holds them, as x1 y1 x2 y2 in fractions of the network's input."""
        boxes = from_order(corners, order)
        if units == "pixels":
            return np.divide(boxes, np.array(self.resolution * 2, np.float32), dtype=np.float32)
        return boxes

    def scores(self, spec: ScoresSpec) -> NDArray[np.float32]:
        """Return the class probabilities of every anchor, background removed."""
        return probabilities(self.rows(spec.role), spec)

    def rows(self, role: Role, *, width: int | None = None) -> NDArray[np.float32]:
        """Return the tensor of a role as (anchors, width) float32, its levels one below the other."""
        return stacked(role, self.floats(role, (1, "anchors", width or "classes")))

    def floats(self, role: Role, shape: Shape) -> list[NDArray[np.float32]]:
        """Return the tensors of a role, level by level, as float32 without the batch."""
        return [np.asarray(tensor[0], np.float32) for tensor in self._parts(role, shape, is_float=True)]

    def one(self, role: Role, shape: Shape) -> NDArray[np.float32]:
        """Return the only tensor of a role as float32 without the batch."""
        return stacked(role, self.floats(role, shape)[:1])

    def whole(self, role: Role, shape: Shape) -> NDArray[np.int64]:
        """Return the only tensor of a role, whole numbers stored in any type, as int64 without the batch."""
        return whole_numbers(self.numbers(role, shape), role)

    def numbers(self, role: Role, shape: Shape) -> NDArray[np.generic]:
        """Return the only tensor of a role as it is, of any type, without the batch."""
        return np.asarray(self._parts(role, shape, is_float=False)[0][0])

    def _parts(self, role: Role, shape: Shape, *, is_float: bool) -> list[NDArray[np.generic]]:
        parts = [self.tensors[role]] if role in self.tensors else self._levels(role)
        if not parts:
            raise ModelRunError(f"No output has the role `{role}`; the decoder needs it.", fix="Name it in `tensors`.")
        for tensor in parts:
            if not _fits(tensor, shape) or not np.issubdtype(tensor.dtype, np.floating if is_float else np.number):
                held, wanted = shape_text(tensor.shape), ", ".join(map(str, shape))
                raise ModelRunError(
                    f"The output of role `{role}` is {tensor.dtype} {held}; "
                    f"it should be {'float' if is_float else 'numbers'} ({wanted}).",
                    fix=_FIX,
                )
        return parts

    def _levels(self, role: Role) -> list[NDArray[np.generic]]:
        count = 0
        while f"{role}.{count}" in self.tensors:
            count += 1
        return [self.tensors[f"{role}.{level}"] for level in range(count)]


def probabilities(given: NDArray[np.float32], spec: ScoresSpec) -> NDArray[np.float32]:
    """Return class probabilities with the background removed; class ids are the columns that remain, from 0.

    Args:
        given: (anchors, classes), as the model gives them.
        spec: activation and background.
    """
    probable = _activated(given, spec)
    if spec.background == "none":
        return probable
    column = int(spec.background)
    if column >= given.shape[1]:
        raise ModelRunError(
            f"The background is column {column}, and the scores have columns 0 to {given.shape[1] - 1}.",
            fix="Correct `background` in the contract.",
        )
    return np.delete(probable, column, axis=1)


def stacked(role: Role, parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the levels of a role one below the other."""
    widths = [part.shape[1:] for part in parts]
    if len(set(widths)) > 1:
        held = ", ".join("x".join(map(str, width)) for width in widths)
        raise ModelRunError(f"The levels of `{role}` are {held} wide; the widths should be equal.", fix=_FIX)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def whole_numbers(values: NDArray[np.generic], role: Role) -> NDArray[np.int64]:
    """Return numbers of any type as int64; they must be whole."""
    exact = np.asarray(values, np.float64)
    if not ((exact == np.round(exact)) & (np.abs(exact) < 2**31)).all():
        raise ModelRunError(f"The output of role `{role}` holds numbers that are not whole; all should be.", fix=_FIX)
    return exact.astype(np.int64)


def class_ids(labels: NDArray[np.int64], first_label: int) -> NDArray[np.int64]:
    """Return labels as class ids from 0."""
    if labels.size and labels.min() < first_label:
        raise ModelRunError(
            f"A detection has the label {labels.min()}; the first label is said to be {first_label}.",
            fix="Correct `first_label` in the contract.",
        )
    return labels - first_label


def same_rows(**arrays: NDArray[np.generic]) -> None:
    """Refuse tensors, named by what they hold, that speak of different numbers of anchors."""
    counts = [len(array) for array in arrays.values()]
    if len(set(counts)) != 1:
        *names, last = arrays
        raise ModelRunError(
            f"{', '.join(names).capitalize()} and {last} hold {', '.join(map(str, counts))} rows; "
            "the numbers should be equal.",
            fix=_FIX,
        )


def _fits(tensor: NDArray[np.generic], shape: Shape) -> bool:
    return tensor.ndim == len(shape) and all(
        isinstance(size, str) or size == held for size, held in zip(shape, tensor.shape, strict=True)
    )


def _activated(scores: NDArray[np.float32], spec: ScoresSpec) -> NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):
        if spec.activation == "softmax":
            raised = np.exp(scores - scores.max(axis=1, keepdims=True))
            return np.asarray(raised / raised.sum(axis=1, keepdims=True))
        if spec.activation == "sigmoid":
            return np.asarray(np.float32(1) / (np.float32(1) + np.exp(-scores)))
    return scores
