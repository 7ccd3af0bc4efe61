"""Where pages are, and the links from one to another: raw HTML has nobody else to make its links relative."""

import posixpath
from dataclasses import dataclass
from functools import lru_cache

from zoo_tools.site.escape import Html, el


@dataclass(frozen=True, slots=True)
class Place:
    """A page, by the name of its source."""

    source: str
    """Such as `models/st_ssd_mobilenet_v1.md`."""
    directory_urls: bool = True
    """Whether the site serves `trust.md` as `trust/` or as `trust.html` (a bundle opened without a server)."""

    def href(self, target: str, fragment: str = "") -> str:
        """Return the url of another page's place, relative to this page.

        Args:
            target: source of the page linked to.
            fragment: id on that page; anything but letters, digits and `-._~` must have been left out of ids.
        """
        suffix = f"#{fragment}" if fragment else ""
        if target == self.source:
            return suffix or "./"
        here = _url(self.source, directory_urls=self.directory_urls)
        there = _url(target, directory_urls=self.directory_urls)
        relative = _relative(there, posixpath.dirname(here))
        is_folder = self.directory_urls and not relative.endswith("/")
        return f"{relative}{'/' if is_folder else ''}{suffix}"

    def file(self, path: str) -> str:
        """Return the url of a file of the site, relative to this page."""
        here = _url(self.source, directory_urls=self.directory_urls)
        return _relative(path, posixpath.dirname(here))

    def link(self, target: str, *label: str, fragment: str = "", class_: str | None = None) -> Html:
        """Link to another page of the site."""
        return el("a", *label, href=self.href(target, fragment), class_=class_)


@lru_cache(maxsize=8192)
def _relative(path: str, folder: str) -> str:
    """Return a path from a folder, both within the site; `posixpath.relpath` would ask the system where it is."""
    there, here = [[part for part in place.split("/") if part] for place in (path, folder)]
    shared = len(posixpath.commonprefix([there, here]))
    return "/".join([*[".."] * (len(here) - shared), *there[shared:]]) or "."


@lru_cache(maxsize=8192)
def _url(source: str, *, directory_urls: bool) -> str:
    stem = source.removesuffix(".md")
    if stem == "index" or stem.endswith("/index"):
        folder = stem.removesuffix("index")
        return folder if directory_urls else f"{folder}index.html"
    return f"{stem}/" if directory_urls else f"{stem}.html"


def anchor(address: str) -> str:
    """Return an id for a value's address, made of characters that need no quoting in a url.

    Brackets and commas become `~`; ids and keys hold none, so two addresses never share an anchor.
    """
    return "".join(
        c if c.isascii() and (c.isalnum() or c in "-._") else "~" if c in "[,]" else f"~{ord(c):x}~" for c in address
    )
