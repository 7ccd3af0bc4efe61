"""Where things are for who reads a report: files below the repository, pages below the site."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

WORKSPACE = "GITHUB_WORKSPACE"
"""Names the folder a job has checked the repository out to; annotations are placed by paths below it."""
SITE = "ZOO_TOOLS_SITE_URL"
"""Names the address of the rendered site, for links to cards and checks."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")


class Repository:
    """The folder that paths in reports are relative to.

    Args:
        root: the folder; by default what the environment names, else the nearest one with `.git`, else the working
            folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = os.path.realpath(root or _default_root())
        self._here = os.path.realpath(".")
        self._known: dict[str, str | None] = {}

    def path(self, file: str) -> str | None:
        """Return a file's path below the repository, with `/`; None where it lies elsewhere, or is no path."""
        if file not in self._known:
            self._known[file] = self._path(file)
        return self._known[file]

    def _path(self, file: str) -> str | None:
        if not file or not file.isprintable():
            return None
        whole = os.path.normpath(Path(self._here, file))  # `..` goes, and no link is followed
        if not whole.startswith(self._root.rstrip(os.sep) + os.sep):
            return None
        return Path(whole).relative_to(self._root).as_posix()


def _default_root() -> Path:
    named = os.environ.get(WORKSPACE)
    if named:
        return Path(named)
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


class Site:
    """Links to the rendered site; every link is None where its address is not known or no plain https url."""

    def __init__(self, url: str | None) -> None:
        self._url = url.rstrip("/") if url and is_plain_https(url) else None

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Site":
        """Return the site that the environment names."""
        return cls(environment.get(SITE))

    def check(self, check: str) -> str | None:
        """Return the address of a check's page."""
        return self._page("checks", check)

    def card(self, model: str, variant: str | None = None) -> str | None:
        """Return the address of a model's page, or of a variant's card."""
        return self._page("models", model, *([variant] if variant else []))

    def _page(self, *parts: str) -> str | None:
        if self._url is None or not all(_ID.fullmatch(part) for part in parts):
            return None
        return "/".join([self._url, *parts]) + "/"


def is_plain_https(url: str) -> bool:
    """Tell whether a url is https, to a plainly written host, without user, query or fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_bare = parts.scheme == "https" and not parts.query and not parts.fragment and url.isascii() and url.isprintable()
    return is_bare and _HOST.fullmatch(parts.netloc) is not None and _PATH.fullmatch(parts.path) is not None


def as_uri(path: str) -> str:
    """Return a relative path as a relative URI reference (RFC 3986)."""
    return quote(path, safe="/")
