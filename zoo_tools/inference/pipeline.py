"""From picture to detections around a run of the model: prepare, run elsewhere, decode, select, map back.

A `Recipe` is the contract as someone implements it; the right one and every wrong one of `mutations` go the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.decoding import Contract, Role, Select, SelectInGraph
from zoo_tools.errors import ModelRunError
from zoo_tools.inference import decoders
from zoo_tools.inference.boxes import Boxes, clipped
from zoo_tools.inference.candidates import level_sizes, within_levels
from zoo_tools.inference.decoders.outputs import Decoded, Listed, Outputs
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.nms import best_first, select
from zoo_tools.inference.placement import Placement
from zoo_tools.inference.preprocess import Prepared, prepare
from zoo_tools.inference.quantize import dequantize
from zoo_tools.inference.tensors import TensorInfo, name_text

__all__ = ["Decoded", "Listed", "Prepared", "Recipe", "by_role", "decode", "detect", "prepare", "real_values"]

Slot = TypeVar("Slot", bound=str)
"""A role, or role and level such as `scores.0` where several outputs share a role."""

_COUNTED = ("labels", "count")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a picture becomes detections: the contract, and two things that only a mistake changes."""

    contract: Contract
    undo_placement: bool = True
    """Whether boxes are mapped back through the padding of a letterbox."""
    swap_roles: tuple[Role, Role] | None = None
    """Two outputs taken for each other."""

    def same_input(self, other: "Recipe") -> bool:
        """Whether both make the same input tensor, so that one run of the model serves both."""
        mine, theirs = self.contract, other.contract
        return (mine.input, mine.preprocess) == (theirs.input, theirs.preprocess)


def by_role(outputs: Mapping[str, NDArray[np.generic]], roles: Mapping[Slot, str]) -> dict[Slot, NDArray[np.generic]]:
    """Return outputs, given by the name of the tensor, by their role.

    Args:
        outputs: what a run gave.
        roles: the tensor's name for each role.

    Raises:
        ModelRunError: the model has no output of that name.
    """
    absent = sorted(name_text(name) for name in roles.values() if name not in outputs)
    if absent:
        held = ", ".join(map(name_text, outputs))
        raise ModelRunError(
            f"The model has no output {', '.join(absent)}; its outputs are {held}.",
            fix="Correct the names in the artifact's `tensors`.",
        )
    return {role: outputs[name] for role, name in roles.items()}


def real_values(
    raw: Mapping[Slot, NDArray[np.generic]], roles: Mapping[Slot, str], outputs: Sequence[TensorInfo]
) -> dict[Slot, NDArray[np.generic]]:
    """Return outputs with stored integers as real values; floats pass unchanged, and so do integers that count.

    Args:
        raw: outputs by role.
        roles: the tensor's name for each role.
        outputs: what the runtime says of the tensors.
    """
    infos = {info.name: info for info in outputs}
    return {
        role: _real(array, infos[roles[role]], counts=role in _COUNTED)
        if np.issubdtype(array.dtype, np.integer)
        else array
        for role, array in raw.items()
    }


def _real(stored: NDArray[np.generic], info: TensorInfo, *, counts: bool) -> NDArray[np.generic]:
    return stored if counts and info.quantization is None else dequantize(stored, info)


def decode(raw: Mapping[Slot, NDArray[np.generic]], recipe: Recipe, placement: Placement) -> Decoded | Listed:
    """Return the boxes of a run in fractions of the network's input, before clipping and selection.

    Raises:
        ModelRunError: the outputs do not fit the contract.
    """
    tensors: dict[str, NDArray[np.generic]] = dict(raw.items())
    if recipe.swap_roles is not None:
        one, other = recipe.swap_roles
        taken_for: dict[str, str] = {one: other, other: one}
        tensors = {taken_for.get(role, role): array for role, array in raw.items()}
    # Wrong files and wrong recipes overflow: infinity is then the value to be seen and reported, not a warning.
    with np.errstate(over="ignore", invalid="ignore"):
        return decoders.decode(Outputs(tensors, placement.network), recipe.contract.decode)


def detect(raw: Mapping[Slot, NDArray[np.generic]], recipe: Recipe, placement: Placement) -> Detections:
    """Return what the model found, best first, in pixels of the picture.

    Args:
        raw: real-valued outputs by role.
        recipe: how they are read.
        placement: where the picture lies in the input, from `prepare`.

    Raises:
        ModelRunError: the outputs do not fit the contract.
    """
    decoded = decode(raw, recipe, placement)
    boxes = clipped(decoded.boxes) if recipe.contract.decode.clip else decoded.boxes
    rows, scores, class_ids = _chosen(decoded, boxes, recipe.contract)
    mapping = placement if recipe.undo_placement else placement.not_undone()
    with np.errstate(over="ignore", invalid="ignore"):
        mapped = mapping.to_picture(boxes[rows])
    return Detections(mapped, scores, class_ids)


def _chosen(
    decoded: Decoded | Listed, boxes: Boxes, contract: Contract
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.int64]]:
    """Return the rows that are detections, best first, with their scores and class ids."""
    rule = contract.select
    match decoded, rule:
        case Decoded(), Select():
            scores = within_levels(decoded.scores, rule, level_sizes(contract.decode))
            kept = select(boxes, scores, rule)
            return kept.anchors, decoded.scores[kept.anchors, kept.class_ids], kept.class_ids.astype(np.int64)
        case Listed(), SelectInGraph():
            rows = best_first(decoded.scores, rule)
            return rows, decoded.scores[rows], decoded.class_ids[rows]
    raise ModelRunError(
        f"The decoder does not go with nms `{rule.nms}`: boxes are suppressed either in the graph or behind it.",
        fix="Correct `select` in the contract.",
    )
