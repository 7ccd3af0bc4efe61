"""`validate`: where reports go, what the exit code says, and that no trouble of one place hides another's."""

import json
import socket
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from tests.checks.tiny_zoo import SUBJECT, Zoo
from tests.cli.invoke import Report, call, call_process
from zoo_tools.checks import parameters, static
from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Skip, Subject
from zoo_tools.domain.findings import Finding, Severity, Status
from zoo_tools.errors import ModelRunError, UnavailableError
from zoo_tools.fetch import Limits


def test_all_passed_is_0(built: Zoo) -> None:
    called = built.validate()
    assert (called.code, called.err) == (0, "")
    assert called.report.tree["exit_code"] == 0


def test_a_finding_is_1(zoo: Zoo) -> None:
    zoo.edit("macs: 2592", "macs: 2593")
    assert zoo.validate(level="static").code == 0
    called = zoo.validate(level="files")
    assert (called.code, called.err) == (1, "")


def test_a_file_that_nobody_has_is_3(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/tiny_int8.tflite"):
        path.unlink()
    called = zoo.validate()
    assert (called.code, called.err) == (3, "")
    (gate,) = called.report.of("file-size")
    assert gate.status is Status.UNAVAILABLE
    assert gate.reason is not None
    assert gate.reason.endswith("offline no request is made; run without --offline, or give a mirror that holds it")
    assert {one.reason for one in called.report.of("golden-detections")} == {"file-size could not be made"}


def test_a_file_that_nobody_has_may_be_allowed(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/tiny_int8.tflite"):
        path.unlink()
    called = zoo.validate("--allow-unavailable")
    assert (called.code, called.err) == (0, "")
    (gate,) = called.report.of("file-size")
    assert gate.status is Status.SKIPPED
    assert str(gate.reason).startswith("could not check, and that is allowed: tiny_int8.tflite could not be fetched: ")


def test_a_picture_that_nobody_has_is_3(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/squares.png"):
        path.unlink()
    called = zoo.validate()
    assert (called.code, called.err) == (3, "")
    assert called.report.statuses("file-hash") == {Status.PASSED}
    assert called.report.statuses("io-after-invoke") == {Status.UNAVAILABLE}


def test_a_finding_outweighs_what_could_not_be_checked(zoo: Zoo) -> None:
    for path in zoo.mirror.glob("*/tiny_int8.tflite"):
        path.unlink()
    zoo.edit("ms: 2.50", "ms: 2.60")
    assert zoo.validate().code == 1


def bug(subject: Subject, context: Context) -> Iterator[Finding]:
    raise LookupError(f"no {subject.name}")
    yield


@pytest.fixture
def _buggy_check(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [Check("buggy", Level.STATIC, models, bug), *static.STATIC_CHECKS]
    monkeypatch.setattr("zoo_tools.cli.validate.STATIC_CHECKS", checks)


@pytest.mark.usefixtures("_buggy_check")
def test_a_bug_in_a_check_is_4_and_hides_no_other(zoo: Zoo) -> None:
    zoo.edit("ms: 2.50", "ms: 2.60")
    called = zoo.validate(level="static")
    assert (called.code, called.err) == (4, "")
    (crashed,) = called.report.of("buggy")
    assert crashed.status is Status.CRASHED
    assert crashed.reason == "LookupError: no tiny_ssd (a bug in zoo_tools; please report it)"
    assert called.report.statuses("as-published") >= {Status.FAILED}
    text = zoo.call("validate", "--level", "static")
    assert "‼ A check crashed" in text.out
    assert "Traceback" not in text.out


def found_then(end: Exception) -> Check[Subject]:
    def run(subject: Subject, context: Context) -> Iterator[Finding]:
        yield Finding("half", Severity.ERROR, subject.name, "this is wrong", "mend it", subject.at())
        raise end

    return Check("half", Level.STATIC, models, run)


@pytest.mark.parametrize("end", [Skip("no more"), UnavailableError("no more"), ModelRunError("no more")], ids=repr)
def test_what_was_found_stays_found_where_a_check_cannot_be_finished(
    built: Zoo, monkeypatch: pytest.MonkeyPatch, end: Exception
) -> None:
    monkeypatch.setattr("zoo_tools.cli.validate.STATIC_CHECKS", [found_then(end)])
    called = built.validate(level="static")
    assert called.code == 1
    (outcome,) = called.report.of("half")
    assert outcome.status is Status.FAILED
    assert [one.message for one in outcome.findings] == ["this is wrong"]
    assert outcome.reason


def test_a_bug_elsewhere_is_4_and_one_sentence(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("gone")

    monkeypatch.setattr("zoo_tools.cli.validate_plan.choose", fail)
    called = built.validate(level="static")
    assert (called.code, called.out) == (4, "")
    assert called.err == (
        "zoo_tools: internal error: LookupError: gone.\n"
        "  → Please report it; ZOO_TOOLS_DEBUG=1 shows where it happened.\n"
    )
    monkeypatch.setenv("ZOO_TOOLS_DEBUG", "1")
    with pytest.raises(LookupError, match="gone"):
        built.validate(level="static")


def test_a_package_that_is_not_installed_is_3(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

    monkeypatch.setattr("zoo_tools.cli.validate._checks", fail)
    called = built.validate()
    assert called.code == 3
    assert called.err.startswith("zoo_tools: this command needs numpy, which is not installed.\n  → Run: pip install ")


def test_a_check_that_cannot_be_finished_keeps_what_it_found(zoo: Zoo) -> None:
    # Where offsets have two columns, nothing can be decoded; that scores are none was seen before.
    zoo.edit('{role: scores, name: "StatefulPartitionedCall:2"', '{role: offsets, name: "StatefulPartitionedCall:2"')
    zoo.edit('{role: offsets, name: "StatefulPartitionedCall:1"', '{role: scores, name: "StatefulPartitionedCall:1"')
    called = zoo.validate()
    assert called.code == 1
    assert not called.report.with_status(Status.CRASHED)
    for outcome in called.report.outcomes:
        assert not (outcome.status is Status.SKIPPED and outcome.findings)


def test_a_failed_level_ends_the_questions_to_that_artifact_with_a_reason(zoo: Zoo) -> None:
    zoo.edit("macs: 2592", "macs: 2593")
    called = zoo.validate()
    assert {one.reason for one in called.report.outcomes if one.level == "run"} == {"macs failed at level files"}
    assert {one.status for one in called.report.outcomes if one.level == "run"} == {Status.SKIPPED}
    assert called.report.statuses(parameters.CHECK.id) == {Status.PASSED}


def test_only_what_was_asked_for_is_looked_at(built: Zoo) -> None:
    report = built.validate("tiny_ssd/16/float", level="static").report
    names = {one.subject for one in report.outcomes if one.subject.startswith("tiny_ssd")}
    assert names == {"tiny_ssd", "tiny_ssd/16/float", "tiny_ssd/16/float#accuracy[float,ap50-squares]"}
    assert {one.check for one in report.outcomes if one.subject == "tiny_ssd"} == {"syntax", "schema"}


def test_a_waiver_is_not_idle_where_its_subject_was_not_looked_at(zoo: Zoo) -> None:
    zoo.edit("total: 1.52", "total: 1.54")
    waivers = "".join(
        f'- {{check: {check}, at: "variants[16].footprints[acme-m7].ram.total", reason: asked, until: 2999-12-31}}\n'
        for check in ("ram-total", "as-published")
    )
    zoo.edit("anomalies:\n", f"waivers:\n{waivers}\nanomalies:\n")
    called = zoo.validate(level="static")
    assert called.code == 0
    assert {one.waived for one in called.report.findings if one.check == "ram-total"} == {"asked"}
    assert zoo.validate("tiny_ssd/16/float", level="static").code == 0


def test_a_waived_finding_does_not_hide_its_neighbour(zoo: Zoo) -> None:
    # Both are figures of one group, so one outcome holds both findings.
    zoo.edit("ms: 14.37", "ms: 14.38")
    zoo.edit("per_second: 69.57", "per_second: 69.56")
    waiver = 'check: as-published, at: "variants[16].latencies[acme-disco].ms", reason: asked, until: 2999-12-31'
    zoo.edit("anomalies:\n", f"waivers:\n- {{{waiver}}}\n\nanomalies:\n")
    called = zoo.validate(level="static")
    assert called.code == 1
    assert [one.message.partition(",")[0] for one in called.report.errors] == ["`per_second` is 69.56"]


def test_a_host_that_cannot_be_found_is_3(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    monkeypatch.setattr("zoo_tools.fetch.fetcher.Limits", partial(Limits, tries=1, pause=0))
    called = call("validate", SUBJECT, "--level", "files", "--format", "json", "--registry", zoo.registry)
    assert (called.code, called.err) == (3, "")
    (gate,) = called.report.of("file-size")
    assert gate.status is Status.UNAVAILABLE
    assert "models.example.org" in str(gate.reason)


def test_a_report_goes_to_a_file_and_leaves_standard_output_alone(zoo: Zoo, tmp_path: Path) -> None:
    file = tmp_path / "reports" / "of today" / "report.json"
    called = zoo.call("validate", "--level", "static", "--format", f"json={file}")
    assert (called.code, called.out, called.err) == (0, "", "")
    assert Report(json.loads(file.read_text(encoding="ascii"))).outcomes


def test_reports_of_several_formats(zoo: Zoo, tmp_path: Path) -> None:
    json_file, text_file = tmp_path / "report.json", tmp_path / "report.txt"
    called = zoo.call(
        "validate",
        "--level",
        "static",
        "--format",
        "text",
        "--format",
        f"json={json_file}",
        "--format",
        f"text={text_file}",
    )
    assert "All checks that could be made passed" in called.out
    assert json.loads(json_file.read_text(encoding="ascii"))["exit_code"] == 0
    assert "All checks that could be made passed" in text_file.read_text(encoding="utf-8")


def test_an_old_report_is_replaced_as_a_whole(zoo: Zoo, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "report.json", tmp_path / "elsewhere"
    elsewhere.write_text("mine", encoding="utf-8")
    file.symlink_to(elsewhere)
    assert zoo.call("validate", "--level", "static", "--format", f"json={file}").code == 0
    assert json.loads(file.read_text(encoding="ascii"))
    assert not file.is_symlink()
    assert elsewhere.read_text(encoding="utf-8") == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "elsewhere", "zoo"}
    assert stat.S_IMODE(file.stat().st_mode) & 0o600 == 0o600


@pytest.mark.parametrize("place", ["", "zoo/registry/hosts.yaml/report.json"])
def test_a_report_that_cannot_be_written(zoo: Zoo, tmp_path: Path, place: str) -> None:
    called = zoo.call("validate", "--level", "static", "--format", f"json={tmp_path / place}")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("zoo_tools: the report cannot be written")
    assert called.err.endswith("\n  → Name another file.\n")


def test_a_report_is_the_same_wherever_one_stands(built: Zoo, tmp_path: Path) -> None:
    words = ["validate", "--level", "static", "--registry", str(built.registry), "--format", "json"]
    folders = [tmp_path / "here", tmp_path / "there"]
    for folder in folders:
        folder.mkdir()
    here, there = (call_process(*words, folder=folder) for folder in folders)

    def timeless(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if '"seconds"' not in line)

    assert timeless(here.out) == timeless(there.out)
