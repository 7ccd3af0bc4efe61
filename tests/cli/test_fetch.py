"""`fetch`: right bytes, where they are on standard output, what they are beside them; never half of it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import MODEL_FILE, SUBJECT, Zoo
from tests.cli.invoke import Called
from tests.make_tflite import tiny_ssd


def fetch(zoo: Zoo, *words: str | Path) -> Called:
    return zoo.call("fetch", *words)


@pytest.mark.parametrize("subject", [SUBJECT, "tiny_ssd/16", "tiny_ssd"])
def test_the_path_is_printed_and_nothing_else(built: Zoo, subject: str) -> None:
    called = fetch(built, subject)
    assert called.code == 0
    digest = sha256(tiny_ssd()).hexdigest()
    assert called.out == f"{built.mirror / digest / MODEL_FILE}\n"
    assert called.err == (
        f"  {SUBJECT}, 4,400 bytes, sha256 {digest}, from mirror\n"
        "  licence: LicenseRef-Tiny; https://example.org/licence\n"
    )


def test_a_copy_says_what_it_is(built: Zoo, tmp_path: Path) -> None:
    called = fetch(built, SUBJECT, "--to", tmp_path / "models")
    assert (called.code, called.out) == (0, f"{tmp_path / 'models' / MODEL_FILE}\n")
    assert {path.name for path in (tmp_path / "models").iterdir()} == {MODEL_FILE, f"{MODEL_FILE}.zoo.json"}
    assert (tmp_path / "models" / MODEL_FILE).read_bytes() == tiny_ssd()
    sidecar = json.loads((tmp_path / "models" / f"{MODEL_FILE}.zoo.json").read_text(encoding="utf-8"))
    assert sidecar["subject"] == SUBJECT
    assert sidecar["sha256"] == sha256(tiny_ssd()).hexdigest()
    assert sidecar["size"] == 4400
    assert sidecar["origin"] == ["https://models.example.org/v1/tiny_int8.tflite"]
    assert sidecar["licence"] == {"spdx": "LicenseRef-Tiny", "url": "https://example.org/licence", "restrictions": []}
    assert sidecar["contract"]["input"] == {"role": "image", "layout": "NHWC", "colour": "rgb", "range": ["0", "255"]}
    assert sidecar["contract"]["preprocess"]["normalise"]["in"] == "quantisation"
    assert "documented" not in sidecar["contract"]
    roles = [tensor["role"] for tensor in sidecar["tensors"]["outputs"]]
    assert roles == ["scores", "offsets", "anchors"]


def test_a_copy_replaces_what_stands_there(built: Zoo, tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"x" * 4400)
    assert fetch(built, SUBJECT, "--to", tmp_path).code == 0
    assert (tmp_path / MODEL_FILE).read_bytes() == tiny_ssd()


def test_an_unpinned_artifact_cannot_be_fetched(built: Zoo) -> None:
    called = fetch(built, "tiny_ssd/16/float")
    assert (called.code, called.out) == (2, "")
    assert called.err == (
        "zoo_tools: tiny_ssd/16/float is unpinned and cannot be fetched: its bytes were not seen.\n"
        f"  → Fetch {SUBJECT}.\n"
    )


def test_a_file_that_nobody_has_is_3(zoo: Zoo) -> None:
    for path in zoo.mirror.glob(f"*/{MODEL_FILE}"):
        path.unlink()
    called = fetch(zoo, SUBJECT)
    assert (called.code, called.out) == (3, "")
    assert "offline no request is made" in called.err


def test_wrong_bytes_are_1_and_not_delivered(zoo: Zoo, tmp_path: Path) -> None:
    for path in zoo.mirror.glob(f"*/{MODEL_FILE}"):
        path.write_bytes(tiny_ssd(is_bgr=True))
    called = fetch(zoo, SUBJECT, "--to", tmp_path / "models")
    assert (called.code, called.out) == (1, "")
    assert "should be" in called.err
    assert not (tmp_path / "models" / MODEL_FILE).exists()


def test_a_manifest_that_cannot_be_read(zoo: Zoo) -> None:
    zoo.edit("macs: 2592", "macs: many")
    called = fetch(zoo, "tiny_ssd")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("zoo_tools: the manifest of tiny_ssd cannot be read: `many` is not a whole number (")


def test_a_contract_that_does_not_exist_is_told_before_anything_is_written(zoo: Zoo, tmp_path: Path) -> None:
    zoo.edit("  contract: three-outputs\n", "  contract: four-outputs\n")
    assert fetch(zoo, SUBJECT).code == 0
    called = fetch(zoo, SUBJECT, "--to", tmp_path / "models")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith(
        f"zoo_tools: {SUBJECT} cannot be delivered: the contract `four-outputs` does not exist"
    )
    assert not (tmp_path / "models").exists()


def test_a_place_that_cannot_be_written(built: Zoo) -> None:
    called = fetch(built, SUBJECT, "--to", built.manifest / "models")
    assert called.code in (2, 3)
    assert called.out == ""
    assert "Traceback" not in called.err


def test_all_that_checks_will_open(built: Zoo) -> None:
    called = built.call("fetch", "--for-checks")
    assert called.code == 0
    assert called.out.split("/")[-1] == "tiny_int8.tflite\n"
    assert "picture squares" in called.err


@pytest.mark.parametrize(
    "words", [("--for-checks", "tiny_ssd"), ("--for-checks", "--all"), ("--changed-since", "main")]
)
def test_what_checks_open_is_not_for_a_person_to_choose(built: Zoo, words: tuple[str, ...]) -> None:
    called = built.call("fetch", *words)
    assert (called.code, called.out) == (2, "")
