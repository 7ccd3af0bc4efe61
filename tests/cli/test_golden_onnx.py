"""`golden` for another format: recorded in its reference, compared there and by the other runtime."""

import json

from tests.checks.more_formats import add_sibling
from tests.checks.tiny_zoo import Zoo
from tests.conftest import oracle
from zoo_tools.domain.findings import Status

CASE = "  - {artifact: float-onnx, image: squares, file: golden/onnx.json, must_fail: [bgr]}"
SUBJECT = "tiny_ssd/16/float-onnx"


def recorded(zoo: Zoo) -> Zoo:
    oracle("onnxruntime")
    add_sibling(zoo)
    zoo.edit("  golden:\n", f"  golden:\n{CASE}\n")
    called = zoo.call("golden", "record", SUBJECT)
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith(f"{SUBJECT}@squares: 15 detections -> ")
    return zoo


def test_a_case_is_recorded_in_the_reference_of_its_format(zoo: Zoo) -> None:
    tree = json.loads((recorded(zoo).manifest.parent / "golden" / "onnx.json").read_text(encoding="utf-8"))
    assert (tree["environment"]["engine"], tree["environment"]["delegate"]) == ("onnxruntime", "none")
    checked = zoo.call("golden", "check", SUBJECT)
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.startswith(f"{SUBJECT}@squares: equal (onnxruntime ")


def test_all_checks_of_a_run_pass_on_it(zoo: Zoo) -> None:
    oracle("openvino")
    called = recorded(zoo).validate(SUBJECT)
    assert called.code == 0, called.out
    report = called.report
    for check in ("golden-raw", "golden-detections", "golden-stable", "golden-sensitive", "engines-agree"):
        assert report.statuses(check, under=SUBJECT) == {Status.PASSED}, check
    (agreed,) = report.of("engines-agree", under=SUBJECT)
    assert (agreed.engine or "").startswith("openvino ")


def test_by_another_engine_alone_the_tolerance_decides(zoo: Zoo) -> None:
    oracle("openvino")
    called = recorded(zoo).validate(SUBJECT, "--engine", "openvino")
    assert called.code == 0, called.out
    report = called.report
    assert report.statuses("golden-raw", under=SUBJECT) == {Status.SKIPPED}
    (detected,) = report.of("golden-detections", under=SUBJECT)
    assert detected.status is Status.PASSED
    assert (detected.engine or "").startswith("openvino ")
    assert report.of("engines-agree", under=SUBJECT) == []
