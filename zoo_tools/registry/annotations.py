"""Types as the schema's fields state them: what stands behind `Annotated`, unions, lists and mappings."""

import types
from collections.abc import Iterator
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models a value of this type may be (through Annotated and unions, not through lists)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from models_in(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from models_in(member)


def element_of(annotation: object) -> object:
    """Return the type of what a list or the values of a mapping hold; None for any other type."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return element_of(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return next((inner for one in get_args(annotation) if (inner := element_of(one)) is not None), None)
    return get_args(annotation)[-1] if origin in (list, dict) else None
