"""A contract is run with what a protocol states; what was found is kept bit for bit, and only for the same run."""

from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.random_sets import protocol
from tests.inference.contracts import contract
from zoo_tools.domain.decoding import Contract, Select
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.references import Protocol
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.labelled import LabelledPicture, truth_of
from zoo_tools.evaluation.running import Kept, contract_for, run_key
from zoo_tools.inference.detections import Detections

HERE = RunEnvironment(engine="litert", version="1.0", delegate="none", cpu_class="x86-64-v3")


def rule_of(one: Contract) -> Select:
    assert isinstance(one.select, Select)
    return one.select


def stating(**terms: object) -> Protocol:
    return Protocol.model_validate(protocol(["0.5"]).model_dump() | terms)


def test_threshold_and_suppression_are_the_protocols() -> None:
    rule = rule_of(contract_for(contract(), stating(score_threshold="0.02", nms_iou="0.45")))
    assert (str(rule.score), str(rule.iou)) == ("0.02", "0.45")


def test_what_a_protocol_leaves_unsaid_is_the_contracts() -> None:
    unknown = {"unknown": "nobody said"}
    own = contract()
    run_by = contract_for(own, stating(score_threshold=unknown, nms_iou=unknown, max_detections=unknown))
    assert run_by.select == own.select


@pytest.mark.parametrize(("most", "kept"), [(20, 100), (100, 100), (300, 300)])
def test_at_least_as_many_boxes_are_kept_as_the_protocol_counts(most: int, kept: int) -> None:
    # COCO's limit is for each class, the contract's for all: to keep fewer would be another AP.
    assert rule_of(contract()).max_detections == 100
    assert rule_of(contract_for(contract(), stating(max_detections=most))).max_detections == kept


def detections(seed: int, count: int = 7) -> Detections:
    rng = np.random.default_rng(seed)
    return Detections(
        rng.uniform(0, 640, (count, 4)).astype(np.float32),
        rng.random(count).astype(np.float32),
        rng.integers(0, 80, count).astype(np.int64),
    )


def same(one: Detections | None, other: Detections) -> bool:
    return one is not None and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("boxes", "scores", "class_ids")
    )


def test_detections_come_back_bit_for_bit(tmp_path: Path) -> None:
    with Kept(tmp_path / "kept", "a key") as kept:
        for i in range(5):
            kept.add(f"{i}.png", detections(i, count=i))
    with Kept(tmp_path / "kept", "a key") as again:
        assert len(again) == 5
        assert all(same(again.get(f"{i}.png"), detections(i, count=i)) for i in range(5))
        assert again.get("5.png") is None


def test_wherever_a_file_was_cut_off_the_rest_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    with Kept(file, "a key") as kept:
        for i in range(3):
            kept.add(f"{i}.png", detections(i, count=1))
    whole = file.read_bytes()
    for end in range(len(whole)):
        file.write_bytes(whole[:end])
        with Kept(file, "a key") as kept:
            there = len(kept)
            assert there == max(whole[:end].count(b"\n") - 1, 0)
            for i in range(there, 3):
                kept.add(f"{i}.png", detections(i, count=1))
        assert file.read_bytes() == whole


def test_another_key_is_refused(tmp_path: Path) -> None:
    with Kept(tmp_path / "kept", "a key"):
        pass
    with pytest.raises(UsageError, match="another model, contract, engine or set"):
        Kept(tmp_path / "kept", "b key")


def test_a_line_that_says_nothing_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    with Kept(file, "a key") as kept:
        kept.add("0.png", detections(0))
    with file.open("ab") as end:
        end.write(b'{"picture": "1.png"}\nnothing\n{"picture": "2.png", "boxes": 1, "scores": [], "class_ids": []}\n')
    with Kept(file, "a key") as again:
        assert len(again) == 1


def test_a_key_tells_apart_all_that_decides_what_is_found(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"12345")
    one = LabelledPicture("a.png", picture, (10, 20), truth_of([], []))
    key = run_key("0" * 64, contract(), HERE, [one])
    assert key == run_key("0" * 64, contract(), HERE, [one])
    other_engine = HERE.model_copy(update={"version": "1.1"})
    keys = {
        key,
        run_key("1" * 64, contract(), HERE, [one]),
        run_key("0" * 64, contract(decode__clip=False), HERE, [one]),
        run_key("0" * 64, contract(), other_engine, [one]),
        run_key("0" * 64, contract(), HERE, [one, one]),
    }
    picture.write_bytes(b"123456")
    keys.add(run_key("0" * 64, contract(), HERE, [one]))
    assert len(keys) == 6
