"""The text report says which artifacts were run, and which were not and why."""

from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report.coverage import coverage
from zoo_tools.report.run import Run
from zoo_tools.report.terminal import terminal_report

UNPINNED = Finding("unpinned", Severity.WARNING, "m/v/new", "no sha256", "pin it", Location("m.yaml"))
OUTCOMES = [
    Outcome("unpinned", "static", "m/v/old", Status.PASSED),
    Outcome("unpinned", "static", "m/v/new", Status.PASSED, [UNPINNED]),
    Outcome("file-size", "files", "m/v/far", Status.UNAVAILABLE, reason="far.onnx could not be fetched"),
    Outcome("io-after-invoke", "run", "m/v/old", Status.PASSED, engine="litert 2.3.0, no delegate, x"),
    Outcome("io-after-invoke", "run", "m/v/far", Status.SKIPPED, reason="file-size could not be made"),
    Outcome("io-after-invoke", "run", "m/v/h5", Status.SKIPPED, reason="keras-h5 files are inspected only"),
    Outcome("io-after-invoke", "run", "m/v/bad", Status.FAILED),
    Outcome("golden-raw", "run", "m/v/old@cat", Status.PASSED, engine="litert 2.3.0, no delegate, x"),
]


def test_each_artifact_is_counted_once_under_what_became_of_it() -> None:
    found = coverage(OUTCOMES)
    assert found.run == ["m/v/old"]
    assert found.not_run == {
        "their files are not at hand": ["m/v/far"],
        "keras-h5 files are inspected only": ["m/v/h5"],
        "the model cannot be run": ["m/v/bad"],
        "unpinned, their bytes were never seen": ["m/v/new"],
    }


def test_the_report_names_them() -> None:
    text = terminal_report(Run("run", OUTCOMES, 1.0))
    assert "Artifacts\n   1 run\n   1 not run: their files are not at hand\n       m/v/far\n" in text


def test_many_names_are_cut() -> None:
    far = [
        Outcome("io-after-invoke", "run", f"m/v/a{n}", Status.SKIPPED, reason="not asked") for n in range(20)
    ]  # fmt: skip
    assert "m/v/a11 and 8 more\n" in terminal_report(Run("run", far, 1.0), width=200)


def test_without_level_run_nothing_is_said_of_it() -> None:
    assert "Artifacts" not in terminal_report(Run("files", OUTCOMES[:3], 1.0))
