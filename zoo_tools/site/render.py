"""From the registry and a report of checks to the tree of pages that mkdocs builds.

Everything is put together before anything is written: an error leaves the tree as it was.
"""

from dataclasses import dataclass
from pathlib import Path

from zoo_tools.domain.findings import Finding
from zoo_tools.errors import BrokenFileError, UsageError
from zoo_tools.registry.load import Registry
from zoo_tools.site.checked import Checked
from zoo_tools.site.frames import figures_frame
from zoo_tools.site.held import held_files
from zoo_tools.site.pages import card, checks, compare, home, models, trust
from zoo_tools.site.write import Changes, write_tree
from zoo_tools.site.zoo import Zoo


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
) -> RenderResult:
    """Write the pages of a registry.

    Args:
        registry: what the pages say.
        report: what was checked (`read_report`); without it, marks that need a check are absent.
        out: folder of the pages; only `render` may have written there.
        docs: folder of hand-written pages and assets to copy beside the generated ones.
        check: write nothing, only say what would change.
        directory_urls: how mkdocs is set; False for a bundle that is opened without a server.

    Raises:
        BrokenFileError: a registry file cannot be read, so a page would be missing.
        UsageError: `out` is not a folder of rendered pages, or a hand-written page has the name of a generated one.
        UnavailableError: `out` cannot be written.
    """
    _refuse_unreadable(registry)
    generated = generate(Zoo(registry, report, directory_urls))
    files = {source: text.encode("utf-8") for source, text in generated.items()}
    files |= held_files(registry)
    by_hand = _hand_written(docs) if docs is not None else {}
    for name in sorted(by_hand.keys() & files.keys()):
        raise UsageError(f"{docs}/{name} has the name of a generated page", fix="give it another name")
    return RenderResult(out, len(generated), write_tree(by_hand | files, out, check=check))


def generate(zoo: Zoo) -> dict[str, str]:
    """Return the text of every generated page by its source.

    Raises:
        UsageError: a model or check is called as one of the site's own pages.
    """
    frame = figures_frame(zoo)
    pages = {
        home.SOURCE: home.home(zoo),
        compare.SOURCE: compare.compare(zoo),
        models.SOURCE: models.index(zoo),
        trust.SOURCE: trust.trust(zoo, frame),
        checks.INDEX: checks.index(zoo),
    }
    for source, text in (*checks.pages(zoo), *((card.card_source(e.id), card.card(zoo, e)) for e in zoo.models)):
        if source in pages:
            raise UsageError(f"{source} is the place of two pages", fix="rename the model or check of that name")
        pages[source] = text
    return pages


def _refuse_unreadable(registry: Registry) -> None:
    problems: list[Finding] = [finding for file in registry.files for finding in file.findings]
    if problems:
        first = min(problems, key=lambda finding: finding.location)
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BrokenFileError(
            f"the registry cannot be rendered: {first.location}: {first.message}{more}",
            fix="run `zoo_tools validate` and mend what it names",
        )


def _hand_written(docs: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(docs.rglob("*")):
        name = path.relative_to(docs).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue
        if path.is_symlink():
            raise UsageError(f"{docs}/{name} is a symbolic link; docs holds plain files only", fix="put the file here")
        if path.is_file():
            found[name] = path.read_bytes()
    return found
