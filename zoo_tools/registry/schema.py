"""From what the schema says of a file to findings a contributor can act on.

Every problem of a file is reported at once, each with its line; a misspelt key names the nearest known one.
"""

import difflib
import types
from itertools import islice
from typing import Annotated, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from zoo_tools.domain.findings import Finding, Severity
from zoo_tools.registry.annotations import element_of, models_in
from zoo_tools.registry.field_docs import docs_of, models_below
from zoo_tools.registry.source import MAX_PROBLEMS, Mapping, Node, Sequence, SourceFile, SyntaxProblem
from zoo_tools.registry.unwritten import Unwritten, unwritten_in, what_to_write

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], source: SourceFile, subject: str) -> tuple[M | None, list[Finding]]:
    """Read a parsed file as one of the registry's objects.

    Returns:
        The object (None where there are problems) and all problems.
    """
    tree = source.plain()
    drafted = list(islice(unwritten_in(tree), MAX_PROBLEMS)) if source.may_be_draft else []
    problems: list[ErrorDetails] = []
    try:
        value = model.model_validate(tree)
        if not drafted:
            return value, []
    except ValidationError as error:
        problems = error.errors(include_url=False)
    said = [_unwritten(one, model, tree, source, subject) for one in drafted]
    findings = [_finding(details, model, source, subject) for details in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        message = f"the file has {len(problems) - MAX_PROBLEMS} more problems"
        findings.append(Finding("schema", Severity.ERROR, subject, message, "mend these first", source.locate(())))
    # That `todo` is no number is said by its being `todo`.
    places = {place for one in drafted for place in (source.locate(one.path), source.locate(one.path, key=True))}
    findings = [*said, *(finding for finding in findings if finding.location not in places)]
    return None, sorted(dict.fromkeys(findings), key=lambda finding: finding.location)


def _unwritten(one: Unwritten, model: type[BaseModel], tree: object, source: SourceFile, subject: str) -> Finding:
    location = source.locate(one.path, key=one.is_key)
    if one.is_key:
        message, fix = f"a name in {_where(one.path[:-1])} is still `todo`", "give it a name"
    else:
        message = f"{_where(one.path)} is still `todo`"
        fix = f"write {what_to_write(model, one.path, tree)}"
    return Finding("schema", Severity.ERROR, subject, message, fix, location)


def syntax_finding(problem: SyntaxProblem, subject: str) -> Finding:
    """Return the finding for a file that is not strict YAML."""
    return Finding("syntax", Severity.ERROR, subject, problem.message, problem.fix, problem.location)


def _tagged(models: list[type[BaseModel]], tag: object) -> type[BaseModel] | None:
    for model in models:
        for name in ("type", "kind", "nms"):
            field = model.model_fields.get(name)
            if field is not None and get_origin(field.annotation) is Literal and tag in get_args(field.annotation):
                return model
    return None


def _labelled(annotation: object, key: object) -> object:
    """Return the member of a union that bears a `Tag`, which pydantic names on the way to it."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        found = annotation if any(isinstance(mark, Tag) and mark.tag == key for mark in metadata) else None
        return found if found is not None else _labelled(inner, key)
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for member in get_args(annotation) if (found := _labelled(member, key)) is not None), None)
    return None


def _field(model: type[BaseModel], key: object) -> FieldInfo | None:
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return field
    return None


def fields_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> dict[str, str]:
    """Return the keys that are known at a place of the schema, with their documentation; empty where it is no object.

    Args:
        model: the object a file holds.
        loc: keys and positions as pydantic reports them, tags of unions included.
    """
    current: object = model
    for key in loc:
        models = list(models_in(current))
        tagged = _tagged(models, key) if len(models) > 1 else None
        field = next((found for m in models if (found := _field(m, key))), None) if tagged is None else None
        if (labelled := _labelled(current, key)) is not None:
            current = labelled
        elif tagged is not None:
            current = tagged
        elif field is not None:
            current = field.annotation
        else:
            inner = element_of(current)
            current = inner if inner is not None else current
    return {
        field.alias or name: docs_of(held).get(name, "")
        for held in models_in(current)
        for name, field in held.model_fields.items()
    }


def _in_file(root: Node, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop the parts of a location that are not in the file: tags of unions, and a last missing key."""
    path: list[str | int] = []
    node = root
    for step in loc:
        if isinstance(node, Mapping) and str(step) in node.entries:
            node = node.entries[str(step)]
            path.append(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
            path.append(step)
    return tuple(path)


def _where(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return f"`{text}`" if text else "the file"


def _first_sentence(documented: str) -> str:
    text = documented.strip()
    return text.split("\n", maxsplit=1)[0].rstrip(".")


def _kind_of(value: object) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return f"`{str(value)[:60]}`"


def _unknown_key(details: ErrorDetails, model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, str]:
    key = str(details["loc"][-1])
    known = sorted(fields_at(model, details["loc"][:-1]))
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    message = f"key `{key}` is unknown in {_where(path[:-1])}"
    if nearest:
        return f"{message}; the nearest known key is `{nearest[0]}`", f"rename it to `{nearest[0]}`"
    return message, f"remove it, or use one of: {', '.join(known)}" if known else "remove it"


def _missing_key(details: ErrorDetails, model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, str]:
    key = str(details["loc"][-1])
    meaning = _first_sentence(fields_at(model, details["loc"][:-1]).get(key, ""))
    return f"key `{key}` is missing in {_where(path)}", f"add `{key}:`" + (f" ({meaning})" if meaning else "")


def _choice(given: object, expected: str) -> tuple[str, str]:
    choices = [choice.strip("' ") for choice in expected.replace(" or ", ", ").split(",")]
    nearest = difflib.get_close_matches(str(given), choices, n=1, cutoff=0.6)
    fix = f"write `{nearest[0]}`" if nearest else "write one of them"
    if len(choices) == 1:
        return f"{_kind_of(given)} should be `{choices[0]}`", f"write `{choices[0]}`"
    return f"{_kind_of(given)} is none of {', '.join(choices)}", fix


def _sentences(details: ErrorDetails, model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, str]:
    given, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case "zoo":
            message, _, fix = str(context["sentence"]).partition("; ")
            return message, fix or "mend the value"
        case "extra_forbidden":
            return _unknown_key(details, model, path)
        case "missing":
            return _missing_key(details, model, path)
        case "literal_error":
            return _choice(given, str(context["expected"]))
        case "union_tag_invalid":
            return _choice(context["tag"], str(context["expected_tags"]))
        case "union_tag_not_found":
            key = str(context["discriminator"]).strip("'")
            return f"key `{key}` is missing in {_where(path)}", f"add `{key}:`"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{_kind_of(given)} stands where a mapping should be", "write `key: value` pairs"
        case "list_type":
            return f"{_kind_of(given)} stands where a list should be", "write it as a list, each element behind `- `"
        case _:
            said = details["msg"][:1].lower() + details["msg"][1:]
            return f"{_kind_of(given)} cannot stand here: {said}", "mend the value"


def _finding(details: ErrorDetails, model: type[BaseModel], source: SourceFile, subject: str) -> Finding:
    loc = details["loc"]
    path = _in_file(source.root, loc)
    message, fix = _sentences(details, model, path)
    location = source.locate(path, key=details["type"] in ("extra_forbidden", "missing", "union_tag_not_found"))
    return Finding("schema", Severity.ERROR, subject, message, fix, location)


def json_schema(model: type[BaseModel]) -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a registry file, for editors."""
    schema = model.model_json_schema(mode="validation")
    definitions = schema.get("$defs", {})
    for name, held in models_below(model).items():
        _document(schema if held is model else definitions.get(name, {}), held)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _document(definition: dict[str, dict[str, dict[str, object]]], model: type[BaseModel]) -> None:
    """Add the documentation of an object's fields to its definition."""
    for attribute, text in docs_of(model).items():
        field = model.model_fields.get(attribute)
        key = (field.alias or attribute) if field is not None else attribute
        if key in definition.get("properties", {}):
            definition["properties"][key]["description"] = text
