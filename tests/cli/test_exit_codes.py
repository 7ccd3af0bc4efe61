"""What exit codes say, by the program that users call: 0 passed, 1 findings, 2 usage, 3 could not check, 4 a bug."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, Called

SCRIPT = Path(sysconfig.get_path("scripts")) / "zoo_tools"

CRASHING = """
import sys
from zoo_tools.checks import ap_range, static
from zoo_tools.checks.base import Check
from zoo_tools.cli import main

def crash(subject, context):
    raise LookupError("a bug")

own = ap_range.CHECK
place = static.STATIC_CHECKS.index(own)
static.STATIC_CHECKS[place] = Check(own.id, own.level, own.subjects, crash)
main()
"""
"""The program, with a bug in one of its checks."""
BROKEN = """
from zoo_tools.cli import main, validate_plan

def crash(*_):
    raise LookupError("a bug")

validate_plan.choose = crash
main()
"""
"""The program, with a bug outside its checks."""


def ended(command: Sequence[str | Path], zoo: Zoo, *arguments: str, level: str) -> Called:
    words: list[str | Path] = ["validate", "--registry", zoo.registry, "--mirror", zoo.mirror, "--offline"]
    words += ["--level", level, *arguments]
    done = subprocess.run(
        [*command, *words], capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}
    )
    return Called(done.returncode, done.stdout.decode(), done.stderr.decode())


def called(zoo: Zoo, *arguments: str, level: str = "static") -> Called:
    """Call the console script that an installation puts beside its Python."""
    if not SCRIPT.exists():
        pytest.skip(f"zoo_tools is not installed: there is no {SCRIPT}.")
    return ended([SCRIPT], zoo, *arguments, level=level)


def test_all_passed_is_0(built: Zoo) -> None:
    done = called(built, level="run")
    assert (done.code, done.err) == (0, "")
    assert "All checks that could be made passed" in done.out or "All passed" in done.out


def test_findings_are_1(zoo: Zoo) -> None:
    zoo.edit("ms: 2.50", "ms: 2.60")
    done = called(zoo)
    assert (done.code, done.err) == (1, "")
    assert "as-published" in done.out


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("--level", "most"),
        ("--format", "pdf"),
        ("--shard", "5/4"),
        ("--changed-since=nowhere",),
        ("--x",),
    ],
    ids=" ".join,
)
def test_usage_is_2(built: Zoo, words: tuple[str, ...]) -> None:
    done = called(built, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


def test_what_could_not_be_checked_is_3_unless_that_is_allowed(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/tiny_int8.tflite"):
        path.unlink()
    done = called(zoo, level="files")
    assert (done.code, done.err) == (3, "")
    allowed = called(zoo, "--allow-unavailable", level="files")
    assert (allowed.code, allowed.err) == (0, "")


def test_a_bug_in_a_check_is_4_and_the_others_are_told(zoo: Zoo) -> None:
    zoo.edit("ms: 2.50", "ms: 2.60")
    done = ended([sys.executable, "-c", CRASHING], zoo, level="static")
    assert (done.code, done.err) == (4, "")
    assert "a bug in zoo_tools; please report it" in done.out
    assert "as-published" in done.out
    assert "Traceback" not in done.out


def test_a_place_that_cannot_be_used_is_3_and_no_bug(built: Zoo) -> None:
    full = "OSError(errno.ENOSPC, 'No space left on device', 'registry/models/.new')"
    program = "import errno\n" + BROKEN.replace('LookupError("a bug")', full)
    done = ended([sys.executable, "-c", program], built, level="static")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("zoo_tools: registry/models/.new cannot be used: No space left on device.\n")


def test_a_bug_elsewhere_is_4_and_one_sentence(built: Zoo) -> None:
    done = ended([sys.executable, "-c", BROKEN], built, level="static")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("zoo_tools: internal error: LookupError: a bug.\n")
    assert "Traceback" not in done.err
