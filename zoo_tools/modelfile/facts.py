"""The facts that follow from graphs, whatever the format they were read from."""

from collections import Counter
from collections.abc import Iterable, Sequence

from zoo_tools.domain.model_facts import ModelFacts, OperatorFacts, QuantizationFacts, SignatureFacts, TensorFacts
from zoo_tools.modelfile import constants
from zoo_tools.modelfile.arena import arena_floor, naive_arena
from zoo_tools.modelfile.deployed import weights_as_stored, with_absorbed, with_integers, with_learned
from zoo_tools.modelfile.folding import fold
from zoo_tools.modelfile.graph import Graph, Operator, Role, Tensor
from zoo_tools.modelfile.number_types import activation_types, weight_types


def graph_facts(
    format: str,
    graphs: Sequence[Graph],
    *,
    inputs: tuple[TensorFacts, ...],
    outputs: tuple[TensorFacts, ...],
    operators: tuple[OperatorFacts, ...],
    per_channel_tensors: int,
    signatures: tuple[SignatureFacts, ...] = (),
) -> ModelFacts:
    """Compute what follows from the graphs of a file.

    Operators, parameters, MACs and constants are summed over all graphs, each graph once; arenas are those of the
    hungriest graph. What rests on a size that the file does not tell is None.
    """
    stored = [weights_as_stored(with_learned(graph)) if _leaves_work(graph) else graph for graph in graphs]
    absorbed = [with_absorbed(graph) if _leaves_work(graph) else graph for graph in stored]
    is_sized = _is_sized(stored)
    steps = [operator for graph in graphs for operator in graph.operators]
    return ModelFacts(
        format=format,
        inputs=inputs,
        outputs=outputs,
        signatures=signatures,
        operators=operators,
        parameters=constants.parameters(stored),
        macs=None if any(_lacks_sizes(step) for step in steps) else sum(step.macs or 0 for step in steps),
        uncounted_operators=tuple(sorted({step.name for step in steps if step.macs is None})),
        constant_bytes_stored=constants.stored_bytes(stored),
        constant_bytes_folded=constants.folded_bytes(absorbed) if all(map(_is_kept_sized, absorbed)) else None,
        arena_floor_bytes=max(map(_lowest_floor, stored)) if is_sized else None,
        naive_arena_bytes=max(map(naive_arena, stored)) if is_sized else None,
        per_channel_tensors=per_channel_tensors,
        weight_types=weight_types(stored),
        activation_types=activation_types([with_integers(graph) if _leaves_work(graph) else graph for graph in stored]),
    )


def tensor_facts(tensor: Tensor) -> TensorFacts:
    """Describe an input or output of the model."""
    quantization = None
    if tensor.scales.size:
        quantization = QuantizationFacts(
            scales=tuple(tensor.scales.tolist()),
            zero_points=tuple(tensor.zero_points.tolist()),
            axis=tensor.axis if tensor.scales.size > 1 else None,
        )
    declared = tensor.declared_shape
    default = None if declared is None else tuple(1 if size is None else size for size in declared)
    return TensorFacts(tensor.name, declared, tensor.shape if tensor.is_sized else default, tensor.dtype, quantization)


def operator_facts(operators: Iterable[tuple[str, int | None, str]]) -> tuple[OperatorFacts, ...]:
    """Count operators, given by name, version and domain."""
    counts = Counter(operators)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or 0, item[0][2]))
    return tuple(OperatorFacts(name, version, count, domain) for (name, version, domain), count in ordered)


def _lacks_sizes(operator: Operator) -> bool:
    return operator.role is Role.PRODUCT and operator.macs is None


def _is_kept_sized(graph: Graph) -> bool:
    return all(graph.tensors[index].is_sized for index in fold(graph).kept)


def _leaves_work(graph: Graph) -> bool:
    """False for TFLite, whose converter has done all of it; hostile graphs are large enough not to try."""
    return any(operator.role is not Role.PLAIN for operator in graph.operators)


def _lowest_floor(graph: Graph) -> int:
    """Take the better of two ways to run it: a view of an integer tensor as real numbers is none any more."""
    floor = arena_floor(graph)
    return min(floor, arena_floor(with_integers(graph))) if _leaves_work(graph) else floor


def _is_sized(graphs: Sequence[Graph]) -> bool:
    for graph in graphs:
        unsized = {index for index, tensor in enumerate(graph.tensors) if not tensor.is_sized}
        read = (index for operator in graph.operators for index in (*operator.inputs, *operator.outputs))
        if unsized and not unsized.isdisjoint([*read, *graph.inputs, *graph.outputs]):
            return False
    return True
