"""Small values that follow from shapes: what exporters compute in the graph to say a size, an axis or a padding.

The inference of the onnx package follows such chains for newer operator sets only, and not into every operator.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

Value = NDArray[np.generic]

LARGEST = 1024
"""Values of more elements say no shape."""

_NUMBERS: Mapping[int, type[np.generic]] = {
    onnx.TensorProto.FLOAT: np.float32,
    onnx.TensorProto.DOUBLE: np.float64,
    onnx.TensorProto.INT32: np.int32,
    onnx.TensorProto.INT64: np.int64,
    onnx.TensorProto.BOOL: np.bool_,
}


def follow(graph: onnx.GraphProto, values: dict[str, Value], shapes: Mapping[str, Sequence[int]]) -> int:
    """Compute what can be computed, and write it into the graph as constants.

    Args:
        graph: changed: operators whose result is known become constants.
        values: small known values by name; those found are added.
        shapes: known shapes by name.

    Returns:
        How many values were found.
    """
    found = 0
    for node in graph.node:
        if len(node.output) != 1 or node.output[0] in values or node.domain not in ("", "ai.onnx"):
            continue
        value = _value(node, values, shapes)
        if value is None or value.size > LARGEST:
            continue
        name = node.output[0]
        values[name] = value
        found += 1
        constant = onnx.helper.make_node("Constant", [], [name], value=onnx.numpy_helper.from_array(value))
        node.CopyFrom(constant)
    return found


def _value(node: onnx.NodeProto, values: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]) -> Value | None:
    attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    try:
        if node.op_type in ("Shape", "Size"):
            shape = shapes.get(node.input[0])
            if shape is None:
                return None
            sizes = np.array(shape, np.int64)
            if node.op_type == "Size":
                return np.asarray(np.prod(sizes))
            return sizes[attributes.get("start", 0) : attributes.get("end", len(sizes))]
        if node.op_type not in _RULES or not node.input:
            return None
        inputs = [values[name] if name else None for name in node.input]
        with np.errstate(all="ignore"):
            return _RULES[node.op_type](inputs, attributes)
    except (KeyError, IndexError, ValueError, TypeError, ArithmeticError, AttributeError):
        # An operator that cannot be computed is not computed; whether the file is at fault is not asked here.
        return None


Inputs = Sequence[Value | None]
Attributes = Mapping[str, object]


def _there(inputs: Inputs, at: int) -> Value:
    value = inputs[at]
    if value is None:
        raise IndexError(at)
    return value


def _numbers(inputs: Inputs, attributes: Attributes, name: str, at: int) -> list[int]:
    """Return an argument that older operator sets have as an attribute and newer ones as an input."""
    given = attributes.get(name) if name in attributes else (_there(inputs, at).tolist() if at < len(inputs) else [])
    return [int(one) for one in given] if isinstance(given, list) else []


def _number(attributes: Attributes, name: str, default: int) -> int:
    value = attributes.get(name, default)
    return value if isinstance(value, int) else default


def _gather(inputs: Inputs, attributes: Attributes) -> Value:
    return np.asarray(
        np.take(_there(inputs, 0), _there(inputs, 1).astype(np.int64), axis=_number(attributes, "axis", 0))
    )


def _unsqueeze(inputs: Inputs, attributes: Attributes) -> Value:
    return np.expand_dims(_there(inputs, 0), tuple(_numbers(inputs, attributes, "axes", 1)))


def _squeeze(inputs: Inputs, attributes: Attributes) -> Value:
    axes = _numbers(inputs, attributes, "axes", 1)
    return np.squeeze(_there(inputs, 0), tuple(axes) if axes else None)


def _concat(inputs: Inputs, attributes: Attributes) -> Value:
    return np.concatenate([_there(inputs, at) for at in range(len(inputs))], axis=_number(attributes, "axis", 0))


def _slice(inputs: Inputs, attributes: Attributes) -> Value:
    value = _there(inputs, 0)
    starts, ends = _numbers(inputs, attributes, "starts", 1), _numbers(inputs, attributes, "ends", 2)
    axes = _numbers(inputs, attributes, "axes", 3) or list(range(len(starts)))
    steps = _numbers(inputs, attributes, "steps", 4) or [1] * len(starts)
    cut = [slice(None)] * value.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        # A negative end beyond the beginning means that the beginning is included.
        cut[axis] = slice(start, None if step < 0 and end < -value.shape[axis] else end, step)
    return value[tuple(cut)]


def _cast(inputs: Inputs, attributes: Attributes) -> Value:
    return _there(inputs, 0).astype(_NUMBERS[_number(attributes, "to", 0)])


def _divide(inputs: Inputs, _: Attributes) -> Value:
    left, right = _there(inputs, 0), _there(inputs, 1)
    exact = np.divide(left, right)
    return exact if exact.dtype == left.dtype else np.trunc(exact).astype(left.dtype)


def _filled(inputs: Inputs, attributes: Attributes) -> Value | None:
    shape = [int(size) for size in _there(inputs, 0).tolist()]
    fill = attributes.get("value")
    value = onnx.numpy_helper.to_array(fill) if isinstance(fill, onnx.TensorProto) else np.zeros(1, np.float32)
    return None if not 0 <= np.prod(shape, dtype=np.float64) <= LARGEST else np.full(shape, value.reshape(-1)[0])


def _range(inputs: Inputs, _: Attributes) -> Value | None:
    start, limit, step = (_there(inputs, at).item() for at in range(3))
    return np.arange(start, limit, step) if abs((limit - start) / step) <= LARGEST else None


def _reshape(inputs: Inputs, _: Attributes) -> Value:
    return _there(inputs, 0).reshape([int(size) for size in _there(inputs, 1).tolist()])


def _product(inputs: Inputs, attributes: Attributes) -> Value:
    axes = _numbers(inputs, attributes, "axes", 1)
    keeps = bool(_number(attributes, "keepdims", 1))
    return np.asarray(np.prod(_there(inputs, 0).astype(np.int64), axis=tuple(axes) or None, keepdims=keeps))


def _of_two(work: Callable[[Value, Value], Value]) -> Callable[[Inputs, Attributes], Value]:
    return lambda inputs, _: np.asarray(work(_there(inputs, 0), _there(inputs, 1)))


def _of_one(work: Callable[[Value], Value]) -> Callable[[Inputs, Attributes], Value]:
    return lambda inputs, _: np.asarray(work(_there(inputs, 0)))


_RULES: dict[str, Callable[[Inputs, Attributes], Value | None]] = {
    "Add": _of_two(np.add),
    "Cast": _cast,
    "Ceil": _of_one(np.ceil),
    "Concat": _concat,
    "ConstantOfShape": _filled,
    "Div": _divide,
    "Equal": _of_two(np.equal),
    "Floor": _of_one(np.floor),
    "Gather": _gather,
    "Identity": _of_one(np.asarray),
    "Max": _of_two(np.maximum),
    "Min": _of_two(np.minimum),
    "Mul": _of_two(np.multiply),
    "Neg": _of_one(np.negative),
    "Range": _range,
    "ReduceProd": _product,
    "Reshape": _reshape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Sub": _of_two(np.subtract),
    "Unsqueeze": _unsqueeze,
    "Where": lambda inputs, _: np.where(_there(inputs, 0), _there(inputs, 1), _there(inputs, 2)),
}
