"""Text of strangers in GitHub's Markdown: shown letter by letter, never obeyed.

Character references keep a text from being Markdown or HTML. They do not keep it from being a mention or a reference
to an issue: GitHub looks for those in the rendered text, everywhere but in code. So what is a name goes into `code`,
and in sentences an empty character stands behind each letter that could begin one.
"""

import re

from zoo_tools.report.inert import cut, inert

MOST = 400
"""Characters of one text that a comment shows."""
_BREAK = "&#8203;"
_PLAIN = frozenset(" ,;/%=()+-.…\N{REPLACEMENT CHARACTER}")
"""Besides letters and digits, what means nothing within a line of Markdown."""
_LINK = re.compile(r"(?i)\bwww\.")
_CODE = re.compile(r"`([^`]*[^` ][^`]*)`")
_MENTION = re.compile(r"([@#:]|\b[gG][hH]-|\b[wW]{3}\.)(?=\S)")


def text(said: str, most: int = MOST) -> str:
    """Return a text for the inside of a line, a table's cell or a heading; what it puts in backticks is code."""
    pieces = _CODE.split(cut(inert(said.strip()), most))
    return "".join(code(piece) if place % 2 else _sentence(piece) for place, piece in enumerate(pieces))


def code(said: str, most: int = MOST) -> str:
    """Return a name as code, in which GitHub looks for nothing."""
    return f"<code>{_escaped(cut(inert(said.strip()), most))}</code>" if said.strip() else ""


def link(label: str, url: str | None) -> str:
    """Return a label that is Markdown already, as a link where there is a url of ours."""
    return label if url is None else f"[{label}]({url})"


def _sentence(said: str) -> str:
    # Every second piece is what was found: a break goes behind it.
    pieces = _MENTION.split(said)
    return "".join(_escaped(piece) + (_BREAK if place % 2 else "") for place, piece in enumerate(pieces))


def _escaped(said: str) -> str:
    shown = "".join(one if one.isalnum() or one in _PLAIN else f"&#{ord(one)};" for one in said)
    return _LINK.sub(lambda found: found[0][:-1] + "&#46;", shown)
