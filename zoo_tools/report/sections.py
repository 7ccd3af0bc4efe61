"""A text of sections within a number of bytes: each has its share, what is not needed goes to the others in order.

What does not fit is left out row by row, and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

_RESERVE = 160
"""Bytes kept free in each section for the line that says what is missing."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under one head, such as a table; without any row the head is not shown either."""

    head: str
    rows: Sequence[str]
    """Each ends with a line break."""


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a title."""

    title: str
    """Markdown of its beginning, with line breaks; it is shown in any case."""
    blocks: Sequence[Block]
    noun: str
    """What its rows are, for the line that says how many are missing."""
    share: float
    """Part of all bytes it may have in any case."""
    end: str = ""
    more: int = field(default=0, kw_only=True)
    """Rows that were left out before."""

    @property
    def size(self) -> int:
        """Bytes of all rows and heads."""
        return sum(_size(block.head) + sum(map(_size, block.rows)) for block in self.blocks if block.rows)


def fitted(start: str, sections: Sequence[Section], limit: int) -> str:
    """Return a text of at most so many bytes of UTF-8.

    Args:
        start: its beginning.
        sections: those without a row are left out.
        limit: bytes; there must be room for the beginning and the titles.
    """
    sections = [section for section in sections if section.size]
    fixed = _size(start) + sum(_size(one.title) + _size(one.end) + _RESERVE for one in sections)
    free = limit - fixed
    if free < 0:
        raise ValueError(f"{limit} bytes are too few for the titles alone, which take {fixed}")
    whole = max(1.0, sum(section.share for section in sections))
    granted = [min(section.size, int(free * section.share / whole)) for section in sections]
    left = free - sum(granted)
    for place, section in enumerate(sections):
        extra = min(section.size - granted[place], left)
        granted[place] += extra
        left -= extra
    return start + "".join(_cut(section, room) for section, room in zip(sections, granted, strict=True))


def _cut(section: Section, room: int) -> str:
    text, missing = section.title, section.more
    for block in section.blocks:
        shown, used = [], _size(block.head)
        for row in block.rows:
            if used + _size(row) > room:
                break
            used += _size(row)
            shown.append(row)
        missing += len(block.rows) - len(shown)
        if shown:
            text += block.head + "".join(shown)
            room -= used
        if len(shown) < len(block.rows):
            room = 0  # a later row may be shorter, but the order is what readers go by
    if missing:
        text += f"\n*… and {missing:,} more {section.noun}; the JSON report has all of them.*\n"
    return text + section.end


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
