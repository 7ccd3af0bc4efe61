"""The steps of a run in sentences, from the picture to the detections: a contract as a person would implement it."""

from collections.abc import Iterator
from dataclasses import dataclass

from zoo_tools.domain.decoding import (
    AnchorTensorCentreVariance,
    AnchorTensorCornerOffsets,
    Contract,
    DecodedBoxes,
    DecoderSpec,
    DetectionOutput,
    ListingDecoder,
    Mmdeploy,
    PriorBoxCentreVariance,
    ScoresSpec,
    Select,
    SelectSpec,
    TfDetectionApi,
)
from zoo_tools.domain.preprocessing import Normalise, Resize
from zoo_tools.domain.priors import PriorLevel, Priors
from zoo_tools.domain.references import Unknown
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.prose import inline
from zoo_tools.site.tables import Column, Row, table

_RESIZE = {
    "stretch": "Stretch it to the height and width of the input, whatever its aspect ratio",
    "letterbox": "Scale it to fit the input, keep its aspect ratio, pad both sides equally",
}
_COORDINATES = {
    "half-pixel-floor": f"floor((i + 0.5) {words.TIMES} in / out)",
    "asymmetric-floor": f"floor(i {words.TIMES} in / out)",
    "half-pixel": f"(i + 0.5) {words.TIMES} in / out - 0.5",
    "asymmetric": f"i {words.TIMES} in / out",
}
_FILTER = {
    "nearest": "filter: nearest. Output pixel i is source pixel ",
    "bilinear": "filter: bilinear without rounding. Output pixel i lies at ",
    "bilinear-opencv": "filter: bilinear as OpenCV computes INTER_LINEAR on bytes. Output pixel i lies at ",
}
_APPLIED = {
    "quantisation": "The input tensor's scale and zero point do this: the bytes go in as they are.",
    "host": "The caller computes it.",
    "graph": "The graph computes it: the pixels go in as they are.",
}
_ACTIVATION = {
    "none": "they are probabilities already",
    "softmax": "apply softmax over the classes",
    "sigmoid": "apply the sigmoid",
}
_CLAMP = {
    "none": "they may reach out of the picture",
    "centre-size": "centre, width and height are each clamped to the picture (0 to 1)",
    "corners": "their corners are clamped to the picture",
}
_UNITS = {"pixels": "pixels of the input", "normalised": "fractions of the input"}
NONE = "\N{EN DASH}"
_LAYOUT = {
    "rows": "",
    "per-level-channels": "Each level has tensors of its own: channels are the boxes of a cell, values side by side. ",
}


def pixel_range(contract: Contract) -> str:
    """Return the range of pixel values in words."""
    low, high = contract.input.range
    return f"pixels {low} to {high}"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run."""

    name: str
    """What contracts of one kind call it alike."""
    html: Html
    is_named: bool = False
    """Whether the name stands before it."""

    @property
    def whole(self) -> Html:
        """The step as it stands alone."""
        return join(f"{self.name}: ", self.html) if self.is_named else self.html


def steps(contract: Contract) -> Iterator[Step]:
    """Yield the steps of a run, as many for each contract of one kind."""
    yield Step("Read", join(f"Read the picture as {contract.input.colour.upper()}, {pixel_range(contract)}."))
    yield Step("Resize", _resizing(contract.preprocess.resize))
    normalise = contract.preprocess.normalise
    said = join(words.code(_formula(normalise)), ". ", _APPLIED[normalise.applied])
    yield Step("Normalise", said, is_named=True)
    yield from _decoding(contract.decode)
    yield Step("Select", _selection(contract.select))


def _resizing(rule: Resize | Unknown) -> Html:
    if isinstance(rule, Unknown):
        return join(f"Bring it to the height and width of the input. How is not known: {rule.unknown}.")
    pad = f" Padding pixels are {rule.pad}." if rule.pad is not None else ""
    source = words.code(_COORDINATES[rule.coordinates])
    return join(f"{_RESIZE[rule.mode]}; {_FILTER[rule.filter]}", source, f", in float32.{pad}")


def _formula(rule: Normalise) -> str:
    a, b = (", ".join(value) if isinstance(value, list) else value for value in (rule.a, rule.b))
    each = isinstance(rule.a, list) or isinstance(rule.b, list)
    return f"{rule.formula} with a = {a}, b = {b}{', channel by channel' if each else ''}"


def _decoding(spec: DecoderSpec) -> Iterator[Step]:
    doc = inline(" ".join((type(spec).__doc__ or "").split()))
    clip = "Clip boxes to the picture." if spec.clip else "Boxes are not clipped."
    if isinstance(spec, ListingDecoder):
        class_ids = "Labels count from 0." if not spec.first_label else f"Subtract {spec.first_label} from the labels."
        said = join("Take the list (", words.code(spec.type), "): ", doc, f" {_orders(spec)}. {class_ids} {clip}")
        yield Step("Take the list", said)
        return
    yield Step("Scores", _scores(spec.scores), is_named=True)
    said = join("Decode (", words.code(spec.type), "): ", doc, f" {_variances(spec)}{_orders(spec)}. {clip}")
    yield Step("Decode", said)
    if isinstance(spec, PriorBoxCentreVariance):
        yield Step("Prior boxes", _priors(spec.priors))


def _scores(spec: ScoresSpec) -> Html:
    column = (
        "there is no background class" if spec.background == "none" else f"column {spec.background} is the background"
    )
    return join(_ACTIVATION[spec.activation], "; ", column, ".")


def _orders(spec: DecoderSpec) -> str:
    match spec:
        case AnchorTensorCornerOffsets() | AnchorTensorCentreVariance():
            anchors = f"anchors in {spec.anchors.order}, {spec.anchors.units}"
            return f"Offsets are in the order {spec.offsets.order}, {anchors}"
        case PriorBoxCentreVariance():
            return f"{_LAYOUT[spec.layout]}Offsets are in the order {spec.offsets.order}"
        case DecodedBoxes() | TfDetectionApi():
            return f"Boxes are in the order {spec.boxes.order}, {spec.boxes.units}"
        case DetectionOutput() | Mmdeploy():
            return f"Boxes are in the order {spec.detections.order}, {spec.detections.units}"


def _variances(spec: DecoderSpec) -> str:
    if not isinstance(spec, AnchorTensorCentreVariance | PriorBoxCentreVariance):
        return ""
    v0, v1 = spec.variances
    limit = spec.largest_scale if isinstance(spec, PriorBoxCentreVariance) else None
    bound = "" if limit is None else f"exp(d v1) is kept within 1/s and s, s = {limit}. "
    return f"v0 = {v0}, v1 = {v1}. {bound}"


def _priors(priors: Priors) -> Html:
    """Return a prior set in a line, its levels folded away."""
    columns = [
        Column("Map"),
        Column("Step", numeric=True),
        Column("Squares of side", missing=NONE),
        Column("Wide and tall, ratio", missing=NONE),
        Column("Boxes of a cell", numeric=True),
        Column("Boxes", numeric=True),
    ]
    total = f"{priors.count} prior boxes in {words.count(len(priors.levels), 'level')}"
    note = f"Steps and sides in {_UNITS[priors.units]}; order: level, row, column, box; {_CLAMP[priors.clamp]}."
    shown = table("Levels", columns, [_level(level) for level in priors.levels], note=note)
    return el("details", el("summary", total), shown, class_="zoo-details zoo-details--wide zoo-priors")


def _level(level: PriorLevel) -> Row:
    step = ", ".join(map(str, level.step)) if isinstance(level.step, list) else str(level.step)
    sides = [str(side) for side in level.squares] or [str(level.min)]
    if level.max is not None:
        sides.append(f"sqrt({level.min} {words.TIMES} {level.max})")
    ratios = f"{', '.join(map(str, level.ratios))} of {level.min}" if level.ratios else None
    size = f" {words.TIMES} ".join(map(str, level.map))
    return Row([size, step, ", ".join(sides), ratios, str(level.per_cell), str(level.count)])


def _selection(select: SelectSpec) -> Html:
    if isinstance(select, Select):
        limit = select.candidates_per_level
        limited = "" if limit is None else f"of each level the best {limit} stay, a box counting once for each class; "
        return join(
            f"Select ({select.nms} non-maximum suppression): a box with a score above {select.score} is a candidate; "
            f"{limited}one that overlaps a kept box of its class by an IoU above {select.iou} is dropped; at most "
            f"{select.max_detections} boxes are kept; equal scores: {select.ties.replace('-', ' ')}."
        )
    known = {
        "scope": select.scope,
        "IoU": select.iou,
        "lowest score": select.score,
        "detections at most": select.max_detections,
    }
    stated = [f"{name} {value}" for name, value in known.items() if not isinstance(value, Unknown)]
    reasons: dict[str, list[str]] = {}
    for name, value in known.items():
        if isinstance(value, Unknown):
            reasons.setdefault(value.unknown, []).append(name)
    unknown = [f"not known: {', '.join(names)} ({reason})" for reason, names in reasons.items()]
    said = "; ".join([*stated, *unknown])
    return join(f"Nothing is left to suppress: the graph has done it; {said}. Sort by score.")
