"""Where two contracts differ, in the keys of the file: what a recording or an earlier manifest says, and today's."""

from collections.abc import Iterator

from zoo_tools.domain.address import Path
from zoo_tools.domain.decoding import COMMENTARY, Contract

_SHOWN = 200


def contract_differences(now: Contract, then: Contract) -> Iterator[tuple[Path, object, object]]:
    """Yield the places where two contracts differ, with both values; what is said about them is no part of them."""
    yield from _differences(_tree(now), _tree(then))


def _tree(contract: Contract) -> dict[str, object]:
    return contract.model_dump(mode="json", by_alias=True, exclude=COMMENTARY)


def _differences(now: object, then: object, path: Path = ()) -> Iterator[tuple[Path, object, object]]:
    if isinstance(now, dict) and isinstance(then, dict):
        for key in sorted(now.keys() | then.keys()):
            yield from _differences(now.get(key), then.get(key), (*path, key))
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for i, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from _differences(one, other, (*path, i))
    elif now != then:
        yield path, now, then


def key_of(path: Path) -> str:
    """Return a path as messages print it: `decode.scores.background`."""
    return ".".join(str(step) for step in path)


def shown(value: object) -> str:
    """Return a value as messages print it, the beginning of a long one."""
    if value is None:
        return "nothing"
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
