"""What may stand in registry files, object by object, read from the types that read the files."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from pydantic import BaseModel

from zoo_tools.domain.references import Unknown
from zoo_tools.domain.scalars import Reference
from zoo_tools.registry.field_docs import models_below
from zoo_tools.registry.kinds import KINDS
from zoo_tools.registry.schema import json_schema
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.place import anchor

Schema = dict[str, object]

_PATTERNS: Final = {
    "^[0-9a-f]{64}$": "sha256",
    "^https://": "https url",
    "^[a-z0-9][a-z0-9._-]{0,63}$": "id",
    "^(0|[1-9][0-9]{0,8})(\\.(0|[1-9][0-9]{0,8})){2}$": "version, such as 1.0.0",
    "^[a-z0-9][a-z0-9._-]* (unknown|[0-9][0-9A-Za-z.+-]*)$": "tool and version, such as stm32cube-ai 10.0.0",
    "^golden/[^/]+\\.json$": "path of a recording",
}
_COMMON: Final = {
    "id": "Its name in the registry.",
    "title": "Its name, as people call it.",
    "vendor": "Who makes it.",
    "url": "Its page.",
    "note": "What a reader has to know besides.",
    "reason": "Why that is so.",
    "since": "The day it began.",
    "successor": "What to choose instead.",
    "licence": "Licence it is under.",
    "sha256": "Digest of its bytes.",
    "type": "Says which of the forms this is.",
    "kind": "Says which of the forms this is.",
    "role": "Says what the tensor means.",
    "evidence": "Who says so: the evidence of this id.",
    "labels": "The classes, in the order of their ids.",
    "contract": "How to run it.",
    "board": "Where it was measured.",
    "target": "Series of the chip it was computed for.",
    "protocol": "How the figure is computed.",
    "series": "Series of its chip.",
    "subset_of": "The dataset it is a part of.",
}
"""What keys mean wherever they stand without a sentence of their own."""
_NAMES: Final = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a registry file."""

    name: str
    type: Html
    is_required: bool
    default: str | None
    """What stands where the key is left out; None for nothing."""
    meaning: str

    @property
    def required(self) -> str:
        """Whether it has to be there, and what stands otherwise."""
        if self.is_required:
            return "yes"
        return f"no, `{self.default}`" if self.default is not None else "no"


@dataclass(frozen=True, slots=True)
class Group:
    """The keys of one object of a registry file."""

    name: str
    meaning: str
    fields: list[Field]


def class_anchor(name: str) -> str:
    """Return the id of an object's section."""
    return anchor(f"object-{name}")


def groups_of(kind: str) -> list[Group]:
    """Return the objects a file of a kind may hold: the file itself, then the others in the order they are reached."""
    schema = _inlined(json_schema(KINDS[kind]))
    definitions = schema.get("$defs")
    known: dict[str, Schema] = definitions if isinstance(definitions, dict) else {}
    models = models_below(KINDS[kind])
    root = KINDS[kind].__name__
    order = [root, *_reached(schema, known)]
    return [_group(name, schema if name == root else known[name], models[name]) for name in order]


def _inlined(schema: Schema) -> Schema:
    """Put what is written as one word, such as a tool with its version, where it is referred to."""
    text, definitions = json.dumps(schema), schema.get("$defs")
    for name, held in definitions.items() if isinstance(definitions, dict) else ():
        if "properties" not in held:
            word = {key: value for key, value in held.items() if key != "description"}
            text = text.replace(json.dumps({"$ref": f"#/$defs/{name}"}), json.dumps(word))
    inlined: Schema = json.loads(text)
    return inlined


def _reached(schema: Schema, known: dict[str, Schema]) -> list[str]:
    """Return the names of objects in the order a reader meets them, each once."""
    found: dict[str, None] = {}
    waiting = [schema.get("properties")]
    while waiting:
        for name in re.findall(r'"#/\$defs/(\w+)"', json.dumps(waiting.pop(0))):
            if name not in found:
                found[name] = None
                waiting.append(known[name].get("properties"))
    return list(found)


def _group(name: str, schema: Schema, model: type[BaseModel]) -> Group:
    properties, required = schema["properties"], schema.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    keys = {field.alias or attribute: attribute for attribute, field in model.model_fields.items()}
    fields = [
        Field(
            key,
            _type(one, _named_thing(model, keys[key])),
            key in required,
            _default(one),
            str(one.get("description") or _meaning(model, keys[key])),
        )
        for key, one in properties.items()
    ]
    return Group(name, " ".join(str(schema.get("description", "")).split()), fields)


def _default(schema: Schema) -> str | None:
    default = schema.get("default")
    if default is None or isinstance(default, (dict, list)):
        return None
    return str(default).lower() if isinstance(default, bool) else str(default)


def _meaning(model: type[BaseModel], attribute: str) -> str:
    """Return what a field without a sentence of its own is: what its name says everywhere, or what the object is."""
    held = [one for one in _objects(model.model_fields[attribute].annotation) if one is not Unknown]
    if len(held) > 1:
        return "One of these forms."
    if held:
        return (held[0].__doc__ or "").strip().partition("\n")[0]
    return _COMMON.get(attribute, "")


def _objects(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for member in get_args(annotation):
        yield from _objects(member)


def _named_thing(model: type[BaseModel], attribute: str) -> str | None:
    """Return what an id names, such as `board`; None where a field is no such id."""
    field = model.model_fields[attribute]
    marks = [*field.metadata, *_metadata(field.annotation)]
    return next((mark.kind for mark in marks if isinstance(mark, Reference)), None)


def _metadata(annotation: object) -> Iterator[object]:
    yield from getattr(annotation, "__metadata__", ())
    for member in get_args(annotation):
        yield from _metadata(member)


def _type(schema: Schema, thing: str | None) -> Html:
    """Return what may stand as a value, in words and links."""
    for key in ("anyOf", "oneOf"):
        if isinstance(members := schema.get(key), list):
            said = [_type(one, thing) for one in members if one.get("type") != "null"]
            return join(*dict.fromkeys(said), by=" or ")
    if isinstance(ref := schema.get("$ref"), str):
        name = ref.rpartition("/")[2]
        return el("a", name, href=f"#{class_anchor(name)}")
    if isinstance(choices := schema.get("enum"), list):
        return join(*(words.code(str(one)) for one in choices), by=" or ")
    if "const" in schema:
        return words.code(str(schema["const"]))
    if schema.get("type") == "array":
        return join(_count(schema), _type(_inner(schema, "items"), thing))
    if schema.get("type") == "object":
        inside = _inner(schema, "patternProperties") or {"": _inner(schema, "additionalProperties")}
        return join("mapping of ids to ", *(_type(one, None) for one in inside.values() if isinstance(one, dict)))
    return join(f"id of {'an' if thing[0] in 'aeio' else 'a'} {thing}" if thing is not None else _scalar(schema))


def _inner(schema: Schema, key: str) -> Schema:
    inside = schema.get(key)
    return inside if isinstance(inside, dict) else {}


def _count(schema: Schema) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most:
        return f"{least} times "
    return "list of at least one " if least else "list of "


def _scalar(schema: Schema) -> str:
    pattern, type_ = schema.get("pattern"), schema.get("type")
    if isinstance(pattern, str) and pattern in _PATTERNS:
        return _PATTERNS[pattern]
    if schema.get("format") == "date":
        return "day, such as 2026-11-20"
    if "exclusiveMinimum" in schema:
        return "number above 0"
    if schema.get("minimum") == 0:
        return f"{_NAMES[str(type_)]}, not negative"
    names = [type_] if isinstance(type_, str) else ["string"]  # text may be written as a number
    return _NAMES[str(names[0])]
