"""What the schema says of a wrong value is a sentence, with the nearest known word where there is one."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.checks.examples import Example, apply, examples
from tests.checks.tiny_zoo import BASE, Zoo
from tests.cli.invoke import REPOSITORY
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.kinds import KINDS
from zoo_tools.registry.schema import fields_at, json_schema, validate
from zoo_tools.registry.source import parse_source

KIND_OF = {
    "boards": "board",
    "series": "series",
    "tools": "tool",
    "datasets": "dataset",
    "protocols": "protocol",
    "labels": "labels",
    "images": "image",
}


def told(text: str, kind: str = "board") -> list[tuple[int, int, str]]:
    source, _ = parse_source(text.encode(), "f.yaml")
    assert source is not None
    findings = validate(KINDS[kind], source, "boards/x")[1]
    return [(one.location.line, one.location.column, one.message) for one in findings]


BOARD = 'id: x\ntitle: X\nseries: y\nchip: Z\nurl: "https://example.org"\n'


def test_a_board_as_it_should_be() -> None:
    assert told(BOARD) == []


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (BOARD + "ram: [{size: 1, unit: KB, kind: x, source: y}]\n", 6, 23, "`KB` is none of KiB, MiB, GiB"),
        (BOARD + "ram: [x]\n", 6, 7, "`x` stands where a mapping should be"),
        (BOARD + "ram: {size: 1}\n", 6, 6, "a mapping stands where a list should be"),
        (BOARD + "note: [x]\n", 6, 7, "a list is not a text"),
        (BOARD + "note: ''\n", 6, 7, "the value is blank"),
        (BOARD + "ram: [{unit: KiB, kind: x, source: y}]\n", 6, 7, "key `size` is missing in `ram[0]`"),
        (BOARD.replace("id: x", "id: X"), 1, 5, "`X` is not an id"),
        (BOARD.replace("id: x", "id: nul"), 1, 5, "`nul` is a device name on Windows"),
        (BOARD.replace("id: x", "id: x."), 1, 5, "`x.` is not an id"),
        (BOARD.replace("id: x", "id: ../x"), 1, 5, "`../x` is not an id"),
        (
            BOARD.replace("https://example.org", "https://user:pass@example.org"),
            5,
            6,
            "`https://user:pass@example.org` is not an https url",
        ),
        (BOARD.replace("https://example.org", "file:///etc/passwd"), 5, 6, "`file:///etc/passwd` is not an https url"),
        (BOARD.replace("example.org", "exa mple.org"), 5, 6, "`https://exa mple.org` is not an https url"),
        ("- x\n", 1, 1, "a list stands where a mapping should be"),
        ("x\n", 1, 1, "`x` stands where a mapping should be"),
    ],
)
def test_what_is_wrong_with_a_board(text: str, line: int, column: int, message: str) -> None:
    assert (line, column, message) in told(text)


def test_a_value_or_why_it_is_unknown() -> None:
    text = (BASE / "protocols" / "ap50-squares.yaml").read_text(encoding="utf-8")
    assert told(text, "protocol") == []
    unknown = text.replace("max_detections: 100", "max_detections: {unknown: nobody says}")
    assert told(unknown, "protocol") == []
    ((_, _, message),) = told(text.replace("max_detections: 100", "max_detections: many"), "protocol")
    assert message == "`many` is not a whole number"
    wrong = told(text.replace("max_detections: 100", "max_detections: {unkown: nobody says}"), "protocol")
    assert "key `unkown` is unknown in `max_detections`; the nearest known key is `unknown`" in {
        one[2] for one in wrong
    }


def test_known_keys_are_found_through_lists_mappings_and_unions() -> None:
    assert set(fields_at(Manifest, ("variants", 0, "latencies", 2, "share"))) == {"npu", "gpu", "cpu"}
    decode = ("contracts", "x", "decode")
    assert "variances" in fields_at(Manifest, (*decode, "anchor-tensor-centre-variance"))
    assert "variances" not in fields_at(Manifest, (*decode, "anchor-tensor-corner-offsets"))
    assert "in" in fields_at(Manifest, ("contracts", "x", "preprocess", "normalise"))
    assert "transcript" in fields_at(Manifest, ("evidence", "x", "published"))
    assert fields_at(Manifest, ("title",)) == {}


def as_yaml(path: Path) -> object:
    """Read a file as editors do: with the types of YAML, which the JSON Schema is written for."""
    loaded = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    # Dates become JSON's texts; numbers stay numbers.
    tree: object = json.loads(json.dumps(loaded, default=str))
    return tree


def complaints(tree: object, kind: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema(KINDS[kind]))
    return [error.message for error in validator.iter_errors(tree)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_json_schema_is_one(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(KINDS[kind]))


# hosts.yaml and waivers.yaml have no schema of their own for editors.
DESCRIBED = [path for path in sorted((REPOSITORY / "registry").rglob("*.yaml")) if path.parent.name != "registry"]


@pytest.mark.parametrize("path", DESCRIBED, ids=lambda path: path.stem)
def test_the_json_schema_accepts_the_registry(path: Path) -> None:
    kind = "manifest" if path.name == "manifest.yaml" else KIND_OF[path.parent.name]
    assert complaints(as_yaml(path), kind) == []


# Where a value is a whole sentence's business, the schema for editors is less strict than the program.
ONLY_THE_PROGRAM = {"bad-id", "bad-device-name", "bad-neither", "bad-pinned-and-not", "bad-traversal", "bad-tool"}
# Editors read 2592.0 and, by YAML 1.2, 02592 as whole numbers.
ONLY_THE_PROGRAM |= {"bad-not-a-whole-number", "bad-octal"}


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(one, id=one.name)
        for one in examples()
        if one.check == "schema" and not one.is_good and one.name not in ONLY_THE_PROGRAM
    ],
)
def test_the_json_schema_refuses_what_the_program_refuses(zoo: Zoo, example: Example) -> None:
    for change in example.changes:
        apply(zoo, change)
    assert complaints(as_yaml(zoo.manifest), "manifest")


@pytest.mark.parametrize("name", KINDS)
def test_the_schema_files_of_the_registry_are_current(name: str) -> None:
    held = json.loads((REPOSITORY / "registry" / "schema" / f"{name}-1.json").read_text(encoding="utf-8"))
    assert held == json_schema(KINDS[name])
