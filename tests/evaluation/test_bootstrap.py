"""Samples evaluated all at once equal a plain walk down each sample's list of detections."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.evaluation.random_sets import protocol, random_set
from zoo_tools.domain.references import Protocol
from zoo_tools.evaluation import average_precision
from zoo_tools.evaluation.average_precision import Judged, judge, score
from zoo_tools.evaluation.curves import Method, Pooled
from zoo_tools.evaluation.labelled import Sighting

NAMES = [f"class {i}" for i in range(4)]


def plain(pooled: Pooled, threshold: int, weights: list[float], method: Method) -> float | None:
    """Walk down the detections of a class, each counted as often as its picture."""
    total = sum(int(positives) * weight for positives, weight in zip(pooled.positives, weights, strict=True))
    if not total:
        return None
    right = judged = 0.0
    curve = []
    for d, picture in enumerate(pooled.pictures):
        if pooled.is_ignored[threshold, d]:
            continue
        judged += weights[picture]
        right += weights[picture] * bool(pooled.is_right[threshold, d])
        if judged:
            curve.append((right / total, right / judged))
    if method == "voc-all-points":
        area, before = 0.0, 0.0
        for i, (recall, _) in enumerate(curve):
            area += (recall - before) * max(precision for _, precision in curve[i:])
            before = recall
        return area
    points = np.linspace(0, 1, 101) if method == "coco" else np.arange(11) / 10
    return float(np.mean([max([p for recall, p in curve if recall >= point], default=0.0) for point in points]))


@pytest.mark.parametrize("method", ["coco", "voc-11-point", "voc-all-points"])
@pytest.mark.parametrize("area", ["all", "medium"])
def test_samples_at_once_equal_a_plain_walk(method: Method, area: str) -> None:
    if area != "all" and method != "coco":
        return
    pictures = [one for seed in range(6) for one in random_set(seed)[0]]
    judged = judge(pictures, NAMES, protocol(["0.5", "0.75"], method=method, area=area), input_size=(96, 96))
    rng = np.random.default_rng(3)
    weights = rng.multinomial(len(pictures), np.full(len(pictures), 1 / len(pictures)), size=12).astype(np.float64)
    weights[0] = 0
    weights[1] = np.eye(1, len(pictures))
    for pooled in judged.classes.values():
        found = pooled.average_precisions(method, weights)
        for s, sample in enumerate(weights.tolist()):
            for t in range(2):
                expected = plain(pooled, t, sample, method)
                if expected is None:
                    assert np.isnan(found[s, t])
                else:
                    assert found[s, t] == pytest.approx(expected, abs=1e-9), (s, t)


def test_samples_are_the_same_in_small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [one for seed in range(6) for one in random_set(seed)[0]]
    judged = judge(pictures, NAMES, protocol(["0.5"]), input_size=(96, 96))
    weights = np.random.default_rng(0).integers(0, 3, (20, len(pictures))).astype(np.float64)
    whole = judged.aps(weights)
    monkeypatch.setattr("zoo_tools.evaluation.curves._AT_A_TIME", 1)
    assert np.array_equal(judged.aps(weights), whole, equal_nan=True)


def test_nothing_is_matched_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(
        seen: Sequence[Sighting], names: Sequence[str], rule: Protocol, *, input_size: tuple[int, int]
    ) -> Judged:
        calls.append(rule.id)
        return judge(seen, names, rule, input_size=input_size)

    monkeypatch.setattr(average_precision, "judge", counted)
    seen, names = random_set(5)
    found = score(seen, names, protocol(["0.5"]), input_size=(96, 96))
    assert calls == []
    assert found.judged is found.judged
    assert calls == ["p"]
    assert found.judged.ap() == pytest.approx(found.ap, abs=1e-9)


@pytest.mark.parametrize("method", ["coco", "voc-all-points", "st-all-points"])
def test_as_many_objects_count_as_are_matched(method: str) -> None:
    for seed in range(30):
        seen, names = random_set(seed)
        rule = protocol(["0.5"], method=method, area="medium" if method == "coco" else "all")
        judged = judge(seen, names, rule, input_size=(96, 96))
        objects = sum(int(one.positives.sum()) for one in judged.classes.values())
        if objects:
            assert score(seen, names, rule, input_size=(96, 96)).objects == objects
