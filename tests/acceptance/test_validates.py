"""The real model is proven end to end: its files are there, run by LiteRT in a worker, and detect what was recorded."""

from tests.acceptance.real_zoo import MODEL, PINNED, VARIANTS, RealZoo, original
from zoo_tools.domain.findings import Severity, Status
from zoo_tools.inference.mutations import MUTATIONS

SETTINGS = 2


def test_the_real_model_validates(real: RealZoo) -> None:
    called = real.validate_process()
    assert called.code == 0, called.out
    assert called.err == ""
    report = called.report
    assert [variant.id for variant in original().value.variants] == list(VARIANTS)
    for variant in original().value.variants:
        subject = f"{MODEL}/{variant.id}/{PINNED}"
        pictures = [case.image for case in variant.golden if case.artifact == PINNED]
        assert len(pictures) >= 3
        detected = report.of("golden-detections", under=f"{subject}@")
        assert [one.status for one in detected] == [Status.PASSED] * len(pictures) * SETTINGS
        engines = {one.engine or "" for one in detected}
        assert len(engines) == SETTINGS
        assert all(engine.startswith("litert ") for engine in engines)
        for check in ("file-hash", "file-size", "file-kind", "io-inputs", "io-outputs", "quantisation-vs-formula"):
            assert report.statuses(check, under=subject) == {Status.PASSED}
        for check in ("io-after-invoke", "roles-proven", "boxes-finite", "golden-sensitive", "parameters", "macs"):
            assert report.statuses(check, under=subject) == {Status.PASSED}
        assert report.statuses("weights-flash", under=f"{subject}#") == {Status.PASSED}
    assert not report.with_status(Status.FAILED) | report.with_status(Status.CRASHED)
    assert not report.with_status(Status.UNAVAILABLE)
    # What is not known is said, and fails nothing: six artifacts of release v3 whose bytes were never seen.
    warnings = [one for one in report.findings if one.severity is Severity.WARNING]
    assert [one.check for one in warnings if not one.waived] == ["unpinned"] * 6
    assert [one.check for one in warnings if one.waived] == ["resolution-monotone"]


def test_what_the_golden_cases_cannot_see_is_said(real: RealZoo) -> None:
    report = real.validate(f"{MODEL}/025_192/{PINNED}").report
    (note,) = [one for one in report.findings if one.check == "golden-sensitive"]
    survivors = {name for name in MUTATIONS if f" {name} " in f"{note.message} ".replace(",", " ")}
    assert note.severity is Severity.NOTE
    assert survivors
    assert "bgr" not in survivors


def test_every_artifact_has_a_picture_that_shows_swapped_colours() -> None:
    for variant in original().value.variants:
        caught = {name for case in variant.golden for name in case.must_fail}
        assert {"bgr", "yx-order", "roles-swapped", "background-column", "letterbox-not-undone"} <= caught
