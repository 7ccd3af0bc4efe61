"""A Python-Markdown extension: blocks of generated HTML pass through unparsed.

A block stands between two marker lines. Text of strangers cannot close or open one: `escape` leaves neither `<` nor a
line break in it. Without the extension the markers are comments and the block is ordinary raw HTML, only slower.

Once a block is stored, nothing but a browser reads it again: then the references that `escape` wrote for Markdown's and
YAML's sake turn back into the characters they stand for, which makes a card a tenth lighter. Those that mean something
to HTML, inside an attribute or out, stay; so do all that cannot be seen.
"""

import re
import sys
from functools import lru_cache
from itertools import takewhile

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from zoo_tools.site.escape import Html

BEGIN = "<!-- zoo:html -->"
END = "<!-- /zoo:html -->"
# After 30, where whitespace is normalised and forged placeholders are removed; before 21, where HTML is looked at.
_PRIORITY = 25
_BLOCK_LEVEL = ("<details", "<div", "<dl", "<figure", "<ol", "<p", "<pre", "<section", "<table", "<ul")
_TAG = re.compile(r"(<[^>]*>)")
_REFERENCE = re.compile(r"&#([0-9]{1,7});")
_QUOTE = re.compile("&#0*(?:34|39|96);")
_KEPT_IN_TEXT = frozenset("&<>")
_KEPT_IN_TAGS = frozenset("&<>\"'`")


def block(html: Html) -> str:
    """Return HTML as a block for a page.

    Raises:
        ValueError: it does not begin with a block-level element, so Markdown would put it into a paragraph.
    """
    if not html.startswith(_BLOCK_LEVEL):
        raise ValueError(f"{html[:40]!r} is no block")
    return f"{BEGIN}\n{html}\n{END}"


def lightened(html: str) -> str:
    """Return HTML with those references decoded that mean the same as their character where they stand."""
    if "&#" not in html:
        return html
    # Most mean the same everywhere. None makes another: `escape` leaves no plain `&`, which one begins with.
    for code in dict.fromkeys(_REFERENCE.findall(html)):
        if character := _character(int(code), _KEPT_IN_TAGS):
            html = html.replace(f"&#{code};", character)
    if not _QUOTE.search(html):
        return html
    pieces = _TAG.split(html)
    # Every other piece is a tag: between two of them is text, and no text or attribute holds a plain `<` or `>`.
    pieces[::2] = [_REFERENCE.sub(_in_text, piece) if "&#" in piece else piece for piece in pieces[::2]]
    return "".join(pieces)


def _in_text(reference: re.Match[str]) -> str:
    return _character(int(reference[1]), _KEPT_IN_TEXT) or reference[0]


@lru_cache(maxsize=4096)
def _character(code: int, kept: frozenset[str]) -> str | None:
    character = chr(code) if code <= sys.maxunicode else ""
    # What is printable is no control, no placeholder of Markdown's, no half of a pair, no other kind of space.
    return character if character.isprintable() and character not in kept else None


class _Stash(Preprocessor):
    """Replaces every block by a placeholder that the end of the conversion turns back."""

    def run(self, lines: list[str]) -> list[str]:
        kept: list[str] = []
        rest = iter(lines)
        for line in rest:
            if line == BEGIN:
                html = "\n".join(takewhile(lambda inside: inside != END, rest))
                kept += ["", self.md.htmlStash.store(lightened(html.strip("\n"))), "", ""]
            else:
                kept.append(line)
        return kept


class ZooHtml(Extension):
    """Registers the stash."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Put the stash between normalising whitespace and looking for HTML."""
        md.preprocessors.register(_Stash(md), "zoo_html", _PRIORITY)


def makeExtension(**options: object) -> Extension:  # noqa: N802  # Python-Markdown's name
    """Return the extension; it takes no options."""
    return ZooHtml(**options)
