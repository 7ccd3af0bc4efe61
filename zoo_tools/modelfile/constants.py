"""Counts of what a file stores: parameters, and constant bytes before and after folding."""

from collections.abc import Iterable, Sequence

from zoo_tools.modelfile.folding import Folded, fold
from zoo_tools.modelfile.graph import Graph, Tensor


def parameters(graphs: Sequence[Graph]) -> int:
    """Count the elements of weights and biases, each stored constant once.

    Weights that are stored in another type and converted by the graph (float16 behind DEQUANTIZE) count as well.
    """
    seen: dict[object, int] = {}
    for number, graph in enumerate(graphs):
        known = fold(graph).known
        for index in _weights(graph) & known:
            tensor = graph.tensors[index]
            seen[_identity(tensor, number, index)] = tensor.elements
    return sum(seen.values())


def stored_bytes(graphs: Sequence[Graph]) -> int:
    """Sum the constants that operators read, as the file stores them.

    These are weights, biases and every other constant but integers of 32 or 64 bits that are no weight or bias:
    those say shapes, axes and paddings, which a deployment compiles into its code.
    """
    seen: dict[object, int] = {}
    for number, graph in enumerate(graphs):
        read = {index for operator in graph.operators for index in operator.inputs}
        read.update(graph.outputs)
        for index in _without_shapes(graph, read.intersection(graph.constants())):
            tensor = graph.tensors[index]
            seen[_place(tensor, number, index)] = tensor.stored_bytes
    return sum(seen.values())


def folded_bytes(graphs: Sequence[Graph]) -> int:
    """Sum what is left to store after constant folding, by the rule of ``stored_bytes``."""
    seen: dict[object, int] = {}
    for number, graph in enumerate(graphs):
        folded: Folded = fold(graph)
        for index in _without_shapes(graph, folded.kept):
            tensor = graph.tensors[index]
            size = tensor.bytes if tensor.buffer is None else tensor.stored_bytes
            seen[_place(tensor, number, index)] = size
    return sum(seen.values())


def _weights(graph: Graph) -> set[int]:
    return {index for operator in graph.operators for index in operator.weights}


def _without_shapes(graph: Graph, indices: Iterable[int]) -> list[int]:
    weights = _weights(graph)
    return [index for index in indices if index in weights or graph.tensors[index].dtype not in ("int32", "int64")]


def _identity(tensor: Tensor, graph_number: int, index: int) -> object:
    # Two tensors may show one stored buffer; a computed tensor is itself.
    return tensor.buffer if tensor.buffer is not None else (graph_number, index)


def _place(tensor: Tensor, graph_number: int, index: int) -> object:
    # Constants that happen to be equal may be stored once; they are as many parameters all the same.
    return _identity(tensor, graph_number, index) if tensor.storage is None else ("storage", tensor.storage)
