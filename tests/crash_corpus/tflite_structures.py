"""TFLite files that are sound as containers and wrong in what they say: one number of a table is another.

The numbers are written over in place, where the reader of the schema finds them.
"""

import random
import struct
from collections.abc import Callable, Iterator

import tflite
from flatbuffers.table import Table

from tests.crash_corpus.sample import Sample

_INDICES = (-1, 9999, 2**31 - 1, -(2**31))
_LENGTHS = (0, -1, 1, 7, 4096, 2**31 - 1, -(2**31))
_SLOT_OF_BUILTIN_CODE, _SLOT_OF_DEPRECATED_CODE, _SLOT_OF_VERSION = 10, 4, 8
_INPUTS, _OUTPUTS = 6, 8
_DTYPES = (0, 1, 2, 5, 6, 9, 15, 17, 19, 100, -1)
_CODES = (0, 3, 9, 17, 22, 25, 32, 36, 40, 45, 70, 99, 118, 119, 126, 206)
_NUMBERS = {1: "<b", 4: "<i"}


class _File:
    """A copy of a file whose numbers can be written over."""

    def __init__(self, content: bytes) -> None:
        self.bytes = bytearray(content)
        self.model = tflite.Model.GetRootAs(self.bytes, 0)
        self.graph = self.model.Subgraphs(0)
        self.tensors = [self.graph.Tensors(i) for i in range(self.graph.TensorsLength())]
        self.operators = [self.graph.Operators(i) for i in range(self.graph.OperatorsLength())]
        self.codes = [self.model.OperatorCodes(i) for i in range(self.model.OperatorCodesLength())]

    def set_field(self, table: Table, slot: int, value: int, *, size: int = 4) -> bool:
        """Write a number of a table, if the table stores it."""
        offset = table.Offset(slot)
        if offset:
            struct.pack_into(_NUMBERS[size], self.bytes, table.Pos + offset, value)
        return bool(offset)

    def set_element(self, table: Table, slot: int, index: int, value: int) -> bool:
        """Write an element of a table's list of numbers of 32 bits."""
        offset = table.Offset(slot)
        if not offset or index >= table.VectorLen(offset):
            return False
        struct.pack_into("<i", self.bytes, table.Vector(offset) + 4 * index, value)
        return True


_Change = Callable[[_File, random.Random], bool]
"""Makes a change, if there is something to change."""


def structures_changed(content: bytes, *, count: int, seed: int) -> Iterator[Sample]:
    """Yield files with one thing changed each, kind after kind; the same for the same seed."""
    dice = random.Random(seed)
    seen = {content}
    kinds = list(_CHANGES)
    while len(seen) <= count:
        kind = kinds[len(seen) % len(kinds)]
        for _ in range(50):
            file = _File(content)
            if _CHANGES[kind](file, dice) and bytes(file.bytes) not in seen:
                seen.add(bytes(file.bytes))
                yield Sample("structure", kind, "tflite", bytes(file.bytes))
                break
        else:
            kinds.remove(kind)


def omitted(content: bytes) -> Iterator[Sample]:
    """Yield files in which an operator lacks what it cannot do without; LiteRT 2.3 dies over three of these."""
    count = len(_File(content).operators)
    for at, slot, index in [*((at, _INPUTS, 1) for at in range(count)), *((at, _OUTPUTS, 0) for at in range(count))]:
        file = _File(content)
        if file.set_element(file.operators[at]._tab, slot, index, -1):
            what = "input" if slot == _INPUTS else "output"
            yield Sample("special", f"operator without {what}", "tflite", bytes(file.bytes))


def _operand(file: _File, dice: random.Random) -> bool:
    operator, slot = dice.choice(file.operators), dice.choice((_INPUTS, _OUTPUTS))
    return file.set_element(operator._tab, slot, dice.randrange(3), dice.choice((*_INDICES, dice.randrange(20))))


def _cycle(file: _File, dice: random.Random) -> bool:
    """Let an operator read what it, or a later one, writes."""
    at = dice.randrange(len(file.operators))
    later = dice.choice(file.operators[at:])
    return file.set_element(file.operators[at]._tab, _INPUTS, 0, later.Outputs(0))


def _shape(file: _File, dice: random.Random) -> bool:
    return file.set_element(dice.choice(file.tensors)._tab, 4, dice.randrange(4), dice.choice(_LENGTHS[2:]))


def _negative(file: _File, dice: random.Random) -> bool:
    length = dice.choice((-1, 0, -7, -(2**31)))
    return file.set_element(dice.choice(file.tensors)._tab, dice.choice((4, 18)), dice.randrange(4), length)


def _dtype(file: _File, dice: random.Random) -> bool:
    return file.set_field(dice.choice(file.tensors)._tab, 6, dice.choice(_DTYPES), size=1)


def _buffer(file: _File, dice: random.Random) -> bool:
    """Let a tensor have no content, that of another, or that of no buffer there is."""
    others = dice.randrange(file.model.BuffersLength())
    return file.set_field(dice.choice(file.tensors)._tab, 8, dice.choice((0, -1, 9999, others)))


def _code(file: _File, dice: random.Random) -> bool:
    code, number = dice.choice(file.codes), dice.choice(_CODES)
    file.set_field(code._tab, _SLOT_OF_DEPRECATED_CODE, min(number, 127), size=1)
    return file.set_field(code._tab, _SLOT_OF_BUILTIN_CODE, number)


def _version(file: _File, dice: random.Random) -> bool:
    return file.set_field(dice.choice(file.codes)._tab, _SLOT_OF_VERSION, dice.choice((0, -1, 1, 2, 3, 7, 99)))


def _which_code(file: _File, dice: random.Random) -> bool:
    return file.set_field(dice.choice(file.operators)._tab, 4, dice.choice((-1, 9999, *range(len(file.codes)))))


def _options(file: _File, dice: random.Random) -> bool:
    """Change an option, or say that the options are those of another operator."""
    operator = dice.choice(file.operators)
    if dice.random() < 0.4:
        return file.set_field(operator._tab, 10, dice.choice((0, 1, 5, 8, 11, 17, 32, 60, 92, 125)), size=1)
    options = operator.BuiltinOptions()
    slots = [slot for slot in (4, 6, 8, 10, 12, 14) if options is not None and options.Offset(slot)]
    if not slots:
        return False
    slot = dice.choice(slots)
    if (options.Pos + options.Offset(slot)) % 4 == 0:
        return file.set_field(options, slot, dice.choice(_LENGTHS))
    return file.set_field(options, slot, dice.choice((0, 1, 2, 3, 5, 127, -1)), size=1)


def _quantization(file: _File, dice: random.Random) -> bool:
    quantization = dice.choice(file.tensors).Quantization()
    if quantization is None:
        return False
    infinite, zero, negative, wide = 0x7F800000, 0, -(2**31), 2**31 - 1
    slot = dice.choice((8, 8, 10, 16))
    if slot == 16:
        return file.set_field(quantization._tab, 16, dice.choice((1, 2, 9, -1)))
    return file.set_element(quantization._tab, slot, 0, dice.choice((infinite, zero, negative, wide)))


def _ends(file: _File, dice: random.Random) -> bool:
    """Let the graph begin or end with other tensors."""
    index = dice.choice((*_INDICES, *range(len(file.tensors))))
    return file.set_element(file.graph._tab, dice.choice((6, 8)), dice.randrange(3), index)


_CHANGES: dict[str, _Change] = {
    "tensor index": _operand,
    "cycle": _cycle,
    "shape": _shape,
    "negative size": _negative,
    "dtype": _dtype,
    "buffer": _buffer,
    "operator code": _code,
    "operator version": _version,
    "operator's code": _which_code,
    "options": _options,
    "quantisation": _quantization,
    "inputs and outputs": _ends,
}
