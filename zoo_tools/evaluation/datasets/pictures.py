"""Where the pictures of a set lie, and how large they are, without decoding them."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from zoo_tools.errors import BrokenFileError

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp")
"""Endings of pictures that are read."""

_FOLDERS = ("", "images", "JPEGImages", "val2017", "train2017", "test", "val", "train")


def find_picture(name: str, root: Path, *, at: str) -> Path:
    """Return the file of a picture that annotations name.

    Args:
        name: as annotated, with or without ending; folders in it are below the set's.
        root: folder of the annotations, or the one above.
        at: who names it, for the message.

    Raises:
        BrokenFileError: it is nowhere, or its name leads out of the set.
    """
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith("/") or {"", ".", ".."} & set(parts) or ":" in parts[0]:
        raise BrokenFileError(f"{at}: the picture's name {name!r} leads out of the data set", fix="mend the name")
    for folder in (root, root.parent):
        for below in _FOLDERS:
            file = folder.joinpath(below, *parts)
            if file.is_file():
                return file
            for ending in () if file.suffix.lower() in ENDINGS else ENDINGS:
                if (whole := file.with_name(file.name + ending)).is_file():
                    return whole
    places = ", ".join(below or "." for below in _FOLDERS[:4])
    raise BrokenFileError(
        f"{at}: there is no picture {name} in {root} (looked in {places})",
        fix="put the pictures beside the annotations",
    )


def picture_size(file: Path) -> tuple[int, int]:
    """Return width and height in pixels, read from the file's head.

    Raises:
        BrokenFileError: it is no picture.
    """
    try:
        with Image.open(file) as picture:
            return picture.size
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise BrokenFileError(f"{file.name} is no picture: {error}", fix="get the file again") from error


def in_folder(folder: Path) -> Sequence[Path]:
    """Return the pictures of a folder and of those below it, by name."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
