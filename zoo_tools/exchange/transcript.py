"""The evidence behind imported figures: every cell of every figure table as printed, one CSV line each.

The manifest's figures are compared with it in both directions, so it is complete: cells that could not be read stand in
it too. A line with a tab is quoted, so that the tab is seen; other hidden characters are written as escapes.
"""

import csv
import io

from zoo_tools.exchange.card import Card
from zoo_tools.exchange.columns import FIGURES
from zoo_tools.exchange.oddities import escape, is_hidden

HEADER = ("line", "row", "quantity", "kind", "cell")


def transcript(card: Card) -> str:
    """Return the transcript of a card.

    Columns: line of the document; name of the file the row links to, or that a person says it is about; quantity as the
    manifest names it (`ram.activation`, `ms`, `tools.stm32cube-ai`, `resolution`); kind (measure, param, version); the
    cell, trimmed of spaces. A tool that a footnote names for a row stands among its cells as `tools.footnote`.
    """
    out = io.StringIO()
    plain = csv.writer(out, lineterminator="\n")
    quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(HEADER)
    for _, row in card.rows(*FIGURES):
        name = _visible(row.link.filename) if row.link else ""
        for cell in row.cells.values():
            writer = quoted if "\t" in cell.raw else plain
            writer.writerow((cell.line, name, cell.quantity, cell.sort, _visible(cell.raw)))
        for printed, _ in card.tools_below(row):
            plain.writerow((row.line, name, "tools.footnote", "version", printed))
    return out.getvalue()


def _visible(text: str) -> str:
    return "".join(escape(letter) if letter != "\t" and is_hidden(letter) else letter for letter in text)
