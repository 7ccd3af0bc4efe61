"""Reads the notation that registry files are nearly all written in, fifty times as fast as a YAML parser in Python.

It answers only where it is certain: a file it returns a tree for is strict YAML without a single problem, and the tree
is the one the parser gives, marks included (tests compare the two). For everything else, every error among it, it
returns None, and the parser reads the file and says what is wrong. Nothing here recurses.

What it knows: block mappings and lists; flow mappings and lists, also over several lines; plain and quoted scalars on
one line, quoted ones without escapes; folded and literal scalars without an indentation digit; comments.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from zoo_tools.registry.tree import MAX_DEPTH, NOTHING, Mapping, Mark, Node, Scalar, Sequence


def _kept(group: str, count: str) -> str:
    """Return a pattern that repeats a group and keeps what it has taken.

    Python 3.11.0 to 3.11.4 match possessive groups wrongly, and atomic ones right; later ones are faster at the former.
    """
    return rf"(?:{group}){count}+" if sys.version_info >= (3, 11, 5) else rf"(?>(?:{group}){count})"


# What a part of a pattern has taken it keeps, so that no text makes them try again and again.
_KEY = r"[A-Za-z0-9_]" + _kept(r"[A-Za-z0-9_+./-]|\ (?=[A-Za-z0-9_+./-])", "{0,126}")
_FIRST = r"(?:[A-Za-z0-9_/(+<=$;\x80-\U0010ffff]|-{1,2}(?=[A-Za-z0-9.]))"
_PLAIN = _FIRST + _kept(r"[^\s:#]++|:(?=\S)|(?<=\S)\#|\ ++(?=[^\s:#])", "*")
_PLAIN_IN_FLOW = _FIRST + _kept(r"[^\s:#?,\[\]{}]++|:(?=[A-Za-z0-9/])|\ ++(?=[^\s:#?,\[\]{}])", "*")
_SINGLE = _kept(r"[^'\n]|''", "*")
_QUOTED = rf""""([^"\\\n]*+)"|'({_SINGLE})'"""

_BLANKS = _kept(r"\ *+(?:\#[^\n]*+)?\n", "*")
_BLANK = re.compile(_BLANKS)
_TAIL = re.compile(rf"(?:\ ++(?:\#[^\n]*+)?)?\n{_BLANKS}")
_DASHES = _kept(r"-\ ++", "*")
_ANY_KEY = _kept(rf'(?:({_KEY})|"([^"\\\n]{{1,128}}+)"):(?:\ ++|(?=\n))', "?")
_ANY_SCALAR = _kept(rf"({_PLAIN})|{_QUOTED}", "?")
_COMMENT = _kept(r"(?:\ ++|(?<=\ ))(?:\#[^\n]*+)?", "?")
_LINE = re.compile(
    rf"""
    (\ *+)({_DASHES})                  # 1 indentation, 2 dashes
    {_ANY_KEY}                         # 3 key, 4 quoted key
    (?:
        {_ANY_SCALAR}                  # 5 plain, 6 and 7 quoted
        {_COMMENT}\n{_BLANKS}          # a comment has a space before it
    |   (?=([\[{{]))                   # 8 a flow mapping or list begins
    |   ([|>]-?)\ *+\n                 # 9 a literal or folded scalar begins
    )
    """,
    re.VERBOSE,
)
_INDENTED = re.compile(r"( +)[^ \n]")
_FLOW_VALUE = rf"(?:(?:({_PLAIN_IN_FLOW})|{_QUOTED})[\ \n]*+([,\]}}])|([\[{{]))"
_FLOW_ENTRY = re.compile(rf'[\ \n]*+(?:({_KEY})|"([^"\\\n]{{1,128}}+)"):\ ++{_FLOW_VALUE}')
_FLOW_ITEM = re.compile(rf"[\ \n]*+()(){_FLOW_VALUE}")
_FLOW_NEXT = re.compile(r"[ \n]*+([,\]}])")
_NO_SCALAR = NOTHING | {None}
_CLOSERS = {"[": "]", "{": "}"}


Tree = str | list["Tree"] | dict[str, "Tree"]
_Flow = list[Tree] | dict[str, Tree]


class _Uncertain(Exception):
    """Something this reader leaves to the parser."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says."""

    tree: Tree

    def marked(self, text: str) -> Node:
        """Return the tree with marks; `text` is the file it was read from, which is read again for them."""
        offsets: list[int] = []
        _Reader(text, offsets).read()
        return _marked(self.tree, _marks(offsets, text))


def read_fast(text: str) -> Reading | None:
    """Read a file, or return None where only a YAML parser can tell.

    Args:
        text: the file; every character in it is printable or a line feed.
    """
    if not text.endswith("\n"):
        return None
    try:
        return Reading(_Reader(text).read())
    except _Uncertain:
        return None


def _marks(offsets: list[int], text: str) -> Iterator[Mark]:
    line, start, end = 1, 0, text.find("\n")
    for offset in offsets:
        while offset > end:
            line, start, end = line + 1, end + 1, text.find("\n", end + 1)
        yield Mark(line, offset - start + 1)


def _marked(tree: Tree, marks: Iterator[Mark]) -> Node:
    """Give every value its mark; at most `MAX_DEPTH` deep."""
    mark = next(marks)
    if isinstance(tree, str):
        return Scalar(tree, mark)
    if isinstance(tree, list):
        return Sequence(mark, [_marked(item, marks) for item in tree])
    mapping = Mapping(mark)
    for key, value in tree.items():
        mapping.key_marks[key] = next(marks)
        mapping.entries[key] = _marked(value, marks)
    return mapping


@dataclass(slots=True)
class _Open:
    """A block mapping or list that more lines may belong to."""

    indent: int
    entries: dict[str, Tree] | None
    """What is there of a mapping; None of a list."""
    items: list[Tree]
    key: str | None = None
    """Key whose value begins on a later line."""

    @property
    def node(self) -> Tree:
        return self.items if self.entries is None else self.entries

    def place(self, value: Tree) -> None:
        if self.entries is None:
            self.items.append(value)
        elif self.key is None:
            raise _Uncertain
        else:
            self.entries[self.key] = value
            self.key = None


class _Reader:
    """Reads one text.

    Args:
        text: the file.
        offsets: takes up where each value begins, a mapping's before its keys' and each key's before its value's.
    """

    def __init__(self, text: str, offsets: list[int] | None = None) -> None:
        self._text = text
        self._open: list[_Open] = []
        self._offsets = offsets

    def read(self) -> Tree:
        text, open_, offsets = self._text, self._open, self._offsets
        blank = _BLANK.match(text)
        at, size = blank.end() if blank else 0, len(text)
        first: _Open | None = None
        while at < size:
            line = _LINE.match(text, at)
            if line is None:
                raise _Uncertain
            indent, dashes, key, _, plain, _, _, _, _ = line.groups()
            owner = open_[-1] if open_ else None
            if owner is None or dashes or owner.indent != len(indent) or owner.key is not None or owner.entries is None:
                self._arrange(line, at)
                owner = open_[-1]
                first = first or open_[0]
            entries = owner.entries
            if plain is None or key is None or entries is None:
                at = self._take(owner, line)
                continue
            # Nearly every line is a plain key with a plain value: what `_take` does, without calling it.
            if key in entries or key in NOTHING or plain in NOTHING:
                raise _Uncertain
            entries[key] = plain
            at = line.end()
            if offsets is not None:
                offsets += (line.end(2), line.start(5))
        if first is None or open_[-1].key is not None:
            raise _Uncertain
        return first.node

    def _arrange(self, line: re.Match[str], at: int) -> None:
        """Close what ended before a line and open what begins with it."""
        begin, open_ = line.end(1), self._open
        indent, is_item = begin - at, line.end(2) != begin
        if not open_:
            if indent:
                raise _Uncertain
            self._begin(begin, indent, is_item=is_item)
        elif open_[-1].key is not None:
            above = open_[-1].indent
            if indent < above or (indent == above and not is_item):
                raise _Uncertain  # the key has no value
            self._begin(begin, indent, is_item=is_item)
        else:
            top = open_[-1]
            while top.indent > indent or (top.indent == indent and not is_item and top.entries is None):
                open_.pop()
                if not open_:
                    raise _Uncertain
                top = open_[-1]
            if top.indent != indent or (top.entries is None) is not is_item:
                raise _Uncertain
        if is_item:
            self._begin_inner(line, at)

    def _begin_inner(self, line: re.Match[str], at: int) -> None:
        """Open the lists behind further dashes, and the mapping of a key behind a dash."""
        dash = self._text.find("-", line.start(2) + 1, line.end(2))
        while dash != -1:
            self._begin(dash, dash - at, is_item=True)
            dash = self._text.find("-", dash + 1, line.end(2))
        if line[3] is not None or line[4] is not None:
            self._begin(line.end(2), line.end(2) - at, is_item=False)

    def _begin(self, at: int, indent: int, *, is_item: bool) -> None:
        begun = _Open(indent, None if is_item else {}, [])
        if len(self._open) >= MAX_DEPTH:
            raise _Uncertain
        if self._open:
            self._open[-1].place(begun.node)
        self._note(at)
        self._open.append(begun)

    def _take(self, owner: _Open, line: re.Match[str]) -> int:
        """Take the key and value of a line, and return where the next line with something on it begins."""
        _, _, key, quoted_key, plain, double, single, opener, style = line.groups()
        if owner.entries is not None:
            owner.key = _key(owner.entries, key, quoted_key)
            self._note(line.end(2))
        if opener is not None:
            tree, at = self._flow(line.end())
            owner.place(tree)
            tail = _TAIL.match(self._text, at)
            if tail is None:
                raise _Uncertain
            return tail.end()
        if style is not None:
            blank = _BLANK.match(self._text, self._block_scalar(owner, line))
            assert blank is not None  # it matches nothing at all, too
            return blank.end()
        if plain is not None or double is not None or single is not None:
            owner.place(_scalar(plain, double, single))
            self._note(_begin_of(line, 5))
        elif owner.key is None:
            raise _Uncertain
        return line.end()

    def _note(self, offset: int) -> None:
        if self._offsets is not None:
            self._offsets.append(offset)

    def _block_scalar(self, owner: _Open, line: re.Match[str]) -> int:
        indented = _INDENTED.match(self._text, line.end())
        width = len(indented[1]) if indented else 0
        body = _block_lines(width).match(self._text, line.end()) if width > owner.indent else None
        if body is None:
            raise _Uncertain
        at = body.end()
        while self._text.startswith("\n", at):
            at += 1
        if self._text.startswith(" " * width, at):
            raise _Uncertain  # indented further, or nothing but spaces
        lines = [one[width:] for one in body[0].split("\n")[:-1]]
        text = _folded(lines) if line[9][0] == ">" else "\n".join(lines)
        self._note(line.start(9))
        owner.place(text if line[9].endswith("-") else text + "\n")
        return at

    def _flow(self, at: int) -> tuple[Tree, int]:
        """Read a flow mapping or list, and return it with where it ends."""
        text, offsets = self._text, self._offsets
        above: list[tuple[_Flow, str]] = []
        node, closer = _opened(text[at]), _CLOSERS[text[at]]
        root: Tree = node
        self._note(at)
        at += 1
        while True:
            is_entry = closer == "}"
            found = (_FLOW_ENTRY if is_entry else _FLOW_ITEM).match(text, at)
            if found is not None:
                key, quoted_key, plain, double, single, separator, opener = found.groups()
                at = found.end()
                # Nearly every key and value is plain: what `_key` and `_scalar` do, without calling them.
                is_plain = plain not in _NO_SCALAR
                value = plain if is_plain else _opened(opener) if opener else _scalar(plain, double, single)
                if isinstance(node, dict):
                    node[_key(node, key, quoted_key) if key in _NO_SCALAR or key in node else key] = value
                else:
                    node.append(value)
                if offsets is not None:
                    offsets += _begins_in_flow(found, is_entry=is_entry)
                if separator == ",":
                    continue
                if not isinstance(value, str):
                    above.append((node, closer))
                    node, closer = value, _CLOSERS[opener]
                    if len(self._open) + len(above) >= MAX_DEPTH:
                        raise _Uncertain
                    continue
            elif text[at] == closer and not node:
                separator, at = closer, at + 1
            else:
                raise _Uncertain
            node, closer, at = self._closed(above, separator, closer, at=at)
            if not closer:
                return root, at

    def _closed(
        self, above: list[tuple[_Flow, str]], separator: str, closer: str, *, at: int
    ) -> tuple[_Flow, str, int]:
        """Close what ends with a bracket, and what ends with it.

        Returns:
            What goes on behind it, its closing bracket (blank where nothing does), and where.
        """
        node: _Flow = []
        while separator != ",":
            if separator != closer:
                raise _Uncertain
            if not above:
                return node, "", at
            node, closer = above.pop()
            after = _FLOW_NEXT.match(self._text, at)
            if after is None:
                raise _Uncertain
            separator, at = after[1], after.end()
        return node, closer, at


def _begin_of(found: re.Match[str], plain: int) -> int:
    """Return where the scalar of a match begins; its notations are the groups from `plain` on."""
    if found[plain] is not None:
        return found.start(plain)
    return found.start(plain + 1 if found[plain + 1] is not None else plain + 2) - 1


def _begins_in_flow(found: re.Match[str], *, is_entry: bool) -> list[int]:
    """Return where the key of a match, if it has one, and its value begin."""
    value = found.start(7) if found[7] is not None else _begin_of(found, 3)
    if not is_entry:
        return [value]
    return [found.start(1) if found[1] is not None else found.start(2) - 1, value]


def _opened(opener: str) -> _Flow:
    """Return an empty list or mapping."""
    return [] if opener == "[" else {}


def _scalar(plain: str | None, double: str | None, single: str | None) -> str:
    """Return the text of the one notation that is there."""
    if plain is not None:
        if plain in NOTHING:
            raise _Uncertain
        return plain
    return double if double is not None else (single or "").replace("''", "'")


def _key(node: dict[str, Tree], plain: str | None, quoted: str | None) -> str:
    """Return a key that is new to its mapping."""
    key = plain if plain is not None else quoted
    if key is None or key in node or key == "<<" or (plain is not None and key in NOTHING):
        raise _Uncertain
    return key


@cache
def _block_lines(width: int) -> re.Pattern[str]:
    """Return what matches lines indented by exactly so much, with blank ones between them."""
    return re.compile(_kept(rf"\n*+ {{{width}}}(?! )[^\n]++\n", "+"))


def _folded(lines: list[str]) -> str:
    """Join lines with spaces; a blank line is a line break."""
    text, blanks = lines[0], 0
    for line in lines[1:]:
        if not line:
            blanks += 1
            continue
        text += ("\n" * blanks or " ") + line
        blanks = 0
    return text
