"""What memory a board has and what a footprint asks for, as ranges: printed digits are rounded, on both sides."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from zoo_tools.domain.groups import Flash, Footprint, Ram
from zoo_tools.domain.references import Board, Memory
from zoo_tools.domain.scalars import half_unit

Kind = Literal["ram", "flash"]
Place = Literal["chip", "board", "anywhere"]

KINDS: Final[tuple[Kind, ...]] = ("ram", "flash")
BYTES: Final = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
NAMES: Final[dict[Kind, str]] = {"ram": "RAM", "flash": "flash"}


@dataclass(frozen=True, slots=True)
class Room:
    """What a board has of RAM or flash in one place."""

    memories: tuple[Memory, ...]

    @property
    def size(self) -> Decimal:
        """Bytes, as printed."""
        return total_bytes(one.size * BYTES[one.unit] for one in self.memories)

    @property
    def most(self) -> Decimal:
        """Bytes that the printed sizes may stand for at most."""
        return total_bytes((one.size + _rounding(one)) * BYTES[one.unit] for one in self.memories)

    @property
    def least(self) -> Decimal:
        """Bytes that the printed sizes stand for at least."""
        return total_bytes((one.size - _rounding(one)) * BYTES[one.unit] for one in self.memories)

    def __add__(self, other: "Room") -> "Room":
        return Room((*self.memories, *other.memories))


def total_bytes(sizes: Iterable[Decimal]) -> Decimal:
    """Return the sum, zero of none."""
    return sum(sizes, Decimal(0))


def _rounding(memory: Memory) -> Decimal:
    """Return how far a printed size may be off: 4.2 is rounded, a whole number counts blocks."""
    exponent = memory.size.as_tuple().exponent
    return half_unit(memory.size) if isinstance(exponent, int) and exponent < 0 else Decimal(0)


@dataclass(frozen=True, slots=True)
class Budget:
    """RAM or flash of a board that tensors or weights may lie in."""

    board: Board
    kind: Kind
    chip: Room
    beside: Room
    unplaced: Room
    """Memory of which nobody says whether it is on the chip: nothing is held against it."""

    @property
    def main(self) -> Room:
        """What *fits* is judged by: the chip's memory, or the board's where the chip has none."""
        return self.chip if self.chip.memories else self.beside

    @property
    def whole(self) -> Room:
        """Chip and board together."""
        return self.chip + self.beside

    @property
    def order(self) -> tuple[Decimal, Decimal]:
        """Sorts the boards of a series by how much of it they have."""
        return self.chip.most, self.whole.most


def budget_of(board: Board, kind: Kind) -> Budget:
    """Return what a board has of a kind of memory; memory for instructions is left out."""
    usable = [one for one in getattr(board, kind) if one.holds_data]
    chip, beside, unplaced = (Room(tuple(m for m in usable if m.place == place)) for place in ("chip", "board", None))
    return Budget(board, kind, chip, beside, unplaced)


@dataclass(frozen=True, slots=True)
class Need:
    """A figure of a footprint that has to find room."""

    path: tuple[Kind, str]
    """Where it stands in the footprint: `("ram", "internal")`."""
    value: Decimal
    """As printed."""
    unit: str
    place: Place = "anywhere"

    @property
    def size(self) -> Decimal:
        """Bytes, as printed."""
        return self.value * BYTES[self.unit]

    @property
    def least(self) -> Decimal:
        """Bytes that the printed figure stands for at least."""
        return (self.value - half_unit(self.value)) * BYTES[self.unit]

    @property
    def most(self) -> Decimal:
        """Bytes that the printed figure may stand for at most."""
        return (self.value + half_unit(self.value)) * BYTES[self.unit]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a footprint says of RAM or flash, and what it leaves out."""

    parts: tuple[Need, ...]
    missing: str | None
    """The part nobody counted: then the others are a lower bound."""

    @property
    def size(self) -> Decimal:
        """Bytes, as printed."""
        return total_bytes(part.size for part in self.parts)


def needs_of(footprint: Footprint, kind: Kind) -> Needs:
    """Return the figures that RAM or flash is judged by: the printed total, or else its parts."""
    figures = footprint.ram if kind == "ram" else footprint.flash
    stated: dict[str, Decimal] = {name: value for name, value in figures if value is not None}
    if isinstance(figures, Ram) and figures.internal is not None:
        names, wanted = ["internal", "external"], ["internal", "external"]
    elif figures.total is not None:
        names, wanted = ["total"], ["total"]
    else:
        names = wanted = ["weights", "code"] if isinstance(figures, Flash) else ["activation", "runtime"]
    places: dict[str, Place] = {"internal": "chip", "external": "board"}
    parts = [
        Need((kind, name), stated[name], footprint.unit, places.get(name, "anywhere"))
        for name in names
        if name in stated
    ]
    missing = [name for name in wanted if name not in stated]
    return Needs(tuple(parts), " and ".join(missing) or None)
