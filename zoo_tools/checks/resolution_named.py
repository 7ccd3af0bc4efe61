"""The input size in a file's name, and that of its declared input tensor, is the variant's.

Why: tables are filled by copying the row above; the name of the file is what was not typed by hand. A tensor that is
declared with another size is no matter of names: that is an error.
How to fix: compare the row with the file it links to; mend the resolution, or name the right file.
"""

import re
from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding

_SIDES = re.compile(r"(?:[a-z]*)([1-9][0-9]{1,3})x([1-9][0-9]{1,3})|[a-z]*([1-9][0-9]{2})", re.IGNORECASE)
"""A part of a name that is a size: 320x240, 192, ssd300; neither a date (20210803) nor a digest nor a width (025)."""

_LONGEST = 2
"""How many times its shorter side a picture is long at most; beyond that, an axis was taken for a side."""


_PARTS = re.compile(r"[_.\-]")


def size_named(name: str) -> tuple[int, ...] | None:
    """Return the size a file name ends with, as height and width, or as one side; None where it names none."""
    found = [match for part in _PARTS.split(name) if (match := _SIDES.fullmatch(part))]
    if not found:
        return None
    first, second, side = found[-1].groups()
    return (int(side),) if side else (int(first), int(second))


def _fits(named: tuple[int, ...], height: int, width: int) -> bool:
    """Tell whether a name is that of a size; one side of a picture that is no square is commonly its longer one."""
    if len(named) == 1 and height != width:
        longer, shorter = max(height, width), min(height, width)
        return named[0] == longer and longer <= _LONGEST * shorter
    return sorted((named[0], named[-1])) == sorted((height, width))


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the size in the name, and that of the input tensor, with the resolution."""
    height, width, channels = subject.variant.resolution
    named = size_named(subject.artifact.filename)
    if named is not None and not _fits(named, height, width):
        size = f"{named[0]}x{named[-1]}"
        message = f"`{subject.artifact.filename}` names the size {size}, the variant is {height}x{width}"
        place = subject.entry.locate((*subject.path[:2], "resolution"))
        yield CHECK.warning(subject, message, fix="mend the resolution, or name the right file", at=place)
    for spec, path in subject.tensor_specs:
        if spec.role != "image" or len(spec.shape) != 4:
            continue
        axes = [height, width, channels] if subject.contract.input.layout == "NHWC" else [channels, height, width]
        if any(isinstance(size, int) and size != side for size, side in zip(spec.shape[1:], axes, strict=True)):
            declared = ", ".join(map(str, spec.shape[1:]))
            message = f"the input is declared as [{declared}] ({subject.contract.input.layout}), the variant is {axes}"
            yield CHECK.error(subject, message, fix="mend the resolution or the shape", at=subject.at(*path, "shape"))


CHECK = Check("resolution-named", Level.STATIC, artifacts, run)
