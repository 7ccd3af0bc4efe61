"""The registry is read as a whole: every problem of every file in one run, and no file hides another."""

import errno
import os
import sys
from pathlib import Path

import pytest

from tests.checks.tiny_zoo import MODEL_FILE, Zoo
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import UnavailableError, UsageError
from zoo_tools.registry.load import load_registry
from zoo_tools.registry.source import MAX_PROBLEMS


def findings(zoo: Zoo) -> list[Finding]:
    return [finding for result in load_registry(zoo.registry).files for finding in result.findings]


def test_a_sound_registry_has_every_file_as_an_object(built: Zoo) -> None:
    registry = load_registry(built.registry)
    assert findings(built) == []
    assert list(registry.models) == registry.model_ids == ["tiny_ssd"]
    assert set(registry.boards) == {"acme-disco", "acme-npu-kit"}
    assert set(registry.series) == {"acme-m4", "acme-m7", "acme-n1"}
    assert set(registry.tools) == {"acme-ai", "acme-runtime"}
    assert set(registry.datasets) == {"squares", "red-squares"}
    assert set(registry.protocols) == {"ap50-squares"}
    assert set(registry.labels) == set(registry.images) == {"squares"}
    assert registry.hosts == {"models.example.org"}


def test_a_file_where_a_models_folder_should_be(zoo: Zoo) -> None:
    zoo.manifest.with_name("manifest.yaml").rename(zoo.registry / "models" / "tiny.yaml")
    (zoo.registry / "models" / ".keep").touch()
    told = {one.subject: one.message for one in findings(zoo)}
    assert told["models/tiny.yaml"].endswith("tiny.yaml is read by nothing; a model is a folder with a manifest.yaml")
    assert set(told) == {"models/tiny.yaml", "tiny_ssd"}


@pytest.mark.parametrize("name", ["models", "boards", "images"])
def test_a_folder_that_cannot_be_listed_is_not_an_empty_one(
    zoo: Zoo, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder) == zoo.registry / name:
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UnavailableError, match=f"{name} cannot be listed: Permission denied"):
        load_registry(zoo.registry)
    called = zoo.validate(level="static")
    assert (called.code, called.out) == (3, "")


def test_every_problem_of_every_file_in_one_run(zoo: Zoo) -> None:
    zoo.edit("    board: acme-disco\n    engine", "    board: acme-disco\n    enigne")
    zoo.edit("    ms: 2.50\n", "    ms: fast\n")
    zoo.edit("    unit: KiB\n    ram: {internal", "    unit: kB\n    ram: {internal")
    zoo.edit("chip: M7X", "chop: M7X", file="boards/acme-disco.yaml")
    zoo.edit("kind: mcu", "kind: cpu", file="series/acme-m7.yaml")
    zoo.edit("title: Red squares\n", "title: Red squares\ntitle: Squares\n", file="labels/squares.yaml")
    (zoo.registry / "hosts.yaml").write_text("hosts: {}\n", encoding="utf-8")
    told = {
        (Path(one.location.file).relative_to(zoo.registry).as_posix(), one.check, one.message) for one in findings(zoo)
    }
    manifest = "models/tiny_ssd/manifest.yaml"
    assert told == {
        (manifest, "schema", "key `engine` is missing in `variants[0].latencies[0]`"),
        (
            manifest,
            "schema",
            "key `enigne` is unknown in `variants[0].latencies[0]`; the nearest known key is `engine`",
        ),
        (manifest, "schema", "`fast` is not a plain number"),
        (manifest, "schema", "`kB` is none of KiB, MiB"),
        ("boards/acme-disco.yaml", "schema", "key `chip` is missing in the file"),
        ("boards/acme-disco.yaml", "schema", "key `chop` is unknown in the file; the nearest known key is `chip`"),
        ("series/acme-m7.yaml", "schema", "`cpu` is none of mcu, mcu+npu, mpu, mpu+npu, gpu, host"),
        ("labels/squares.yaml", "syntax", "key `title` stands here a second time (first in line 2)"),
        ("hosts.yaml", "schema", "a mapping stands where a list should be"),
    }
    called = zoo.validate(level="static")
    assert called.code == 1
    assert {(one.check, one.message) for one in called.report.errors} >= {(check, text) for _, check, text in told}


def test_a_broken_model_hides_no_other(zoo: Zoo) -> None:
    other = zoo.registry / "models" / "other"
    other.mkdir()
    (other / "manifest.yaml").write_text("format: [", encoding="utf-8")
    called = zoo.validate(level="files")
    assert called.code == 1
    assert {outcome.subject for outcome in called.report.of("file-hash")} == {"tiny_ssd/16/int8"}
    assert [one.subject for one in called.report.errors] == ["other"]


def test_a_broken_model_does_not_fail_another_that_is_asked_for(zoo: Zoo) -> None:
    other = zoo.registry / "models" / "other"
    other.mkdir()
    (other / "manifest.yaml").write_text("format: [", encoding="utf-8")
    assert zoo.validate("tiny_ssd", level="static").code == 0
    assert zoo.validate("other", level="static").code == 1


def test_a_folder_without_a_manifest_is_told(zoo: Zoo) -> None:
    (zoo.registry / "models" / "empty").mkdir()
    (finding,) = findings(zoo)
    assert finding.message == f"the folder {zoo.registry}/models/empty has no manifest.yaml"
    assert finding.fix == "add it or remove the folder"
    assert str(finding.location) == f"{zoo.registry}/models/empty/manifest.yaml"


def test_a_file_that_is_named_otherwise_than_its_id(zoo: Zoo) -> None:
    (zoo.registry / "boards" / "acme-disco.yaml").rename(zoo.registry / "boards" / "acme-disko.yaml")
    (finding,) = findings(zoo)
    assert finding.message == "the id is `acme-disco`, the file is called `acme-disko`"


def test_a_file_with_a_problem_is_not_used(zoo: Zoo) -> None:
    zoo.edit("chip: M7X\n", "chip: M7X\nchip: M7Y\n", file="boards/acme-disco.yaml")
    registry = load_registry(zoo.registry)
    assert "acme-disco" not in registry.boards
    assert registry.is_broken("boards", "acme-disco")
    assert not registry.is_broken("boards", "acme-npu-kit")
    assert not registry.is_broken("boards", "absent")


def test_a_symbolic_link_is_not_followed(zoo: Zoo, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0", encoding="utf-8")
    zoo.manifest.unlink()
    zoo.manifest.symlink_to(secret)
    (finding,) = findings(zoo)
    assert finding.message == "the file is a symbolic link; the registry holds plain files only"
    assert "root:x" not in zoo.validate(level="static").out


def test_a_folder_where_a_file_should_be(zoo: Zoo) -> None:
    (zoo.registry / "boards" / "folder.yaml").mkdir()
    (finding,) = findings(zoo)
    assert finding.message == "the file is a folder; the registry holds plain files only"


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_pipe_is_not_waited_for(zoo: Zoo) -> None:
    os.mkfifo(zoo.registry / "boards" / "pipe.yaml")
    (finding,) = findings(zoo)
    assert finding.message == "the file is a device or pipe; the registry holds plain files only"


@pytest.mark.parametrize("name", ["models/tiny_ssd", "boards", "models"])
def test_a_folder_that_is_a_symbolic_link_is_not_followed(zoo: Zoo, tmp_path: Path, name: str) -> None:
    folder = zoo.registry / name
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    (finding,) = findings(zoo)
    assert finding.message == "the folder is a symbolic link; the registry holds plain files and folders only"
    assert finding.location.file == str(folder)
    assert zoo.call("validate", "--level", "static").code == 1


def test_a_folder_that_is_no_registry(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        load_registry(tmp_path)
    assert raised.value.message == f"{tmp_path} is not a registry: it has no folder `models`"


def test_a_file_full_of_wrong_keys_gets_a_short_report(zoo: Zoo) -> None:
    keys = "".join(f"key-{number}: x\n" for number in range(10_000))
    (zoo.registry / "boards" / "many.yaml").write_text(keys, encoding="utf-8")
    found = findings(zoo)
    assert len(found) == MAX_PROBLEMS + 1
    assert any(one.message.endswith(" more problems") for one in found)
    assert len(zoo.call("validate", "--level", "static").out) < 100_000


@pytest.mark.parametrize("digits", [20, 1000, 5000])
def test_a_number_of_many_digits_is_told_in_short(zoo: Zoo, digits: int) -> None:
    zoo.edit("ms: 14.37", f"ms: {'9' * digits}")
    zoo.edit("macs: 2592", f"macs: {'9' * digits}")
    zoo.edit("a: 1/127.5", f"a: {'9' * digits}/3")
    called = zoo.validate(level="files")
    assert called.code == 1
    assert len(called.report.errors) == 3
    assert all(len(one.message) < 200 for one in called.report.errors)


@pytest.mark.parametrize("digits", [100, 5000])
def test_a_number_of_many_decimals_is_computed_with(zoo: Zoo, digits: int) -> None:
    zoo.edit("ms: 14.37", f"ms: 14.37{'0' * digits}1")
    zoo.edit("activation: 1.02", f"activation: 1.02{'0' * digits}1")
    zoo.edit("weights: 0.44, code: 2.05", f"weights: 0.44{'0' * digits}1, code: 2.05")
    zoo.edit("scale: 0.007843137718737125", f"scale: 0.007843137718737125{'0' * digits}1")
    called = zoo.validate()
    assert called.code == 1
    assert called.report.errors
    assert MODEL_FILE not in called.err
