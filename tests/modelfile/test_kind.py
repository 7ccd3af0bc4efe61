"""The kind of a file from its first bytes."""

import gzip
import io
import os
import pickle  # noqa: TID251 - writes one to be recognised; nothing here unpickles
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.make_tflite import tiny_ssd
from zoo_tools.modelfile.kind import HEAD_BYTES, FileKind, sniff

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:400d49a9\nsize 594416\n"
IR = b'<?xml version="1.0"?>\n<!-- made by hand -->\n<net name="ssd" version="11">\n\t<layers>'


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.pb"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (tiny_ssd(), FileKind.TFLITE),
        (tiny_ssd()[:8], FileKind.TFLITE),
        (b"\x08\x08\x12\x07pytorch\x1a\x052.7.1", FileKind.ONNX),
        (b"\x08\x0a:\x80\x01", FileKind.ONNX),
        (b"\x89HDF\r\n\x1a\n\x00\x00", FileKind.HDF5),
        (zipped("metadata.json", "config.json"), FileKind.KERAS),
        (zipped("archive/data.pkl", "archive/data/0"), FileKind.TORCH),
        (zipped("readme.txt"), FileKind.ZIP),
        (zipped(), FileKind.ZIP),
        (pickle.dumps({"state_dict": {}}), FileKind.PICKLE),
        (gzip.compress(b"model", mtime=0), FileKind.GZIP),
        (tarred(), FileKind.TAR),
        (POINTER, FileKind.LFS_POINTER),
        (b"<!DOCTYPE html>\n<html lang=en>", FileKind.HTML),
        (b"\xef\xbb\xbf \n<html><body>404", FileKind.HTML),
        (b"<!-- cached --><html>", FileKind.HTML),
        (b'{"error": "not found"}', FileKind.JSON),
        (IR, FileKind.OPENVINO_IR),
        (b"\x0a\x2a\x0a\x0cimage_tensor\x12\x0bPlaceholder*\x0b\x0a\x05dtype\x12\x020\x04", FileKind.TF_GRAPH),
        (b"\x0a\xff\x01\x0a\x01w\x12\x05Const", FileKind.TF_GRAPH),
        (b"\x0a\x2a\x0a\x0cimage tensor\x12\x0bPlaceholder", FileKind.UNKNOWN),
        (b"\n\n\n\ntext", FileKind.TEXT),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", FileKind.XML),
        (b"404: Not Found", FileKind.TEXT),
        ("模型".encode(), FileKind.TEXT),
        (b"", FileKind.EMPTY),
        (b"\x00" * 100, FileKind.UNKNOWN),
        (b"caf\xe9", FileKind.UNKNOWN),
    ],
)
def test_kinds(tmp_path: Path, content: bytes, kind: FileKind) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    assert sniff(content) is kind
    assert sniff(path) is kind


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="This system has no pipes with a name.")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.tflite")
    assert sniff(tmp_path / "model.tflite") is FileKind.UNKNOWN


def test_a_long_text_is_a_text_wherever_the_cut_falls() -> None:
    for shift in range(4):
        assert sniff(b"x" * shift + "€".encode() * HEAD_BYTES) is FileKind.TEXT


def test_a_long_binary_is_not_a_text() -> None:
    assert sniff(b"text, and then \xff\xfe\xfd " * HEAD_BYTES) is FileKind.UNKNOWN


def test_every_kind_has_a_sentence() -> None:
    assert all(kind.sentence for kind in FileKind)
    assert len({kind.sentence for kind in FileKind}) == len(FileKind)


@pytest.mark.parametrize("head", [b"<!--", b"<!---->", b"<?xml", b"<?x?>", b"<"])
def test_hostile_markup_takes_no_time(head: bytes) -> None:
    started = time.perf_counter()
    sniff(head * HEAD_BYTES)
    assert time.perf_counter() - started < 0.5


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(content: bytes) -> None:
    assert isinstance(sniff(content), FileKind)


def test_the_real_files(mirror: Path) -> None:
    expected = {
        ".tflite": FileKind.TFLITE,
        ".onnx": FileKind.ONNX,
        ".h5": FileKind.HDF5,
        ".pth": FileKind.PICKLE,
        ".bmp": FileKind.UNKNOWN,
    }
    files = [path for path in mirror.glob("*/*") if path.is_file()]
    assert files
    assert {path.name: sniff(path) for path in files} == {path.name: expected[path.suffix] for path in files}
