"""The manifest of a model family: what it is, its files, how to run them, and every figure said of them.

A figure is value (digits as printed), unit, conditions, the artifact it was measured on, and evidence.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from zoo_tools.domain.decoding import Contract, Role
from zoo_tools.domain.digests import Archive, Digests
from zoo_tools.domain.evidence import Anomaly, Correction, Evidence, Waiver
from zoo_tools.domain.golden import Tolerance
from zoo_tools.domain.groups import Accuracy, Complexity, Figures, Flash, Footprint, Latency, Ram, Share, Training
from zoo_tools.domain.scalars import (
    ArtifactId,
    ContractId,
    Count,
    DatasetId,
    Day,
    Dimension,
    FileName,
    HttpsUrl,
    Id,
    ImageId,
    Integer,
    LabelSetId,
    Positive,
    Recording,
    RelativePath,
    SeriesId,
    Sha256,
    Text,
    Version,
    wrong,
)
from zoo_tools.domain.strict import Strict
from zoo_tools.domain.tools import ToolRef

__all__ = [
    "Accuracy",
    "Archive",
    "Artifact",
    "Change",
    "Companion",
    "Complexity",
    "Conversion",
    "Digests",
    "Figures",
    "Flash",
    "Footprint",
    "Format",
    "GoldenCase",
    "Latency",
    "Licence",
    "Licences",
    "Manifest",
    "ModelStatus",
    "NumberFormat",
    "Precision",
    "Quantisation",
    "Ram",
    "ReferenceNetwork",
    "Runtime",
    "Share",
    "Sources",
    "TensorSpec",
    "Tensors",
    "Training",
    "Unpinned",
    "Variant",
]

Format = Literal["tflite", "keras-h5", "keras", "onnx", "openvino-ir", "tf-frozen-graph", "torch-pth"]
NumberFormat = Literal["float32", "float16", "int8", "uint8", "int4"]


class ModelStatus(Strict):
    """Whether the model is still to be chosen."""

    state: Literal["active", "deprecated"]
    reason: Text | None = None
    since: Day | None = None
    successor: Id | None = None


class Change(Strict):
    """What a version changed, for who has an earlier one."""

    version: Version
    date: Day
    text: Text
    """What is different now, in a sentence."""


class Sources(Strict):
    """Where the model comes from."""

    upstream: HttpsUrl | None = None
    """Where it is published; none for a model that was made in this repository."""
    papers: list[HttpsUrl]
    provenance: HttpsUrl | None = None
    """What the card names as the origin of the network."""
    framework: Text | None = None
    """Framework as the card prints it."""


class Licence(Strict):
    """A licence, or `unknown` with the reason."""

    spdx: Annotated[Text, Field(pattern=r"^(unknown|[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*)$")]
    """SPDX expression, `LicenseRef-…` with a url, or `unknown`."""
    url: HttpsUrl | None = None
    reason: Text | None = None
    """Why it is unknown."""
    restrictions: list[Text] = Field(default_factory=list)
    """What the licence forbids that a user would not expect."""
    covers: Text | None = None
    """What exactly it covers."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.spdx == "unknown" and self.reason is None:
            raise wrong("the licence is unknown and no reason is given; add `reason:`")
        if self.spdx.startswith("LicenseRef-") and self.url is None:
            raise wrong(f"`{self.spdx}` is no SPDX licence and has no url; add `url:` with its text")
        return self


class Licences(Strict):
    """Three licences, because they differ: of the code, of the weights, of the dataset."""

    code: Licence
    weights: Licence
    dataset: Licence


class Quantisation(Strict):
    """real = (stored - zero_point) * scale."""

    scale: Positive
    zero_point: Integer


class TensorSpec(Strict):
    """An input or output tensor."""

    role: Role
    """What it means to the decoder; tensors are never told apart by shape or position."""
    level: Count | None = None
    """Which feature map it belongs to, from 0, where several tensors share a role."""
    name: Text
    """Its name in the file."""
    shape: Annotated[list[Dimension], Field(min_length=1, max_length=8)]
    """Dimensions; a symbol such as `batch` where the file leaves one open."""
    dtype: Literal["uint8", "int8", "int16", "int32", "int64", "float16", "float32"]
    quantisation: Quantisation | None = None

    @property
    def slot(self) -> str:
        """The role, with the level where there is one: `scores`, `scores.0`."""
        return self.role if self.level is None else f"{self.role}.{self.level}"


class Tensors(Strict):
    """Inputs and outputs in the order of the file."""

    inputs: Annotated[list[TensorSpec], Field(min_length=1)]
    outputs: Annotated[list[TensorSpec], Field(min_length=1)]


class Precision(Strict):
    """Number formats of a file."""

    weights: NumberFormat
    activations: NumberFormat
    granularity: Literal["per-channel", "per-tensor"] | None = None
    """Whether each output channel of a weight tensor has a scale of its own."""


class Unpinned(Strict):
    """Why an artifact has no sha256."""

    reason: Text
    since: Day


class Conversion(Strict):
    """How a file was, or is to be, made from another one; its bytes depend on the tool's version."""

    artifact: ArtifactId
    """The artifact of this variant it is made from."""
    tool: ToolRef
    options: list[Text] = Field(default_factory=list)
    """Options of the tool, as its publisher gives them."""


class Companion(Strict):
    """A file that an artifact is nothing without: weights of an OpenVINO model, external data of an ONNX file."""

    name: FileName
    """Its name beside the artifact; the artifact's file refers to it by this plain name."""
    urls: list[HttpsUrl] = Field(default_factory=list)
    """Where to get it, at a fixed revision, best first."""
    sha256: Sha256
    size: Count
    """Bytes."""


ReferenceNetwork = Literal["mmdet-ssd300", "mmdet-ssd512", "mmdet-ssdlite-mobilenetv2", "ultralight-face-slim-320"]
"""Networks that checkpoints are loaded into; a checkpoint holds weights and no graph."""


RUNTIME_FORMATS: dict[str, Format] = {"tflite": "tflite", "onnxruntime": "onnx"}
"""The format that a runtime, as manifests name it, is made for."""


class Runtime(Strict):
    """What a file asks of the runtime it is made for; `operators-supported` proves it."""

    name: Literal["tflite", "onnxruntime"]
    """The runtime whose releases are counted: TensorFlow Lite by TensorFlow's versions, or ONNX Runtime."""
    oldest: Version | None = None
    """The oldest release that runs the file: what its operators need, or what its publisher says where that is more."""
    custom_operators: list[Text] = Field(default_factory=list)
    """Operators that no release has and whoever runs the file has to add."""


class Artifact(Strict):
    """One file in one format and precision. A figure belongs to bytes, not to a file name."""

    id: Id
    release: Text
    """Release of the publisher it belongs to."""
    format: Format
    precision: Precision
    urls: list[HttpsUrl] = Field(default_factory=list)
    """Where to get it, at a fixed revision, best first; none for a file that everybody converts for himself."""
    name: FileName | None = None
    """Name of the file, where no url ends in it."""
    path: RelativePath | None = None
    """Where it lies in this model's folder, of a file that the registry holds itself."""
    sha256: Sha256 | None = None
    size: Count | None = None
    """Bytes."""
    unpinned: Unpinned | None = None
    """Stands instead of sha256 and size while the bytes were never seen."""
    digests: Digests | None = None
    """What the publisher says of the bytes besides."""
    archive: Archive | None = None
    """Where the file is not offered alone: the archive it is in."""
    companions: list[Companion] = Field(default_factory=list)
    """Further files it is nothing without."""
    reference_network: ReferenceNetwork | None = None
    """For a checkpoint: the network its weights are run in."""
    converted_from: Conversion | None = None
    """What it is made from, where its publisher gives a recipe and no file."""
    decoded_form_of: ArtifactId | None = None
    """The artifact of this variant that is the same network without the decoding of boxes in its graph."""
    runtime: Runtime | None = None
    """What it asks of the runtime, where more is known than the file itself says."""
    contract: ContractId | None = None
    """How to run it, where that is not its variant's contract."""
    note: Text | None = None
    """What a user of this very file should know."""
    parameters: Count | None = None
    """Learned values, counted from the file."""
    macs: Count | None = None
    """Multiply-accumulates of one inference, counted from the file."""
    tensors: Tensors | None = None

    @model_validator(mode="after")
    def _pinned_or_not(self) -> Self:
        if self.unpinned is None and (self.sha256 is None or self.size is None):
            raise wrong("the artifact has no sha256 and size; add both, or `unpinned:` with reason and since")
        if self.unpinned is not None and (self.sha256 is not None or self.size is not None):
            raise wrong("the artifact is unpinned and has a sha256 or size; remove `unpinned:` or the digest")
        return self

    @model_validator(mode="after")
    def _network_for_checkpoints(self) -> Self:
        if self.reference_network is not None and self.format != "torch-pth":
            raise wrong(f"a {self.format} file holds its own graph; remove `reference_network:`")
        return self

    @model_validator(mode="after")
    def _runtime_of_its_format(self) -> Self:
        if self.runtime is not None and RUNTIME_FORMATS[self.runtime.name] != self.format:
            of = RUNTIME_FORMATS[self.runtime.name]
            raise wrong(f"{self.runtime.name} runs {of} files, and this is a {self.format} file; mend `runtime:`")
        return self

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.urls and self.converted_from is None and self.path is None:
            raise wrong("the artifact has no urls; add them, `converted_from:` with the recipe, or `path:`")
        if not self.urls and self.name is None and self.path is None:
            raise wrong("the artifact has neither urls nor a name; add `name:` with the name of its file")
        return self

    @model_validator(mode="after")
    def _digests_agree(self) -> Self:
        """An archive of unknown bytes is never unpacked for a pinned artifact, and a prefix is that of its sha256."""
        archive = self.archive
        if archive and self.unpinned is None and (archive.sha256 is None or archive.size is None):
            raise wrong("the artifact is pinned and its archive is not; add the archive's sha256 and size")
        for name, whole, digests in (
            ("artifact", self.sha256, self.digests),
            ("archive", archive and archive.sha256, archive and archive.digests),
        ):
            prefix = digests and digests.sha256_prefix
            if whole and prefix and not whole.startswith(prefix):
                raise wrong(f"the {name}'s sha256 does not begin with `{prefix}`, its sha256_prefix; mend one of them")
        return self

    @property
    def filename(self) -> str:
        """Name of the file: its `name`, the last part of its path in the archive, or that of its first url."""
        if self.name is None and self.archive is not None:
            return self.archive.member.rpartition("/")[2]
        if self.name is None and self.path is not None:
            return self.path.rpartition("/")[2]
        return self.name or self.urls[0].partition("?")[0].rsplit("/", 1)[-1]


class GoldenCase(Strict):
    """A recorded run of an artifact on a picture."""

    artifact: ArtifactId
    image: ImageId
    file: Recording
    """The recording: `golden/NAME.json` in this model's folder."""
    must_fail: list[Id] = Field(default_factory=list)
    """Mutations of the contract that this case is known to catch."""
    tolerance: Tolerance = Tolerance()


class Variant(Strict):
    """One training at one input size."""

    id: Id
    backbone: Text | None = None
    """Network that features are taken from, as printed."""
    width_multiplier: Positive | None = None
    resolution: Annotated[list[Count], Field(min_length=3, max_length=3)]
    """Height, width, channels of the input."""
    dataset: DatasetId
    """What it was trained for."""
    labels: LabelSetId
    contract: ContractId
    artifacts: Annotated[list[Artifact], Field(min_length=1)]
    golden: list[GoldenCase] = Field(default_factory=list)
    footprints: list[Footprint] = Field(default_factory=list)
    latencies: list[Latency] = Field(default_factory=list)
    accuracy: list[Accuracy] = Field(default_factory=list)
    complexity: list[Complexity] = Field(default_factory=list)
    training: list[Training] = Field(default_factory=list)


class Manifest(Strict):
    """A model family."""

    format: Annotated[Integer, Field(ge=1, le=1)]
    """Version of this file format."""
    id: Id
    """Name of its folder."""
    title: Text
    """Name of the family, as people call it."""
    status: ModelStatus
    version: Version | None = None
    """Version of what this manifest says, as MAJOR.MINOR.PATCH: raised whenever bytes or a contract change."""
    changelog: list[Change] = Field(default_factory=list)
    """What each version changed, the newest first."""
    task: Literal["object-detection"]
    summary: Text
    """What it detects, how, and for which machines, in a sentence or two."""
    sources: Sources
    licences: Licences
    platforms: dict[SeriesId, Literal["recommended", "supported", "no"]]
    """What the publisher recommends it for."""
    contracts: dict[Id, Contract]
    variants: Annotated[list[Variant], Field(min_length=1)]
    evidence: dict[Id, Evidence]
    corrections: list[Correction] = Field(default_factory=list)
    anomalies: list[Anomaly] = Field(default_factory=list)
    waivers: list[Waiver] = Field(default_factory=list)
