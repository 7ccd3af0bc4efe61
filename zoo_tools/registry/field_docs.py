"""The sentence under a field of a registry object: its documentation, for editors and for findings.

pydantic would read them from the source whenever the classes are made, which takes a fifth of the time any command
needs to begin; hardly any command needs them.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel


def docs_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the documentation of an object's fields by their attributes, those of its base classes included."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        docs |= _docs_in(base.__module__).get(base.__name__, {})
    return docs


@cache
def _docs_in(module: str) -> dict[str, dict[str, str]]:
    """Return the documentation of all fields of all classes of a module."""
    if not module.startswith(__package__.partition(".")[0]):
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_documented(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _documented(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(following, ast.Expr):
            text = following.value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield field.target.id, inspect.cleandoc(text.value)


def models_below(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return an object and all objects it may hold, by their class names."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[object] = [model]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one.__name__ not in found:
                found[one.__name__] = one
                waiting += [field.annotation for field in one.model_fields.values()]
        else:
            waiting += getattr(one, "__args__", ())
    return found
