"""What OpenVINO's engine does besides the contract of all engines: names in an IR, large files, foreign operators."""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from examples.tflite_writer import Options, Quantized, TfliteWriter
from tests.conftest import oracle
from tests.inference.engine_models import as_ir
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.engines import RefusedError
from zoo_tools.inference.engines.openvino_ir import check_ir
from zoo_tools.inference.worker import CompanionFile, Worker

oracle("openvino")
from tests.tiny_models.ir import opset6, opset8, saved

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py")


def worker(folder: Path, format: str, content: bytes, **companions: bytes) -> Worker:
    files = []
    for name, held in (("model", content), *companions.items()):
        (folder / name).write_bytes(held)
        files.append(CompanionFile(name, folder / name, sha256(held).hexdigest()))
    model, *others = files
    return Worker(model.path, sha256=model.sha256, format=format, engine="openvino", companions=others)


def ir() -> tuple[bytes, bytes]:
    xml, weights = as_ir().values()
    return xml, weights


def test_names_of_an_ir_do_not_hang_on_the_order_of_a_set(tmp_path: Path) -> None:
    """Of several names the layer's own counts, then the first by the alphabet; without any, the layer is the name."""
    image = opset8.parameter([1, 3], np.float32, name="image")
    one, two = opset8.relu(image, name="first"), opset8.abs(image, name="second")
    parts = opset8.split(image, opset8.constant(np.int64(1), name="axis"), 3, name="parts")
    xml, weights = saved("names", [image], [one, two, parts]).values()
    text = xml.decode()
    several = text.replace('names="image"', 'names="a,image,z"').replace('names="first"', 'names="m,c,x"')
    bare = several.replace(' names="second"', "").replace(' names="parts"', "").replace('output_names="first"', "")
    bare = bare.replace('output_names="second"', "").replace('output_names="parts"', "")
    for given, expected in ((text, ["first", "second", "parts"]), (bare, ["c", "second", "parts.0"])):
        with worker(tmp_path, "openvino-ir", given.encode(), weights=weights) as opened:
            assert [tensor.name for tensor in opened.inputs] == ["image"]
            assert [tensor.name for tensor in opened.outputs] == expected


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('type="Add" version="opset1"', 'type="Mine" version="extension"',
         "its layer `next` is a Mine of `extension`; only operators of OpenVINO's own sets are run"),
        ('<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a "b">]>',
         "it declares a document type, which no IR does"),
        ("net", "other", "it is no OpenVINO IR: its first element is `other`; it should be `net`"),
        ("</layers>", "", "it is no XML file, or it is cut short or damaged: mismatched tag: line"),
    ],
)  # fmt: skip
def test_an_ir_that_is_more_than_a_graph_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    xml, weights = ir()
    changed = xml.decode().replace(old, new)
    assert changed != xml.decode()
    with pytest.raises(ModelRunError) as raised, worker(tmp_path, "openvino-ir", changed.encode(), weights=weights):
        pass
    assert raised.value.message.startswith(f"`model` is refused by openvino: {sentence}")


def test_a_document_type_is_seen_in_any_encoding() -> None:
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(RefusedError, match=r"^it declares a document type"):
            check_ir(f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE net []><net/>'.encode(encoding))


def test_an_ir_has_one_companion(tmp_path: Path) -> None:
    xml, weights = ir()
    sentence = r"it has 2 companions; an IR has one, its weights\.$"
    with pytest.raises(ModelRunError, match=sentence), worker(tmp_path, "openvino-ir", xml, one=weights, two=b""):
        pass


def test_weights_that_end_too_soon_are_refused(tmp_path: Path) -> None:
    xml, weights = ir()
    short = worker(tmp_path, "openvino-ir", xml, weights=weights[:-1])
    with pytest.raises(ModelRunError, match=r"^`model` is refused by openvino: "), short:
        pass


def test_another_format_is_not_read_under_a_false_name(tmp_path: Path) -> None:
    """Asked openly, the runtime would take the file for what it looks like, and read what it refers to."""
    xml, _ = ir()
    for format in ("onnx", "tflite", "tf-frozen-graph"):
        with pytest.raises(ModelRunError, match=r"^`model` is refused by openvino: "), worker(tmp_path, format, xml):
            pass


def test_a_file_larger_than_what_a_worker_may_write_is_run(tmp_path: Path) -> None:
    """TFLite files are read from a path only, so the worker writes them; all else stays limited to 1 MiB."""
    writer, size = TfliteWriter("made by tests"), 400_000
    x, y = (writer.tensor(name, (size,), "float32") for name in "xy")
    large = writer.constant("large", np.arange(size, dtype=np.float32))
    writer.operator("ADD", [x, large], [y], options=Options("AddOptions"))
    content = writer.build([x], [y])
    assert len(content) > 1 << 20
    with worker(tmp_path, "tflite", content) as opened:
        assert opened.run({"x": np.ones(size, np.float32)})["y"].tolist() == list(range(1, size + 1))


def test_what_a_model_remembers_is_forgotten_between_runs(tmp_path: Path) -> None:
    x = opset6.parameter([1, 2], np.float32, name="x")
    before = opset6.read_value(opset6.constant(np.zeros((1, 2), np.float32), name="start"), "state", name="before")
    total = opset6.add(x, before, name="total")
    xml, weights = saved("counter", [x], [total], sinks=[opset6.assign(total, "state", name="after")]).values()
    given = np.array([[1, 2]], np.float32)
    with worker(tmp_path, "openvino-ir", xml, weights=weights) as opened:
        for _ in range(2):
            np.testing.assert_array_equal(opened.run({"x": given})["total"], given)


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_stored_integers_stay_stored_and_say_what_they_mean(tmp_path: Path, dtype: str) -> None:
    writer = TfliteWriter("made by tests")
    parameters = Quantized([0.5], [3])
    x, y = (writer.tensor(name, (1, 4), dtype, quantized=parameters) for name in "xy")
    writer.operator("RESHAPE", [x, writer.constant("shape", [1, 4])], [y])
    content = writer.build([x], [y])
    with worker(tmp_path, "tflite", content) as opened:
        for tensor in (*opened.inputs, *opened.outputs):
            assert (tensor.dtype, tensor.quantization and tensor.quantization.scales) == (dtype, (0.5,))
            assert tensor.quantization
            assert tensor.quantization.zero_points == (3,)
        given = np.array([[1, 2, 3, 100]], dtype)
        np.testing.assert_array_equal(opened.run({"x": given})["y"], given)
