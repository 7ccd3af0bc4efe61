"""Columns: runs of one-line mappings that have equal keys are padded, so that their values stand below each other.

Only spaces between entries are added. What is inside quotes or lists is never touched.
"""

import re
from collections.abc import Iterator
from itertools import groupby

_ITEM = re.compile(r"( *)- \{(.*)\}")


def aligned(text: str) -> str:
    """Pad runs of one-line mappings that have equal keys, so that their values stand in columns."""
    lines: list[str] = []
    for shape, run in groupby(text.split("\n"), key=_shape):
        members = list(run)
        lines += _pad(members) if shape else members
    return "\n".join(lines)


def _shape(line: str) -> tuple[str, ...]:
    """Return indentation and keys of a `- {…}` line, empty for any other line."""
    match = _ITEM.fullmatch(line)
    if match is None:
        return ()
    return (match.group(1), *(entry.partition(": ")[0] for entry in _entries(match.group(2))))


def _pad(run: list[str]) -> list[str]:
    rows = [_entries(line[line.index("{") + 1 : -1]) for line in run]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    start = run[0][: run[0].index("{") + 1]
    padded = []
    for row in rows:
        cells = [f"{entry}, ".ljust(width + 2) for entry, width in zip(row[:-1], widths[:-1], strict=True)]
        padded.append(f"{start}{''.join(cells)}{row[-1]}" + "}")
    return padded


def _entries(inside: str) -> list[str]:
    """Cut a flow mapping behind its commas, those of inner mappings too, but not inside lists or quotes."""
    return list(_cut(inside))


def _cut(inside: str) -> Iterator[str]:
    start = position = lists = 0
    quote = ""
    while position < len(inside):
        character = inside[position]
        if quote == '"' and character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and _opens(inside, position):
            quote = character
        elif character in "[]":
            lists += 1 if character == "[" else -1
        elif not lists and inside.startswith(", ", position):
            yield inside[start:position]
            start = position + 2
        position += 1
    yield inside[start:]


def _opens(inside: str, position: int) -> bool:
    """Tell whether a quote begins a scalar here; inside a plain scalar it is an ordinary character."""
    return position == 0 or inside[position - 1] in "{[" or inside[max(0, position - 2) : position] in (", ", ": ")
