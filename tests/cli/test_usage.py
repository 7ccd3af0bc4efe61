"""What the command line cannot act on is one sentence with a fix, exit code 2, and never a traceback."""

from pathlib import Path

import pytest

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import call, call_process
from zoo_tools.cli import COMMANDS
from zoo_tools.report import FORMATS


def complaint(*arguments: str | Path) -> str:
    called = call(*arguments)
    assert called.code == 2
    assert called.out == ""
    return called.err


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        ("validat", "Write `validate`."),
        ("fecth", "Write `fetch`."),
        ("zzz", f"Choose one of: {', '.join(COMMANDS)}."),
    ],
)
def test_an_unknown_command(given: str, fix: str) -> None:
    assert complaint(given) == f"zoo_tools: there is no command `{given}`.\n  → {fix}\n"


@pytest.mark.parametrize(
    ("subject", "sentence", "fix"),
    [
        ("tiny_sd", "there is no model `tiny_sd`", "Write `tiny_ssd`"),
        ("zzz", "there is no model `zzz`", "Choose one of: tiny_ssd"),
        ("", "there is no model ``", "Choose one of: tiny_ssd"),
        ("tiny_ssd/61", "there is no variant of tiny_ssd `61`", "Write `16`"),
        ("tiny_ssd/16/in8", "there is no artifact of tiny_ssd/16 `in8`", "Write `int8`"),
        ("tiny_ssd/16/xyz", "there is no artifact of tiny_ssd/16 `xyz`", "Choose one of: float, int8"),
        ("tiny_ssd/16/int8/x", "`tiny_ssd/16/int8/x` has 4 parts", "Name a subject as model/variant/artifact"),
    ],
)
def test_an_unknown_subject(built: Zoo, subject: str, sentence: str, fix: str) -> None:
    said = complaint("validate", subject, "--level", "static", "--registry", built.registry)
    assert said == f"zoo_tools: {sentence}.\n  → {fix}.\n"


def test_a_manifest_of_another_registry(built: Zoo, tmp_path: Path) -> None:
    said = complaint("validate", tmp_path / "manifest.yaml", "--registry", built.registry)
    assert said.startswith(f"zoo_tools: {tmp_path}/manifest.yaml is no manifest of this registry.\n")


@pytest.mark.parametrize("words", ["", "tiny_ssd", "tiny_ssd/", "tiny_ssd/16", "tiny_ssd/16/int8", "tiny_ssd tiny_ssd"])
def test_subjects_that_are_known(built: Zoo, words: str) -> None:
    assert call("validate", *words.split(), "--level", "static", "--registry", built.registry).code == 0


def test_a_manifests_path_is_a_subject(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("validate", built.manifest, "--level", "static", "--registry", built.registry).code == 0
    monkeypatch.chdir(built.manifest.parent)
    called = call("validate", "manifest.yaml", "--level", "static", "--registry", built.registry, "--format", "json")
    assert called.code == 0
    # Places are named from where the user stands.
    findings = [one for one in called.report.findings if one.check == "unpinned"]
    assert {one.location.file for one in findings} == {"manifest.yaml"}


def test_the_registry_of_the_repository_is_found_from_below(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built.manifest.parent)
    assert call("validate", "tiny_ssd", "--level", "static").code == 0


def test_a_folder_without_a_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert complaint("validate") == (
        "zoo_tools: registry is not a registry: it has no folder `models`.\n"
        "  → Run the command in the zoo's repository, or name the folder with --registry DIR.\n"
    )


def test_a_mirror_that_is_no_folder(built: Zoo) -> None:
    # Dots of a path stay: `..` is no full stop.
    assert complaint("validate", "--registry", built.registry, "--mirror", "../absent") == (
        "zoo_tools: the mirror ../absent is not a folder.\n  → Name a folder or an https address.\n"
    )


def test_a_mirror_of_the_environment_may_hold_spaces(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.mirror.rename(tmp_path / "a mirror with spaces")
    monkeypatch.setenv("ZOO_TOOLS_MIRROR", str(tmp_path / "a mirror with spaces"))
    assert call("validate", "--level", "files", "--offline", "--registry", zoo.registry).code == 0


@pytest.mark.parametrize(
    ("format_", "sentence", "fix"),
    [
        ("html", "there is no report format `html`", f"Choose one of: {', '.join(FORMATS)}"),
        ("=x", "there is no report format ``", f"Choose one of: {', '.join(FORMATS)}"),
        ("JSON", "there is no report format `JSON`", "Write `json`"),
        ("jnuit=x.xml", "there is no report format `jnuit`", "Write `junit`"),
    ],
)
def test_an_unknown_format(built: Zoo, format_: str, sentence: str, fix: str) -> None:
    said = complaint("validate", "--registry", built.registry, "--format", format_)
    assert said == f"zoo_tools: {sentence}.\n  → {fix}.\n"


@pytest.mark.parametrize(
    "words",
    [("validate", "--level", "statc"), ("validate", "--levle", "static"), ("fetch",), ("inspect",), ("schema", "x")],
)
def test_what_options_do_not_allow(words: tuple[str, ...]) -> None:
    said = complaint(*words)
    assert said.startswith("Usage: zoo_tools ")
    assert "Error: " in said
    assert "Traceback" not in said


def test_a_terminal_is_not_written_to_by_a_name(built: Zoo) -> None:
    called = call_process("validate", "\x1b[31mred\u202e", "--registry", built.registry)
    assert called.code == 2
    assert "\x1b" not in called.err
    assert "\u202e" not in called.err
    assert "red" in called.err
