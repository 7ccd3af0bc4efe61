"""How many classes a checkpoint was trained for, read from the shapes of its detection heads."""

import re
from collections.abc import Iterable

from zoo_tools.domain.model_facts import HeldTensor

# MMDetection's heads (a trailing index since its 2.14), and those of qfgaohao's SSD and what descends from it.
_HEADS = re.compile(
    r"(?:bbox_head\.(?P<kind>cls|reg)_convs|(?P<word>classification|regression)_headers)"
    r"\.(?P<level>\d+)(?:\.\d+)?\.weight"
)


def class_count(held: Iterable[HeldTensor]) -> int | None:
    """Return the number of classes, without the background.

    On each level a cell has A boxes: the last convolution for the classes has A * (classes + 1) rows, that for the
    offsets 4 * A.

    Args:
        held: the tensors of a state dict.

    Returns:
        The number, or None where the checkpoint has no such heads or its levels disagree.
    """
    rows: dict[str, dict[str, int]] = {"c": {}, "r": {}}
    for tensor in held:
        match = _HEADS.fullmatch(tensor.name)
        # The first convolution of a light head is depthwise: one column, and no rows for classes.
        if match and len(tensor.shape) == 4 and tensor.shape[1] != 1:
            rows[(match["kind"] or match["word"])[0]][match["level"]] = tensor.shape[0]
    if not rows["r"] or rows["c"].keys() != rows["r"].keys():
        return None
    counts = {_classes(rows["c"][level], offsets) for level, offsets in rows["r"].items()}
    return counts.pop() if len(counts) == 1 else None


def _classes(scores: int, offsets: int) -> int | None:
    boxes, odd = divmod(offsets, 4)
    if odd or not boxes or scores % boxes or scores <= boxes:
        return None
    return scores // boxes - 1
