"""The contract of a detector: how an image becomes its input and how its outputs become boxes.

These are parameters only, so that a manifest can state them and a reviewer can read them; the functions that act on
them are in `inference`. Every word is a closed enumeration: two ecosystems never read one of them differently.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from zoo_tools.domain.preprocessing import InputSpec, Preprocess, known_or_unknown
from zoo_tools.domain.priors import Priors
from zoo_tools.domain.references import KnownCount, KnownNumber, Unknown
from zoo_tools.domain.scalars import (
    BackgroundColumn,
    Count,
    EvidenceId,
    Flag,
    HttpsUrl,
    Number,
    Positive,
    Ratio,
    Text,
    ratio_value,
    wrong,
)
from zoo_tools.domain.strict import Strict

Role = Literal["image", "scores", "offsets", "anchors", "boxes", "labels", "count", "detections"]
BoxOrder = Literal["xyxy", "yxyx"]
Units = Literal["normalised", "pixels"]


class DocumentedContract(Strict):
    """What the upstream card says the model takes and gives, in its own words; it may differ from what is observed."""

    input: Text
    """Input shape and meaning as the card prints them."""
    output: Text
    """Output shape and meaning as the card prints them."""
    evidence: EvidenceId
    """Where the card says so."""
    differs: Text | None = None
    """How the observed contract differs from it, if it does."""


class ContractSource(Strict):
    """Where statements of the observed contract are from: code or configuration that was read, or an experiment."""

    says: Text
    """What it tells, such as `resizing and colour order`."""
    url: HttpsUrl | None = None
    """What was read, at a fixed revision."""
    how: Text | None = None
    """What was done and seen, where nothing was read, or which part was read."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.url is None and self.how is None:
            raise wrong("the source has neither `url` nor `how`; add what was read, or what was done and seen")
        return self


class ScoresSpec(Strict):
    """The class scores of every anchor, shape (batch, anchors, classes)."""

    role: Literal["scores"]
    activation: Literal["none", "softmax", "sigmoid"]
    """What the decoder still has to apply; `none` when the outputs are probabilities."""
    background: BackgroundColumn
    """Column of the background class, or `none`."""


class BoxesSpec(Strict):
    """A tensor of box parameters, shape (batch, anchors, 4)."""

    role: Literal["offsets"]
    order: BoxOrder
    """Order of the four values of a row."""


class AnchorsSpec(Strict):
    """A tensor of anchor corners, shape (batch, anchors, 4), the same for every picture."""

    role: Literal["anchors"]
    order: BoxOrder
    """Order of the four values of a row."""
    units: Units
    """Fractions of the picture (0 to 1), or pixels of the input resolution."""


class CornersSpec(Strict):
    """A tensor of finished boxes, shape (batch, boxes, 4)."""

    role: Literal["boxes"]
    order: BoxOrder
    """Order of the four corners of a row."""
    units: Units
    """Fractions of the picture (0 to 1), or pixels of the input resolution."""


class DetectionsSpec(Strict):
    """A tensor of finished detections; where in a row the box stands is said by the decoder's type."""

    role: Literal["detections"]
    order: BoxOrder
    """Order of the four corners."""
    units: Units
    """Fractions of the picture (0 to 1), or pixels of the input resolution."""


class RowScoresSpec(Strict):
    """One probability for each listed box, shape (batch, boxes)."""

    role: Literal["scores"]


class LabelsSpec(Strict):
    """One label for each listed box, shape (batch, boxes), whole numbers of any type."""

    role: Literal["labels"]


class CountSpec(Strict):
    """How many of the listed boxes are detections, shape (batch)."""

    role: Literal["count"]


class AnchorTensorCornerOffsets(Strict):
    """Each corner is moved by an offset in anchor widths and heights; the anchors are an output of the model.

    x1 = ax1 + d0 (ax2 - ax1), y1 = ay1 + d1 (ay2 - ay1), x2 = ax2 + d2 (ax2 - ax1), y2 = ay2 + d3 (ay2 - ay1).
    """

    type: Literal["anchor-tensor-corner-offsets"]
    scores: ScoresSpec
    offsets: BoxesSpec
    anchors: AnchorsSpec
    clip: Flag
    """Whether boxes are clipped to the picture before suppression."""


class AnchorTensorCentreVariance(Strict):
    """Centre and size coding of Faster R-CNN and SSD; the anchors are an output of the model.

    cx = acx + d0 v0 aw, cy = acy + d1 v0 ah, w = aw exp(d2 v1), h = ah exp(d3 v1) (arXiv:1512.02325, section 2.2).
    """

    type: Literal["anchor-tensor-centre-variance"]
    scores: ScoresSpec
    offsets: BoxesSpec
    anchors: AnchorsSpec
    variances: Annotated[list[Positive], Field(min_length=2, max_length=2)]
    """v0 for the centre and v1 for the size."""
    clip: Flag
    """Whether boxes are clipped to the picture before suppression."""


class PriorBoxCentreVariance(Strict):
    """Centre and size coding of SSD; the priors are not in the file, they are computed from its maps and sizes.

    cx = pcx + d0 v0 pw, cy = pcy + d1 v0 ph, w = pw exp(d2 v1), h = ph exp(d3 v1) (arXiv:1512.02325, section 2.2).
    """

    type: Literal["prior-box-centre-variance"]
    layout: Literal["rows", "per-level-channels"] = "rows"
    """`rows`: (batch, priors, values); `per-level-channels`: for each level (batch, boxes of a cell * values, rows,
    columns), the values of a box side by side. Tensors of one role are told apart by their `level`."""
    scores: ScoresSpec
    offsets: BoxesSpec
    priors: Priors
    variances: Annotated[list[Positive], Field(min_length=2, max_length=2)]
    """v0 for the centre and v1 for the size."""
    largest_scale: Ratio | None = None
    """s where exp(d2 v1) and exp(d3 v1) are kept within 1/s and s, such as 1000/16 of MMDetection."""
    clip: Flag
    """Whether boxes are clipped to the picture before suppression."""

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.largest_scale is not None and ratio_value(self.largest_scale) <= 1:
            raise wrong(f"largest_scale is {self.largest_scale}; it should be above 1, such as 1000/16")
        return self


class DecodedBoxes(Strict):
    """The model decodes its boxes itself and gives one for each anchor; overlapping ones are not yet suppressed."""

    type: Literal["decoded-boxes"]
    scores: ScoresSpec
    boxes: CornersSpec
    clip: Flag
    """Whether boxes are clipped to the picture before suppression."""


class DetectionOutput(Strict):
    """Rows of Caffe's and OpenVINO's DetectionOutput, shape (1, 1, rows, 7): image, label, score, x1, y1, x2, y2.

    The first row of image -1 ends the list, and what stands behind it is no detection; a full list has no such row.
    """

    type: Literal["detection-output"]
    detections: DetectionsSpec
    first_label: Count
    """Label of the first name of the label set: 1 where 0 is the background."""
    clip: Flag
    """Whether boxes are clipped to the picture."""


class TfDetectionApi(Strict):
    """Four outputs of the TensorFlow Object Detection API and of TFLite_Detection_PostProcess.

    Boxes (batch, n, 4), labels (batch, n), scores (batch, n) and their count (batch); the rest is padding.
    """

    type: Literal["tf-detection-api"]
    boxes: CornersSpec
    labels: LabelsSpec
    scores: RowScoresSpec
    count: CountSpec
    first_label: Count
    """Label of the first name of the label set: 1 where 0 is the background."""
    clip: Flag
    """Whether boxes are clipped to the picture."""


class Mmdeploy(Strict):
    """Two outputs of MMDeploy: detections (batch, n, 5) of box and score, and labels (batch, n).

    Rows of label -1 (of another picture) and of score 0 (padding) are no detections.
    """

    type: Literal["mmdeploy"]
    detections: DetectionsSpec
    labels: LabelsSpec
    first_label: Count
    """Label of the first name of the label set: 0 where there is no background."""
    clip: Flag
    """Whether boxes are clipped to the picture."""


ScoredDecoder = AnchorTensorCornerOffsets | AnchorTensorCentreVariance | PriorBoxCentreVariance | DecodedBoxes
"""Decoders whose boxes have a score for each class and are not yet suppressed."""
ListingDecoder = DetectionOutput | TfDetectionApi | Mmdeploy
"""Readers of detections that the graph has suppressed itself; each row has one label and one score."""
DecoderSpec = Annotated[ScoredDecoder | ListingDecoder, Field(discriminator="type")]


def scores_of(spec: DecoderSpec) -> ScoresSpec | None:
    """Return how class scores are read; None for a list of detections, whose scores are final."""
    return None if isinstance(spec, ListingDecoder) else spec.scores


class Select(Strict):
    """Which of the decoded boxes are kept (non-maximum suppression)."""

    nms: Literal["class-wise"]
    """Boxes suppress only boxes of their own class."""
    iou: Positive
    """A box is suppressed when its IoU with a kept one is above this."""
    score: Number
    """A box is a candidate when its score is above this."""
    candidates_per_level: Annotated[Count, Field(ge=1)] | None = None
    """Candidates of each level of the priors that go into suppression at most, best first; a box counts once for each
    class it is a candidate of. All of them where it is not stated."""
    max_detections: Count
    """Boxes kept per picture, over all classes."""
    ties: Literal["lower-anchor-first"]
    """Which of two equal scores comes first."""

    @property
    def lowest_score(self) -> Decimal:
        """The score that a box has to exceed."""
        return self.score


Scope = Annotated[
    Annotated[Literal["class-wise", "class-agnostic"], Tag("known")] | Annotated[Unknown, Tag("unknown")],
    Discriminator(known_or_unknown),
]


class SelectInGraph(Strict):
    """What is known of a suppression that the graph does itself; nothing is left for the caller but to sort."""

    nms: Literal["in-graph"]
    scope: Scope
    """Whether boxes suppress only boxes of their own class."""
    iou: KnownNumber
    """IoU above which a box is suppressed."""
    score: KnownNumber
    """Score below which a box is not listed."""
    max_detections: KnownCount
    """Rows of the list, at most."""

    @property
    def lowest_score(self) -> Decimal:
        """The score that a row has at least; 0 where it is not known."""
        return Decimal(0) if isinstance(self.score, Unknown) else self.score


SelectSpec = Annotated[Select | SelectInGraph, Field(discriminator="nms")]


COMMENTARY = {"documented", "sources"}
"""Keys of a contract that say nothing of how a model is run; recordings and comparisons leave them out."""


class Contract(Strict):
    """How to run a model and read what it says: the observed contract, with the documented one beside it."""

    documented: DocumentedContract | None = None
    sources: list[ContractSource] = Field(default_factory=list)
    """Where the observed contract is from, statement by statement."""
    input: InputSpec
    preprocess: Preprocess
    decode: DecoderSpec
    select: SelectSpec

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        listed, suppressed = isinstance(self.decode, ListingDecoder), isinstance(self.select, SelectInGraph)
        if listed != suppressed:
            should = "in-graph" if listed else "class-wise"
            raise wrong(
                f"`{self.decode.type}` goes with nms `{should}`, not with `{self.select.nms}`; write `{should}`"
            )
        limited = isinstance(self.select, Select) and self.select.candidates_per_level is not None
        if limited and not isinstance(self.decode, PriorBoxCentreVariance):
            raise wrong(
                f"`{self.decode.type}` knows no levels; remove `candidates_per_level:`, or state the priors by level"
            )
        try:
            self.preprocess.normalise.values(self.input.channels)
        except ValueError as error:
            raise wrong(f"normalisation has {error}; write one value, or one for each channel") from error
        return self
