"""What a reference network is: layers with a project's names for the weights, and what goes in and comes out."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from zoo_tools.inference.tensors import TensorInfo


@dataclass(frozen=True, slots=True)
class ReferenceNetwork:
    """A network without weights."""

    module: nn.Module
    """Takes the input, gives the outputs as a tuple; on the device that was chosen when it was built."""
    input: TensorInfo
    outputs: Sequence[TensorInfo]
