"""The reference cannot go stale: every field of every kind of file, every command and option, read from the code."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.conftest import REPOSITORY
from tests.site.pages import REAL_ZOO, parsed
from zoo_tools import errors
from zoo_tools.cli import COMMANDS, cli
from zoo_tools.cli.reference import EXIT_CODES, PAGE, page
from zoo_tools.registry.kinds import KINDS
from zoo_tools.site.fields import class_anchor, groups_of
from zoo_tools.site.pages.reference import manifest_reference, place_of
from zoo_tools.site.place import anchor

FILES = parsed(manifest_reference(REAL_ZOO))
COMMITTED = (REPOSITORY / PAGE).read_text(encoding="utf-8")


def _schemas() -> list[tuple[str, dict[str, object]]]:
    """Return the objects of the committed JSON Schemas, which another test holds to the types."""
    found: dict[str, dict[str, object]] = {}
    for kind, model in KINDS.items():
        schema = json.loads((REPOSITORY / "registry" / "schema" / f"{kind}-1.json").read_text(encoding="utf-8"))
        found[model.__name__] = schema
        found |= {name: one for name, one in schema.get("$defs", {}).items() if "properties" in one}
    return list(found.items())


@pytest.mark.parametrize(("name", "schema"), _schemas(), ids=lambda one: one if isinstance(one, str) else "")
def test_every_field_of_every_schema_has_a_row(name: str, schema: dict[str, object]) -> None:
    properties, required = schema["properties"], schema.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    for key, one in properties.items():
        (row,) = FILES.select(f"tr[id='{anchor(f'{name}.{key}')}']")
        assert row.select("th")[0].get_text() == key
        value, is_required, meaning = [cell.get_text() for cell in row.select("td")]
        assert value
        assert is_required.startswith("yes") == (key in required)
        description = " ".join(str(one.get("description", "")).split()).replace("`", "")
        assert description in " ".join(meaning.split())


def test_there_is_no_row_the_schemas_do_not_know() -> None:
    rows = [str(row["id"]) for row in FILES.select("tbody tr[id]")]
    known = {anchor(f"{name}.{key}") for name, one in _schemas() for key in one["properties"]}  # type: ignore[attr-defined]
    assert len(rows) == len(set(rows))
    assert set(rows) == known


def test_values_lead_to_the_objects_they_are() -> None:
    text = manifest_reference(REAL_ZOO)
    sections = set(re.findall(r"\{#(object-[^}]+)\}", text))
    links = {str(a["href"]).removeprefix("#") for a in FILES.select("td a")}
    assert links <= sections
    assert {class_anchor(group.name) for kind in KINDS for group in groups_of(kind)} == sections


def test_ids_say_what_they_name() -> None:
    fields = {f"{g.name}.{f.name}": f for kind in KINDS for g in groups_of(kind) for f in g.fields}
    assert fields["Latency.board"].type == "id of a board"
    assert fields["Anomaly.evidence"].type == "id of an evidence"
    assert fields["Variant.resolution"].type.startswith("3 times")
    assert "id" in fields["Board.id"].type


@pytest.mark.parametrize("kind", KINDS)
def test_places_of_files_are_real(kind: str) -> None:
    pattern = place_of(kind).replace("<id>", "*").removeprefix("registry/")
    assert list((REPOSITORY / "registry").glob(pattern)), kind


def test_the_reference_of_commands_is_current() -> None:
    assert page() == COMMITTED, "run: python -m zoo_tools.cli.reference"


def test_every_command_and_option_is_there() -> None:
    def walk(command: click.Command, path: str) -> None:
        section = COMMITTED.partition(f"# {path} {{")[2].partition("\n#")[0]
        assert section, path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in section, (path, parameter.name)
                assert " ".join((parameter.help or "").split())[:20].replace("<", "&lt;") in section
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, f"{path} {name}")

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        walk(command, f"zoo_tools {name}")


def test_exit_codes_are_those_of_the_program() -> None:
    codes = {getattr(one, "exit_code", None) for one in vars(errors).values() if isinstance(one, type)}
    assert codes - {None} <= EXIT_CODES.keys()
    assert CliRunner().invoke(cli, ["validate", "--no-such-option"]).exit_code in EXIT_CODES


@pytest.mark.parametrize("guide", sorted((REPOSITORY / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_guides_name_commands_and_options_there_are(guide: Path) -> None:
    """Every `zoo_tools COMMAND` in a code block exists and takes the options it is given."""
    text = guide.read_text(encoding="utf-8")
    for line in re.findall(r"^ {4}(zoo_tools [a-z].*)$", text, flags=re.MULTILINE):
        if guide.name == "cli.md":
            continue
        words = line.partition("#")[0].split()
        command: click.Command | None = cli
        for word in words[1:]:
            if not isinstance(command, click.Group):
                break
            command = command.get_command(click.Context(command), word)
            assert command is not None, line
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known, line


@pytest.mark.parametrize("guide", sorted((REPOSITORY / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_guides_name_files_there_are(guide: Path) -> None:
    """Every path of the repository in backticks leads somewhere; one with a placeholder in it to a folder."""
    text = guide.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:zoo_tools|tests|registry|docs)/[^`\s]*)`", text):
        fixed = (
            re.split(r"[<*{]|MODEL|my[_-]", path)[0].rpartition("/")[0] if re.search(r"[<*{]|my[_-]", path) else path
        )
        assert (REPOSITORY / fixed).exists(), (guide.name, path)
