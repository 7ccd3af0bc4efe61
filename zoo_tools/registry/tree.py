"""The tree a registry file is read into: texts, lists and mappings, each with the line and column it stands at."""

from dataclasses import dataclass, field
from typing import NamedTuple

MAX_DEPTH = 20
"""Lists and mappings that may be open at once."""
MAX_PROBLEMS = 100
"""Problems of one file that are told; who sends more gets no larger report."""
TODO = "todo"
"""What drafts leave to a person; capitals say the same, and a hint may stand behind a colon: `TODO: who made it`."""
INVISIBLE = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
"""Categories of letters that stand in no registry file."""
NOTHING = frozenset(["", "~", "null", "Null", "NULL"])
"""Scalars that say nothing where they stand without quotes."""


# A manifest has thousands of these two: named tuples are made in half the time of frozen dataclasses.
class Mark(NamedTuple):
    """Line and column, counted from 1."""

    line: int
    column: int


class Scalar(NamedTuple):
    """A value as written."""

    text: str
    mark: Mark


@dataclass(slots=True)
class Sequence:
    """A list."""

    mark: Mark
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys and values, with the marks of the keys."""

    mark: Mark
    entries: dict[str, "Node"] = field(default_factory=dict)
    key_marks: dict[str, Mark] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def plain(node: Node) -> object:
    """Return the tree as dicts, lists and texts, for the schema; at most `MAX_DEPTH` deep."""
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key: plain(value) for key, value in node.entries.items()}


class NotStrictYaml(Exception):
    """Raised inside the parser where reading cannot go on; carries the problem."""

    def __init__(self, message: str, fix: str, mark: Mark) -> None:
        super().__init__(message)
        self.message, self.fix, self.mark = message, fix, mark
