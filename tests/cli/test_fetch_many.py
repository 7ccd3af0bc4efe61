"""`fetch` of many files: --all, --jobs, --lock, --json, --offline; nothing secret is ever printed."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo
from tests.cli.invoke import REPOSITORY, Called, call
from tests.fetch.faults import answering
from tests.fetch.server import Exchange, LyingServer
from tests.make_tflite import tiny_ssd
from zoo_tools.checks.subjects import artifact_subjects
from zoo_tools.registry.load import load_registry

OTHER = tiny_ssd(is_bgr=True)
MISSING = b"a file that no mirror has"

ARTIFACT = """  - id: {id}
    release: {release}
    format: tflite
    precision: {{weights: int8, activations: int8}}
    urls: ["https://models.example.org/{folder}/{name}"]
    sha256: "{sha256}"
    size: {size}
"""


@pytest.fixture
def server() -> Iterator[LyingServer]:
    """A server on loopback without any route yet."""
    with LyingServer() as running:
        yield running


def add(zoo: Zoo, id_: str, content: bytes, *, name: str = "other.tflite", release: str = "v1") -> str:
    """Add an artifact, and say its name."""
    text = ARTIFACT.format(
        id=id_, release=release, folder=id_, name=name, sha256=sha256(content).hexdigest(), size=len(content)
    )
    zoo.edit("  - id: float\n", text + "  - id: float\n")
    return f"tiny_ssd/16/{id_}"


def events(called: Called) -> list[dict[str, object]]:
    return [json.loads(line) for line in called.out.splitlines()]


def test_all_delivers_what_the_mirror_holds_and_then_needs_no_request(
    zoo: Zoo, tmp_path: Path, server: LyingServer
) -> None:
    zoo.store("other.tflite", OTHER)
    add(zoo, "other", OTHER)
    missing = add(zoo, "missing", MISSING, name="missing.tflite")
    called = zoo.call("fetch", "--all", "--to", tmp_path / "out")
    assert called.code == 3
    assert called.out.splitlines() == [str(tmp_path / "out" / name) for name in (MODEL_FILE, "other.tflite")]
    assert f"{missing}: missing.tflite could not be fetched" in called.err
    assert called.err.endswith("zoo_tools: 2 fetched, 1 not.\n")
    assert (tmp_path / "out" / "other.tflite").read_bytes() == OTHER
    mirror = ("--mirror", server.url(""), "--allow-host", server.authority)
    again = call("fetch", "--all", "--to", tmp_path / "out", "--registry", zoo.registry, "--offline", *mirror)
    assert (again.code, again.out) == (3, called.out)
    assert "already there" in again.err
    assert server.connections == 0


def test_files_of_one_name_do_not_overwrite_each_other(zoo: Zoo, tmp_path: Path) -> None:
    zoo.store(MODEL_FILE.replace("tiny", "TINY"), OTHER)
    add(zoo, "other", OTHER, name=MODEL_FILE.replace("tiny", "TINY"))
    called = zoo.call("fetch", "tiny_ssd", "--to", tmp_path)
    first, second = map(Path, called.out.splitlines())
    assert first == tmp_path / "tiny_ssd" / "16" / "int8" / MODEL_FILE
    assert (first.read_bytes(), second.read_bytes()) == (tiny_ssd(), OTHER)


def test_the_newest_pinned_release_is_fetched_unless_an_artifact_is_named(zoo: Zoo) -> None:
    zoo.store("other.tflite", OTHER)
    newer = add(zoo, "other", OTHER, release="v1.10 (2026)")
    add(zoo, "old", MISSING, release="v1.9", name="old.tflite")
    assert f"  {newer}, " in zoo.call("fetch", "tiny_ssd").err
    assert zoo.call("fetch", "tiny_ssd").out.count("\n") == 1
    assert f"  {SUBJECT}, " in zoo.call("fetch", SUBJECT).err


def test_events_are_one_object_a_line(zoo: Zoo, tmp_path: Path, server: LyingServer) -> None:
    server.serve(f"/{sha256(tiny_ssd()).hexdigest()}/{MODEL_FILE}", lambda exchange: exchange.answer(200, tiny_ssd()))
    failing = add(zoo, "missing", MISSING)
    mirror = ("--mirror", server.url(""), "--allow-host", server.authority, "--registry", zoo.registry)
    zoo.edit("- models.example.org", "- nowhere.example", file="hosts.yaml")
    called = call("fetch", "--all", "--json", "--to", tmp_path / "out", *mirror)
    told = events(called)
    assert called.code == 3
    assert [one["event"] for one in told if one["event"] != "progress"] == ["done", "error", "end"]
    done, error, end = (one for one in told if one["event"] != "progress")
    assert (done["subject"], done["source"], done["path"]) == (SUBJECT, "mirror", str(tmp_path / "out" / MODEL_FILE))
    assert done["licence"] == {"spdx": "LicenseRef-Tiny", "url": "https://example.org/licence", "restrictions": []}
    assert (error["subject"], error["kind"]) == (failing, "unavailable")
    assert (end["fetched"], end["failed"]) == (1, 1)
    last = [one for one in told if one["event"] == "progress"][-1]
    assert (last["subject"], last["done"], last["total"]) == (SUBJECT, 4400, 4400)


def test_a_lock_file_is_written_and_then_honoured(zoo: Zoo, tmp_path: Path) -> None:
    lock = tmp_path / "zoo.lock"
    assert zoo.call("fetch", SUBJECT, "--lock", lock).code == 0
    written = lock.read_bytes()
    digest = sha256(tiny_ssd()).hexdigest()
    assert json.loads(written) == {
        "format": 1,
        "artifacts": {SUBJECT: {"filename": MODEL_FILE, "sha256": digest, "size": 4400}},
    }
    assert zoo.call("fetch", "--lock", lock).out == f"{zoo.mirror / digest / MODEL_FILE}\n"
    zoo.swap(MODEL_FILE, OTHER)
    called = zoo.call("fetch", SUBJECT, "--lock", lock, "--to", tmp_path / "out")
    assert called.code == 1
    assert called.err.startswith(
        f"zoo_tools: {lock} locks {SUBJECT} to sha256 {digest} of 4400 bytes, its manifest now"
    )
    assert not (tmp_path / "out").exists()
    assert lock.read_bytes() == written


def test_a_lock_file_takes_more_artifacts_and_none_that_were_not_fetched(zoo: Zoo, tmp_path: Path) -> None:
    lock = tmp_path / "zoo.lock"
    zoo.call("fetch", SUBJECT, "--lock", lock)
    add(zoo, "missing", MISSING)
    zoo.store("third.tflite", OTHER)
    third = add(zoo, "third", OTHER, name="third.tflite")
    assert zoo.call("fetch", "--all", "--lock", lock).code == 3
    assert sorted(json.loads(lock.read_text())["artifacts"]) == [SUBJECT, third]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 2, "artifacts": {}}', '{"format": 1, "artifacts": {"x": {"sha256": "0"}}}',
     "[" * 99999, b"\xff".decode("latin-1"),
     '{"format": 1, "artifacts": {"x": {"filename": "../x", "sha256": "' + "0" * 64 + '", "size": 1}}}'],
)  # fmt: skip
def test_what_is_no_lock_file_is_said_to_be(text: str, built: Zoo, tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(text)
    called = built.call("fetch", SUBJECT, "--lock", tmp_path / "lock")
    assert called.code == 2
    assert called.err.startswith(f"zoo_tools: {tmp_path / 'lock'} is not a lock file of format 1.\n")


@pytest.mark.parametrize("words", [(), ("--all", SUBJECT), ("--lock", "nowhere")])
def test_something_must_be_named(words: tuple[str, ...], built: Zoo) -> None:
    called = built.call("fetch", *words)
    assert called.code == 2
    assert "Usage: zoo_tools fetch" in called.err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_password_and_no_token_is_ever_printed(
    options: tuple[str, ...], zoo: Zoo, server: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fallback = lambda exchange: exchange.answer(302, Location="/x?signature=hidden3&x=1")
    zoo.edit("v1/tiny_int8.tflite", "v1/tiny_int8.tflite?token=hidden1")
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hidden2@{server.authority}")
    monkeypatch.setenv("HTTP_PROXY", f"http://me:hidden2@{server.authority}")
    words = ("--registry", zoo.registry, "--mirror", "http://mirror.example/", "--allow-host", "mirror.example")
    called = call("fetch", SUBJECT, *words, *options)
    assert called.code == 3
    assert server.requests
    assert "hidden" not in called.out + called.err
    assert "Traceback" not in called.err


def test_five_causes_give_five_sentences(zoo: Zoo, server: LyingServer) -> None:
    name = f"/{sha256(tiny_ssd()).hexdigest()}/{MODEL_FILE}"
    zoo.edit("- models.example.org", "- nowhere.example", file="hosts.yaml")
    words = ("--registry", zoo.registry, "--mirror", server.url(""), "--allow-host", server.authority)
    said = set()
    for status, body in [
        (200, b"version https://git-lfs.github.com/spec/v1\n"), (200, b"<html>log in</html>"), (200, tiny_ssd()[1:]),
        (200, OTHER), (403, b""), (404, b""), (451, b'{"error": "no"}'),
    ]:  # fmt: skip
        server.serve(name, answering(status, body))
        said.add(call("fetch", SUBJECT, *words).err)
    assert len(said) == 7


def test_a_terminal_sees_bars_and_a_pipe_only_paths(zoo: Zoo, server: LyingServer, tmp_path: Path) -> None:
    def slowly(content: bytes) -> None:
        path = f"/{sha256(content).hexdigest()}/"
        name = MODEL_FILE if content == tiny_ssd() else "other.tflite"

        def route(exchange: Exchange) -> None:
            exchange.answer(200, content[:1000], Content_Length=str(len(content)))
            exchange.stall(0.4)
            exchange.send(content[1000:])

        server.serve(path + name, route)

    other = add(zoo, "other", OTHER)
    slowly(tiny_ssd())
    slowly(OTHER)
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "zoo_tools", "fetch", "--all", "--registry", str(zoo.registry),
               "--mirror", server.url(""), "--allow-host", server.authority, "--to", str(tmp_path / "out")]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env=environment, text=True) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                block = os.read(leader, 65536)
            except OSError:
                break
            shown += block
        out = process.stdout.read() if process.stdout else ""
    os.close(leader)
    assert process.returncode == 0
    assert out.splitlines() == [str(tmp_path / "out" / name) for name in (MODEL_FILE, "other.tflite")]
    seen = shown.decode()
    assert SUBJECT in seen
    assert other in seen
    assert "kB" in seen
    assert "licence: LicenseRef-Tiny" in seen


def test_the_real_zoo_is_delivered_as_far_as_the_real_mirror_has_it(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(tmp_path / "cache"))
    registry = load_registry(REPOSITORY / "registry")
    pinned = {one.name: one.artifact for entry in registry.models.values() for one in artifact_subjects(entry)
              if one.artifact.sha256 is not None}  # fmt: skip
    held = {name for name, one in pinned.items() if (mirror / str(one.sha256) / one.filename).is_file()}
    words = ("fetch", "--all", "--json", "--to", tmp_path / "out", "--registry", REPOSITORY / "registry", "--offline")
    first = events(call(*words, "--mirror", mirror))
    done = {str(one["subject"]): one for one in first if one["event"] == "done"}
    assert held <= set(done)
    assert held
    for name, one in done.items():
        content = Path(str(one["path"])).read_bytes()
        assert (sha256(content).hexdigest(), len(content)) == (pinned[name].sha256, pinned[name].size)
    assert {one["subject"] for one in first if one["event"] == "error"} == set(pinned) - set(done)
    again = events(call(*words))  # no mirror, nothing in the cache, no request
    assert {one["subject"]: one["source"] for one in again if one["event"] == "done"} == dict.fromkeys(
        done, "destination"
    )
