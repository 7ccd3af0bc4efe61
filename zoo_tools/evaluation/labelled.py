"""Labelled pictures and what was found in them: the common form of every dataset format and every model.

Boxes are float64 x1 y1 x2 y2 in pixels of the picture; class ids are places in one list of names, from 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo_tools.inference.detections import Detections

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is in a picture.

    Args:
        boxes: (n, 4), x1 y1 x2 y2.
        class_ids: (n,).
        areas: (n,), the annotated area in square pixels, which may be that of an outline and not of the box.
        is_crowd: (n,), whether a box stands for many objects that nobody told apart (COCO).
        is_difficult: (n,), whether a box is not asked for (VOC).
    """

    boxes: Floats
    class_ids: Ids
    areas: Floats
    is_crowd: Flags
    is_difficult: Flags

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, rows: Flags | NDArray[np.intp]) -> "Truth":
        return Truth(
            self.boxes[rows], self.class_ids[rows], self.areas[rows], self.is_crowd[rows], self.is_difficult[rows]
        )


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture of a set: name within it, file, width and height in pixels, and what is in it."""

    name: str
    file: Path
    size: tuple[int, int]
    truth: Truth


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Pictures with the names that their class ids are places in."""

    names: Sequence[str]
    pictures: Sequence[LabelledPicture]
    missing: Sequence[str] = field(default=())
    """Names of a model's classes that the set never labels."""

    def for_labels(self, names: Sequence[str]) -> "LabelledSet":
        """Return the set with class ids of a model's label list; objects of other classes are left out.

        Raises:
            ValueError: the two have no name in common.
        """
        places = {name: i for i, name in enumerate(names)}
        if not places.keys() & set(self.names):
            raise ValueError(
                f"the data set labels {', '.join(self.names[:5])}; the model tells apart {', '.join(names[:5])}"
            )
        new = np.array([places.get(name, -1) for name in self.names], np.int64)
        pictures = []
        for picture in self.pictures:
            kept = picture.truth[new[picture.truth.class_ids] >= 0] if len(picture.truth) else picture.truth
            truth = replace(kept, class_ids=new[kept.class_ids] if len(kept) else kept.class_ids)
            pictures.append(replace(picture, truth=truth))
        return LabelledSet(names, pictures, tuple(name for name in names if name not in self.names))


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A picture's truth and what a model found in it, best first.

    Args:
        name: the picture.
        size: width and height in pixels.
        truth: what is in it.
        boxes: (n, 4) float64, x1 y1 x2 y2.
        scores: (n,) float64.
        class_ids: (n,).
    """

    name: str
    size: tuple[int, int]
    truth: Truth
    boxes: Floats
    scores: Floats
    class_ids: Ids


def sighting(picture: LabelledPicture, found: Detections) -> Sighting:
    """Put a picture's truth beside what was found in it."""
    boxes, scores = found.boxes.astype(np.float64), found.scores.astype(np.float64)
    return Sighting(picture.name, picture.size, picture.truth, boxes, scores, found.class_ids)


def truth_of(
    boxes: Sequence[Sequence[float]],
    class_ids: Sequence[int],
    *,
    areas: Sequence[float] | None = None,
    is_crowd: Sequence[bool] | None = None,
    is_difficult: Sequence[bool] | None = None,
) -> Truth:
    """Build a truth from plain lists; areas default to those of the boxes, and no box is a crowd or difficult."""
    corners = np.array(boxes, np.float64).reshape(-1, 4)
    count = len(corners)
    own = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    return Truth(
        corners,
        np.array(class_ids, np.int64).reshape(count),
        own if areas is None else np.array(areas, np.float64).reshape(count),
        np.zeros(count, np.bool_) if is_crowd is None else np.array(is_crowd, np.bool_).reshape(count),
        np.zeros(count, np.bool_) if is_difficult is None else np.array(is_difficult, np.bool_).reshape(count),
    )
