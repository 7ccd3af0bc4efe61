"""What the API says of a file and of a figure; the sentences under the fields are the documentation in its schemas.

Places are relative to the site's first page: they hold wherever the site is served.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from zoo_tools.domain.evidence import Published
from zoo_tools.domain.figures import Kind, figures_of
from zoo_tools.domain.manifest import Accuracy, Artifact, Footprint, Latency, Manifest, Variant
from zoo_tools.domain.trust import TrustMark
from zoo_tools.registry.load import Entry
from zoo_tools.site import held, words
from zoo_tools.site.pages.card.subject import card_source, row_anchor
from zoo_tools.site.zoo import Marked, Zoo


def card_place(zoo: Zoo, model: str, variant: str | None = None) -> str:
    """Return the place of a card, or of the page of its family, from the site's first page."""
    return zoo.place("index.md").href(card_source(model, variant))


class Said(BaseModel):
    """A part of an answer: every key is there, null where nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRow(Said):
    """A model file."""

    model: str
    """Id of the model."""
    title: str
    variant: str
    artifact: str
    task: str
    status: Literal["active", "deprecated"]
    release: str
    """Release of the publisher it belongs to."""
    format: str
    """Such as `tflite`, `onnx`, `keras-h5`."""
    weights: str
    """Number format of the weights."""
    activations: str
    """Number format of the activations."""
    resolution: list[int]
    """Height, width, channels of the input."""
    dataset: str
    """Id of the dataset it was trained for."""
    labels: str
    """Id of its label set."""
    filename: str
    sha256: str | None
    """Null where nobody has seen the bytes yet."""
    size: int | None
    """Bytes."""
    urls: list[str]
    """Where to get it, best first."""
    place: str | None
    """Where it lies in this site, of a file that the zoo holds itself."""
    parameters: int | None
    """Learned values, counted from the file."""
    macs: int | None
    """Multiply-accumulates of one inference, counted from the file."""
    licence: str
    """SPDX expression of the weights' licence, or `unknown`."""
    figures: int
    """How many figures were measured on it."""
    card: str
    """Page about it."""


class FigureRow(Said):
    """One number with everything that gives it meaning."""

    model: str
    variant: str
    artifact: str
    kind: Kind
    quantity: str
    """Which number of its kind, such as `ms`, `ram.total`, `ap`."""
    value: str
    """Its digits as printed, or `NA` where the source prints NA."""
    number: float | None
    """The same to compute with; null for `NA`."""
    unit: str
    board: str | None
    """Of a time: id of the board."""
    engine: str | None
    """Of a time: what ran."""
    cores: int | None
    clock_mhz: str | None
    batch_size: int | None
    target: str | None
    """Of memory: id of the series."""
    protocol: str | None
    """Of an AP: id of the protocol; values of two protocols never compare."""
    interval: list[str] | None
    """Of an AP: low and high end of its 95 % interval."""
    conditions: str
    """Where and how it was measured, in words."""
    tools: list[str]
    """Tools and their versions."""
    evidence: str
    """Id of the evidence in the manifest."""
    source: str | None
    """Document that prints it, at a fixed revision."""
    line: int | None
    """Line of the document."""
    marks: list[TrustMark]
    """How far it can be trusted."""
    corrected_from: list[str]
    """What was published instead, where that could not be used."""
    address: str
    """Where it stands in the manifest."""
    card: str
    """Its row on the card."""


def file_rows(zoo: Zoo, entry: Entry[Manifest]) -> list[FileRow]:
    """Return a row for each file of a model, in the order of its manifest."""
    counts: dict[tuple[str, str], int] = {}
    for figure in figures_of(entry.value):
        key = figure.variant.id, figure.group.artifact
        counts[key] = counts.get(key, 0) + 1
    return [
        _file_row(zoo, entry, variant, artifact, counts.get((variant.id, artifact.id), 0))
        for variant in entry.value.variants
        for artifact in variant.artifacts
    ]


def _file_row(zoo: Zoo, entry: Entry[Manifest], variant: Variant, artifact: Artifact, figures: int) -> FileRow:
    manifest = entry.value
    return FileRow(
        model=entry.id,
        title=manifest.title,
        variant=variant.id,
        artifact=artifact.id,
        task=manifest.task,
        status=manifest.status.state,
        release=artifact.release,
        format=artifact.format,
        weights=artifact.precision.weights,
        activations=artifact.precision.activations,
        resolution=variant.resolution,
        dataset=variant.dataset,
        labels=variant.labels,
        filename=artifact.filename,
        sha256=artifact.sha256,
        size=artifact.size,
        urls=artifact.urls,
        place=held.held_file(artifact) if artifact.path is not None and artifact.sha256 is not None else None,
        parameters=artifact.parameters,
        macs=artifact.macs,
        licence=manifest.licences.weights.spdx,
        figures=figures,
        card=card_place(zoo, entry.id, variant.id),
    )


def figure_rows(zoo: Zoo, entry: Entry[Manifest]) -> list[FigureRow]:
    """Return a row for each figure of a model, in the order of its manifest."""
    cards = {variant.id: card_place(zoo, entry.id, variant.id) for variant in entry.value.variants}
    return [_figure_row(zoo, entry, marked, cards[marked.figure.variant.id]) for marked in zoo.figures(entry.id)]


@lru_cache(maxsize=4096)
def _row(group: str) -> str:
    """Return the fragment of a group of figures; models of a kind call theirs the same."""
    return f"#{row_anchor(group)}"


def _figure_row(zoo: Zoo, entry: Entry[Manifest], marked: Marked, card: str) -> FigureRow:
    figure, group = marked.figure, marked.group
    evidence = entry.value.evidence.get(group.evidence)
    timed = group if isinstance(group, Latency) else None
    accuracy = group if isinstance(group, Accuracy) else None
    return FigureRow(
        model=entry.id,
        variant=figure.variant.id,
        artifact=group.artifact,
        kind=figure.kind,
        quantity=figure.quantity,
        value=str(figure.value),
        number=float(figure.value) if isinstance(figure.value, Decimal) else None,
        unit=figure.unit,
        board=timed and timed.board,
        engine=timed and timed.engine,
        cores=timed and timed.cores,
        clock_mhz=str(timed.clock_mhz) if timed is not None and timed.clock_mhz is not None else None,
        batch_size=timed and timed.batch_size,
        target=group.target if isinstance(group, Footprint) else None,
        protocol=accuracy and accuracy.protocol,
        interval=[str(end) for end in accuracy.interval] if accuracy is not None and accuracy.interval else None,
        conditions=words.conditions(group, zoo),
        tools=[str(tool) for tool in group.tools] if isinstance(group, Footprint | Latency) else [],
        evidence=group.evidence,
        source=evidence.url if isinstance(evidence, Published) else None,
        line=group.line,
        marks=marked.marks,
        corrected_from=[correction.published for correction in marked.corrections],
        address=figure.address,
        card=card + _row(figure.ref.name),
    )
