"""The pickle of a PyTorch checkpoint, read as a text: opcodes become values and descriptions, and nothing is called.

A state dict is made of few words: dicts, tuples, numbers, texts, and a handful of names of ``torch`` that put a tensor
together. Any other name in the file is code that loading the file would run, and the file is refused for naming it.
"""

import io
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zoo_tools.errors import BrokenFileError

# A state dict of 480 tensors takes 17,000 opcodes and 60 kB; a training state with its optimizer three times that.
_MAX_OPCODES = 500_000
_MAX_BYTES = 16 << 20
_MAX_WHOLE = 2**63 - 1
_MAX_RANK = 64
_MAX_SHOWN = 100

DTYPE_BYTES: Mapping[str, int] = {
    "bool": 1, "uint8": 1, "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8, "uint64": 8,
    "float8_e4m3fn": 1, "float8_e4m3fnuz": 1, "float8_e5m2": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1,
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip
"""Bytes of an element, by numpy's word for the type, or torch's where numpy has none."""

_STORAGES = {
    "torch.BoolStorage": "bool", "torch.ByteStorage": "uint8", "torch.CharStorage": "int8",
    "torch.ShortStorage": "int16", "torch.IntStorage": "int32", "torch.LongStorage": "int64",
    "torch.HalfStorage": "float16", "torch.BFloat16Storage": "bfloat16", "torch.FloatStorage": "float32",
    "torch.DoubleStorage": "float64", "torch.ComplexFloatStorage": "complex64",
    "torch.ComplexDoubleStorage": "complex128", "torch.storage.UntypedStorage": "uint8",
}  # fmt: skip
_DTYPES = {f"torch.{dtype}": dtype for dtype in DTYPE_BYTES}
_DICT = "collections.OrderedDict"
_TENSOR = "torch._utils._rebuild_tensor_v2"
_TENSOR_OF_DTYPE = "torch._utils._rebuild_tensor_v3"
_PARAMETER = "torch._utils._rebuild_parameter"
_KNOWN = {*_STORAGES, *_DTYPES, _DICT, _TENSOR, _TENSOR_OF_DTYPE, _PARAMETER}

_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_LITERALS = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "SHORT_BINSTRING",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A name of ``torch`` or ``collections``, which a real unpickler would import."""

    text: str


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of elements beside the pickle; tensors are views of it."""

    key: str
    dtype: str
    count: int

    @property
    def bytes(self) -> int:
        """What it takes in the file."""
        return self.count * DTYPE_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: where its elements lie in which storage, counted in elements of its type."""

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Table:
    """A dict. Its keys are kept as they come: hashing a tuple that nests deep enough ends the process."""

    pairs: list[tuple[object, object]] = field(default_factory=list)

    def get(self, key: str) -> object:
        """Return the value of a key, the last one as in a dict, or None."""
        return next((value for held, value in reversed(self.pairs) if isinstance(held, str) and held == key), None)


def read_pickle(data: bytes, start: int, end: int | None = None) -> tuple[object, int]:
    """Read one pickle symbolically.

    Args:
        data: what it stands in.
        start: where it begins.
        end: where it has to be over by; as a rule the end of the file.

    Returns:
        Its value (None, numbers, texts, lists, tuples, `Table`, `Storage`, `View`, `Name`) and the position behind it.

    Raises:
        BrokenFileError: it is cut short, names what no state dict names, or is longer than any state dict.
    """
    machine = _Machine()
    length = min(_MAX_BYTES, (len(data) if end is None else end) - start)
    window = io.BytesIO(data[start : start + length])
    try:
        for _ in range(_MAX_OPCODES):
            if _take(machine, window):
                return machine.result(), start + window.tell()
    except (ValueError, IndexError) as error:
        # What the readers of arguments raise for bytes that are none, and an empty list of marks.
        if window.tell() >= _MAX_BYTES:
            raise BrokenFileError(
                f"its pickle has more than {_MAX_BYTES} bytes, which is more than this tool reads"
            ) from error
        raise BrokenFileError(f"its pickle is cut short or damaged before byte {start + window.tell()}") from error
    raise BrokenFileError(f"its pickle has more than {_MAX_OPCODES} steps, which is more than this tool reads")


def _take(machine: "_Machine", window: io.BytesIO) -> bool:
    """Read a step and take it; True where it was the last.

    It is what ``pickletools.genops`` does, but here the argument of a step that no state dict has is never looked at.
    """
    opcode = _OPCODES.get(window.read(1))
    if opcode is None:
        raise ValueError("no step has that code, or the pickle ends without its last step")
    if not machine.knows(opcode.name):
        raise BrokenFileError(f"its pickle has the step {opcode.name}, which no state dict has")
    if opcode.name in ("GLOBAL", "INST"):
        machine.take(opcode.name, [_line(window), _line(window)])
    else:
        machine.take(opcode.name, None if opcode.arg is None else opcode.arg.reader(window))
    return bool(opcode.name == "STOP")


def _line(window: io.BytesIO) -> str:
    """Read a line as unpicklers do; the reader of ``pickletools`` also turns escapes into what they stand for."""
    line = window.readline()
    if not line.endswith(b"\n"):
        raise ValueError("a name without an end")
    return line[:-1].decode()


class _Machine:
    """A stack machine that builds values and descriptions of values."""

    def __init__(self) -> None:
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}
        self._steps: Mapping[str, Callable[[object], object]] = {
            "PROTO": lambda _: None, "FRAME": lambda _: None, "STOP": lambda _: None,
            "MARK": lambda _: self._marks.append(len(self._stack)),
            "NONE": lambda _: self._stack.append(None),
            "NEWTRUE": lambda _: self._stack.append(True), "NEWFALSE": lambda _: self._stack.append(False),
            "EMPTY_TUPLE": lambda _: self._stack.append(()), "EMPTY_LIST": lambda _: self._stack.append([]),
            "EMPTY_DICT": lambda _: self._stack.append(Table()),
            "TUPLE": lambda _: self._stack.append(tuple(self._marked())),
            "TUPLE1": lambda _: self._tuple(1), "TUPLE2": lambda _: self._tuple(2), "TUPLE3": lambda _: self._tuple(3),
            "APPEND": lambda _: self._extend([self._pop()]), "APPENDS": lambda _: self._extend(self._marked()),
            "SETITEM": lambda _: self._update([self._pop(), self._pop()][::-1]),
            "SETITEMS": lambda _: self._update(self._marked()),
            "BINPUT": self._put, "LONG_BINPUT": self._put, "MEMOIZE": lambda _: self._put(len(self._memo)),
            "BINGET": self._get, "LONG_BINGET": self._get,
            "GLOBAL": self._name, "INST": self._name,
            "STACK_GLOBAL": lambda _: self._name([self._pop(), self._pop()][::-1]),
            "BINPERSID": lambda _: self._stack.append(_storage(self._pop())),
            "REDUCE": lambda _: self._call(), "BUILD": lambda _: self._build(),
        }  # fmt: skip

    def knows(self, opcode: str) -> bool:
        return opcode in _LITERALS or opcode in self._steps

    def take(self, opcode: str, argument: object) -> None:
        if opcode in _LITERALS:
            self._stack.append(argument)
        else:
            self._steps[opcode](argument)

    def result(self) -> object:
        value = self._pop()
        if self._stack or self._marks:
            raise BrokenFileError("its pickle ends with more than one value")
        return value

    def _pop(self) -> object:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise BrokenFileError("its pickle takes a value that was never put")
        return self._stack.pop()

    def _marked(self) -> list[object]:
        """Take all values since the last mark."""
        mark = self._marks.pop()
        values = self._stack[mark:]
        del self._stack[mark:]
        return values

    def _tuple(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        self._stack.append(tuple(values[::-1]))

    def _put(self, place: object) -> None:
        value = self._pop()
        self._stack.append(value)
        assert isinstance(place, int)
        self._memo[place] = value

    def _get(self, place: object) -> None:
        if not isinstance(place, int) or place not in self._memo:
            raise BrokenFileError("its pickle takes a value that was never put")
        self._stack.append(self._memo[place])

    def _extend(self, values: list[object]) -> None:
        target = self._pop()
        if not isinstance(target, list):
            raise BrokenFileError("its pickle appends to what is no list")
        target.extend(values)
        self._stack.append(target)

    def _update(self, values: list[object]) -> None:
        target = self._pop()
        if not isinstance(target, Table) or len(values) % 2:
            raise BrokenFileError("its pickle sets an item of what is no dict")
        target.pairs.extend(zip(values[::2], values[1::2], strict=True))
        self._stack.append(target)

    def _name(self, parts: object) -> None:
        """Take a module and a name in it."""
        texts = [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
        text = ".".join(texts)
        if len(texts) != 2 or text not in _KNOWN:
            raise BrokenFileError(f"it holds {shown(text)}: it would run code when loaded")
        self._stack.append(Name(text))

    def _call(self) -> None:
        arguments, called = self._pop(), self._pop()
        match called, arguments:
            case Name(text), () if text == _DICT:
                self._stack.append(Table())
            case Name(text), (View() as view, _, _) if text == _PARAMETER:
                self._stack.append(view)
            case Name(text), (Storage() as storage, offset, shape, strides, _, _, *rest) if (
                text == _TENSOR and len(rest) <= 1
            ):
                self._stack.append(_view(storage, storage.dtype, (offset, shape, strides)))
            case Name(text), (Storage() as storage, offset, shape, strides, _, _, Name(dtype), *rest) if (
                text == _TENSOR_OF_DTYPE and dtype in _DTYPES and len(rest) <= 1
            ):
                self._stack.append(_view(storage, _DTYPES[dtype], (offset, shape, strides)))
            case _:
                name = shown(called.text) if isinstance(called, Name) else "what is no name"
                raise BrokenFileError(f"its pickle calls {name} with what that does not take")

    def _build(self) -> None:
        """Drop the one attribute that a state dict has, the versions of its modules; others could hide its methods."""
        state, target = self._pop(), self._pop()
        if not isinstance(target, Table) or not isinstance(state, Table):
            raise BrokenFileError("its pickle gives attributes to what is no dict")
        if not all(isinstance(name, str) and name == "_metadata" for name, _ in state.pairs):
            raise BrokenFileError("its pickle gives a dict other attributes than `_metadata`")
        self._stack.append(target)


def shown(text: str) -> str:
    """Return a text of the file for a message; it may hold anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_MAX_SHOWN]) or "a name without letters"


def _storage(described: object) -> Storage:
    match described:
        # Files in the old container end with where a view lies in its storage; since PyTorch 0.4 that is always None.
        case ("storage", Name(kind), str(key), str(), int(count)) | (
            "storage", Name(kind), str(key), str(), int(count), None,
        ) if kind in _STORAGES and _is_size(count):  # fmt: skip
            return Storage(key, _STORAGES[kind], count)
    raise BrokenFileError("its pickle describes a storage in a form that PyTorch does not write")


def _view(storage: Storage, dtype: str, place: tuple[object, object, object]) -> View:
    """Put a tensor together; all its elements have to lie in the storage."""
    match place:
        case (int(offset), tuple(shape), tuple(strides)):
            sizes, steps = _sizes(shape), _sizes(strides)
        case _:
            raise BrokenFileError("its pickle describes a tensor in a form that PyTorch does not write")
    if len(sizes) != len(steps) or not _is_size(offset):
        raise BrokenFileError("its pickle describes a tensor without a sound shape")
    last = offset + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    end = 0 if 0 in sizes else last + 1
    if end * DTYPE_BYTES[dtype] > storage.bytes:
        raise BrokenFileError(f"a tensor ends behind its storage {shown(storage.key)} of {storage.bytes} bytes")
    return View(storage, dtype, offset, sizes, steps)


def _sizes(values: tuple[object, ...]) -> tuple[int, ...]:
    sizes = tuple(value for value in values if isinstance(value, int) and _is_size(value))
    if len(sizes) != len(values) or len(sizes) > _MAX_RANK:
        raise BrokenFileError("its pickle describes a tensor without a sound shape")
    return sizes


def _is_size(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= _MAX_WHOLE
