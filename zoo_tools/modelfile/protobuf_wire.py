"""Protocol Buffers' wire format: a message as its fields, without a schema and without native code."""

from collections.abc import Iterator
from typing import NamedTuple

from zoo_tools.errors import BrokenFileError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DAMAGED = "it is cut short or damaged: its messages do not end where they should"


class Field(NamedTuple):
    """One field: its number, and its value as a number or, of texts and messages, as bytes."""

    number: int
    value: int
    content: memoryview | None


def fields(message: memoryview) -> Iterator[Field]:
    """Split a message into its fields.

    Raises:
        BrokenFileError: a field leaves the message, or is of a kind that is no longer written.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise BrokenFileError(_DAMAGED)
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield Field(number, value, None)
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        else:
            size = {_FIXED64: 8, _FIXED32: 4}.get(kind, len(message) + 1)
        if at + size > len(message):
            raise BrokenFileError(_DAMAGED)
        yield Field(number, 0, message[at : at + size])
        at += size


def text(content: memoryview | None) -> str:
    """Decode a text.

    Raises:
        BrokenFileError: it is not UTF-8.
    """
    try:
        return bytes(content or b"").decode()
    except UnicodeDecodeError as error:
        raise BrokenFileError("a name in it is not UTF-8") from error


def signed(value: int) -> int:
    """Read a number as the 64-bit integer with sign that it stands for."""
    return value - (1 << 64) if value >> 63 else value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        octet = message[at]
        value |= (octet & 0x7F) << shift
        at += 1
        if octet < 0x80:
            return value & ((1 << 64) - 1), at
    raise BrokenFileError(_DAMAGED)
