"""PyTorch: a checkpoint's weights in a reference network, on the processor, in float32.

The file is read by `modelfile` first, which calls nothing; PyTorch unpickles only what that reader knows and what fits
the network name by name and shape by shape, and then with `weights_only=True`. One
thread computes, unless more are asked for.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo_tools.inference.engines import EngineMissingError, ModelBytes, RefusedError, only_formats
from zoo_tools.inference.engines.torch_fit import Forms, check_fit
from zoo_tools.inference.tensors import TensorInfo
from zoo_tools.modelfile.torch_checkpoint import read_checkpoint
from zoo_tools.modelfile.torch_heads import class_count

if TYPE_CHECKING:
    from torch import Tensor

    from zoo_tools.inference.engines.networks.reference import ReferenceNetwork

_OLDEST = (2, 10)


class TorchEngine:
    """The runtime, imported."""

    name = "torch"

    def __init__(self, version: str) -> None:
        self.version = version

    def open(self, model: ModelBytes, *, delegate: str, threads: int = 1) -> "TorchSession":
        """Load a checkpoint into the network that is named; there are no delegates.

        Raises:
            RefusedError: the network is not known, or the weights are not this network's.
            BrokenFileError: it is no checkpoint, or would run code when loaded.
        """
        import torch

        from zoo_tools.inference.engines.networks import NETWORKS

        only_formats(model, "torch-pth")
        if delegate != "none":
            raise RefusedError(f"it has no delegate {delegate}")
        if model.network not in NETWORKS:
            named = "none is named" if model.network is None else f"none is called {model.network}"
            raise RefusedError(f"a checkpoint needs a network, and {named}; known are {', '.join(NETWORKS)}")
        held = read_checkpoint(model.content).held
        network = _without_weights(model.network, class_count(held) or 1)
        wanted = _forms(network.module.state_dict())
        check_fit(held, wanted)
        network.module.load_state_dict(_weights(model.content, wanted), strict=True, assign=True)
        torch.set_num_threads(threads)
        return TorchSession(network)


class TorchSession:
    """One network with its weights."""

    delegate = "none"

    def __init__(self, network: "ReferenceNetwork") -> None:
        self.inputs: Sequence[TensorInfo] = [network.input]
        self.outputs = network.outputs
        self._module = network.module.eval()

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Return all outputs by name, in the shapes that really came out."""
        import torch

        with torch.inference_mode():
            outputs = self._module(torch.tensor(feeds[self.inputs[0].name]))
        return {info.name: output.numpy() for info, output in zip(self.outputs, outputs, strict=True)}


def load() -> TorchEngine:
    """Import the runtime and settle how it computes.

    Raises:
        EngineMissingError: it is not installed, does not load, or is too old to be given files of strangers.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise EngineMissingError("torch is not installed") from error
        raise EngineMissingError(f"torch is installed and does not load: {error}") from error
    except (ImportError, OSError) as error:
        raise EngineMissingError(f"torch is installed and does not load: {error}") from error
    version = str(torch.__version__)
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        raise EngineMissingError(f"torch {version} is installed; files of strangers need 2.10 or newer")
    torch.set_num_threads(1)
    # Not use_deterministic_algorithms: it sets the same and imports a compiler for that, one second long.
    torch.set_deterministic_debug_mode("error")
    return TorchEngine(version)


def _without_weights(name: str, classes: int) -> "ReferenceNetwork":
    """Build a network without memory for its weights: those of the file take their places."""
    import torch

    from zoo_tools.inference.engines.networks import NETWORKS

    with torch.device("meta"):
        return NETWORKS[name](classes)


def _weights(content: bytes, wanted: Forms) -> "dict[str, Tensor]":
    """Unpickle the tensors and give them the network's types."""
    import torch

    try:
        # The one place: never without weights_only, and only for a file whose every name was read before.
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)  # noqa: TID251 (this engine may)
    except MemoryError:
        raise
    except Exception as error:
        # What torch says here runs over lines and recommends to do without weights_only.
        raise RefusedError("it is not loaded with weights_only=True") from error
    tensors: dict[str, Tensor] = loaded.get("state_dict", loaded)
    return {name: tensors[name].detach().to(getattr(torch, dtype)).contiguous() for name, (_, dtype) in wanted.items()}


def _forms(tensors: "Mapping[str, Tensor]") -> Forms:
    return {name: (tuple(one.shape), str(one.dtype).removeprefix("torch.")) for name, one in tensors.items()}
