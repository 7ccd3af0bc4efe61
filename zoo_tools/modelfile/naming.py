"""Names from strangers' files, as messages show them: short, and printable whatever the file holds."""

from collections.abc import Sequence

from zoo_tools.errors import BrokenFileError

_MAX_SHOWN = 60
_MAX_NAME = 4096


def checked(name: object) -> str:
    """Return a name that a library read.

    Raises:
        BrokenFileError: it is no text, which libraries give as bytes, or is of no reasonable length.
    """
    if not isinstance(name, str):
        raise BrokenFileError("a name in it is not UTF-8")
    if len(name) > _MAX_NAME:
        raise BrokenFileError(f"a name in it has more than {_MAX_NAME} characters")
    return name


def shown(name: str) -> str:
    """Return a name as at most 60 printable characters."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[: _MAX_SHOWN + 1])
    return f"{text[:_MAX_SHOWN]}…" if len(text) > _MAX_SHOWN else text


def listed(names: Sequence[str]) -> str:
    """Return names in a row, the first three and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(f"`{shown(name)}`" for name in names[:3]) + more
