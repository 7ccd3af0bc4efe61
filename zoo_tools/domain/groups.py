"""Groups of figures: what was measured of one artifact under one set of conditions, and who says so.

A figure is value (digits as printed), unit, conditions, the artifact it was measured on, and evidence.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from zoo_tools.domain.scalars import (
    ArtifactId,
    BoardId,
    Count,
    EvidenceId,
    Flag,
    HttpsUrl,
    Integer,
    NotNegative,
    NumberOrNA,
    Positive,
    ProtocolId,
    SeriesId,
    Text,
    wrong,
)
from zoo_tools.domain.strict import Strict
from zoo_tools.domain.tools import ToolRef


class Figures(Strict):
    """What every group of figures states besides its values."""

    artifact: ArtifactId
    """The artifact of this variant it was measured on."""
    evidence: EvidenceId
    line: Integer | None = None
    """Line of the evidence's document."""


class Ram(Strict):
    """RAM figures; a total is the sum of activation and runtime."""

    activation: NotNegative | None = None
    runtime: NotNegative | None = None
    internal: NotNegative | None = None
    """On-chip RAM (NPU flow)."""
    external: NotNegative | None = None
    """Off-chip RAM (NPU flow)."""
    total: NotNegative | None = None


class Flash(Strict):
    """Flash figures; a total is the sum of weights and code."""

    weights: NotNegative | None = None
    code: NotNegative | None = None
    total: NotNegative | None = None


class Footprint(Figures):
    """Memory an artifact needs on a target."""

    target: SeriesId
    tools: Annotated[list[ToolRef], Field(min_length=1)]
    unit: Literal["KiB", "MiB"]
    """Unit of all its values."""
    ram: Ram
    flash: Flash


class Share(Strict):
    """Percent of the run on each engine; `NA` where the source prints NA."""

    npu: NumberOrNA
    gpu: NumberOrNA
    cpu: NumberOrNA


class Latency(Figures):
    """Time of one inference on a board."""

    board: BoardId
    engine: Literal["cpu", "gpu", "npu", "npu+gpu", "npu+mcu"]
    cores: Count | None = None
    clock_mhz: Positive | None = None
    """Clock of the engine."""
    ms: Positive | None = None
    """Milliseconds for one picture."""
    per_second: Positive | None = None
    """Inferences per second, where the source prints them."""
    batch_size: Count | None = None
    """Pictures per run, where the source says it."""
    share: Share | None = None
    tools: Annotated[list[ToolRef], Field(min_length=1)]
    """Tool or runtime, with its framework where one is named."""

    @model_validator(mode="after")
    def _says_how_fast(self) -> Self:
        if self.ms is None and self.per_second is None:
            raise wrong("the latency has neither `ms` nor `per_second`; add the one that the source prints")
        return self


class Accuracy(Figures):
    """Average precision under a protocol."""

    protocol: ProtocolId
    ap: NotNegative
    """Percent."""
    interval: Annotated[list[NotNegative], Field(min_length=2, max_length=2)] | None = None
    """Low and high end of the 95 % bootstrap interval in percent: where AP would lie for other pictures of the kind."""

    @model_validator(mode="after")
    def _lies_in_its_interval(self) -> Self:
        if self.interval is not None and not self.interval[0] <= self.ap <= self.interval[1]:
            low, high = self.interval
            raise wrong(f"the interval is {low} to {high}, and AP {self.ap} is not in it; write low, high around it")
        return self


class Complexity(Figures):
    """Arithmetic and size of the network, as its publisher counts them."""

    gflops: Positive | None = None
    """Thousand million floating-point operations of one inference."""
    mparams: Positive | None = None
    """Million parameters."""


class Training(Figures):
    """How the weights were trained."""

    schedule: Text | None = None
    """Learning schedule as printed, such as `120e`."""
    epochs: Count | None = None
    """Passes over the training pictures."""
    memory_gb: Positive | None = None
    """Memory on each GPU in GB, as printed."""
    from_scratch: Flag | None = None
    """Whether training began with random weights."""
    style: Text | None = None
    """Kind of the weights training began with, as printed."""
    config: HttpsUrl | None = None
    """Training configuration."""
    log: HttpsUrl | None = None
    """Training log."""
