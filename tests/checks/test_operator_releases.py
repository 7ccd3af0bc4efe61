"""The table of releases: every name is an operator, releases grow with versions, and a few are known from elsewhere."""

import pytest
import tflite

from zoo_tools.checks.operator_releases import (
    ONNXRUNTIME_NEWEST,
    TFLITE_NEWEST,
    _tflite,
    onnxruntime_release,
    release,
    text_of,
    tflite_release,
)


def test_every_name_is_an_operator_of_the_schema() -> None:
    known = {name for name in vars(tflite.BuiltinOperator) if name.isupper()}
    assert set(_tflite()) - known == {"STABLEHLO_CASE"}  # younger than the schema's package


def test_a_later_version_never_came_earlier() -> None:
    for name, releases in _tflite().items():
        known = [one for one in releases if one is not None]
        assert known == sorted(known), name
        assert known[-1] <= TFLITE_NEWEST


@pytest.mark.parametrize(
    ("name", "version", "first"),
    [
        ("CONV_2D", 1, "1.5.0"),
        ("CONV_2D", 3, "1.14.0"),
        ("TILE", 3, "2.8.0"),
        ("FULLY_CONNECTED", 12, "2.17.0"),
        ("BROADCAST_TO", 2, "2.5.0"),
    ],
)
def test_some_operators(name: str, version: int, first: str) -> None:
    assert tflite_release(name, version) == release(first)


@pytest.mark.parametrize(
    ("name", "version"), [("CONV_2D", 0), ("CONV_2D", -1), ("CONV_2D", 9), ("BROADCAST_TO", 1), ("UNKNOWN_250", 1)]
)
def test_what_no_release_has(name: str, version: int) -> None:
    assert tflite_release(name, version) is None


def test_operator_sets_of_onnx() -> None:
    assert onnxruntime_release(1) == onnxruntime_release(7) == onnxruntime_release(8)
    assert onnxruntime_release(17) == (1, 12, 0)
    assert onnxruntime_release(22) is None
    known = [onnxruntime_release(one) for one in range(8, 22)]
    assert known == sorted(one for one in known if one is not None)
    assert all(one is not None and one <= ONNXRUNTIME_NEWEST for one in known)


def test_releases_compare_as_numbers() -> None:
    assert release("2.10.0") > release("2.9.0")
    assert text_of(release("2.10.0")) == "2.10.0"
