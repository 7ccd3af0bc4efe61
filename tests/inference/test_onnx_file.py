"""An ONNX file reads no other file, wherever in it one is named, and companions take their place byte by byte."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import oracle
from tests.tiny_models.protobuf import block, whole
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.engines import RefusedError
from zoo_tools.inference.engines.onnx_file import LEADS_TO, read_onnx
from zoo_tools.inference.worker import CompanionFile, Worker

oracle("onnx")
from onnx import ModelProto, SparseTensorProto, TensorProto, helper, numpy_helper

protobuf = oracle("google.protobuf.message")

VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)
BOTH_ENGINES = pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])


def external(location: str, *, name: str = "w", **entries: str) -> TensorProto:
    """Return a float32 tensor (2, 3) that lies in another file."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2, 3])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def model(initializer: Sequence[TensorProto] = (), sparse: Sequence[SparseTensorProto] = ()) -> ModelProto:
    """Return a model of `y` = `x` + `w`."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3]) for name in "xy")
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "g", [x], [y], initializer, sparse_initializer=sparse)
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def in_initializer(tensor: TensorProto) -> ModelProto:
    return model(initializer=[tensor])


def in_constant(tensor: TensorProto) -> ModelProto:
    made = model()
    made.graph.node.insert(0, helper.make_node("Constant", [], ["w"], value=tensor))
    return made


def in_branch(tensor: TensorProto) -> ModelProto:
    """A constant of a branch within a branch."""
    inner = helper.make_graph([], "inner", [], [helper.make_tensor_value_info("w", 1, [2, 3])], [tensor])
    outer = helper.make_graph(
        [helper.make_node("If", ["c"], ["v"], then_branch=inner, else_branch=inner)],
        "outer", [], [helper.make_tensor_value_info("v", 1, [2, 3])],
    )  # fmt: skip
    made = model(initializer=[numpy_helper.from_array(np.ones((), np.bool_), "c")])
    made.graph.node.insert(0, helper.make_node("If", ["c"], ["w"], then_branch=outer, else_branch=outer))
    return made


def in_function(tensor: TensorProto) -> ModelProto:
    made = model()
    body = [helper.make_node("Constant", [], ["o"], value=tensor)]
    made.functions.append(helper.make_function("own", "F", [], ["o"], body, [helper.make_opsetid("", 17)]))
    made.opset_import.append(helper.make_opsetid("own", 1))
    made.graph.node.insert(0, helper.make_node("F", [], ["w"], domain="own"))
    return made


def in_sparse_values(tensor: TensorProto) -> ModelProto:
    sparse = SparseTensorProto(values=tensor, dims=[2, 3])
    sparse.indices.CopyFrom(numpy_helper.from_array(np.arange(6), "i"))
    return model(sparse=[sparse])


def in_training(tensor: TensorProto) -> ModelProto:
    made = model(initializer=[numpy_helper.from_array(VALUES, "w")])
    made.training_info.add().initialization.initializer.append(tensor)
    return made


PLACES: list[Callable[[TensorProto], ModelProto]] = [
    in_initializer, in_constant, in_branch, in_function, in_sparse_values, in_training,
]  # fmt: skip
# OpenVINO converts no functions of other domains, and neither runs sparse constants; training is not run at all.
RUNNABLE = [("onnxruntime", place) for place in PLACES[:4]] + [("openvino", place) for place in PLACES[:3]]


def test_every_message_that_holds_a_tensor_is_known() -> None:
    """The outside oracle is the installed package's own description of the format."""
    fields: dict[str, dict[int, str]] = {}

    def describe(message: object) -> None:
        if message.name not in fields:  # type: ignore[attr-defined]  # descriptors come without types
            fields[message.name] = {}  # type: ignore[attr-defined]
            for field in message.fields:  # type: ignore[attr-defined]
                if field.message_type is not None:
                    fields[message.name][field.number] = field.message_type.name  # type: ignore[attr-defined]
                    describe(field.message_type)

    describe(ModelProto.DESCRIPTOR)
    leading = {"TensorProto"}
    while more := {name for name, to in fields.items() if leading & set(to.values())} - leading:
        leading |= more
    expected = {
        name: {number: to for number, to in fields[name].items() if to in leading} for name in leading - {"TensorProto"}
    }
    assert expected == LEADS_TO


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("location", [".git/config", "../secret", "/etc/passwd", "C:evil", "..", "", "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(place: Callable[[TensorProto], ModelProto], location: str) -> None:
    content = place(external(location)).SerializeToString()
    sentence = f"tensor `w` lies in the file `{location}`, which is no plain name of a file beside it"
    with pytest.raises(RefusedError, match=f"^{re.escape(sentence)}$"):
        read_onnx(content, {"w.bin": VALUES.tobytes()})


def test_a_companion_that_is_not_listed_is_refused() -> None:
    content = in_initializer(external("w.bin")).SerializeToString()
    with pytest.raises(RefusedError, match=r"^tensor `w` lies in the file `w\.bin`, which is none of its companions$"):
        read_onnx(content, {"other.bin": VALUES.tobytes()})


@pytest.mark.parametrize("place", PLACES)
def test_a_companion_takes_its_place(place: Callable[[TensorProto], ModelProto]) -> None:
    stored = b"before" + VALUES.tobytes() + b"behind"
    content = place(external("w.bin", offset="6", length="24")).SerializeToString()
    written = read_onnx(content, {"w.bin": stored}).content
    inside = TensorProto(name="w", data_type=1, dims=[2, 3], raw_data=VALUES.tobytes())
    assert ModelProto.FromString(written) == place(inside)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"offset": "-1"}, "lies at -1 to 24 in `w.bin`, which has 24 bytes"),
        ({"offset": "8"}, None),
        ({"offset": "25"}, "lies at 25 to 24 in `w.bin`, which has 24 bytes"),
        ({"length": "25"}, "lies at 0 to 25 in `w.bin`, which has 24 bytes"),
        ({"offset": "9" * 30}, "lies at"),
        ({"offset": "all"}, "does not say where in `w.bin` it lies"),
    ],
)
def test_a_place_outside_the_companion_is_refused(entries: dict[str, str], sentence: str | None) -> None:
    content = in_initializer(external("w.bin", **entries)).SerializeToString()
    if sentence is None:
        read_onnx(content, {"w.bin": VALUES.tobytes()})
        return
    with pytest.raises(RefusedError, match=f"^tensor `w` {re.escape(sentence)}"):
        read_onnx(content, {"w.bin": VALUES.tobytes()})


def test_a_tensor_written_in_two_parts_hides_nothing() -> None:
    """Parsers merge a field that is written twice: one part may say that it is external, the other where."""
    named = block(8, "w") + whole(2, 1) + whole(1, 2) + whole(1, 3)
    location = block(13, block(1, "location"), block(2, "../secret"))
    parts = [block(5, named + whole(14, 1)), block(5, location)]
    node = block(1, block(2, "w"), block(4, "Constant"), block(5, block(1, "value"), *parts, whole(20, 4)))
    content = whole(1, 8) + block(7, node)
    merged = ModelProto.FromString(content).graph.node[0].attribute[0].t
    assert (merged.data_location, merged.external_data[0].value) == (TensorProto.EXTERNAL, "../secret")
    with pytest.raises(RefusedError):
        read_onnx(content, {})


def test_a_file_without_external_data_is_given_as_it_is() -> None:
    content = in_branch(numpy_helper.from_array(VALUES, "w")).SerializeToString()
    assert read_onnx(content, {"unused": b""}).content is content


def test_nesting_ends_somewhere() -> None:
    graph = block(5, b"")
    for _ in range(200):
        graph = block(1, block(5, block(6, graph)))
    with pytest.raises(RefusedError, match=r"^its messages are nested more than 100 deep$"):
        read_onnx(block(7, graph), {})


@given(st.binary(max_size=60))
def test_whatever_the_bytes_it_is_read_or_refused(content: bytes) -> None:
    with suppress(RefusedError):
        assert read_onnx(content, {}).content is content


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_never_brings_in_another_file(at: int, byte: int) -> None:
    content = bytearray(in_branch(external("w.bin")).SerializeToString())
    content[at % len(content)] = byte
    try:
        written = read_onnx(bytes(content), {"w.bin": VALUES.tobytes()}).content
        parsed = ModelProto.FromString(written)
    except (RefusedError, protobuf.DecodeError):
        # The package's own parser may be stricter than we are; then no runtime reads the file either.
        return
    assert not [tensor for tensor in tensors(parsed) if tensor.data_location or tensor.external_data]


def tensors(message: ModelProto) -> Iterator[TensorProto]:
    """Find all tensors as the package sees them."""
    if isinstance(message, TensorProto):
        yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in [value] if isinstance(value, protobuf.Message) else value:
                yield from tensors(one)


@pytest.mark.parametrize(("engine", "place"), RUNNABLE)
def test_the_runtimes_run_what_the_companion_holds(
    engine: EngineName, place: Callable[[TensorProto], ModelProto], tmp_path: Path
) -> None:
    content, stored = place(external("w.bin")).SerializeToString(), VALUES.tobytes()
    (tmp_path / "m.onnx").write_bytes(content)
    (tmp_path / "kept.bin").write_bytes(stored)
    companion = CompanionFile("w.bin", tmp_path / "kept.bin", sha256(stored).hexdigest())
    digest = sha256(content).hexdigest()
    with Worker(tmp_path / "m.onnx", sha256=digest, format="onnx", engine=engine, companions=[companion]) as worker:
        np.testing.assert_array_equal(worker.run({"x": np.ones((2, 3), np.float32)})["y"], VALUES + 1)


@BOTH_ENGINES
@pytest.mark.parametrize("location", [".git/config", "../secret", "{absolute}"])
def test_a_worker_refuses_what_reads_a_file_of_ours(engine: EngineName, location: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(VALUES.tobytes())
    where = location.replace("{absolute}", str(secret))
    content = in_initializer(external(where)).SerializeToString()
    (tmp_path / "m.onnx").write_bytes(content)
    worker = Worker(tmp_path / "m.onnx", sha256=sha256(content).hexdigest(), format="onnx", engine=engine)
    with pytest.raises(ModelRunError) as raised, worker:
        pass
    assert raised.value.message == (
        f"`m.onnx` is refused by {engine}: tensor `w` lies in the file `{where}`, "
        "which is no plain name of a file beside it."
    )
