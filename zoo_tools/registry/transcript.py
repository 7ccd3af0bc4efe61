"""Transcripts: the cells of a published document as printed, one a line, beside the manifest that uses them.

Figures stand twice, in the manifest and here, from the same reading of the document: a digit changed in one of the
two is seen, whoever changed it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.load import shown_name
from zoo_tools.registry.plain_file import NotPlainError, read_plain

HEADER = ["line", "row", "quantity", "kind", "cell"]
MAX_BYTES = 4 * 1024 * 1024
_COLUMNS = len(HEADER)
_LINE = re.compile(r"[1-9][0-9]{0,6}")


class Cell(NamedTuple):
    """One cell of a document."""

    line: int
    """Line of the document."""
    row: str
    """What the row is about: the file it links to."""
    quantity: str
    """Name of the quantity in manifests, such as `ram.activation`."""
    kind: str
    """`measure`, `param` or `version`."""
    text: str
    """The cell as printed."""
    at: int
    """Line of the transcript."""


def read_transcript(path: Path, *, inside: Path | None = None) -> list[Cell]:
    """Read a transcript.

    Args:
        path: the file.
        inside: the model's folder; no folder between the two may be a link.

    Raises:
        BrokenFileError: it is missing, no plain file, too large, or a line of it is not a cell.
    """
    fix = "make it again with `zoo_tools import`"
    try:
        data = read_plain(path, limit=MAX_BYTES, inside=inside)
        if len(data) > MAX_BYTES:
            raise BrokenFileError(f"{shown_name(path)} is larger than 4 MiB", fix=fix)
        rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
        if next(rows, None) != HEADER:
            header = f"{shown_name(path)}:1 should be the header {','.join(HEADER)}"
            raise BrokenFileError(header, fix="restore the header")
        return list(_cells(rows, path))
    except NotPlainError as error:
        raise BrokenFileError(f"{shown_name(path)} {error}", fix=fix) from None
    except OSError as error:
        raise BrokenFileError(f"{shown_name(path)} cannot be read: {error.strerror}", fix=fix) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BrokenFileError(f"{shown_name(path)} is not a CSV file in UTF-8: {error}", fix=fix) from None


def _cells(rows: Iterable[list[str]], path: Path) -> Iterator[Cell]:
    new = tuple.__new__  # a thousand models have hundreds of thousands of cells
    before: str | None = None
    line = 0
    for number, row in enumerate(rows, start=2):
        if len(row) != _COLUMNS or (row[0] != before and not _LINE.fullmatch(row[0])):
            message = f"{shown_name(path)}:{number} should hold {','.join(HEADER)}"
            raise BrokenFileError(message, fix="mend the line")
        if row[0] != before:
            before, line = row[0], int(row[0])
        _, about, quantity, kind, text = row
        yield new(Cell, (line, about, quantity, kind, text, number))
