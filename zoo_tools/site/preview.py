"""A site on this machine that follows its sources: after an edit the changed pages are built again, and reload.

mkdocs' `dirty` build builds only pages whose files are newer; what it gets wrong is mended here: its search index
forgets all other pages, and pages stay whose source is gone.
"""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from mkdocs.commands.build import build
from mkdocs.config import Config, load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException
from mkdocs.plugins import BasePlugin

from zoo_tools.errors import BrokenFileError, UsageError, ZooToolsError
from zoo_tools.site.render import destination
from zoo_tools.site.served import Served
from zoo_tools.site.watched import Watched
from zoo_tools.site.write import Changes

PAUSE = 0.15
"""Seconds between two looks at the sources."""


class _Index(Protocol):
    """The index of the theme's search plugin."""

    entries: list[dict[str, object]]

    def generate_search_index(self, prev: None) -> str: ...


class _Bytecode(BytecodeCache):
    """Compiled templates by a digest of their text; without, making them again took half of an edit's time."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template that was compiled before."""
        if compiled := self._compiled.get(f"{bucket.key} {bucket.checksum}"):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self._compiled[f"{bucket.key} {bucket.checksum}"] = bucket.bytecode_to_string()


class _Templates:
    """Compiles a template once."""

    def __init__(self) -> None:
        self._bytecode = _Bytecode()

    def on_env(self, env: Environment, **_: object) -> Environment:
        """Let the templates of a build be those of the last one."""
        env.bytecode_cache = self._bytecode
        return env


class Preview:
    """Builds a site and serves it on this machine.

    Args:
        watched: renders the pages into `docs` of the folder.
        configuration: mkdocs' configuration.
        folder: holds the rendered pages in `docs` and the site in `site`.
        say: takes a line for the terminal.
    """

    def __init__(self, watched: Watched, configuration: Path, folder: Path, *, say: Callable[[str], None]) -> None:
        self._watched, self._say, self._site = watched, say, folder / "site"
        self._config = _configuration(configuration, folder)
        self._entries: list[dict[str, object]] = []

    def run(self, host: str, port: int) -> None:
        """Build, serve and follow the sources until interrupted.

        Raises:
            ZooToolsError: the first build cannot be made.
            UsageError: the address is taken.
        """
        try:
            served = Served(self._site, host, port)
        except OSError as error:
            fix = "name another one with --address HOST:PORT"
            raise UsageError(f"http://{host}:{port}/ cannot be served: {error.strerror}", fix=fix) from error
        # Instant navigation works only where the site says that it is.
        self._config.site_url = served.url
        self.start()
        with served:
            self._say(f"Serving at {served.url} (stop with Ctrl+C)")
            try:
                while True:
                    self._turn(served)
            except KeyboardInterrupt:
                self._say("Stopped")

    def start(self) -> None:
        """Build the whole site."""
        self._watched.look()
        self._build(self._watched.follow(), is_first=True)

    def follow(self) -> Changes | None:
        """Build what an edit changes, or what is behind on the pages of the whole zoo; None where nothing is."""
        changes = self._watched.follow() if self._watched.look() else self._watched.catch_up()
        if changes is not None and not changes.is_current:
            self._build(changes, is_first=False)
        return changes

    def _turn(self, served: Served) -> None:
        started = time.perf_counter()
        try:
            changes = self.follow()
        except ZooToolsError as error:
            self._say(f"The old pages stay: {error.message}.{f' → {error.fix}.' if error.fix else ''}")
            return
        if changes is None:
            time.sleep(PAUSE)
        elif not changes.is_current:
            served.changes.add(map(_url, changes.written))
            said = ", ".join([*changes.written, *changes.removed][:3])
            count = len(changes.written) + len(changes.removed)
            self._say(f"{said}{', ...' if count > 3 else ''}: {time.perf_counter() - started:.2f} s")

    def _build(self, changes: Changes, *, is_first: bool) -> None:
        for path in changes.removed:
            (self._site / destination(path, directory_urls=True)).unlink(missing_ok=True)
        try:
            build(self._config, serve_url=self._config.site_url, dirty=not is_first)
        except MkDocsException as error:
            raise BrokenFileError(f"mkdocs cannot build the site: {error}", fix="mend what it names above") from error
        self._index(changes, is_first=is_first)

    def _index(self, changes: Changes, *, is_first: bool) -> None:
        """Put what is found on changed pages in the place of what was found there before."""
        indexes = [getattr(plugin, "search_index", None) for plugin in self._config.plugins.values()]
        for index in (cast(_Index, found) for found in indexes if found is not None):
            if not is_first:
                changed = {_url(path) for path in (*changes.written, *changes.removed)}
                kept = [entry for entry in self._entries if str(entry["location"]).partition("#")[0] not in changed]
                index.entries = [*kept, *index.entries]
                text = index.generate_search_index(None)
                (self._site / "search" / "search_index.json").write_text(text, encoding="utf-8")
            self._entries = index.entries


def _configuration(path: Path, folder: Path) -> MkDocsConfig:
    (folder / "docs").mkdir(parents=True, exist_ok=True)  # it has to be there before anything is in it
    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # the theme's notice at every start; its version is pinned
    try:
        config = load_config(str(path), docs_dir=str(folder / "docs"), site_dir=str(folder / "site"))
    except MkDocsException as error:
        raise UsageError(f"{path} is no configuration of mkdocs: {error}", fix="mend it") from error
    config.strict = False  # what mkdocs warns of is shown; half-written pages are what a preview is for
    # As with the module of a hook, what counts is the names of its functions.
    config.plugins["zoo_tools/templates"] = cast("BasePlugin[Config]", _Templates())
    config.plugins.on_startup(command="serve", dirty=False)
    logging.getLogger("mkdocs.commands.build").addFilter(_is_news)
    return config


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("A 'dirty' build")


def _url(path: str) -> str:
    return destination(path, directory_urls=True).removesuffix("index.html")
