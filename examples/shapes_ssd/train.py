"""Trains the example detector: `python -m examples.shapes_ssd.train --out build/shapes_ssd`.

Loss of SSD (arXiv:1512.02325, section 2.2): cross-entropy over matched priors and three times as many of the hardest
others, smooth L1 over offsets. Seeds are fixed; another version of torch or another processor ends in other weights of
the same quality, so the trained file is what the registry pins, not this run.
"""

import argparse
import json
import time
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from examples.shapes_ssd.drawing import Scene, draw_scene
from examples.shapes_ssd.network import CLASSES, PRIORS, RESOLUTION, VARIANCES, ShapesSsd
from zoo_tools.domain.preprocessing import Resize
from zoo_tools.inference.boxes import Boxes
from zoo_tools.inference.priors import prior_boxes, to_centre_size
from zoo_tools.inference.resize import resized

TRAINING_SEEDS = range(1_000_000, 1_016_000)
"""Scenes of the training set; those of the validation set are 0 to 199."""
RESIZE = Resize(mode="stretch", filter="bilinear-opencv", coordinates="half-pixel")
_MATCH = 0.5
_NEGATIVES = 3
_BATCH = 64


def squeezed(scene: Scene) -> tuple[NDArray[np.uint8], Boxes, NDArray[np.int64]]:
    """Return the input picture (96, 96, 3), boxes in fractions of it, and class columns from 1."""
    height, width = scene.picture.shape[:2]
    picture = np.asarray(resized(scene.picture, RESIZE, (RESOLUTION, RESOLUTION)), np.uint8)
    boxes = np.array([thing.box for thing in scene.things], np.float32).reshape(-1, 4)
    boxes /= np.array([width, height, width, height], np.float32)
    return picture, boxes, np.array([thing.class_id + 1 for thing in scene.things], np.int64)


def targets(boxes: Boxes, columns: NDArray[np.int64], priors: Boxes) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Match every prior to an object: its class column (0 for none) and the offsets that lead to it."""
    labels, offsets = np.zeros(len(priors), np.int64), np.zeros((len(priors), 4), np.float32)
    if not len(boxes):
        return labels, offsets
    overlap = _overlaps(priors, boxes)
    best = overlap.argmax(axis=1)
    matched = overlap[np.arange(len(priors)), best] >= _MATCH
    for i in range(len(boxes)):
        prior = overlap[:, i].argmax()
        best[prior], matched[prior] = i, True
    labels[matched] = columns[best[matched]]
    object_, prior_ = to_centre_size(boxes[best]), to_centre_size(priors)
    offsets[:, :2] = (object_[:, :2] - prior_[:, :2]) / prior_[:, 2:] / VARIANCES[0]
    offsets[:, 2:] = np.log(object_[:, 2:] / prior_[:, 2:]) / VARIANCES[1]
    return labels, offsets


def _overlaps(one: Boxes, other: Boxes) -> NDArray[np.float32]:
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (one, other)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared), np.float32)


def loss(outputs: tuple[Tensor, Tensor], labels: Tensor, wanted: Tensor) -> Tensor:
    """Return the loss of a batch for each matched prior."""
    scores, offsets = outputs
    matched = labels > 0
    count = matched.sum().clamp(min=1)
    classes = nn.functional.cross_entropy(scores.reshape(-1, CLASSES), labels.reshape(-1), reduction="none")
    classes = classes.reshape(labels.shape)
    hardest = classes.detach().masked_fill(matched, -1).sort(dim=1, descending=True).indices.argsort(dim=1)
    kept = hardest < (_NEGATIVES * matched.sum(dim=1, keepdim=True)).clamp(min=8)
    boxes = nn.functional.smooth_l1_loss(offsets[matched], wanted[matched], reduction="sum")
    return (classes[matched | kept].sum() + boxes) / count


def _example(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.float32]]:
    picture, boxes, columns = squeezed(draw_scene(seed))
    return picture, *targets(boxes, columns, _PRIORS)


_PRIORS = prior_boxes(PRIORS, (RESOLUTION, RESOLUTION))


def main() -> None:
    """Draw the training set, train, and write `trained.pt` and `training.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/shapes_ssd"))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    with Pool(options.threads) as pool:
        drawn = pool.map(_example, TRAINING_SEEDS, chunksize=250)
    pictures, labels, offsets = (torch.from_numpy(np.stack(column)) for column in zip(*drawn, strict=True))
    network = ShapesSsd()
    steps = options.epochs * (len(pictures) // _BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps, pct_start=0.1)
    log = []
    for epoch in range(options.epochs):
        network.train()
        began, total = time.monotonic(), 0.0
        batches = torch.randperm(len(pictures))[: len(pictures) // _BATCH * _BATCH].reshape(-1, _BATCH)
        for batch in batches:
            image = pictures[batch].permute(0, 3, 1, 2).float() / 128 - 1
            optimiser.zero_grad()
            value = loss(network(image), labels[batch], offsets[batch])
            torch.autograd.backward(value)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total += value.item()
        log.append({"epoch": epoch + 1, "loss": round(total / len(batches), 4)})
        print(f"{log[-1]}  {time.monotonic() - began:.0f} s", flush=True)
        torch.save(network.state_dict(), options.out / "trained.pt")
    about = {"torch": torch.__version__, "scenes": len(pictures), "batch": _BATCH, "epochs": log}
    (options.out / "training.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
