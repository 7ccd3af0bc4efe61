"""Recordings and transcripts come with pull requests too: whatever they hold, they are read or refused."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checks.tiny_zoo import Zoo
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.golden import MAX_BYTES, golden_text, read_golden
from zoo_tools.registry.transcript import HEADER, read_transcript

GOLDEN = "models/tiny_ssd/golden/squares.json"
TRANSCRIPT = "models/tiny_ssd/evidence/card.csv"


def refusal(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(BrokenFileError) as raised:
        read(path)
    assert raised.value.fix
    assert raised.value.message.startswith(str(path))
    return raised.value.message.removeprefix(str(path)).strip()


def test_a_recording_comes_back_as_it_was_written(built: Zoo, tmp_path: Path) -> None:
    path = built.registry / GOLDEN
    golden = read_golden(path)
    assert golden_text(golden) == path.read_text(encoding="utf-8")
    again = tmp_path / "again.json"
    again.write_text(golden_text(golden.model_copy(update={"detections": []})), encoding="utf-8")
    assert read_golden(again).detections == []


def test_a_recording_has_a_detection_a_line(built: Zoo) -> None:
    text = (built.registry / GOLDEN).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if '"label"' in line]
    assert len(rows) == len(read_golden(built.registry / GOLDEN).detections)
    assert all(json.loads(row.rstrip(","))["label"] == "red square" for row in rows)


Change = Callable[[str], str]


def written(new: str) -> Change:
    return lambda _text: new


def said(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (written(""), "is not a golden recording: Expecting value: line 1 column 1 (char 0)"),
        (lambda text: text[:300], "is not a golden recording: "),
        (written("[" * 100_000), "is not a golden recording: "),
        (written("null"), "is not a golden recording: : Input should be"),
        (written(" " * (MAX_BYTES + 1)), "is larger than 1024 KiB"),
        (said('"format": 1', '"format": 2'), "is not a golden recording: format: Input should be 1"),
        (said('"format": 1', '"format": 1, "more": 2'), "is not a golden recording: more: Extra inputs"),
        (said('"class_id": 0', '"class_id": 1e99999999999999999999'), "is not a golden recording: a number is out of"),
        (said('"class_id": 0', f'"class_id": {"9" * 40}'), "is not a golden recording: detections.0.class_id: "),
        (said('"class_id": 0', f'"class_id": {"9" * 9999}'), "is not a golden recording: "),
        (said('"class_id": 0', '"class_id": true'), "is not a golden recording: detections.0.class_id: "),
        (said('"score": 0.', '"score": NaN, "x": 0.'), "is not a golden recording: detections.0.score: "),
        (said('"score": 0.', '"score": 1e400, "x": 0.'), "is not a golden recording: detections.0.score: "),
        (said('"box": [', '"box": [1, 2, 3, 4, '), "is not a golden recording: detections.0.box: "),
        (said('"recorded": "', '"recorded": "31 of May '), "is not a golden recording: recorded: "),
        (said('"scores": "', '"../scores": "'), "is not a golden recording: raw_sha256.../scores."),
    ],
)
def test_a_recording_that_is_none(zoo: Zoo, change: Change, sentence: str) -> None:
    path = zoo.registry / GOLDEN
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert refusal(read_golden, path).startswith(sentence)
    called = zoo.validate(level="static")
    assert called.code == 1
    assert [one.check for one in called.report.errors] == ["golden-current"]


def test_a_recording_that_is_a_link_or_a_folder_or_missing(zoo: Zoo, tmp_path: Path) -> None:
    path = zoo.registry / GOLDEN
    path.rename(tmp_path / "moved.json")
    assert refusal(read_golden, path) == "cannot be read: No such file or directory"
    path.symlink_to(tmp_path / "moved.json")
    assert refusal(read_golden, path) == "is a symbolic link; the registry holds plain files only"
    path.unlink()
    path.mkdir()
    assert refusal(read_golden, path) == "is a folder; the registry holds plain files only"


@pytest.mark.parametrize(("file", "check"), [(GOLDEN, "golden-current"), (TRANSCRIPT, "transcript-complete")])
def test_nothing_behind_a_linked_folder_is_read(zoo: Zoo, tmp_path: Path, file: str, check: str) -> None:
    folder = (zoo.registry / file).parent
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    called = zoo.validate(level="static")
    assert called.code == 1
    said = {one.check: one.message for one in called.report.errors}
    assert set(said) == {"portable-paths", check}
    assert f"lies behind `{folder.name}`, a symbolic link" in said[check]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_recording_is_read_or_refused(built: Zoo, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray((built.registry / GOLDEN).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path / "any.json"
    path.write_bytes(content)
    with suppress(BrokenFileError):
        golden_text(read_golden(path))


def test_a_transcript_is_read_with_its_lines(built: Zoo) -> None:
    cells = read_transcript(built.registry / TRANSCRIPT)
    assert len(cells) == 24
    corrected = next(cell for cell in cells if cell.text == "2,49")
    assert (corrected.line, corrected.quantity, corrected.kind, corrected.at) == (10, "flash.total", "measure", 8)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,b\n", ":1 should be the header line,row,quantity,kind,cell"),
        (",".join(HEADER).encode() + b"\n1,a,b,c\n", ":2 should hold line,row,quantity,kind,cell"),
        (",".join(HEADER).encode() + b"\n0,a,b,c,d\n", ":2 should hold line,row,quantity,kind,cell"),
        (",".join(HEADER).encode() + b"\n-1,a,b,c,d\n", ":2 should hold line,row,quantity,kind,cell"),
        (",".join(HEADER).encode() + b"\n12345678,a,b,c,d\n", ":2 should hold line,row,quantity,kind,cell"),
        (",".join(HEADER).encode() + b'\n1,a,b,c,"d\n', "is not a CSV file in UTF-8: unexpected end of data"),
        (",".join(HEADER).encode() + b'\n1,a,b,c,"d"e\n', "is not a CSV file in UTF-8: ',' expected after '\"'"),
        (",".join(HEADER).encode() + b"\n1,a,b,c,\xff\n", "is not a CSV file in UTF-8: "),
        (
            ",".join(HEADER).encode() + b"\n1,a,b,c," + b"d" * 200_000 + b"\n",
            "is not a CSV file in UTF-8: field larger",
        ),
        (b"x" * (4 << 20) + b"x", "is larger than 4 MiB"),
    ],
)
def test_a_transcript_that_is_none(zoo: Zoo, content: bytes, sentence: str) -> None:
    path = zoo.registry / TRANSCRIPT
    path.write_bytes(content)
    assert refusal(read_transcript, path).startswith(sentence)
    called = zoo.validate(level="static")
    assert called.code == 1
    assert {one.check for one in called.report.errors} == {"transcript-complete"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text('1,\n\r"a\0;é', max_size=60).map(str.encode))
def test_any_transcript_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(",".join(HEADER).encode() + b"\n" + content)
    with suppress(BrokenFileError):
        read_transcript(path)
