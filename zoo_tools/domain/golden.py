"""A golden case: what a model was seen to detect on one picture, with all that is needed to see it again."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.scalars import Day, Id, Integer, Number, Sha256, Text
from zoo_tools.domain.strict import Strict


class RunEnvironment(Strict):
    """All that decides whether two runs of one file give equal bits."""

    engine: Text
    """Runtime, such as `litert`."""
    version: Text
    """Its version, such as `2.3.0`."""
    delegate: Text
    """`none` for the built-in kernels, or the delegate's name, such as `xnnpack`."""
    cpu_class: Text
    """Instruction set the kernels choose by, such as `x86-64-v3`."""

    def __str__(self) -> str:
        delegate = "no delegate" if self.delegate == "none" else self.delegate
        return f"{self.engine} {self.version}, {delegate}, {self.cpu_class}"


class GoldenDetection(Strict):
    """One detection; box corners in pixels of the picture, printed so that float32 comes back bit for bit."""

    label: Text
    class_id: Integer
    score: Number
    box: Annotated[list[Number], Field(min_length=4, max_length=4)]
    """x1, y1, x2, y2."""


class Golden(Strict):
    """The recorded run of one artifact on one picture; written by `zoo_tools golden record`, never by `validate`."""

    format: Literal[1]
    artifact_sha256: Sha256
    """The bytes that were run."""
    image_sha256: Sha256
    """The picture that was shown."""
    input_sha256: Sha256
    """The input tensor's bytes in C order: equal on every machine, so a preprocessing mistake shows at once."""
    environment: RunEnvironment
    recorded: Day
    raw_sha256: dict[Id, Sha256]
    """Output tensors by role, bytes in C order; equal only under an equal environment."""
    contract: Contract
    """The contract the case was recorded under (without what is said about it)."""
    detections: list[GoldenDetection]
    """All of them, best first."""


class Tolerance(Strict):
    """How far detections may be from the recorded ones where the environment differs."""

    min_iou: Annotated[Number, Field(ge=Decimal("0.7"), le=1)] = Decimal("0.85")
    """Every recorded detection scoring `min_score` or more has a partner of its class with at least this IoU."""
    max_score_difference: Annotated[Number, Field(ge=0, le=Decimal("0.15"))] = Decimal("0.08")
    """The partner's score differs by at most this."""
    min_score: Annotated[Number, Field(ge=Decimal("0.2"), le=Decimal("0.7"))] = Decimal("0.5")
    """Recorded detections below this score are not looked for."""
    extra_score: Annotated[Number, Field(ge=Decimal("0.3"), le=Decimal("0.8"))] = Decimal("0.6")
    """No detection without a partner may score this or more."""
