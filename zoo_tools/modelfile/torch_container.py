"""The two containers of ``torch.save``: a zip archive (since PyTorch 1.6), and five pickles followed by the storages.

Entries of the archive are stored, never compressed, so nothing is unpacked here; the storages are measured, not read.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.torch_pickle import Storage, Table, View, read_pickle, shown

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001

# APPNOTE.TXT of the zip format, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16; PyTorch writes no comments.
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_ENTRIES = 100_000
_IN_EXTRA = 0xFFFF_FFFF  # the number stands in the extra field of id 1


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the archive."""

    start: int
    size: int


def read_container(data: bytes) -> object:
    """Read the value that a file of ``torch.save`` holds, and prove that its storages are there in full.

    Raises:
        BrokenFileError: it is neither container, is cut short, or would run code when loaded.
    """
    return _archive(data) if data.startswith(b"PK") else _legacy(data)


def _legacy(data: bytes) -> object:
    magic, position = read_pickle(data, 0)
    if magic != _MAGIC:
        raise BrokenFileError("it is a pickle, and no file that torch.save wrote")
    protocol, position = read_pickle(data, position)
    if protocol != _PROTOCOL:
        raise BrokenFileError(f"its protocol should be {_PROTOCOL}")
    _, position = read_pickle(data, position)
    value, position = read_pickle(data, position)
    keys, position = read_pickle(data, position)
    storages = _storages(value)
    if not isinstance(keys, list) or not _lists(keys, storages):
        raise BrokenFileError("its list of storages is not that of the storages its tensors lie in")
    for key in keys:
        position = _legacy_storage(data, position, storages[key])
    if position != len(data):
        raise BrokenFileError(f"{len(data) - position} bytes follow behind its last storage")
    return value


def _lists(keys: list[object], storages: Mapping[str, Storage]) -> bool:
    texts = [key for key in keys if isinstance(key, str)]
    return len(texts) == len(keys) == len(storages) and set(texts) == storages.keys()


def _legacy_storage(data: bytes, position: int, storage: Storage) -> int:
    """Return the position behind a storage: its number of elements in 8 bytes, then these."""
    end = position + 8 + storage.bytes
    if end > len(data):
        raise BrokenFileError(f"it is cut short: storage {shown(storage.key)} ends {end - len(data)} bytes behind it")
    (count,) = struct.unpack_from("<q", data, position)
    if count != storage.count:
        raise BrokenFileError(
            f"storage {shown(storage.key)} says it holds {count} elements; its tensors need {storage.count}"
        )
    return end


def _archive(data: bytes) -> object:
    entries = _entries(data)
    prefix = next(iter(entries), "").partition("/")[0]
    if f"{prefix}/constants.pkl" in entries:
        raise BrokenFileError("it is a TorchScript archive, which is a program; it should be a state dict")
    if f"{prefix}/data.pkl" not in entries:
        raise BrokenFileError("it is a zip archive without a data.pkl, and no file that torch.save wrote")
    pickle = entries[f"{prefix}/data.pkl"]
    value, end = read_pickle(data, pickle.start, pickle.start + pickle.size)
    if end != pickle.start + pickle.size:
        raise BrokenFileError("bytes follow behind the pickle in its data.pkl")
    storages = _storages(value)
    for key, storage in storages.items():
        held = entries.get(f"{prefix}/data/{key}")
        if held is None or held.size != storage.bytes:
            has = "is missing" if held is None else f"has {held.size} bytes"
            raise BrokenFileError(f"storage {shown(key)} {has}; its tensors need {storage.bytes} bytes")
    if sum(storage.bytes for storage in storages.values()) > len(data):
        raise BrokenFileError("its storages overlap")
    return value


def _entries(data: bytes) -> dict[str, _Entry]:
    """Read the archive's directory."""
    try:
        count, position = _directory(data)
        if count > _MAX_ENTRIES:
            raise BrokenFileError(f"it has more than {_MAX_ENTRIES} entries, more than this tool reads")
        entries: dict[str, _Entry] = {}
        for _ in range(count):
            name, entry, position = _entry(data, position)
            if name in entries:
                raise BrokenFileError(f"it has two entries of the name {shown(name)}")
            entries[name] = entry
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise BrokenFileError("it is a zip archive that is cut short or damaged") from error
    return entries


def _directory(data: bytes) -> tuple[int, int]:
    """Return how many entries the directory has and where it begins."""
    end = len(data) - _END.size
    if end < 0 or not data.startswith(b"PK\x05\x06", end):
        raise BrokenFileError("it is a zip archive that is cut short, or one that torch.save did not write")
    *_, count, _size, start, _comment = _END.unpack_from(data, end)
    locator = end - _LOCATOR64.size
    if locator >= 0 and data.startswith(b"PK\x06\x07", locator):
        (_, _, place, _) = _LOCATOR64.unpack_from(data, locator)
        if not data.startswith(b"PK\x06\x06", place):
            raise BrokenFileError("it is a zip archive that is cut short or damaged")
        *_, count, _size, start = _END64.unpack_from(data, place)
    return count, start


def _entry(data: bytes, position: int) -> tuple[str, _Entry, int]:
    """Read one entry of the directory: its name, its bytes, and the position behind it."""
    sign, *numbers = _ENTRY.unpack_from(data, position)
    _, _, flags, method, _, _, _, packed, size, name_length, extra_length, comment_length, _, _, _, local = numbers
    name_end = position + _ENTRY.size + name_length
    name = data[position + _ENTRY.size : name_end].decode()
    if sign != b"PK\x01\x02" or name_end > len(data):
        raise BrokenFileError("it is a zip archive that is cut short or damaged")
    size, packed, local = _wide([size, packed, local], data[name_end : name_end + extra_length])
    if method or flags & 1 or size != packed:
        raise BrokenFileError(
            f"its entry {shown(name)} is compressed or encrypted; torch.save stores entries as they are"
        )
    start = _content(data, local)
    if start + size > len(data):
        raise BrokenFileError(f"it is cut short: its entry {shown(name)} ends behind it")
    return name, _Entry(start, size), name_end + extra_length + comment_length


def _wide(numbers: list[int], extra: bytes) -> list[int]:
    """Replace numbers that did not fit into 32 bits by those of the extra field, which gives them in this order."""
    position, wide = 0, iter(())
    while position < len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind == 1:
            content = extra[position + 4 : position + 4 + length]
            wide = iter(struct.unpack(f"<{length // 8}Q", content[: length // 8 * 8]))
        position += 4 + length
    try:
        return [next(wide) if number == _IN_EXTRA else number for number in numbers]
    except StopIteration as error:
        raise BrokenFileError("it is a zip archive that is cut short or damaged") from error


def _content(data: bytes, local: int) -> int:
    """Return where the bytes of an entry begin: behind its local header."""
    sign, *_, name_length, extra_length = _LOCAL.unpack_from(data, local)
    if sign != b"PK\x03\x04":
        raise BrokenFileError("it is a zip archive that is cut short or damaged")
    return int(local + _LOCAL.size + name_length + extra_length)


def _storages(value: object) -> dict[str, Storage]:
    """Collect the storages that anything in a value lies in; the value may hold itself, and nest deep."""
    found: dict[str, Storage] = {}
    seen: set[int] = set()
    left = [value]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        match one:
            case Table(pairs):
                left.extend(part for pair in pairs for part in pair)
            case list() | tuple():
                left.extend(one)
            case View(storage) | (Storage() as storage):
                if found.setdefault(storage.key, storage) != storage:
                    raise BrokenFileError(f"storage {shown(storage.key)} is described in two ways")
    return found
