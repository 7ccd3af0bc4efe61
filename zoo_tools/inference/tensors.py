"""What a runtime says of the inputs and outputs of a model: name, shape, dtype, quantization.

A declared shape is a claim: some files declare [1, 1, 4] and give [1, 4420, 4]. The true shape of an output is that of
the array that a run returned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantization:
    """real = (stored - zero_point) * scale, with one pair for the tensor or one for each index along `axis`."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One input or output as its runtime declares it before a run."""

    name: str
    """Name in the file; a second tensor of the same name gets ` #2` appended."""
    shape: tuple[int, ...]
    """Dimensions with the batch fixed to 1; -1 for any other dimension that the file leaves open."""
    dtype: str
    """Name of its numpy dtype."""
    quantization: Quantization | None = None

    def __str__(self) -> str:
        return f"{name_text(self.name)} {self.dtype} {shape_text(self.shape)}"

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        quantization = self.quantization and {
            "scales": list(self.quantization.scales),
            "zero_points": list(self.quantization.zero_points),
            "axis": self.quantization.axis,
        }
        return {"name": self.name, "shape": list(self.shape), "dtype": self.dtype, "quantization": quantization}


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it, such as `(1, 192, 192, 3)`, with `?` for an open dimension."""
    return f"({', '.join('?' if size < 0 else str(size) for size in shape)})"


def name_text(name: str) -> str:
    """Return a tensor's name for a message; a file may hold anything as a name."""
    return f"`{''.join(letter if letter.isprintable() else '?' for letter in name[:100])}`"


def unique_names(names: Iterable[str]) -> list[str]:
    """Return names in order, a second `x` as `x #2`: they need not be unique in a file, and one tensor may be twice."""
    given: list[str] = []
    for name in names:
        count = sum(one == name or one.startswith(f"{name} #") for one in given)
        given.append(f"{name} #{count + 1}" if count else name)
    return given


def tensor_info(value: object) -> TensorInfo:
    """Read back what `TensorInfo.to_json` wrote.

    Raises:
        ValueError: it is anything else; the worker that sent it may have been taken over by a hostile model.
    """
    match value:
        case {"name": str(name), "shape": list(shape), "dtype": str(dtype), "quantization": None | dict() as given}:
            quantization = None if given is None else _quantization(given)
            return TensorInfo(name, tuple(_whole(size) for size in shape), dtype, quantization)
    raise ValueError("not a tensor's description")


def _quantization(value: Mapping[str, object]) -> Quantization:
    match value:
        case {"scales": list(scales), "zero_points": list(points), "axis": int(axis)}:
            return Quantization(tuple(_real(scale) for scale in scales), tuple(_whole(point) for point in points), axis)
    raise ValueError("not a quantization")


def _whole(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ValueError("not a whole number")


def _real(value: object) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    raise ValueError("not a number")
