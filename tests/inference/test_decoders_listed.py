"""Lists of detections that a graph has suppressed itself: what is read, what is dropped, what cannot be believed."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.inference.families import family, rows
from zoo_tools.domain.decoding import Contract
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.pipeline import real_values
from zoo_tools.inference.quantize import dequantize
from zoo_tools.inference.tensors import Quantization, TensorInfo

Raw = dict[str, NDArray[np.generic]]

OUTPUT, API, DEPLOY = family("ssdlite_converted"), family("ssdlite_original"), family("ssd300_mmdeploy")
BOX = [0.125, 0.25, 0.5, 0.75]
END = [-1, 0, 0, 0, 0, 0, 0]


def floats(values: object) -> NDArray[np.generic]:
    return np.array(values, np.float32)


def detections(*given_rows: Sequence[float]) -> Raw:
    return {"detections": floats(given_rows).reshape(1, 1, -1, 7)}


def api(count: float = 2, **changed: NDArray[np.generic]) -> Raw:
    boxes = floats([[[0.25, 0.125, 0.75, 0.5], [0, 0, 1, 1], [0, 0, 0, 0]]])
    labels, scores = floats([[90, 1, 0]]), floats([[0.5, 0.25, 0]])
    return {"boxes": boxes, "labels": labels, "scores": scores, "count": floats([count]), **changed}


def deploy(**changed: NDArray[np.generic]) -> Raw:
    held = [[37.5, 75, 150, 225, 0.5], [0, 0, 300, 300, 0.75], [0, 0, 0, 0, 0], [0, 0, 9, 9, 0.875]]
    return {"detections": floats([held]), "labels": np.array([[3, 0, 0, -1]], np.int64), **changed}


def test_rows_of_a_detection_output_end_at_the_first_mark() -> None:
    raw = detections([0, 2, 0.5, *BOX], [0, 7, 0.75, *BOX], END, [0, 3, 1, *BOX], [0] * 7)
    assert rows(raw, OUTPUT) == [(6, 0.75, BOX), (1, 0.5, BOX)]
    assert rows(detections(END, [0, 3, 1, *BOX]), OUTPUT) == []
    assert rows(detections([0, 3, 1, *BOX]), OUTPUT) == [(2, 1, BOX)]


def test_the_four_outputs_end_at_their_count() -> None:
    assert rows(api(), API) == [(89, 0.5, BOX), (0, 0.25, [0, 0, 1, 1])]
    assert rows(api(1), API) == [(89, 0.5, BOX)]
    assert rows(api(0), API) == []


def test_what_stands_behind_the_count_may_be_anything() -> None:
    """TFLite_Detection_PostProcess leaves those rows as the memory was."""
    assert rows(api(1, labels=floats([[90, 1e-42, np.nan]])), API) == [(89, 0.5, BOX)]


def test_a_tflite_postprocess_counts_labels_from_zero() -> None:
    from_zero = family("ssdlite_original", decode__first_label=0)
    assert [class_id for class_id, _, _ in rows(api(3), from_zero)] == [90, 1, 0]


def test_padding_and_other_pictures_of_mmdeploy_are_dropped() -> None:
    assert rows(deploy(), DEPLOY, side=300) == [(0, 0.75, [0, 0, 1, 1]), (3, 0.5, BOX)]


@pytest.mark.parametrize(
    ("contract", "raw"), [(OUTPUT, detections([0, 1, 0.5, -0.5, 0, 1.5, 1], END)), (API, api())]
)  # fmt: skip
def test_boxes_leave_the_picture_unless_they_are_clipped(contract: Contract, raw: Raw) -> None:
    if "boxes" in raw:
        raw = api(1, boxes=floats([[[0, -0.5, 1, 1.5]] * 3]))
    clip = contract.model_copy(update={"decode": contract.decode.model_copy(update={"clip": True})})
    assert rows(raw, contract)[0][2] == [-0.5, 0, 1.5, 1]
    assert rows(raw, clip)[0][2] == [0, 0, 1, 1]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 8)), max_size=20))
def test_equal_scores_keep_the_order_of_the_list(given_rows: list[tuple[int, int]]) -> None:
    listed = [[0, label, step / 8, i / 32, 0, 1, 1] for i, (label, step) in enumerate(given_rows)]
    found = rows(detections(*listed, END), OUTPUT)
    expected = sorted(range(len(listed)), key=lambda i: -listed[i][2])
    assert [(class_id + 1, score, box[0]) for class_id, score, box in found] == [
        (listed[i][1], listed[i][2], listed[i][3]) for i in expected
    ]


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint8, np.float32])
def test_labels_are_whole_numbers_of_any_type(kind: type[np.generic]) -> None:
    assert rows(api(labels=np.array([[90, 1, 0]], kind)), API) == rows(api(), API)


@pytest.mark.parametrize(
    ("contract", "raw", "sentence"),
    [
        (OUTPUT, detections([0, 0, 0.5, *BOX]), "A detection has the label 0; the first label is said to be 1."),
        (OUTPUT, detections([0, 1.5, 0.5, *BOX]),
         "The output of role `detections` holds numbers that are not whole; all should be."),
        (OUTPUT, detections([1, 1, 0.5, *BOX]),
         "The output of role `detections` speaks of image 1; one picture was shown, number 0."),
        (OUTPUT, {"detections": floats([[[0, 1, 0.5, *BOX]]])},
         "The output of role `detections` is float32 (1, 1, 7); it should be float (1, 1, rows, 7)."),
        (OUTPUT, detections(*[[0, 1, 0.5, *BOX]] * 101),
         "The graph lists 101 detections; by the contract it keeps at most 100."),
        (API, api(4), "The output of role `count` is 4; there are rows for 0 to 3 detections."),
        (API, api(1.5), "The output of role `count` holds numbers that are not whole; all should be."),
        (API, api(np.nan), "The output of role `count` holds numbers that are not whole; all should be."),
        (API, api(count=1, labels=floats([[1, 2]])),
         "Boxes, scores and labels hold 3, 3, 2 rows; the numbers should be equal."),
        (API, api(count=3), "A detection has the label 0; the first label is said to be 1."),
        (API, {name: array for name, array in api().items() if name != "labels"},
         "No output has the role `labels`; the decoder needs it."),
        (API, api(labels=floats([[[1, 2, 3]]])),
         "The output of role `labels` is float32 (1, 1, 3); it should be numbers (1, boxes)."),
        (DEPLOY, deploy(labels=np.array([[3, 0]])),
         "Detections and labels hold 4, 2 rows; the numbers should be equal."),
        (DEPLOY, deploy(labels=np.array([[-2, 0, 0, 0]])),
         "A detection has the label -2; the first label is said to be 0."),
        (DEPLOY, deploy(detections=floats([[[0, 0, 300, 300, 0.01]] * 4])),
         "The graph lists a detection of score 0.01; by the contract none is below 0.02."),
    ],
)  # fmt: skip
def test_lists_that_cannot_be_read_are_one_sentence(contract: Contract, raw: Raw, sentence: str) -> None:
    with pytest.raises(ModelRunError) as raised:
        rows(raw, contract, side=300)
    assert raised.value.message == sentence


def test_what_is_unknown_of_the_graph_is_not_held_against_it() -> None:
    unknown = {"unknown": "nobody said"}
    open_ = {"nms": "in-graph", "scope": unknown, "iou": unknown, "score": unknown, "max_detections": unknown}
    many = detections(*[[0, 1, 0.001, *BOX]] * 500)
    assert len(rows(many, family("ssdlite_converted", select=open_))) == 500


def test_stored_labels_stay_as_they_are_and_other_integers_become_real() -> None:
    labels, scores = np.array([[3]], np.int64), np.array([[128]], np.uint8)
    infos = [TensorInfo("l", (1, 1), "int64"), TensorInfo("s", (1, 1), "uint8", Quantization((1 / 256,), (0,)))]
    real = real_values({"labels": labels, "scores": scores}, {"labels": "l", "scores": "s"}, infos)
    assert real["labels"] is labels
    np.testing.assert_array_equal(real["scores"], dequantize(scores, infos[1]))


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("ssdlite_converted", {"select": family("ssd300_coco").model_dump()["select"]},
         "`detection-output` goes with nms `in-graph`, not with `class-wise`; write `in-graph`"),
        ("ultralight_decoded", {"select": family("ssdlite_converted").model_dump()["select"]},
         "`decoded-boxes` goes with nms `class-wise`, not with `in-graph`; write `class-wise`"),
        ("ssd300_coco", {"preprocess__normalise__b": ["1", "2"]},
         "normalisation has 2 values for 3 channels; write one value, or one for each channel"),
        ("ssd300_coco", {"decode__largest_scale": "16/1000"},
         "largest_scale is 16/1000; it should be above 1, such as 1000/16"),
    ],
)  # fmt: skip
def test_a_contract_agrees_with_itself(name: str, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        family(name, **changes)
    assert sentence in str(raised.value)
