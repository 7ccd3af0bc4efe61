"""What a draft leaves to a person: values and names that are still `todo`, and what is to be written there.

`zoo_tools new` and `zoo_tools import` write the word, `validate` names every place of it, and no file that holds one is
read as anything: a `todo` never becomes a title, a licence or an id.
"""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from zoo_tools.domain.address import Path
from zoo_tools.domain.scalars import Reference
from zoo_tools.registry.annotations import element_of, models_in
from zoo_tools.registry.field_docs import docs_of
from zoo_tools.registry.tree import TODO

__all__ = ["TODO", "Unwritten", "is_todo", "kind_of", "unwritten_in", "what_to_write"]

_PLAIN_WORDS: dict[object, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    Decimal: "a number",
    date: "a day such as 2026-11-20",
}
_TAGS = ("type", "kind", "nms")
"""Keys whose word says which of several forms a mapping has."""


class Unwritten(NamedTuple):
    """One `todo`."""

    path: Path
    is_key: bool
    """It stands where a name should be: `todo: {…}`."""


def is_todo(text: object) -> bool:
    """Tell whether a scalar is the word that drafts leave behind."""
    return isinstance(text, str) and text[:4].casefold() == TODO and text[4:5] in ("", ":")


def unwritten_in(tree: object) -> Iterator[Unwritten]:
    """Yield every `todo` of a file's tree, in the order of the file."""
    waiting: list[tuple[Path, object]] = [((), tree)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            yield from (Unwritten((*path, key), is_key=True) for key in value if is_todo(key))
            waiting += [((*path, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((*path, at), inner) for at, inner in reversed([*enumerate(value)])]
        elif is_todo(value):
            yield Unwritten(path, is_key=False)


def what_to_write(model: type[BaseModel], path: Path, tree: object) -> str:
    """Return in words what belongs at a place of a file: the kind of value, and what the schema says of it.

    Args:
        model: the object the file holds.
        path: keys and positions that lead there.
        tree: the file's tree, which decides between the forms of a mapping.
    """
    annotation: object = model
    marks: Sequence[object] = ()
    documented = ""
    kind = ""
    for step in path:
        found = _field_of(annotation, step, tree)
        if step in _TAGS and len(forms := list(models_in(annotation))) > 1:
            return _one_of(_tag_words(forms, str(step)))
        if found is not None:
            owner, name, field = found
            annotation, marks, documented = field.annotation, field.metadata, docs_of(owner).get(name, "")
        else:
            annotation, marks, documented = element_of(annotation), (), ""
        tree = _below(tree, step)
        kind = kind_of(annotation, marks)
    meaning = re.split(r"\.(?= |$)", " ".join(documented.split()))[0]
    if meaning[1:2].islower():
        meaning = meaning[:1].lower() + meaning[1:]
    return f"{kind} ({meaning})" if meaning else kind


def _below(tree: object, step: str | int) -> object:
    if isinstance(tree, dict):
        return tree.get(step)
    return tree[step] if isinstance(tree, list) and isinstance(step, int) else None


def _field_of(annotation: object, key: str | int, tree: object) -> tuple[type[BaseModel], str, FieldInfo] | None:
    """Return the object, attribute and field that a key of a mapping names, of the form that the mapping has."""
    forms = list(models_in(annotation))
    tagged = [form for form in forms if _has_tag(form, tree)]
    for form in tagged or forms:
        for name, field in form.model_fields.items():
            if key == (field.alias or name):
                return form, name, field
    return None


def _has_tag(form: type[BaseModel], tree: object) -> bool:
    return isinstance(tree, dict) and any(
        tree.get(tag) in get_args(form.model_fields[tag].annotation) for tag in _TAGS if tag in form.model_fields
    )


def kind_of(annotation: object, marks: Sequence[object] = ()) -> str:
    """Return the kind of value a type reads: `the id of a board`, `one of rgb, bgr, grey`, `a day such as …`."""
    for mark in marks:
        if isinstance(mark, Reference):
            return f"the id of {_article(mark.kind)}"
        if isinstance(mark, WithJsonSchema) and (words := _words_of(mark.json_schema or {})):
            return words
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *further = get_args(annotation)
        return kind_of(inner, further)
    if origin in (Union, types.UnionType):
        return _kind_of_union(annotation)
    if origin is Literal:
        return _one_of(get_args(annotation))
    if origin is list:
        return "a list such as [0, 255]" if kind_of(element_of(annotation)) == "a number" else "a list"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        keys = [field.alias or name for name, field in annotation.model_fields.items() if field.is_required()]
        return f"a mapping with {', '.join(keys)}"
    return _PLAIN_WORDS.get(annotation, "a mapping" if origin is dict else "the value")


def _words_of(schema: Mapping[str, object]) -> str | None:
    """Return the words for a scalar type, which its JSON Schema tells from others of the same Python type."""
    pattern = str(schema.get("pattern", ""))
    if "https" in pattern:
        return "an https url"
    return "64 digits 0-9 a-f in quotes" if "{64}" in pattern else None


def _kind_of_union(annotation: object) -> str:
    members = [member for member in get_args(annotation) if member is not type(None)]
    forms = list(models_in(annotation))
    tag = next((tag for tag in _TAGS if forms and all(tag in form.model_fields for form in forms)), None)
    if len(forms) > 1 and len(forms) == len(members) and tag is not None:
        return f"a mapping with `{tag}:` {_one_of(_tag_words(forms, tag))}"
    return " or ".join(dict.fromkeys(kind_of(member) for member in members))


def _tag_words(forms: Sequence[type[BaseModel]], tag: str) -> list[object]:
    return [word for form in forms if tag in form.model_fields for word in get_args(form.model_fields[tag].annotation)]


def _one_of(words: Sequence[object]) -> str:
    return str(words[0]) if len(words) == 1 else f"one of {', '.join(map(str, words))}"


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
