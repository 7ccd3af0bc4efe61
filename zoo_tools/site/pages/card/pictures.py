"""The reference picture of a card with its boxes drawn, as a PNG; the same bytes every time."""

import hashlib
import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo_tools.errors import BrokenFileError
from zoo_tools.inference.detections import from_golden
from zoo_tools.inference.drawing import drawn
from zoo_tools.inference.image import read_image
from zoo_tools.site.pages.card.reference import SHOWN_SCORE, picture_of, picture_path, read_case, shown_case
from zoo_tools.site.pages.card.subject import Subject


def pictures(subject: Subject) -> Iterator[tuple[str, bytes]]:
    """Yield place and content of the picture a card shows, if it shows one.

    Raises:
        BrokenFileError: the registry holds the picture, and it is missing or another one than was recorded.
    """
    case = shown_case(subject)
    found = picture_of(subject, case) if case is not None else None
    recorded = read_case(subject, case) if case is not None else None
    if case is None or recorded is None or found is None or found.path is None:
        return
    path = subject.zoo.registry.root / found.path
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != recorded.image_sha256:
        raise BrokenFileError(
            f"{found.path} is not the picture that {case.file} of {subject.entry.id} was recorded on",
            fix="commit the picture, or record the case again with `zoo_tools golden record`",
        )
    labels = subject.zoo.registry.labels.get(subject.variants[0].labels)
    names = labels.value.names if labels is not None else []
    shown = drawn(read_image(path), from_golden(recorded.detections), names, least=float(SHOWN_SCORE))
    yield picture_path(subject, case), _png(shown)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()
