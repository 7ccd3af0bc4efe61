"""A picture with what was recorded before on its left and what is recorded now on its right, for a reviewer."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo_tools.domain.golden import Golden
from zoo_tools.inference.detections import from_golden
from zoo_tools.inference.drawing import drawn
from zoo_tools.inference.image import read_image

FOLDER = "overlays"
"""Folder of the drawings, beside the report."""
LEAST = 0.3
"""Lowest score that is drawn."""
_GAP = 8
_MOST_CLASSES = 10_000
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")


def overlay_name(case: str) -> str:
    """Return the name of a case's drawing, as from the report's folder."""
    return f"{FOLDER}/{_NOT_IN_A_NAME.sub('-', case.lower())}.png"


def write_overlay(folder: Path, case: str, picture: Path, old: Golden | None, new: Golden | None) -> str:
    """Draw two recordings of a case beside each other.

    Args:
        folder: the report's folder.
        case: `model/variant/artifact@picture`.
        picture: the picture's file.
        old: as it was; None draws the bare picture.
        new: as it is.

    Returns:
        The drawing's name, as from the report's folder.

    Raises:
        UnavailableError: there is no such file.
        BrokenFileError: it is no picture that recordings are made of.
        OSError: the drawing cannot be written.
    """
    shown = read_image(picture)
    sides = [_drawn(shown, golden) for golden in (old, new)]
    gap = np.full((sides[0].shape[0], _GAP, 3), 255, np.uint8)
    name = overlay_name(case)
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.hstack([sides[0], gap, sides[1]])).save(target)
    return name


def _drawn(picture: NDArray[np.uint8], golden: Golden | None) -> NDArray[np.uint8]:
    recorded = golden.detections if golden else []
    labels = {one.class_id: one.label for one in recorded if 0 <= one.class_id < _MOST_CLASSES}
    names = [labels.get(class_id, "") for class_id in range(max(labels, default=-1) + 1)]
    return drawn(picture, from_golden(recorded), names, least=LEAST)
