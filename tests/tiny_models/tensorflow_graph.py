"""TensorFlow frozen graphs without TensorFlow: a GraphDef, node by node.

Source of the messages: TensorFlow's graph.proto, node_def.proto, attr_value.proto, tensor.proto and tensor_shape.proto.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tests.tiny_models.protobuf import block, blocks, single, whole

_TYPES = {"float32": 1, "int32": 3, "uint8": 4, "int64": 9, "bool": 10}


def graph(nodes: Iterable[bytes]) -> bytes:
    """Write the file."""
    return blocks(1, nodes) + block(4, whole(1, 27))


def constant(name: str, value: NDArray[np.generic] | np.generic) -> bytes:
    array = np.asarray(value)
    tensor = whole(1, _TYPES[array.dtype.name]) + block(2, _shape(array.shape)) + block(4, array.tobytes())
    return node(name, "Const", dtype=array.dtype.name, value=block(8, tensor))


def node(name: str, operator: str, *inputs: str, **attributes: object) -> bytes:
    """Write a NodeDef; what an attribute is follows from its Python type, and bytes of `value` are written as given."""
    given = (block(5, block(1, key), block(2, _attribute(key, value))) for key, value in attributes.items())
    # Names with spaces are not TensorFlow's.
    names = [one.replace(" ", "_") for one in (name, *inputs)]
    return b"".join([block(1, names[0]), block(2, operator), blocks(3, names[1:]), *given])


def _attribute(key: str, value: object) -> bytes:
    match value:
        case bytes() if key == "value":
            return value
        case bytes():
            return block(2, value)
        case bool():
            return whole(5, value)
        case int():
            return whole(3, value)
        case float():
            return single(4, value)
        case str():
            return whole(6, _TYPES[value])
        case list() if key == "shape":
            return block(7, _shape(value))
        case list():
            return block(1, b"".join(whole(3, size) for size in value))
    raise TypeError(f"{key} = {value!r}")


def _shape(sizes: list[int] | tuple[int, ...]) -> bytes:
    return b"".join(block(2, whole(1, size)) for size in sizes)
