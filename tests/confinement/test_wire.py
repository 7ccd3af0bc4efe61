"""Frames come back as they were sent; bytes that are none are refused before they cost memory."""

import io
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, from_dtype
from numpy.typing import NDArray

from zoo_tools.confinement.wire import DTYPES, Frame, FrameError, decode, encode

LIMIT = 1 << 20

shapes = array_shapes(min_dims=0, max_dims=4, min_side=0)
dtypes = st.sampled_from(sorted(DTYPES)).map(np.dtype)
tensors = dtypes.flatmap(lambda dtype: arrays(dtype, shapes, elements=from_dtype(dtype)))
values = st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.floats(allow_nan=False)))


def reader(content: bytes) -> Callable[[int], bytes]:
    stream = io.BytesIO(content)

    def read(count: int) -> bytes:
        part = stream.read(count)
        if len(part) < count:
            raise EOFError
        return part

    return read


@given(st.text(), values, st.dictionaries(st.text(), tensors, max_size=3))
def test_a_frame_comes_back_as_it_was_sent(
    kind: str, given_values: dict[str, object], given_arrays: dict[str, NDArray[np.generic]]
) -> None:
    back = decode(reader(encode(Frame(kind, given_values, given_arrays), max_bytes=LIMIT)), max_bytes=LIMIT)
    assert (back.kind, back.values, list(back.arrays)) == (kind, given_values, list(given_arrays))
    for name, array in given_arrays.items():
        assert (back.arrays[name].dtype, back.arrays[name].shape) == (array.dtype, array.shape)
        assert back.arrays[name].tobytes() == array.tobytes()


def test_byte_order_and_strides_do_not_matter() -> None:
    array = np.arange(24, dtype=">i4").reshape(2, 3, 4).transpose(2, 0, 1)[::2]
    back = decode(reader(encode(Frame("x", arrays={"a": array}), max_bytes=LIMIT)), max_bytes=LIMIT).arrays["a"]
    np.testing.assert_array_equal(back, array)
    assert back.dtype == np.int32


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.zeros(1, complex), np.zeros(1, "M8[s]")])
def test_only_numbers_are_sent(array: NDArray[np.generic]) -> None:
    with pytest.raises(FrameError, match=r"^holds `a` of type"):
        encode(Frame("x", arrays={"a": array}), max_bytes=LIMIT)


def test_limits_hold_on_both_ends() -> None:
    frame = Frame("x", arrays={"a": np.zeros(11, np.uint8)})
    with pytest.raises(FrameError, match=r"^has 11 bytes; at most 10 are taken$"):
        encode(frame, max_bytes=10)
    with pytest.raises(FrameError, match=r"^has 11 bytes; at most 10 are taken$"):
        decode(reader(encode(frame, max_bytes=11)), max_bytes=10)
    with pytest.raises(FrameError, match="has a header of"):
        encode(Frame("x" * (1 << 20)), max_bytes=10)


@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 255))
def test_damage_is_an_error_of_the_frame_and_takes_no_memory(tail: bytes, position: int, value: int) -> None:
    content = bytearray(encode(Frame("answer", {"a": 1}, {"b": np.arange(9)}), max_bytes=LIMIT))
    content[position % len(content)] = value
    tracemalloc.start()
    try:
        decode(reader(bytes(content) + tail), max_bytes=LIMIT)
    except (FrameError, EOFError):
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * LIMIT
