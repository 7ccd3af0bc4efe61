"""Detections drawn into their picture: boxes, labels, scores; the best on top, and no label on another.

A class has the same colour in every picture, chosen for people who see red and green alike too (Okabe and Ito 2008).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from zoo_tools.inference.detections import Detections

COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
"""Colours of classes 0, 1, 2 ...; from the eighth on they come again."""

Rectangle = tuple[float, float, float, float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_LARGEST = 24
_SMALLEST = 11
_MARGIN = 3


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
    line = max(2, round(max(canvas.size) / 300))
    shown = [row for row in np.flatnonzero(found.scores >= least).tolist() if np.isfinite(found.boxes[row]).all()]
    corners = {row: _inside(found.boxes[row].astype(np.float64) * scale, canvas.size) for row in shown}
    for row in reversed(shown):
        draw.rectangle(corners[row], outline=_colour(found, row), width=line)
    taken: list[Rectangle] = []
    for row in shown:
        class_id, score = int(found.class_ids[row]), f"{found.scores[row]:.2f}"
        label = labels[class_id] if 0 <= class_id < len(labels) else f"class {class_id}"
        # Where boxes crowd, a score alone may have room; a label that would cover a better one is left out.
        for text in (f"{label} {score}", score):
            if (place := _free_place(draw, corners[row], text, font, line=line, taken=taken)) is not None:
                taken.append(place)
                _write(draw, place, text, font, colour=_colour(found, row))
                break
    return np.asarray(canvas, np.uint8)


def _colour(found: Detections, row: int) -> tuple[int, int, int]:
    return COLOURS[int(found.class_ids[row]) % len(COLOURS)]


def _inside(corners: NDArray[np.float64], size: tuple[int, int]) -> Rectangle:
    """Return a box with its corners in order, within a picture of a size."""
    low, high = np.minimum(corners[:2], corners[2:]), np.maximum(corners[:2], corners[2:])
    x1, y1, x2, y2 = np.clip(np.concatenate([low, high]), 0, np.array(size * 2, np.float64) - 1).tolist()
    return x1, y1, x2, y2


def _free_place(
    draw: ImageDraw.ImageDraw, box: Rectangle, text: str, font: Font, *, line: int, taken: Sequence[Rectangle]
) -> Rectangle | None:
    """Return where a text has room: above its box, inside it, below it; None where other texts are everywhere."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    across, down = right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN
    (x1, y1, x2, y2), (width, height) = box, draw.im.size
    for y in (y1 - down, y1 + line, y2 - line - down, y2):
        for x in (x1, x2 - across):
            start = max(0, min(x, width - across))
            place = (start, y, start + across, y + down)
            if 0 <= y <= height - down and not any(_overlap(place, other) for other in taken):
                return place
    return None


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _write(draw: ImageDraw.ImageDraw, place: Rectangle, text: str, font: Font, *, colour: tuple[int, int, int]) -> None:
    left, top, _, _ = draw.textbbox((0, 0), text, font=font)
    draw.rectangle(place, fill=colour)
    draw.text((place[0] + _MARGIN - left, place[1] + _MARGIN - top), text, fill=_ink(colour), font=font)


def _ink(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return black or white, whichever is legible on a colour."""
    luminance = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    return (0, 0, 0) if luminance > 120 else (255, 255, 255)
