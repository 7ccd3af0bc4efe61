"""What each format is run by: the reference setting first, then those that have to agree with it."""

from typing import Literal, NamedTuple

Delegate = Literal["none", "xnnpack"]
"""The runtime's built-in kernels, or a delegate by name."""

EngineName = Literal["litert", "onnxruntime", "openvino", "torch"]
"""Runtimes that models can be run with."""


class Setting(NamedTuple):
    """A runtime and the delegate it is run with."""

    engine: EngineName
    delegate: Delegate = "none"

    def __str__(self) -> str:
        return self.engine if self.delegate == "none" else f"{self.engine} with {self.delegate}"


SETTINGS: dict[str, tuple[Setting, ...]] = {
    "tflite": (Setting("litert"), Setting("litert", "xnnpack"), Setting("openvino")),
    "onnx": (Setting("onnxruntime"), Setting("openvino")),
    "openvino-ir": (Setting("openvino"),),
    "tf-frozen-graph": (Setting("openvino"),),
    "torch-pth": (Setting("torch"),),
}
"""For each format of the manifest that is run: its settings. Goldens are recorded in the first."""
