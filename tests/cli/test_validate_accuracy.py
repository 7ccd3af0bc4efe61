"""`validate --level accuracy`: one look at the pictures serves every question; a lack of them is a counted skip."""

from pathlib import Path

import pytest

from tests.checks.labelled_squares import FOLDER, add_labelled, make_whole
from tests.checks.tiny_zoo import MODEL_FILE, Zoo, swapped
from tests.cli.invoke import Called
from zoo_tools.domain.findings import Status
from zoo_tools.inference.detector import Detector

CHECKS = ("mini-accuracy", "claim-plausible", "accuracy-reproduced")


@pytest.fixture(scope="module")
def labelled(built: Zoo, tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """The tiny zoo with a labelled set that is all there is, looked at by two protocols; nobody writes into it."""
    zoo = built.copy(tmp_path_factory.mktemp("labelled") / "zoo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_TOOLS_CACHE", str(zoo.folder / "cache"))
        add_labelled(zoo)
    make_whole(zoo)
    other = (zoo.registry / "protocols" / "ap50-few-squares.yaml").read_text(encoding="utf-8")
    other = other.replace("ap50-few-squares", "voc-few-squares").replace("method: coco", "method: voc-all-points")
    other = other.replace("AP@0.5", "VOC AP@0.5")
    (zoo.registry / "protocols" / "voc-few-squares.yaml").write_text(other, encoding="utf-8")
    return zoo


@pytest.fixture
def own(labelled: Zoo, tmp_path: Path) -> Zoo:
    """A copy of it, to spoil."""
    return labelled.copy(tmp_path / "own")


def validated(zoo: Zoo, *arguments: str) -> Called:
    return zoo.validate("--engine", "litert", *arguments, level="accuracy")


def statuses(called: Called) -> list[set[Status]]:
    return [called.report.statuses(check) for check in CHECKS]


def test_three_questions_are_answered_by_two_looks(labelled: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    enter = Detector.__enter__

    def counted(self: Detector) -> Detector:
        opened.append(self)
        return enter(self)

    monkeypatch.setattr(Detector, "__enter__", counted)
    called = validated(labelled)
    assert called.code == 0, called.err
    assert statuses(called) == [{Status.PASSED}] * 3
    # One for each data set: what is measured, and what the claim is held against by two protocols, is one run.
    assert len(opened) == 2
    (outcome,) = called.report.of("mini-accuracy")
    assert str(outcome.engine).startswith("litert ")


def test_a_lower_level_asks_none_of_them(labelled: Zoo) -> None:
    called = labelled.validate(level="static")
    assert statuses(called) == [set()] * 3
    refused = labelled.validate("--data", "few-squares=x", level="static")
    assert (refused.code, refused.out) == (2, "")
    assert "level accuracy" in refused.err


def test_pictures_that_nobody_gave_are_a_skip_and_given_ones_are_used(own: Zoo) -> None:
    own.edit("  folder: datasets/few-squares\n", "", file="datasets/few-squares.yaml")
    without = validated(own)
    assert without.code == 0
    assert statuses(without) == [{Status.SKIPPED}, {Status.SKIPPED}, {Status.PASSED}]
    (outcome,) = without.report.of("mini-accuracy")
    assert outcome.reason == "the pictures of few-squares are not here: --data few-squares=PATH says where they are"
    assert statuses(validated(own, "--data", f"few-squares={own.registry / FOLDER}")) == [{Status.PASSED}] * 3


def test_a_place_without_pictures_is_3(own: Zoo) -> None:
    called = validated(own, "--data", f"few-squares={own.folder / 'nowhere'}")
    assert (called.code, called.err) == (3, "")
    assert statuses(called)[0] == {Status.UNAVAILABLE}


def test_a_whole_set_is_read_where_a_user_has_it(own: Zoo) -> None:
    whole = own.registry / "datasets" / "red-squares.yaml"
    whole.write_text(whole.read_text(encoding="utf-8").partition("contents:")[0], encoding="utf-8")
    (without,) = validated(own).report.of("accuracy-reproduced")
    assert without.status is Status.SKIPPED
    assert str(without.reason).endswith("--data red-squares=PATH says where they are")
    given = ("--data", f"red-squares={own.registry / FOLDER / 'instances.json'}")
    assert statuses(validated(own, *given)) == [{Status.PASSED}] * 3
    # A part of them, or more, is another figure.
    own.edit("image_count: 40", "image_count: 41", file="protocols/ap50-squares.yaml")
    called = validated(own, *given)
    assert called.code == 3
    (outcome,) = called.report.of("accuracy-reproduced")
    assert outcome.status is Status.UNAVAILABLE
    assert str(outcome.reason).startswith("the pictures at hand for red-squares are 40, `ap50-squares` is computed on")


def test_a_model_that_failed_a_lower_level_is_not_measured(own: Zoo) -> None:
    own.swap(MODEL_FILE, swapped("inside-out"))
    called = validated(own)
    assert called.code == 1
    assert called.report.statuses("roles-proven") == {Status.FAILED}
    assert statuses(called) == [{Status.SKIPPED}] * 3
    reasons = {one.reason for check in CHECKS for one in called.report.of(check)}
    assert reasons == {"roles-proven failed at level run"}


def test_jobs_say_the_same(labelled: Zoo) -> None:
    one, four = (validated(labelled, "--no-cache", "--jobs", jobs).report.tree["outcomes"] for jobs in ("1", "4"))
    assert isinstance(one, list)
    assert isinstance(four, list)
    for outcome in (*one, *four):
        outcome.pop("seconds")
    assert one == four


def test_a_published_protocol_that_leaves_pictures_unsaid_is_not_measured(own: Zoo) -> None:
    own.edit("images: all of them", "images: {unknown: nobody said}", file="protocols/ap50-squares.yaml")
    (outcome,) = validated(own).report.of("accuracy-reproduced")
    assert outcome.status is Status.SKIPPED
    assert str(outcome.reason).startswith("`ap50-squares` leaves unsaid: images")
