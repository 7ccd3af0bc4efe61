"""ONNX files: the figures of real ones, and of small ones against what ONNX Runtime computes with ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import oracle
from zoo_tools.domain.model_facts import ModelFacts, OperatorFacts
from zoo_tools.modelfile.read import read_model

oracle("onnx")
runtime = oracle("onnxruntime")

import onnx
from onnx import helper

from tests.modelfile.onnx_models import (
    INT64,
    SMALL_MACS,
    SMALL_PARAMETERS,
    body,
    constant,
    facts,
    model,
    node,
    ones,
    quantized,
    small,
    value,
)


def read(mirror: Path, name: str) -> ModelFacts:
    (path,) = mirror.glob(f"*/{name}.onnx")
    return read_model(path, "onnx")


def test_the_st_sample_is_its_sibling_in_float(mirror: Path) -> None:
    """Parameters and MACs are those of the int8 file of the same network, sizes in memory four times as large."""
    found = read(mirror, "st_ssd_mobilenet_v1_025_256")
    (path,) = mirror.glob("*/st_ssd_mobilenet_v1_025_256_int8.tflite")
    sibling = read_model(path, "tflite")
    assert (found.parameters, found.macs) == (sibling.parameters, sibling.macs) == (567_188, 71_597_760)
    assert sibling.arena_floor_bytes is not None
    assert found.arena_floor_bytes == 4 * sibling.arena_floor_bytes
    # All that is left to store: the parameters, and 6825 anchors of four corners.
    assert found.constant_bytes_folded == 4 * (567_188 + 4 * 6825) + 8
    assert found.uncounted_operators == ()
    assert [(one.name, one.shape, one.default_shape, one.dtype) for one in (*found.inputs, *found.outputs)] == [
        ("input_1", (None, 3, 256, 256), (1, 3, 256, 256), "float32"),
        ("classes_softmax", (None, 6825, 2), (1, 6825, 2), "float32"),
        ("bboxes_concat", (None, 6825, 4), (1, 6825, 4), "float32"),
        ("anchors_concat", (None, 6825, 4), (1, 6825, 4), "float32"),
    ]
    assert OperatorFacts("Conv", 17, 53) in found.operators


@pytest.mark.parametrize(
    ("name", "constants"),
    [("version-slim-320", 4 * (257_916 + 6 * 4420)), ("version-slim-320_without_postprocessing", 4 * 257_916)],
)
def test_the_ultra_light_pair(mirror: Path, name: str, constants: int) -> None:
    found = read(mirror, name)
    assert [(one.name, one.shape) for one in (*found.inputs, *found.outputs)] == [
        ("input", (1, 3, 240, 320)),
        ("scores", (1, 4420, 2)),
        ("boxes", (1, 4420, 4)),
    ]
    assert (found.parameters, found.macs) == (257_916, 81_410_560)
    # The priors stand in the file that decodes: 4420 of four numbers, and their sizes once more.
    assert found.constant_bytes_folded == pytest.approx(constants, abs=200)


def test_inputs_and_outputs_are_those_of_the_runtime(mirror: Path) -> None:
    for path in mirror.glob("*/*.onnx"):
        found = read_model(path, "onnx")
        session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        for held, said in ((found.inputs, session.get_inputs()), (found.outputs, session.get_outputs())):
            shapes = [tuple(size if isinstance(size, int) else None for size in one.shape) for one in said]
            assert [(one.name, one.shape) for one in held] == [
                (one.name, shape) for one, shape in zip(said, shapes, strict=True)
            ]


def test_a_small_network() -> None:
    found = facts(small())
    assert (found.parameters, found.macs) == (SMALL_PARAMETERS, SMALL_MACS)
    assert found.constant_bytes_folded == 4 * (SMALL_PARAMETERS + 2)
    assert found.constant_bytes_stored == 4 * (SMALL_PARAMETERS + 2 + 3 * 8)
    # The convolution's input and result live at once; all that follows lies over the result.
    assert found.arena_floor_bytes == 4 * (3 * 16 * 16 + 8 * 8 * 8)
    assert found.naive_arena_bytes == 4 * (3 * 16 * 16 + 8 * 8 * 8)
    assert [(one.name, one.version, one.domain, one.count) for one in found.operators][:2] == [
        ("BatchNormalization", 17, "", 1),
        ("Clip", 17, "", 1),
    ]


def summed_with_ones(made: onnx.ModelProto) -> int:
    """Run with ones everywhere: each multiplication adds one to the sum of what comes out."""
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {one.name: np.ones(one.shape, np.float32) for one in session.get_inputs()}
    return round(sum(float(array.sum(dtype=np.float64)) for array in session.run(None, feeds)))


sizes = st.integers(1, 4)


@settings(max_examples=25)
@given(st.data())
def test_convolutions_multiply_as_often_as_the_runtime(data: st.DataObject) -> None:
    group, inner, outer = data.draw(sizes), data.draw(sizes), data.draw(sizes)
    rank = data.draw(st.integers(1, 3))
    kernel = data.draw(st.lists(sizes, min_size=rank, max_size=rank))
    strides = data.draw(st.lists(st.integers(1, 2), min_size=rank, max_size=rank))
    image = data.draw(st.lists(st.integers(4, 6), min_size=rank, max_size=rank))
    is_transposed = data.draw(st.booleans())
    filters = (group * inner, outer) if is_transposed else (group * outer, inner)
    made = model(
        [node("ConvTranspose" if is_transposed else "Conv", "x w", "y", group=group, strides=strides)],
        [value("x", [data.draw(sizes), group * inner, *image])],
        [value("y", None)],
        [ones("w", *filters, *kernel)],
    )
    assert facts(made).macs == summed_with_ones(made)
    assert facts(made).parameters == group * inner * outer * int(np.prod(kernel))


@settings(max_examples=25)
@given(st.data())
def test_matrix_products_multiply_as_often_as_the_runtime(data: st.DataObject) -> None:
    rows, inner, columns = data.draw(sizes), data.draw(sizes), data.draw(sizes)
    left, right = data.draw(st.booleans()), data.draw(st.booleans())
    batch = data.draw(st.sampled_from([((), ()), ((2,), ()), ((2, 3), (3,)), ((1, 3), (2, 1)), ((), (4,))]))
    made = model(
        [
            node("Gemm", "a b", "c", transA=int(left), transB=int(right)),
            node("MatMul", "d e", "f"),
        ],
        [
            value("a", [inner, rows] if left else [rows, inner]),
            value("d", [*batch[0], rows, inner]),
            value("e", [*batch[1], inner, columns]),
        ],
        [value("c", None), value("f", None)],
        [ones("b", *((columns, inner) if right else (inner, columns)))],
    )
    assert facts(made).macs == summed_with_ones(made)
    assert facts(made).parameters == inner * columns


def test_integer_products_count_alike() -> None:
    unit = [constant("one", np.array(1, np.float32)), constant("none", np.array(0, np.uint8))]
    octet = int(onnx.TensorProto.UINT8)
    made = model(
        [
            node("QLinearConv", "x one none w one none one none b", "y"),
            node("ConvInteger", "x w none none", "z"),
            node("MatMulInteger", "m v none none", "p"),
            node("QLinearMatMul", "m one none v one none one none", "q"),
        ],
        [value("x", [1, 3, 6, 6], octet), value("m", [5, 7], octet)],
        [value(name, None, octet if name in "yq" else int(onnx.TensorProto.INT32)) for name in "yzpq"],
        [ones("w", 4, 3, 3, 3, dtype=np.uint8), ones("b", 4, dtype=np.int32), ones("v", 7, 2, dtype=np.uint8), *unit],
    )
    found = facts(made)
    assert found.macs == 2 * (4 * 16 * 27) + 2 * (5 * 2 * 7)
    assert found.parameters == 4 * 27 + 4 + 14
    # Scales and zero points say how to read numbers; they are none of the model's constants.
    assert found.constant_bytes_stored == 4 * 27 + 4 * 4 + 14
    (image, _), outputs = found.inputs, found.outputs
    assert image.quantization is not None
    assert (image.quantization.scales, image.quantization.zero_points) == ((1.0,), (0,))
    assert outputs[0].quantization is not None


def test_a_quantized_network_is_counted_and_placed_in_integers() -> None:
    found = facts(quantized())
    assert (found.parameters, found.macs) == (8 * 27 + 8, 16 * 16 * 8 * 27)
    assert found.constant_bytes_stored == found.constant_bytes_folded == 8 * 27 + 4 * 8
    assert found.arena_floor_bytes == 3 * 256 + 8 * 256
    assert found.naive_arena_bytes is not None
    assert found.naive_arena_bytes > 4 * 8 * 256
    assert found.per_channel_tensors == 1
    for tensor in (*found.inputs, *found.outputs):
        assert tensor.quantization is not None
        assert tensor.quantization.scales == (float(np.float32(0.02)),)
        assert tensor.quantization.zero_points == (5,)


def test_an_open_batch_is_one_and_other_open_sizes_stay_open() -> None:
    conv = [node("Conv", "x w", "y", pads=[1, 1, 1, 1])]
    weights = [ones("w", 2, 3, 3, 3)]
    found = facts(model(conv, [value("x", ["batch", 3, 8, 8])], [value("y", ["batch", 2, "h", None])], weights))
    assert found.macs == 8 * 8 * 2 * 27
    assert found.outputs[0].shape == (None, 2, None, None)
    found = facts(model(conv, [value("x", ["batch", 3, "h", "w"])], [value("y", None)], weights))
    assert (found.macs, found.arena_floor_bytes, found.naive_arena_bytes) == (None, None, None)
    assert found.parameters == 54
    assert found.uncounted_operators == ("Conv",)
    assert found.inputs[0].shape == (None, 3, None, None)
    assert found.outputs[0].shape == (None, 2, None, None)


def test_sizes_that_are_computed_in_the_graph_are_followed() -> None:
    """As exporters write `x.view(x.size(0), -1)` for operator sets whose values onnx does not follow."""
    nodes = [
        node("Shape", "x", "shape"),
        node("Gather", "shape at", "size"),
        node("Unsqueeze", "size", "sizes", axes=[0]),
        node("Concat", "sizes rest", "target", axis=0),
        node("Reshape", "x target", "flat"),
        node("MatMul", "flat w", "y"),
        node("Add", "y b", "z"),
    ]
    constants = [constant("at", np.array(0)), constant("rest", np.array([-1])), ones("w", 12, 5), ones("b", 5)]
    found = facts(model(nodes, [value("x", ["n", 3, 2, 2])], [value("z", None)], constants, opset=9))
    assert (found.macs, found.parameters) == (12 * 5, 12 * 5 + 5)
    assert found.arena_floor_bytes is not None
    assert found.constant_bytes_folded == 4 * 65


def test_a_turned_or_reshaped_tensor_lies_where_it_lay() -> None:
    nodes = [
        node("Conv", "x w", "y"),
        node("Transpose", "y", "z", perm=[0, 2, 3, 1]),
        node("Reshape", "z target", "rows"),
        node("Softmax", "rows", "out"),
    ]
    constants = [ones("w", 16, 4, 1, 1), constant("target", np.array([1, -1, 4]))]
    found = facts(model(nodes, [value("x", [1, 4, 8, 8])], [value("out", None)], constants))
    assert found.arena_floor_bytes == 4 * (4 + 16) * 64
    assert found.naive_arena_bytes == 4 * (16 + 16) * 64


def test_a_normalisation_that_nothing_absorbs_is_a_scale_and_a_shift() -> None:
    def of(*nodes: onnx.NodeProto) -> int:
        made = model(
            nodes, [value("x", [1, 4, 3, 3])], [value("z", None)],
            [ones("w", 4, 4, 1, 1), ones("bias", 4), *(ones(name, 4) for name in ("s", "t", "m", "v"))],
        )  # fmt: skip
        return facts(made).parameters

    normal = node("BatchNormalization", "y s t m v", "z")
    assert of(node("Relu", "x", "y"), normal) == 8
    assert of(node("Conv", "x w", "y"), normal) == 16 + 4
    assert of(node("Conv", "x w bias", "y"), normal) == 16 + 4
    # Where something else reads the convolution too, the normalisation stays.
    assert of(node("Conv", "x w", "y"), node("BatchNormalization", "y s t m v", "u"), node("Add", "u y", "z")) == 16 + 8


def test_each_stored_constant_counts_once_and_other_constants_are_none() -> None:
    nodes = [
        node("Conv", "x w", "y"),
        node("Conv", "y w", "z"),
        node("Concat", "z2 anchors", "out", axis=1),
        node("Reshape", "z target", "z2"),
    ]
    nodes[2], nodes[3] = nodes[3], nodes[2]
    constants = [ones("w", 4, 4, 1, 1), ones("anchors", 1, 7, 4), constant("target", np.array([1, -1, 4]))]
    found = facts(model(nodes, [value("x", [1, 4, 2, 2])], [value("out", None)], constants))
    assert found.parameters == 16
    assert found.constant_bytes_stored == 4 * (16 + 28)
    assert found.outputs[0].shape == (1, 11, 4)


def test_constants_in_operators_and_listed_as_inputs_are_constants() -> None:
    weights = np.ones((2, 3, 1, 1), np.float32)
    nodes = [
        helper.make_node("Constant", [], ["w"], value=constant("", weights)),
        node("Conv", "x w b", "y"),
    ]
    made = model(nodes, [value("x", [1, 3, 4, 4]), value("b", [2])], [value("y", None)], [ones("b", 2)])
    found = facts(made)
    assert [one.name for one in found.inputs] == ["x"]
    assert (found.parameters, found.constant_bytes_stored) == (8, 32)


def test_bodies_are_read_once_each_and_loops_are_not_counted() -> None:
    inner = body(
        [node("Identity", "go", "go on"), node("Conv", "state w", "next")],
        [value("i", [], INT64), value("go", [], int(onnx.TensorProto.BOOL)), value("state", [1, 4, 3, 3])],
        [value("go on", [], int(onnx.TensorProto.BOOL)), value("next", [1, 4, 3, 3])],
    )
    inner.node[0].output[0] = inner.output[0].name = "still"
    made = model(
        [node("Conv", "x w", "y"), node("Loop", "times - y", "z", body=inner)],
        [value("x", [1, 4, 3, 3])],
        [value("z", [1, 4, 3, 3])],
        [ones("w", 4, 4, 1, 1), constant("times", np.array(2**62))],
    )
    found = facts(made)
    # What the body's convolution reads at each turn has a declared size; what it gives is not inferred.
    assert found.uncounted_operators == ("Conv", "Loop")
    assert {one.name: one.count for one in found.operators} == {"Conv": 2, "Identity": 1, "Loop": 1}
    assert found.parameters == 16


def test_functions_are_written_out_and_foreign_operators_are_named() -> None:
    twice = helper.make_function(
        "own", "Twice", ["a", "w"], ["c"], [node("Conv", "a w", "b"), node("Conv", "b w", "c")],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    made = model(
        [
            helper.make_node("Twice", ["x", "w"], ["y"], domain="own"),
            helper.make_node("Magic", ["y"], ["z"], domain="com.example"),
        ],
        [value("x", [1, 4, 3, 3])],
        [value("z", None)],
        [ones("w", 4, 4, 1, 1)],
        domains={"own": 1, "com.example": 3},
        functions=[twice],
    )
    found = facts(made)
    assert (found.macs, found.parameters) == (2 * 9 * 16, 16)
    assert found.uncounted_operators == ("com.example:Magic",)
    assert OperatorFacts("Magic", 3, 1, "com.example") in found.operators
    assert found.outputs[0].shape is None
