"""Two bounds of the working memory that one inference takes, from the graph alone.

The floor allows every sharing listed below, and only those: a deployment that also splits a layer into strips could go
under it. The naive arena is what a plain allocator takes. A published activation RAM of the same file lies between
them; on the first two model cards it does in every microcontroller row that can be read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_tools.modelfile.folding import fold
from zoo_tools.modelfile.graph import Graph, Memory, Operator

ALIGNMENT = 16
"""Offsets and sizes of the naive arena are multiples of this, as in TFLite for Microcontrollers. (With TFLite's own 64
the naive arenas of the first seven ST models come out 0.1 KiB too large.)"""

_END_OF_MEMORY = np.iinfo(np.int64).max


@dataclass(slots=True)
class _Span:
    """A piece of memory and the steps, first and last included, at which it has to hold its content."""

    size: int
    first: int
    last: int


def arena_floor(graph: Graph) -> int:
    """Compute the largest live set in bytes, with every sharing allowed that a good deployment does.

    * What folding knows is no activation, and a folded operator does not run.
    * A view (RESHAPE) lies where its input lies.
    * PAD exists only as a border that convolutions and poolings read, where nothing else reads it.
    * An element-wise, depthwise, pooling or joining operator writes over those inputs that nobody reads later.
    * Inputs and outputs of the network lie in the arena too, an output until the end.
    """
    folded = fold(graph)
    running = set(folded.running)
    home = _homes(graph, folded.running)
    spans = _spans(graph, home, folded.running, without=folded.known)
    steps = max(len(graph.operators), 1)
    change = [0] * (steps + 1)
    for span in spans.values():
        change[span.first] += span.size
        change[span.last + 1] -= span.size
    floor = live = 0
    for step in range(steps):
        live += change[step]
        saved = _overlap(graph.operators[step], step, home, spans) if step in running else 0
        floor = max(floor, live - saved)
    return floor


def naive_arena(graph: Graph) -> int:
    """Compute the bytes of a greedy-by-size arena over all tensors that are computed; none shares memory with another.

    The largest tensor is placed first, each at the lowest offset where no tensor that lives at the same time lies
    (ties: the earlier tensor first). Chains that folding would remove are included.
    """
    own_home = list(range(len(graph.tensors)))
    every_step = range(len(graph.operators))
    spans = _spans(graph, own_home, every_step, without=frozenset(graph.constants()))
    for span in spans.values():
        span.size = -(-span.size // ALIGNMENT) * ALIGNMENT
    order = sorted(spans.values(), key=lambda span: (-span.size, span.first))
    return _greedy([span for span in order if span.size])


def _homes(graph: Graph, steps: Sequence[int]) -> list[int]:
    """Map each tensor to the tensor whose memory it uses, while these steps run."""
    readers: dict[int, list[Operator]] = {}
    operators = [graph.operators[step] for step in steps]
    for operator in operators:
        for index in operator.inputs:
            readers.setdefault(index, []).append(operator)
    home = list(range(len(graph.tensors)))
    outputs = set(graph.outputs)
    for operator in operators:
        if not operator.inputs or len(operator.outputs) != 1:
            continue
        source, result = operator.inputs[0], operator.outputs[0]
        # Formats promise that a tensor is written once and before it is read; a broken file must not make a circle.
        if home[result] != result or home[source] == result:
            continue
        # Sizes too: only what is really a view, or really larger than its input, may stand for it.
        before, after = graph.tensors[source].bytes, graph.tensors[result].bytes
        is_border = (
            operator.memory is Memory.PADDING
            and before <= after
            and result not in outputs
            and all(reader.absorbs_padding and reader.inputs[0] == result for reader in readers.get(result, []))
        )
        if (operator.memory is Memory.VIEW and before == after) or is_border:
            home[result] = home[source]
    return home


def _spans(graph: Graph, home: list[int], steps: Sequence[int], *, without: frozenset[int]) -> dict[int, _Span]:
    """Collect the life of each piece of memory, by the tensor it belongs to, while these steps run."""
    spans: dict[int, _Span] = {}
    end = max(len(graph.operators) - 1, 0)

    def live(tensors: Iterable[int], first: int, last: int) -> None:
        for index in tensors:
            owner = home[index]
            if index in without or owner in without:
                continue
            span = spans.get(owner)
            if span is None:
                spans[owner] = _Span(graph.tensors[owner].bytes, first, last)
            else:
                span.first, span.last = min(span.first, first), max(span.last, last)

    live(graph.inputs, 0, 0)
    live((index for index, tensor in enumerate(graph.tensors) if tensor.is_variable), 0, end)
    for step in steps:
        live(graph.operators[step].inputs, step, step)
        live(graph.operators[step].outputs, step, step)
    live(graph.outputs, end, end)
    return spans


def _overlap(operator: Operator, step: int, home: list[int], spans: dict[int, _Span]) -> int:
    """How many bytes of its result an operator can write over inputs that end here."""
    if operator.memory is not Memory.IN_PLACE:
        return 0
    ending = {home[index] for index in operator.inputs if home[index] in spans and spans[home[index]].last == step}
    born = {home[index] for index in operator.outputs if home[index] in spans and spans[home[index]].first == step}
    return min(sum(spans[owner].size for owner in ending), sum(spans[owner].size for owner in born - ending))


def _greedy(order: list[_Span]) -> int:
    """Place spans in the given order; O(n) array work for each."""
    columns: NDArray[np.int64] = np.empty((4, len(order)), np.int64)
    peak = 0
    for placed, span in enumerate(order):
        starts, ends, firsts, lasts = columns[:, :placed]
        live = (firsts <= span.last) & (lasts >= span.first)
        offset = _lowest_gap(starts[live], ends[live], span.size)
        position = int(np.searchsorted(starts, offset))
        columns[:, position + 1 : placed + 1] = columns[:, position:placed].copy()
        columns[:, position] = (offset, offset + span.size, span.first, span.last)
        peak = max(peak, offset + span.size)
    return peak


def _lowest_gap(starts: NDArray[np.int64], ends: NDArray[np.int64], size: int) -> int:
    """Find the lowest offset with ``size`` free bytes between blocks that are sorted by their start."""
    free_from = np.concatenate([np.zeros(1, np.int64), np.maximum.accumulate(ends)])
    free_until = np.append(starts, _END_OF_MEMORY)
    return int(free_from[int(np.argmax(free_until - free_from >= size))])
