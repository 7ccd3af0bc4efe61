"""The report for people: what is wrong with its line, why things were skipped, one verdict; inert on any terminal."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import Run
from zoo_tools.report.terminal import MANY, terminal_report


def test_a_finding_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "manifest.yaml"
    file.write_text("a: 1\nram: {total: 1.25}\n", encoding="utf-8")
    found = Finding("ram-total", Severity.ERROR, "m/v/a", "total is 1.25", "write 1.52", Location(str(file), 2, 14))
    text = terminal_report(Run("static", [Outcome("ram-total", "static", "m/v/a", Status.FAILED, [found])], 0.04))
    assert text == (
        "subject   static\n"
        "m/v/a     ✗ 1\n"
        "\n"
        "error  ram-total  m/v/a\n"
        f"  {file}:2:14\n"
        "      2 │ ram: {total: 1.25}\n"
        "        │              ^\n"
        "  Total is 1.25.\n"
        "  → Write 1.52.\n"
        "\n"
        "✗ Findings to mend  0 passed, 1 failed, 1 error; level static, 0.0 s\n"
    )


def test_a_long_line_is_cut_around_its_column(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x" * 500 + "HERE" + "y" * 500, encoding="utf-8")
    found = Finding("c", Severity.ERROR, "m", "m", "f", Location(str(file), 1, 501))
    text = terminal_report(Run("static", [Outcome("c", "static", "m", Status.FAILED, [found])], 0.0), width=110)
    line, mark = (one for one in text.splitlines() if "│" in one)
    assert len(line) <= 110
    assert line[mark.index("^") :].startswith("HERE")


def test_what_was_skipped_is_said_once_with_its_reason() -> None:
    outcomes = [
        Outcome("file-hash", "files", f"m/v/{name}", Status.SKIPPED, reason="its bytes were never seen")
        for name in "abc"
    ]
    outcomes.append(Outcome("golden-raw", "run", "m/v/a", Status.UNAVAILABLE, reason="no runtime; install one"))
    text = terminal_report(Run("run", outcomes, 0.0))
    assert "Could not check\n   1 × No runtime; install one.\n       golden-raw\n" in text
    assert "Skipped\n   3 × Its bytes were never seen.\n       file-hash\n" in text
    assert text.endswith("? Not everything could be checked  0 passed, 1 unavailable, 3 skipped; level run, 0.0 s\n")


def test_a_waived_finding_is_shown_with_its_reason() -> None:
    found = Finding(
        "c", Severity.ERROR, "m", "total is 1", "write 2", Location("f", 1, 1), waived="the publisher was asked"
    )
    text = terminal_report(Run("static", [Outcome("c", "static", "m", Status.PASSED, [found])], 0.0))
    assert "waived error  c  m\n" in text
    assert "  accepted: the publisher was asked\n" in text
    assert text.endswith("✓ All passed  1 passed, 1 waived; level static, 0.0 s\n")


def test_files_that_passed_are_one_row_and_others_a_row_each(zoo: Zoo) -> None:
    zoo.edit("chip: M7X", "chop: M7X", file="boards/acme-disco.yaml")
    text = zoo.call("validate", "--level", "static").out
    assert "registry: 12 files of boards, protocols, tools …" in text
    assert "\nboards/acme-disco " in text
    assert "\ntiny_ssd/16/int8 " in text


def many(models: int, *, failed: int) -> list[Outcome]:
    """Outcomes of so many models, of which the first ones failed."""
    outcomes = []
    for number in range(models):
        name, status = f"m{number:03}", Status.FAILED if number < failed else Status.PASSED
        error = Finding("c", Severity.ERROR, name, f"{name} is wrong", "mend it", Location("f"))
        outcomes.append(Outcome("c", "static", name, status, [error] if number < failed else []))
        outcomes.append(Outcome("d", "static", name, Status.SKIPPED, reason="it has none"))
    return outcomes


def test_of_many_rows_those_without_a_failure_are_one() -> None:
    text = terminal_report(Run("static", many(MANY + 40, failed=2), 0.0))
    rows = text.partition("\n\n")[0].splitlines()
    assert rows[1:] == [
        "98 rows without a failure (--verbose lists them)   ✓ 98 – 98",
        "m000                                               ✗ 1 – 1",
        "m001                                               ✗ 1 – 1",
    ]
    assert text.count("error  c  m") == 2
    assert f"{MANY + 40:>3} × It has none." in text
    assert text.endswith("98 passed, 2 failed, 100 skipped, 2 errors; level static, 0.0 s\n")


def test_every_row_is_shown_where_they_are_few_or_asked_for() -> None:
    run, few = Run("static", many(MANY + 40, failed=2), 0.0), Run("static", many(MANY, failed=2), 0.0)
    assert len(terminal_report(run, verbose=True).partition("\n\n")[0].splitlines()) == 1 + MANY + 40
    assert len(terminal_report(few).partition("\n\n")[0].splitlines()) == 1 + MANY


def test_what_is_said_alike_of_many_at_one_place_is_said_once() -> None:
    place = Location("protocols/p.yaml", 1, 1)
    alike = [Finding("ap-protocol", Severity.NOTE, f"m{n:04}", "it is vague", "say more", place) for n in range(1500)]
    other = Finding("ap-protocol", Severity.NOTE, "m", "it is vague", "say more", Location("protocols/q.yaml", 1, 1))
    outcomes = [Outcome("ap-protocol", "static", one.subject, Status.PASSED, [one]) for one in [*alike, other]]
    text = terminal_report(Run("static", outcomes, 0.0))
    assert text.count("It is vague.") == 2
    assert "note  ap-protocol  m0000 and 1,499 more\n" in text
    assert "1501 notes" in text


@pytest.mark.parametrize("width", [40, 80, 110, 200])
def test_a_line_that_is_too_wide_goes_on_below(width: int) -> None:
    words = " ".join(["word"] * 60)
    found = Finding("c", Severity.ERROR, "m" * 300, words, words, Location("f", 0, 0), waived=None)
    outcomes = [Outcome("c", "static", "m" * 300, Status.FAILED, [found]), Outcome("c", "run", "m", Status.PASSED)]
    for colour in (False, True):
        text = terminal_report(Run("static", outcomes, 0.0), width=width, colour=colour)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        assert max(map(len, plain.splitlines())) <= max(width, 60)
        assert plain.count("word") + plain.count("Word") == 120
        assert ("\x1b[" in text) == colour


def test_wide_letters_are_measured_by_their_width() -> None:
    outcomes = [Outcome("c", "static", name, Status.PASSED) for name in ("漢字", "abcd", "ab")]
    rows = terminal_report(Run("static", outcomes, 0.0)).splitlines()[1:4]
    assert rows == ["ab        ✓ 1", "abcd      ✓ 1", "漢字      ✓ 1"]


HOSTILE = [
    "\x1b[31mred", "\x1b]0;title\x07", "a\rb", "a\nb", "\x9b31m", "\u202egnp.exe", "\u2066x", "[bold]x[/bold]",
    "[link=x]y", ":smile:", "::error::x", "\x00", "%s %d {0}", "\u200b", "\ufeff", "\x7f\x08\x08",
]  # fmt: skip


def written(text: str, *, colour: bool) -> str:
    found = Finding("c", Severity.ERROR, text, text, text, Location(text, 1, 1), waived=None)
    waived = Finding("c", Severity.ERROR, text, text, text, Location(text), waived=text)
    outcomes = [
        Outcome("c", "static", text, Status.FAILED, [found, waived]),
        Outcome("c", "static", text, Status.SKIPPED, reason=text),
        Outcome("c", "static", text, Status.CRASHED, reason=text),
    ]
    return terminal_report(Run("static", outcomes, 0.0), colour=colour)


def inert(report: str) -> bool:
    return all(letter.isprintable() or letter == "\n" for letter in report)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_stranger_wrote_is_inert(text: str) -> None:
    assert inert(written(text, colour=False))
    assert inert(written(text, colour=True).replace("\x1b[0m", "").replace("\x1b[", "")) or "\x1b" not in text
    # Nothing of it is taken for markup.
    if text.isprintable():
        assert text in written(text, colour=False)


@given(st.text(max_size=30))
def test_any_text_is_inert(text: str) -> None:
    assert inert(written(text.encode("utf-8", "replace").decode(), colour=False))


def test_colours_are_the_reports_own() -> None:
    own = written("plain", colour=True)
    assert "\x1b[" in own
    hostile = written("\x1b[35mplain", colour=True)
    assert "\x1b[35m" not in hostile
    assert hostile.count("\x1b[") == own.count("\x1b[")


def test_cells_of_a_transcript_are_inert(zoo: Zoo) -> None:
    path = zoo.registry / "models/tiny_ssd/evidence/card.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("14.37 ms **", "14.99\x1b[31m\x07\u202e"), encoding="utf-8")
    called = zoo.call("validate", "--level", "static")
    assert called.code == 1
    assert inert(called.out)
    assert "prints `14.99" in called.out


def shown(zoo: Zoo, *, terminal: bool, **environment: str) -> str:
    """Run `validate` with standard output on a terminal or in a pipe, and return what it wrote."""
    command = [sys.executable, "-m", "zoo_tools", "validate", "--level", "static", "--registry", str(zoo.registry)]
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", **environment}
    if not terminal:
        return subprocess.run(command, env=variables, capture_output=True, check=True, timeout=60).stdout.decode()
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=variables, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        content = b""
        try:
            while part := os.read(ours, 1 << 16):
                content += part
        except OSError:  # the other end was closed
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0
    return content.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_colours_are_for_terminals_that_want_them(built: Zoo) -> None:
    assert "\x1b[" in shown(built, terminal=True)
    assert "\x1b[" not in shown(built, terminal=True, NO_COLOR="1")
    assert "\x1b[" not in shown(built, terminal=False)


def test_the_widest_line_of_a_pipe_is_bounded(built: Zoo) -> None:
    text = built.call("validate", "--level", "static").out
    assert max(map(len, text.splitlines())) <= 110
