"""What has changed between two recordings of a golden case, detection by detection."""

from collections.abc import Iterator, Sequence

from zoo_tools.domain.golden import Golden, GoldenDetection
from zoo_tools.report.changes import GoldenChange, SeenChange, ValueChange

SAME_THING = 0.5
"""Overlap (IoU) from which two boxes of a class are taken for the same thing."""
MOST = 100
"""Detections that are told one by one."""


def golden_change(
    case: str, file: str, old: Golden | None, new: Golden | None, *, overlay: str | None = None
) -> GoldenChange | None:
    """Return what is different between two recordings; None where nothing is but the day.

    Args:
        case: `model/variant/artifact@picture`.
        file: the recording, as messages name it.
        old: as it was; None where there was none.
        new: as it is; None where there is none any more.
        overlay: a drawing of both, named as from the report's folder.
    """
    before, after = (old.detections if old else []), (new.detections if new else [])
    seen = tuple(_changes(before, after))
    made_with = tuple(_made_with(old, new))
    if not seen and not made_with and (old is None) == (new is None):
        return None
    counts = (None if old is None else len(before), None if new is None else len(after))
    return GoldenChange(case, file, *counts, seen[:MOST], made_with, overlay)


def _changes(old: Sequence[GoldenDetection], new: Sequence[GoldenDetection]) -> Iterator[SeenChange]:
    """Yield what differs, by the better score of the two; each new detection takes the old one it covers best.

    Equal ones are set aside first: a box without an area covers not even itself.
    """
    left, others = list(old), []
    for now in new:
        if now in left:
            left.remove(now)
        else:
            others.append(now)
    found: list[tuple[float, SeenChange]] = []
    for now in others:
        was = max((one for one in left if one.label == now.label), key=lambda one: overlap(one, now), default=None)
        if was is None or overlap(was, now) < SAME_THING:
            found.append((float(now.score), SeenChange(now.label, None, str(now.score), None)))
            continue
        left.remove(was)
        change = SeenChange(now.label, str(was.score), str(now.score), f"{overlap(was, now):.3f}")
        found.append((max(float(was.score), float(now.score)), change))
    found += [(float(was.score), SeenChange(was.label, str(was.score), None, None)) for was in left]
    found.sort(key=lambda one: -one[0])
    yield from (change for _, change in found)


def overlap(one: GoldenDetection, other: GoldenDetection) -> float:
    """Return the overlap (IoU) of two boxes; 0 where one of them is empty."""
    left, top, right, bottom = map(float, one.box)
    left2, top2, right2, bottom2 = map(float, other.box)
    across, down = min(right, right2) - max(left, left2), min(bottom, bottom2) - max(top, top2)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / ((right - left) * (bottom - top) + (right2 - left2) * (bottom2 - top2) - shared)


def _made_with(old: Golden | None, new: Golden | None) -> Iterator[ValueChange]:
    """Yield what else differs of two recordings: what was run, what it was shown, what ran it."""
    if old is None or new is None:
        return
    for name in ("artifact_sha256", "image_sha256", "input_sha256", "environment", "contract"):
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        if name == "contract":
            yield ValueChange(name, "recorded under another contract", "see the values above")
        else:
            yield ValueChange(name, str(was), str(now))
