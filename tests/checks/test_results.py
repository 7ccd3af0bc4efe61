"""What is kept of files and runs is what would be said again, and whatever it rests on makes it ask anew."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.checks.more_formats import add_pair
from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, Called
from tests.conftest import oracle
from zoo_tools.checks import macs, observing, results
from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.catalogue import CHECKS
from zoo_tools.checks.observation import observe
from zoo_tools.domain.findings import Status
from zoo_tools.errors import ModelRunError, UnavailableError
from zoo_tools.fetch import default_folder

Outcomes = list[dict[str, object]]


def outcomes_of(called: Called) -> Outcomes:
    found: Outcomes = json.loads(called.out)["outcomes"]
    return found


def said(called: Called) -> Outcomes:
    """Everything a report says, but how long it took and whether it was kept."""
    return [{name: v for name, v in one.items() if name not in ("seconds", "cached")} for one in outcomes_of(called)]


def cached(called: Called) -> set[object]:
    """The levels whose outcomes were kept; behind level static, all of a variant's are, or none."""
    return {one["level"] for one in outcomes_of(called) if one["cached"]}


def files() -> list[Path]:
    return sorted((default_folder() / "runs").glob("*"))


def test_what_is_kept_is_what_would_be_said(zoo: Zoo) -> None:
    oracle("onnxruntime")
    add_pair(zoo)
    zoo.edit("macs: 2592", "macs: 2593")
    none, filling, reading = (zoo.validate(*more) for more in (["--no-cache"], [], []))
    assert said(none) == said(filling) == said(reading)
    assert none.code == filling.code == reading.code == 1
    assert cached(none) | cached(filling) == set()
    assert cached(reading) == {"files", "run"}
    assert len(files()) == 2


def test_lines_move_with_the_manifest(zoo: Zoo) -> None:
    zoo.edit("macs: 2592", "macs: 2593")
    before = zoo.validate(level="files").report.of("macs")[0].findings[0].location
    zoo.edit("format: 1\n", "# one more line\nformat: 1\n")
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Another title")
    called = zoo.validate(level="files")
    assert cached(called) == {"files"}
    after = called.report.of("macs")[0].findings[0].location
    assert (after.line, after.column) == (before.line + 1, before.column)
    assert said(called) == said(zoo.validate("--no-cache", level="files"))


def edited(old: str, new: str, file: str = "models/tiny_ssd/manifest.yaml") -> Callable[[Zoo], object]:
    return lambda zoo: zoo.edit(old, new, file=file)


def other_bytes(zoo: Zoo) -> None:
    (path,) = zoo.mirror.glob("*/tiny_int8.tflite")
    zoo.swap("tiny_int8.tflite", path.read_bytes() + b"\0")


def other_recording(zoo: Zoo) -> None:
    (path,) = (zoo.registry / "models/tiny_ssd/golden").glob("*.json")
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n\n", encoding="utf-8")


CHANGES: dict[str, Callable[[Zoo], object]] = {
    "the artifact's bytes": other_bytes,
    "the contract": edited("iou: 0.5,", "iou: 0.45,"),
    "the recording": other_recording,
    "the picture": edited("title:", "# \ntitle:", "images/squares.yaml"),
    "the labels": edited("names:", "# \nnames:", "labels/squares.yaml"),
    "a figure of the variant": edited("ms: 2.50", "ms: 2.51"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_it_rests_on_makes_it_ask_anew(what: str, zoo: Zoo) -> None:
    zoo.validate(level="files")
    assert cached(zoo.validate(level="files")) == {"files"}
    CHANGES[what](zoo)
    after = zoo.validate(level="files")
    assert cached(after) == set()
    assert said(after) == said(zoo.validate("--no-cache", level="files"))


@pytest.mark.parametrize("name", ["_packages", "_machine", "source_digest"])
def test_another_engine_machine_or_tool_makes_it_ask_anew(
    name: str, built: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.validate(level="files")
    monkeypatch.setattr(results, name, lambda: ["another"])
    assert cached(built.validate(level="files")) == set()
    assert cached(built.validate(level="files")) == {"files"}


def test_packages_are_those_that_are_installed(built: Zoo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = results._packages()
    assert [name for name in before if name.startswith("numpy-")]
    (tmp_path / "some_runtime-1.2.3.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    results._packages.cache_clear()
    try:
        assert set(results._packages()) - set(before) == {"some_runtime-1.2.3.dist-info"}
    finally:
        results._packages.cache_clear()


def test_other_questions_have_other_answers(built: Zoo) -> None:
    built.validate()
    for arguments, level in ((("--engine", "litert"), "files"), ((), "files"), (("tiny_ssd/16/int8",), "files")):
        assert cached(built.validate(*arguments, level=level)) == set()
        assert cached(built.validate(*arguments, level=level)) == {"files"}


def test_what_was_wrong_at_level_static_is_a_part_of_it(zoo: Zoo) -> None:
    zoo.validate(level="files")
    zoo.edit("https://models.example.org/v1/tiny_int8", "https://models.example.com/v1/tiny_int8")
    again = zoo.validate(level="files")
    assert cached(again) == set()
    assert said(again) == said(zoo.validate("--no-cache", level="files"))


def test_nothing_is_believed_of_files_that_are_not_at_hand(zoo: Zoo) -> None:
    zoo.validate()
    for path in [*zoo.mirror.glob("*/tiny_int8.tflite"), *default_folder().rglob("tiny_int8.tflite")]:
        path.unlink()
    called = zoo.validate()
    assert called.code == 3
    assert cached(called) == set()
    assert called.report.statuses("file-size") == {Status.UNAVAILABLE}


def test_what_could_not_be_checked_is_not_kept(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/squares.png"):
        path.unlink()
    assert zoo.validate().code == 3
    assert not files()


def test_a_run_that_failed_is_not_kept(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ModelRunError("it gave no answer within 20 seconds")

    monkeypatch.setattr("zoo_tools.checks.observing.observe", fail)
    assert zoo.validate().report.statuses("io-after-invoke") == {Status.FAILED}
    assert not files()
    monkeypatch.undo()
    assert zoo.validate().code == 0


def test_what_another_engine_lacks_here_is_not_kept(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise UnavailableError("a library is missing")

    right = observe
    monkeypatch.setattr(
        observing, "observe", lambda sight, setting, **more: (right if setting.delegate == "none" and setting.engine ==
        "litert" else fail)(sight, setting, **more),
    )  # fmt: skip
    called = zoo.validate()
    assert called.code == 0
    assert "does not work here" in called.out
    assert not files()


def test_a_crash_is_not_kept(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise LookupError("a bug")

    crashing = Check("macs", Level.FILES, macs.CHECK.subjects, fail)
    monkeypatch.setattr("zoo_tools.checks.catalogue.CHECKS", [*CHECKS[:-1], crashing])
    assert zoo.validate(level="files").code == 4
    assert not files()


def test_a_damaged_or_foreign_file_is_not_believed(zoo: Zoo) -> None:
    zoo.edit("macs: 2592", "macs: 2593")
    right = said(zoo.validate(level="files"))
    (file,) = files()
    text = file.read_bytes()
    for old, new in [(b"2593", b"2594"), (b'"error"', b'"note"'), (b'"failed"', b'"passed"')]:
        assert old in text
        file.write_bytes(text.replace(old, new))
        again = zoo.validate(level="files")
        assert (said(again), cached(again)) == (right, set())
    for content in (b"", b"{}", b"\xff" * 100, b"[" * 100_000, text[:-1], text + b"x"):
        file.write_bytes(content)
        assert said(zoo.validate(level="files")) == right
    other = file.with_name(f"{'0' * 64}.kept")
    shutil.copy(file, other)  # whole, and of something else
    text = file.read_bytes()
    zoo.edit("macs: 2593", "macs: 2592")
    zoo.validate(level="files")
    (mine,) = set(files()) - {file, other}
    shutil.copy(other, mine)
    assert cached(zoo.validate(level="files")) == set()
    file.unlink()
    file.symlink_to(other)
    zoo.edit("macs: 2592", "macs: 2593")
    assert said(zoo.validate(level="files")) == right


def test_a_cache_that_cannot_be_there(built: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = default_folder() / "runs"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("", encoding="utf-8")
    assert [built.validate(level="files").code for _ in range(2)] == [0, 0]


def test_old_files_go_and_those_of_others_stay(built: Zoo) -> None:
    built.validate(level="files")
    (own,) = files()
    ancient, foreign = own.with_name(f"{'f' * 64}.kept"), own.with_name("notes.txt")
    for path in (ancient, foreign):
        path.write_bytes(b"")
        os.utime(path, (1, 1))
    built.validate(level="files")
    assert files() == sorted([own, foreign])


def test_checks_of_files_and_runs_look_up_what_it_is_kept_under_and_nothing_else() -> None:
    folder = REPOSITORY / "zoo_tools/checks"
    found: set[str] = set()
    prose: set[str] = set()
    for check in CHECKS:
        if check.level in (Level.FILES, Level.RUN):
            text = (folder / f"{check.id.replace('-', '_')}.py").read_text(encoding="utf-8")
            found |= set(re.findall(r"registry\.([a-z_]+)", text.partition('"""\n')[2])) - {"load"}
            prose |= set(re.findall(r"manifest\.([a-z_]+)", text.partition('"""\n')[2])) & results._PROSE
    assert found <= set(results._SHARED.values())
    assert not prose - {"variants"}


def test_a_changed_check_makes_it_ask_anew(built: Zoo, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "zoo_tools", tmp_path / "zoo_tools", ignore=shutil.ignore_patterns("__pycache__"))
    words = ["validate", "--level", "files", "--format", "json", "--offline", "--mirror", str(built.mirror)]
    command = [sys.executable, "-m", "zoo_tools", *words, "--registry", str(built.registry)]

    def called() -> Called:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        return Called(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    assert cached(called()) == set()
    assert cached(called()) == {"files"}
    check = tmp_path / "zoo_tools/checks/macs.py"
    check.write_text(check.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert cached(called()) == set()
