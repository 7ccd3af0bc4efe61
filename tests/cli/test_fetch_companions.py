"""Artifacts of several files: they come together, each verified, or the artifact is not delivered at all."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo
from tests.cli.invoke import Called, call
from tests.fetch.faults import answering
from tests.fetch.server import LyingServer
from tests.make_tflite import tiny_ssd
from zoo_tools.domain.manifest import Companion
from zoo_tools.fetch import Wanted, wanted_of_companion

WEIGHTS = b"weights that the model refers to by name" * 50
DIGEST = sha256(WEIGHTS).hexdigest()


@pytest.fixture
def server() -> Iterator[LyingServer]:
    """A server on loopback without any route yet."""
    with LyingServer() as running:
        yield running


@pytest.fixture
def split(zoo: Zoo) -> Zoo:
    """The tiny zoo, with a companion of its int8 file."""
    zoo.store("weights.bin", WEIGHTS)
    accompany(zoo)
    return zoo


def accompany(zoo: Zoo, *, name: str = "weights.bin", digest: str = DIGEST, urls: str = "") -> None:
    """Give the int8 file a companion."""
    size = f"    size: {len(tiny_ssd())}\n"
    said = f'name: {name}, sha256: "{digest}", size: {len(WEIGHTS)}, urls: [{urls}]'
    zoo.edit(size, f"{size}    companions:\n    - {{{said}}}\n")


def events(called: Called) -> list[dict[str, object]]:
    return [json.loads(line) for line in called.out.splitlines()]


def test_a_companion_is_wanted_by_its_plain_name_and_hash() -> None:
    url = "https://models.example.org/w?download=1"
    companion = Companion.model_validate({"name": "w.bin", "sha256": DIGEST, "size": "2000", "urls": [url]})
    assert wanted_of_companion(companion) == Wanted("w.bin", DIGEST, 2000, (url,))


def test_it_lies_beside_the_artifact_and_the_sidecar_names_it(split: Zoo, tmp_path: Path) -> None:
    called = split.call("fetch", SUBJECT, "--to", tmp_path / "out")
    assert called.code == 0
    assert called.out.splitlines() == [str(tmp_path / "out" / name) for name in (MODEL_FILE, "weights.bin")]
    assert f"  {SUBJECT}: companion weights.bin, 2,000 bytes, sha256 {DIGEST}, from mirror\n" in called.err
    assert (tmp_path / "out" / "weights.bin").read_bytes() == WEIGHTS
    sidecar = json.loads((tmp_path / "out" / f"{MODEL_FILE}.zoo.json").read_text(encoding="utf-8"))
    assert sidecar["companions"] == [{"name": "weights.bin", "sha256": DIGEST, "size": 2000, "origin": []}]
    again = split.call("fetch", SUBJECT, "--to", tmp_path / "out")
    assert (again.code, again.out, again.err.count("already there")) == (0, called.out, 2)


def test_only_what_is_missing_is_fetched_again(split: Zoo, tmp_path: Path) -> None:
    split.call("fetch", SUBJECT, "--to", tmp_path)
    (tmp_path / "weights.bin").write_bytes(bytes(len(WEIGHTS)))
    called = split.call("fetch", SUBJECT, "--to", tmp_path)
    assert called.code == 0
    assert (called.err.count("already there"), called.err.count("from mirror")) == (1, 1)
    assert (tmp_path / "weights.bin").read_bytes() == WEIGHTS


def test_it_is_downloaded_like_any_file_and_counted(zoo: Zoo, server: LyingServer, tmp_path: Path) -> None:
    accompany(zoo)
    for content, name in ((tiny_ssd(), MODEL_FILE), (WEIGHTS, "weights.bin")):
        path = f"/{sha256(content).hexdigest()}/{name}"
        server.serve(path, answering(content))
    words = ("--registry", zoo.registry, "--mirror", server.url(""), "--allow-host", server.authority)
    told = events(call("fetch", SUBJECT, "--json", *words, "--to", tmp_path))
    done, end = (one for one in told if one["event"] != "progress")
    assert done["filename"] == MODEL_FILE
    companions = done["companions"]
    assert isinstance(companions, list)
    assert [(one["filename"], one["path"], one["sha256"], one["size"], one["source"]) for one in companions] == [
        ("weights.bin", str(tmp_path / "weights.bin"), DIGEST, len(WEIGHTS), "mirror")
    ]
    assert end == {"event": "end", "fetched": 1, "failed": 0, "files": 2, "bytes": len(tiny_ssd()) + len(WEIGHTS)}
    named = {one["filename"] for one in told if one["event"] == "progress" and one["done"] == one["total"]}
    assert named == {MODEL_FILE, "weights.bin"}


@pytest.mark.parametrize("held", [None, bytes(len(WEIGHTS)), WEIGHTS[1:]])
def test_without_its_companion_nothing_of_the_artifact_is_delivered(
    held: bytes | None, zoo: Zoo, tmp_path: Path
) -> None:
    accompany(zoo)
    if held is not None:
        path = zoo.mirror / DIGEST / "weights.bin"
        path.parent.mkdir()
        path.write_bytes(held)
    called = zoo.call("fetch", SUBJECT, "--to", tmp_path / "out")
    assert called.code == (3 if held is None else 1)
    assert called.out == ""
    assert "weights.bin" in called.err
    assert not (tmp_path / "out").exists()


def test_the_lock_file_names_it_and_refuses_another(split: Zoo, tmp_path: Path) -> None:
    lock = tmp_path / "zoo.lock"
    assert split.call("fetch", SUBJECT, "--lock", lock).code == 0
    locked = json.loads(lock.read_text(encoding="utf-8"))["artifacts"][SUBJECT]
    assert locked["companions"] == [{"filename": "weights.bin", "sha256": DIGEST, "size": len(WEIGHTS)}]
    assert split.call("fetch", "--lock", lock).code == 0
    split.edit(DIGEST, "0" * 64)
    called = split.call("fetch", "--lock", lock)
    assert called.code == 1
    assert called.err.startswith(
        f"zoo_tools: {lock} locks {SUBJECT} with other companions than its manifest now says: weights.bin.\n"
    )


@pytest.mark.parametrize("name", [MODEL_FILE, MODEL_FILE.upper(), f"{MODEL_FILE}.zoo.json"])
def test_two_files_of_one_artifact_never_share_a_name(name: str, zoo: Zoo, tmp_path: Path) -> None:
    zoo.store(name, WEIGHTS)
    accompany(zoo, name=name)
    called = zoo.call("fetch", SUBJECT, "--to", tmp_path / "out")
    assert (called.code, called.out) == (2, "")
    assert f"{SUBJECT} has two files called {name.lower()}, should have each name once" in called.err
    assert not (tmp_path / "out").exists()


def test_artifacts_whose_companions_share_a_name_get_folders_of_their_own(split: Zoo, tmp_path: Path) -> None:
    other = tiny_ssd(is_bgr=True)
    split.store("weights.bin", WEIGHTS[::-1])
    split.store("other.tflite", other)
    second = f"""  - id: other
    release: v1
    format: tflite
    precision: {{weights: int8, activations: int8}}
    urls: ["https://models.example.org/other.tflite"]
    sha256: "{sha256(other).hexdigest()}"
    size: {len(other)}
    companions: [{{name: weights.bin, sha256: "{sha256(WEIGHTS[::-1]).hexdigest()}", size: {len(WEIGHTS)}}}]
"""
    split.edit("  - id: float\n", second + "  - id: float\n")
    called = split.call("fetch", "tiny_ssd", "--to", tmp_path)
    assert called.code == 0
    below = tmp_path / "tiny_ssd" / "16"
    assert (below / "int8" / "weights.bin").read_bytes() == WEIGHTS
    assert (below / "other" / "weights.bin").read_bytes() == WEIGHTS[::-1]
    assert {path.name for path in (below / "other").iterdir()} == {
        "other.tflite", "other.tflite.zoo.json", "weights.bin",
    }  # fmt: skip


def test_gc_keeps_it_and_ls_says_whose_it_is(split: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "cache" / DIGEST / "weights.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(WEIGHTS)
    assert call("cache", "gc", "--delete", "--registry", split.registry).out == ""
    assert path.exists()
    assert call("cache", "ls", "--registry", split.registry).out.endswith(f"weights.bin  {SUBJECT} (weights.bin)\n")
    split.edit(DIGEST, "0" * 64)
    call("cache", "gc", "--delete", "--registry", split.registry)
    assert not os.path.lexists(path)
