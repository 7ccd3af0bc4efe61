"""From the registry and a report of checks to the tree of pages that mkdocs builds.

A kind of page is a line in `PAGES`, or in `MODEL_PAGES` where it tells of one model; a kind of file a line in `FILES`
or `MODEL_FILES`. Everything is put together before anything is written: an error leaves the tree as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Manifest
from zoo_tools.errors import BrokenFileError, UsageError
from zoo_tools.registry.load import Entry, Registry
from zoo_tools.site import api, head, held, social
from zoo_tools.site.checked import Checked
from zoo_tools.site.pages import (
    boards,
    card,
    checks,
    compare,
    datasets,
    home,
    models,
    protocols,
    reference,
    trust,
)
from zoo_tools.site.shared_out import shared_out
from zoo_tools.site.write import Changes, write_tree
from zoo_tools.site.zoo import Zoo

Pages = Iterable[tuple[str, str]]
"""Sources of pages, such as `models/index.md`, and their text."""
Files = Mapping[str, bytes]
"""Places of files in the site, such as `api/v1/index.json`, and their content."""


def _one(source: str, make: Callable[[Zoo], str]) -> Callable[[Zoo], Pages]:
    """Return a maker of one page."""
    return lambda zoo: [(source, make(zoo))]


PAGES: tuple[Callable[[Zoo], Pages], ...] = (
    _one(home.SOURCE, home.home),
    _one(compare.SOURCE, compare.compare),
    _one(models.SOURCE, models.index),
    _one(trust.SOURCE, trust.trust),
    _one(checks.INDEX, checks.index),
    checks.pages,
    boards.pages,
    datasets.pages,
    protocols.pages,
    _one(reference.SOURCE, reference.manifest_reference),
)
"""What is made of the zoo as a whole."""

MODEL_PAGES: tuple[Callable[[Zoo, Entry[Manifest]], Pages], ...] = (card.model_pages,)
"""What is made of one model; it may read of other models whether they are there, and what they are called."""

FILES: tuple[Callable[[Zoo], Files], ...] = (api.files, compare.files)

MODEL_FILES: tuple[Callable[[Zoo, Entry[Manifest]], Files], ...] = (
    lambda _, entry: held.files(entry),
    api.model_files,
    card.model_files,
)


@dataclass(frozen=True, slots=True)
class RenderResult:
    """What a rendering changed, or would change."""

    out: Path
    pages: int
    """Generated pages."""
    changes: Changes

    @property
    def is_current(self) -> bool:
        """Whether the tree already said what the registry says."""
        return self.changes.is_current


def render(
    registry: Registry,
    report: Checked | None,
    *,
    out: Path,
    docs: Path | None = None,
    check: bool = False,
    directory_urls: bool = True,
    pictures: bool = True,
) -> RenderResult:
    """Write the pages of a registry.

    Args:
        registry: what the pages say.
        report: what was checked (`read_report`); without it, marks that need a check are absent.
        out: folder of the pages; only `render` may have written there.
        docs: folder of hand-written pages and assets to copy beside the generated ones.
        check: write nothing, only say what would change.
        directory_urls: how mkdocs is set; False for a bundle that is opened without a server.
        pictures: whether links to cards are to be shown with pictures; nobody links to a preview or a bundle.

    Raises:
        BrokenFileError: a registry file cannot be read, so a page would be missing.
        UsageError: `out` is not a folder of rendered pages, or two pages or files have one place.
        UnavailableError: `out` cannot be written.
    """
    refuse_unreadable(registry)
    zoo = Zoo(registry, report, directory_urls)
    tree = generate(zoo, pictures=out if pictures else None)
    if docs is not None:
        tree.add_by_hand(docs)
    return RenderResult(out, tree.pages, write_tree(tree.files, out, check=check))


class Tree:
    """Collects pages and files, no two of them in one place of the built site.

    Args:
        directory_urls: how mkdocs is set; two sources may lead to one place with it and not without.
    """

    def __init__(self, *, directory_urls: bool) -> None:
        self.files: dict[str, bytes] = {}
        """Content by path in the rendered tree."""
        self.pages = 0
        """Generated pages among them."""
        self._directory_urls = directory_urls
        self._sources: dict[str, str] = {}

    def add_page(self, source: str, content: bytes) -> None:
        """Add a generated page; raises UsageError where another one is."""
        self.add_file(source, content)
        self.pages += 1

    def add_file(self, path: str, content: bytes) -> None:
        """Add a generated file; raises UsageError where another one is."""
        if other := self._taken(path):
            both = path if other == path else f"{other} and {path}"
            raise UsageError(f"{both}: two pages of the site have this place", fix="rename the model or file in it")
        self.files[path] = content

    def add_by_hand(self, docs: Path) -> None:
        """Add what was written by hand; raises UsageError where a generated page is."""
        for path, content in _hand_written(docs):
            if self._taken(path):
                raise UsageError(f"{docs}/{path} has the name of a generated page", fix="give it another name")
            self.files[path] = content

    def _taken(self, path: str) -> str | None:
        """Return what already stands where mkdocs will put a file; from now on this one does."""
        place = destination(path, directory_urls=self._directory_urls)
        other = self._sources.get(place)
        self._sources.setdefault(place, path)
        return other


def destination(path: str, *, directory_urls: bool) -> str:
    """Return where mkdocs puts a file of the rendered tree, in small letters: some disks know no others."""
    folder, _, name = path.casefold().rpartition("/")
    stem = name.removesuffix(".md")
    if stem == name:
        return path.casefold()
    if stem in ("index", "readme"):
        stem = "index"
    elif directory_urls:
        stem += "/index"
    return f"{folder}/{stem}.html" if folder else f"{stem}.html"


class _Made(NamedTuple):
    """What is made of one model, in bytes: they stay the same objects as long as the model does."""

    pages: list[tuple[str, bytes]]
    files: list[tuple[str, bytes]]
    said: api.Said
    """What the whole zoo's files say of it."""


def _made(zoo: Zoo, entry: Entry[Manifest]) -> _Made:
    heads = dict(head.model_heads(zoo, entry))
    pages = [
        (source, head.put(text, heads.get(source, "")).encode("utf-8"))
        for make in MODEL_PAGES
        for source, text in make(zoo, entry)
    ]
    files = [item for make in MODEL_FILES for item in make(zoo, entry).items()]
    return _Made(pages, files, zoo.kept(api.said, entry))


def _made_with_pictures(zoo: Zoo, pictures: Path | None, entry: Entry[Manifest]) -> _Made:
    made = _made(zoo, entry)
    if pictures is not None:
        made.files.extend(social.drawn(social.model_pictures(zoo, entry), pictures).items())
    return made


def generate(zoo: Zoo, *, pictures: Path | None = None) -> Tree:
    """Return every generated page and file.

    Args:
        zoo: what they say.
        pictures: where pictures of cards may lie that were drawn before; None for a site without them.

    Raises:
        UsageError: two of them have one place, because of the name of a model.
        UnavailableError: a process that makes pages was ended.
    """
    tree = Tree(directory_urls=zoo.directory_urls)
    # Processes begin before the drawing library of the whole zoo's pages has threads.
    with shared_out(partial(_made_with_pictures, zoo, pictures), zoo.models) as made:
        add_pages(tree, zoo)
        for entry, one in zip(zoo.models, made, strict=True):
            _add(tree, one)
            zoo.keep(api.said, entry, one.said)
    add_files(tree, zoo)
    if pictures is not None:
        tree.add_file(social.ZOO, social.drawn({social.ZOO: social.OWN}, pictures)[social.ZOO])
    return tree


def add_pages(tree: Tree, zoo: Zoo) -> None:
    """Add the pages that are made of the zoo as a whole."""
    for make in PAGES:
        for source, text in make(zoo):
            lines = head.home_head() if source == head.HOME else ""
            tree.add_page(source, head.put(text, lines).encode("utf-8"))


def add_files(tree: Tree, zoo: Zoo) -> None:
    """Add the files that are made of the zoo as a whole."""
    for make in FILES:
        for path, content in make(zoo).items():
            tree.add_file(path, content)


def add_models(tree: Tree, zoo: Zoo) -> None:
    """Add what is made of each model."""
    for entry in zoo.models:
        _add(tree, zoo.kept(_made, entry))


def _add(tree: Tree, made: _Made) -> None:
    for source, content in made.pages:
        tree.add_page(source, content)
    for path, content in made.files:
        tree.add_file(path, content)


def refuse_unreadable(registry: Registry) -> None:
    """Raise BrokenFileError where a file of the registry could not be read: its page would be missing."""
    problems: list[Finding] = [finding for file in registry.files for finding in file.findings]
    if problems:
        first = min(problems, key=lambda finding: finding.location)
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BrokenFileError(
            f"the registry cannot be rendered: {first.location}: {first.message}{more}",
            fix="run `zoo_tools validate` and mend what it names",
        )


def _hand_written(docs: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(docs.rglob("*")):
        name = path.relative_to(docs).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue
        if path.is_symlink():
            raise UsageError(f"{docs}/{name} is a symbolic link; docs holds plain files only", fix="put the file here")
        if path.is_file():
            yield name, path.read_bytes()
