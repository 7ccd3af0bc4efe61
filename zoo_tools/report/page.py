"""Lines for a terminal or a file: styled words, wrapped where they are too wide, inert whatever a stranger wrote.

rich lays out what has to be wrapped. A line that fits is written as it is: laying out takes a hundred times as long,
and a report may have ten thousand lines.
"""

import io
from functools import cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from zoo_tools.report.inert import not_a_command

Word = tuple[str, str]
"""A text and its style, such as `bold red`; blank for none."""


class Page:
    """Collects lines.

    Args:
        colour: whether to write ANSI styles.
        width: columns.
    """

    def __init__(self, *, colour: bool, width: int) -> None:
        self.width = max(width, 60)
        self._colour = colour
        self._stream = io.StringIO()
        self._console = Console(
            file=self._stream, width=self.width, force_terminal=colour, no_color=not colour, highlight=False,
            emoji=False, markup=False, legacy_windows=False, color_system="standard" if colour else None,
        )  # fmt: skip

    def line(self, *words: Word, indent: int = 0, is_cut: bool = False) -> None:
        """Write a line; one that is too wide goes on below its beginning, or is cut.

        Args:
            words: what stands in it, styled.
            indent: columns left free before it.
            is_cut: end a line that is too wide with an ellipsis.
        """
        if indent + sum(_width(text) for text, _ in words) <= self.width:
            self._stream.write(" " * indent)
            for text, style in words:
                self._stream.write(_styled(text, style) if style and text and self._colour else text)
            self._stream.write("\n")
            return
        whole = Text.assemble(*words)
        if is_cut:
            self._console.print(whole, no_wrap=True, overflow="ellipsis", crop=True)
        else:
            self._console.print(Padding(whole, (0, 0, 0, indent)))

    def text(self) -> str:
        """Return all lines, without spaces at their ends; none is a command to the machine that keeps the log."""
        return "\n".join(not_a_command(line.rstrip()) for line in self._stream.getvalue().split("\n"))


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


@cache
def _style(name: str) -> Style:
    return Style.parse(name)


def _styled(text: str, style: str) -> str:
    return _style(style).render(text, color_system=ColorSystem.STANDARD)
