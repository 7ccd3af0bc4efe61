"""Keras models: the real ones against the table of their TFLite siblings, small ones by hand, and what is refused."""

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import oracle
from zoo_tools.domain.model_facts import HeldTensor, ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.read import read_model

oracle("h5py")

import h5py
import numpy as np

from tests.modelfile.keras_models import MACS, PARAMETERS, Tree, functional, h5, keras_zip, layer, layers
from zoo_tools.modelfile.keras_format import read_keras_h5, read_keras_zip


def facts(content: bytes) -> ModelFacts:
    return read_keras_h5(content, {})


@pytest.mark.parametrize("size", [192, 224, 256])
def test_real_models_have_the_parameters_and_macs_of_the_table(shared: Path, mirror: Path, size: int) -> None:
    """Their normalisations are folded in the TFLite files the table is of."""
    (path,) = mirror.glob(f"*/st_ssd_mobilenet_v1_025_{size}.h5")
    found = read_model(path, "keras-h5")
    text = (shared / "facts" / "real_models.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| st_ssd_mobilenet_v1_025_{size} \|(.*)\|$", text, re.MULTILINE)
    parameters, macs = (cell.strip() for cell in row.split("|")[4:6])
    assert found.macs is not None
    assert str(found.parameters) == parameters
    assert str((Decimal(found.macs) / 1_000_000).quantize(Decimal("0.001"))) == macs
    anchors = {192: 3830, 224: 6825, 256: 6825}[size]
    assert [(one.name, one.shape, one.dtype) for one in (*found.inputs, *found.outputs)] == [
        ("input_1", (None, size, size, 3), "float32"),
        ("classes_softmax", (None, anchors, 2), "float32"),
        ("bboxes_concat", (None, anchors, 4), "float32"),
        ("anchors_concat", (None, anchors, 4), "float32"),
    ]
    assert HeldTensor("conv1/kernel:0", (3, 3, 3, 8), "float32") in found.held
    # Every array of the file, the statistics of normalisations too.
    assert sum(int(np.prod(one.shape)) for one in found.held) == {192: 434_814, 224: 585_076, 256: 585_076}[size]


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (h5(), read_keras_h5),
        (keras_zip(), read_keras_zip),
        (keras_zip(is_named=False), read_keras_zip),
        (keras_zip(compression=zipfile.ZIP_DEFLATED), read_keras_zip),
    ],
)
def test_a_small_network(content: bytes, read: Callable[[bytes, dict[str, int]], ModelFacts]) -> None:
    found = read(content, {})
    assert (found.parameters, found.macs, found.uncounted_operators) == (PARAMETERS, MACS, ())
    assert [(one.name, one.shape) for one in (*found.inputs, *found.outputs)] == [
        ("image", (None, 16, 16, 3)),
        ("dense", (None, 10)),
    ]
    assert {one.name: one.count for one in found.operators} == {
        "BatchNormalization": 3, "Conv2D": 2, "Dense": 1, "DepthwiseConv2D": 1, "GlobalAveragePooling2D": 1, "ReLU": 1,
    }  # fmt: skip
    assert found.constant_bytes_stored is found.arena_floor_bytes is found.naive_arena_bytes is None
    assert len(found.held) == 17


def counted(*of: Tree, outputs: list[str] | None = None) -> ModelFacts:
    return facts(
        h5(functional([layer("image", "InputLayer", batch_input_shape=[None, 9, 9, 4]), *of], outputs=outputs), {})
    )


STRIDED: Tree = {"kernel_size": [3, 3], "strides": [2, 2]}


@pytest.mark.parametrize(
    ("kind", "config", "macs", "shape"),
    [
        ("Conv2D", {**STRIDED, "filters": 6, "padding": "valid"}, 4 * 4 * 6 * 9 * 4, (4, 4, 6)),
        ("Conv2D", {**STRIDED, "filters": 6, "padding": "same"}, 5 * 5 * 6 * 9 * 4, (5, 5, 6)),
        ("Conv2D", {**STRIDED, "filters": 6, "groups": 2}, 4 * 4 * 6 * 9 * 2, (4, 4, 6)),
        ("Conv2D", {"kernel_size": [3, 3], "filters": 1, "dilation_rate": [2, 2]}, 5 * 5 * 9 * 4, (5, 5, 1)),
        ("DepthwiseConv2D", {**STRIDED, "depth_multiplier": 3}, 4 * 4 * 12 * 9, (4, 4, 12)),
        ("SeparableConv2D", {**STRIDED, "filters": 6}, 4 * 4 * 4 * 9 + 4 * 4 * 4 * 6, (4, 4, 6)),
        ("Conv2DTranspose", {**STRIDED, "filters": 2, "padding": "same"}, 81 * 4 * 2 * 9, (18, 18, 2)),
        ("Conv2DTranspose", {**STRIDED, "filters": 2, "padding": "valid"}, 81 * 4 * 2 * 9, (19, 19, 2)),
        ("Dense", {"units": 7}, 81 * 4 * 7, (9, 9, 7)),
        ("MaxPooling2D", {"pool_size": [2, 2]}, 0, (4, 4, 4)),
        ("AveragePooling2D", {"pool_size": [3, 3], "strides": [1, 1], "padding": "same"}, 0, (9, 9, 4)),
        ("GlobalMaxPooling2D", {"keepdims": True}, 0, (1, 1, 4)),
        ("UpSampling2D", {"size": [2, 3]}, 0, (18, 27, 4)),
        ("ZeroPadding2D", {"padding": [[0, 1], [2, 3]]}, 0, (10, 14, 4)),
        ("Cropping2D", {"cropping": 1}, 0, (7, 7, 4)),
        ("Reshape", {"target_shape": [27, -1]}, 0, (27, 12)),
        ("Flatten", {}, 0, (324,)),
        ("Permute", {"dims": [3, 1, 2]}, 0, (4, 9, 9)),
        ("Resizing", {"height": 5, "width": 6}, 0, (5, 6, 4)),
        ("LSTM", {"units": 7}, 0, None),
        ("Conv2D", {"kernel_size": "large"}, None, None),
        ("Reshape", {"target_shape": [-1, -1]}, 0, None),
    ],
)
def test_layers(kind: str, config: Tree, macs: int | None, shape: tuple[int, ...] | None) -> None:
    found = counted(layer("it", kind, "image", **config))
    assert found.macs == macs
    assert found.outputs[0].shape == (None if shape is None else (None, *shape))
    assert found.uncounted_operators == ((kind,) if macs is None or kind == "LSTM" else ())


def test_joining_adding_and_calling_twice() -> None:
    shared = layer("shared", "Conv2D", "image", filters=4, kernel_size=1)
    shared["inbound_nodes"] = [[["image", 0, 0, {}]], [["shared", 0, 0, {}]]]
    join = layer("join", "Concatenate", axis=-1)
    join["inbound_nodes"] = [[["shared", 0, 0, {}], ["shared", 1, 0, {}]]]
    found = counted(shared, join, layer("sum", "Add", "join", "join"))
    assert found.macs == 2 * 81 * 16
    assert found.outputs[0].shape == (None, 9, 9, 8)


def test_models_within_models_and_sequences() -> None:
    inner: Tree = {"class_name": "Sequential", "name": "head", "inbound_nodes": [[["image", 0, 0, {}]]]}
    pair = [
        layer("in", "InputLayer", batch_input_shape=[None, None, None, 4]),
        layer("pw", "Conv2D", filters=5, kernel_size=1),
    ]
    found = counted({**inner, "config": {"name": "head", "layers": pair}})
    assert (found.macs, found.outputs[0].name, found.outputs[0].shape) == (81 * 20, "head", (None, 9, 9, 5))
    bare: Tree = {
        "class_name": "Sequential",
        "config": {"layers": [layer("d", "Dense", units=3, batch_input_shape=[None, 8])]},
    }
    found = facts(h5(bare, {}))
    assert [(one.name, one.shape) for one in (*found.inputs, *found.outputs)] == [
        ("d_input", (None, 8)),
        ("d", (None, 3)),
    ]
    assert found.macs == 24


def test_calls_in_the_words_of_keras_3() -> None:
    of = layers()
    for one in of:
        reads = [end[0] for call in one["inbound_nodes"] for end in call]  # type: ignore[attr-defined]  # a list, just made
        tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}} for name in reads]
        one["inbound_nodes"] = [{"args": [tensors], "kwargs": {}}] if reads else []
        one["module"] = "keras.layers"
    model = functional(of)
    model["config"]["input_layers"] = ["image", 0, 0]  # type: ignore[index]  # an object, just made
    found = facts(h5(model))
    assert (found.parameters, found.macs) == (PARAMETERS, MACS)


def test_a_normalisation_that_nothing_absorbs_is_a_scale_and_a_shift() -> None:
    weights = {"norm": {"gamma": (4,), "beta": (4,), "moving_mean": (4,), "moving_variance": (4,)}}
    alone = [
        layer("image", "InputLayer", batch_input_shape=[None, 9, 9, 4]),
        layer("norm", "BatchNormalization", "image"),
    ]
    assert facts(h5(functional(alone), weights)).parameters == 8
    conv = layer("c", "Conv2D", "image", filters=4, kernel_size=1, use_bias=True, activation="relu")
    after = [alone[0], conv, layer("norm", "BatchNormalization", "c")]
    assert facts(h5(functional(after), weights)).parameters == 8
    conv["config"]["activation"] = "linear"  # type: ignore[index]  # an object, just made
    assert facts(h5(functional(after), weights)).parameters == 0
    # Where something else reads the convolution too, the normalisation stays.
    assert facts(h5(functional([*after, layer("sum", "Add", "c", "norm")]), weights)).parameters == 8


LAMBDA = "it has a Lambda layer, and a Lambda layer runs code when the model is loaded"


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (layer("l", "Lambda", "image", function=["4wEAAAA=", None, None]), LAMBDA),
        (layer("l", "Dense", "image", units={"class_name": "__lambda__", "config": {}}), LAMBDA),
        (layer("l", "mine>Layer", "image"), "it needs `mine>Layer`, which is none of Keras's own classes"),
        ({**layer("l", "Layer", "image"), "module": "os.path"}, "it needs `os.path.Layer`"),
        ({**layer("l", "Layer", "image"), "module": "keras_evil.layers"}, "it needs `keras_evil.layers.Layer`"),
        ({**layer("l", "Layer", "image"), "module": "tensorflow.io"}, "it needs `tensorflow.io.Layer`"),
        ({**layer("l", "Layer", "image"), "registered_name": "mine>Layer"}, "it needs `mine>Layer`"),
    ],
)
def test_what_runs_code_when_it_is_loaded_is_refused(added: Tree, message: str) -> None:
    for content, read in (
        (h5(functional([*layers(), added])), read_keras_h5),
        (keras_zip(functional([*layers(), added])), read_keras_zip),
    ):
        with pytest.raises(BrokenFileError) as caught:
            read(content, {})
        assert message in caught.value.message
        assert caught.value.fix is not None
        assert caught.value.fix.startswith("Do not load it")


def soft(root: h5py.File) -> None:
    root["model_weights/soft"] = h5py.SoftLink("/model_weights/conv")


def outside(root: h5py.File) -> None:
    root["model_weights/outside"] = h5py.ExternalLink("/etc/hosts.h5", "/")


def virtual(root: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "data", shape=(4,))
    root.create_virtual_dataset("model_weights/virtual", layout)


def elsewhere(root: h5py.File) -> None:
    root.create_dataset("model_weights/external", (4,), "u1", external=[("/etc/hostname", 0, 4)])


def circle(root: h5py.File) -> None:
    root["model_weights/circle"] = root["model_weights"]


def claim(root: h5py.File) -> None:
    root.create_dataset("model_weights/x/x/huge", (2**31, 2**31), "f4", chunks=(1, 1))


def long(root: h5py.File) -> None:
    root.attrs["model_config"] = np.zeros(3)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (soft, "it points at another place by name (`model_weights/soft`), which no Keras model needs"),
        (outside, "it points at another file (`model_weights/outside`), which no Keras model needs"),
        (virtual, "it points at arrays of other files (`model_weights/virtual`), which no Keras model needs"),
        (elsewhere, "it points at bytes of another file (`model_weights/external`), which no Keras model needs"),
        (circle, "its group `model_weights/circle` lies in itself, or too deep"),
        (claim, "its array `model_weights/x/x/huge` claims 4611686018427387904 elements"),
        (long, "its attribute `model_config` is no text"),
    ],
)
def test_what_leads_out_of_the_file_is_refused(edit: Callable[[h5py.File], None], message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        facts(h5(edit=edit))
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", "its model configuration is no sound JSON"),
        ("[" * 100_000, "its model configuration is no sound JSON"),
        ("[]", "it is a `None`; only Functional and Sequential models say what they compute"),
        ('{"class_name": "Subclassed", "config": {}}', "it is a `Subclassed`; only Functional"),
        ('{"class_name": "Functional", "config": {"layers": []}}', "it has 0 layers"),
        ('{"class_name": "Functional", "config": {"layers": [7]}}', "one of its layers has no class or no name"),
    ],
)
def test_configurations_that_are_none(config: str, message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        facts(h5(config))
    assert message in caught.value.message


def test_layers_that_wait_for_each_other() -> None:
    with pytest.raises(BrokenFileError, match="its layers `a`, `b` wait for what no layer gives"):
        counted(layer("a", "ReLU", "b"), layer("b", "ReLU", "a"))
    with pytest.raises(BrokenFileError, match="two of its layers have one name"):
        counted(layer("a", "ReLU", "image"), layer("a", "ReLU", "image"))
    with pytest.raises(BrokenFileError, match="its input or output `nothing` is none of its layers"):
        counted(layer("a", "ReLU", "image"), outputs=["nothing"])


def test_weights_alone_are_no_model() -> None:
    def without(root: h5py.File) -> None:
        del root.attrs["model_config"]

    with pytest.raises(BrokenFileError, match="it holds no model configuration"):
        facts(h5(edit=without))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (keras_zip()[:-30], "it is cut short or damaged"),
        (keras_zip(members={"config.json": b"\xff\xfe\xff"}), "its model configuration is not UTF-8"),
        (keras_zip(members={"config.json": b" " * 10_000_000}, compression=zipfile.ZIP_DEFLATED), "unpacks"),
        (keras_zip(members={"model.weights.h5": b"\x89HDF\r\n\x1a\n"}), "it is cut short or damaged"),
        (keras_zip().replace(b"config.json", b"konfig.json"), "its archive has no `config.json`"),
        (keras_zip(members={f"a{n}": b"" for n in range(1000)}), "members of one name, or too many of them"),
    ],
)
def test_archives_that_are_none(content: bytes, message: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        read_keras_zip(content, {})
    assert message in caught.value.message
