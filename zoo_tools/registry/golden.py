"""Golden recordings on disk: strict JSON in, one detection a line out, so that a diff shows what changed."""

import json
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from zoo_tools.domain.decoding import COMMENTARY
from zoo_tools.domain.golden import Golden
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.load import shown_name
from zoo_tools.registry.plain_file import NotPlainError, read_plain

MAX_BYTES = 1024 * 1024
_FIX = "record the case with `zoo_tools golden record`"


def read_golden(path: Path, *, inside: Path | None = None) -> Golden:
    """Read a recording.

    Args:
        path: the file.
        inside: the model's folder; no folder between the two may be a link.

    Raises:
        BrokenFileError: it is missing, no plain file, too large, not JSON, or not a golden recording.
    """
    name = shown_name(path)
    try:
        data = read_plain(path, limit=MAX_BYTES, inside=inside)
    except NotPlainError as error:
        raise BrokenFileError(f"{name} {error}", fix=_FIX) from None
    except OSError as error:
        raise BrokenFileError(f"{name} cannot be read: {error.strerror}", fix=_FIX) from None
    return parse_golden(data, name)


def parse_golden(data: bytes, name: str) -> Golden:
    """Read the bytes of a recording; see `read_golden`."""
    if len(data) > MAX_BYTES:
        raise BrokenFileError(f"{name} is larger than {MAX_BYTES // 1024} KiB", fix=_FIX)
    try:
        return Golden.model_validate(json.loads(data, parse_float=Decimal))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BrokenFileError(f"{name} is not a golden recording: {_first_problem(error)}", fix=_FIX) from None


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        details = error.errors(include_url=False)[0]
        return f"{'.'.join(str(step) for step in details['loc'])}: {details['msg']}"
    if isinstance(error, ArithmeticError):
        return "a number is out of bounds"
    return str(error).partition("\n")[0][:120]


def golden_text(golden: Golden) -> str:
    """Return a recording as JSON text: stable order, a detection a line."""
    tree = golden.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"contract": COMMENTARY})
    detections = tree.pop("detections")
    head = json.dumps(tree, indent=1, ensure_ascii=False)
    rows = ",\n".join("  " + _detection_text(detection) for detection in detections)
    return head[: head.rindex("\n}")] + ',\n "detections": [\n' + rows + ("\n ]\n}\n" if rows else " ]\n}\n")


def _detection_text(detection: dict[str, object]) -> str:
    box = detection["box"]
    corners = ", ".join(str(corner) for corner in box) if isinstance(box, list) else ""
    return (
        f'{{"label": {json.dumps(detection["label"])}, "class_id": {detection["class_id"]}, '
        f'"score": {detection["score"]}, "box": [{corners}]}}'
    )
