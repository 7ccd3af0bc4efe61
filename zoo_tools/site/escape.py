"""From text to HTML: the one place where what a stranger wrote becomes part of a page.

`Html` is text that is already safe; everything else is escaped where it is used, so forgetting to escape is impossible
and only `Html(...)` written by hand needs a reviewer's eye.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

_UNUSABLE = 0xFFFD
_VOID = frozenset(["br", "hr", "img", "input", "wbr", "col"])
_OWN = frozenset(["class", "id", "href", "role", "scope"])
_OWN_VALUE = re.compile(r"[A-Za-z0-9 ._~#/-]*")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")


class Html(str):
    """A piece of HTML that holds no unescaped text of strangers. Joining it with plain text gives plain text."""

    __slots__ = ()


@lru_cache(maxsize=16384)
def escape(text: str) -> Html:
    """Return text as character references; only letters, digits and spaces stand for themselves.

    The result means the same in HTML content, in a quoted attribute, in Markdown and in a quoted YAML scalar, so no
    page has to know which of them it writes.
    """
    return Html(text.translate(_REFERENCES))


def _reference(character: str) -> int:
    """Return the code point, or that of U+FFFD where HTML gives the reference no or another meaning."""
    code = ord(character)
    is_control = (code < 0x20 and character not in "\t\n") or 0x7F <= code <= 0x9F
    is_no_character = 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return _UNUSABLE if is_control or is_no_character else code


class _References(dict[int, str]):
    """What stands for each character, remembered when it is first asked for."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        stands_for_itself = character.isalnum() or character == " "
        self[code] = said = character if stands_for_itself else f"&#{_reference(character)};"
        return said


_REFERENCES = _References()


def el(tag: str, *children: str | None, **attributes: str | bool | None) -> Html:
    """Build an element.

    Args:
        tag: its name.
        children: `Html` goes in as it is, other text escaped, None not at all.
        attributes: values are escaped; `class_` stands for `class`, `data_figure` for `data-figure`; None and False
            leave the attribute out, True writes it without a value.
    """
    opening = f"<{tag}{''.join(map(_attribute, attributes.items()))}>" if attributes else f"<{tag}>"
    if tag in _VOID:
        return Html(opening)
    inside = [part if type(part) is Html else escape(part) for part in children if part is not None]
    return Html(f"{opening}{''.join(inside)}</{tag}>")


@lru_cache(maxsize=16384)
def _attribute(item: tuple[str, str | bool | None]) -> str:
    name, value = item
    if value is None or value is False:
        return ""
    shown = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {shown}"
    # Classes, ids and links inside the site are made by us, and there are thousands; references would double a page.
    is_ours = shown in _OWN and _OWN_VALUE.fullmatch(value) is not None
    return f' {shown}="{value if is_ours else escape(value)}"'


def join(*parts: str | None, by: str = "") -> Html:
    """Join pieces; what is not `Html` is escaped, the separator too, and None is left out."""
    inside = [part if type(part) is Html else escape(part) for part in parts if part is not None]
    return Html((by if type(by) is Html else escape(by)).join(inside) if by else "".join(inside))


def is_https(url: str) -> bool:
    """Tell whether a url is https to a plainly written host, without user or password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # urlsplit drops blanks that a browser may read otherwise.
    is_plain = url.isascii() and url.isprintable() and " " not in url
    return is_plain and parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None


def link(url: str, *label: str, **attributes: str | bool | None) -> Html:
    """Link to another site; a url that is not plain https becomes its label alone."""
    if not is_https(url):
        return el("span", *label, **attributes)
    return el("a", *label, href=url, **attributes)


def grouped(number: int) -> Html:
    """Show a whole number in groups of three, apart by style only, so that its text stays the digits."""
    digits = str(number)
    head = len(digits) % 3 or 3
    groups = [digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))]
    return el("span", groups[0], *(el("span", group) for group in groups[1:]), class_="zoo-groups")
