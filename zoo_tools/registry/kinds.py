"""The kinds of registry files, and the types that define them: schemas, the reference and editors walk this table."""

import json
from typing import Final

from pydantic import BaseModel

from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.references import Board, Dataset, LabelSet, Picture, Protocol, Series
from zoo_tools.domain.tools import Tool
from zoo_tools.registry.schema import json_schema

KINDS: Final[dict[str, type[BaseModel]]] = {
    "manifest": Manifest,
    "board": Board,
    "series": Series,
    "tool": Tool,
    "dataset": Dataset,
    "protocol": Protocol,
    "labels": LabelSet,
    "image": Picture,
}
"""Kinds of registry files and the types that define them."""


def schema_name(kind: str) -> str:
    """Return the name of the file that holds the JSON Schema of a kind of file."""
    return f"{kind}-1.json"


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file, as text with a final newline."""
    return json.dumps(json_schema(KINDS[kind]), indent=1, sort_keys=True) + "\n"
