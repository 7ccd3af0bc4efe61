"""Protobuf messages written by field number, for formats whose own library is a gigabyte.

Source: Protocol Buffers, Encoding.
"""

import struct
from collections.abc import Iterable

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(value: int) -> bytes:
    """Write a whole number; a negative one takes ten bytes."""
    value &= (1 << 64) - 1
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def whole(field: int, value: int) -> bytes:
    """Write a field that holds a whole number, an enumeration or a flag."""
    return varint(field << 3 | VARINT) + varint(value)


def single(field: int, value: float) -> bytes:
    """Write a field that holds a float."""
    return varint(field << 3 | FIXED32) + struct.pack("<f", value)


def block(field: int, *parts: bytes | str) -> bytes:
    """Write a field that holds bytes, a text, or a message of some fields."""
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | BYTES) + varint(len(content)) + content


def blocks(field: int, messages: Iterable[bytes | str]) -> bytes:
    """Write a repeated field."""
    return b"".join(block(field, message) for message in messages)
