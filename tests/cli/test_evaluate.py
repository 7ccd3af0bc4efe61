"""`evaluate`: one run serves several protocols, a run goes on where it was broken off, what is not there is said."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.checks.labelled_squares import FOLDER, PICTURES, add_labelled
from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo
from tests.cli.invoke import Called

PROTOCOL = "ap50-few-squares"


@pytest.fixture(scope="module")
def labelled(built: Zoo, tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """The tiny zoo with a labelled set and a second protocol on it; nobody writes into it."""
    zoo = built.copy(tmp_path_factory.mktemp("labelled") / "zoo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_TOOLS_CACHE", str(zoo.folder / "cache"))
        add_labelled(zoo)
    stricter = (zoo.registry / "protocols" / f"{PROTOCOL}.yaml").read_text(encoding="utf-8")
    stricter = stricter.replace(PROTOCOL, "ap70-few-squares").replace("iou: [0.5]", "iou: [0.7]")
    stricter = stricter.replace("AP@0.5", "AP@0.7").replace("stands_for: ap50-squares\n", "")
    (zoo.registry / "protocols" / "ap70-few-squares.yaml").write_text(stricter, encoding="utf-8")
    return zoo


@pytest.fixture
def own(labelled: Zoo, tmp_path: Path) -> Zoo:
    """A copy of it, to spoil."""
    return labelled.copy(tmp_path / "own")


def evaluated(zoo: Zoo, *arguments: str | Path) -> list[dict[str, object]]:
    called = zoo.call("evaluate", SUBJECT, "--json", *arguments)
    assert (called.code, called.err) == (0, "")
    results = json.loads(called.out)
    assert isinstance(results, list)
    return results


def refused(zoo: Zoo, *arguments: str | Path, code: int = 2) -> str:
    called = zoo.call("evaluate", SUBJECT, *arguments)
    assert (called.code, called.out) == (code, "")
    assert "Traceback" not in called.err
    return " ".join(called.err.split())


def test_json_holds_what_a_figure_needs(labelled: Zoo) -> None:
    (result,) = evaluated(labelled)
    assert result["subject"] == SUBJECT
    assert result["protocol"] == PROTOCOL
    assert result["ap"] == pytest.approx(35.8027, abs=1e-4)
    assert result["by_iou"] == {"0.5": result["ap"]}
    assert result["by_class"] == {"red square": result["ap"]}
    assert result["interval"] == {
        "low": pytest.approx(29.24, abs=0.2), "high": pytest.approx(44.60, abs=0.2), "confidence": 0.95,
    }  # fmt: skip
    assert (result["pictures"], result["objects"]) == (PICTURES, 126)
    environment = result["environment"]
    assert isinstance(environment, dict)
    assert (environment["engine"], environment["delegate"]) == ("litert", "none")
    assert str(result["artifact_sha256"]) in labelled.manifest.read_text(encoding="utf-8")


def test_the_default_is_what_can_be_computed_on_pictures_at_hand(labelled: Zoo) -> None:
    called = labelled.call("evaluate", SUBJECT)
    assert called.code == 0
    first, second, third = called.out.splitlines()
    assert first.startswith(f"{SUBJECT} by litert ")
    assert second == "AP at IoU 0.5 on a few squares: 40 pictures, 126 objects"
    assert third.startswith("AP 35.80  (95 % interval 29.")


def test_one_run_serves_protocols_that_differ_in_scoring(labelled: Zoo, tmp_path: Path) -> None:
    keep = tmp_path / "found.jsonl"
    both = evaluated(labelled, "--protocol", PROTOCOL, "--protocol", "ap70-few-squares", "--keep", keep)
    assert [one["protocol"] for one in both] == [PROTOCOL, "ap70-few-squares"]
    # A found square is grown by a tenth on every side: in the middle of a picture its IoU is 1 / 1.44, below 0.7.
    first, second = (one["ap"] for one in both)
    assert isinstance(first, float)
    assert isinstance(second, float)
    assert second < first - 5
    assert len(keep.read_text(encoding="utf-8").splitlines()) == PICTURES + 1


def test_without_rounds_there_is_no_interval(labelled: Zoo) -> None:
    (result,) = evaluated(labelled, "--rounds", "0")
    assert result["interval"] is None
    assert "interval" not in labelled.call("evaluate", SUBJECT, "--rounds", "0").out


def test_only_the_first_pictures(labelled: Zoo) -> None:
    (result,) = evaluated(labelled, "--limit", "3")
    assert result["pictures"] == 3
    assert "a figure of the registry is about all pictures" in refused(labelled, "--limit", "3", "--figures")


def test_figures_can_be_pasted(labelled: Zoo) -> None:
    called = labelled.call("evaluate", SUBJECT, "--figures")
    pasted = YAML(typ="safe").load(called.out.replace("  accuracy:", "accuracy:", 1))
    (row,), (evidence,) = pasted["accuracy"], pasted["evidence"].values()
    assert (row["artifact"], row["protocol"], row["ap"]) == ("int8", PROTOCOL, 35.8)
    assert row["interval"][0] < row["ap"] < row["interval"][1]
    assert evidence["kind"] == "measured"
    assert evidence["tools"] == [f"litert {evidence['environment']['version']}"]
    assert evidence["command"] == f"zoo_tools evaluate {SUBJECT} --data few-squares=PATH"
    assert labelled.validate(level="static").code == 0


def test_a_broken_run_goes_on_where_it_was(labelled: Zoo, tmp_path: Path) -> None:
    keep = tmp_path / "found.jsonl"
    evaluated(labelled, "--limit", "25", "--keep", keep)
    part = keep.read_bytes()
    assert part.count(b"\n") == 26
    keep.write_bytes(part[:-40])  # in the middle of the last line
    whole = evaluated(labelled, "--keep", keep)
    assert whole == evaluated(labelled)
    lines = keep.read_bytes().splitlines()
    assert lines[:25] == part.splitlines()[:25]
    assert [json.loads(line)["picture"] for line in lines[1:]] == [f"{i:02}.png" for i in range(PICTURES)]


def test_what_was_kept_is_not_looked_at_again(labelled: Zoo, tmp_path: Path) -> None:
    keep = tmp_path / "found.jsonl"
    evaluated(labelled, "--keep", keep)
    lines = keep.read_text(encoding="utf-8").splitlines()
    nothing = [json.dumps(json.loads(line) | {"boxes": [], "scores": [], "class_ids": []}) for line in lines[1:]]
    keep.write_text("\n".join([lines[0], *nothing]) + "\n", encoding="utf-8")
    (result,) = evaluated(labelled, "--keep", keep)
    assert result["ap"] == 0


@pytest.mark.parametrize("content", [b"notes of mine", b"notes\nof mine\n", b'{"format": 1, "key": "0"}\n', b"\x00\n"])
def test_a_file_of_something_else_stays_as_it_is(labelled: Zoo, tmp_path: Path, content: bytes) -> None:
    keep = tmp_path / "notes"
    keep.write_bytes(content)
    assert "holds something else, or a run of another model" in refused(labelled, "--keep", keep)
    assert keep.read_bytes() == content


def test_a_kept_run_of_another_setting_is_refused(labelled: Zoo, tmp_path: Path) -> None:
    keep = tmp_path / "found.jsonl"
    evaluated(labelled, "--limit", "1", "--keep", keep)
    assert "another model, contract, engine or set" in refused(labelled, "--keep", keep, "--delegate", "xnnpack")


def test_a_place_where_nothing_can_be_kept(labelled: Zoo, tmp_path: Path) -> None:
    said = refused(labelled, "--keep", tmp_path / "missing" / "found.jsonl")
    assert "cannot be kept in" in said


def test_an_unknown_protocol_names_those_there_are(labelled: Zoo) -> None:
    said = refused(labelled, "--protocol", "ap50")
    assert "there is no protocol `ap50`" in said.casefold()
    assert PROTOCOL in said


def test_a_protocol_that_nobody_computes(labelled: Zoo, tmp_path: Path) -> None:
    said = refused(labelled, "--protocol", "ap50-squares", "--data", f"red-squares={labelled.registry / FOLDER}")
    assert "nobody says how `ap50-squares` is computed" in said.casefold()


def test_pictures_that_nobody_has_are_named(own: Zoo) -> None:
    own.edit("  folder: datasets/few-squares\n", "", file="datasets/few-squares.yaml")
    said = refused(own, code=3)
    assert "say where they are: --data few-squares=PATH" in said.replace("Say", "say")
    (result,) = evaluated(own, "--data", f"few-squares={own.registry / FOLDER}")
    assert result["pictures"] == PICTURES
    # A place that does not exist is no reason for a traceback either.
    assert "cannot be read" in refused(own, "--data", f"few-squares={own.folder / 'nowhere'}", code=3)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("few-squares", "is not NAME=PATH"),
        ("few-square=x", "write `few-squares`"),
        ("=x", "is not NAME=PATH"),
    ],
)
def test_data_is_a_name_and_a_path(labelled: Zoo, word: str, said: str) -> None:
    assert said.casefold() in refused(labelled, "--data", word).casefold()


def test_other_pictures_than_the_registrys_are_refused(own: Zoo) -> None:
    picture = own.registry / FOLDER / "images" / "07.png"
    picture.write_bytes((own.registry / FOLDER / "images" / "08.png").read_bytes())
    assert "images/07.png of few-squares has sha256" in refused(own, code=1)


def test_a_model_that_tells_apart_something_else(own: Zoo) -> None:
    own.edit("names: [red square]", "names: [cat]", file="labels/squares.yaml")
    assert "does not fit" in refused(own)


def test_a_model_file_that_nobody_has(own: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(own.folder / "empty"))
    for path in own.mirror.glob(f"*/{MODEL_FILE}"):
        path.unlink()
    assert "could not be fetched" in refused(own, code=3)


def said_by(called: Called) -> str:
    return " ".join(called.err.split())


def test_an_artifact_without_bytes(labelled: Zoo) -> None:
    called = labelled.call("evaluate", "tiny_ssd/16/float")
    assert (called.code, called.out) == (2, "")
    assert "never run" in said_by(called)
