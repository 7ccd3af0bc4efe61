"""`fmt`: writes only what says the same, whole or not at all, and tells who asks what would change."""

from pathlib import Path

import pytest

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, Called, call
from zoo_tools.registry.source import parse_source, plain

UNTIDY = "a:   1   # why\nlist:\n    - {x: 1,y:  2}\n    - {x: 10, y: 3}\n\n\n\n"
TIDY = "a: 1 # why\nlist:\n- {x: 1,  y: 2}\n- {x: 10, y: 3}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.yaml"
    path.write_text(UNTIDY, encoding="utf-8")
    return path


def fmt(*arguments: str | Path) -> Called:
    return call("fmt", *arguments)


def test_a_file_is_formatted_once(file: Path) -> None:
    called = fmt(file)
    assert (called.code, called.err) == (0, "1 of 1 files changed\n")
    assert called.out.startswith("formatted ")
    assert file.read_text(encoding="utf-8") == TIDY
    again = fmt(file)
    assert (again.code, again.out, again.err) == (0, "", "0 of 1 files changed\n")


def test_check_and_diff_write_nothing(file: Path) -> None:
    checked = fmt(file, "--check")
    assert (checked.code, checked.err) == (1, "1 of 1 files would change\n")
    shown = fmt(file, "--diff")
    assert shown.code == 0
    assert "-a:   1   # why\n+a: 1 # why\n" in shown.out
    assert file.read_text(encoding="utf-8") == UNTIDY
    fmt(file)
    assert fmt(file, "--check", "--diff").code == 0


def test_the_registry_has_nothing_to_change() -> None:
    called = fmt("--check", "--registry", REPOSITORY / "registry")
    assert (called.code, called.out) == (0, "")


def test_the_whole_registry_says_the_same_afterwards(zoo: Zoo) -> None:
    before = {path: path.read_bytes() for path in zoo.registry.rglob("*.yaml")}
    for path, data in before.items():
        path.write_bytes(data.replace(b": ", b":  ").replace(b"\n", b"  \n\n\n", 1))
    changed = {path: path.read_bytes() for path in before}
    called = fmt("--registry", zoo.registry)
    assert called.code == 0
    for path, data in changed.items():
        after = path.read_bytes()
        assert _tree(after) == _tree(data)
        assert after.count(b"#") == data.count(b"#")
    assert fmt("--check", "--registry", zoo.registry).code == 0


def _tree(data: bytes) -> object:
    source, problems = parse_source(data, "x")
    assert source is not None
    assert not problems
    return plain(source.root)


@pytest.mark.parametrize("content", ["a: 1\na: 2\n", "a: [\n", "a: &x 1\nb: *x\n"])
def test_what_is_no_strict_yaml_is_left_and_named(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    called = fmt(file)
    assert (called.code, called.out) == (1, "")
    assert called.err.startswith("zoo_tools: ")
    assert "x.yaml:" in called.err
    assert file.read_text(encoding="utf-8") == content


def test_one_bad_file_does_not_keep_the_others(file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "a.yaml"
    bad.write_text("a: [\n", encoding="utf-8")
    called = fmt(bad, file)
    assert called.code == 1
    assert file.read_text(encoding="utf-8") == TIDY


def test_links_are_not_followed(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(file)
    assert fmt(folder).code == 0
    assert file.read_text(encoding="utf-8") == UNTIDY
    called = fmt(folder / "link.yaml")
    assert called.code == 1
    assert file.read_text(encoding="utf-8") == UNTIDY


def test_no_registry(tmp_path: Path) -> None:
    called = fmt("--registry", tmp_path)
    assert (called.code, called.out) == (2, "")
