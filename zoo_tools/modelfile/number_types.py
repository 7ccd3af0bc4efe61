"""In which number formats a network keeps its weights, and computes: read from its products, where both meet."""

from collections.abc import Sequence

from zoo_tools.modelfile.graph import Graph, Operator


def weight_types(stored: Sequence[Graph]) -> tuple[str, ...]:
    """Return the types of what products multiply with, as the file stores it; biases are none of it.

    Args:
        stored: graphs whose operators read their weights as they are stored, see ``deployed.weights_as_stored``.
    """
    found: set[str] = set()
    for graph in stored:
        origins = _origins(graph)
        for product in _products(graph):
            weights = [graph.tensors[origins.get(index, index)] for index in product.weights]
            found.update(tensor.dtype for tensor in weights if len(tensor.shape) > 1)  # a bias has one axis
    return tuple(sorted(found))


def _origins(graph: Graph) -> dict[int, int]:
    """Return the constants that tensors are mere conversions of: float16 is stored, and float32 is multiplied."""
    return {
        operator.outputs[0]: operator.inputs[0]
        for operator in graph.operators
        if len(operator.inputs) == len(operator.outputs) == 1 and graph.tensors[operator.inputs[0]].buffer is not None
    }


def activation_types(integers: Sequence[Graph]) -> tuple[str, ...]:
    """Return the types of what flows into products.

    Args:
        integers: graphs in which integers flow where a deployment lets them, see ``deployed.with_integers``.
    """
    found = {
        graph.tensors[product.inputs[0]].dtype
        for graph in integers
        for product in _products(graph)
        if product.inputs and product.inputs[0] not in product.weights
    }
    return tuple(sorted(found))


def _products(graph: Graph) -> list[Operator]:
    return [operator for operator in graph.operators if operator.macs != 0]
