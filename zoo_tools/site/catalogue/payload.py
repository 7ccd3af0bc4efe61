"""The catalogue as a script: what the Compare page picks from in the browser.

A script and not JSON, because a page opened from a folder may load scripts and fetch nothing. It is ASCII, and a
number stands in it as its digits, so that the download prints what the registry says.
"""

import json
from collections.abc import Mapping, Sequence

from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.trust import TrustMark
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.catalogue.output import COLUMNS, digits
from zoo_tools.site.catalogue.rows import Cell, Row, rows_of, rows_of_model
from zoo_tools.site.catalogue.selection import FACETS, protocols_of, values_of
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.place import Place
from zoo_tools.site.zoo import Zoo

NAMED = COLUMNS[:14]
"""Attributes of a row that stand in the script under their own names."""


def script(zoo: Zoo, place: Place, charts: Mapping[str, object]) -> bytes:
    """Return the script that sets `window.zooCatalogue`.

    Args:
        zoo: what is in the catalogue.
        place: the page that links to cards are written for.
        charts: specification of each protocol's chart, without data.
    """
    rows = rows_of(zoo)
    tree = {
        "columns": COLUMNS,
        "protocols": {protocol: zoo.protocol_short(protocol) for protocol in protocols_of(rows)},
        "names": {facet: {value: name_of(zoo, facet, value) for value in values_of(rows, facet)} for facet in FACETS},
        "marks": {mark.value: mark.label for mark in TrustMark},
        "charts": charts,
        "cards": _cards(rows, place),
    }
    models = ",\n".join(text for entry in zoo.models if (text := zoo.kept(_model, entry)))
    return f"window.zooCatalogue = {_json(tree)};\nwindow.zooCatalogue.rows = [\n{models}\n];\n".encode("ascii")


def _json(tree: object) -> str:
    return json.dumps(tree, separators=(",", ":"))


def _cards(rows: Sequence[Row], place: Place) -> dict[str, str]:
    """Return the link to each variant's card."""
    variants = dict.fromkeys((row.model, row.variant) for row in rows)
    return {"/".join(one): place.href(card_source(*one)) for one in variants}


def _model(zoo: Zoo, entry: Entry[Manifest]) -> str:
    return ",\n".join(_json(row_data(row)) for row in zoo.kept(rows_of_model, entry))


def name_of(zoo: Zoo, facet: str, value: str) -> str:
    """Return what a reader calls a value of a facet."""
    match facet:
        case "board":
            return zoo.board_title(value)
        case "series":
            return zoo.series_title(value)
        case "dataset":
            return zoo.dataset_title(value)
        case "model":
            entry = zoo.registry.models.get(value)
            return entry.value.title if entry is not None else value
        case "format":
            return words.FORMATS.get(value, value)
        case "precision":
            return precision_name(value)
        case _:
            return value.replace("-", " ")


def precision_name(precision: str) -> str:
    """Return number formats in words, from their id."""
    weights, _, activations = precision.partition("-")
    return f"{weights} weights, {activations} activations" if activations else weights


def row_data(row: Row) -> dict[str, object]:
    """Return a row as the script has it."""
    return {
        "id": row.id,
        "file": row.file,
        **{name: getattr(row, name) for name in NAMED},
        "latency": _cell(row.latency),
        "ram": _cell(row.ram),
        "flash": _cell(row.flash),
        "ap": {protocol: _cell(cell) for protocol, cell in row.aps.items()},
    }


def _cell(cell: Cell) -> dict[str, object] | None:
    if not cell.figures and not cell.marks and cell.number is None:
        return None
    return {
        "digits": digits(cell.number),
        "printed": cell.printed,
        "note": cell.note,
        "marks": [mark.value for mark in TrustMark if mark in cell.marks],
    }
