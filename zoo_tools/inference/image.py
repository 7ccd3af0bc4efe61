"""A picture from a file as RGB bytes, the same on every machine; nothing a file holds can do more than be refused.

Golden pictures are PNG or BMP: JPEG decoders differ by up to 22 levels, so a JPEG is no fixed input. A caller that
compares by average precision may allow JPEG by name. EXIF orientation and colour profiles are not applied.
"""

import io
import stat
import struct
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, ImageFile, JpegImagePlugin, PngImagePlugin

from zoo_tools.errors import BrokenFileError, UnavailableError

ImageFormat = Literal["png", "bmp", "jpeg"]

GOLDEN_FORMATS: frozenset[ImageFormat] = frozenset({"png", "bmp"})
"""Formats that every decoder reads as the same pixels."""

MAX_PIXELS = 50_000_000
_MAX_BYTES = 4 * MAX_PIXELS + (1 << 20)

# What Pillow's decoders were seen to raise on damaged files.
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError, OverflowError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip

# The classes are opened directly: Image.open would warn of large pictures through a process-wide filter.
_OPENERS: dict[ImageFormat, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "png": PngImagePlugin.PngImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
}
_MAGIC: dict[bytes, ImageFormat] = {b"\x89PNG\r\n\x1a\n": "png", b"BM": "bmp", b"\xff\xd8\xff": "jpeg"}

# Modes whose conversion to RGB only repeats or looks up values: no alpha, no 16 bits, no colour arithmetic.
_EXACT_MODES = {"RGB", "L", "1", "P"}


def read_image(
    path: Path, *, formats: Collection[ImageFormat] = GOLDEN_FORMATS, max_pixels: int = MAX_PIXELS
) -> NDArray[np.uint8]:
    """Read a picture as (height, width, 3) uint8 RGB.

    Args:
        path: the file; its content decides what it is, not its name.
        formats: what is accepted.
        max_pixels: larger pictures are refused before they are decoded.

    Raises:
        UnavailableError: there is no such file, or it may not be read.
        BrokenFileError: it is no picture of an accepted format, is damaged, too large, or has alpha or 16 bits.
    """
    return decode_image(_read(path), name=path.name, formats=formats, max_pixels=max_pixels)


def decode_image(
    data: bytes,
    *,
    name: str,
    formats: Collection[ImageFormat] = GOLDEN_FORMATS,
    max_pixels: int = MAX_PIXELS,
) -> NDArray[np.uint8]:
    """Decode the bytes of a picture, as `read_image` does; `name` is how messages call it."""
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None or kind not in formats:
        raise _refused(name, kind, formats)
    try:
        with _OPENERS[kind](io.BytesIO(data)) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise BrokenFileError(
                    f"`{name}` has {width} x {height} pixels; it should have at most {max_pixels:,}.",
                    fix="Use a smaller picture.",
                )
            if picture.mode not in _EXACT_MODES or "transparency" in picture.info:
                raise BrokenFileError(
                    f"`{name}` holds alpha, 16 bits or other colours than RGB (mode {picture.mode}); "
                    "it should be 8-bit RGB or grey.",
                    fix="Save it as 8-bit RGB without alpha.",
                )
            return np.array(picture if picture.mode == "RGB" else picture.convert("RGB"), np.uint8)
    except _DAMAGE as error:
        raise BrokenFileError(
            f"`{name}` is a damaged {kind.upper()}: {_first_line(error)}.", fix="Get the file again, whole."
        ) from error


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise BrokenFileError(
                f"`{path.name}` is no plain file of at most {_MAX_BYTES >> 20} MiB, as a picture should be.",
                fix="Name a picture file.",
            )
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(
            f"The picture `{path}` cannot be read: {error.strerror}.", fix="Check the path, or fetch the picture."
        ) from error


def _refused(name: str, kind: ImageFormat | None, formats: Collection[ImageFormat]) -> BrokenFileError:
    wanted = " or ".join(sorted(one.upper() for one in formats))
    if kind == "jpeg":
        return BrokenFileError(
            f"`{name}` is a JPEG, which decoders read differently by up to 22 levels; it should be {wanted}.",
            fix="Convert it once to PNG and use that file.",
        )
    held = f"a {kind.upper()}" if kind else "no picture that is known here"
    return BrokenFileError(f"`{name}` is {held}; it should be {wanted}.", fix=f"Convert it to {wanted}.")


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return "".join(letter for letter in text if letter.isprintable())[:120].rstrip(".")
