"""Scenes of plain shapes: what the example detector is trained on, drawn from a seed.

Four classes on busy grounds: red discs, blue discs, squares and upright triangles. Discs of other colours, ellipses and
lines are there too and are no objects; so colour order, aspect and orientation all matter to whoever runs the model.
"""

import colorsys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Label = Literal["red disc", "blue disc", "square", "triangle"]
LABELS: tuple[Label, ...] = ("red disc", "blue disc", "square", "triangle")
"""The classes; class id 0 is the first."""

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

_SIZES = ((128, 96), (96, 128), (112, 112), (144, 96), (100, 128))
_SCALE = 4
"""Shapes are drawn four times as large and shrunk: their edges are soft, as those of photographs."""
_LEAST_VISIBLE = 0.45
_HUES: dict[Label, tuple[float, float]] = {
    "red disc": (-0.03, 0.03),
    "blue disc": (0.58, 0.68),
    "square": (0, 1),
    "triangle": (0, 1),
}
_CORNERS: dict[Label, tuple[int, float, float]] = {
    "red disc": (48, 0, 1),
    "blue disc": (48, 0, 1),
    "square": (4, np.pi / 4, 1.25),
    "triangle": (3, -np.pi / 2, 1.3),
}
"""Number of corners, angle of the first one, and how much larger than a disc."""
_OTHER_HUES = ((0.10, 0.17), (0.28, 0.42), (0.78, 0.88))
"""Yellow, green and purple discs are no objects."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: class id and box x1 y1 x2 y2 in pixels, clipped to the picture."""

    class_id: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture, (height, width, 3) uint8 RGB, and what is in it."""

    picture: Picture
    things: tuple[Thing, ...]


@dataclass(slots=True)
class _Placed:
    thing: Thing
    mask: NDArray[np.bool_]
    area: int


def draw_scene(seed: int) -> Scene:
    """Draw the scene of a seed; the same seed gives the same scene with the same versions of numpy and Pillow."""
    rng = np.random.Generator(np.random.PCG64(seed))
    width, height = _SIZES[rng.integers(len(_SIZES))]
    canvas = Image.fromarray(_ground(rng, width, height)).resize(
        (width * _SCALE, height * _SCALE), Image.Resampling.BICUBIC
    )
    placed: list[_Placed] = []
    for _ in range(int(rng.integers(0, 4))):
        _clutter(rng, canvas)
    for _ in range(int(rng.integers(1, 7))):
        _add_thing(rng, canvas, placed)
    picture = np.asarray(canvas.resize((width, height), Image.Resampling.BOX), np.uint8)
    return Scene(_noisy(rng, picture), tuple(one.thing for one in placed))


def _add_thing(rng: np.random.Generator, canvas: Image.Image, placed: list[_Placed]) -> None:
    """Draw an object unless it would hide too much of one that is there."""
    class_id = int(rng.integers(len(LABELS)))
    label = LABELS[class_id]
    shape = Image.new("1", canvas.size)
    outline = _outline(rng, label, canvas.size)
    ImageDraw.Draw(shape).polygon(outline, fill=1)
    mask = np.asarray(shape, np.bool_)
    area = int(mask.sum())
    whole = _polygon_area(outline)
    if area < _LEAST_VISIBLE * whole or any((one.mask & ~mask).sum() < _LEAST_VISIBLE * one.area for one in placed):
        return
    for one in placed:
        one.mask = one.mask & ~mask
    _paint(rng, canvas, outline, _colour(rng, *_HUES[label]))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x1, y1, x2, y2 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    box = (float(x1 / _SCALE), float(y1 / _SCALE), float(x2 / _SCALE), float(y2 / _SCALE))
    placed.append(_Placed(Thing(class_id, box), mask, area))


def _outline(rng: np.random.Generator, label: Label, size: tuple[int, int]) -> list[tuple[float, float]]:
    """Return the corners of a shape somewhere in a picture of that size."""
    radius = float(np.exp(rng.uniform(np.log(7), np.log(30)))) * _SCALE
    x, y = (rng.uniform(0.4 * radius, side - 0.4 * radius) for side in size)
    turn = rng.uniform(-0.2, 0.2)
    corners, start, stretch = _CORNERS[label]
    angles = start + np.arange(corners) * 2 * np.pi / corners + (0 if label.endswith("disc") else turn)
    radius *= stretch
    return [(x + radius * float(np.cos(angle)), y + radius * float(np.sin(angle))) for angle in angles]


def _polygon_area(outline: list[tuple[float, float]]) -> float:
    x, y = np.array(outline).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _paint(rng: np.random.Generator, canvas: Image.Image, outline: list[tuple[float, float]], colour: Colour) -> None:
    draw = ImageDraw.Draw(canvas)
    draw.polygon(outline, fill=colour)
    if rng.random() < 0.4:
        edge = tuple(int(value * rng.uniform(0.3, 0.8)) for value in colour)
        draw.line([*outline, outline[0]], fill=edge, width=int(rng.integers(1, 3)) * _SCALE)


def _clutter(rng: np.random.Generator, canvas: Image.Image) -> None:
    """Draw something that is no object: a disc of another colour, a flat ellipse, a line."""
    draw, (width, height) = ImageDraw.Draw(canvas), canvas.size
    x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(8, 28) * _SCALE
    match rng.integers(3):
        case 0:
            colour = _colour(rng, *_OTHER_HUES[rng.integers(len(_OTHER_HUES))])
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
        case 1:
            draw.ellipse([x - radius, y - radius / 3, x + radius, y + radius / 3], fill=_colour(rng, 0, 1))
        case _:
            end = (rng.uniform(0, width), rng.uniform(0, height))
            draw.line([(x, y), end], fill=_colour(rng, 0, 1), width=int(rng.integers(1, 4)) * _SCALE)


def _colour(rng: np.random.Generator, low: float, high: float) -> Colour:
    hue = rng.uniform(low, high) % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, rng.uniform(0.65, 1), rng.uniform(0.5, 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def _ground(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Return a background: a slope between two colours, with stripes or soft blotches on it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    one, other = (
        np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.6), rng.uniform(0.2, 0.95))) for _ in "12"
    )
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    share = (along - along.min()) / max(float(np.ptp(along)), 1)
    match rng.integers(3):
        case 0:
            share = (share + 0.5 * (np.sin(along / rng.uniform(1.5, 6)) > 0)) / 1.5
        case 1:
            coarse = Image.fromarray(rng.integers(0, 256, (6, 6), np.uint8))
            share = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64) / 255
        case _:
            pass
    blended = one + (other - one) * share[..., np.newaxis]
    return np.asarray(np.clip(np.rint(blended * 255), 0, 255), np.uint8)


def _noisy(rng: np.random.Generator, picture: Picture) -> Picture:
    """Add the grain of a cheap camera to every fourth picture (grain makes PNG files large)."""
    if rng.random() > 0.25:
        return picture
    grain = rng.normal(0, rng.uniform(2, 8), picture.shape[:2])[..., np.newaxis]
    return np.asarray(np.clip(np.rint(picture + grain), 0, 255), np.uint8)
