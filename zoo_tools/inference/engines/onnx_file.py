"""An ONNX file as a runtime gets it: without any other file to read, and with its inputs and outputs by name.

A tensor may say that its values lie in another file, and runtimes read whatever is named there: `.git/config`,
`../secret`, or (ONNX Runtime) an address in memory. So every tensor is visited before a runtime sees the file: a name
has to be that of a companion, whose bytes are then put in place. The visit follows Protocol Buffers' wire format
rather than a parser, because a parser that drops what it does not know would hide it from us.

Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.in.proto (messages that lead to a tensor, by field number).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from zoo_tools.inference.engines import RefusedError

LEADS_TO: dict[str, dict[int, str]] = {
    "ModelProto": {7: "GraphProto", 20: "TrainingInfoProto", 25: "FunctionProto"},
    "TrainingInfoProto": {1: "GraphProto", 2: "GraphProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 15: "SparseTensorProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {
        5: "TensorProto", 6: "GraphProto", 10: "TensorProto", 11: "GraphProto", 22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto"},
}  # fmt: skip
"""Every message in which a tensor may be, and through which fields it is reached."""

_GRAPH, _INITIALIZER, _INPUT, _OUTPUT = 7, 5, 11, 12
_VALUE_NAME, _VALUE_DIMENSIONS, _DIMENSION_NAME = 1, (2, 1, 2), 2
_DIMENSION = 1
_NAME, _RAW_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 8, 9, 13, 14
_EXTERNAL = 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_DEPTH = 100
"""As deep as Protocol Buffers' own parsers go."""
_BROKEN = "it is no ONNX file, or it is cut short or damaged"


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What a runtime is given, and what it should say of it."""

    content: bytes
    """The file itself, or with the companions' bytes in place of what refers to them."""
    inputs: tuple[str, ...]
    """Names of the graph's inputs, in order, without those that are constants."""
    outputs: tuple[str, ...]
    """Names of the graph's outputs, in order."""
    batches: frozenset[str]
    """What it calls the first dimension of its inputs, where that is open and has a name."""


class _Field(NamedTuple):
    number: int
    kind: int
    value: int
    content: memoryview
    """Of bytes, texts and messages."""
    whole: memoryview
    """The field with its key."""


def read_onnx(content: bytes, companions: Mapping[str, bytes]) -> OnnxFile:
    """Read an ONNX file and put the bytes of its companions in place.

    Args:
        content: the file.
        companions: further files by the names that it calls them.

    Raises:
        RefusedError: it refers to any other file, or is not in the wire format.
    """
    changed = _visited(memoryview(content), "ModelProto", companions, depth=0)
    graph = _inner(memoryview(content), _GRAPH)
    if not graph:
        raise RefusedError(_BROKEN)
    fields = list(_fields(graph))
    constants = {_text(field.content, _NAME) for field in fields if field.number == _INITIALIZER}
    inputs = [field.content for field in fields if field.number == _INPUT]
    inputs = [value for value in inputs if _text(value, _VALUE_NAME) not in constants]
    return OnnxFile(
        content if changed is None else changed,
        tuple(_text(value, _VALUE_NAME) for value in inputs),
        tuple(_text(field.content, _VALUE_NAME) for field in fields if field.number == _OUTPUT),
        frozenset(map(_batch, inputs)) - {""},
    )


def _batch(value: memoryview) -> str:
    dimensions = [field for field in _fields(_inner(value, *_VALUE_DIMENSIONS)) if field.number == _DIMENSION]
    return _text(dimensions[0].content, _DIMENSION_NAME) if dimensions else ""


def _visited(content: memoryview, message: str, companions: Mapping[str, bytes], *, depth: int) -> bytes | None:
    """Return the message with all external tensors put in place, or None where it holds none."""
    if depth > _MAX_DEPTH:
        raise RefusedError(f"its messages are nested more than {_MAX_DEPTH} deep")
    if message == "TensorProto":
        return _tensor(content, companions)
    leads_to = LEADS_TO[message]
    written, changed = [], False
    for field in _fields(content):
        inner = leads_to.get(field.number) if field.kind == _BYTES else None
        new = None if inner is None else _visited(field.content, inner, companions, depth=depth + 1)
        changed |= new is not None
        written.append(field.whole if new is None else _bytes_field(field.number, new))
    return b"".join(written) if changed else None


def _tensor(content: memoryview, companions: Mapping[str, bytes]) -> bytes | None:
    fields = list(_fields(content))
    entries = [_entry(field.content) for field in fields if field.number == _EXTERNAL_DATA and field.kind == _BYTES]
    is_external = any(field.number == _DATA_LOCATION and field.value == _EXTERNAL for field in fields)
    if not entries and not is_external:
        return None
    values = dict(entries)
    name = _text(content, _NAME)
    if len(values) != len(entries) or "location" not in values:
        raise RefusedError(f"tensor `{name}` lies in another file and does not say which, or says it twice")
    data = _companion_part(name, values, companions)
    if not is_external:
        # It names a file and holds its values all the same: the name goes.
        return b"".join(field.whole for field in fields if field.number != _EXTERNAL_DATA)
    dropped = (_EXTERNAL_DATA, _DATA_LOCATION, _RAW_DATA)
    return b"".join([*(field.whole for field in fields if field.number not in dropped), _bytes_field(_RAW_DATA, data)])


def _companion_part(name: str, values: Mapping[str, str], companions: Mapping[str, bytes]) -> bytes:
    location = values["location"]
    if location not in companions:
        is_plain = not set(location) & set("/\\:\0") and location not in ("", ".", "..")
        should = "none of its companions" if is_plain else "no plain name of a file beside it"
        raise RefusedError(f"tensor `{name}` lies in the file `{location}`, which is {should}")
    held = companions[location]
    try:
        start = int(values.get("offset", "0"))
        length = int(values.get("length", str(len(held) - start)))
    except ValueError as error:
        raise RefusedError(f"tensor `{name}` does not say where in `{location}` it lies") from error
    if start < 0 or length < 0 or start + length > len(held):
        raise RefusedError(
            f"tensor `{name}` lies at {start} to {start + length} in `{location}`, which has {len(held)} bytes"
        )
    return held[start : start + length]


def _entry(content: memoryview) -> tuple[str, str]:
    return _text(content, 1), _text(content, 2)


def _inner(content: memoryview, *numbers: int) -> memoryview:
    """Return the message within messages that these fields lead to; what is written in parts is one message."""
    for number in numbers:
        parts = [field.content for field in _fields(content) if field.number == number and field.kind == _BYTES]
        content = memoryview(b"".join(parts)) if len(parts) != 1 else parts[0]
    return content


def _text(content: memoryview, number: int) -> str:
    """Return a text of a message; of one that is written several times the last counts."""
    texts = [field.content for field in _fields(content) if field.number == number and field.kind == _BYTES]
    return bytes(texts[-1]).decode("utf-8", "replace") if texts else ""


def _bytes_field(number: int, content: bytes) -> bytes:
    return _varint_bytes(number << 3 | _BYTES) + _varint_bytes(len(content)) + content


def _varint_bytes(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _fields(content: memoryview) -> Iterator[_Field]:
    """Split a message into its fields; groups, which ONNX never had, are refused with all else that is unsound."""
    at = 0
    while at < len(content):
        start = at
        key, at = _varint(content, at)
        number, kind, value = key >> 3, key & 7, 0
        if kind == _VARINT:
            value, end = _varint(content, at)
            at = end
        elif kind == _BYTES:
            length, at = _varint(content, at)
            end = at + length
        else:
            end = at + {_FIXED64: 8, _FIXED32: 4}.get(kind, len(content) + 1)
        if not number or key >= 1 << 32 or end > len(content):
            raise RefusedError(_BROKEN)
        yield _Field(number, kind, value, content[at:end], content[start:end])
        at = end


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            break
        value |= (content[at] & 0x7F) << shift
        if content[at] < 0x80:
            return value, at + 1
        at += 1
    raise RefusedError(_BROKEN)
