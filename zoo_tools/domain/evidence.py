"""Who says so: the evidence behind a figure, and what is known to be wrong or odd about it."""

from typing import Annotated, Literal

from pydantic import Field

from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.scalars import (
    Day,
    EvidenceId,
    HttpsUrl,
    Id,
    Integer,
    NumberOrNA,
    RelativePath,
    Sha256,
    Sha256OrUnknown,
    Text,
)
from zoo_tools.domain.strict import Strict
from zoo_tools.domain.tools import ToolRef


class Published(Strict):
    """A figure somebody else printed."""

    kind: Literal["published"]
    by: Text
    """Who published it."""
    title: Text
    """Name of the document, as a reader would cite it."""
    url: HttpsUrl
    """The document at a fixed revision."""
    retrieved: Day
    document_sha256: Sha256
    """The text the figures were read from."""
    transcript: RelativePath
    """CSV of the cells as printed, made by `zoo_tools import`; every figure is checked against it."""
    artifact_sha256: Sha256OrUnknown
    """Bytes the document speaks of: `same-revision` when document and files stand in one commit, else `unknown`."""
    reason: Text | None = None
    """Why the bytes are unknown; required then."""


class Measured(Strict):
    """A figure this zoo's maintainers or contributors measured."""

    kind: Literal["measured"]
    by: Text
    """Who measured it."""
    date: Day
    tools: Annotated[list[ToolRef], Field(min_length=1)]
    """What it was measured with."""
    host: Text
    """Machine: CPU or board, operating system."""
    artifact_sha256: Sha256
    """The bytes it was measured on."""
    command: Text | None = None
    """The command that measures it again."""
    environment: RunEnvironment | None = None
    """What ran the file, as `zoo_tools evaluate` says it: under an equal one the figure comes back exactly."""


class Derived(Strict):
    """A figure computed from others."""

    kind: Literal["derived"]
    sources: Annotated[list[EvidenceId], Field(min_length=1)]
    """Evidence of the figures it was computed from."""
    how: Text
    """The computation."""


Evidence = Annotated[Published | Measured | Derived, Field(discriminator="kind")]


class Correction(Strict):
    """A published cell that is not used as printed: the cell, the value used, and why."""

    at: Text
    """Address of the figure, such as `variants[025_256].footprints[int8,stm32h7].ram.activation`."""
    published: Text
    """The cell as printed."""
    value: NumberOrNA
    """The value used instead; the figure must have it."""
    reason: Text
    evidence: EvidenceId
    """Where the cell stands."""
    line: Integer
    """Line of the document."""


class Anomaly(Strict):
    """Something a published document says that is wrong, odd or missing, and that no figure holds."""

    id: Id
    verdict: Literal["contradicted", "disputed", "odd", "missing"]
    """`contradicted` by the file or arithmetic; `disputed` by another source; `odd`: unlikely; `missing`: unsaid."""
    published: Text
    """What the document says, as printed."""
    reason: Text
    """Why it cannot be right, or what is strange about it."""
    instead: Text | None = None
    """What is right, where that is known."""
    at: list[Text] = Field(default_factory=list)
    """Addresses of the figures it concerns."""
    evidence: EvidenceId
    line: Integer | None = None
    """Line of the document."""


class Waiver(Strict):
    """A finding the maintainers accept for a while."""

    check: Id
    """The check that finds it."""
    at: Text
    """Address of the value."""
    reason: Text
    until: Day
    """Last day it is accepted."""
