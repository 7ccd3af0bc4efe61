"""AP of the seven ST models on 73 pictures equals that of an independent evaluation; level accuracy proves it again."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.real_zoo import REGISTRY
from tests.cli.invoke import Called, call
from zoo_tools.domain.findings import Status

COCO, ST = "coco-ap40-person-val73", "st-ap40-person-val73"

# AP at IoU 0.4 of COCO's evaluation of an independent decoder's detections, LiteRT with XNNPACK; and ST's metric here.
EXPECTED: Mapping[str, tuple[float, float]] = {
    "st_ssd_mobilenet_v1/025_192": (37.43, 36.97),
    "st_ssd_mobilenet_v1/025_224": (44.52, 45.74),
    "st_ssd_mobilenet_v1/025_256": (48.13, 48.51),
    "ssd_mobilenet_v2_fpnlite/035_192": (44.36, 44.60),
    "ssd_mobilenet_v2_fpnlite/035_224": (49.81, 50.77),
    "ssd_mobilenet_v2_fpnlite/035_256": (53.37, 54.44),
    "ssd_mobilenet_v2_fpnlite/035_416": (61.69, 61.92),
}


@pytest.fixture(scope="module")
def data(shared: Path) -> str:
    """The option that says where the 73 pictures are."""
    return f"coco-person-val73={shared / 'datasets' / 'coco_person_val73'}"


def called(command: str, *arguments: str, mirror: Path) -> Called:
    return call(command, *arguments, "--registry", REGISTRY, "--mirror", mirror, "--offline")


@pytest.mark.parametrize("variant", EXPECTED)
def test_ap_equals_an_independent_evaluation(variant: str, data: str, mirror: Path) -> None:
    words = ("--data", data, "--delegate", "xnnpack", "--json", "--rounds", "0")
    found = called("evaluate", f"{variant}/int8-v2.0.1", *words, mirror=mirror)
    assert found.code == 0, found.err
    aps = {one["protocol"]: one["ap"] for one in json.loads(found.out)}
    coco, st = EXPECTED[variant]
    # The protocols are those of the artifact's own figures, as far as their pictures are at hand.
    assert aps == {COCO: pytest.approx(coco, abs=0.05), ST: pytest.approx(st, abs=0.05)}
    # ST's metric is known to differ from COCO's by -0.5 to +1.4 points on these detections.
    assert -0.5 - 0.3 <= aps[ST] - aps[COCO] <= 1.4 + 0.3


def test_level_accuracy_proves_every_measured_figure_again(data: str, mirror: Path) -> None:
    words = ("--level", "accuracy", "--engine", "litert", "--format", "json", "--data", data)
    found = called("validate", "st_ssd_mobilenet_v1/025_192", *words, mirror=mirror)
    assert found.code == 0, found.err
    measured = found.report.of("mini-accuracy")
    assert {one.subject.partition("#")[2] for one in measured} == {
        f"accuracy[int8-v2.0.1,{COCO}]", f"accuracy[int8-v2.0.1,{ST}]",
    }  # fmt: skip
    assert {one.status for one in measured} == {Status.PASSED}
    assert found.report.statuses("claim-plausible") == {Status.PASSED}
    (reproduced,) = found.report.of("accuracy-reproduced")
    assert (reproduced.status, reproduced.reason) == (
        Status.SKIPPED,
        "`st-ap40-coco-person` leaves unsaid: split; what is measured would be another figure",
    )


def test_without_the_pictures_nothing_is_proved_and_that_is_counted(mirror: Path) -> None:
    words = ("--level", "accuracy", "--engine", "litert", "--format", "json")
    found = called("validate", "st_ssd_mobilenet_v1/025_192", *words, mirror=mirror)
    assert found.code == 0, found.err
    outcomes = [*found.report.of("mini-accuracy"), *found.report.of("claim-plausible")]
    assert {(one.status, one.reason) for one in outcomes} == {(
        Status.SKIPPED,
        "the pictures of coco-person-val73 are not here: --data coco-person-val73=PATH says where they are",
    )}  # fmt: skip
