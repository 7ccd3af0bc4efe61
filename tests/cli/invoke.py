"""The command line as tests call it: in this process, which is fast, or in one of its own, which is what users do."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from zoo_tools.cli import main
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status

REPOSITORY = Path(__file__).resolve().parents[2]


Tree = dict[str, object]


@dataclass(frozen=True)
class Called:
    """What a call gave."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> "Report":
        """Standard output, read as the JSON report of `validate`."""
        return Report(json.loads(self.out))


class Report:
    """A JSON report, with its outcomes as objects again."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        listed = tree["outcomes"]
        assert isinstance(listed, list)
        self.outcomes = [_outcome(outcome) for outcome in listed]

    @property
    def findings(self) -> list[Finding]:
        """All findings."""
        return [finding for outcome in self.outcomes for finding in outcome.findings]

    @property
    def errors(self) -> list[Finding]:
        """Findings that fail a run."""
        return [one for one in self.findings if one.severity is Severity.ERROR and not one.waived]

    def of(self, check: str, *, under: str = "") -> list[Outcome]:
        """Outcomes of one check, of subjects whose name begins with `under`."""
        return [one for one in self.outcomes if one.check == check and one.subject.startswith(under)]

    def statuses(self, check: str, *, under: str = "") -> set[Status]:
        """What became of one check."""
        return {outcome.status for outcome in self.of(check, under=under)}

    def with_status(self, status: Status) -> set[str]:
        """Checks that ended so on any subject."""
        return {outcome.check for outcome in self.outcomes if outcome.status is status}


def _outcome(tree: Tree) -> Outcome:
    check, subject, findings = str(tree["check"]), str(tree["subject"]), tree["findings"]
    assert isinstance(findings, list)
    return Outcome(
        check,
        str(tree["level"]),
        subject,
        Status(str(tree["status"])),
        [_finding(one, check, subject) for one in findings],
        _text(tree["reason"]),
        _text(tree["engine"]),
    )


def _finding(tree: Tree, check: str, subject: str) -> Finding:
    location = Location(str(tree["file"]), int(str(tree["line"])), int(str(tree["column"])))
    severity, waived = Severity(str(tree["severity"])), _text(tree["waived"])
    return Finding(check, severity, subject, str(tree["message"]), str(tree["fix"]), location, waived)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def text_at(location: Location) -> str:
    """Return what stands in the file from the place of a finding to the end of its line."""
    line = Path(location.file).read_text(encoding="utf-8").split("\n")[location.line - 1]
    return line[location.column - 1 :]


def call(*arguments: str | Path) -> Called:
    """Call the command line in this process."""
    out, err = TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["zoo_tools", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            code = end.code
        else:
            code = None
    assert isinstance(code, int), "main() ends the process with an exit code"
    return Called(code, _held(out), _held(err))


def _held(stream: TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def call_process(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    command: tuple[str, ...] = ("-m", "zoo_tools"),
    timeout: float = 120,
) -> Called:
    """Call the command line as a program."""
    ended = subprocess.run(
        [sys.executable, *command, *map(str, arguments)], capture_output=True, timeout=timeout, check=False,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})},
    )  # fmt: skip
    return Called(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
