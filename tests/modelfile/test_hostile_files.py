"""Files from strangers: whatever the bytes, facts or one sentence, soon."""

import struct
import time
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
import tflite
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.make_tflite import TfliteWriter, tiny_ssd
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.tflite_format import read_tflite

TINY = tiny_ssd()
PATIENCE = 10
"""Seconds of processor time, whatever else this machine does; the worst file known takes two here."""

TELLING = [0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, len(TINY) - 4, len(TINY)]
"""Words that lead somewhere bad as an offset, a length or an index."""


def answer(data: bytes) -> ModelFacts | None:
    """Read the file; None where it is refused. Anything else is the test's failure."""
    started = time.process_time()
    try:
        facts = read_tflite(data)
    except BrokenFileError as error:
        facts, message = None, error.message
    else:
        message = "read"
    assert message
    assert "\n" not in message
    assert time.process_time() - started < PATIENCE
    return facts


def test_nothing_that_matters_can_be_cut_off() -> None:
    """A flatbuffer is written from its end; only the last eight bytes, an empty buffer, are never looked at."""
    whole = read_tflite(TINY)
    answers = [answer(TINY[:length]) for length in range(len(TINY))]
    assert not any(answers[:-8])
    assert all(facts in (None, whole) for facts in answers[-8:])


words = st.tuples(st.integers(0, len(TINY) // 4 - 1), st.sampled_from(TELLING) | st.integers(0, 2**32 - 1))
octets = st.tuples(st.integers(0, len(TINY) - 1), st.integers(0, 255))


@settings(max_examples=1500)
@given(st.lists(words, max_size=3), st.lists(octets, max_size=4))
@example([(0, 0xFFFF_FFFF)], [])
@example([(0, 0)], [])
def test_mutations(word_edits: list[tuple[int, int]], octet_edits: list[tuple[int, int]]) -> None:
    data = bytearray(TINY)
    for position, word in word_edits:
        struct.pack_into("<I", data, 4 * position, word)
    for position, octet in octet_edits:
        data[position] = octet
    answer(bytes(data))


@pytest.mark.parametrize("word", [1, 0x7FFF_FFFF, 0xFFFF_FFFF, len(TINY)])
def test_every_single_word_replaced(word: int) -> None:
    for position in range(0, len(TINY), 4):
        answer(TINY[:position] + struct.pack("<I", word) + TINY[position + 4 :])


@settings(max_examples=200)
@given(st.binary(max_size=2000))
def test_noise(noise: bytes) -> None:
    answer(noise)
    answer(struct.pack("<I", 8) + b"TFL3" + noise)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_real_files_cut_and_mutated(mirror: Path, data: st.DataObject) -> None:
    (path,) = mirror.glob("*/st_ssd_mobilenet_v1_025_192_int8.tflite")
    file = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        # The tables are at both ends of these files, the weights between them.
        position = data.draw(st.integers(0, 20_000) | st.integers(len(file) - 60_000, len(file) - 5))
        struct.pack_into("<I", file, position, data.draw(st.sampled_from(TELLING) | st.integers(0, 2**32 - 1)))
    answer(bytes(file[: data.draw(st.integers(0, len(file)) | st.just(len(file)))]))


def test_a_name_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(BrokenFileError, match="the name of tensor 0 is not UTF-8"):
        read_tflite(TINY.replace(b"serving_default_input_1:0", b"serving_default_input_1:\xff"))


def test_a_scale_that_is_not_a_number_is_refused() -> None:
    scale = np.float32(1 / 127.5).tobytes()
    assert scale in TINY
    with pytest.raises(BrokenFileError, match="quantization"):
        read_tflite(TINY.replace(scale, np.float32("nan").tobytes()))


def test_a_newer_operator_is_named_by_its_number_and_not_refused() -> None:
    writer = TfliteWriter()
    x = writer.tensor("x", (4,), "int8")
    writer.operator("STABLEHLO_CBRT", [x], [x])
    file = writer.build([x], [x])
    number = struct.pack("<i", tflite.BuiltinOperator.STABLEHLO_CBRT)
    assert file.count(number) == 1
    facts = read_tflite(file.replace(number, struct.pack("<i", 4321)))
    assert facts.uncounted_operators == ("UNKNOWN_4321",)


def shared_tables(*, tensors: int, operators: int, fan_in: int, scales: int) -> bytes:
    """Write a small file whose vectors name one tensor and one operator many times over."""
    builder = flatbuffers.Builder(1024)

    def offsets(offset: int, count: int) -> int:
        builder.StartVector(4, count, 4)
        for _ in range(count):
            builder.PrependUOffsetTRelative(offset)
        return int(builder.EndVector())

    empty_buffers = offsets(end("Buffer", builder), 1)
    scale = builder.CreateNumpyVector(np.ones(scales, np.float32))
    quantization = end("QuantizationParameters", builder, Scale=scale)
    shape = builder.CreateNumpyVector(np.ones(4, np.int32))
    name = builder.CreateString("x" * 100)
    tensor = end("Tensor", builder, Shape=shape, Name=name, Quantization=quantization)
    everything = builder.CreateNumpyVector(np.arange(fan_in, dtype=np.int32) % tensors)
    operator = end("Operator", builder, Inputs=everything, Outputs=everything)
    code = end("OperatorCode", builder, Version=1)
    one = builder.CreateNumpyVector(np.zeros(1000, np.int32))
    graph = end(
        "SubGraph", builder, Tensors=offsets(tensor, tensors), Operators=offsets(operator, operators), Inputs=one,
        Outputs=one,
    )  # fmt: skip
    graphs, codes = offsets(graph, 1), offsets(code, 1)
    file = end("Model", builder, Version=3, Subgraphs=graphs, OperatorCodes=codes, Buffers=empty_buffers)
    builder.Finish(file, b"TFL3")
    return bytes(builder.Output())


def end(kind: str, builder: flatbuffers.Builder, **fields: int) -> int:
    getattr(tflite, f"{kind}Start")(builder)
    for name, value in fields.items():
        getattr(tflite, f"{kind}Add{name}")(builder, value)
    return int(getattr(tflite, f"{kind}End")(builder))


@pytest.mark.parametrize(
    ("tensors", "operators", "fan_in", "scales", "is_refused"),
    [
        (16_384, 16_384, 60, 10, False),
        (16_384, 16_384, 60_000, 1, True),
        (16_384, 1, 1, 100_000, True),
        (20, 1, 1, 100_000, False),
        (1, 16_384, 1, 1, False),
        (20_000, 1, 1, 1, True),
        (1, 20_000, 1, 1, True),
    ],
)
def test_a_small_file_cannot_claim_much_work(
    tensors: int, operators: int, fan_in: int, scales: int, is_refused: bool
) -> None:
    data = shared_tables(tensors=tensors, operators=operators, fan_in=fan_in, scales=scales)
    assert (answer(data) is None) == is_refused
