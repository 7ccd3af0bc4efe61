"""An ONNX file's facts: the tables, the shapes, what the operators mean, and what follows.

Runs in a confined child process (``modelfile.child``), because parsing and shape inference are native code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.facts import graph_facts, operator_facts, tensor_facts
from zoo_tools.modelfile.graph import Graph, Operator, Tensor
from zoo_tools.modelfile.naming import shown
from zoo_tools.modelfile.onnx_external import check_locations
from zoo_tools.modelfile.onnx_operators import ABSENT, SCALE_OF_INPUT, SCALE_OF_OUTPUT, SCALES, meaning
from zoo_tools.modelfile.onnx_shapes import default_shapes, drop_large_constants, inferred_outputs, inlined
from zoo_tools.modelfile.onnx_tables import Shape, StoredGraph, StoredNode, StoredTensor, Typed, parse, read_tables

_MAX_TENSOR_BYTES = 2**40
_INTEGERS = ("int4", "uint4", "int8", "uint8", "int16", "uint16", "int32")


def read_onnx(data: bytes, companions: Mapping[str, int]) -> ModelFacts:
    """Read the facts of an ONNX file.

    Sizes are those at batch 1 where the batch is open. Inputs are those without a stored default. A tensor has a
    quantization where it holds integers and the operator at it states their scale and zero point as constants.

    Args:
        data: the file.
        companions: sizes of the files given beside it, by name.

    Raises:
        BrokenFileError: the message says what is wrong and stands after the file's name.
        UnavailableError: the installed onnx package does not know its operator set.
    """
    model = parse(data)
    # Before anything else looks at the model: libraries open what is named there.
    check_locations(model, companions)
    model = inlined(model)
    stored = read_tables(model, companions)
    drop_large_constants(model, stored)
    outputs = dict(stored.outputs)
    if any(value.shape is None for value in outputs.values()):
        outputs |= {name: one for name, one in inferred_outputs(model).items() if outputs[name].shape is None}
    builder = _Builder(default_shapes(model, stored))
    graphs = builder.graphs(stored)
    scales = _Scales(stored)
    return graph_facts(
        "onnx",
        graphs,
        inputs=tuple(tensor_facts(scales.of_input(name, _facing(name, one))) for name, one in stored.inputs.items()),
        outputs=tuple(tensor_facts(scales.of_output(name, _facing(name, one))) for name, one in outputs.items()),
        operators=operator_facts((node.name, node.version, node.domain) for node in _all_nodes(stored)),
        per_channel_tensors=scales.per_channel_tensors(),
    )


class _Builder:
    """Makes graphs of tables; numbers every stored constant once."""

    def __init__(self, inferred: Mapping[str, Typed]) -> None:
        self._inferred = inferred
        self._buffers = 0
        self._graphs: list[Graph] = []

    def graphs(self, stored: StoredGraph) -> Sequence[Graph]:
        """Make the main graph and those of all bodies."""
        self._graph(stored, {}, self._inferred)
        return self._graphs

    def _graph(self, stored: StoredGraph, outer: Mapping[str, Tensor], inferred: Mapping[str, Typed]) -> None:
        tensors: list[Tensor] = []
        index: dict[str, int] = {}

        def add(name: str, tensor: Tensor) -> int:
            index[name] = len(tensors)
            tensors.append(tensor)
            return index[name]

        def find(name: str) -> int:
            if not name:
                return ABSENT
            return index[name] if name in index else add(name, replace(outer[name], is_variable=False))

        for name, constant in stored.constants.items():
            add(name, self._constant(name, constant))
        for name, value in stored.inputs.items():
            add(name, _computed(name, inferred.get(name, value)))
        operators: list[Operator] = []
        bodies: list[StoredGraph] = []
        for node in stored.nodes:
            inputs = [find(name) for name in node.inputs]
            captured = [find(name) for body in node.graphs for name in sorted(body.captured)]
            outputs = [add(name, self._result(name, node, inferred)) if name else ABSENT for name in node.outputs]
            operators.append(meaning(node, inputs=inputs, outputs=outputs, tensors=tensors, captured=captured))
            bodies += node.graphs
        results = tuple(find(name) for name in stored.outputs)
        given = tuple(index[name] for name in stored.inputs)
        self._graphs.append(Graph(tuple(tensors), tuple(operators), given, results))
        known = {**outer, **{name: tensors[at] for name, at in index.items()}}
        for body in bodies:
            # What a body computes at each turn is not inferred; sizes declared for its inputs are.
            self._graph(body, known, {})

    def _constant(self, name: str, constant: StoredTensor) -> Tensor:
        self._buffers += 1
        shape, size = constant.shape, constant.size
        return Tensor(name, shape, shape, constant.dtype, buffer=self._buffers, stored_bytes=size)

    def _result(self, name: str, node: StoredNode, inferred: Mapping[str, Typed]) -> Tensor:
        if node.constant is not None:
            return self._constant(name, node.constant)
        return _computed(name, inferred.get(name, Typed("unknown", None)))


class _Scales:
    """What the main graph's operators say of quantization by constants."""

    def __init__(self, stored: StoredGraph) -> None:
        own = [node for node in stored.nodes if not node.domain]
        self._own = own
        self._constants = dict(stored.constants)
        self._constants |= {
            node.outputs[0]: node.constant for node in own if node.constant is not None and node.outputs
        }
        # The first that reads a tensor speaks for it; only one can write it.
        reading = [(node.inputs[0], node) for node in own if node.name in SCALE_OF_INPUT and node.inputs]
        writing = [(node.outputs[0], node) for node in own if node.name in SCALE_OF_OUTPUT and node.outputs]
        self._reading, self._writing = dict(reversed(reading)), dict(writing)

    def of_input(self, name: str, tensor: Tensor) -> Tensor:
        """Add the quantization that an operator reading it states."""
        node = self._reading.get(name)
        return tensor if node is None else self._quantized(tensor, node, SCALE_OF_INPUT[node.name])

    def of_output(self, name: str, tensor: Tensor) -> Tensor:
        """Add the quantization that the operator writing it states."""
        node = self._writing.get(name)
        return tensor if node is None else self._quantized(tensor, node, SCALE_OF_OUTPUT[node.name])

    def per_channel_tensors(self) -> int:
        """Count the scales of more than one element; many operators may read one."""
        scales = {node.inputs[at] for node in self._own for at in SCALES.get(node.name, ()) if at < len(node.inputs)}
        return sum(name in self._constants and self._constants[name].shape not in ((), (1,)) for name in scales)

    def _quantized(self, tensor: Tensor, node: StoredNode, at: int) -> Tensor:
        scales = self._values(node, at)
        if tensor.dtype not in _INTEGERS or scales is None or not scales.size:
            return tensor
        points = self._values(node, at + 1)
        if not np.isfinite(scales).all() or (points is not None and points.size != scales.size):
            message = (
                f"the quantization of `{shown(tensor.name)}` is not one finite scale and zero point for each slice"
            )
            raise BrokenFileError(message)
        return replace(
            tensor,
            scales=scales.astype(np.float32),
            zero_points=(np.zeros(scales.size, np.int64) if points is None else points.astype(np.int64)),
            axis=node.integers.get("axis", 1) if node.name != "QLinearConv" else 0,
        )

    def _values(self, node: StoredNode, at: int) -> NDArray[np.generic] | None:
        name = node.inputs[at] if at < len(node.inputs) else ""
        constant = self._constants.get(name)
        return None if constant is None or constant.values is None else constant.values.reshape(-1)


def _facing(name: str, value: Typed) -> Tensor:
    declared = None if value.shape is None else tuple(_open(size) for size in value.shape)
    shape = tuple(1 if size is None else size for size in declared or ())
    return Tensor(name, shape, declared, value.dtype, is_sized=declared is not None)


def _open(size: int | str | None) -> int | None:
    return size if isinstance(size, int) else None


def _computed(name: str, value: Typed) -> Tensor:
    shape = _sizes(value.shape)
    if shape is None:
        return Tensor(name, (), None, value.dtype, is_sized=False)
    tensor = Tensor(name, shape, shape, value.dtype)
    if tensor.bytes > _MAX_TENSOR_BYTES:
        raise BrokenFileError(f"`{shown(name)}` takes {tensor.bytes} bytes; at most {_MAX_TENSOR_BYTES} are believed")
    return tensor


def _sizes(shape: Shape | None) -> tuple[int, ...] | None:
    sizes = tuple(size for size in shape or () if isinstance(size, int))
    return None if shape is None or len(sizes) < len(shape) else sizes


def _all_nodes(graph: StoredGraph) -> Iterator[StoredNode]:
    for node in graph.nodes:
        yield node
        for body in node.graphs:
            yield from _all_nodes(body)
