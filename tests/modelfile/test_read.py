"""What `read_model` says about files that are not what they should be."""

import os
from pathlib import Path

import pytest

from tests.make_tflite import Quantized, TfliteWriter, tiny_ssd
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.modelfile import read
from zoo_tools.modelfile.read import read_model


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(content)
    return path


def one_operator(
    *,
    tensor: str = "x",
    operator: str = "RELU",
    version: int = 1,
    graph_input: int = 0,
    quantized: Quantized | None = None,
) -> bytes:
    writer = TfliteWriter()
    x = writer.tensor(tensor, (3,), "int8", quantized=quantized)
    writer.operator(operator, [x], [x], version=version)
    return writer.build([graph_input], [x])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "model.tflite is empty; it should be a TFLite model"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "model.tflite is a Git LFS pointer: the real file was not downloaded; it should be a TFLite model",
        ),
        (
            b"<!doctype html>",
            "model.tflite is an HTML page: the server answered with a web page; it should be a TFLite model",
        ),
        (b"just a text", "model.tflite is a text; it should be a TFLite model"),
        (b"\x08\x08\x12\x00", "model.tflite is an ONNX model; it should be a TFLite model"),
    ],
)
def test_another_kind_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_model(written(tmp_path, content), "tflite")
    assert caught.value.message == message
    assert caught.value.fix == "Download the file again from where the model is published."


def test_a_file_cut_short_says_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_model(written(tmp_path, tiny_ssd()[:1000]), "tflite")
    assert caught.value.message == (
        "model.tflite is not a sound tflite file: it is cut short or damaged: a table points outside its 1000 bytes"
    )
    assert caught.value.fix == "Compare its sha256 with the published one and download it again."


def test_the_beginning_alone_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="cut short or damaged"):
        read_model(written(tmp_path, tiny_ssd()[:8]), "tflite")


def test_a_constant_of_the_wrong_size_is_named(tmp_path: Path) -> None:
    writer = TfliteWriter()
    x = writer.tensor("x", (4,), "int8", data=b"123")
    with pytest.raises(BrokenFileError, match="tensor 0 holds 3 bytes, its shape and type need 4"):
        read_model(written(tmp_path, writer.build([x], [x])), "tflite")


def test_a_convolution_without_weights_is_named(tmp_path: Path) -> None:
    writer = TfliteWriter()
    x, y = writer.tensor("x", (1, 4, 4, 1), "int8"), writer.tensor("y", (1, 4, 4, 1), "int8")
    writer.operator("CONV_2D", [x], [y])
    with pytest.raises(BrokenFileError, match="an operator CONV_2D has no input 1"):
        read_model(written(tmp_path, writer.build([x], [y])), "tflite")


@pytest.mark.parametrize(
    ("shape", "signature", "message"),
    [
        ((-2,), None, "tensor 0 has no sound shape"),
        ((1, 2), (-2, 2), "tensor 0 has no sound shape"),
        ((1, 2), (-1,), "tensor 0 has no sound shape"),
        ((1,) * 17, None, "tensor 0 has no sound shape"),
        ((2**31 - 1, 2**31 - 1), None, "tensor 0 claims 4611686014132420609 bytes"),
    ],
)
def test_impossible_shapes(
    tmp_path: Path, shape: tuple[int, ...], signature: tuple[int, ...] | None, message: str
) -> None:
    writer = TfliteWriter()
    x = writer.tensor("x", shape, "int8", signature=signature)
    with pytest.raises(BrokenFileError, match=message):
        read_model(written(tmp_path, writer.build([x], [x])), "tflite")


@pytest.mark.parametrize("index", [1, 7, -2])
def test_a_tensor_that_is_not_there(tmp_path: Path, index: int) -> None:
    writer = TfliteWriter()
    x = writer.tensor("x", (1,), "int8")
    writer.operator("RELU", [index], [x])
    with pytest.raises(BrokenFileError, match="names a tensor that is not among its 1"):
        read_model(written(tmp_path, writer.build([x], [x])), "tflite")


NO_QUANTIZATION = "the quantization of tensor 0 is not one finite scale and zero point for each slice"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (one_operator(tensor="x" * 5000), "the name of tensor 0 has more than 4096 bytes"),
        (one_operator(operator="CUSTOM:" + "x" * 5000), "the name of a custom operator has more than 4096 bytes"),
        (one_operator(version=-1), "operator code 0 is number 19 in version -1"),
        (one_operator(graph_input=-1), "an input or output of the graph is no tensor"),
        (one_operator(quantized=Quantized([0.5, 0.5, 0.5], [0, 0])), NO_QUANTIZATION),
        (one_operator(quantized=Quantized([float("inf")])), NO_QUANTIZATION),
    ],
)
def test_what_cannot_be(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_model(written(tmp_path, content), "tflite")
    assert caught.value.message == f"model.tflite is not a sound tflite file: {message}"


def test_a_missing_file_is_not_the_models_fault(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no file"):
        read_model(tmp_path / "model.tflite", "tflite")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.tflite")
    with pytest.raises(UnavailableError, match="there is no file"):
        read_model(tmp_path / "model.tflite", "tflite")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_FILE_BYTES", 1000)
    with pytest.raises(BrokenFileError, match=r"model\.tflite has 4400 bytes; model files have at most 1000"):
        read_model(written(tmp_path, tiny_ssd()), "tflite")


@pytest.mark.parametrize(
    ("format", "kind"),
    [
        ("onnx", "an ONNX model"),
        ("openvino-ir", "the XML half of an OpenVINO model"),
        ("keras-h5", "an HDF5 file, such as Keras writes with the ending .h5"),
        ("keras", "a Keras model in a zip archive (.keras)"),
        ("tf-frozen-graph", "a TensorFlow graph"),
        ("torch-pth", "a PyTorch checkpoint in a zip archive"),
    ],
)
def test_every_format_names_what_it_should_be(tmp_path: Path, format: str, kind: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_model(written(tmp_path, tiny_ssd()), format)
    assert caught.value.message == f"model.tflite is a TFLite model; it should be {kind}"


@pytest.mark.parametrize(
    ("format", "content", "sentence"),
    [
        ("onnx", b"\x08\x08\x12\x00", "it holds no graph"),
        ("onnx", b"\x08\x08\x12\x7f", "it is cut short or damaged: its 4 bytes are no protobuf"),
        ("openvino-ir", b'<net name="n">', "it is cut short or damaged: no element found"),
        ("keras-h5", b"\x89HDF\r\n\x1a\n" + bytes(100), "it is cut short or damaged"),
        (
            "keras",
            b"PK\x03\x04" + bytes(22) + b"\x0b\0\0\0config.json",
            "it is cut short or damaged: File is not a zip",
        ),
        ("tf-frozen-graph", b"\x0a\x08\x0a\x01a\x12\x7fRelu", "it is cut short or damaged: its messages do not end"),
    ],
)
def test_damaged_files_of_every_format_are_named(tmp_path: Path, format: str, content: bytes, sentence: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_model(written(tmp_path, content), format)
    assert caught.value.message.startswith(f"model.tflite is not a sound {format} file: {sentence}")
    assert caught.value.fix is not None


def test_a_companion_that_is_not_there_is_not_the_models_fault(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"there is no file .*weights\.bin"):
        read_model(written(tmp_path, tiny_ssd()), "tflite", companions={"weights.bin": tmp_path / "weights.bin"})
