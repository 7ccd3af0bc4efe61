"""A hook of mkdocs that mends what the theme's own frame gets wrong, so that the checkers of the site can ask for zero.

Each repair names the fault; one that no longer finds its fault changes nothing.
"""

import re

_REPAIRS = (
    # A dialog needs a name (WCAG 4.1.2).
    ('data-md-component="search" role="dialog">', 'data-md-component="search" role="dialog" aria-label="Search">'),
    # A number is expected; without one the element takes its natural place.
    (' tabindex="">', ">"),
    # Autofill is for what can be typed.
    (' type="checkbox" id="__drawer" autocomplete="off">', ' type="checkbox" id="__drawer">'),
    (' type="checkbox" id="__search" autocomplete="off">', ' type="checkbox" id="__search">'),
)
_INDENTATION = re.compile(r"\n\s+")
_BETWEEN = re.compile(r">\s+<")
_NAMESPACE = ' xmlns="http://www.w3.org/2000/svg"'
_LET_OUT = re.compile(r"</(?:li|dt|dd)>| title=\"Permanent link\"")
"""End tags that HTML lets out in a list, and the tips of anchors."""
_CONTENTS, _FOR_CONTENTS = ' id="__toc">', '<label class="md-nav__title" for="__toc">'


def on_post_page(output: str, **_: object) -> str:
    """Return a page with its frame mended."""
    return _repaired(output)


def on_post_template(output_content: str, **_: object) -> str:
    """Return a page that has no source, such as the one for addresses that lead nowhere, with its frame mended."""
    return _repaired(output_content)


def _lighter(html: str) -> str:
    """Return a page without the indentation of its frame, a quarter of it, and without what HTML lets out."""
    html = _LET_OUT.sub("", html)
    head, begin, rest = html.partition("<article")
    written, end, foot = rest.rpartition("</article>")
    return "".join([_bare(head), begin, written.rstrip(), end, _bare(foot)])


def _bare(frame: str) -> str:
    """Return a part of the frame without what it means the same without; its elements stand in flexible boxes."""
    return _BETWEEN.sub("><", _INDENTATION.sub("\n", frame)).replace(_NAMESPACE, "")


def _repaired(html: str) -> str:
    html = _lighter(html)
    for fault, repaired in _REPAIRS:
        html = html.replace(fault, repaired)
    # Where a page has no drawer for its table of contents, its heading is no label of one.
    return html if _CONTENTS in html else html.replace(_FOR_CONTENTS, '<label class="md-nav__title">')
