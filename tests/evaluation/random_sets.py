"""Random detections and ground truth: crowds, ties, empty pictures, one class and many."""

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.references import Protocol
from zoo_tools.evaluation.labelled import Sighting, truth_of

SIZE = (250, 200)


def protocol(iou: list[str], *, method: str = "coco", most: int = 100, area: str = "all") -> Protocol:
    """Return a protocol that is stated completely."""
    stated = {
        "id": "p", "title": "t", "short": "s", "metric": "average-precision", "dataset": "d", "split": "all",
        "images": "all", "iou": iou, "interpolation": "-", "matching": "-", "score_threshold": "0", "nms_iou": "1",
        "max_detections": most, "evaluator": {"method": method, "area": area},
    }  # fmt: skip
    return Protocol.model_validate(stated)


def random_set(seed: int) -> tuple[list[Sighting], list[str]]:
    """Return pictures with detections that are often near an object, and the names of the classes."""
    rng = np.random.default_rng(seed)
    classes, pictures = int(rng.integers(1, 5)), int(rng.integers(1, 9))
    names = [f"class {i}" for i in range(classes)]
    return [_picture(rng, classes, f"{i}.png") for i in range(pictures)], names


def _picture(rng: np.random.Generator, classes: int, name: str) -> Sighting:
    objects = int(rng.integers(0, 8)) if rng.random() > 0.2 else 0
    boxes = _boxes(rng, objects)
    sides = boxes[:, 2:] - boxes[:, :2]
    truth = truth_of(
        boxes.tolist(),
        rng.integers(0, classes, objects).tolist(),
        areas=(sides.prod(axis=1) * rng.uniform(0.5, 1, objects)).tolist(),
        is_crowd=(rng.random(objects) < 0.15).tolist(),
        is_difficult=(rng.random(objects) < 0.15).tolist(),
    )
    count = int(rng.integers(0, 20)) if rng.random() > 0.15 else 0
    found = _near(rng, boxes, count) if objects else _boxes(rng, count)
    # A coarse grid makes ties, as the scores of int8 models do.
    scores = np.round(rng.random(count) * 8) / 8 if rng.random() < 0.5 else rng.random(count)
    order = np.argsort(-scores, kind="stable")
    return Sighting(name, SIZE, truth, found[order], scores[order], rng.integers(0, classes, count)[order])


def _boxes(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    corners = rng.uniform(0, 100, (count, 2))
    return np.concatenate([corners, corners + rng.uniform(4, 120, (count, 2))], axis=1)


def _near(rng: np.random.Generator, boxes: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    moved = boxes[rng.integers(0, len(boxes), count)] + rng.normal(0, 6, (count, 4)) * (rng.random((count, 1)) < 0.8)
    return np.concatenate([np.minimum(moved[:, :2], moved[:, 2:]), np.maximum(moved[:, :2], moved[:, 2:])], axis=1)
