"""A generated page: front matter, headings in Markdown (so that the table of contents sees them), blocks of HTML."""

from collections.abc import Iterable, Sequence

from zoo_tools.site.escape import Html, escape
from zoo_tools.site.markdown_extension import block
from zoo_tools.site.place import Place


class Page:
    """Collects the parts of a page, top to bottom.

    Args:
        place: where it is.
        title: plain text; it goes into the front matter escaped, because the theme prints titles as they come.
        hide: parts of the theme's frame left out, such as `toc`.
        description: one sentence for search engines.
        words: what else the site's own search finds it by, as if it stood in the title.
    """

    def __init__(
        self,
        place: Place,
        title: str,
        *,
        hide: Sequence[str] = (),
        description: str | None = None,
        words: Sequence[str] = (),
    ) -> None:
        self.place = place
        lines = ["---", f'title: "{_line(title)}"']
        if description is not None:
            lines.append(f'description: "{_line(description)}"')
        if words:
            lines.append(f'words: "{_line(" ".join(words))}"')
        if hide:
            lines += ["hide:", *(f"  - {part}" for part in hide)]
        self._parts = ["\n".join([*lines, "---"])]

    def heading(self, level: int, text: str, *, id_: str) -> None:
        """Add a heading; `id_` is its anchor, made by us."""
        self._parts.append(f"{'#' * level} {_line(text)} {{#{id_}}}")

    def block(self, *html: Html | None) -> None:
        """Add block-level HTML; None is left out."""
        self._parts += [block(part) for part in html if part]

    def section(self, heading: str, id_: str, parts: Iterable[Html | None]) -> None:
        """Add a section of the second level; one that has nothing to say is left out, heading and all."""
        found = [part for part in parts if part]
        if found:
            self.heading(2, heading, id_=id_)
            self.block(*found)

    def text(self) -> str:
        """Return the page as Markdown."""
        return "\n\n".join(self._parts) + "\n"


def _line(text: str) -> Html:
    return escape(" ".join(text.split()))
