"""Addresses: how people and reports name one value of a manifest.

`variants[025_192].footprints[int8,stm32h7].ram.activation`: keys joined by dots; an element of a list is chosen by
words that are among its own names (`names_of`), and must be the only one they choose; an entry of a mapping by its
key, as in `evidence[card-v2.0.1]`. A word may be an address itself, as in `corrections[variants[025_192].id]`. A path
is the same thing for the program: a tuple of keys and list positions, as in the file.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Final

from pydantic import BaseModel

from zoo_tools.domain.evidence import Anomaly, Correction, Waiver
from zoo_tools.domain.manifest import (
    Accuracy,
    Artifact,
    Change,
    Complexity,
    Footprint,
    GoldenCase,
    Latency,
    TensorSpec,
    Training,
    Variant,
)

Path = tuple[str | int, ...]


class AddressError(ValueError):
    """An address that names nothing, or more than one thing; the text says which."""


def _complexity_names(element: Complexity) -> tuple[str, ...]:
    stated = {"gflops": element.gflops, "mparams": element.mparams}
    return (element.artifact, *(name for name, value in stated.items() if value is not None))


# A table and no `match`: isinstance() of a pydantic class is a function in Python, and addresses are many.
_NAMES: Final[dict[type, Callable[..., tuple[str, ...]]]] = {
    Variant: lambda element: (element.id,),
    Artifact: lambda element: (element.id,),
    Anomaly: lambda element: (element.id,),
    Footprint: lambda element: (element.artifact, element.target),
    Latency: lambda element: (element.artifact, element.board, element.engine),
    Accuracy: lambda element: (element.artifact, element.protocol),
    Complexity: _complexity_names,
    Training: lambda element: (element.artifact,),
    GoldenCase: lambda element: (element.artifact, element.image),
    TensorSpec: lambda element: (element.slot,),
    Correction: lambda element: (element.at,),
    Waiver: lambda element: (element.check, element.at),
    Change: lambda element: (element.version,),
}


def _nameless(_element: object) -> tuple[str, ...]:
    return ()


def names_of(element: object) -> tuple[str, ...]:
    """Return the words that name an element of a list, the ones an address prints first to last."""
    return _NAMES.get(type(element), _nameless)(element)


@cache
def _attributes(model: type[BaseModel]) -> dict[str, str]:
    """Return the attributes of an object by the keys that files and programs know them by."""
    names = {name: name for name in model.model_fields}
    return names | {field.alias: name for name, field in model.model_fields.items() if field.alias}


def _child(parent: object, key: str | int) -> object:
    if isinstance(parent, list) and isinstance(key, int):
        return parent[key]
    if isinstance(parent, dict) and isinstance(key, str):
        if key not in parent:
            raise AddressError(f"there is no `{key}` here")
        return parent[key]
    if isinstance(key, str) and isinstance(parent, BaseModel):
        name = _attributes(type(parent)).get(key)
        if name is None:
            raise AddressError(f"there is no `{key}` here")
        value: object = getattr(parent, name)
        return value
    raise AddressError(f"`{key}` cannot be looked up in a single value")


def value_at(root: object, path: Path) -> object:
    """Return the value a path leads to; raises `AddressError` where it leads nowhere."""
    for key in path:
        root = _child(root, key)
    return root


@lru_cache(maxsize=4096)
def _steps(address: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the keys of an address, each with the words in brackets behind it."""
    steps, at = [], 0
    while True:
        key, behind = _key_at(address, at)
        words: tuple[str, ...] = ()
        if address[behind : behind + 1] == "[":
            end = _closing(address, behind)
            words = tuple(_words(address[behind + 1 : end]))
            behind = end + 1
        steps.append((key, words))
        if behind == len(address):
            return tuple(steps)
        if address[behind] != ".":
            raise _malformed()
        at = behind + 1


def _malformed() -> AddressError:
    return AddressError("it is not written as keys joined by dots, with [words] behind a list")


def _key_at(address: str, at: int) -> tuple[str, int]:
    """Return the key that begins at a place, and where it ends."""
    end = at
    while end < len(address) and address[end] not in ".[],":
        end += 1
    if end == at:
        raise _malformed()
    return address[at:end], end


def _closing(address: str, opening: int) -> int:
    """Return the place of the bracket that closes another one."""
    depth = 0
    for place in range(opening, len(address)):
        depth += {"[": 1, "]": -1}.get(address[place], 0)
        if depth == 0:
            return place
    raise _malformed()


def _words(text: str) -> Iterator[str]:
    """Yield the words between two brackets; commas inside further brackets belong to a word."""
    depth, begin = 0, 0
    for place, letter in enumerate(f"{text},"):
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            word = text[begin:place].strip()
            if not word:
                raise _malformed()
            yield word
            begin = place + 1


class Addresses:
    """Looks up addresses in one manifest; the names in a list are read once.

    Args:
        root: the manifest, or a part of it that addresses begin at.
    """

    def __init__(self, root: object) -> None:
        self._root = root
        self._named: dict[int, dict[str, list[int]]] = {}
        self._taken: dict[tuple[int, str, tuple[str, ...]], tuple[object, Path]] = {}

    def path(self, address: str) -> Path:
        """Return the path an address names.

        Raises:
            AddressError: it is malformed, or names nothing or more than one value.
        """
        root, taken = self._root, self._taken
        path: Path = ()
        for key, words in _steps(address):
            step = (id(root), key, words)  # the root keeps all that is below it alive
            if step not in taken:
                taken[step] = self._step(root, key, words)
            root, further = taken[step]
            path += further
        return path

    def _step(self, root: object, key: str, words: tuple[str, ...]) -> tuple[object, Path]:
        """Return what a key, and the words behind it, lead to, and the path to it."""
        value = _child(root, key)
        if not words:
            return value, (key,)
        step = self._chosen(value, words, key=key)
        return _child(value, step), (key, step)

    def _chosen(self, container: object, words: tuple[str, ...], *, key: str) -> str | int:
        if isinstance(container, dict):
            return ",".join(words)
        if isinstance(container, list):
            return self._choose(container, words)
        raise AddressError(f"`{key}` is neither a list nor a mapping, so [{','.join(words)}] chooses nothing")

    def _choose(self, elements: list[object], words: tuple[str, ...]) -> int:
        named = self._names_in(elements)
        chosen = named.get(words[0], [])
        for word in words[1:]:
            also = named.get(word, ())
            chosen = [i for i in chosen if i in also]
        if len(chosen) == 1:
            return chosen[0]
        wanted = ",".join(words)
        if not chosen:
            raise AddressError(f"no element is named [{wanted}]")
        rivals = "; ".join(",".join(names_of(elements[i])) for i in chosen[:3])
        raise AddressError(f"[{wanted}] names {len(chosen)} elements ({rivals}); add a word")

    def _names_in(self, elements: list[object]) -> dict[str, list[int]]:
        """Return the positions in a list by each word that names them, or by themselves where nothing has a name."""
        found = self._named.get(id(elements))
        if found is None:
            found = self._named[id(elements)] = {}
            for i, element in enumerate(elements):
                for word in dict.fromkeys(names_of(element) or (str(i),)):
                    found.setdefault(word, []).append(i)
        return found


def resolve(root: object, address: str) -> Path:
    """Return the path an address names in a manifest.

    Raises:
        AddressError: it is malformed, or names nothing or more than one value.
    """
    return Addresses(root).path(address)


def address_of(root: object, path: Path) -> str:
    """Return the address of a path: the inverse of `resolve` wherever names are unique."""
    text = ""
    for key in path:
        parent, root = root, _child(root, key)
        if isinstance(key, int):
            text += f"[{','.join(names_of(root)) or key}]"
        elif isinstance(parent, dict):
            text += f"[{key}]"
        else:
            text += f".{key}" if text else key
    return text
