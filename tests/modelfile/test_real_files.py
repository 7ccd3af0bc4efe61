"""The facts of the seven real ST files against the independent table, and against the cards ST published."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from zoo_tools.domain.model_facts import ModelFacts, kib
from zoo_tools.modelfile.read import read_model

FILES = [
    "st_ssd_mobilenet_v1_025_192",
    "st_ssd_mobilenet_v1_025_224",
    "st_ssd_mobilenet_v1_025_256",
    "ssd_mobilenet_v2_fpnlite_035_192",
    "ssd_mobilenet_v2_fpnlite_035_224",
    "ssd_mobilenet_v2_fpnlite_035_256",
    "ssd_mobilenet_v2_fpnlite_035_416",
]


def read(mirror: Path, name: str) -> ModelFacts:
    (path,) = mirror.glob(f"*/{name}_int8.tflite")
    return read_model(path, "tflite")


def table_row(shared: Path, name: str) -> list[str]:
    """Find the cells of one file in the footprint table of real_models.md."""
    text = (shared / "facts" / "real_models.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {name} \|(.*)\|$", text, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


def card_rows(shared: Path) -> list[tuple[str, str, str]]:
    """Find name, activation RAM and weights flash of every MCU memory row (tool 10.0.0) on the two cards."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((shared / "seeds").glob("00[01]_*.txt")))
    pattern = r"/(\w+)_int8\.tflite\) *\| *Int8 *\| *\d+x\d+x3 *\| *STM32H7 *\| *([\d.]+)[^|]*\|[^|]*\| *([\d.]+)"
    return re.findall(pattern, text)


@pytest.mark.parametrize("name", FILES)
def test_every_column_of_the_footprint_table(shared: Path, mirror: Path, name: str) -> None:
    facts = read(mirror, name)
    assert facts.naive_arena_bytes is not None
    assert facts.macs is not None
    assert table_row(shared, name) == [
        str(facts.weights_kib(folded=False)),
        str(facts.weights_kib(folded=True)),
        str(facts.arena_floor_kib()).removesuffix(".00"),
        str(kib(facts.naive_arena_bytes, places=1)),
        str(facts.parameters),
        str((Decimal(facts.macs) / 1_000_000).quantize(Decimal("0.001"))),
        str(facts.operator_count),
    ]


def test_published_weights_and_activations_of_the_cards(shared: Path, mirror: Path) -> None:
    rows = card_rows(shared)
    assert sorted(name for name, _, _ in rows) == sorted(FILES)
    for name, activation, weights in rows:
        facts = read(mirror, name)
        assert facts.weights_kib(folded=True) == Decimal(weights)
        if activation.count(".") < 2:  # one cell of the card is garbled: 521.210.0.0
            floor, naive = facts.arena_floor_kib(), facts.naive_arena_kib()
            assert floor is not None
            assert naive is not None
            assert floor <= Decimal(activation) <= naive


@pytest.mark.parametrize(
    ("name", "size", "anchors"),
    [("st_ssd_mobilenet_v1_025_192", 192, 3830), ("ssd_mobilenet_v2_fpnlite_035_416", 416, 18070)],
)
def test_inputs_outputs_and_signature(mirror: Path, name: str, size: int, anchors: int) -> None:
    facts = read(mirror, name)
    (image,) = facts.inputs
    assert (image.name, image.dtype) == ("serving_default_input_1:0", "uint8")
    assert image.shape == (None, size, size, 3)
    assert image.default_shape == (1, size, size, 3)
    assert image.quantization is not None
    assert image.quantization.scales == (0.007843137718737125,)
    assert image.quantization.zero_points == (127,)
    assert image.quantization.axis is None
    assert [(output.name, output.shape, output.dtype, output.quantization) for output in facts.outputs] == [
        ("StatefulPartitionedCall:2", (None, anchors, 2), "float32", None),
        ("StatefulPartitionedCall:1", (None, anchors, 4), "float32", None),
        ("StatefulPartitionedCall:0", (None, anchors, 4), "float32", None),
    ]
    (signature,) = facts.signatures
    assert signature.inputs == {"input_1": "serving_default_input_1:0"}
    assert signature.outputs == {
        "classes_softmax": "StatefulPartitionedCall:2",
        "bboxes_concat": "StatefulPartitionedCall:1",
        "anchors_concat": "StatefulPartitionedCall:0",
    }


def test_operators_by_name_and_version(mirror: Path) -> None:
    facts = read(mirror, "st_ssd_mobilenet_v1_025_192")
    found = {(operator.name, operator.version): operator.count for operator in facts.operators}
    assert found[("CONV_2D", 3)] == 31
    assert found[("DEPTHWISE_CONV_2D", 3)] == 15
    assert found[("TILE", 3)] == 5
    assert facts.uncounted_operators == ()
    # 46 convolutions, each with a weight and a bias of a scale per channel.
    assert facts.per_channel_tensors == 92
