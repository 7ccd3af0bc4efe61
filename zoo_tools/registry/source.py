"""A registry file as written: strict YAML with the line and column of every key and value.

Manifests come from strangers: anchors, aliases, tags, merge keys, several documents, duplicate keys and deep nesting
are refused before anything is built, nothing recurses, and every scalar stays the text it was (`no`, `12:30`, `010`,
`1.10`) until the schema reads it. A plainly written file is read by `fast_source`; whatever is unusual or wrong in the
least is read as the events of a YAML parser, which says what it is and where.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from zoo_tools.domain.address import Path
from zoo_tools.domain.findings import Location
from zoo_tools.registry.fast_source import Reading, read_fast
from zoo_tools.registry.plain_file import NotPlainError, read_plain
from zoo_tools.registry.tree import (
    INVISIBLE,
    MAX_DEPTH,
    MAX_PROBLEMS,
    TODO,
    Mapping,
    Mark,
    Node,
    NotStrictYaml,
    Scalar,
    Sequence,
    plain,
)

__all__ = [
    "MAX_BYTES", "MAX_DEPTH", "MAX_PROBLEMS", "Mapping", "Mark", "Node", "Scalar", "Sequence", "SourceFile",
    "SyntaxProblem", "parse_source", "plain", "read_source",
]  # fmt: skip

MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a file is not strict YAML, and where."""

    message: str
    fix: str
    location: Location


@dataclass(slots=True)
class SourceFile:
    """A parsed file: its tree and how to find a path in it."""

    name: str
    """Path as shown to people, with forward slashes."""
    sha256: str
    """Digest of the file's bytes."""
    _root: Node | None = None
    """The tree of a file the parser read."""
    _text: str = ""
    """A file that `fast_source` read: it can be had again, so its thousands of marks are held only when needed."""
    _reading: Reading | None = None
    may_be_draft: bool = True
    """Whether the word `todo` stands anywhere in it, in any letters; see `unwritten`."""

    @property
    def root(self) -> Node:
        """The tree, with marks."""
        if self._root is None:
            self._root = self._read().marked(self._text)
        return self._root

    def plain(self) -> object:
        """Return the tree as dicts, lists and texts, for the schema."""
        return plain(self._root) if self._root is not None else self._read().tree

    def _read(self) -> Reading:
        if self._reading is None:
            self._reading = read_fast(self._text)
            assert self._reading is not None  # as it was the first time
        return self._reading

    def let_go(self) -> None:
        """Drop what is quickly read again."""
        if self._text:
            self._root = self._reading = None

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Return where a path stands; of a path that leads out of the file, where its last existing part stands.

        Args:
            path: keys and list positions.
            key: give the place of the last key instead of its value's.
        """
        node, mark = self.root, self.root.mark
        for step in path:
            if isinstance(node, Mapping) and step in node.entries:
                mark = node.key_marks[str(step)]
                node = node.entries[str(step)]
            elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
                node = node.items[step]
                mark = node.mark
            else:
                return Location(self.name, mark.line, mark.column)
        if not key and path:
            mark = node.mark
        return Location(self.name, mark.line, mark.column)

    def places_at(self, path: Path) -> frozenset[Location]:
        """Return the places of a value, of its key, and of everything below it."""
        node = self.root
        for step in path:
            if isinstance(node, Mapping):
                node = node.entries[str(step)]
            elif isinstance(node, Sequence) and isinstance(step, int):
                node = node.items[step]
        marks = [*_marks(node)]
        places = {Location(self.name, mark.line, mark.column) for mark in marks}
        return frozenset(places | {self.locate(path, key=True)})


def _marks(node: Node) -> Iterator[Mark]:
    open_nodes = [node]
    while open_nodes:
        current = open_nodes.pop()
        yield current.mark
        if isinstance(current, Sequence):
            open_nodes.extend(current.items)
        elif isinstance(current, Mapping):
            yield from current.key_marks.values()
            open_nodes.extend(current.entries.values())


def read_source(path: FilePath, name: str) -> tuple[SourceFile | None, list[SyntaxProblem]]:
    """Read a registry file.

    Args:
        path: the file.
        name: how messages call it.

    Returns:
        The parsed file (None where it cannot be read at all) and everything that keeps it from being strict YAML.
    """
    try:
        data = read_plain(path, limit=MAX_BYTES)
    except NotPlainError as error:
        return None, [SyntaxProblem(f"the file {error}", "put the file itself here", Location(name))]
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        return None, [SyntaxProblem(message, "make it a readable file", Location(name))]
    return parse_source(data, name)


def parse_source(data: bytes, name: str) -> tuple[SourceFile | None, list[SyntaxProblem]]:
    """Parse the bytes of a registry file; see `read_source`."""
    try:
        text, is_plain = _decode(data)
    except NotStrictYaml as problem:
        return None, _located([problem], name)
    sha256 = hashlib.sha256(data).hexdigest()
    reading = read_fast(text) if is_plain else None
    may_be_draft = TODO in text.casefold()
    if reading is not None:
        return SourceFile(name, sha256, _text=text, _reading=reading, may_be_draft=may_be_draft), []
    from zoo_tools.registry.events import read_events  # noqa: PLC0415 (a YAML parser, which hardly any file needs)

    root, problems = read_events(text)
    source = None if root is None else SourceFile(name, sha256, root, may_be_draft=may_be_draft)
    return source, _located(problems, name)


def _located(problems: list[NotStrictYaml], name: str) -> list[SyntaxProblem]:
    return [
        SyntaxProblem(problem.message, problem.fix, Location(name, problem.mark.line, problem.mark.column))
        for problem in problems
    ]


def _decode(data: bytes) -> tuple[str, bool]:
    """Return the text of a file, and whether it is free of spaces that are allowed but unusual."""
    start = Mark(1, 1)
    if len(data) > MAX_BYTES:
        raise NotStrictYaml(
            f"the file is larger than {MAX_BYTES // 1024} KiB", "split it or move data to files of its own", start
        )
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotStrictYaml("the file begins with a byte order mark", "save it as UTF-8 without BOM", start)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise NotStrictYaml(
            f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8", Mark(line, column)
        ) from None
    if _is_printable(text):
        return text, True
    for number, line_text in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(line_text, start=1):
            if character != "\r" and unicodedata.category(character) in INVISIBLE:
                raise NotStrictYaml(
                    f"U+{ord(character):04X} is a control or invisible character",
                    "remove it; indent with spaces",
                    Mark(number, column),
                )
    return text, False


def _is_printable(text: str) -> bool:
    """Tell whether nothing invisible is in a text; `isprintable` also refuses spaces that are allowed but unusual."""
    return text.replace("\n", "").isprintable()
