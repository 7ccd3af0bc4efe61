"""A picture that golden cases are recorded on has the width and height its file holds.

Why: boxes are recorded in pixels of the picture; a size that was typed puts them beside what they show on every page.
How to fix: write the width and height of the file whose sha256 is stated.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, golden_cases
from zoo_tools.checks.subjects import GoldenSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import BrokenFileError, WrongBytesError
from zoo_tools.inference.image import read_image


def run(subject: GoldenSubject, context: Context) -> Iterator[Finding]:
    """Read the picture of a golden case."""
    id_ = subject.case.image
    try:
        held = read_image(context.picture(id_)).shape
    except WrongBytesError as error:
        at = context.registry.images[id_].locate(("sha256",))
        yield CHECK.error(subject, error.message, fix=error.fix or "mend size and sha256 of the picture", at=at)
        return
    except BrokenFileError as error:
        raise Skip(f"the picture cannot be read: {error.message}") from None
    entry = context.registry.images[id_]
    for key, stated, pixels in (("width", entry.value.width, held[1]), ("height", entry.value.height, held[0])):
        if stated != pixels:
            message = f"the {key} of picture `{id_}` is {stated}, its file has {pixels} pixels"
            yield CHECK.error(subject, message, fix=f"write {pixels}", at=entry.locate((key,)))


CHECK = Check("picture-size", Level.FILES, golden_cases, run)
