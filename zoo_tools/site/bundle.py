"""The whole site as one zip that is opened without a server; the same pages give the same bytes.

From `file://` a browser fetches nothing. Pages need no fetching, and the search index is put into a script.
"""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from zoo_tools.errors import BrokenFileError
from zoo_tools.fetch import write_whole
from zoo_tools.registry.load import Registry
from zoo_tools.site.checked import Checked
from zoo_tools.site.pages.home import BUNDLE
from zoo_tools.site.render import render

NAME = BUNDLE
"""Its name in the site it is offered on."""
FOLDER = "zoo"
"""What it unpacks to; its `index.html` is the first page."""
_INDEX = "search/search_index.json"
_OF_SERVERS = ("404.html", "sitemap.xml", "sitemap.xml.gz", _INDEX)
_PACKED = (".png", ".gz", ".zip", ".woff2")
_DAY = (1980, 1, 1, 0, 0, 0)


def make_bundle(registry: Registry, report: Checked | None, *, docs: Path | None, configuration: Path) -> bytes:
    """Render and build a site for opening without a server, and pack it.

    Args:
        registry: what the pages say.
        report: what was checked.
        docs: folder of hand-written pages.
        configuration: mkdocs' configuration for this kind of site.

    Raises:
        BrokenFileError: a registry file cannot be read, or mkdocs cannot build the site.
    """
    with TemporaryDirectory(prefix="zoo-bundle-") as folder:
        rendered, site = Path(folder, "docs"), Path(folder, "site")
        render(registry, report, out=rendered, docs=docs, directory_urls=False, pictures=False)
        places = {"ZOO_TOOLS_DOCS_DIR": str(rendered), "ZOO_TOOLS_SITE_DIR": str(site), "NO_MKDOCS_2_WARNING": "1"}
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", str(configuration)]
        run = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            said = (run.stderr.strip() or run.stdout.strip() or "it says nothing").splitlines()
            raise BrokenFileError(f"mkdocs cannot build the site: {said[0]}", fix="run `make site` and mend that first")
        return pack(site)


def write_bundle(content: bytes, out: Path) -> None:
    """Write a bundle, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)


def pack(site: Path) -> bytes:
    """Return a built site as a zip whose bytes depend on its files only."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in _files(site):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _DAY)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # whatever system this is
            archive.writestr(entry, content, compresslevel=9)
    return stream.getvalue()


def _files(site: Path) -> Iterator[tuple[str, bytes]]:
    found = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    for name in sorted(found):
        if name not in _OF_SERVERS and not name.endswith(".map"):
            yield name, found[name].read_bytes()
    if _INDEX in found:
        yield "search/search_index.js", b"var __index = " + found[_INDEX].read_bytes()
