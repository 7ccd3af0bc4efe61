"""What a deployment does with a graph before it runs it, for formats that leave more to do than TFLite does.

ONNX and OpenVINO write biases as additions, batch normalisations as operators, and integer networks as real numbers
between pairs of quantizing operators. Counts are of what is learned and kept, however it is written.
"""

from collections import Counter
from dataclasses import replace

from zoo_tools.modelfile.folding import fold
from zoo_tools.modelfile.graph import DTYPE_BITS, Graph, Memory, Operator, Role, Tensor

_CARRIERS = (Role.DEQUANTIZE, Role.QUANTIZE, Role.FAKE_QUANTIZE, Role.CONVERSION)
"""Operators whose result is their first input in another form."""
_QUANTIZING = (Role.DEQUANTIZE, Role.QUANTIZE, Role.FAKE_QUANTIZE)


def with_learned(graph: Graph) -> Graph:
    """Mark as weights what biases and batch normalisations learn.

    * An addition behind a product that has no bias: the constant, if it has an element per channel, is the bias.
    * A batch normalisation behind a product becomes part of it: of the four values per channel the shift stays, as
      the product's bias, and none where the product has a bias already.
    * Any other batch normalisation becomes a scale and a shift per channel.
    """
    known = fold(graph).known
    readers = _readers(graph)
    products = {
        operator.outputs[0]: operator
        for operator in graph.operators
        if operator.role is Role.PRODUCT and operator.outputs and not known.isdisjoint(operator.weights)
    }
    operators: list[Operator] = []
    for operator in graph.operators:
        before = next((products[index] for index in operator.inputs[:2] if index in products), None)
        if operator.role is Role.SUM and len(operator.inputs) == 2 and before is not None:
            (other,) = [index for index in operator.inputs if index != before.outputs[0]] or [before.outputs[0]]
            is_bias = before.bias is None and other in known and graph.tensors[other].elements == before.channels
            operators.append(replace(operator, weights=(other,)) if is_bias else operator)
        elif operator.role is Role.NORMALIZATION and len(operator.inputs) >= 3:
            product = products.get(operator.inputs[0])
            is_absorbed = product is not None and readers[product.outputs[0]] == 1
            has_bias = is_absorbed and product is not None and product.bias is not None
            weights = () if has_bias else operator.inputs[2:3] if is_absorbed else operator.inputs[1:3]
            operators.append(replace(operator, weights=weights))
        else:
            operators.append(operator)
    return Graph(graph.tensors, tuple(operators), graph.inputs, graph.outputs)


def with_absorbed(graph: Graph) -> Graph:
    """Leave of each batch normalisation only what ``with_learned`` found it to learn."""
    operators = tuple(
        replace(operator, inputs=(*operator.inputs[:1], *operator.weights))
        if operator.role is Role.NORMALIZATION
        else operator
        for operator in graph.operators
    )
    return Graph(graph.tensors, operators, graph.inputs, graph.outputs)


def weights_as_stored(graph: Graph) -> Graph:
    """Let operators read their weights as the file stores them, and drop the conversions nobody needs then."""
    stored = set(graph.constants())
    carried = {
        operator.outputs[0]: operator.inputs[0]
        for operator in graph.operators
        if operator.role in _CARRIERS and operator.outputs and operator.inputs
    }

    def origin(index: int) -> int:
        at = index
        # A broken file's conversions may lead in a circle.
        for _ in range(len(carried)):
            if at in stored or at not in carried:
                break
            at = carried[at]
        return at if at in stored else index

    operators: list[Operator] = []
    for operator in graph.operators:
        change = {index: origin(index) for index in operator.weights}
        operators.append(
            replace(
                operator,
                inputs=tuple(change.get(index, index) for index in operator.inputs),
                weights=tuple(change[index] for index in operator.weights),
            )
        )
    return _without_unread(Graph(graph.tensors, tuple(operators), graph.inputs, graph.outputs))


def with_integers(graph: Graph) -> Graph:
    """Narrow every tensor that is only read to be quantized, or only dequantized to be read: integers flow there.

    The result is for arenas alone: a chain such as convolution, activation, quantization is one integer operator in
    a deployment, and no real numbers lie between its parts.
    """
    known = fold(graph).known
    readers = _readers(graph)
    facing = {*graph.inputs, *graph.outputs}
    tensors = list(graph.tensors)
    stands_for: dict[int, int] = {}
    operators: list[Operator] = []
    for step in graph.operators:
        operator = replace(step, inputs=tuple(stands_for.get(index, index) for index in step.inputs))
        operators.append(operator)
        is_whole = len(operator.outputs) == 1 and len(operator.inputs) > 0
        if operator.role not in _QUANTIZING or not is_whole or known.issuperset(operator.outputs):
            continue
        source, result = operator.inputs[0], operator.outputs[0]
        is_inner = source not in facing and readers[step.inputs[0]] == 1
        if operator.role is not Role.DEQUANTIZE:
            dtype = "uint8" if operator.role is Role.FAKE_QUANTIZE else tensors[result].dtype
            for index in (source, result):
                if index not in facing and (is_inner or index == result):
                    _narrow(tensors, index, dtype)
        if result not in facing and (is_inner or operator.role is Role.DEQUANTIZE):
            stands_for[result] = source
            operators.pop()
    return _narrowed_backwards(Graph(tuple(tensors), tuple(operators), graph.inputs, graph.outputs))


def _narrowed_backwards(graph: Graph) -> Graph:
    """Let what is computed only to be turned into a narrow tensor in place be as narrow."""
    known = fold(graph).known
    readers = _readers(graph)
    facing = {*graph.inputs, *graph.outputs}
    tensors = list(graph.tensors)
    for operator in reversed(graph.operators):
        if len(operator.outputs) != 1 or not _is_formed_like_input(operator):
            continue
        sources = [index for index in operator.inputs if index not in known]
        if len(sources) == 1 and readers[sources[0]] == 1 and sources[0] not in facing:
            _narrow(tensors, sources[0], tensors[operator.outputs[0]].dtype)
    return Graph(tuple(tensors), graph.operators, graph.inputs, graph.outputs)


def _is_formed_like_input(operator: Operator) -> bool:
    return operator.memory in (Memory.IN_PLACE, Memory.VIEW) or operator.role in _CARRIERS


def _narrow(tensors: list[Tensor], index: int, dtype: str) -> None:
    if 0 < DTYPE_BITS[dtype] < DTYPE_BITS[tensors[index].dtype]:
        tensors[index] = replace(tensors[index], dtype=dtype)


def _readers(graph: Graph) -> Counter[int]:
    readers = Counter(index for operator in graph.operators for index in operator.inputs)
    readers.update(graph.outputs)
    return readers


def _without_unread(graph: Graph) -> Graph:
    """Drop conversions, and what only they read, from the end to the beginning."""
    readers = _readers(graph)
    kept: list[Operator] = []
    for operator in reversed(graph.operators):
        is_needed = not operator.outputs or any(readers[index] for index in operator.outputs)
        if is_needed or operator.role not in _CARRIERS:
            kept.append(operator)
        else:
            readers.subtract(operator.inputs)
    return Graph(graph.tensors, tuple(reversed(kept)), graph.inputs, graph.outputs)
