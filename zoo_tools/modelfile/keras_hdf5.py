"""The arrays of an HDF5 file by name, shape and type; no array is read, and nothing outside the file is followed.

Runs in a confined child process (``modelfile.child``): the library is native code, and the format can point at other
files in four ways, each of which is refused.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import h5py
from h5py import h5d, h5f, h5o

from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.naming import shown

MAX_CONFIG_BYTES = 64 << 20
_MAX_OBJECTS = 50_000
_MAX_DEPTH = 32
_MAX_ELEMENTS = 2**40
_ELSEWHERE = "it points at {what} (`{path}`), which no Keras model needs"


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array of the file; ``layer`` is what its group says of its owner (Keras 3), if anything."""

    path: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    layer: str | None = None

    @property
    def elements(self) -> int:
        """The number of elements; 1 for a scalar."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What an HDF5 file holds, as far as a Keras model uses it."""

    config: str | None
    arrays: tuple[StoredArray, ...]


def read_hdf5(data: bytes) -> StoredFile:
    """List the arrays of a file, and the model configuration among its attributes.

    Raises:
        BrokenFileError: it is cut short or damaged, points outside itself, or is too large.
    """
    try:
        with h5py.File(h5f.open_file_image(data), "r") as file:
            return StoredFile(_text(file, "model_config"), tuple(_Walk().arrays(file)))
    except BrokenFileError:
        raise
    except MemoryError:
        raise
    # The library turns its many complaints into exceptions of as many kinds.
    except Exception as error:
        raise BrokenFileError(
            f"it is cut short or damaged: {str(error).splitlines()[0] if str(error) else error!r}"
        ) from error


class _Walk:
    """Goes through the groups once; keeps count of the work done."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._count: Counter[str] = Counter()

    def arrays(self, group: h5py.Group, path: tuple[str, ...] = ()) -> Iterator[StoredArray]:
        address = int(h5o.get_info(group.id).addr)
        if address in self._seen or len(path) > _MAX_DEPTH:
            raise BrokenFileError(f"its group `{shown('/'.join(path))}` lies in itself, or too deep")
        self._seen.add(address)
        owner = _text(group, "name") if path and path[-1] == "vars" else None
        for name in group:
            self._count["objects"] += 1
            if self._count["objects"] > _MAX_OBJECTS:
                raise BrokenFileError(f"it holds more than {_MAX_OBJECTS} arrays and groups")
            yield from self._member(group, str(name), (*path, str(name)), owner)

    def _member(self, group: h5py.Group, name: str, path: tuple[str, ...], owner: str | None) -> Iterator[StoredArray]:
        place = shown("/".join(path))
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise BrokenFileError(_ELSEWHERE.format(what="another file", path=place))
        if not isinstance(link, h5py.HardLink):
            raise BrokenFileError(_ELSEWHERE.format(what="another place by name", path=place))
        member = group[name]
        if isinstance(member, h5py.Group):
            yield from self.arrays(member, path)
        elif isinstance(member, h5py.Dataset):
            yield _array(member, path, owner, place)


def _array(dataset: h5py.Dataset, path: tuple[str, ...], owner: str | None, place: str) -> StoredArray:
    plan = dataset.id.get_create_plist()
    if plan.get_layout() == h5d.VIRTUAL:
        raise BrokenFileError(_ELSEWHERE.format(what="arrays of other files", path=place))
    if plan.get_external_count():
        raise BrokenFileError(_ELSEWHERE.format(what="bytes of another file", path=place))
    shape = tuple(int(size) for size in dataset.shape or ())
    if prod(shape) > _MAX_ELEMENTS:
        raise BrokenFileError(
            f"its array `{place}` claims {prod(shape)} elements; at most {_MAX_ELEMENTS} are believed"
        )
    return StoredArray(path, shape, dataset.dtype.name, owner)


def _text(holder: h5py.Group, name: str) -> str | None:
    """Read an attribute that is one text; None where there is none."""
    if name not in holder.attrs:
        return None
    value = holder.attrs[name]
    if isinstance(value, bytes):
        value = value.decode()
    if not isinstance(value, str) or len(value) > MAX_CONFIG_BYTES:
        raise BrokenFileError(f"its attribute `{name}` is no text of at most {MAX_CONFIG_BYTES} bytes")
    return value
