"""The pictures that a link to a card is shown with elsewhere: name, file and key figures, drawn here with Pillow.

A picture holds a digest of what it says, so that it is drawn again only where that has changed. Its font is the one
that comes with Pillow; it knows ASCII only.
"""

import io
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, __version__
from PIL.PngImagePlugin import PngInfo

from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.key_figures import key_figures
from zoo_tools.site.zoo import Zoo

WIDTH, HEIGHT = 1200, 630
FOLDER = "assets/social"
ZOO = f"{FOLDER}/zoo.png"
_LOOK = f"1, Pillow {__version__}"
"""Raised when the same words shall look otherwise."""
_PAPER, _INK = (252, 251, 248), (22, 48, 47)
_MARGIN, _COLUMN = 72, 470
_KEY = "zoo-says"
_TONES = [round(tone / 17) for tone in range(256)]
_PALETTE = [
    round(paper + (ink - paper) * tone / 15) for tone in range(16) for paper, ink in zip(_PAPER, _INK, strict=True)
]
_MANY = 64
"""From so many pictures on, a second process draws, too."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says."""

    title: str
    subtitle: str
    figures: tuple[tuple[str, str, str], ...] = ()
    """Value, name and where, of up to three."""

    @property
    def digest(self) -> str:
        """What tells it from a picture that says anything else."""
        return sha256(repr((_LOOK, self.title, self.subtitle, self.figures)).encode()).hexdigest()


def card_picture(model: str, variant: str) -> str:
    """Return the place of a card's picture in the site."""
    return f"{FOLDER}/{model}/{variant}.png"


def pictures(zoo: Zoo) -> dict[str, Picture]:
    """Return what every picture of the site says, by its place."""
    own = Picture("A model zoo that proves its numbers", "Who measured it, on which bytes, and what proves it")
    return {ZOO: own} | dict(item for entry in zoo.models for item in zoo.kept(_of_model, entry))


def _of_model(zoo: Zoo, entry: Entry[Manifest]) -> list[tuple[str, Picture]]:
    return list(_cards(zoo, entry))


def _cards(zoo: Zoo, entry: Entry[Manifest]) -> Iterator[tuple[str, Picture]]:
    for variant in entry.value.variants:
        chosen = key_figures(zoo, entry, variant)
        file = f"{variant.id}/{chosen.artifact.id}, {words.file_format(chosen.artifact)}, "
        file += words.number_formats(chosen.artifact)
        figures = tuple((said.value, said.name, said.where) for said in chosen.said[:3])
        yield card_picture(entry.id, variant.id), Picture(entry.value.title, file, figures)


def drawn(wanted: Mapping[str, Picture], out: Path) -> dict[str, bytes]:
    """Return pictures by place; those that a folder already holds, and that say the same, are taken from there."""
    found = {place: content for place, picture in wanted.items() if (content := _held(out / place, picture))}
    missing = {place: picture for place, picture in wanted.items() if place not in found}
    if len(missing) < _MANY:
        return found | {place: draw(picture) for place, picture in missing.items()}
    # Spawned: a fork would share everything a large zoo holds in memory.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return found | dict(zip(missing, pool.map(draw, missing.values(), chunksize=32), strict=True))


def _held(path: Path, picture: Picture) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if f"{_KEY}\0{picture.digest}".encode() in content[:300] else None


def draw(picture: Picture) -> bytes:
    """Draw a picture as PNG in sixteen tones between paper and ink."""
    image = Image.new("L", (WIDTH, HEIGHT), 0)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, WIDTH, 18), fill=255)
    _write(canvas, (_MARGIN, 76), picture.title, size=62, tone=255)
    _write(canvas, (_MARGIN, 164), picture.subtitle, size=34, tone=204)
    for i, (value, name, where) in enumerate(picture.figures):
        top = 262 + 106 * i
        _write(canvas, (_MARGIN, top), value, size=58, tone=255, right=_COLUMN - 24)
        _write(canvas, (_COLUMN, top + 2), name, size=34, tone=238)
        _write(canvas, (_COLUMN, top + 44), where, size=26, tone=170)
    _write(canvas, (_MARGIN, 586), "zoo_tools", size=22, tone=170)
    return _png(image, picture.digest)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _write(
    canvas: ImageDraw.ImageDraw, at: tuple[int, int], text: str, *, size: int, tone: int, right: int = WIDTH - _MARGIN
) -> None:
    """Write a line; where it is too long for its place it is set smaller, then cut."""
    shown, room = _ascii(text), right - at[0]
    while _font(size).getlength(shown) > room and size > 24:
        size -= 2
    if _font(size).getlength(shown) > room:
        while shown and _font(size).getlength(f"{shown}...") > room:
            shown = shown[:-1]
        shown += "..."
    canvas.text(at, shown, fill=tone, font=_font(size))


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("\N{MULTIPLICATION SIGN}", "x").replace("\N{MINUS SIGN}", "-"))
    return "".join(c if " " <= c <= "~" else "?" for c in plain if not unicodedata.combining(c))


def _png(image: Image.Image, digest: str) -> bytes:
    """Encode a picture in four bits to a pixel, with the digest of what it says in front."""
    tones = Image.frombytes("P", image.size, image.point(_TONES).tobytes())
    tones.putpalette(_PALETTE)
    said = PngInfo()
    said.add_text(_KEY, digest)
    stream = io.BytesIO()
    tones.save(stream, "PNG", bits=4, compress_level=6, compress_type=zlib.Z_RLE, pnginfo=said)
    return stream.getvalue()
