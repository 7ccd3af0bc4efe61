"""`cache`: what is kept, whether it is right, and that cleaning never takes what is named or being written."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo, squares
from tests.cli.invoke import Called, call
from tests.make_tflite import tiny_ssd

OLD = b"a file of a release that is gone"


@pytest.fixture
def folder(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with a model and a picture that the zoo names, and a file that nobody does."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(folder))
    for name, content in ((MODEL_FILE, tiny_ssd()), ("squares.png", squares()), ("old.tflite", OLD)):
        path = folder / sha256(content).hexdigest() / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return folder


def ours(name: str, pid: int, kind: str) -> str:
    """The name of an unfinished file of this machine."""
    host = sha256(os.uname().nodename.encode()).hexdigest()[:8]
    return f".{name}.{host}-{pid}-0123abcd.{kind}"


def gc(zoo: Zoo, *words: str | Path) -> Called:
    return call("cache", "gc", "--registry", zoo.registry, *words)


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if not path.is_dir()}


def test_ls_says_what_each_file_is(zoo: Zoo, folder: Path) -> None:
    called = call("cache", "ls", "--registry", zoo.registry)
    assert called.code == 0
    lines = {line.split("  ")[-1].strip() if "  " in line else line for line in called.out.splitlines()}
    assert SUBJECT in lines
    assert "images/squares" in lines
    assert called.err == f"3 files, {len(tiny_ssd()) + len(squares()) + len(OLD):,} bytes in {folder}\n"
    tree = json.loads(call("cache", "ls", "--json", "--registry", zoo.registry).out)
    found = {Path(one["path"]).name: (one["size"], one["state"], one["subjects"]) for one in tree["files"]}
    assert found[MODEL_FILE] == (4400, "whole", [SUBJECT])
    assert found["old.tflite"] == (len(OLD), "whole", [])


def test_ls_needs_no_registry_and_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(tmp_path / "none"))
    called = call("cache", "ls")
    assert (called.code, called.out) == (0, "")


def test_verify_names_wrong_files(zoo: Zoo, folder: Path) -> None:
    assert (call("cache", "verify").code, call("cache", "verify").out) == (0, "")
    path = next(folder.glob(f"*/{MODEL_FILE}"))
    path.write_bytes(b"x" * 4400)
    called = call("cache", "verify")
    assert called.code == 1
    assert called.out == f"{path}: has sha256 {sha256(b'x' * 4400).hexdigest()}, should have that of its folder\n"
    assert called.err == "3 files, 1 wrong\n"


def test_gc_is_a_dry_run_unless_told_otherwise(zoo: Zoo, folder: Path) -> None:
    before = files_in(folder)
    called = gc(zoo)
    assert (called.code, files_in(folder)) == (0, before)
    old = next(folder.glob("*/old.tflite"))
    assert called.out == f"would remove {old} ({len(OLD)} bytes)\n"
    assert gc(zoo, "--delete").out == f"removed {old} ({len(OLD)} bytes)\n"
    assert files_in(folder) == {MODEL_FILE, "squares.png"}
    assert not old.parent.exists()


def test_gc_keeps_what_any_of_several_registries_names(zoo: Zoo, folder: Path, tmp_path: Path) -> None:
    other = zoo.copy(tmp_path / "other")
    other.swap(MODEL_FILE, OLD)
    gc(zoo, "--registry", other.registry, "--delete")
    assert files_in(folder) == {MODEL_FILE, "squares.png", "old.tflite"}


def test_gc_keeps_archives_that_are_named(zoo: Zoo, folder: Path) -> None:
    digest = sha256(OLD).hexdigest()
    size = f"    size: {len(tiny_ssd())}\n"
    zoo.edit(size, f'{size}    archive: {{member: a/{MODEL_FILE}, sha256: "{digest}", size: {len(OLD)}}}\n')
    assert gc(zoo, "--delete").out == ""


def test_gc_removes_leftovers_but_no_file_that_is_being_written(zoo: Zoo, folder: Path) -> None:
    place = next(folder.glob(f"*/{MODEL_FILE}")).parent
    left = [ours(MODEL_FILE, 999_999_999, "part"), ours("x", 1, "rest"), ours("x", 1, "json")]
    kept = [ours(MODEL_FILE, os.getppid(), "part"), ours(MODEL_FILE, os.getppid(), "json")]
    for name in (*left, *kept):
        (place / name).write_bytes(b"{}")
    gc(zoo, "--delete")
    assert files_in(folder) == {MODEL_FILE, "squares.png", *kept}


def test_gc_touches_nothing_else(zoo: Zoo, folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "x").write_bytes(b"precious")
    (folder / ("0" * 64)).symlink_to(precious)
    (folder / "notes.txt").write_bytes(b"mine")
    (folder / ("1" * 63)).mkdir()
    (folder / ("1" * 63) / "y").write_bytes(b"mine")
    (folder / ("2" * 64)).mkdir()
    (folder / ("2" * 64) / "link").symlink_to(precious / "x")
    gc(zoo, "--delete")
    assert files_in(folder) >= {"notes.txt", "y", "link"}
    assert (precious / "x").read_bytes() == b"precious"


def test_gc_removes_nothing_while_a_manifest_cannot_be_read(zoo: Zoo, folder: Path) -> None:
    zoo.edit("summary: Sees red squares", "sumary: Sees red squares")
    before = files_in(folder)
    called = gc(zoo, "--delete")
    assert called.code == 2
    assert called.err.startswith("zoo_tools: tiny_ssd cannot be read, so nobody knows which files it names.\n")
    assert files_in(folder) == before


def test_gc_without_any_registry_removes_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    before = files_in(folder)
    assert call("cache", "gc", "--delete").code == 2
    assert files_in(folder) == before


def test_results_of_earlier_runs_are_told_and_removed_on_request(zoo: Zoo, folder: Path) -> None:
    assert zoo.validate("--jobs", "1", level="static").code == zoo.validate("--jobs", "1", level="files").code == 0
    kept = sorted([*(folder / "static").glob("*.kept"), *(folder / "runs").glob("*.kept")])
    assert len({path.parent for path in kept}) == 2, "both levels keep what they found"
    other = folder / "runs" / "notes.txt"
    other.touch()
    told = f"{len(kept)} files, {sum(path.stat().st_size for path in kept):,} bytes"
    listed = call("cache", "ls", "--registry", zoo.registry)
    assert f"results that validate kept: {told};" in listed.err
    tree = json.loads(call("cache", "ls", "--json", "--registry", zoo.registry).out)
    assert sorted(one["path"] for one in tree["results"]) == [str(path) for path in kept]
    assert gc(zoo, "--delete").code == 0
    assert f"results of validate: {told} could be removed" in gc(zoo, "--results").err
    assert all(path.exists() for path in kept)
    assert f"results of validate: {told} removed" in gc(zoo, "--results", "--delete").err
    assert not any(path.exists() for path in kept)
    assert other.exists()
