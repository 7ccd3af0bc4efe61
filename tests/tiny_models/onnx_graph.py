"""Builds small ONNX graphs node by node; the same calls give the same bytes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

Sizes = Sequence[int | str | None]
Attribute = int | float | str | list[int]


class GraphWriter:
    """Collects nodes and constants, then writes the file. Values are their names."""

    def __init__(self, *, opset: int) -> None:
        self._opset = opset
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        """Add a constant."""
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, inputs: Sequence[str], name: str, **attributes: Attribute) -> str:
        """Add an operator with one output, and return its name."""
        self.add_many(operator, inputs, [name], **attributes)
        return name

    def add_many(self, operator: str, inputs: Sequence[str], names: Sequence[str], **attributes: Attribute) -> None:
        """Add an operator with several outputs."""
        node = helper.make_node(operator, inputs, names, name=names[0])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self._nodes.append(node)

    def binary(self, operator: str, source: str, other: NDArray[np.generic] | np.generic, name: str) -> str:
        """Add an operator of a value and a constant."""
        return self.add(operator, [source, self.constant(f"{name}/by", other)], name)

    def reshaped(self, source: str, shape: Sequence[int], name: str) -> str:
        """Add a reshape; 0 keeps a size, -1 is what remains."""
        return self.add("Reshape", [source, self.constant(f"{name}/shape", np.array(shape, np.int64))], name)

    def head(self, cells: str, weights: NDArray[np.float32], bias: NDArray[np.float32], name: str) -> str:
        """Add a convolution of 1 x 1: maps of a value for each row of `weights`."""
        kernel = self.constant(f"{name}/weights", np.ascontiguousarray(weights[:, :, np.newaxis, np.newaxis]))
        return self.add("Conv", [cells, kernel, self.constant(f"{name}/bias", bias)], name)

    def rows(self, maps: str, shape: Sequence[int], name: str) -> str:
        """Add what brings maps into rows: cells in order, the values of a cell side by side."""
        return self.reshaped(self.add("Transpose", [maps], f"{name}/last", perm=[0, 2, 3, 1]), shape, name)

    def build(self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> bytes:
        """Write the file."""
        graph = helper.make_graph(self._nodes, name, list(inputs), list(outputs), self._constants)
        model = helper.make_model(
            graph, producer_name="tests/tiny_models", ir_version=8, opset_imports=[helper.make_opsetid("", self._opset)]
        )
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def value(name: str, dtype: str, sizes: Sizes) -> ValueInfoProto:
    """Describe an input or output."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, list(sizes))
