"""`new`: what a file proves is filled in and right, the rest is `todo`, and nothing is ever overwritten or guessed."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import Zoo, squares
from tests.cli.invoke import Called, Report, call, text_at
from tests.make_tflite import tiny_ssd
from tests.tiny_models.catalogue import FOLDER, TinyModel, tiny_models
from zoo_tools.domain.findings import Status
from zoo_tools.registry.source import parse_source, plain
from zoo_tools.registry.unwritten import is_todo, unwritten_in

EXAMPLE = Path(__file__).resolve().parents[2] / "registry" / "models" / "example_shapes_ssd" / "files"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "My_Detector.tflite"
    path.write_bytes(tiny_ssd())
    return path


def new(zoo: Zoo, *arguments: str | Path) -> Called:
    return call("new", *arguments, "--registry", zoo.registry)


def findings(zoo: Zoo, subject: str) -> Report:
    called = zoo.validate(subject, level="static")
    assert called.err == ""
    return called.report


def tree(zoo: Zoo, model: str = "mine") -> dict[str, object]:
    data = (zoo.registry / "models" / model / "manifest.yaml").read_bytes()
    source, problems = parse_source(data, "manifest.yaml")
    assert source is not None
    assert not problems
    found = plain(source.root)
    assert isinstance(found, dict)
    return found


def variants(zoo: Zoo) -> list[dict[str, object]]:
    listed = tree(zoo)["variants"]
    assert isinstance(listed, list)
    return listed


def artifacts(zoo: Zoo) -> list[dict[str, object]]:
    return [one for variant in variants(zoo) for one in _list(variant["artifacts"])]


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def test_what_the_file_proves_is_filled_in(zoo: Zoo, model: Path) -> None:
    called = new(zoo, model, "--id", "mine", "--title", "Mine: a # detector")
    assert (called.code, called.err) == (0, "")
    assert "values are still `todo`" in called.out
    (artifact,) = artifacts(zoo)
    data = model.read_bytes()
    assert tree(zoo)["title"] == "Mine: a # detector"
    assert {key: artifact[key] for key in ("id", "format", "path", "sha256", "size", "parameters", "macs")} == {
        "id": "int8", "format": "tflite", "path": "files/my_detector.tflite", "sha256": sha256(data).hexdigest(),
        "size": str(len(data)), "parameters": "171", "macs": "2592",
    }  # fmt: skip
    assert artifact["precision"] == {"weights": "int8", "activations": "int8", "granularity": "per-channel"}
    assert (zoo.registry / "models/mine/files/my_detector.tflite").read_bytes() == data
    assert variants(zoo)[0]["resolution"] == ["16", "16", "3"]


def test_every_todo_is_named_where_it_stands_with_what_to_write(zoo: Zoo, model: Path) -> None:
    new(zoo, model, "--id", "mine")
    left = list(unwritten_in(tree(zoo)))
    report = findings(zoo, "mine")
    assert len(report.errors) == len(left) == len({one.location for one in report.errors}) > 15
    for one in report.errors:
        assert (one.check, one.message.endswith(" is still `todo`")) == ("schema", True)
        assert one.fix.startswith("write ")
        assert text_at(one.location).startswith("todo")
    by_place = {one.message.split("`")[1]: one.fix for one in report.errors}
    assert by_place["variants[0].labels"] == "write the id of a label set"
    assert by_place["contracts.main.input.colour"].startswith("write one of rgb, bgr, grey (")
    assert "prior-box-centre-variance" in by_place["contracts.main.decode"]


FILLED = {
    "title: todo": "title: Mine",
    "summary: todo": "summary: Finds red squares.",
    "  upstream: todo # where it is published; remove the line for a model made in this repository\n": "",
    "{spdx: todo}": "{spdx: Apache-2.0}",
    "{says: todo, how: todo}": "{says: all of it, how: It was made by hand.}",
    "colour: todo, range: todo": "colour: rgb, range: [0, 255]",
    "{mode: todo, filter: todo, coordinates: todo}": "{mode: stretch, filter: nearest, coordinates: half-pixel-floor}",
    "a: todo, b: todo, in: todo": "a: 1/127.5, b: -1, in: quantisation",
    "decode: todo": """decode:
      type: anchor-tensor-corner-offsets
      scores:  {role: scores, activation: none, background: 0}
      offsets: {role: offsets, order: xyxy}
      anchors: {role: anchors, order: xyxy, units: normalised}
      clip: true""",
    "select: todo": "select: {nms: class-wise, iou: 0.5, score: 0.001, max_detections: 100, ties: lower-anchor-first}",
    "labels: todo": "labels: squares",
    "release: todo": "release: none",
    'role: todo, name: "StatefulPartitionedCall:2"': 'role: scores, name: "StatefulPartitionedCall:2"',
    'role: todo, name: "StatefulPartitionedCall:1"': 'role: offsets, name: "StatefulPartitionedCall:1"',
    'role: todo, name: "StatefulPartitionedCall:0"': 'role: anchors, name: "StatefulPartitionedCall:0"',
}
"""What a person writes for the tiny detector, in place of what."""


def fill_in(zoo: Zoo) -> None:
    path = zoo.registry / "models/mine/manifest.yaml"
    text = path.read_text(encoding="utf-8")
    dataset = next(iter(sorted((zoo.registry / "datasets").glob("*.yaml")))).stem
    for old, written in {**FILLED, "dataset: todo": f"dataset: {dataset}"}.items():
        assert old in text, old
        text = text.replace(old, written)
    path.write_text(text, encoding="utf-8")


def test_a_draft_whose_todos_are_answered_is_proven_by_its_file(zoo: Zoo, model: Path) -> None:
    new(zoo, model, "--id", "mine")
    fill_in(zoo)
    called = zoo.validate("mine", level="run")
    assert [one.message for one in called.report.errors] == []
    proven = {one.check for one in called.report.outcomes if one.status.value == "passed"}
    assert {"file-hash", "files-held", "io-inputs", "io-outputs", "parameters", "macs", "operators-supported"} <= proven
    assert {"quantisation-vs-formula", "roles-proven", "tensors-fit"} <= proven


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".bin"))
def test_files_of_every_format_become_drafts(zoo: Zoo, name: str) -> None:
    called = new(zoo, FOLDER / name, "--id", "mine")
    assert (called.code, called.err) == (0, "")
    report = findings(zoo, "mine")
    assert {one.message.endswith(" is still `todo`") for one in report.errors} == {True}
    for artifact in artifacts(zoo):
        held = zoo.registry / "models/mine" / str(artifact["path"])
        assert sha256(held.read_bytes()).hexdigest() == artifact["sha256"]
        for companion in _list(artifact.get("companions", [])):
            beside = held.with_name(str(companion["name"]))
            assert sha256(beside.read_bytes()).hexdigest() == companion["sha256"]


PROVEN_BY_FILES = {"files-held", "file-hash", "file-size", "file-kind", "io-inputs", "io-outputs", "parameters"}


TOLD = [model for model in tiny_models() if model.format != "tf-frozen-graph"]
"""A frozen graph does not tell the shapes of its outputs."""


@pytest.mark.parametrize("model", TOLD, ids=lambda model: model.name)
def test_with_its_contract_a_draft_of_every_format_is_proven(zoo: Zoo, model: TinyModel) -> None:
    """What `new` wrote stands as it is; what a person knows of the tiny models is put in place of each `todo`."""
    assert new(zoo, model.path, "--id", "mine").code == 0
    path = zoo.registry / "models/mine/manifest.yaml"
    text = path.read_text(encoding="utf-8")
    head, rest = text.split("contracts:\n")
    contract = model.contract.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = f"{head}contracts:\n  main: {json.dumps(contract)}\n\nvariants:{rest.split('variants:')[1]}"
    for slot, name in model.roles.items():
        role, _, level = slot.partition(".")
        said = f"role: {role}, level: {level}" if level else f"role: {role}"
        text = text.replace(f"role: todo, name: {json.dumps(name)}", f"{said}, name: {json.dumps(name)}")
    for old, written in FILLED.items():
        text = text.replace(old, written)
    text = re.sub(r"role: todo|spdx: todo|: todo\b", lambda found: KNOWN.get(found[0], ": squares"), text)
    path.write_text(text.replace("[todo, todo, todo]", "[8, 8, 3]"), encoding="utf-8")
    report = zoo.validate("mine", level="files").report
    assert [one.message for one in report.errors if one.check in {"schema", "syntax"}] == []
    wrong = [one.message for one in report.errors if one.check in PROVEN_BY_FILES]
    assert wrong == []
    assert {one.check for one in report.outcomes if one.status is Status.PASSED} >= PROVEN_BY_FILES


KNOWN = {"role: todo": "role: image", "spdx: todo": "spdx: MIT"}


def test_files_of_one_size_are_artifacts_of_one_variant(zoo: Zoo, model: Path, tmp_path: Path) -> None:
    larger = tmp_path / "larger.tflite"
    larger.write_bytes(tiny_ssd(size=32))
    called = new(
        zoo, EXAMPLE / "shapes_ssd_int8.tflite", EXAMPLE / "shapes_ssd_float.onnx", model, larger, "--id", "mine"
    )
    assert called.code == 0
    assert {str(one["id"]): [str(a["id"]) for a in _list(one["artifacts"])] for one in variants(zoo)} == {
        "96": ["int8", "onnx"], "16": ["int8"], "32": ["int8"],
    }  # fmt: skip
    contracts = tree(zoo)["contracts"]
    assert isinstance(contracts, dict)
    assert list(contracts) == ["nhwc", "nchw"]
    assert [one.get("contract") for one in artifacts(zoo)] == [None, "nchw", None, None]


def test_no_role_of_an_output_is_guessed(zoo: Zoo) -> None:
    """The names `scores` and `offsets` are what a file says, and prove nothing."""
    new(zoo, EXAMPLE / "shapes_ssd_float.onnx", "--id", "mine")
    tensors = artifacts(zoo)[0]["tensors"]
    assert isinstance(tensors, dict)
    assert [one["role"] for one in tensors["outputs"]] == ["todo", "todo"]
    assert [one["role"] for one in tensors["inputs"]] == ["image"]


def test_nothing_is_overwritten(zoo: Zoo, model: Path) -> None:
    before = {path: path.read_bytes() for path in zoo.registry.rglob("*") if path.is_file()}
    called = new(zoo, model, "--id", "tiny_ssd")
    assert (called.code, called.out) == (2, "")
    assert "is there already" in called.err
    assert {path: path.read_bytes() for path in zoo.registry.rglob("*") if path.is_file()} == before


def test_a_file_that_cannot_be_read_leaves_nothing(zoo: Zoo, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(tiny_ssd()[:1000])
    called = new(zoo, model, broken, "--id", "mine")
    assert (called.code, called.out) == (1, "")
    assert called.err.startswith("zoo_tools: broken.tflite is not a sound tflite file")
    assert [path.name for path in (zoo.registry / "models").iterdir()] == ["tiny_ssd"]


@pytest.mark.parametrize("id_", ["Mine", "../mine", "a b", "con", "x" * 65, ""])
def test_an_id_that_is_none(zoo: Zoo, model: Path, id_: str) -> None:
    called = new(zoo, model, "--id", id_)
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("zoo_tools: ")


def test_a_file_that_is_published_elsewhere(zoo: Zoo, model: Path) -> None:
    assert new(zoo, model, "--id", "mine", "--no-copy").code == 0
    (artifact,) = artifacts(zoo)
    assert (artifact["urls"], artifact["name"], artifact.get("path")) == (["todo"], model.name, None)
    assert [path.name for path in (zoo.registry / "models/mine").iterdir()] == ["manifest.yaml"]


def test_hostile_names_stay_text(zoo: Zoo, tmp_path: Path) -> None:
    name = 'x", role: scores} # \n::error::'
    path = tmp_path / "named.tflite"
    path.write_bytes(tiny_ssd().replace(b"StatefulPartitionedCall:0", name.encode()[:25].ljust(25, b"!")))
    assert new(zoo, path, "--id", "mine").code == 0
    tensors = artifacts(zoo)[0]["tensors"]
    assert isinstance(tensors, dict)
    assert [set(one) for one in tensors["outputs"]] == [{"role", "name", "shape", "dtype"}] * 3
    assert {one.message.endswith("is still `todo`") for one in findings(zoo, "mine").errors} == {True}


def test_a_picture(zoo: Zoo, tmp_path: Path) -> None:
    picture = tmp_path / "Squares.PNG"
    picture.write_bytes(squares())
    called = new(zoo, picture, "--id", "mine")
    assert (called.code, called.err) == (0, "")
    text = (zoo.registry / "images/mine.yaml").read_text(encoding="utf-8")
    assert f'sha256: "{sha256(squares()).hexdigest()}"\nsize: {len(squares())}\nwidth: 48\nheight: 32\n' in text
    report = zoo.validate(level="static").report
    assert {one.message for one in report.errors} == {
        f"`{key}` is still `todo`" for key in ("title", "licence", "shows")
    }
    again = new(zoo, picture, "--id", "mine")
    assert again.code == 2


@pytest.mark.parametrize("text", ["todo", "TODO", "Todo: who made it", "todo:"])
def test_forms_of_the_word(text: str) -> None:
    assert is_todo(text)


@pytest.mark.parametrize("text", ["todos", "to do", "a todo", "todo list", "", None, 3])
def test_what_is_not_the_word(text: object) -> None:
    assert not is_todo(text)


@pytest.mark.parametrize(
    ("old", "new_text", "place", "fix"),
    [
        ("title: Tiny", "title: TODO #", "title", "write a text (name of the family, as people call it)"),
        ("  labels: squares\n", "  labels: todo\n", "variants[0].labels", "write the id of a label set"),
        ("clip: true", "clip: todo", "contracts.three.decode.clip", "write true or false"),
        ("id: tiny_ssd\n", "id: todo\n", "id", "write a text (name of its folder)"),
    ],
)
def test_no_todo_is_taken_for_a_value(zoo: Zoo, old: str, new_text: str, place: str, fix: str) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    assert old in text
    zoo.manifest.write_text(text.replace(old, new_text, 1), encoding="utf-8")
    (error,) = zoo.validate(level="static").report.errors
    assert error.message.endswith(" is still `todo`")
    assert place.rpartition(".")[2] in error.message
    assert error.fix.startswith(fix)


def test_a_name_that_is_still_to_be_given(zoo: Zoo) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    contract = next(
        line for line in text.splitlines() if text.split("contracts:\n")[1].startswith(line + "\n") and line
    )
    zoo.manifest.write_text(text.replace(contract, "  todo:", 1), encoding="utf-8")
    errors = zoo.validate(level="static").report.errors
    assert "a name in `contracts` is still `todo`" in {one.message for one in errors}


def test_a_report_for_programs_names_them_too(zoo: Zoo, model: Path) -> None:
    new(zoo, model, "--id", "mine")
    called = zoo.validate("mine", level="static")
    assert called.code == 1
    assert json.loads(called.out)["summary"]["errors"] == len(list(unwritten_in(tree(zoo))))
