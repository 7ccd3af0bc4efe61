"""COCO's AP by faster-coco-eval, the implementation that publications of today are computed with.

Only what `average_precision` needs: arrays in, precision by class and threshold out.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from zoo_tools.errors import UnavailableError
from zoo_tools.evaluation.labelled import Floats, Sighting
from zoo_tools.evaluation.matching import AREAS


def library_precision(
    seen: Sequence[Sighting], names: Sequence[str], *, iou: Sequence[float], most: int, area: str
) -> dict[str, Floats | None]:
    """Return AP as a fraction at each threshold, by class; None for a class of which the set holds no object.

    Args:
        seen: truth and detections of every picture.
        names: the classes.
        iou: thresholds.
        most: detections of a class in a picture that count.
        area: size class of the objects.

    Raises:
        UnavailableError: the library is not installed.
    """
    with _without_collector():
        truth, found = as_library_reads(seen, names)
        precision = library_run(truth, found, iou=iou, most=most, area=area, index=_indexed)
    return {
        name: None if (precision[:, :, i] < 0).any() else precision[:, :, i].mean(axis=1)
        for i, name in enumerate(names)
    }


def library_run(
    truth: dict[str, Any],
    found: dict[str, Any],
    *,
    iou: Sequence[float],
    most: int,
    area: str,
    index: "Callable[[_Held], None] | None" = None,
) -> Floats:
    """Run the library on data in its own form.

    Args:
        truth: images, categories and objects.
        found: the same with detections.
        iou: thresholds.
        most: detections of a class in a picture that count.
        area: size class of the objects.
        index: prepares a set; by default as the library does.

    Returns:
        Precision (thresholds, 101 points of recall, classes); -1 stands where there is nothing to find.

    Raises:
        UnavailableError: the library is not installed.
    """
    try:
        from faster_coco_eval import COCO, COCOeval_faster  # noqa: PLC0415  (an extra; matching alone does without)
    except ImportError as error:
        raise UnavailableError(
            f"AP cannot be computed here: {error}", fix="Install it: pip install 'zoo_tools[eval]'"
        ) from error
    sets = COCO(), COCO()
    for held, dataset in zip(sets, (truth, found), strict=True):
        held.dataset = dataset
        held.createIndex() if index is None else index(held)
    run = COCOeval_faster(*sets, "bbox", print_function=_silent)
    run.params.iouThrs = np.array(iou, np.float64)
    run.params.maxDets = [min(most, np.iinfo(np.int32).max)]
    run.params.areaRng, run.params.areaRngLbl = [list(AREAS[area])], [area]
    run.evaluate()
    run.accumulate()
    return np.asarray(run.eval["precision"], np.float64)[:, :, :, 0, 0]


def as_library_reads(seen: Sequence[Sighting], names: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return truth and detections in the library's form."""
    truth = _truth(seen, names)
    return truth, {**truth, "annotations": _found(seen)}


def _truth(seen: Sequence[Sighting], names: Sequence[str]) -> dict[str, Any]:
    objects: list[dict[str, Any]] = []
    for i, one in enumerate(seen):
        truth = one.truth
        sizes = truth.boxes[:, 2:] - truth.boxes[:, :2]
        rows = zip(
            truth.class_ids.tolist(), truth.boxes[:, :2].tolist(), sizes.tolist(), truth.areas.tolist(),
            truth.is_crowd.tolist(), strict=True,
        )  # fmt: skip
        for class_id, corner, size, area, is_crowd in rows:
            objects.append({
                "id": len(objects) + 1, "image_id": i, "category_id": class_id, "bbox": corner + size, "area": area,
                "iscrowd": int(is_crowd),
            })  # fmt: skip
    return {
        "images": [{"id": i, "width": one.size[0], "height": one.size[1]} for i, one in enumerate(seen)],
        "categories": [{"id": i, "name": name} for i, name in enumerate(names)],
        "annotations": objects,
    }


def _found(seen: Sequence[Sighting]) -> list[dict[str, Any]]:
    """Write detections in the form the library reads; it asks for areas and ids itself when it loads a file."""
    counts = [len(one.scores) for one in seen]
    if not sum(counts):
        return []
    corners, scores, class_ids = (
        np.concatenate(parts)
        for parts in (
            [one.boxes for one in seen],
            [one.scores for one in seen],
            [one.class_ids for one in seen],
        )
    )
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    pictures = np.repeat(np.arange(len(seen)), counts)
    rows = zip(
        pictures.tolist(), class_ids.tolist(), boxes.tolist(), (boxes[:, 2] * boxes[:, 3]).tolist(), scores.tolist(),
        strict=True,
    )  # fmt: skip
    return [
        {"id": i, "image_id": image, "category_id": class_id, "bbox": box, "area": area, "score": score}
        for i, (image, class_id, box, area, score) in enumerate(rows, start=1)
    ]


class _Held(Protocol):
    """The library's COCO, as far as it is used; the names are the library's."""

    dataset: dict[str, Any]
    imgs: dict[int, Any]
    cats: dict[int, Any]
    anns: dict[int, Any]
    getAnnIds: Callable[..., object]  # noqa: N815 (see above)
    loadAnns: Callable[..., object]  # noqa: N815 (see above)


def _indexed(held: _Held) -> None:
    """Prepare data for the library, with quick answers to what it asks once.

    Its own index also lists annotations by picture and by class, to choose some; here all are of pictures and classes
    that are looked at.
    """
    images, categories, annotations = (held.dataset[key] for key in ("images", "categories", "annotations"))
    held.imgs, held.cats, held.anns = ({one["id"]: one for one in part} for part in (images, categories, annotations))
    held.getAnnIds = lambda **_: held.anns
    held.loadAnns = lambda _ids: annotations


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let the garbage collector rest: it would look through all these dictionaries again and again, for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _silent(*_words: object) -> None:
    """Print nothing: the library reports its progress line by line."""
