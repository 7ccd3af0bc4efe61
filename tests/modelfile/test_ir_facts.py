"""OpenVINO models: what the converter makes of real files, against the reader of the format they came from."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import oracle
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.ir_format import read_ir
from zoo_tools.modelfile.read import read_model

openvino = oracle("openvino")
oracle("onnx")

import onnx

from tests.modelfile.onnx_models import SMALL_MACS, SMALL_PARAMETERS, model, node, ones, quantized, small, value


def converted(source: Path, folder: Path, *, is_halved: bool = False) -> Path:
    path = folder / f"{source.stem}.xml"
    openvino.save_model(openvino.convert_model(source), path, compress_to_fp16=is_halved)
    return path


def of_onnx(made: onnx.ModelProto, folder: Path) -> ModelFacts:
    source = folder / "made.onnx"
    onnx.save(made, source)
    return facts(converted(source, folder))


def facts(path: Path) -> ModelFacts:
    return read_model(path, "openvino-ir", companions={"weights.bin": path.with_suffix(".bin")})


def found_in(mirror: Path, name: str) -> Path:
    (path,) = mirror.glob(f"*/{name}")
    return path


def test_an_integer_network_has_the_figures_of_its_tflite_file(mirror: Path, tmp_path: Path) -> None:
    source = found_in(mirror, "st_ssd_mobilenet_v1_025_192_int8.tflite")
    original, found = read_model(source, "tflite"), facts(converted(source, tmp_path))
    assert (found.parameters, found.macs) == (original.parameters, original.macs) == (421_270, 39_942_272)
    # Integers flow between FakeQuantize operators, so that the floor is the very one.
    assert found.arena_floor_bytes == original.arena_floor_bytes == 216 * 1024
    assert [(one.name, one.shape, one.dtype) for one in (*found.inputs, *found.outputs)] == [
        (one.name, one.shape, one.dtype) for one in (*original.inputs, *original.outputs)
    ]
    # The converter leaves a scale or two as constants.
    for held, stored in (
        (found.constant_bytes_stored, original.constant_bytes_stored),
        (found.constant_bytes_folded, original.constant_bytes_folded),
    ):
        assert held is not None
        assert stored is not None
        assert 0 <= held - stored <= 16


@pytest.mark.parametrize("name", ["st_ssd_mobilenet_v1_025_256.onnx", "version-slim-320.onnx"])
@pytest.mark.parametrize("is_halved", [False, True])
def test_a_float_network_has_the_figures_of_its_onnx_file(
    mirror: Path, tmp_path: Path, name: str, is_halved: bool
) -> None:
    source = found_in(mirror, name)
    original, found = read_model(source, "onnx"), facts(converted(source, tmp_path, is_halved=is_halved))
    assert (found.parameters, found.macs) == (original.parameters, original.macs)
    assert found.arena_floor_bytes == original.arena_floor_bytes
    assert [(one.name, one.shape, one.dtype) for one in (*found.inputs, *found.outputs)] == [
        (one.name, one.shape, one.dtype) for one in (*original.inputs, *original.outputs)
    ]
    assert found.constant_bytes_folded is not None
    assert original.constant_bytes_folded is not None
    if is_halved:
        # Weights in float16; what is not weight was computed in float32 before.
        assert 2 * found.parameters <= found.constant_bytes_folded <= original.constant_bytes_folded
    else:
        assert abs(found.constant_bytes_folded - original.constant_bytes_folded) <= 16


def test_names_and_shapes_are_those_of_the_runtime(mirror: Path, tmp_path: Path) -> None:
    for name in ("st_ssd_mobilenet_v1_025_192_int8.tflite", "version-slim-320.onnx"):
        path = converted(found_in(mirror, name), tmp_path)
        said = openvino.Core().read_model(path)
        for held, ports in ((facts(path).inputs, said.inputs), (facts(path).outputs, said.outputs)):
            assert len(held) == len(ports)
            for one, port in zip(held, ports, strict=True):
                assert one.name in port.get_names()
                sizes = [size.get_length() if size.is_static else None for size in port.partial_shape]
                assert one.shape == tuple(sizes)
        # Files and the runtime's objects spell some names with other capitals.
        kinds = Counter(op.get_type_name().lower() for op in said.get_ops())
        counted = {one.name.lower(): one.count for one in facts(path).operators}
        assert counted == {kind: kinds[kind] for kind in kinds if kind not in ("constant", "parameter", "result")}


def test_a_small_network(tmp_path: Path) -> None:
    found = of_onnx(small(), tmp_path)
    assert (found.parameters, found.macs) == (SMALL_PARAMETERS, SMALL_MACS)
    assert found.constant_bytes_folded == 4 * SMALL_PARAMETERS


def test_a_quantized_network(tmp_path: Path) -> None:
    found = of_onnx(quantized(), tmp_path)
    assert (found.parameters, found.macs) == (8 * 27 + 8, 16 * 16 * 8 * 27)
    assert found.arena_floor_bytes == 3 * 256 + 8 * 256


def test_products_of_all_kinds(tmp_path: Path) -> None:
    made = model(
        [
            node("ConvTranspose", "x w", "y", strides=[2, 2]),
            node("ConvTranspose", "y g bias", "u", group=2),
            node("Conv", "u h", "v", group=2),
            node("MatMul", "a b", "c"),
            node("Gemm", "d e", "f", transA=1, transB=1),
        ],
        [value("x", [1, 3, 5, 5]), value("a", [2, 7, 4]), value("b", [4, 6]), value("d", [5, 3])],
        [value("v", None), value("c", None), value("f", None)],
        [ones("w", 3, 4, 2, 2), ones("g", 4, 3, 3, 3), ones("bias", 6), ones("h", 8, 3, 1, 1), ones("e", 2, 5)],
    )
    source = tmp_path / "made.onnx"
    onnx.save(made, source)
    original, found = read_model(source, "onnx"), facts(converted(source, tmp_path))
    assert original.macs == 25 * 3 * 4 * 4 + 100 * 4 * 3 * 9 + 144 * 8 * 3 + 2 * 7 * 6 * 4 + 3 * 2 * 5
    assert (found.macs, found.parameters) == (original.macs, original.parameters)


def net(*layers: str, edges: str = "") -> bytes:
    """Write the XML of a model."""
    edge = re.sub(
        r"(\d+)\.(\d+)>(\d+)\.(\d+)", r'<edge from-layer="\1" from-port="\2" to-layer="\3" to-port="\4"/>', edges
    )
    inner = f"<layers>{''.join(layers)}</layers><edges>{edge}</edges>"
    return f'<?xml version="1.0"?><net name="n" version="11">{inner}</net>'.encode()


def layer(
    number: int, kind: str, *, data: str = "", read: int = 0, shape: str | None = "1 3 4 4", precision: str = "FP32"
) -> str:
    """Write a layer; its inputs are ports 0 and on, its output is port 9."""
    inputs = "".join(f'<port id="{at}"/>' for at in range(read))
    dims = "".join(f"<dim>{size}</dim>" for size in (shape or "").split())
    output = "" if shape is None else f'<output><port id="9" precision="{precision}">{dims}</port></output>'
    head = f'id="{number}" name="l{number}" type="{kind}" version="opset1"'
    return f"<layer {head}><data {data}/><input>{inputs}</input>{output}</layer>"


def relu(number: int) -> str:
    return layer(number, "Relu", read=1)


CONST = layer(1, "Const", data='element_type="f32" shape="2, 3, 1, 1" offset="0" size="24"', shape="2 3 1 1")
CONVOLUTION = layer(2, "Convolution", read=2, shape="1 2 4 4")
EDGES = "0.9>2.0 1.9>2.1 2.9>3.0"
SOUND = net(layer(0, "Parameter"), CONST, CONVOLUTION, layer(3, "Result", read=1, shape=None), edges=EDGES)


def test_a_model_by_hand_with_and_without_its_weights() -> None:
    found = read_ir(SOUND, None)
    assert found == read_ir(SOUND, 24)
    assert (found.parameters, found.macs, found.constant_bytes_stored) == (6, 2 * 16 * 3, 24)
    assert found.arena_floor_bytes == 4 * 16 * 5
    assert [(one.name, one.version, one.count) for one in found.operators] == [("Convolution", 1, 1)]
    with pytest.raises(BrokenFileError, match=r"constant `l1` ends at byte 24 of the \.bin, which has 23"):
        read_ir(SOUND, 23)


def test_layers_may_stand_in_any_order() -> None:
    mixed = net(layer(3, "Result", read=1, shape=None), CONVOLUTION, CONST, layer(0, "Parameter"), edges=EDGES)
    assert read_ir(mixed, 24) == read_ir(SOUND, 24)


def test_an_operator_of_an_extension_is_named() -> None:
    found = read_ir(SOUND.replace(b'"Convolution" version="opset1"', b'"Convolution" version="extension"'), None)
    assert found.uncounted_operators == ("extension:Convolution",)
    assert [(one.name, one.version, one.domain) for one in found.operators] == [("Convolution", None, "extension")]


def test_what_depends_on_data_has_no_size() -> None:
    found = read_ir(
        net(
            layer(0, "Parameter"),
            layer(1, "NonZero", read=1, shape="4 -1", precision="I64"),
            layer(2, "Result", read=1, shape=None),
            edges="0.9>1.0 1.9>2.0",
        ),
        None,
    )
    assert found.outputs[0].shape == (4, None)
    assert (found.macs, found.arena_floor_bytes, found.naive_arena_bytes) == (0, None, None)


LAUGHS = (
    b"<!DOCTYPE net [" + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)) + b"]>"
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SOUND.replace(b"<net", LAUGHS + b"<net", 1), "it declares a document type, which no OpenVINO model does"),
        (SOUND.replace(b"<net", b'<!DOCTYPE n SYSTEM "file:///etc/passwd"><net', 1), "it declares a document type"),
        (SOUND.replace(b"<dim>3</dim>", b"<dim>&x;</dim>"), "it is cut short or damaged: undefined entity"),
        (SOUND[:200], "it is cut short or damaged: "),
        (b"<a/>", "its first element is `a`, it should be `net`"),
        (b"<net/>", "it holds no layers"),
        (b"<net>" + b"<x>" * 100, "it has more than 1000000 elements, or more than 40 in each other"),
        (SOUND.replace(b'from-layer="1"', b'from-layer="7"'), "an edge leads from or to a layer or port that is"),
        (SOUND.replace(b'layer id="3"', b'layer id="2"'), "two of its layers have one id"),
        (net(relu(0), relu(1), edges="0.9>1.0 1.9>0.0"), "its layers read each other in a circle"),
        (SOUND.replace(b'from-layer="0"', b'from-layer="2"'), "its layers read each other in a circle"),
        (net(layer(0, "Relu", read=1)), "layer `l0` has 1 inputs, 0 edges lead to it"),
        (net(layer(0, "Relu", read=1), edges="0.9>0.0 0.9>0.0"), "two edges lead to one port"),
        (SOUND.replace(b'size="24"', b'size="23"'), "constant `l1` holds 23 bytes, its shape and type need 24"),
        (SOUND.replace(b'offset="0"', b'offset="-8"'), "constant `l1` has no sound shape or place"),
        (SOUND.replace(b'offset="0"', b'offset="1e9"'), "constant `l1` has `1e9` where a whole number should be"),
        (SOUND.replace(b'"f32"', b'"f33"'), "constant `l1` has element type `f33`, which is not known"),
        (SOUND.replace(b"<dim>4</dim>", b"<dim>-4</dim>", 1), "layer `l0` has no sound shape"),
        (SOUND.replace(b"<dim>4</dim>", b"<dim>%d</dim>" % 2**50), "layer `l0` claims"),
        (SOUND.replace(b"<dim>4</dim>", b"<dim>4</dim>" * 20), "layer `l0` has no sound shape"),
        (net(layer(0, "Parameter"), layer(1, "Result", shape=None)), "output `l1` reads 0 tensors, it should read one"),
    ],
)  # fmt: skip
def test_lies_are_named(content: bytes, message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_ir(content, None)
    assert message in caught.value.message


def test_arrays_of_one_place_are_stored_once_and_learned_twice() -> None:
    twice = net(
        layer(0, "Parameter"),
        CONST,
        layer(2, "Convolution", read=2, shape="1 2 4 4"),
        layer(4, "Const", data='element_type="f32" shape="2, 3, 1, 1" offset="0" size="24"', shape="2 3 1 1"),
        layer(5, "Convolution", read=2, shape="1 2 4 4"),
        layer(3, "Result", read=1, shape=None),
        layer(6, "Result", read=1, shape=None),
        edges=EDGES + " 0.9>5.0 4.9>5.1 5.9>6.0",
    )
    found = read_ir(twice, 24)
    assert (found.parameters, found.constant_bytes_stored, found.constant_bytes_folded) == (12, 24, 24)


def test_numbers_are_read_as_the_converter_writes_them(tmp_path: Path) -> None:
    op = openvino.opset13
    image = op.parameter([-1, 3, 4, 4], np.float32, name="image")
    body = op.relu(op.convolution(image, np.ones((2, 3, 1, 1), np.float32), [1, 1], [0, 0], [0, 0], [1, 1]))
    path = tmp_path / "made.xml"
    openvino.save_model(openvino.Model([op.result(body)], [image], "made"), path, compress_to_fp16=False)
    found = facts(path)
    assert (found.parameters, found.macs, found.inputs[0].shape) == (6, 96, (None, 3, 4, 4))
