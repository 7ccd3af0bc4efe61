"""Files of every format, cut, changed and made to lie: facts or one sentence, soon, and a process that lives on."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import oracle
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.confined import INSTALL, LIMITS, Reader
from zoo_tools.modelfile.ir_format import read_ir
from zoo_tools.modelfile.tf_format import read_tf_graph

oracle("onnx")
oracle("h5py")

from onnx import helper

from tests.modelfile.keras_models import h5, keras_zip
from tests.modelfile.onnx_models import quantized, small

TINY = Path(__file__).resolve().parent.parent / "tiny_models" / "files"
LIMITS_OF_ALL = replace(LIMITS, cpu_seconds=600, run_seconds=4)
"""One process reads many files here, and is not waited for as long: the HDF5 library hangs over some of them."""
PATIENCE = 20
"""Seconds for one file."""


class Readings:
    """Reads one file after the other, each format in its way, and notes which processes a file has ended."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "file"
        self._readers: dict[str, Reader] = {}
        self.ended = 0

    def read(self, format: str, content: bytes) -> ModelFacts | None:
        """Return the facts, or None where the file is refused. Anything else is the test's failure."""
        started = time.perf_counter()
        found, sentence = None, "facts"
        try:
            found = self._facts(format, content)
        except BrokenFileError as error:
            sentence = error.message
        assert sentence
        assert "\n" not in sentence
        # Whatever a library may raise is expected where it is called.
        assert "fails with" not in sentence
        assert time.perf_counter() - started < PATIENCE
        return found

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()

    def _facts(self, format: str, content: bytes) -> ModelFacts:
        if format == "openvino-ir":
            return read_ir(content, None)
        if format == "tf-frozen-graph":
            return read_tf_graph(content)
        self._path.write_bytes(content)
        reader = self._readers.get(format)
        if reader is None or not reader.is_alive:
            self.ended += reader is not None
            reader = self._readers[format] = Reader(format, limits=LIMITS_OF_ALL).__enter__()
        return reader.read(self._path)


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readings]:
    made = Readings(tmp_path_factory.mktemp("hostile"))
    yield made
    made.close()


FILES = {
    "onnx": small().SerializeToString(),
    "keras-h5": h5(),
    "keras": keras_zip(),
    "openvino-ir": (TINY / "detection_output.xml").read_bytes(),
    "tf-frozen-graph": (TINY / "frozen_graph.pb").read_bytes(),
}


def test_every_confined_format_is_here() -> None:
    assert FILES.keys() >= INSTALL.keys()


@pytest.mark.parametrize("format", FILES)
def test_cut_at_twenty_places(readings: Readings, format: str) -> None:
    content = FILES[format]
    assert readings.read(format, content) is not None
    found = [readings.read(format, content[: len(content) * at // 20]) for at in range(20)]
    assert not any(found)


@pytest.mark.parametrize("format", FILES)
def test_two_hundred_changes_of_bytes(readings: Readings, format: str) -> None:
    content, dice = FILES[format], random.Random(format)
    outcomes = set()
    for _ in range(200):
        changed = bytearray(content)
        for _ in range(dice.choice((1, 1, 2, 4, 16))):
            changed[dice.randrange(len(changed))] = dice.choice((0, 0x7F, 0xFF, dice.randrange(256)))
        outcomes.add(readings.read(format, bytes(changed)) is None)
    assert True in outcomes


@pytest.mark.parametrize("format", FILES)
def test_noise(readings: Readings, format: str) -> None:
    dice, head = random.Random(format), FILES[format][:8]
    for size in (0, 1, 7, 100, 5000):
        readings.read(format, dice.randbytes(size))
        readings.read(format, head + dice.randbytes(size))


def test_parts_of_real_onnx_files_changed(readings: Readings, mirror: Path) -> None:
    """Names and attributes lie between the weights; changes of weights change nothing that is read."""
    for path in mirror.glob("*/*.onnx"):
        content, dice = path.read_bytes(), random.Random(path.name)
        for _ in range(15):
            changed = bytearray(content)
            for _ in range(50):
                changed[dice.randrange(len(changed) // 20)] = dice.randrange(256)
            readings.read("onnx", bytes(changed))


def test_structures_of_onnx_files_changed(readings: Readings) -> None:
    """Every number, name and list of the messages is replaced, one at a time, by what could do harm."""
    dice = random.Random(1)
    for made in (small(), quantized()):
        for _ in range(60):
            copy = type(made)()
            copy.CopyFrom(made)
            graph = copy.graph
            at = dice.choice(graph.node)
            match dice.randrange(9):
                case 0:
                    at.input[dice.randrange(len(at.input))] = dice.choice(["", "image", at.output[0], "nobody"])
                case 1:
                    at.op_type = dice.choice(["Loop", "If", "Expand", "Reshape", "Concat", "Resize", "Gather", "Slice"])
                case 2:
                    at.domain = dice.choice(["com.example", "ai.onnx", "ai.onnx.ml"])
                case 3:
                    del at.input[dice.randrange(len(at.input)) :]
                case 4:
                    at.output.append(dice.choice(["more", at.output[0]]))
                case 5:
                    tensor = dice.choice(graph.initializer)
                    tensor.dims.append(dice.choice([0, -1, 2**31, 2**62, -(2**63)]))
                case 6:
                    tensor = dice.choice(graph.initializer)
                    tensor.data_type = dice.randrange(40)
                case 7:
                    for one in at.attribute:
                        one.type = dice.randrange(15)
                        one.i = dice.choice([-1, 0, 2**62])
                        one.ints.append(dice.choice([-(2**62), 0, 2**62]))
                case _:
                    copy.opset_import[0].version = dice.choice([-1, 0, 1, 7, 12])
            readings.read("onnx", copy.SerializeToString())


def recursive_functions() -> bytes:
    made = small()
    for name, calls in (("One", "Two"), ("Two", "One")):
        inner = helper.make_node(calls, ["a"], ["b"], domain="own")
        made.functions.append(helper.make_function("own", name, ["a"], ["b"], [inner], [helper.make_opsetid("own", 1)]))
    made.opset_import.append(helper.make_opsetid("own", 1))
    made.graph.node.append(helper.make_node("One", ["scores"], ["again"], domain="own"))
    return bytes(made.SerializeToString())


def deep(depth: int) -> bytes:
    """Put branches into each other by their bytes: a parser that recurses without a limit would not come back."""

    def part(number: int, content: bytes) -> bytes:
        size, length = len(content), b""
        while size > 0x7F:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    graph = b""
    for _ in range(depth):
        graph = part(1, part(4, b"If") + part(5, part(1, b"then_branch") + part(6, graph) + b"\xa0\x01\x05"))
    return b"\x08\x08" + part(7, graph) + part(8, b"\x10\x11")


def test_what_calls_itself(readings: Readings) -> None:
    assert readings.read("onnx", recursive_functions()) is None
    for depth in (5, 30, 90, 500, 5000):
        readings.read("onnx", deep(depth))


def test_ten_thousand_nodes_that_read_each_other(readings: Readings) -> None:
    made = small()
    names = ["logits"]
    for at in range(10_000):
        step = made.graph.node.add(op_type="Add", input=[names[-1], names[len(names) // 2]], output=[f"n{at}"])
        names += step.output
    readings.read("onnx", made.SerializeToString())


def test_nearly_all_of_it_left_the_process_alive(readings: Readings) -> None:
    """Last in this file: a library may crash over a file, and that is a finding; it is not how files are refused."""
    assert readings.ended <= 3
