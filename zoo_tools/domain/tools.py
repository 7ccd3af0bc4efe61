"""Tools that figures were measured with, and the `id version` notation that refers to them."""

import re
from typing import Literal

from pydantic import Field, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from zoo_tools.domain.scalars import HttpsUrl, Id, Text, wrong
from zoo_tools.domain.strict import Strict

_NOTATION = re.compile(r"[a-z0-9][a-z0-9._-]* (unknown|[0-9][0-9A-Za-z.+-]*)")


class ToolRef(Strict):
    """A tool in one version, written `stm32cube-ai 10.0.0`, or `openvx unknown` where the version is not said."""

    id: Id
    version: Text

    @model_validator(mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not _NOTATION.fullmatch(value):
            raise wrong(
                f"`{value[:60]}` is not a tool; write id and version as in `stm32cube-ai 10.0.0`, or `openvx unknown`"
            )
        tool, _, version = value.partition(" ")
        return {"id": tool, "version": version}

    @model_serializer
    def _joined(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.id} {self.version}"

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^{_NOTATION.pattern}$",
            "description": cls.__doc__,
        }


class ToolVersion(Strict):
    """One version of a tool."""

    version: Text
    weights_flash: Literal["quantised-anchors", "float-anchors"] | None = None
    """How this version counts weights: constants as stored in the file, or with int8 anchor constants as float32."""
    weights_flash_source: Text | None = None
    """How that is known."""


class Tool(Strict):
    """A tool, with the versions figures of this zoo were measured with."""

    id: Id
    title: Text
    vendor: Text
    url: HttpsUrl
    names: list[Text] = Field(default_factory=list)
    """Other names it is printed under."""
    versions: list[ToolVersion]
    note: Text | None = None
