"""The pictures that a link to a card is shown with elsewhere: name, file and key figures, drawn here with Pillow.

A picture holds a digest of what it says, so that it is drawn again only where that has changed. Its font is the one
that comes with Pillow; it knows ASCII only.
"""

import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, __version__

from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.key_figures import key_figures
from zoo_tools.site.zoo import Zoo

WIDTH, HEIGHT = 1200, 630
FOLDER = "assets/social"
ZOO = f"{FOLDER}/zoo.png"
_LOOK = f"2, Pillow {__version__}"
"""Raised when the same words shall look otherwise."""
_PAPER, _INK = (252, 251, 248), (22, 48, 47)
_MARGIN, _COLUMN = 72, 470
_KEY = "zoo-says"
_TONES = 16
_PALETTE = bytes(
    round(paper + (ink - paper) * tone / (_TONES - 1))
    for tone in range(_TONES)
    for paper, ink in zip(_PAPER, _INK, strict=True)
)
_BEFORE = 2
"""Columns of tone 0 before a picture: two to a byte, they are the byte before each row that says "not filtered"."""


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


OWN = Picture("A model zoo that proves its numbers", "Who measured it, on which bytes, and what proves it")
"""What a link to any other page is shown with, at `ZOO`."""


def model_pictures(zoo: Zoo, entry: Entry[Manifest]) -> dict[str, Picture]:
    """Return what the pictures of a model's cards say, by their places."""
    return dict(_cards(zoo, entry))


def _cards(zoo: Zoo, entry: Entry[Manifest]) -> Iterator[tuple[str, Picture]]:
    for variant in entry.value.variants:
        chosen = key_figures(zoo, entry, variant)
        file = f"{variant.id}/{chosen.artifact.id}, {words.file_format(chosen.artifact)}, "
        file += words.number_formats(chosen.artifact)
        figures = tuple((said.value, said.name, said.where) for said in chosen.said[:3])
        yield card_picture(entry.id, variant.id), Picture(entry.value.title, file, figures)


def drawn(wanted: Mapping[str, Picture], out: Path) -> dict[str, bytes]:
    """Return pictures by place; those that a folder already holds, and that say the same, are taken from there."""
    return {place: _held(out / place, picture) or draw(picture) for place, picture in wanted.items()}


def _held(path: Path, picture: Picture) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if f"{_KEY}\0{picture.digest}".encode() in content[:300] else None


def draw(picture: Picture) -> bytes:
    """Draw a picture as PNG in sixteen tones between paper and ink."""
    image = Image.new("P", (_BEFORE + WIDTH, HEIGHT), 0)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((_BEFORE, 0, _BEFORE + WIDTH, 18), fill=15)
    _write(canvas, (_MARGIN, 76), picture.title, size=62, tone=15)
    _write(canvas, (_MARGIN, 164), picture.subtitle, size=34, tone=12)
    for i, (value, name, where) in enumerate(picture.figures):
        top = 262 + 106 * i
        _write(canvas, (_MARGIN, top), value, size=58, tone=15, right=_COLUMN - 24)
        _write(canvas, (_COLUMN, top + 2), name, size=34, tone=14)
        _write(canvas, (_COLUMN, top + 44), where, size=26, tone=10)
    _write(canvas, (_MARGIN, 586), "zoo_tools", size=22, tone=10)
    return _png(image, picture.digest)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _write(
    canvas: ImageDraw.ImageDraw, at: tuple[int, int], text: str, *, size: int, tone: int, right: int = WIDTH - _MARGIN
) -> None:
    """Write a line into the room it has."""
    canvas.bitmap(at, _line(text, size, right - at[0]), fill=tone)


@lru_cache(maxsize=256)
def _line(text: str, size: int, room: int) -> Image.Image:
    """Return a line of text from `_BEFORE` on; where it is too long for its room it is set smaller, then cut."""
    shown = _ascii(text)
    while _font(size).getlength(shown) > room and size > 24:
        size -= 2
    if _font(size).getlength(shown) > room:
        while shown and _font(size).getlength(f"{shown}...") > room:
            shown = shown[:-1]
        shown += "..."
    _, _, width, height = _font(size).getbbox(shown)
    image = Image.new("L", (_BEFORE + int(width) + 1, int(height) + 1), 0)
    ImageDraw.Draw(image).text((_BEFORE, 0), shown, fill=255, font=_font(size))
    return image


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("\N{MULTIPLICATION SIGN}", "x").replace("\N{MINUS SIGN}", "-"))
    return "".join(c if " " <= c <= "~" else "?" for c in plain if not unicodedata.combining(c))


def _png(image: Image.Image, digest: str) -> bytes:
    """Encode a picture in four bits to a pixel, with the digest of what it says in front (ISO/IEC 15948, 5 and 11).

    Pillow's own encoder takes four times as long.
    """
    size = WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big")
    packer = zlib.compressobj(strategy=zlib.Z_RLE)
    rows = packer.compress(image.tobytes("raw", "P;4")) + packer.flush()
    chunks = [
        (b"IHDR", size + bytes([4, 3, 0, 0, 0])),  # bits, palette, deflate, filters, not interlaced
        (b"PLTE", _PALETTE),
        (b"tEXt", f"{_KEY}\0{digest}".encode()),
        (b"IDAT", rows),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return len(content).to_bytes(4, "big") + name + content + checksum.to_bytes(4, "big")
