"""Files made to do harm: that never end, ask for everything, read other files, or run code when they are loaded."""

import base64
import marshal
import pickle  # noqa: TID251 (writes some to be refused)
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from tests.checks.onnx_bytes import SIDE, sibling
from tests.crash_corpus.sample import Sample
from tests.crash_corpus.tflite_structures import omitted
from tests.make_tflite import tiny_ssd
from tests.modelfile.checkpoints import rezipped, saved, small
from tests.modelfile.keras_models import Tree, functional, h5, keras_zip, layer, layers

OUTSIDE = ".git/config", "../x", "../../x", "weights.bin"
"""Places that a file may name beside its own; the first is in every clone, the last a plain name nobody listed."""

EIGHT_GB = 8_000_000_000


def weights() -> bytes:
    """Return the bytes that files ask others for: with them they would be the sound one, and pass."""
    return bytes(_moved_tensor(ModelProto.FromString(sibling())).raw_data)


def special_files(secret: Path, target: Path) -> Iterator[Sample]:
    """Yield them all.

    Args:
        secret: a file elsewhere, by its absolute path.
        target: a file that is made where somebody runs the code in them.
    """
    yield from omitted(tiny_ssd())
    for kind, content in (("endless Loop", endless()), ("8 GB by Expand", expand()), ("8 GB to open", constant())):
        yield Sample("special", kind, "onnx", content)
    yield Sample("special", "attribute that is no UTF-8", "onnx", sibling().replace(b"\x04perm", b"\x04p\x80rm", 1))
    for place in (*OUTSIDE, str(secret)):
        kind = "an absolute path" if place == str(secret) else place
        yield Sample("special", f"external data in {kind}", "onnx", external(place))
    for container in ("archive", "legacy"):
        for name, call in calls(target).items():
            state = {"state_dict": small(), "meta": call}
            yield Sample("special", f"pickle that calls {name} ({container})", "torch-pth", saved(state, container))
    yield Sample("special", "bare pickle", "torch-pth", pickle.dumps(calls(target)["a method"], protocol=2))
    for format, write in _KERAS.items():
        yield Sample("special", "Lambda layer", format, write(lambda_layer(target)))
        yield Sample("special", "Lambda as an argument", format, write(lambda_argument(target)))
    links: dict[str, Callable[[h5py.File], None]] = {
        "external link": lambda root: _link(root, secret),
        "external bytes": lambda root: _bytes_elsewhere(root, secret),
        "virtual array": lambda root: _virtual(root, secret),
    }
    for kind, edit in links.items():
        yield Sample("special", kind, "keras-h5", h5(edit=edit))
    yield from bombs()


def bombs() -> Iterator[Sample]:
    """Yield small files that would unpack, or claim, to be large."""
    zeros = bytes(1 << 27)
    packed = zipfile.ZIP_DEFLATED
    bomb = rezipped(saved(small(), "archive"), {"data.pkl": zeros}, method=packed)
    yield Sample("special", "bomb", "torch-pth", bomb)
    for member in ("config.json", "model.weights.h5"):
        content = keras_zip(members={member: zeros}, compression=packed)
        yield Sample("special", f"bomb in {member}", "keras", content)
    many = {f"layers/{number}": b"" for number in range(2000)}
    yield Sample("special", "2,000 members", "keras", keras_zip(members=many))
    yield Sample("special", "array of 16 TB", "keras-h5", h5(edit=_terabytes))


def endless() -> bytes:
    """Return the sound file with a loop before its input that never ends."""
    picture, go = ("x", TensorProto.FLOAT, [1, 3, SIDE, SIDE]), TensorProto.BOOL
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", go, []),
            helper.make_tensor_value_info(*picture),
        ],
        [helper.make_tensor_value_info("go_on", go, []), helper.make_tensor_value_info("y", *picture[1:])],
    )
    loop = helper.make_node("Loop", ["", "true", "image"], ["first"], body=body)
    return _begun_with([loop], [helper.make_tensor("true", go, [], [True])])


def expand() -> bytes:
    """Return the sound file with a detour: its picture repeated to 8 GB, averaged, and added zero times."""
    sizes = np.array([EIGHT_GB // (4 * 3 * SIDE * SIDE), 3, SIDE, SIDE], np.int64)
    nodes = [
        helper.make_node("Expand", ["image", "sizes"], ["huge"]),
        helper.make_node("ReduceMean", ["huge"], ["mean"], axes=[0, 1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "nothing"], ["added"]),
        helper.make_node("Add", ["image", "added"], ["first"]),
    ]
    constants = [numpy_helper.from_array(sizes, "sizes"), numpy_helper.from_array(np.zeros(1, np.float32), "nothing")]
    return _begun_with(nodes, constants)


def constant() -> bytes:
    """Return the sound file with a detour that a runtime may compute when it opens the file: 8 GB of zeros."""
    sizes = np.array([EIGHT_GB // 4], np.int64)
    nodes = [
        helper.make_node("ConstantOfShape", ["sizes"], ["huge"]),
        helper.make_node("ReduceMean", ["huge"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Add", ["image", "mean"], ["first"]),
    ]
    return _begun_with(nodes, [numpy_helper.from_array(sizes, "sizes")])


def external(place: str) -> bytes:
    """Return the sound file with the bytes of one constant elsewhere."""
    model = ModelProto.FromString(sibling())
    tensor = _moved_tensor(model)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=place)
    return bytes(model.SerializeToString(deterministic=True))


def _moved_tensor(model: ModelProto) -> TensorProto:
    found: TensorProto = next(tensor for tensor in model.graph.initializer if tensor.name == "deltas/weights")
    return found


def _begun_with(nodes: list[NodeProto], constants: list[TensorProto]) -> bytes:
    """Return the sound file with `first` in the place of `image`, and what makes the one of the other."""
    model = ModelProto.FromString(sibling())
    for node in model.graph.node:
        node.input[:] = ["first" if name == "image" else name for name in node.input]
    for at, node in enumerate(nodes):
        model.graph.node.insert(at, node)
    model.graph.initializer.extend(constants)
    return bytes(model.SerializeToString(deterministic=True))


class Calls:
    """Has itself restored by a call."""

    def __init__(self, *call: object) -> None:
        self._call = call

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self._call[0], self._call[1:]


def calls(target: Path) -> dict[str, Calls]:
    """Return calls that make a file, by what they call."""
    return {
        "open": Calls(open, str(target), "w"),
        "exec": Calls(exec, f"open({str(target)!r}, 'w')"),
        "a method": Calls(Path.touch, target),
    }


def _code(target: Path) -> str:
    """Return a function as Keras keeps it: marshalled, in base64."""
    code = compile(f"open({str(target)!r}, 'w')", "<lambda>", "eval")
    return base64.b64encode(marshal.dumps(code)).decode()


def lambda_layer(target: Path) -> Tree:
    """Return a network whose last layer is a program."""
    added = layer("l", "Lambda", "image", function=[_code(target), None, None], function_type="lambda")
    return functional([*layers(), added])


def lambda_argument(target: Path) -> Tree:
    """Return a network with a program for an activation, as Keras 3 writes it."""
    program = {"class_name": "__lambda__", "config": {"code": _code(target), "defaults": None, "closure": None}}
    return functional([*layers(), layer("l", "Dense", "image", units=1, activation=program)])


_KERAS: dict[str, Callable[[Tree], bytes]] = {"keras-h5": h5, "keras": keras_zip}


def _link(root: h5py.File, secret: Path) -> None:
    root["model_weights/outside"] = h5py.ExternalLink(str(secret), "/")


def _bytes_elsewhere(root: h5py.File, secret: Path) -> None:
    root.create_dataset("model_weights/external", (4,), "u1", external=[(str(secret), 0, 4)])


def _virtual(root: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource(str(secret), "data", shape=(4,))
    root.create_virtual_dataset("model_weights/virtual", layout)


def _terabytes(root: h5py.File) -> None:
    root.create_dataset("model_weights/x/x/huge", (1 << 42,), "f4", chunks=(1 << 20,), compression="gzip")
