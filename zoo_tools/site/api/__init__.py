"""Version 1 of the API: plain files under `api/v1/`, written with the pages and from the same marks and figures.

Their addresses and keys stay as long as the version does; keys may be added.
"""

from typing import NamedTuple

from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.kinds import KINDS, schema_name, schema_text
from zoo_tools.registry.load import Entry
from zoo_tools.site.api import documents, places, rows
from zoo_tools.site.zoo import Zoo


class Said(NamedTuple):
    """What is said of a model, as the parts of answers."""

    files: list[str]
    figures: list[str]
    cells: list[list[str]]
    answers: dict[str, bytes]


def model_files(zoo: Zoo, entry: Entry[Manifest]) -> dict[str, bytes]:
    """Return the answers about one model."""
    return zoo.kept(said, entry).answers


def said(zoo: Zoo, entry: Entry[Manifest]) -> Said:
    """Return all that is said of a model."""
    files, figures = rows.file_rows(zoo, entry), rows.figure_rows(zoo, entry)
    cells = [documents.csv_row(row) for row in figures]
    answers = {
        places.model_place(entry.id, "json"): documents.model_text(zoo, entry, files, figures).encode("utf-8"),
        places.model_place(entry.id, "csv"): documents.csv_text(cells).encode("utf-8"),
        places.model_place(entry.id, "yaml"): entry.path.read_bytes(),
    }
    return Said([row.model_dump_json() for row in files], [row.model_dump_json() for row in figures], cells, answers)


def files(zoo: Zoo) -> dict[str, bytes]:
    """Return the answers about the whole zoo, and the schemas."""
    parts = [zoo.kept(said, entry) for entry in zoo.models]
    head = {"version": 1, "tool": documents.TOOL, "checked": documents.plain(documents.stated_check(zoo))}
    lists = {
        "files": documents.listed(text for one in parts for text in one.files),
        "figures": documents.listed(text for one in parts for text in one.figures),
    }
    texts = {
        places.INDEX: documents.index_text(zoo),
        places.CATALOGUE: documents.document(head, lists),
        places.CATALOGUE_CSV: documents.csv_text(cells for one in parts for cells in one.cells),
        places.REFERENCES: documents.references_text(zoo),
        **schemas(),
    }
    return {place: text.encode("utf-8") for place, text in texts.items()}


def schemas() -> dict[str, str]:
    """Return the schemas of the answers and of the registry's files."""
    return {
        places.CATALOGUE_SCHEMA: documents.catalogue_schema(),
        places.MODEL_SCHEMA: documents.model_schema(),
        **{places.schema_place(schema_name(kind)): schema_text(kind) for kind in KINDS},
    }
