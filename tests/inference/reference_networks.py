"""Reference networks with weights that a formula gives, the same on every machine, each run once."""

from collections.abc import Mapping
from functools import cache
from math import prod, sqrt

import numpy as np
from numpy.typing import NDArray

from tests.conftest import oracle

torch = oracle("torch")

from zoo_tools.inference.engines.networks import NETWORKS
from zoo_tools.inference.engines.networks.reference import ReferenceNetwork

MMDET = ("mmdet-ssd300", "mmdet-ssd512", "mmdet-ssdlite-mobilenetv2")


def scattered(count: int, seed: int) -> NDArray[np.float32]:
    """Return numbers from -1 to 1 that look drawn and are computed (a multiplicative hash of the position)."""
    position = np.arange(count, dtype=np.uint32) + np.uint32(seed * 7919)
    mixed = (position ^ (position >> np.uint32(16))) * np.uint32(0x45D9F3B)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    return (mixed.astype(np.float64) / 2**31 - 1).astype(np.float32)


def weight(name: str, shape: tuple[int, ...], seed: int) -> NDArray[np.generic]:
    """Return a weight that keeps the values of the layers behind it about as large as those before it."""
    values = scattered(prod(shape), seed).reshape(shape)
    match name.rpartition(".")[2]:
        case "num_batches_tracked":
            return np.zeros(shape, np.int64)
        case "weight" if len(shape) == 4:
            return values * np.float32(sqrt(6 / prod(shape[1:])))
        case "weight" if "l2_norm" in name:
            return 20 + 5 * values
        case "weight" | "running_var":
            return 1 + np.float32(0.5) * values
    return values * np.float32(0.1)


def weights(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.generic]]:
    """Return weights for all names, in the order given."""
    return {name: weight(name, shape, seed) for seed, (name, shape) in enumerate(shapes.items())}


def picture(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an input with the range of pixels less their mean."""
    return 100 * scattered(prod(shape), 0).reshape(shape)


@cache
def network(name: str, classes: int) -> ReferenceNetwork:
    """Return a network without memory for weights."""
    with torch.device("meta"):
        return NETWORKS[name](classes)


def shapes(name: str, classes: int = 80) -> dict[str, tuple[int, ...]]:
    """Return shapes by key, in the network's order."""
    return {key: tuple(one.shape) for key, one in network(name, classes).module.state_dict().items()}


@cache
def state(name: str, classes: int = 80) -> Mapping[str, object]:
    """Return a state dict of torch tensors."""
    return {key: torch.from_numpy(values) for key, values in weights(shapes(name, classes)).items()}


@cache
def outputs(name: str, classes: int = 80) -> dict[str, NDArray[np.floating]]:
    """Run a network once in this process, in float64, where threads and machines agree; the slow ones in float32."""
    dtype = torch.float32 if name in ("mmdet-ssd300", "mmdet-ssd512") else torch.float64
    with torch.device("meta"):
        built = NETWORKS[name](classes)
    built.module.load_state_dict(dict(state(name, classes)), strict=True, assign=True)
    with torch.inference_mode():
        given = built.module.eval().to(dtype)(torch.from_numpy(picture(built.input.shape)).to(dtype))
    return {info.name: one.numpy() for info, one in zip(built.outputs, given, strict=True)}
