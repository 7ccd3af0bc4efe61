"""The base of every registry object: immutable, and closed against keys nobody defined."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A frozen object whose unknown keys are errors; the sentence under a field is its documentation (`field_docs`)."""

    # Built when first used: most classes are only parts of others, and would be built for nothing.
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, populate_by_name=True, defer_build=True
    )
