"""An OpenVINO model's facts: the layers, their shapes at batch 1, what they mean, and what follows.

The XML tells all of it but the values of constants, of which the .bin is only measured.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from zoo_tools.domain.model_facts import ModelFacts, TensorFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.facts import graph_facts, operator_facts
from zoo_tools.modelfile.folding import fold
from zoo_tools.modelfile.graph import Graph, Operator, Role, Tensor
from zoo_tools.modelfile.ir_operators import meaning
from zoo_tools.modelfile.ir_xml import Port, StoredLayer, StoredNet, read_xml, stored_constant
from zoo_tools.modelfile.naming import shown

_OPEN = -1
_OPSET = re.compile(r"opset([0-9]{1,3})")
_SINK = re.compile(r"/sink_port_[0-9]+$")
_NO_OPERATORS = ("Const", "Parameter", "Result")

# Of these the result has as many elements as the first input, so that one open size follows from the others.
_REARRANGING = frozenset(["Convert", "Reshape", "Squeeze", "Transpose", "Unsqueeze"])
# Whose first dimension may depend on what they read: detections, indices, other people's layers.
_OPEN_BY_DATA = re.compile(
    r".*:|.*(Nms|NonMaxSuppression)|Gather.*|If|Loop|Multinomial|NonZero|Range|Roi.*|ROI.*|Scatter.*|TensorIterator|Unique"
)


def read_ir(data: bytes, weights_size: int | None) -> ModelFacts:
    """Read the facts of an OpenVINO model.

    Sizes are those at batch 1 where the batch is open. Operators are layers that compute; inputs, outputs and
    constants are layers too in this format, and not counted.

    Args:
        data: the XML.
        weights_size: size of the .bin in bytes; None where there is none at hand, and nothing is compared with it.

    Raises:
        BrokenFileError: the message says what is wrong and stands after the file's name.
    """
    net = read_xml(data)
    builder = _Builder(weights_size)
    graphs = builder.graphs(net)
    layers = list(_all_layers(net))
    return graph_facts(
        "openvino-ir",
        graphs,
        inputs=tuple(
            _facts(_port_name(layer, layer.outputs[0].names), layer.outputs[0], layer)
            for layer in net.layers
            if layer.type == "Parameter" and layer.outputs
        ),
        outputs=tuple(_result(layer, net) for layer in net.layers if layer.type == "Result"),
        operators=operator_facts(
            (layer.type, _version(layer), _domain(layer)) for layer in layers if layer.type not in _NO_OPERATORS
        ),
        per_channel_tensors=0,
    )


class _Builder:
    """Makes graphs of nets; numbers every constant, and every place in the .bin."""

    def __init__(self, weights_size: int | None) -> None:
        self._weights_size = weights_size
        self._places: dict[tuple[int, int], int] = {}
        self._buffers = 0
        self._graphs: list[Graph] = []

    def graphs(self, net: StoredNet) -> Sequence[Graph]:
        """Make the graph of the model and those of all bodies."""
        self._graph(net)
        return self._graphs

    def _graph(self, net: StoredNet) -> None:
        tensors: list[Tensor] = []
        first: list[int] = []
        operators: list[Operator] = []
        inputs: list[int] = []
        outputs: list[int] = []
        for layer in net.layers:
            read = [first[source] + port for source, port in layer.inputs]
            first.append(len(tensors))
            if layer.type == "Const":
                tensors += [self._constant(layer)] * len(layer.outputs)
                continue
            tensors += [_computed(layer, port, [tensors[index] for index in read]) for port in layer.outputs]
            written = range(first[-1], len(tensors))
            if layer.type == "Parameter":
                inputs += written
            elif layer.type == "Result":
                outputs += read
            else:
                name = f"{_domain(layer)}:{layer.type}" if _domain(layer) else layer.type
                version, data = _version(layer), dict(layer.data)
                operators.append(
                    meaning(name, version=version, data=data, inputs=read, outputs=written, tensors=tensors)
                )
            for body in layer.bodies:
                self._graph(body)
        graph = Graph(tuple(tensors), tuple(operators), tuple(inputs), tuple(outputs))
        # The model itself stands first, before its bodies.
        self._graphs.insert(0, _with_scales(graph))

    def _constant(self, layer: StoredLayer) -> Tensor:
        dtype, shape, offset, size = stored_constant(layer)
        if self._weights_size is not None and offset + size > self._weights_size:
            place = f"constant `{shown(layer.name)}` ends at byte {offset + size} of the .bin"
            raise BrokenFileError(f"{place}, which has {self._weights_size}")
        self._buffers += 1
        storage = self._places.setdefault((offset, size), len(self._places))
        return Tensor(layer.name, shape, shape, dtype, buffer=self._buffers, stored_bytes=size, storage=storage)


def _with_scales(graph: Graph) -> Graph:
    """Mark what makes real numbers of stored or computed integers: a conversion, a zero point, a scale."""
    known = fold(graph).known
    real: set[int] = set()
    operators: list[Operator] = []
    for operator in graph.operators:
        if _makes_real(operator, graph) or (
            _scales(operator, known) and (operator.inputs[0] in real or operator.inputs[0] in known)
        ):
            real.update(operator.outputs)
            operators.append(replace(operator, role=Role.DEQUANTIZE))
        else:
            operators.append(operator)
    return Graph(graph.tensors, tuple(operators), graph.inputs, graph.outputs)


def _makes_real(operator: Operator, graph: Graph) -> bool:
    if operator.name != "Convert" or len(operator.inputs) != 1 or len(operator.outputs) != 1:
        return False
    source, result = graph.tensors[operator.inputs[0]].dtype, graph.tensors[operator.outputs[0]].dtype
    return source in ("int4", "uint4", "int8", "uint8") and result.startswith("float")


def _scales(operator: Operator, known: frozenset[int]) -> bool:
    return operator.name in ("Multiply", "Subtract") and len(operator.inputs) == 2 and operator.inputs[1] in known


def _computed(layer: StoredLayer, port: Port, read: Sequence[Tensor]) -> Tensor:
    shape = _default_shape(layer, port, read)
    is_sized = shape is not None
    return Tensor(layer.name, shape or (), shape, port.dtype, is_sized=is_sized)


def _default_shape(layer: StoredLayer, port: Port, read: Sequence[Tensor]) -> tuple[int, ...] | None:
    """Find the sizes at batch 1, or None where they do not follow."""
    open_ = [at for at, size in enumerate(port.dimensions) if size == _OPEN]
    if not open_:
        return None if _is_open_rank(layer) else port.dimensions
    if layer.type == "Parameter":
        return (1, *port.dimensions[1:]) if open_ == [0] else None
    if len(open_) > 1 or not read or not read[0].is_sized:
        return None
    at = open_[0]
    others = prod(size for size in port.dimensions if size != _OPEN)
    if layer.type in _REARRANGING and others:
        size = read[0].elements // others
    elif at == 0 and not _OPEN_BY_DATA.fullmatch(_kind(layer)):
        # A batch goes through: the first dimension is that of the first input of as many dimensions.
        alike = [one for one in read if one.is_sized and one.buffer is None and len(one.shape) == len(port.dimensions)]
        size = alike[0].shape[0] if alike else 1
    else:
        return None
    return (*port.dimensions[:at], size, *port.dimensions[at + 1 :])


def _is_open_rank(layer: StoredLayer) -> bool:
    return layer.type == "Parameter" and "..." in layer.data.get("shape", "")


def _kind(layer: StoredLayer) -> str:
    return f"{_domain(layer)}:{layer.type}" if _domain(layer) else layer.type


def _version(layer: StoredLayer) -> int | None:
    match = _OPSET.fullmatch(layer.version)
    return int(match[1]) if match else None


def _domain(layer: StoredLayer) -> str:
    """Name the set of an operator that is none of OpenVINO's own."""
    return "" if _OPSET.fullmatch(layer.version) else layer.version or "unknown"


def _result(layer: StoredLayer, net: StoredNet) -> TensorFacts:
    if len(layer.inputs) != 1:
        raise BrokenFileError(f"output `{shown(layer.name)}` reads {len(layer.inputs)} tensors, it should read one")
    source = net.layers[layer.inputs[0][0]]
    port = source.outputs[layer.inputs[0][1]]
    name = _port_name(layer, layer.output_names or port.names)
    if name == _SINK.sub("", layer.name) and not (layer.output_names or port.names):
        name = f"{source.name}.{layer.inputs[0][1]}" if len(source.outputs) > 1 else source.name
    return _facts(name, port, source)


def _port_name(layer: StoredLayer, names: Sequence[str]) -> str:
    """Name an input or output: by its layer, if that is one of its tensor's names, else by the first of these."""
    own = _SINK.sub("", layer.name)
    return own if own in names or not names else min(names)


def _facts(name: str, port: Port, layer: StoredLayer) -> TensorFacts:
    if _is_open_rank(layer):
        return TensorFacts(name, None, None, port.dtype)
    shape = tuple(None if size == _OPEN else size for size in port.dimensions)
    return TensorFacts(name, shape, tuple(1 if size is None else size for size in shape), port.dtype)


def _all_layers(net: StoredNet) -> Iterator[StoredLayer]:
    for layer in net.layers:
        yield layer
        for body in layer.bodies:
            yield from _all_layers(body)
