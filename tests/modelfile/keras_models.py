"""Small Keras models for tests, in the layouts that Keras 2 (.h5) and Keras 3 (.keras) write, built with h5py alone."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping

import h5py
import numpy as np

Tree = dict[str, object]
Weights = Mapping[str, Mapping[str, tuple[int, ...]]]

WEIGHTS: Weights = {
    "conv": {"kernel": (3, 3, 3, 8)},
    "norm": {"gamma": (8,), "beta": (8,), "moving_mean": (8,), "moving_variance": (8,)},
    "depthwise": {"depthwise_kernel": (3, 3, 8, 1)},
    "norm2": {"gamma": (8,), "beta": (8,), "moving_mean": (8,), "moving_variance": (8,)},
    "point": {"kernel": (1, 1, 8, 4), "bias": (4,)},
    "norm3": {"beta": (4,), "moving_mean": (4,), "moving_variance": (4,)},
    "dense": {"kernel": (4, 10), "bias": (10,)},
}
PARAMETERS = (216 + 8) + (72 + 8) + (32 + 4) + (40 + 10)
"""Each normalisation is a shift per channel where there is no bias before it, and nothing where there is one."""
MACS = 8 * 8 * 8 * 27 + 8 * 8 * 8 * 9 + 8 * 8 * 4 * 8 + 40


def layers() -> list[Tree]:
    """List the layers of the small network, as Keras 2 writes them."""
    convolution: Tree = {"filters": 8, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same", "use_bias": False}
    depthwise: Tree = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "use_bias": False}
    return [
        layer("image", "InputLayer", batch_input_shape=[None, 16, 16, 3]),
        layer("conv", "Conv2D", "image", **convolution),
        layer("norm", "BatchNormalization", "conv"),
        layer("relu", "ReLU", "norm"),
        layer("depthwise", "DepthwiseConv2D", "relu", **depthwise),
        layer("norm2", "BatchNormalization", "depthwise"),
        layer(
            "point", "Conv2D", "norm2", filters=4, kernel_size=[1, 1], strides=[1, 1], padding="valid", use_bias=True
        ),
        layer("norm3", "BatchNormalization", "point"),
        layer("pool", "GlobalAveragePooling2D", "norm3"),
        layer("dense", "Dense", "pool", units=10, use_bias=True),
    ]


def layer(name: str, kind: str, *read: str, **config: object) -> Tree:
    """Write one layer that reads others."""
    calls = [[[one, 0, 0, {}] for one in read]] if read else []
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, "dtype": "float32", **config},
        "inbound_nodes": calls,
    }


def functional(of: list[Tree], *, outputs: list[str] | None = None) -> Tree:
    """Write the configuration of a model of layers."""
    inputs = [[one["name"], 0, 0] for one in of if one["class_name"] == "InputLayer"]
    ends = [[name, 0, 0] for name in outputs or [str(of[-1]["name"])]]
    config: Tree = {"name": "model", "layers": of, "input_layers": inputs, "output_layers": ends}
    return {"class_name": "Functional", "config": config}


def h5(
    config: Tree | str | None = None, weights: Weights = WEIGHTS, *, edit: Callable[[h5py.File], None] | None = None
) -> bytes:
    """Write a whole model as Keras 2 does; `edit` may add to it."""
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        made = functional(layers()) if config is None else config
        root.attrs["model_config"] = made if isinstance(made, str) else json.dumps(made)
        root.create_group("model_weights")
        for name, arrays in weights.items():
            for array, shape in arrays.items():
                root[f"model_weights/{name}/{name}/{array}:0"] = np.zeros(shape, np.float32)
        if edit is not None:
            edit(root)
    return file.getvalue()


def keras_zip(
    config: Tree | None = None,
    weights: Weights = WEIGHTS,
    *,
    is_named: bool = True,
    members: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """Write an archive as Keras 3 does; groups bear the class, numbered, and (in newer versions) the layer's name."""
    of = layers()
    kinds: dict[str, int] = {}
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        for one in of:
            kind = SNAKE[str(one["class_name"])]
            group = root.create_group(f"layers/{kind}{f'_{kinds[kind]}' if kind in kinds else ''}/vars")
            kinds[kind] = kinds.get(kind, 0) + 1
            if is_named:
                group.attrs["name"] = one["name"]
            for at, shape in enumerate(weights.get(str(one["name"]), {}).values()):
                group[str(at)] = np.zeros(shape, np.float32)
        root.create_group("optimizer/vars")["0"] = np.zeros(99, np.float32)
    content = {
        "metadata.json": b'{"keras_version": "3.8.0"}',
        "config.json": json.dumps(config or functional(of)).encode(),
        "model.weights.h5": file.getvalue(),
        **(members or {}),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression) as packed:
        for name, data in content.items():
            packed.writestr(zipfile.ZipInfo(name), data, compression)
    return archive.getvalue()


SNAKE = {
    "InputLayer": "input_layer", "Conv2D": "conv2d", "BatchNormalization": "batch_normalization", "ReLU": "re_lu",
    "DepthwiseConv2D": "depthwise_conv2d", "GlobalAveragePooling2D": "global_average_pooling2d", "Dense": "dense",
}  # fmt: skip
"""Keras's own names of groups, written out so that the reader's rule is tested against them."""
