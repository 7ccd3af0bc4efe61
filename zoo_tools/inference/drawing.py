"""Detections drawn into their picture: boxes, labels, scores; best on top.

A class has the same colour in every picture, chosen for people who see red and green alike too (Okabe and Ito 2008).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from zoo_tools.inference.detections import Detections

COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
"""Colours of classes 0, 1, 2 ...; from the eighth on they come again."""

_LARGEST = 24
_SMALLEST = 11


def drawn(picture: NDArray[np.uint8], found: Detections, labels: Sequence[str], *, least: float) -> NDArray[np.uint8]:
    """Return a copy of the picture with the detections of a score of `least` or more.

    Args:
        picture: (height, width, 3) uint8 RGB.
        found: detections in pixels of the picture, best first.
        labels: names of the classes.
        least: lowest score that is drawn.
    """
    height, width = picture.shape[:2]
    # A small picture is drawn enlarged: a label of eleven pixels would cover what it speaks of.
    scale = max(1, round(480 / max(height, width)))
    canvas = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(canvas)
    size = min(max(_SMALLEST, max(canvas.size) // 40), _LARGEST)
    font = ImageFont.load_default(size)
    for row in reversed(np.flatnonzero(found.scores >= least)):
        class_id = int(found.class_ids[row])
        label = labels[class_id] if 0 <= class_id < len(labels) else f"class {class_id}"
        corners = found.boxes[row].astype(np.float64) * scale
        if np.isfinite(corners).all():
            _box(draw, corners, f"{label} {found.scores[row]:.2f}", colour=COLOURS[class_id % len(COLOURS)], font=font)
    return np.asarray(canvas, np.uint8)


def _box(
    draw: ImageDraw.ImageDraw,
    corners: NDArray[np.float64],
    text: str,
    *,
    colour: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    limit = np.array(draw.im.size * 2, np.float64) - 1
    x1, y1, x2, y2 = np.clip(
        np.concatenate([np.minimum(corners[:2], corners[2:]), np.maximum(corners[:2], corners[2:])]), 0, limit
    ).tolist()
    line = max(2, round(max(draw.im.size) / 300))
    draw.rectangle((x1, y1, x2, y2), outline=colour, width=line)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    across, down = right - left + 6, bottom - top + 6
    # Above its box where there is room, else inside; never out of the picture.
    x = max(0, min(x1, draw.im.size[0] - across))
    y = y1 - down if y1 >= down else min(y1 + line, draw.im.size[1] - down)
    draw.rectangle((x, y, x + across, y + down), fill=colour)
    draw.text((x + 3 - left, y + 3 - top), text, fill=_ink(colour), font=font)


def _ink(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return black or white, whichever is legible on a colour."""
    luminance = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    return (0, 0, 0) if luminance > 120 else (255, 255, 255)
