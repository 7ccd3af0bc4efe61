"""Why figures of two protocols may not be compared: every point in which they differ, or may differ, in words."""

from collections.abc import Iterator
from typing import Final

from zoo_tools.domain.references import Protocol, Unknown
from zoo_tools.site.zoo import Zoo

METHODS: Final = {
    "coco": (
        "COCO's: 101 points of recall; each detection takes the free box it overlaps most; crowds count for nothing"
    ),
    "voc-11-point": (
        "PASCAL VOC's before 2010: 11 points of recall; a detection is tried only against the box it overlaps most"
    ),
    "voc-all-points": (
        "PASCAL VOC's since 2010: the area under the curve; a detection is tried only against the box it overlaps most"
    ),
    "st-all-points": (
        "ST's: as PASCAL VOC's since 2010, with one pixel added to widths and heights in pixels of the network's input"
    ),
}
PICTURES: Final = {
    "all": "every picture",
    "holding-the-class": "only pictures that hold the class",
}


def unknowns(protocol: Protocol) -> list[str]:
    """Return what nobody said of a protocol, in words."""
    asked = {
        "which split": protocol.split,
        "which pictures of it": protocol.images,
        "which points of the curve": protocol.interpolation,
        "how detections are matched": protocol.matching,
        "the score threshold": protocol.score_threshold,
        "the IoU of the suppression": protocol.nms_iou,
        "how many detections count": protocol.max_detections,
    }
    return [name for name, value in asked.items() if isinstance(value, Unknown)]


def differences(here: Protocol, there: Protocol, zoo: Zoo) -> list[str]:
    """Return why figures of one protocol say nothing about those of another: at least one reason, the gravest first."""
    found = [*_pictures(here, there, zoo), *_overlap(here, there), *_method(here, there), *_limits(here, there)]
    return found or ["nothing that is stated differs; that they are computed alike was not tried"]


def _pictures(here: Protocol, there: Protocol, zoo: Zoo) -> Iterator[str]:
    if here.dataset != there.dataset:
        yield f"different images: {zoo.dataset_title(here.dataset)} here, {zoo.dataset_title(there.dataset)} there"
        if here.dataset in _wholes(there.dataset, zoo) or there.dataset in _wholes(here.dataset, zoo):
            yield "one set is a part of the other, and AP of a part is not AP of the whole"
        return
    if isinstance(here.split, Unknown) or isinstance(there.split, Unknown):
        yield "maybe different images: which split was taken is not known of both"
    elif here.split != there.split:
        yield f"different images: {here.split} here, {there.split} there"
    if isinstance(here.images, Unknown) or isinstance(there.images, Unknown):
        yield "which pictures of the split count is not known of both"
    elif here.images != there.images:
        yield f"{here.images} here, {there.images} there"


def are_related(one: str, other: str, zoo: Zoo) -> bool:
    """Tell whether two datasets share pictures as far as is known: they are the same, or parts of one set."""
    return bool(set(_wholes(one, zoo)) & set(_wholes(other, zoo)))


def _wholes(dataset: str, zoo: Zoo) -> list[str]:
    """Return a dataset and what it was taken from, step by step."""
    found = [dataset]
    while (entry := zoo.registry.datasets.get(found[-1])) is not None:
        whole = entry.value.subset_of
        if whole is None or whole in found:
            break
        found.append(whole)
    return found


def thresholds(protocol: Protocol) -> str:
    """Return the IoU thresholds: one, several, or the ends of a range."""
    said = [str(one) for one in protocol.iou]
    return f"{said[0]} to {said[-1]}" if len(said) > 3 else ", ".join(said)


def _overlap(here: Protocol, there: Protocol) -> Iterator[str]:
    if sorted(here.iou) == sorted(there.iou):
        return
    means = [sum(protocol.iou) / len(protocol.iou) for protocol in (here, there)]
    easier = "; the lower is easier to reach and gives higher figures" if means[0] != means[1] else ""
    yield f"IoU {thresholds(here)} here, {thresholds(there)} there{easier}"


def _method(here: Protocol, there: Protocol) -> Iterator[str]:
    ours, theirs = here.evaluator, there.evaluator
    if ours is not None and theirs is not None:
        if ours.method != theirs.method:
            yield f"computed by {ours.method} here, by {theirs.method} there"
        if ours.area != theirs.area:
            yield f"objects of another size: {ours.area} here, {theirs.area} there"
        if ours.pictures != theirs.pictures:
            yield f"a class is looked for in {PICTURES[ours.pictures]} here, in {PICTURES[theirs.pictures]} there"
        return
    for name, one, other in (
        ("which points of the curve count", here.interpolation, there.interpolation),
        ("how detections are matched to boxes", here.matching, there.matching),
    ):
        if isinstance(one, Unknown) or isinstance(other, Unknown):
            yield f"{name} is not known of both"
        elif one != other:
            yield f"{name} differs"


def _limits(here: Protocol, there: Protocol) -> Iterator[str]:
    for name, one, other in (
        ("the score threshold", here.score_threshold, there.score_threshold),
        ("the IoU of the suppression", here.nms_iou, there.nms_iou),
        ("how many detections a picture count", here.max_detections, there.max_detections),
    ):
        if isinstance(one, Unknown) or isinstance(other, Unknown):
            yield f"{name} is not known of both"
        elif one != other:
            yield f"{name}: {one} here, {other} there"
