"""`zoo_tools merge`: shares give the report of one run, one report gives every format, and mistakes are sentences."""

import json
from pathlib import Path
from typing import cast

import pytest

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, call, call_process
from tests.report.hostile import HOSTILE, commands_in, is_inert, run_of
from tests.report.schemas import report_validator, sarif_validator
from zoo_tools.report import FORMATS
from zoo_tools.report.json_report import json_report

REGISTRY = REPOSITORY / "registry"
SHARES = 4


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of a whole run and those of its shares, at level static."""
    folder = tmp_path_factory.mktemp("reports")
    asked = ("validate", "--level", "static", "--no-cache", "--registry", REGISTRY)
    assert call(*asked, "--format", f"json={folder / 'whole.json'}").code == 0
    for number in range(1, SHARES + 1):
        called = call(*asked, "--shard", f"{number}/{SHARES}", "--format", f"json={folder / f'{number}.json'}")
        assert called.code == 0
    return folder


def tree(path: Path) -> dict[str, object]:
    """Read a report without what differs from run to run."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    report_validator().validate(whole)
    del whole["seconds"]
    for outcome in whole["outcomes"]:
        del outcome["seconds"]
    return cast(dict[str, object], whole)


def test_shares_together_equal_one_run(reports: Path, tmp_path: Path) -> None:
    shares = [reports / f"{number}.json" for number in (3, 1, 4, 2)]
    called = call("merge", *shares, "--format", f"json={tmp_path / 'merged.json'}")
    assert (called.code, called.out, called.err) == (0, "", "")
    assert tree(tmp_path / "merged.json") == tree(reports / "whole.json")
    sizes = {len(cast(list[object], tree(share)["outcomes"])) for share in shares}
    assert len(sizes) > 1, "shares differ"


def test_one_report_is_written_in_every_format(zoo: Zoo, tmp_path: Path) -> None:
    zoo.edit("runtime: 0.50, total: 1.52", "runtime: 0.50, total: 1.59")
    report = tmp_path / "r.json"
    assert zoo.call("validate", "--level", "static", "--format", f"json={report}").code == 1
    formats = [word for name in FORMATS for word in ("--format", f"{name}={tmp_path / f'r.{name}'}")]
    assert call("merge", report, *formats).code == 1
    assert (tmp_path / "r.json").read_text(encoding="utf-8") == report.read_text(encoding="utf-8")
    sarif_validator().validate(json.loads((tmp_path / "r.sarif").read_text(encoding="utf-8")))
    for name in FORMATS:
        assert "ram-total" in (tmp_path / f"r.{name}").read_text(encoding="utf-8")
    assert "✗ Findings to mend" in call("merge", report).out


@pytest.mark.parametrize("text", HOSTILE[:12], ids=lambda text: ascii(text)[:30])
def test_a_report_of_strangers_is_inert_in_the_log(text: str, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json_report(run_of(text)), encoding="utf-8")
    for name in FORMATS:
        called = call("merge", tmp_path / "1.json", "--format", name)
        assert called.code == 3, "its other share is missing"
        assert is_inert(called.err)
        assert not list(commands_in(called.out + called.err))


def test_what_is_missing_doubled_or_foreign_is_said(reports: Path, tmp_path: Path) -> None:
    one, two, three, four = (reports / f"{number}.json" for number in range(1, SHARES + 1))
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    for words, code, said in (
        ([one, two, four], 3, "the report of share 3 of 4 is missing."),
        ([one, two, three, four, two], 2, "share 2 of 4 is there more than once."),
        ([one, two, three, reports / "whole.json"], 2, "reports that are no shares of one run cannot be merged."),
        ([one, tmp_path / "none.json"], 1, "is not a report of zoo_tools validate: format: Field required"),
        ([tmp_path / "absent.json"], 1, "cannot be read: No such file or directory."),
        ([one, "--format", "xml"], 2, "there is no report format `xml`."),
    ):
        called = call("merge", *words)
        assert (called.code, called.out) == (code, "")
        assert said in called.err
        assert "→" in called.err


def test_a_word_is_asked_for() -> None:
    assert call("merge").code == 2


def test_as_a_program_it_needs_no_registry(reports: Path, tmp_path: Path) -> None:
    called = call_process("merge", reports / "whole.json", "--format", "github", folder=tmp_path)
    assert (called.code, called.err) == (0, "")
    assert called.out.splitlines()[-1].startswith("zoo_tools: all checks that could be made passed: ")


def test_the_schema_of_a_report_is_printed(reports: Path) -> None:
    called = call("schema", "report")
    assert called.code == 0
    assert json.loads(called.out) == json.loads(json.dumps(report_validator().schema))
