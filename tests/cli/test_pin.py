"""`pin`: one download over https, and the manifest says which bytes it was; everything else keeps every byte."""

import difflib
import io
import re
import ssl
import tarfile
from collections.abc import Iterator
from hashlib import sha256, sha384
from pathlib import Path

import pytest
import trustme

from tests.checks.tiny_zoo import SUBJECT, Zoo
from tests.cli.invoke import Called, call
from tests.fetch.server import LyingServer
from tests.make_tflite import tiny_ssd
from tests.tiny_models.catalogue import FOLDER
from zoo_tools.modelfile.read import read_model

CONTENT = tiny_ssd(is_bgr=True)
KERAS = b"\x89HDF\r\n\x1a\n" + b"weights" * 100
UNPINNED = "    unpinned: {reason: its bytes were not seen, since: 2026-11-20}\n"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LyingServer]:
    """An https server on loopback whose authority the environment names."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with LyingServer(context) as running:
        yield running


@pytest.fixture
def unpinned(zoo: Zoo, server: LyingServer) -> Zoo:
    """A zoo whose Keras file can be had from the server."""
    zoo.edit("https://models.example.org/v1/tiny.h5", server.url("/tiny.h5"))
    zoo.edit(UNPINNED, UNPINNED.replace("}\n", "}  # nobody has looked\n"))
    server.serve("/tiny.h5", lambda exchange: exchange.answer(200, KERAS))
    return zoo


def pin(zoo: Zoo, server: LyingServer, subject: str = "tiny_ssd/16/float") -> Called:
    return call("pin", subject, "--registry", zoo.registry, "--allow-host", server.authority)


def changes(before: str, zoo: Zoo) -> list[str]:
    after = zoo.manifest.read_text(encoding="utf-8")
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in lines if line[0] in "+-"]


def add_tflite(zoo: Zoo, url: str, more: str = "", unpinned: str = UNPINNED) -> None:
    zoo.edit("  - id: float\n", f"""  - id: new   # to be pinned
    release: v2
    format: tflite
    precision: {{weights: int8, activations: int8, granularity: per-channel}}
    urls: ["{url}"]
{more}{unpinned}
  - id: float
""")  # fmt: skip


def test_sha256_and_size_stand_where_it_said_unpinned(unpinned: Zoo, server: LyingServer) -> None:
    before = unpinned.manifest.read_text(encoding="utf-8")
    called = pin(unpinned, server)
    assert called.code == 0, called.err
    digest = sha256(KERAS).hexdigest()
    assert called.out.startswith(
        f"tiny_ssd/16/float: sha256 {digest}, {len(KERAS)} bytes, from {server.url('/tiny.h5')}"
    )
    assert changes(before, unpinned) == [
        "-" + " " + UNPINNED.replace("}\n", "}  # nobody has looked\n"),
        f'+     sha256: "{digest}"\n',
        f"+     size: {len(KERAS)}  # nobody has looked\n",
    ]
    assert len(server.requests) == 1
    fetched = call("fetch", "tiny_ssd/16/float", "--offline", "--registry", unpinned.registry)
    assert fetched.code == 0, "the file that was seen is kept"


def test_of_a_tflite_file_the_computed_is_written_too(zoo: Zoo, server: LyingServer) -> None:
    add_tflite(zoo, server.serve("/new.tflite", lambda exchange: exchange.answer(200, CONTENT)))
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert called.code == 0, called.err
    assert f"roles are those of {SUBJECT}" in called.out
    digest = sha256(CONTENT).hexdigest()
    text = zoo.manifest.read_text(encoding="utf-8")
    assert (
        f"""
    sha256: "{digest}"
    size: {len(CONTENT)}
    parameters: 171
    macs: 2592
    tensors:
      inputs:
      - {{role: image, name: "serving_default_input_1:0", shape: [batch, 16, 16, 3], dtype: uint8, \
quantisation: {{scale: 0.007843137718737125, zero_point: 127}}}}
      outputs:
      - {{role: scores, name: "StatefulPartitionedCall:2", shape: [batch, 16, 2], dtype: float32}}
      - {{role: offsets, name: "StatefulPartitionedCall:1", shape: [batch, 16, 4], dtype: float32}}
      - {{role: anchors, name: "StatefulPartitionedCall:0", shape: [batch, 16, 4], dtype: float32}}

  - id: float
"""
        in text
    )
    zoo.store("new.tflite", CONTENT)
    report = zoo.validate("tiny_ssd/16/new", level="files").report
    assert not [one for one in report.errors if one.subject == "tiny_ssd/16/new"]


def test_of_an_onnx_file_the_computed_is_written_too(zoo: Zoo, server: LyingServer) -> None:
    content = (FOLDER / "levels.onnx").read_bytes()
    add_tflite(zoo, server.serve("/new.onnx", lambda exchange: exchange.answer(200, content)))
    text = zoo.manifest.read_text(encoding="utf-8")
    zoo.manifest.write_text(
        text.replace("release: v2\n    format: tflite", "release: v2\n    format: onnx"), encoding="utf-8"
    )
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert called.code == 0, called.err
    facts = read_model(FOLDER / "levels.onnx", "onnx")
    written = zoo.manifest.read_text(encoding="utf-8")
    assert f"    size: {len(content)}\n    parameters: {facts.parameters}\n    macs: {facts.macs}\n" in written


def test_roles_nobody_states_are_not_guessed(zoo: Zoo, server: LyingServer) -> None:
    add_tflite(zoo, server.serve("/new.tflite", lambda exchange: exchange.answer(200, CONTENT)))
    text = zoo.manifest.read_text(encoding="utf-8")
    zoo.manifest.write_text(text.replace('"StatefulPartitionedCall:2"', '"another name"'), encoding="utf-8")
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert called.code == 0
    assert "tensors are not written: nobody says which roles the outputs" in called.out
    assert zoo.manifest.read_text(encoding="utf-8").count("tensors:") == 1


def test_a_member_and_its_archive_are_pinned_together(zoo: Zoo, server: LyingServer) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("tiny/new.tflite")
        info.size = len(CONTENT)
        tar.addfile(info, io.BytesIO(CONTENT))
    archive = out.getvalue()
    said = f'    archive: {{member: tiny/new.tflite, digests: {{sha384: "{sha384(archive).hexdigest()}"}}}}\n'
    add_tflite(zoo, server.serve("/tiny.tar.gz", lambda exchange: exchange.answer(200, archive)), said)
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert called.code == 0, called.err
    text = zoo.manifest.read_text(encoding="utf-8")
    digest = sha256(archive).hexdigest()
    assert said.replace("}}\n", f'}}, sha256: "{digest}", size: {len(archive)}}}\n') in text
    assert f'    sha256: "{sha256(CONTENT).hexdigest()}"\n' in text
    fetched = call("fetch", "tiny_ssd/16/new", "--offline", "--registry", zoo.registry)
    assert Path(fetched.out.strip()).read_bytes() == CONTENT


WRONG = {
    "an HTML page": (b"<html>log in</html>", "", "gives an HTML page of 19 bytes, should be new.tflite"),
    "an LFS pointer": (b"version https://git-lfs.github.com/spec/v1\n", "", "gives a Git LFS pointer of 43 bytes"),
    "nothing": (b"", "", "gives no byte, should be new.tflite"),
    "no model": (b"weights" * 99, "", "should be a TFLite model"),
    "another beginning": (CONTENT, '    digests: {sha256_prefix: "00000000"}\n', "should begin with 00000000"),
    "another sha384": (
        CONTENT,
        '    digests: {sha384: "' + "0" * 96 + '"}\n',
        "with sha384 [0-9a-f]{96}, should be 000",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_at_first_sight_is_not_pinned(name: str, zoo: Zoo, server: LyingServer) -> None:
    content, more, message = WRONG[name]
    add_tflite(zoo, server.serve("/new.tflite", lambda exchange: exchange.answer(200, content)), more)
    before = zoo.manifest.read_bytes()
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert called.code == 1
    assert re.search(message, called.err), called.err
    assert zoo.manifest.read_bytes() == before


def test_a_cut_off_file_is_not_pinned(zoo: Zoo, server: LyingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("zoo_tools.fetch.network.Network.sleep", lambda *_: None)
    url = server.serve("/new.tflite", lambda exchange: exchange.answer(200, CONTENT[:99], Content_Length=None))
    add_tflite(zoo, url)
    before = zoo.manifest.read_bytes()
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert (called.code, zoo.manifest.read_bytes()) == (3, before)
    assert "the connection ends after 99 of an unknown number of bytes" in called.err


def test_the_right_beginning_of_the_hash_is_enough_to_pin(zoo: Zoo, server: LyingServer) -> None:
    digest = sha256(CONTENT).hexdigest()
    url = server.serve("/new.tflite", lambda exchange: exchange.answer(200, CONTENT))
    add_tflite(zoo, url, f'    digests: {{sha256_prefix: "{digest[:8]}"}}\n')
    assert call("fetch", "tiny_ssd/16/new", "--registry", zoo.registry).code == 2, "a beginning proves nothing"
    assert pin(zoo, server, "tiny_ssd/16/new").code == 0
    assert f'sha256: "{digest}"' in zoo.manifest.read_text(encoding="utf-8")


@pytest.mark.parametrize("subject", [SUBJECT, "tiny_ssd/16/int8"])
def test_what_is_pinned_stays_as_it_is(subject: str, built: Zoo) -> None:
    called = call("pin", subject, "--registry", built.registry)
    assert called.code == 2
    assert called.err.startswith(f"zoo_tools: {subject} has nothing unpinned.\n")


def test_a_host_that_is_not_listed_is_not_asked(unpinned: Zoo, server: LyingServer) -> None:
    called = call("pin", "tiny_ssd", "--registry", unpinned.registry)
    assert called.code == 3
    assert "is not among the allowed ones" in called.err
    assert server.connections == 0


def test_companions_keep_every_byte(zoo: Zoo, server: LyingServer) -> None:
    server.serve("/new.tflite", lambda exchange: exchange.answer(200, CONTENT))
    companions = f"""    companions:   # what it is nothing without
    - {{name: weights.bin, sha256: "{"a" * 64}", size: 2000, urls: ["{server.url("/weights.bin")}"]}}
    - name: more.bin
      sha256: "{"b" * 64}"
      size: 1
"""
    add_tflite(zoo, server.url("/new.tflite"), companions)
    before = zoo.manifest.read_text(encoding="utf-8")
    called = pin(zoo, server, "tiny_ssd/16/new")
    assert called.code == 0, called.err
    assert companions in zoo.manifest.read_text(encoding="utf-8")
    assert [line for line in changes(before, zoo) if line.startswith("-")] == [f"- {UNPINNED}"]
    assert [request.target for request in server.requests] == ["/new.tflite"]
