"""Shapes of all values of an ONNX graph at batch 1, by the inference of the onnx package.

Runs in a confined child process (``modelfile.child``): the inference is native code. It gets the model without its
large constants, which no shape depends on.
"""

from math import prod

import onnx
from onnx import inliner, shape_inference

from zoo_tools.confinement.process import plain
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.modelfile.naming import checked, shown
from zoo_tools.modelfile.onnx_tables import StoredGraph, Typed, typed
from zoo_tools.modelfile.onnx_values import LARGEST, Value, follow

_MOST_ROUNDS = 32
"""How often shapes may give values that give further shapes."""


def inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with its own functions written out where they are called.

    Raises:
        BrokenFileError: the functions call each other in a circle, or are not sound.
        UnavailableError: the installed package does not know the operator set.
    """
    newest = onnx.defs.onnx_opset_version()
    wanted = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if wanted > newest:
        message = f"it is of operator set {wanted}; the installed onnx package knows those up to {newest}"
        raise UnavailableError(message, fix="Install a newer onnx package.")
    if not model.functions:
        return model
    try:
        return inliner.inline_local_functions(model)
    # Whatever the library raises, it says that of the file.
    except Exception as error:
        raise BrokenFileError(f"its functions cannot be written out: {plain(str(error))}") from error


def inferred_outputs(model: onnx.ModelProto) -> dict[str, Typed]:
    """Infer what the file does not declare of its outputs, open sizes left open."""
    return {one.name: typed(one, f"output `{shown(checked(one.name))}`") for one in _infer(model).graph.output}


def default_shapes(model: onnx.ModelProto, stored: StoredGraph) -> dict[str, Typed]:
    """Infer all values of the main graph with an open batch taken as 1.

    What the file declares of its inner values is believed only where inference finds nothing. The model given is
    changed.

    Raises:
        BrokenFileError: the shapes contradict each other.
    """
    graph = model.graph
    declared = {one.name: one.SerializeToString() for one in (*graph.value_info, *graph.output)}
    symbols = _batch_of_one(graph, stored)
    graph.ClearField("value_info")
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    values = _small_values(stored)
    found = _followed(model, values)
    lacking = [name for name in declared if not _is_complete(found.get(name))]
    if lacking:
        outputs = {one.name: one for one in graph.output}
        for name in lacking:
            value = outputs.get(name) or graph.value_info.add()
            value.ParseFromString(declared[name])
            _replace_symbols(value, symbols)
        found = _followed(model, values) | {name: one for name, one in found.items() if _is_complete(one)}
    return found


def _small_values(stored: StoredGraph) -> dict[str, Value]:
    constants = dict(stored.constants)
    constants |= {node.outputs[0]: node.constant for node in stored.nodes if node.constant and node.outputs}
    return {
        name: one.values for name, one in constants.items() if one.values is not None and one.values.size <= LARGEST
    }


def _followed(model: onnx.ModelProto, values: dict[str, Value]) -> dict[str, Typed]:
    """Infer shapes, compute the values that follow from them, and again, until nothing new is found."""
    found = _values(_infer(model).graph)
    for _ in range(_MOST_ROUNDS):
        shapes = {
            name: [size for size in one.shape or () if isinstance(size, int)]
            for name, one in found.items()
            if _is_complete(one)
        }
        if not follow(model.graph, values, shapes):
            break
        found = _values(_infer(model).graph)
    return found


def _infer(model: onnx.ModelProto) -> onnx.ModelProto:
    try:
        return shape_inference.infer_shapes(model, check_type=False, strict_mode=False, data_prop=True)
    # Whatever the library raises, it says that of the file.
    except Exception as error:
        raise BrokenFileError(f"its shapes cannot be inferred: {plain(str(error))}") from error


def _values(graph: onnx.GraphProto) -> dict[str, Typed]:
    values = (*graph.input, *graph.value_info, *graph.output)
    return {one.name: typed(one, f"value `{shown(checked(one.name))}`") for one in values}


def _is_complete(value: Typed | None) -> bool:
    return value is not None and value.shape is not None and all(isinstance(size, int) for size in value.shape)


def drop_large_constants(model: onnx.ModelProto, stored: StoredGraph) -> None:
    """Keep small constants as such, and of the others the shape, as inputs: inference need not copy them."""
    graph = model.graph
    # Since this version constants need not be listed as inputs.
    model.ir_version = max(model.ir_version, 4)
    inputs = [one for one in graph.input if one.name in stored.inputs]
    small: list[onnx.TensorProto] = []
    for constant in graph.initializer:
        is_external = constant.data_location == onnx.TensorProto.EXTERNAL
        shape = stored.constants[constant.name].shape
        if is_external or stored.constants[constant.name].values is None or prod(shape) > LARGEST:
            inputs.append(onnx.helper.make_tensor_value_info(constant.name, constant.data_type, shape))
        else:
            small.append(constant)
    graph.ClearField("input")
    graph.input.extend(inputs)
    kept = onnx.GraphProto()
    kept.initializer.extend(small)
    graph.ClearField("initializer")
    graph.initializer.extend(kept.initializer)


def _batch_of_one(graph: onnx.GraphProto, stored: StoredGraph) -> frozenset[str]:
    """Set open first dimensions of inputs to 1, wherever their names occur in inputs; return these names."""
    symbols: set[str] = set()
    for value in graph.input:
        if value.name not in stored.inputs or not value.type.tensor_type.shape.dim:
            continue
        first = value.type.tensor_type.shape.dim[0]
        if first.dim_param:
            symbols.add(first.dim_param)
        if not first.HasField("dim_value") or first.dim_value == -1:
            first.dim_value = 1
    for value in graph.input:
        _replace_symbols(value, symbols)
    return frozenset(symbols)


def _replace_symbols(value: onnx.ValueInfoProto, symbols: set[str] | frozenset[str]) -> None:
    if not value.type.HasField("tensor_type"):
        return
    for dimension in value.type.tensor_type.shape.dim:
        if dimension.dim_param in symbols and dimension.dim_param:
            dimension.dim_value = 1
        elif dimension.HasField("dim_value") and dimension.dim_value == -1:
            dimension.ClearField("dim_value")
