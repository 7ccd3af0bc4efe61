"""One form for registry files: indentation, spaces, columns and blank lines. Comments, order and every value stay.

Nothing but white space is ever changed, line by line; what comes out is read again and has to say the same, in the same
words, or the file is left alone. Texts over several lines keep their inner form and move as a whole.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import StreamMark
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.tokens import BlockEntryToken, ScalarToken, Token, ValueToken

from zoo_tools.registry.columns import aligned
from zoo_tools.registry.source import parse_source, plain

STEP = 2
"""Columns that a mapping stands in from the one it belongs to; a list stands below its key."""
_ROUNDS = 4
_OPENING, _CLOSING = "[{", "]}"


def formatted(data: bytes) -> bytes:
    """Return the bytes of a registry file in the one form.

    Raises:
        ValueError: it is not strict YAML.
        RuntimeError: it is written in a way that this does not fit; nothing is lost.
    """
    text = _read(data)
    for _ in range(_ROUNDS):
        after = _one_round(text)
        if after == text:
            break
        text = after
    else:
        raise RuntimeError("the file takes another form each time; format it by hand")
    _compare(data, text.encode("utf-8"))
    return text.encode("utf-8")


def _read(data: bytes) -> str:
    source, problems = parse_source(data, "file")
    if source is None or problems:
        raise ValueError("only a strict YAML file can be formatted")
    return data.decode("utf-8").replace("\r\n", "\n")


def _compare(before: bytes, after: bytes) -> None:
    """Make sure that nothing but white space differs, and nothing at all of what the file says."""
    old, _ = parse_source(before, "file")
    new, problems = parse_source(after, "file")
    is_same = old is not None and new is not None and not problems and plain(old.root) == plain(new.root)
    if not is_same or b"".join(before.split()) != b"".join(after.split()):
        raise RuntimeError("the file is written in a way that formatting does not fit; format it by hand")


def _one_round(text: str) -> str:
    lines = _Lines(text)
    lines.measure()
    spaced = [lines.spaced(at) for at in range(len(lines.lines))]
    moved = [lines.moved(at, line) for at, line in enumerate(spaced)]
    return "\n".join(_without_gaps(_in_columns(moved, lines.inside), lines.inside)) + "\n"


@dataclass(slots=True)
class _Lines:
    """A file's lines, and what its parser says of each.

    Attributes:
        text: the whole file.
        lines: the same, cut.
        inside: lines that begin within a text of several lines, whose spaces may be part of it.
        column: where each line that begins something is to begin.
        follows: for each line within something longer, the line with which that begins.
        gaps: for each line, spans of white space between two things on it, and what is to stand there.
    """

    text: str
    lines: list[str] = field(init=False)
    inside: set[int] = field(default_factory=set)
    column: dict[int, int] = field(default_factory=dict)
    follows: dict[int, int] = field(default_factory=dict)
    gaps: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    _starts: list[int] = field(init=False)
    _dashes: list[StreamMark] = field(default_factory=list)
    _following: list[int | None] = field(default_factory=list)
    """For each line the next one that begins something."""

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self._starts = [0, *(at + 1 for at, letter in enumerate(self.text) if letter == "\n")]

    def measure(self) -> None:
        """Find out what belongs where."""
        tokens = list(YAML(typ="safe", pure=True).scan(self.text))
        self._dashes = [token.start_mark for token in tokens if isinstance(token, BlockEntryToken)]
        for token in tokens:
            if isinstance(token, ScalarToken):
                self.inside.update(range(token.start_mark.line + 1, self._last_of_text(token) + 1))
        self._measure_gaps([token for token in tokens if token.end_mark.index > token.start_mark.index])
        root = YAML(typ="safe", pure=True).compose(self.text)
        if root is not None:
            self._place(root, 0)
        following: int | None = None
        for at in range(len(self.lines) - 1, -1, -1):
            self._following.append(following)
            following = at if at in self.column else following
        self._following.reverse()

    def spaced(self, at: int) -> str:
        """Return a line with the right spaces between its parts, and none at its end."""
        line = self.lines[at]
        for start, end, new in sorted(self.gaps.get(at, ()), reverse=True):
            line = line[:start] + new + line[end:]
        return line if self._runs_on(at) else line.rstrip(" ")

    def moved(self, at: int, spaced: str) -> str:
        """Return a line at the column it belongs to."""
        if not spaced.strip(" "):
            return spaced
        return " " * max(0, self._column(at, self._indent(at))) + spaced.lstrip(" ")

    def _column(self, at: int, old: int) -> int:
        if at in self.column:
            return self.column[at]
        if at in self.follows:  # as far from its beginning as it was
            first = self.follows[at]
            was = self._indent(first)
            return self.column.get(first, was) + old - was
        return self._column_of_comment(at, old)

    def _column_of_comment(self, at: int, old: int) -> int:
        """Put a comment to the next thing if it stood in its column, else to the one before as far as it was."""
        following = self._following[at]
        if following is not None and self._indent(following) == old:
            return self.column[following]
        same = next((n for n in range(at - 1, -1, -1) if n in self.column and self._indent(n) <= old), None)
        return old if same is None else self.column[same] + old - self._indent(same)

    def _indent(self, at: int) -> int:
        return len(self.lines[at]) - len(self.lines[at].lstrip(" "))

    def _runs_on(self, at: int) -> bool:
        return at + 1 in self.inside

    def _line(self, index: int) -> int:
        return bisect_right(self._starts, index) - 1

    def _last(self, mark: StreamMark) -> int:
        """Return the last line of what ends at a mark; a text block ends where the next thing begins."""
        return self._line(self._end(mark))

    def _last_of_text(self, token: Token) -> int:
        """Return the last line of a text: blank lines at the end of one that is marked with `+` are part of it."""
        header = self.lines[token.start_mark.line][token.start_mark.column :]
        keeps = header[:1] in ("|", ">") and "+" in header.partition("#")[0]
        return int(token.end_mark.line) - 1 if keeps else self._last(token.end_mark)

    def _end(self, mark: StreamMark) -> int:
        index = int(mark.index)
        while index > 0 and self.text[index - 1] in " \n":
            index -= 1
        return index

    def _begin(self, mark: StreamMark, column: int) -> None:
        """Note where a line begins, if the thing at the mark is the first on it."""
        if not self.lines[mark.line][: mark.column].strip(" "):
            self.column[mark.line] = column

    def _rest_follows(self, first: int, node: Node) -> None:
        for line in range(first + 1, self._last(node.end_mark) + 1):
            self.follows.setdefault(line, first)

    def _place(self, node: Node, column: int) -> None:
        """Give every line of a node its column; a block's own lines begin at `column`."""
        if isinstance(node, MappingNode) and not node.flow_style:
            for key, value in node.value:
                self._begin(key.start_mark, column)
                is_list = isinstance(value, SequenceNode) and not value.flow_style
                self._place_value(value, column if is_list else column + STEP, key.start_mark.line)
        elif isinstance(node, SequenceNode) and not node.flow_style:
            for item in node.value:
                dash = self._dash_before(item)
                self._begin(dash, column)
                self._place_value(item, column + STEP, dash.line)

    def _place_value(self, value: Node, column: int, first: int) -> None:
        if isinstance(value, MappingNode | SequenceNode) and not value.flow_style:
            self._place(value, column)
        else:
            self._rest_follows(first, value)

    def _dash_before(self, item: Node) -> StreamMark:
        return self._dashes[bisect_left(self._dashes, item.start_mark.index, key=lambda dash: dash.index) - 1]

    def _measure_gaps(self, tokens: list[Token]) -> None:
        flow = 0
        for token, following in zip(tokens, [*tokens[1:], None], strict=True):
            sign = self.text[token.start_mark.index] if not isinstance(token, ScalarToken) else ""
            flow += (sign in _OPENING and sign != "") - (sign in _CLOSING and sign != "")
            start = self._end(token.end_mark) if isinstance(token, ScalarToken) else token.end_mark.index
            self._measure_gap(token, sign, following, start=start, in_flow=flow > 0)

    def _measure_gap(self, token: Token, sign: str, following: Token | None, *, start: int, in_flow: bool) -> None:
        """Note what should stand between a thing and the next on its line, which may be a comment."""
        line = self._line(start)
        begin = start - self._starts[line]
        rest = self.lines[line][begin:]
        width = len(rest) - len(rest.lstrip(" "))
        if not rest.strip(" "):
            return
        if rest.lstrip(" ").startswith("#"):
            new = " " if width else ""
        elif following is None or following.start_mark.line != line:
            return
        else:
            next_is = self.text[following.start_mark.index] if not isinstance(following, ScalarToken) else ""
            new = self._between(token, sign, next_is, width=width, in_flow=in_flow)
        self.gaps.setdefault(line, []).append((begin, begin + width, new))

    def _between(self, token: Token, sign: str, next_is: str, *, width: int, in_flow: bool) -> str:
        if isinstance(token, BlockEntryToken):
            return " "
        if isinstance(token, ValueToken) and not in_flow:
            return " " * width if self._is_in_column(token, width) else " "
        if sign in _OPENING and sign != "":
            return ""
        if next_is in (",", ":", *_CLOSING) and next_is != "":
            return ""
        return " " if width or sign == "," else ""

    def _is_in_column(self, token: Token, width: int) -> bool:
        """Tell whether a value was put below that of the key above, or above that of the key below, on purpose."""
        mark = token.start_mark
        key = self.lines[mark.line][: mark.column].lstrip(" -")
        place = len(key) + width
        start = mark.column - len(key)
        for other in (mark.line - 1, mark.line + 1):
            if 0 <= other < len(self.lines) and other not in self.inside:
                match = re.match(r"([\w.\-]+|\"[^\"]*\"):( +)(?=[^ #])", self.lines[other][start:])
                is_key = match is not None and not self.lines[other][:start].strip(" -")
                if (
                    is_key
                    and match is not None
                    and len(match[1]) + len(match[2]) == place
                    and width + len(match[2]) > 2
                ):
                    return True
        return False


def _in_columns(lines: list[str], inside: set[int]) -> list[str]:
    """Align runs of one-line mappings; the inside of texts is none of it."""
    marker = "\0"
    hidden = [marker if at in inside else line for at, line in enumerate(lines)]
    result = aligned("\n".join(hidden)).split("\n")
    return [lines[at] if line == marker else line for at, line in enumerate(result)]


def _without_gaps(lines: list[str], inside: set[int]) -> Iterator[str]:
    """Leave at most one blank line between two others, and none at either end of the file."""
    last = max((at for at, line in enumerate(lines) if line.strip(" ") or at in inside), default=-1)
    is_blank = True
    for at, line in enumerate(lines[: last + 1]):
        if at in inside or line or not is_blank:
            yield line
        is_blank = not line and at not in inside
