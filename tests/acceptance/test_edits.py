"""Each wrong edit of the real manifest makes validate fail, with a finding at the very place of the edit."""

from collections.abc import Callable, Sequence

import pytest

from tests.acceptance.real_zoo import MODEL, PINNED, SMALLEST, RealZoo
from tests.cli.invoke import Report
from zoo_tools.domain.findings import Location, Status

INT8 = f"variants[025_192].artifacts[{PINNED}]"
FLOAT = "variants[025_192].artifacts[float-v2.0.1]"
INPUT, SCORES = f"{INT8}.tensors.inputs[image]", f"{INT8}.tensors.outputs[scores]"
OFFSETS, ANCHORS = f"{INT8}.tensors.outputs[offsets]", f"{INT8}.tensors.outputs[anchors]"
CONTRACT = "contracts[ssd-three-outputs]"
V3_H7 = "variants[025_192].footprints[int8,stm32h7]"
V3_LATENCY = "variants[025_192].latencies[int8,stm32h747i-disco]"

Edit = Callable[[RealZoo], Location]


def put(address: str, value: str) -> Edit:
    return lambda zoo: zoo.set(address, value)


def digit(address: str, *, at: int = -1) -> Edit:
    return lambda zoo: zoo.next_digit(address, digit=at)


def key(address: str, name: str) -> Edit:
    return lambda zoo: zoo.rename(address, name)


def checks_at(place: Location, report: Report) -> set[str]:
    return {error.check for error in report.errors if error.location == place}


STATIC = [
    pytest.param(digit("variants[025_224].artifacts[int8-v2.0.1].sha256"), ["golden-current"], id="sha256, recorded"),
    pytest.param(put(f"{V3_H7}.evidence", "card-v4"), ["references-resolve"], id="evidence of a footprint"),
    pytest.param(put(f"{V3_LATENCY}.evidence", "kard-v3"), ["references-resolve"], id="evidence of a latency"),
    pytest.param(
        put("variants[025_192].accuracy[float].evidence", "card"), ["references-resolve"], id="evidence of AP"
    ),
    pytest.param(put(f"{V3_LATENCY}.board", "stm32h747i-disko"), ["references-resolve"], id="board"),
    pytest.param(put(f"{V3_H7}.target", "stm32h8"), ["references-resolve"], id="series"),
    pytest.param(put(f"{V3_H7}.artifact", "int9"), ["references-resolve"], id="artifact"),
    pytest.param(put("variants[025_192].contract", "ssd-two-outputs"), ["references-resolve"], id="contract"),
    pytest.param(put("variants[025_192].labels", "persons"), ["references-resolve"], id="labels"),
    pytest.param(put("variants[025_192].dataset", "coco-2018-person"), ["references-resolve"], id="dataset"),
    pytest.param(key(f"{V3_LATENCY}.clock_mhz", "clock_mzh"), ["schema"], id="misspelt key"),
    pytest.param(key("variants[025_192].resolution", "resolutoin"), ["schema"], id="misspelt required key"),
    pytest.param(put(f"{V3_H7}.unit", "kB"), ["schema"], id="unknown unit"),
    pytest.param(put(f"{V3_LATENCY}.ms", "149.18 ms"), ["schema"], id="unit in the value"),
    pytest.param(put("variants[025_192].accuracy[int8,st-ap40-coco-person].ap", "0.358"), ["ap-unit"], id="fraction"),
    pytest.param(put(f"{CONTRACT}.input.colour", "bgr"), ["golden-current"], id="colour order"),
    pytest.param(
        put(f"{CONTRACT}.preprocess.resize.coordinates", "asymmetric-floor"), ["golden-current"], id="coordinates"
    ),
    pytest.param(put(f"{CONTRACT}.decode.scores.background", "1"), ["golden-current"], id="background"),
    pytest.param(put(f"{CONTRACT}.decode.scores.background", "none"), ["golden-current"], id="no background"),
    pytest.param(put(f"{CONTRACT}.select.iou", "0.3"), ["golden-current"], id="NMS IoU"),
    pytest.param(put(f"{CONTRACT}.select.score", "0.01"), ["golden-current"], id="score threshold"),
    pytest.param(put(f"{CONTRACT}.decode.clip", "false"), ["golden-current"], id="clip"),
    pytest.param(put(f"{CONTRACT}.decode.anchors.units", "pixels"), ["golden-current"], id="anchor units"),
]


@pytest.mark.parametrize(("edit", "checks"), STATIC)
def test_what_the_registry_alone_tells(real_registry: RealZoo, edit: Edit, checks: Sequence[str]) -> None:
    place = edit(real_registry)
    called = real_registry.validate(level="static")
    assert called.code == 1
    assert checks_at(place, called.report) >= set(checks)


def test_a_licence_that_is_required_was_removed(real_registry: RealZoo) -> None:
    real_registry.remove_lines("  dataset:", count=4)
    called = real_registry.validate(level="static")
    assert called.code == 1
    (error,) = called.report.errors
    assert error.message == "key `dataset` is missing in `licences`"
    lines = real_registry.manifest.read_text(encoding="utf-8").split("\n")
    assert lines[error.location.line - 1] == "licences:"


ARTIFACTS = [
    (f"variants[{variant}].artifacts[{id_}].sha256", f"{MODEL}/{variant}/{id_}")
    for variant in ("025_192", "025_224", "025_256")
    for id_ in (PINNED, "float-v2.0.1")
]


@pytest.mark.parametrize(("address", "subject"), ARTIFACTS)
@pytest.mark.parametrize("at", [0, 37, -1])
def test_one_digit_of_a_sha256(real: RealZoo, address: str, subject: str, at: int) -> None:
    place = real.next_digit(address, digit=at)
    called = real.validate(subject, level="files")
    assert called.code == 1
    (error,) = [one for one in called.report.errors if one.check == "file-hash"]
    assert error.location == place
    assert error.fix == "correct the sha256"


FILES = [
    pytest.param(digit(f"{INT8}.size"), "file-size", id="size"),
    pytest.param(digit(f"{FLOAT}.size"), "file-size", id="size of an h5 file"),
    pytest.param(put(f"{INPUT}.quantisation.zero_point", "128"), "io-inputs", id="zero point"),
    pytest.param(digit(f"{INPUT}.quantisation.scale", at=6), "io-inputs", id="scale"),
    pytest.param(put(f"{INPUT}.dtype", "int8"), "io-inputs", id="input dtype"),
    pytest.param(digit(f"{INPUT}.name"), "io-inputs", id="input name"),
    pytest.param(put(f"{SCORES}.dtype", "int8"), "io-outputs", id="output dtype"),
    pytest.param(put(f"{ANCHORS}.dtype", "float16"), "io-outputs", id="another output's dtype"),
    pytest.param(put(f"{SCORES}.name", "StatefulPartitionedCall:1"), "io-outputs", id="output name"),
    pytest.param(digit(f"{INT8}.parameters"), "parameters", id="parameters"),
    pytest.param(digit(f"{INT8}.macs"), "macs", id="MACs"),
    pytest.param(put(f"{FLOAT}.format", "tflite"), "file-kind", id="format"),
]


@pytest.mark.parametrize(("edit", "check"), FILES)
def test_what_the_files_tell(real: RealZoo, edit: Edit, check: str) -> None:
    place = edit(real)
    called = real.validate(f"{MODEL}/025_192", level="files")
    assert called.code == 1
    assert checks_at(place, called.report) >= {check}


@pytest.mark.parametrize("output", [SCORES, OFFSETS, ANCHORS])
@pytest.mark.parametrize("axis", [1, 2])
def test_the_shape_of_an_output(real: RealZoo, output: str, axis: int) -> None:
    place = real.next_in_list(f"{output}.shape", axis)
    called = real.validate(SMALLEST, level="files")
    assert called.code == 1
    (error,) = called.report.errors
    assert error.check == "io-outputs"
    assert (error.location.file, error.location.line) == (place.file, place.line)


def test_offsets_and_anchors_swapped(real: RealZoo) -> None:
    places = {real.set(f"{OFFSETS}.role", "anchors"), real.set(f"{ANCHORS}.role", "offsets")}
    called = real.validate(SMALLEST)
    assert called.code == 1
    assert {one.location for one in called.report.errors if one.check == "roles-proven"} >= places
    # The picture without a person stays one: nothing is looked for there.
    seen = {one.subject: one.status for one in called.report.of("golden-detections")}
    assert {status for subject, status in seen.items() if "sunflower" not in subject} == {Status.FAILED}


def test_offsets_and_scores_swapped(real: RealZoo) -> None:
    real.set(f"{OFFSETS}.role", "scores")
    real.set(f"{SCORES}.role", "offsets")
    called = real.validate(SMALLEST)
    assert called.code == 1
    assert {"roles-proven", "golden-detections"} <= called.report.with_status(Status.FAILED)


RESYNCED = [
    pytest.param(("input", "colour"), "bgr", "bgr", {"golden-detections", "golden-raw"}, id="colour order"),
    pytest.param(
        ("preprocess", "resize", "coordinates"), "asymmetric-floor", "asymmetric-floor",
        {"golden-detections", "golden-raw"}, id="coordinates",
    ),
    pytest.param(("decode", "scores", "background"), "1", 1, {"golden-detections"}, id="background"),
    pytest.param(("decode", "scores", "background"), "none", "none", {"golden-detections"}, id="no background"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "text", "value", "checks"), RESYNCED)
def test_a_contract_made_wrong_in_the_recordings_too_is_seen_by_running_it(
    real: RealZoo, steps: tuple[str, ...], text: str, value: object, checks: set[str]
) -> None:
    real.set(".".join([CONTRACT, *steps]), text)
    real.record(["contract", *steps], value)
    called = real.validate(SMALLEST)
    assert called.code == 1
    assert not [one for one in called.report.errors if one.check == "golden-current"]
    assert checks <= called.report.with_status(Status.FAILED)
    assert called.report.statuses("golden-detections") == {Status.FAILED}


def test_another_threshold_of_suppression_is_seen_where_the_environment_is_equal(real: RealZoo) -> None:
    real.set(f"{CONTRACT}.select.iou", "0.3")
    real.record(["contract", "select", "iou"], "0.3")
    report = real.validate(SMALLEST).report
    is_equal_environment = report.statuses("golden-raw") == {Status.PASSED}
    expected = Status.FAILED if is_equal_environment else Status.PASSED
    assert expected in report.statuses("golden-detections")
