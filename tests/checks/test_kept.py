"""What level static keeps between runs is what it would say again; whatever it rests on makes it ask anew."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.generated import make_registry
from tests.checks.examples import Example, apply, examples
from tests.checks.tiny_zoo import MANIFEST, Zoo
from tests.cli.invoke import REPOSITORY, Called, call
from zoo_tools.checks import deprecated_complete, kept, run
from zoo_tools.checks.base import Check
from zoo_tools.checks.kept import MOST_FILES
from zoo_tools.checks.static import STATIC_CHECKS
from zoo_tools.fetch import default_folder

TRANSCRIPT = "models/tiny_ssd/evidence/card.csv"
Outcomes = list[dict[str, object]]


def outcomes_of(called: Called) -> Outcomes:
    found: Outcomes = json.loads(called.out)["outcomes"]
    return found


def said(called: Called) -> Outcomes:
    """Everything a report says, but how long it took and whether it was kept."""
    return [
        {key: value for key, value in one.items() if key not in ("seconds", "cached")} for one in outcomes_of(called)
    ]


def cached(called: Called) -> set[str]:
    """The models whose outcomes were kept; all of a model's are, or none."""
    found = outcomes_of(called)
    models = {str(one["subject"]).partition("/")[0] for one in found if one["cached"]}
    own = [one for one in found if str(one["subject"]).partition("/")[0] in models]
    assert all(one["cached"] for one in own)
    return models


def files() -> list[Path]:
    return sorted((default_folder() / "static").glob("*"))


def check_three_runs(registry: Path) -> None:
    """Compare a run without a cache, one that fills it and one that reads it, in both formats."""
    arguments = ("validate", "--level", "static", "--registry", registry)
    none, filling, reading = (call(*arguments, "--format", "json", *more) for more in (["--no-cache"], [], []))
    assert said(none) == said(filling) == said(reading)
    assert none.code == filling.code == reading.code
    heads = [{**json.loads(one.out), "outcomes": 0, "seconds": 0} for one in (none, filling, reading)]
    assert heads[0] == heads[1] == heads[2]
    assert not cached(none) | cached(filling)
    assert cached(reading)
    texts = [call(*arguments, *more).out.rpartition("; level static") for more in (["--no-cache"], [])]
    assert texts[0][0] == texts[1][0]
    assert "models from the cache" in texts[1][2]


def test_what_is_kept_is_what_would_be_said(built: Zoo) -> None:
    check_three_runs(built.registry)


def test_the_same_of_the_real_registry() -> None:
    check_three_runs(REPOSITORY / "registry")


STATIC = [one for one in examples() if one.level in ("", "static") and one.check in {c.id for c in STATIC_CHECKS}]
# A copy of the registry for each takes longer than three runs: every fourth, and those with waivers.
SOME = [one for i, one in enumerate(STATIC) if i % 4 == 0 and one.base is None]
SOME += [one for one in examples() if one.check in ("waivers", "syntax", "schema")][::3]


@pytest.mark.parametrize("example", [pytest.param(one, id=one.id) for one in SOME])
def test_the_same_of_what_is_wrong(zoo: Zoo, example: Example) -> None:
    for change in example.changes:
        apply(zoo, change)
    check_three_runs(zoo.registry)


def test_one_changed_manifest_is_asked_alone(tmp_path: Path) -> None:
    make_registry(tmp_path / "registry", models=5)
    arguments = ("validate", "--level", "static", "--registry", tmp_path / "registry")
    assert call(*arguments).code == 0
    assert "; 5 of 5 models from the cache\n" in call(*arguments).out
    manifest = tmp_path / "registry/models/generated_0003/manifest.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("stm32h7:", "stm32h8:"), encoding="utf-8")
    changed = call(*arguments)
    assert changed.code == 1
    assert "there is no series `stm32h8`" in changed.out.replace("There", "there")
    assert "; 4 of 5 models from the cache\n" in changed.out
    assert "; 5 of 5 models from the cache\n" in call(*arguments).out


def added(name: str) -> Callable[[Zoo], None]:
    def add(zoo: Zoo) -> None:
        (zoo.registry / name).write_text("x", encoding="utf-8")

    return add


def edited(old: str, new: str, file: str = MANIFEST) -> Callable[[Zoo], None]:
    return lambda zoo: zoo.edit(old, new, file=file)


def linked(zoo: Zoo) -> None:
    folder = zoo.registry / "models/tiny_ssd"
    folder.rename(zoo.folder / "elsewhere")
    folder.symlink_to(zoo.folder / "elsewhere")


def touched(zoo: Zoo) -> None:
    """Change nothing but the dates of all files."""
    for path in zoo.registry.rglob("*"):
        os.utime(path, (1, 1))


CHANGES = {
    "a comment of the manifest": edited("format: 1\n", "format: 1  # \n"),
    "a cell": edited("14.37 ms **", "14.38 ms **", TRANSCRIPT),
    "a file beside the manifest": added("models/tiny_ssd/Notes.md"),
    "a folder that became a link": linked,
    "a board": edited("chip: M7X", "chip: M7Y", "boards/acme-disco.yaml"),
    "the labels": edited("names:", "note: x\nnames:", "labels/squares.yaml"),
    "a host": edited("hosts:", "hosts: # x", "hosts.yaml"),
    "a broken board": edited("chip: M7X", "chop: M7X", "boards/acme-disco.yaml"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_it_rests_on_makes_it_ask_anew(zoo: Zoo, change: Callable[[Zoo], None]) -> None:
    zoo.validate(level="static")
    assert cached(zoo.validate(level="static"))
    change(zoo)
    after = zoo.validate(level="static")
    assert not cached(after)
    assert said(after) == said(zoo.validate("--no-cache", level="static"))


@pytest.mark.parametrize("change", [touched, added("schema/x.json")], ids=["dates", "a schema for editors"])
def test_what_no_check_reads_changes_nothing(zoo: Zoo, change: Callable[[Zoo], None]) -> None:
    (zoo.registry / "schema").mkdir()
    zoo.validate(level="static")
    change(zoo)
    assert cached(zoo.validate(level="static"))


class Later(date):
    """A day of the next millennium."""

    @classmethod
    def today(cls) -> "Later":
        return cls(3000, 1, 1)


def test_another_day_makes_it_ask_anew(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = [one for one in examples() if one.check == "waivers" and one.is_good][:1]
    for change in example.changes:
        apply(zoo, change)
    assert zoo.validate(level="static").code == 0
    assert cached(zoo.validate(level="static"))
    monkeypatch.setattr(run, "date", Later)
    monkeypatch.setattr(kept, "date", Later)
    later = zoo.validate(level="static")
    assert not cached(later)
    assert [one.check for one in later.report.errors if "expired" in one.message] == ["waivers"]


def test_a_changed_check_makes_it_ask_anew(built: Zoo, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "zoo_tools", tmp_path / "zoo_tools", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "zoo_tools", "validate", "--level", "static", "--registry", str(built.registry)]

    def verdict() -> str:
        ended = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, check=False
        )
        return ended.stdout.decode()

    assert "from the cache" not in verdict()
    assert "from the cache" in verdict()
    check = tmp_path / "zoo_tools/checks/ap_range.py"
    check.write_text(check.read_text(encoding="utf-8").replace("ap > 100", "ap > 10"), encoding="utf-8")
    changed = verdict()
    assert "from the cache" not in changed
    assert "it should be at most 100 %" in changed


def test_the_list_of_models_counts_for_who_asks_for_it(zoo: Zoo) -> None:
    zoo.edit("status: {state: active}", "status: {state: deprecated, reason: old, since: 2026-01-01, successor: newer}")
    zoo.validate(level="static")
    assert "tiny_ssd" in cached(zoo.validate(level="static"))
    other = zoo.registry / "models/newer/manifest.yaml"
    other.parent.mkdir()
    other.write_text("format: 1\n", encoding="utf-8")
    after = zoo.validate(level="static")
    assert "tiny_ssd" not in cached(after)
    assert not after.report.of("deprecated-complete")[0].findings
    other.write_text("format: 1 \n", encoding="utf-8")
    assert "tiny_ssd" in cached(zoo.validate(level="static"))


def test_no_check_but_that_one_knows_of_other_models() -> None:
    folder = REPOSITORY / "zoo_tools/checks"
    asking = {
        name
        for name in (check.id.replace("-", "_") for check in STATIC_CHECKS)
        for text in [(folder / f"{name}.py").read_text(encoding="utf-8")]
        if "registry.models" in text or "model_ids" in text
    }
    assert asking == {deprecated_complete.__name__.rpartition(".")[2]}


def test_level_static_reads_what_it_is_kept_under_and_nothing_else(zoo: Zoo) -> None:
    other = zoo.registry / "models/other"
    shutil.copytree(zoo.manifest.parent, other)
    program = (
        "import sys; from zoo_tools.cli import main\n"
        "sys.addaudithook(lambda event, args: print(args[0], file=sys.stderr) if event == 'open' else None)\n"
        "main()"
    )
    command = [sys.executable, "-c", program, "validate", "tiny_ssd", "--no-cache", "--level", "static"]
    ended = subprocess.run([*command, "--registry", zoo.registry], capture_output=True, check=False, cwd=REPOSITORY)
    opened = {Path(line) for line in ended.stderr.decode().splitlines() if line.startswith(str(zoo.registry))}
    assert zoo.manifest in opened
    assert zoo.registry / TRANSCRIPT in opened
    assert not {path for path in opened if path.is_relative_to(other)}
    # Whatever is opened outside the registry is this tool's own source or a library.
    strange = {line for line in ended.stderr.decode().splitlines() if str(zoo.folder) in line} - {*map(str, opened)}
    assert not strange


def test_a_damaged_cache_is_not_believed(zoo: Zoo) -> None:
    zoo.edit("ap: 35.80", "ap: 135.80")
    right = said(zoo.validate(level="static"))
    (file,) = files()
    text = file.read_bytes()
    # The very words of a finding, its severity, a count: each is covered by the sum.
    for old, new in [(b"135.80", b"235.80"), (b'"error"', b'"note"'), (b'"failed"', b'"passed"'), (b",0]", b",1]")]:
        assert old in text
        file.write_bytes(text.replace(old, new))
        again = zoo.validate(level="static")
        assert said(again) == right
        assert not cached(again)
        assert file.read_bytes() == text


@pytest.fixture
def whole(built: Zoo) -> tuple[Path, bytes, Outcomes]:
    """The file of a cache, what was in it at first, and what there is to say."""
    right = said(built.validate(level="static"))
    (file,) = files()
    return file, file.read_bytes(), right


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.data())
def test_whatever_happens_to_the_file_the_answer_stays(
    built: Zoo, whole: tuple[Path, bytes, Outcomes], data: st.DataObject
) -> None:
    file, before, right = whole
    content = bytearray(before)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(before)))
        content[at : at + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=3))
    file.write_bytes(content)
    assert said(built.validate(level="static")) == right
    assert file.read_bytes() == before


def test_a_file_without_its_end(built: Zoo, whole: tuple[Path, bytes, Outcomes]) -> None:
    file, before, right = whole
    file.write_bytes(before[:-1])
    assert said(built.validate(level="static")) == right
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{}", b"\xff" * 1000, b"[" * 100_000, b"a b c d e\n" * 9])
def test_a_file_that_is_no_cache(built: Zoo, content: bytes) -> None:
    right = said(built.validate(level="static"))
    (file,) = files()
    file.write_bytes(content)
    assert said(built.validate(level="static")) == right
    assert cached(built.validate(level="static"))


def test_a_cache_that_cannot_be_there(built: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.write_text("", encoding="utf-8")
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(place))
    first, second = (built.validate(level="static") for _ in range(2))
    assert first.code == second.code == 0
    assert not first.err
    assert not cached(second)


def test_nothing_is_kept_where_nobody_wants_it(built: Zoo) -> None:
    built.validate("--no-cache", level="static")
    assert not files()
    built.validate("tiny_ssd/16", level="static")
    assert not files()
    built.validate(level="files")
    assert not files()


def test_nothing_kept_is_used_where_nobody_wants_it(built: Zoo) -> None:
    built.validate(level="static")
    assert cached(built.validate("tiny_ssd", level="static"))
    assert not cached(built.validate("--no-cache", level="static"))
    assert not cached(built.validate("tiny_ssd/16", level="static"))
    assert not cached(built.validate(level="files"))


def test_a_crash_is_not_kept(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    own = deprecated_complete.CHECK
    with monkeypatch.context() as patch:
        crashing = Check(own.id, own.level, own.subjects, crash)  # type: ignore[arg-type]  # a bug, as meant
        patch.setattr("zoo_tools.cli.validate.STATIC_CHECKS", [crashing])
        assert built.validate(level="static").code == 4
    assert not files()


def test_old_files_go_and_those_of_others_stay(built: Zoo) -> None:
    built.validate(level="static")
    (own,) = files()
    old = [own.with_name(f"{number:064x}.kept") for number in range(MOST_FILES + 5)]
    for number, path in enumerate(old):
        path.write_bytes(b"")
        os.utime(path, (time.time() - 60 * number,) * 2)
    ancient, foreign = own.with_name(f"{'f' * 64}.kept"), own.with_name("notes.txt")
    for path in (ancient, foreign):
        path.write_bytes(b"")
        os.utime(path, (1, 1))
    own.unlink()
    built.validate(level="static")
    assert foreign in files()
    assert ancient not in files()
    assert own in files()
    assert len(files()) == MOST_FILES + 1
    assert old[0] in files()
    assert old[-1] not in files()
