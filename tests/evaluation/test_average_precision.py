"""AP equals what others compute: pycocotools for COCO, plain VOC code for VOC, hand-made curves for the rest."""

import contextlib
import io
from types import ModuleType

import numpy as np
import pytest

from tests.conftest import oracle
from tests.evaluation.random_sets import SIZE, protocol, random_set
from zoo_tools.domain.references import Protocol
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.average_precision import Judged, bootstrap, bootstrap_difference, judge, score
from zoo_tools.evaluation.labelled import Sighting, truth_of
from zoo_tools.evaluation.matching import AREAS

IOU = [["0.5"], ["0.4"], ["0.5", "0.75"], [str(round(0.5 + 0.05 * i, 2)) for i in range(10)]]


def pycocotools_ap(seen: list[Sighting], names: list[str], rule: Protocol, evaluation: ModuleType) -> float | None:
    images: list[dict[str, object]] = []
    objects: list[dict[str, object]] = []
    found: list[dict[str, object]] = []
    for i, one in enumerate(seen):
        images.append({"id": i, "width": one.size[0], "height": one.size[1]})
        rows = zip(one.truth.boxes, one.truth.class_ids, one.truth.areas, one.truth.is_crowd, strict=True)
        for box, class_id, area, is_crowd in rows:
            objects.append({
                "id": len(objects) + 1, "image_id": i, "category_id": int(class_id), "area": float(area),
                "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]], "iscrowd": int(is_crowd),
            })  # fmt: skip
        for box, class_id, value in zip(one.boxes, one.class_ids, one.scores, strict=True):
            sides = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
            found.append({"image_id": i, "category_id": int(class_id), "bbox": sides, "score": float(value)})
    if not found or rule.evaluator is None or not isinstance(rule.max_detections, int):
        return None
    with contextlib.redirect_stdout(io.StringIO()):
        truth = oracle("pycocotools.coco").COCO()
        categories = [{"id": i, "name": name} for i, name in enumerate(names)]
        truth.dataset = {"images": images, "annotations": objects, "categories": categories}
        truth.createIndex()
        run = evaluation.COCOeval(truth, truth.loadRes(found), "bbox")
        run.params.iouThrs = np.array([float(value) for value in rule.iou])
        run.params.maxDets = [rule.max_detections]
        run.params.areaRng, run.params.areaRngLbl = [list(AREAS[rule.evaluator.area])], [rule.evaluator.area]
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"]
    known = precision[precision > -1]
    return 100 * float(known.mean()) if known.size else None


def test_equals_pycocotools_on_random_sets() -> None:
    evaluation = oracle("pycocotools.cocoeval")
    compared = 0
    for seed in range(330):
        seen, names = random_set(seed)
        rule = protocol(
            IOU[seed % 4], most=5 if seed % 3 == 0 else 100, area=["all", "small", "medium", "large"][seed // 2 % 4]
        )
        expected = pycocotools_ap(seen, names, rule, evaluation)
        if expected is None:
            continue
        compared += 1
        result = score(seen, names, rule, input_size=(96, 96))
        assert result.ap == pytest.approx(expected, abs=1e-9), seed
        # Our own matching, which intervals are made of, says the same.
        assert result.judged.ap() == pytest.approx(expected, abs=1e-9), seed
        known = [value for value in result.by_class.values() if value is not None]
        assert np.mean(known) == pytest.approx(result.ap, abs=1e-9)
    assert compared >= 200


def plain_voc(seen: list[Sighting], class_id: int, *, threshold: float, eleven: bool, extra: float = 1.0) -> float:
    """Compute VOC's AP the way the development kit is written: one loop over all detections by falling score."""
    taken = {i: np.zeros(len(one.truth), bool) for i, one in enumerate(seen)}
    positives = sum(int(((one.truth.class_ids == class_id) & ~one.truth.is_difficult).sum()) for one in seen)
    rows = [
        (-float(value), i, j)
        for i, one in enumerate(seen)
        for j, value in enumerate(one.scores)
        if one.class_ids[j] == class_id
    ]
    right, wrong, curve = 0, 0, []
    for _, i, j in sorted(rows):
        one = seen[i]
        best, at = -1.0, -1
        for k in np.flatnonzero(one.truth.class_ids == class_id):
            overlap = plain_iou(one.boxes[j], one.truth.boxes[k], extra)
            if overlap > best:
                best, at = overlap, int(k)
        if best >= threshold and one.truth.is_difficult[at]:
            continue
        is_right = best >= threshold and not taken[i][at]
        if best >= threshold:
            taken[i][at] = True
        right, wrong = right + is_right, wrong + (not is_right)
        curve.append((right / positives if positives else 0.0, right / (right + wrong)))
    if eleven:
        return sum(max([p for r, p in curve if r >= t / 10 - 1e-12], default=0.0) for t in range(11)) / 11
    area, before = 0.0, 0.0
    for i, (recall, _) in enumerate(curve):
        area += (recall - before) * max(p for _, p in curve[i:])
        before = recall
    return area


def plain_iou(one: np.ndarray, other: np.ndarray, extra: float) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0]) + extra
    down = min(one[3], other[3]) - max(one[1], other[1]) + extra
    if across <= 0 or down <= 0:
        return 0.0
    areas = [(box[2] - box[0] + extra) * (box[3] - box[1] + extra) for box in (one, other)]
    return float(across * down / (sum(areas) - across * down))


@pytest.mark.parametrize("method", ["voc-11-point", "voc-all-points"])
def test_equals_a_plain_reading_of_the_voc_kit(method: str) -> None:
    for seed in range(60):
        seen, names = random_set(seed)
        holding = {int(c) for one in seen for c in one.truth.class_ids[~one.truth.is_difficult]}
        if not holding:
            continue
        result = score(seen, names, protocol(["0.5"], method=method), input_size=(96, 96))
        for class_id, name in enumerate(names):
            if class_id in holding:
                expected = plain_voc(seen, class_id, threshold=0.5, eleven=method == "voc-11-point")
                assert result.by_class[name] == pytest.approx(100 * expected, abs=1e-9), (seed, name)
            else:
                assert result.by_class[name] is None


def test_st_counts_pixels_of_the_network() -> None:
    # Half of either box is shared: an IoU of 1/3 in the picture. At half the size and a pixel more on each side
    # it is 11 x 21 of 31 x 21 = 0.3548.
    truth = truth_of([[0, 0, 40, 40]], [0])
    found = np.array([[20.0, 0, 60, 40]])
    seen = [Sighting("a", (80, 80), truth, found, np.array([0.9]), np.array([0]))]
    for threshold, expected in (("0.35", 100.0), ("0.36", 0.0)):
        rule = protocol([threshold], method="st-all-points")
        assert score(seen, ["x"], rule, input_size=(40, 40)).ap == expected


def test_st_looks_for_a_class_only_where_it_is() -> None:
    empty = Sighting("b", SIZE, truth_of([], []), np.array([[0.0, 0, 9, 9]]), np.array([0.99]), np.array([0]))
    held = Sighting(
        "a", SIZE, truth_of([[0, 0, 50, 50]], [0]), np.array([[0.0, 0, 50, 50]]), np.array([0.5]), np.array([0])
    )
    rule = protocol(["0.5"], method="st-all-points")
    assert rule.evaluator is not None
    only = rule.model_copy(update={"evaluator": rule.evaluator.model_copy(update={"pictures": "holding-the-class"})})
    assert score([held, empty], ["x"], rule, input_size=(96, 96)).ap == pytest.approx(50)
    assert score([held, empty], ["x"], only, input_size=(96, 96)).ap == pytest.approx(100)


def judged(seed: int, count: int = 40) -> tuple[list[Sighting], Judged]:
    pictures = [one for i in range(seed, seed + count) for one in random_set(i)[0]]
    names = [f"class {i}" for i in range(4)]
    return pictures, judge(pictures, names, protocol(["0.5"]), input_size=(96, 96))


def test_a_bootstrap_sample_is_the_score_of_the_drawn_pictures() -> None:
    pictures, one = judged(0)
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, len(pictures), len(pictures))
    weights = np.bincount(drawn, minlength=len(pictures)).astype(np.float64)
    again = judge(
        [pictures[i] for i in np.sort(drawn)], [f"class {i}" for i in range(4)], protocol(["0.5"]), input_size=(96, 96)
    )
    assert one.ap(weights) == pytest.approx(again.ap(), abs=0.3)  # equal scores of a picture drawn twice may swap
    assert one.ap(np.ones(len(pictures))) == pytest.approx(one.ap(), abs=1e-9)


def test_intervals_hold_the_figure_and_pairing_narrows_them() -> None:
    _, one = judged(0)
    whole = bootstrap(one, rounds=200)
    figure = one.ap()
    assert figure is not None
    assert figure in whole
    assert bootstrap(one, rounds=200) == whole  # the seed is fixed
    wider = bootstrap(one, rounds=200, confidence=0.99)
    assert wider.low <= whole.low < whole.high <= wider.high
    same = bootstrap_difference(one, one, rounds=50)
    assert (same.low, same.high) == (0, 0)


def test_a_protocol_nobody_describes_is_not_computed() -> None:
    seen, names = random_set(3)
    rule = protocol(["0.5"]).model_copy(update={"evaluator": None})
    with pytest.raises(UsageError, match="nobody says how `p` is computed"):
        score(seen, names, rule, input_size=(96, 96))


def test_pictures_without_objects_have_no_ap() -> None:
    seen = [Sighting("a", SIZE, truth_of([], []), np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))]
    with pytest.raises(UsageError, match="the pictures hold no object"):
        score(seen, ["x"], protocol(["0.5"]), input_size=(96, 96))
