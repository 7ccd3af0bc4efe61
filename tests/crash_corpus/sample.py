"""What the corpus is made of: a file, its format, and what was done to it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Family = Literal["sound", "byte", "structure", "cut", "special"]
FAMILIES: tuple[Family, ...] = get_args(Family)

_TELLING = (0, 1, 0x7F, 0x80, 0xFF)
"""Bytes that turn a sign, end a text, or make a length or offset lead elsewhere."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file that a stranger might send."""

    family: Family
    kind: str
    """What was changed, in two or three words."""
    format: str
    content: bytes


def bytes_changed(content: bytes, format: str, *, count: int, seed: int) -> Iterator[Sample]:
    """Yield files in which 1 to 16 bytes are others; the same for the same seed."""
    dice = random.Random(f"{format} {seed}")
    made = 0
    while made < count:
        changed = bytearray(content)
        for _ in range(dice.choice((1, 1, 1, 2, 4, 16))):
            at = dice.randrange(len(changed))
            changed[at] = dice.choice((*_TELLING, changed[at] ^ 1 << dice.randrange(8), dice.randrange(256)))
        if changed != content:
            made += 1
            yield Sample("byte", "bytes", format, bytes(changed))


def cut_short(content: bytes, format: str, *, count: int) -> Iterator[Sample]:
    """Yield beginnings of a file, from nothing to all but a little."""
    for at in range(count):
        yield Sample("cut", f"{100 * at // count} % of it", format, content[: len(content) * at // count])


def spread(samples: list[Sample], count: int) -> list[Sample]:
    """Return so many of them, evenly from the first to the last."""
    return [samples[at * len(samples) // count] for at in range(min(count, len(samples)))]
