"""`inspect`, `explain` and `schema`: what a file holds, what a check asks, what a manifest may say."""

import json
import shutil
from pathlib import Path

import pytest

from tests.checks.model_bytes import BYTES
from tests.cli.invoke import call
from tests.make_tflite import tiny_ssd
from zoo_tools.checks.explained import EXPLAINED
from zoo_tools.registry.kinds import KINDS


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_ssd())
    return path


def test_what_a_model_holds(model: Path) -> None:
    called = call("inspect", model)
    assert (called.code, called.err) == (0, "")
    assert called.out.splitlines()[0] == "tiny.tflite  tflite, 4,400 bytes"
    for line in (
        "input   serving_default_input_1:0  [?, 16, 16, 3] uint8  scale 0.007843137718737125, zero point 127",
        "output  StatefulPartitionedCall:2  [?, 16, 2] float32",
        "parameters       171",
        "MACs             2,592",
        "constants        0.26 KiB stored, 0.44 KiB folded",
        "arena            0.80 KiB at least, 1.50 KiB without reuse",
        "     3 × CONV_2D (version 3)",
    ):
        assert line in called.out.splitlines()


def test_what_a_model_holds_for_programs(model: Path) -> None:
    facts = json.loads(call("inspect", model, "--json").out)
    assert (facts["format"], facts["parameters"], facts["macs"], facts["operator_count"]) == ("tflite", 171, 2592, 14)
    assert facts["inputs"][0]["shape"] == [None, 16, 16, 3]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"text\n", 2, "is a text"),
        (b"", 2, "is empty"),
        (BYTES["gzip"](), 2, "is data compressed with gzip"),
        (BYTES["lfs-pointer"](), 2, "is a Git LFS pointer: the real file was not downloaded"),
        (BYTES["half"](), 1, "it is cut short or damaged"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), 1, "is not a sound keras-h5 file: it is cut short or damaged"),
        (b"\x08\x08\x12\x00", 1, "is not a sound onnx file: it holds no graph"),
    ],
)
def test_what_is_no_model_is_named(tmp_path: Path, content: bytes, code: int, sentence: str) -> None:
    path = tmp_path / "file.tflite"
    path.write_bytes(content)
    called = call("inspect", path)
    assert (called.code, called.out) == (code, "")
    assert sentence in called.err
    assert "internal error" not in called.err


TINY = Path(__file__).resolve().parent.parent / "tiny_models" / "files"


def test_the_weights_of_an_openvino_model_are_found_beside_it(tmp_path: Path) -> None:
    shutil.copy(TINY / "detection_output.xml", tmp_path / "ssd.xml")
    alone = call("inspect", tmp_path / "ssd.xml")
    assert (alone.code, alone.err) == (0, "")
    assert "without its .bin: sizes and places of constants are those the XML claims" in alone.out.splitlines()
    shutil.copy(TINY / "detection_output.bin", tmp_path / "ssd.bin")
    for line in (
        "with ssd.bin, 1,360 bytes, found beside it",
        "input   image_tensor  [?, 32, 32, 3] float32",
        "output  DetectionOutput  [1, 1, ?, 7] float32",
        "arena            not told by the file",
        "     2 × Convolution (version 1)",
    ):
        assert line in call("inspect", tmp_path / "ssd.xml").out.splitlines()
    (tmp_path / "ssd.bin").write_bytes(b"short")
    called = call("inspect", tmp_path / "ssd.xml")
    assert (called.code, called.out) == (1, "")
    assert "of the .bin, which has 5" in called.err
    assert json.loads(call("inspect", TINY / "detection_output.xml", "--json").out)["companions"] == [
        "detection_output.bin"
    ]


def test_a_companion_is_named_on_request(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(bytes(1360))
    called = call("inspect", TINY / "detection_output.xml", "--companion", tmp_path / "other.bin")
    assert "with other.bin, 1,360 bytes" in called.out.splitlines()


def test_a_graph_without_shapes_says_what_it_does_not_tell() -> None:
    lines = call("inspect", TINY / "frozen_graph.pb").out.splitlines()
    assert "output  detection_scores  of any shape, float32" in lines
    assert "MACs             not told by the file" in lines
    assert "arena            not told by the file" in lines


def test_a_checkpoint_lists_its_arrays(mirror: Path) -> None:
    (path,) = mirror.glob("*/version-slim-320.pth")
    lines = call("inspect", path).out.splitlines()
    assert "inputs and outputs: this file holds none" in lines
    assert "  base_net.0.0.weight  [16, 3, 3, 3] float32" in lines


KEYS = [
    "layout", "file", "size", "companions", "format", "inputs", "outputs", "signatures", "operators", "parameters",
    "macs", "uncounted_operators", "constant_bytes_stored", "constant_bytes_folded", "arena_floor_bytes",
    "naive_arena_bytes", "per_channel_tensors", "held", "weight_types", "activation_types", "operator_count",
]  # fmt: skip


def test_the_layout_for_programs_is_the_same_for_every_format(model: Path) -> None:
    """It is promised: a key that changes its meaning needs another number of `layout`."""
    for path in (model, TINY / "levels.onnx", TINY / "detection_output.xml", TINY / "frozen_graph.pb"):
        tree = json.loads(call("inspect", path, "--json").out)
        assert list(tree) == KEYS
        assert (tree["layout"], tree["file"], tree["size"]) == (1, path.name, path.stat().st_size)
        assert list(tree["inputs"][0]) == ["name", "shape", "default_shape", "dtype", "quantization"]
        assert list(tree["operators"][0]) == ["name", "version", "count", "domain"]


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "evil.xml"
    path.write_text(
        (TINY / "detection_output.xml").read_text(encoding="utf-8").replace("image_tensor", "im&#x9b;31mage")
    )
    called = call("inspect", path)
    assert called.code == 0
    assert "\x9b" not in called.out
    assert "im\N{REPLACEMENT CHARACTER}31mage" in called.out


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert call("inspect", tmp_path / "absent").code == 2
    assert call("inspect", tmp_path).code == 2


def test_all_checks_are_listed() -> None:
    called = call("explain")
    assert (called.code, called.err) == (0, "")
    assert [line.split()[0] for line in called.out.splitlines()] == [check.id for check in EXPLAINED]


@pytest.mark.parametrize("check", [check.id for check in EXPLAINED])
def test_every_check_is_explained(check: str) -> None:
    called = call("explain", check)
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith(f"{check}  (level ")
    assert "\nWhy: " in called.out
    assert "\nHow to fix: " in called.out


def test_a_misspelt_check() -> None:
    called = call("explain", "ram-totl")
    assert (called.code, called.out) == (2, "")
    assert called.err == "zoo_tools: there is no check `ram-totl`.\n  → Write `ram-total`.\n"


def test_the_schema_of_manifests_is_the_one_that_is_printed() -> None:
    called = call("schema")
    assert (called.code, called.err) == (0, "")
    assert called.out == call("schema", "manifest").out
    assert json.loads(called.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schemas_of_all_kinds_are_written(tmp_path: Path) -> None:
    called = call("schema", "--out", tmp_path / "schema")
    assert (called.code, called.err) == (0, "")
    assert {path.name for path in (tmp_path / "schema").iterdir()} == {f"{kind}-1.json" for kind in KINDS}
    for kind in KINDS:
        assert (tmp_path / "schema" / f"{kind}-1.json").read_text(encoding="utf-8") == call("schema", kind).out
