"""The whole answers of the API: what stands in each file, and the schemas that say so.

A number of a manifest is a string here, with its digits as printed: `35.80` is not `35.8`. Reading such a manifest
gives the very objects that the YAML gives.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import BaseModel

from zoo_tools import __version__
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.kinds import KINDS, schema_name
from zoo_tools.registry.load import Entry
from zoo_tools.registry.schema import json_schema
from zoo_tools.site.api import places
from zoo_tools.site.api.rows import FigureRow, FileRow, Said, card_place
from zoo_tools.site.zoo import Zoo

E = TypeVar("E", bound=BaseModel)

TOOL = f"zoo_tools {__version__}"
CSV_COLUMNS = (
    "model", "variant", "artifact", "kind", "quantity", "value", "unit", "board", "engine", "cores", "clock_mhz",
    "batch_size", "target", "protocol", "tools", "evidence", "line", "marks", "corrected_from", "address", "card",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Checked(Said):
    """The run of checks that the marks rest on."""

    tool: str
    level: str


class Catalogue(Said):
    """Every file and every figure of the zoo."""

    version: int
    """Version of this API."""
    tool: str
    """What wrote it."""
    checked: Checked | None
    """Null where no report of checks was at hand: then no figure has a mark that rests on one."""
    files: list[FileRow]
    figures: list[FigureRow]


class Model(Said):
    """Everything the zoo says of a model."""

    version: int
    """Version of this API."""
    tool: str
    """What wrote it."""
    checked: Checked | None
    """Null where the marks rest on no report of checks, or on one of another text of the manifest."""
    card: str
    """Page about the model."""
    manifest: Manifest
    files: list[FileRow]
    figures: list[FigureRow]


def stated_check(zoo: Zoo) -> Checked | None:
    """Return what was checked, and by what."""
    return None if zoo.checked is None else Checked(tool=zoo.checked.tool, level=zoo.checked.level)


def model_text(zoo: Zoo, entry: Entry[Manifest], files: list[FileRow], figures: list[FigureRow]) -> str:
    """Return all that is said of a model as JSON."""
    head = {
        "version": 1,
        "tool": TOOL,
        "checked": None if zoo.is_stale(entry.id) else plain(stated_check(zoo)),
        "card": card_place(zoo, entry.id),
    }
    manifest = entry.value.model_dump_json(by_alias=True, exclude_none=True)
    return document(head, {"manifest": manifest, "files": lines(files), "figures": lines(figures)})


def document(head: Mapping[str, object], parts: Mapping[str, str]) -> str:
    """Return an object of some plain values, and of parts that are JSON already."""
    plain = [f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in head.items()]
    return "{" + ",\n".join([*plain, *(f'"{key}": {text}' for key, text in parts.items())]) + "}\n"


def lines(rows: Iterable[BaseModel]) -> str:
    """Return rows as a JSON list, a line each: a changed figure is a changed line."""
    return listed(row.model_dump_json() for row in rows)


def listed(texts: Iterable[str]) -> str:
    """Return texts that are JSON as a list, a line each."""
    inside = ",\n".join(texts)
    return f"[\n{inside}\n]" if inside else "[]"


def plain(value: BaseModel | None) -> object:
    """Return an object as JSON knows it."""
    return None if value is None else value.model_dump(mode="json")


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows under the columns of the CSV files."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([CSV_COLUMNS, *rows])
    return stream.getvalue()


def csv_row(row: FigureRow) -> list[str]:
    """Return a figure as cells."""
    return [_cell(getattr(row, column), by=" " if column == "marks" else "; ") for column in CSV_COLUMNS]


def _cell(value: object, *, by: str) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = by.join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def index_text(zoo: Zoo) -> str:
    """Return what there is, and where."""
    models = [
        {
            "id": entry.id,
            "title": entry.value.title,
            "card": card_place(zoo, entry.id),
            "variants": [variant.id for variant in entry.value.variants],
            "json": places.model_place(entry.id, "json"),
            "csv": places.model_place(entry.id, "csv"),
            "yaml": places.model_place(entry.id, "yaml"),
        }
        for entry in zoo.models
    ]
    said = {
        "version": 1,
        "tool": TOOL,
        "checked": plain(stated_check(zoo)),
        "catalogue": {"json": places.CATALOGUE, "csv": places.CATALOGUE_CSV, "schema": places.CATALOGUE_SCHEMA},
        "references": places.REFERENCES,
        "model_schema": places.MODEL_SCHEMA,
        "schema": {kind: places.schema_place(schema_name(kind)) for kind in KINDS},
        "models": models,
    }
    return _pretty(said)


def references_text(zoo: Zoo) -> str:
    """Return what figures refer to, by kind and id."""
    registry = zoo.registry
    return _pretty(
        {
            "boards": _values(registry.boards),
            "series": _values(registry.series),
            "tools": _values(registry.tools),
            "datasets": _values(registry.datasets),
            "protocols": _values(registry.protocols),
            "labels": _values(registry.labels),
            "images": _values(registry.images),
        }
    )


def _values(entries: Mapping[str, Entry[E]]) -> dict[str, object]:
    return {
        id_: entry.value.model_dump(mode="json", by_alias=True, exclude_none=True) for id_, entry in entries.items()
    }


def catalogue_schema() -> str:
    """Return the JSON Schema of the catalogue."""
    return _pretty(json_schema(Catalogue))


def model_schema() -> str:
    """Return the JSON Schema of what is said of a model."""
    schema = json_schema(Model)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    own = {row.__name__ for row in (Checked, FileRow, FigureRow)}
    schema["$defs"] = {name: one if name in own else _as_printed(one) for name, one in definitions.items()}
    return _pretty(schema)


def _as_printed(schema: object) -> object:
    """Return the schema of a part of a manifest whose numbers are strings with their digits as printed."""
    if isinstance(schema, list):
        return [_as_printed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "number":
        return {
            "type": "string",
            "pattern": "^-?[0-9.]+([eE][+-]?[0-9]+)?$",
            **{key: schema[key] for key in ("title", "description") if key in schema},
        }
    return {key: _as_printed(value) for key, value in schema.items()}


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
