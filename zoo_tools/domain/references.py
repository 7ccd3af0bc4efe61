"""What a figure's conditions refer to: series, boards, datasets, protocols, labels, pictures. One small file each."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from zoo_tools.domain.scalars import (
    Count,
    DatasetId,
    FileName,
    Flag,
    HttpsUrl,
    Id,
    LabelSetId,
    Number,
    Positive,
    ProtocolId,
    RelativePath,
    SeriesId,
    Sha256,
    Text,
    wrong,
)
from zoo_tools.domain.strict import Strict


class Unknown(Strict):
    """Something nobody said, with the reason it is unknown."""

    unknown: Text
    """Why it is not known."""


def _known(value: object) -> str:
    return "unknown" if isinstance(value, (dict, Unknown)) else "known"


KnownCount = Annotated[Annotated[Count, Tag("known")] | Annotated[Unknown, Tag("unknown")], Discriminator(_known)]
KnownNumber = Annotated[Annotated[Number, Tag("known")] | Annotated[Unknown, Tag("unknown")], Discriminator(_known)]
KnownText = Annotated[Annotated[Text, Tag("known")] | Annotated[Unknown, Tag("unknown")], Discriminator(_known)]


class Memory(Strict):
    """An amount of memory, with where its size is said."""

    size: Positive
    unit: Literal["KiB", "MiB", "GiB"]
    kind: Text
    """What it is, such as `on-chip SRAM` or `SDRAM`."""
    source: HttpsUrl
    """Page or document that says so."""
    place: Literal["chip", "board"] | None = None
    """Whether it is on the chip or beside it; where it is not said, no figure is held against it."""
    holds_data: Flag = True
    """Whether tensors may lie in it; false of memory for instructions."""


class MacRate(Strict):
    """That time on a processor follows multiply-accumulates: one network's inputs take alike many ms per million."""

    within_percent: Positive
    """How far one input's ms per million multiply-accumulates may be from the middle one's."""
    source: Text
    """How that is known."""


class Series(Strict):
    """A family of chips that footprints are computed for."""

    id: Id
    title: Text
    vendor: Text
    kind: Literal["mcu", "mcu+npu", "mpu", "mpu+npu", "gpu", "host"]
    """Microcontroller or microprocessor, with or without a neural accelerator; graphics processor of a server; or the
    processor of a PC or server, which stands for no device."""
    url: HttpsUrl
    note: Text | None = None


class Board(Strict):
    """A board that latencies are measured on."""

    id: Id
    title: Text
    """Name as the figures print it."""
    official_name: Text | None = None
    """The vendor's own name, where it differs."""
    series: SeriesId
    chip: Text
    url: HttpsUrl
    ram: list[Memory] = Field(default_factory=list)
    flash: list[Memory] = Field(default_factory=list)
    mac_rate: MacRate | None = None
    """Stands where times on its processor are known to follow multiply-accumulates."""
    note: Text | None = None


class Split(Strict):
    """A part of a dataset."""

    id: Id
    purpose: Literal["training", "validation", "test"]
    images: Count
    """Number of images."""
    source: HttpsUrl


DatasetFormat = Literal["coco-json", "voc-xml", "yolo-txt", "open-images-csv"]


class HeldFile(Strict):
    """A file of a set, known by its bytes."""

    name: RelativePath
    """Path below the folder of the set."""
    sha256: Sha256


class Contents(Strict):
    """The very files of a small set, so that a figure says on which bytes it was measured."""

    format: DatasetFormat
    folder: RelativePath | None = None
    """Where they lie below `registry`; without it a user names the place: `--data ID=PATH`."""
    annotations: HeldFile
    pictures: Annotated[list[HeldFile], Field(min_length=1)]


class Dataset(Strict):
    """Pictures with labels."""

    id: Id
    title: Text
    names: list[Text] = Field(default_factory=list)
    """Other names it is printed under."""
    labels: LabelSetId
    url: HttpsUrl | None = None
    """Page of the dataset; none for one that this registry alone holds."""
    made_by: RelativePath | None = None
    """Script of this repository that makes it."""
    licence: Text
    """Licence, and of what (annotations or pictures)."""
    subset_of: DatasetId | None = None
    contents: Contents | None = None
    splits: list[Split] = Field(default_factory=list)
    note: Text | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.url is None and self.made_by is None and (self.contents is None or self.contents.folder is None):
            raise wrong("the dataset has no url; add it, `made_by:`, or `contents:` with the folder it is held in")
        return self


class LabelSet(Strict):
    """The classes a model tells apart, in the order of its class ids, without background."""

    id: Id
    title: Text
    names: Annotated[list[Text], Field(min_length=1)]
    unannotated: list[Text] = Field(default_factory=list)
    """Names that hold a place among the ids and that no picture of the dataset is labelled with."""
    source: HttpsUrl | None = None
    """The list the names were taken from."""
    note: Text | None = None


class Evaluator(Strict):
    """How AP is computed here; the protocol's `iou`, `max_detections`, `score_threshold` and `nms_iou` are its numbers.

    `coco`: 101 points of recall, each detection takes the free box it overlaps most, crowds count for nothing.
    `voc-11-point` and `voc-all-points`: PASCAL VOC before and since 2010; a detection is tried only against the box it
    overlaps most; difficult boxes count for nothing. `st-all-points`: as the latter, with one pixel added to widths and
    heights in pixels of the network's input, as ST's model zoo computes it.
    """

    method: Literal["coco", "voc-11-point", "voc-all-points", "st-all-points"]
    area: Literal["all", "small", "medium", "large"] = "all"
    """COCO's size classes, by the annotated area: below 32 squared pixels, below 96 squared, above."""
    pictures: Literal["all", "holding-the-class"] = "all"
    """Whether a class is looked for in every picture, or only in those that hold it."""

    @model_validator(mode="after")
    def _areas_are_cocos(self) -> Self:
        if self.area != "all" and self.method != "coco":
            raise wrong(f"area `{self.area}` goes with method `coco` alone; write `all`")
        return self


class Protocol(Strict):
    """How an AP figure is computed; figures of two protocols never stand in one column."""

    id: Id
    title: Text
    short: Text
    """Column heading, such as `AP@0.4 person`."""
    metric: Literal["average-precision"]
    dataset: DatasetId
    split: KnownText
    images: KnownText
    """Which images of the split count."""
    image_count: Count | None = None
    """How many images that are, where the source says it."""
    iou: Annotated[list[Positive], Field(min_length=1)]
    """IoU thresholds the average is taken over."""
    interpolation: KnownText
    """Points or area under the precision-recall curve."""
    matching: KnownText
    """How detections are assigned to ground truth."""
    score_threshold: KnownNumber
    nms_iou: KnownNumber
    max_detections: KnownCount
    evaluator: Evaluator | None = None
    """How it is computed here; a protocol without one is compared, and never computed."""
    stands_for: ProtocolId | None = None
    """Protocol with the same metric on the whole data set, whose figures are judged by this one on a few pictures."""
    reproduced_within: Positive = Decimal("0.1")
    """Points that AP computed again on the same pictures may be off a published figure, besides its rounding."""
    source: HttpsUrl | None = None
    """Where the protocol is defined; none for one of this registry's own."""
    note: Text | None = None


class Picture(Strict):
    """A picture golden cases are recorded on, known by its sha256."""

    id: Id
    title: Text
    filename: FileName
    urls: list[HttpsUrl] = Field(default_factory=list)
    """Where to get it, at a fixed revision, best first."""
    path: RelativePath | None = None
    """Where it lies below `registry`, of a picture that the registry holds itself."""
    sha256: Sha256
    size: Count
    """Bytes."""
    width: Count
    height: Count
    licence: Text
    shows: Text
    """What is in the picture, for a reader who cannot see it."""

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.urls and self.path is None:
            raise wrong("the picture has no urls; add them, or `path:` where the registry holds it itself")
        return self
