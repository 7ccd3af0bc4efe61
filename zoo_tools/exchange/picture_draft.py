"""From a picture to the draft of its registry file: what the bytes prove, and `todo` for what only a person knows."""

import json
from pathlib import Path

from zoo_tools.inference.image import read_image
from zoo_tools.registry.unwritten import TODO

PICTURES = frozenset({".png", ".bmp"})
"""Endings of files that are pictures for golden cases: what every decoder reads as the same pixels."""


def picture_draft(picture: str, title: str | None, path: Path, *, place: str, sha256: str, size: int) -> str:
    """Return the text of the draft.

    Args:
        picture: its id.
        title: what people call it, where somebody said so.
        path: the picture, which is decoded.
        place: where it will lie below `registry`.
        sha256: digest of its bytes.
        size: how many these are.

    Raises:
        BrokenFileError: it is no picture, or one that decoders read differently.
    """
    height, width, _ = read_image(path).shape
    lines = [
        "# yaml-language-server: $schema=../schema/image-1.json",
        f"id: {json.dumps(picture)}" if picture.replace(".", "").isdigit() else f"id: {picture}",
        f"title: {TODO if title is None else json.dumps(title, ensure_ascii=False)}",
        f"filename: {place.rpartition('/')[2]}",
        f"path: {place}",
        f'sha256: "{sha256}"',
        f"size: {size}",
        f"width: {width}",
        f"height: {height}",
        f"licence: {TODO}",
        f"shows: {TODO} # what is in it, for a reader who cannot see it",
    ]
    return "\n".join(lines) + "\n"
