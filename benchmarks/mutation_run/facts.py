"""What can be said wrongly of an ST detector: each fact of its contract and tensors, with the mistakes people make."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.address import Path

Tree = dict[str, object]
Edits = Mapping[str, str | Tree | Sequence[str]]
"""New values by place: the keys below the contract (or `tensors`, `variant`), joined by points."""

_CENTRE_VARIANCE: Edits = {"decode.type": "anchor-tensor-centre-variance", "decode.variances": ["0.1", "0.2"]}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fact, said wrongly.

    Args:
        fact: what it is about.
        change: what is said instead.
        edits: how the manifest says it.
        unseen: why no run and no file shows it, where none does.
    """

    fact: str
    change: str
    edits: Edits
    unseen: str = ""

    @property
    def is_of_tensors(self) -> bool:
        """Whether it is a name, shape, type or quantisation that the file itself states."""
        return all(place.startswith("tensors.") and not place.endswith(".role") for place in self.edits)

    def tree(self, subject: ArtifactSubject) -> object:
        """Return the manifest's tree with this fact of an artifact wrong."""
        tree = copy.deepcopy(subject.entry.source.plain())
        for place, value in self.edits.items():
            keys = [int(key) if key.isdigit() else key for key in place.split(".")]
            _set(tree, (*_below(subject, str(keys[0])), *keys[1:]), value)
        return tree


def wrong_facts(subject: ArtifactSubject) -> Iterator[Wrong]:
    """Yield every wrong statement about an artifact."""
    yield from (
        Wrong(fact, change, {f"contract.{place}": value for place, value in edits.items()}, unseen)
        for fact, change, edits, unseen in _CONTRACT
    )
    yield from _roles(subject)
    yield from _tensors(subject)
    yield Wrong("labels", "another list of one name", {"variant.labels": "face"}, _NAMES)
    yield Wrong("labels", "coco-80", {"variant.labels": "coco-80"}, _COLUMNS)
    height, width, channels = subject.variant.resolution
    larger = [str(height + 32), str(width + 32), str(channels)]
    yield Wrong("resolution", "32 more", {"variant.resolution": larger}, _SHAPE)
    yield Wrong("contract of the variant", "keras-float", {"variant.contract": "keras-float"})


_RESIZE: Tree = {"mode": "stretch", "filter": "nearest", "coordinates": "half-pixel-floor"}
_GRID = "every score is a whole number of 1/256, so both thresholds let the same pass"
_NAMES = "no file and no output holds names; level static compares them with the dataset's and the recording's"
_COLUMNS = "level static compares their number with the declared shape, which io-outputs proves"
_SHAPE = "level static compares it with the declared shape, which io-inputs proves; the run follows the file"

_CONTRACT: list[tuple[str, str, Edits, str]] = [
    ("colour", "bgr", {"input.colour": "bgr"}, ""),
    ("colour", "grey", {"input.colour": "grey"}, ""),
    ("layout", "NCHW", {"input.layout": "NCHW"}, ""),
    ("range", "0 to 1", {"input.range": ["0", "1"]}, ""),
    ("resize: mode", "letterbox, pad 0", {"preprocess.resize": _RESIZE | {"mode": "letterbox", "pad": "0"}}, ""),
    ("resize: mode", "letterbox, pad 128", {"preprocess.resize": _RESIZE | {"mode": "letterbox", "pad": "128"}}, ""),
    ("resize: coordinates", "asymmetric-floor", {"preprocess.resize.coordinates": "asymmetric-floor"}, ""),
    *(
        (
            "resize: filter",
            f"{name}, {rule}",
            {"preprocess.resize": _RESIZE | {"filter": name, "coordinates": rule}},
            "",
        )
        for name in ("bilinear", "bilinear-opencv")
        for rule in ("half-pixel", "asymmetric")
    ),
    ("normalisation: a", "1/255", {"preprocess.normalise.a": "1/255"}, ""),
    ("normalisation: a", "1/128", {"preprocess.normalise.a": "1/128"}, ""),
    ("normalisation: a", "127.5", {"preprocess.normalise.a": "127.5"}, ""),
    ("normalisation: b", "0", {"preprocess.normalise.b": "0"}, ""),
    ("normalisation: b", "-0.5", {"preprocess.normalise.b": "-0.5"}, ""),
    ("normalisation: in", "host", {"preprocess.normalise.in": "host"}, ""),
    ("normalisation: in", "graph", {"preprocess.normalise.in": "graph"}, ""),
    ("order of offsets", "yxyx", {"decode.offsets.order": "yxyx"}, ""),
    ("order of anchors", "yxyx", {"decode.anchors.order": "yxyx"}, ""),
    ("order of both", "yxyx", {"decode.offsets.order": "yxyx", "decode.anchors.order": "yxyx"}, ""),
    ("units of anchors", "pixels", {"decode.anchors.units": "pixels"}, ""),
    ("coder", "centre-variance, 0.1 and 0.2", _CENTRE_VARIANCE, ""),
    ("coder", "centre-variance, 1 and 1", {**_CENTRE_VARIANCE, "decode.variances": ["1", "1"]}, ""),
    ("activation", "softmax", {"decode.scores.activation": "softmax"}, ""),
    ("activation", "sigmoid", {"decode.scores.activation": "sigmoid"}, ""),
    ("background", "none", {"decode.scores.background": "none"}, ""),
    ("background", "1", {"decode.scores.background": "1"}, ""),
    ("clip", "false", {"decode.clip": "false"}, ""),
    *(("NMS IoU", value, {"select.iou": value}, "") for value in ("0.3", "0.4", "0.45", "0.55", "0.6", "1")),
    ("score threshold", "0.0001", {"select.score": "0.0001"}, _GRID),
    ("score threshold", "0.002", {"select.score": "0.002"}, _GRID),
    *(("score threshold", value, {"select.score": value}, "") for value in ("0.01", "0.05", "0.3")),
    *(("max detections", value, {"select.max_detections": value}, "") for value in ("10", "50", "99", "200", "1000")),
]
"""Fact, change, edits below the contract, and why it cannot be seen.

Class-wise suppression and the rule for ties have one word each, so that nothing else can be said.
"""


def _roles(subject: ArtifactSubject) -> Iterator[Wrong]:
    """Yield every other way to give the outputs their roles."""
    specs = subject.artifact.tensors.outputs if subject.artifact.tensors else []
    roles = [spec.role for spec in specs]
    for others in permutations(roles):
        if list(others) != roles:
            edits = {f"tensors.outputs.{i}.role": role for i, role in enumerate(others) if role != roles[i]}
            said = ", ".join(f"{was} as {now}" for was, now in zip(roles, others, strict=True) if was != now)
            yield Wrong("roles", said, edits)


def _tensors(subject: ArtifactSubject) -> Iterator[Wrong]:
    """Yield wrong names, shapes, types and quantisation of the input and of each output."""
    tensors = subject.artifact.tensors
    assert tensors is not None  # an artifact without any is not run
    held, place = tensors.inputs[0].quantisation, "tensors.inputs.0"
    if held is not None:
        yield Wrong("scale of the input", "1/255", {f"{place}.quantisation.scale": "0.003921568859368563"})
        yield Wrong("zero point of the input", "128", {f"{place}.quantisation.zero_point": "128"})
    yield Wrong("dtype of the input", "int8", {f"{place}.dtype": "int8"})
    for i, spec in enumerate(tensors.outputs):
        where = f"tensors.outputs.{i}"
        yield Wrong(f"name of {spec.role}", "another", {f"{where}.name": f"{spec.name}9"})
        yield Wrong(f"shape of {spec.role}", "one more row", {f"{where}.shape.1": str(int(spec.shape[1]) + 1)})
        yield Wrong(f"dtype of {spec.role}", "float16", {f"{where}.dtype": "float16"})


def _below(subject: ArtifactSubject, part: str) -> Path:
    match part:
        case "contract":
            return ("contracts", subject.contract_id)
        case "tensors":
            return (*subject.path, "tensors")
        case "variant":
            return subject.path[:2]
    raise ValueError(f"{part} is no part of a manifest")


def _set(tree: object, path: Path, value: object) -> None:
    for key in path[:-1]:
        assert isinstance(tree, (dict, list))
        tree = tree[key]  # type: ignore[index]  # a path has the steps of its tree
    assert isinstance(tree, (dict, list))
    tree[path[-1]] = value  # type: ignore[index]  # as above
