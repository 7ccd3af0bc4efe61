"""An AP is said with the protocol it was computed by, and every protocol has a table column of its own.

Why: AP at IoU 0.4, AP50 and COCO's AP over .50 to .95 stand under near-equal names in the wild, ten and more points
apart on one model. What a document leaves unsaid is `unknown` with a reason, and is noted here, because such a figure
cannot be measured again.
How to fix: complete the protocol from the document or from the evaluation's code; give it a `short` of its own that
names its IoU.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.address import Path
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.references import Protocol, Unknown
from zoo_tools.registry.load import Entry

_TERMS = ("split", "images", "interpolation", "matching", "score_threshold", "nms_iou", "max_detections")
_NAMED_IOU = re.compile(r"AP ?(?:@ ?(?:IoU ?)?(0?\.[0-9]+)|([0-9]{2}))(?![0-9.:-])")

_STEP = Decimal("0.05")
_NAMED_RANGE = re.compile(r"0?(\.[0-9]+) ?[:-] ?0?(\.[0-9]+)")
"""Thresholds from one to another, which COCO takes in steps of 0.05."""

Problem = tuple[Path, str, str]
"""Where in the protocol's file, what is and should be, how to fix it."""


def protocols_used(subject: Subject, context: Context) -> Iterator[Entry[Protocol]]:
    """Yield the protocols a model's figures are computed by; those that do not exist are another check's."""
    used = {accuracy.protocol: None for variant in subject.manifest.variants for accuracy in variant.accuracy}
    for id_ in used:
        if id_ in context.registry.protocols:
            yield context.registry.protocols[id_]


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look at the terms of every protocol the model's figures name."""
    for entry in protocols_used(subject, context):
        protocol = entry.value
        for path, message, fix in [*_bounds(protocol), *_heading(protocol, context), *_small_set(protocol, context)]:
            at = entry.locate(path)
            yield CHECK.error(subject, f"protocol `{protocol.id}`: {message}", fix=fix, at=at)
        unknown = [term for term in _TERMS if isinstance(getattr(protocol, term), Unknown)]
        if unknown:
            message = f"protocol `{protocol.id}` leaves unsaid: {', '.join(unknown).replace('_', ' ')}"
            fix = "state them as soon as somebody says them; until then its figures cannot be measured again"
            yield CHECK.note(subject, message, fix=fix, at=entry.locate((unknown[0],)))


def _bounds(protocol: Protocol) -> Iterator[Problem]:
    for i, iou in enumerate(protocol.iou):
        if iou > 1:
            yield ("iou", i), f"an IoU threshold is {iou}, it should be between 0 and 1", "write it as a fraction"
    for i, (one, following) in enumerate(zip(protocol.iou, protocol.iou[1:], strict=False), start=1):
        if following <= one:
            yield ("iou", i), f"the IoU {following} stands behind {one}, thresholds should rise", "put them in order"
    score, nms = protocol.score_threshold, protocol.nms_iou
    if isinstance(score, Decimal) and not 0 <= score < 1:
        message = f"the score threshold is {score}, it should be at least 0 and below 1"
        yield ("score_threshold",), message, "write it as a fraction"
    if isinstance(nms, Decimal) and not 0 < nms <= 1:
        yield ("nms_iou",), f"the IoU of suppression is {nms}, it should be between 0 and 1", "write it as a fraction"
    if protocol.max_detections == 0:
        yield ("max_detections",), "no detection counts, at least one should", "write how many boxes a picture may have"


def _heading(protocol: Protocol, context: Context) -> Iterator[Problem]:
    for other in context.registry.protocols.values():
        if other.id != protocol.id and other.value.short.casefold() == protocol.short.casefold():
            message = f"its heading `{protocol.short}` is also that of `{other.id}`; a column holds one protocol"
            yield ("short",), message, "give it a heading of its own"
    stated = ", ".join(map(str, protocol.iou))
    for found in _NAMED_RANGE.finditer(protocol.short):
        low, high = Decimal(found[1]), Decimal(found[2])
        if protocol.iou != [low + step * _STEP for step in range(int((high - low) / _STEP) + 1)]:
            message = f"its heading `{protocol.short}` names the IoUs {low} to {high}, its thresholds are {stated}"
            yield ("short",), message, "name the IoUs it is computed at, in steps of 0.05"
    for found in _NAMED_IOU.finditer(protocol.short):
        named = Decimal(found[1]) if found[1] else Decimal(found[2]) / 100
        if protocol.iou != [named]:
            message = f"its heading `{protocol.short}` names the IoU {named}, its thresholds are {stated}"
            yield ("short",), message, "name the IoU it is computed at"


def _small_set(protocol: Protocol, context: Context) -> Iterator[Problem]:
    """Compare a protocol with the pictures its dataset holds, and with the protocol it stands for."""
    dataset = context.registry.datasets.get(protocol.dataset)
    held = dataset.value.contents if dataset is not None else None
    if held is not None and protocol.image_count not in (None, len(held.pictures)):
        message = f"it counts {protocol.image_count} images, `{protocol.dataset}` holds {len(held.pictures)}"
        yield ("image_count",), message, "count the pictures of the dataset"
    whole = context.registry.protocols.get(protocol.stands_for) if protocol.stands_for is not None else None
    if whole is not None and whole.value.iou != protocol.iou:
        message = f"it stands for `{whole.id}`, whose IoU thresholds are others"
        yield ("stands_for",), message, "name a protocol with the same metric"


CHECK = Check("ap-protocol", Level.STATIC, models, run)
