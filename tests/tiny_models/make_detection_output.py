"""An OpenVINO IR that ends in DetectionOutput: two priors for each cell, of which the operator keeps one."""

import numpy as np
from numpy.typing import NDArray

from tests.tiny_models import scene
from tests.tiny_models.ir import Node, opset8, saved

VARIANCES = (0.1, 0.1, 0.2, 0.2)


def build() -> dict[str, bytes]:
    """Return the files by name. All nodes are named, because automatic names hold a counter."""
    image = opset8.parameter([-1, scene.SIDE, scene.SIDE, 3], np.float32, name="image_tensor")
    times = opset8.multiply(image, _constant(np.float32(1 / 127.5), "a"), name="times")
    real = opset8.subtract(times, _constant(np.float32(1), "b"), name="real")
    planes = opset8.transpose(real, _constant(np.array([0, 3, 1, 2], np.int64), "to planes"), name="planes")
    pooled = opset8.avg_pool(
        planes, [scene.CELL] * 2, [0, 0], [0, 0], [scene.CELL] * 2, exclude_pad=True, name="colours"
    )  # fmt: skip
    # The file wants blue, green, red.
    logits, bias, weights, priors = scene.pairs()
    scores = opset8.softmax(_head(pooled, logits[:, ::-1], bias, [0, -1, 3], "logits"), 2, name="probabilities")
    found = opset8.detection_output(
        _head(pooled, weights[:, ::-1], np.zeros(8, np.float32), [0, -1], "offsets"),
        opset8.reshape(scores, _constant(np.array([0, -1], np.int64), "flat"), special_zero=True, name="scores"),
        _constant(_corners_and_variances(priors), "priors"),
        {
            "background_label_id": 0, "keep_top_k": [6], "nms_threshold": 0.45, "confidence_threshold": 0.3,
            "top_k": 20, "code_type": "caffe.PriorBoxParameter.CENTER_SIZE", "normalized": True,
        },
        name="DetectionOutput",
    )  # fmt: skip
    return saved("detection_output", [image], [found])


def _constant(value: NDArray[np.generic] | np.float32, name: str) -> Node:
    return opset8.constant(np.asarray(value), name=name)


def _head(colours: Node, weights: NDArray[np.float32], bias: NDArray[np.float32], shape: list[int], name: str) -> Node:
    """Return a value for each row of `weights` and each cell, the cells in order and the rows side by side."""
    kernel = _constant(np.ascontiguousarray(weights[:, :, np.newaxis, np.newaxis]), f"{name}/weights")
    maps = opset8.convolution(colours, kernel, [1, 1], [0, 0], [0, 0], [1, 1], name=f"{name}/convolution")
    biased = opset8.add(
        maps, _constant(bias[np.newaxis, :, np.newaxis, np.newaxis], f"{name}/bias"), name=f"{name}/sum"
    )
    last = opset8.transpose(biased, _constant(np.array([0, 2, 3, 1], np.int64), f"{name}/order"), name=f"{name}/last")
    return opset8.reshape(last, _constant(np.array(shape, np.int64), f"{name}/shape"), special_zero=True, name=name)


def _corners_and_variances(priors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the operator wants, (1, 2, priors * 4)."""
    variances = np.tile(np.array(VARIANCES, np.float32), len(priors))
    return np.stack([scene.corners(priors).reshape(-1), variances])[np.newaxis]
