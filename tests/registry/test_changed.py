"""The registry at an earlier revision: which one it is, what is read of it, and what is said where there is none."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checks.repository import Repository
from tests.checks.tiny_zoo import Zoo
from zoo_tools.domain.manifest import Manifest
from zoo_tools.errors import BrokenFileError, UnavailableError, UsageError, ZooToolsError
from zoo_tools.registry import git
from zoo_tools.registry.changed import merge_base
from zoo_tools.registry.load import Entry, load_registry
from zoo_tools.registry.source import MAX_BYTES


@pytest.fixture
def repository(zoo: Zoo) -> Repository:
    """A repository with the tiny zoo committed."""
    repository = Repository(zoo.folder)
    repository.commit()
    return repository


def entry_of(zoo: Zoo) -> Entry[Manifest]:
    return load_registry(zoo.registry).models["tiny_ssd"]


def titled_at(zoo: Zoo, ref: str) -> str | None:
    manifest = merge_base(zoo.registry, ref).manifest(entry_of(zoo))
    return None if manifest is None else manifest.title


def test_a_manifest_is_what_was_committed(zoo: Zoo, repository: Repository) -> None:
    assert titled_at(zoo, "HEAD") == "Tiny SSD"
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Tiny SSD of today")
    assert titled_at(zoo, "HEAD") == "Tiny SSD"
    assert entry_of(zoo).value.title == "Tiny SSD of today"


def test_it_is_compared_with_where_the_branch_began(zoo: Zoo, repository: Repository) -> None:
    began = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "--quiet", "-b", "work")
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Tiny SSD of the branch")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Tiny SSD of main, later")
    repository.commit()
    repository.git("checkout", "--quiet", "work")
    assert merge_base(zoo.registry, "main").commit == began
    assert titled_at(zoo, "main") == "Tiny SSD"
    repository.git("tag", "-a", "-m", "a tag that is an object of its own", "v1", began)
    assert titled_at(zoo, "v1") == "Tiny SSD"


def test_a_manifest_that_was_not_there_is_none(zoo: Zoo) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    zoo.manifest.unlink()
    Repository(zoo.folder).commit()
    zoo.manifest.write_text(text, encoding="utf-8")
    assert titled_at(zoo, "HEAD") is None


def test_what_a_hook_says_of_another_repository_is_not_heard(
    zoo: Zoo, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Repository(other).commit()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert titled_at(zoo, "HEAD") == "Tiny SSD"


def test_a_replaced_object_does_not_replace_it(zoo: Zoo, repository: Repository) -> None:
    old = repository.git("rev-parse", "HEAD:registry/models/tiny_ssd/manifest.yaml")
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Tiny SSD of today")
    new = repository.git("hash-object", "-w", str(zoo.manifest))
    repository.git("replace", old, new)
    assert titled_at(zoo, "HEAD") == "Tiny SSD"


def test_an_unchanged_manifest_is_not_read_again(
    zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision, entry = merge_base(zoo.registry, "HEAD"), entry_of(zoo)
    monkeypatch.setenv("PATH", "")
    assert revision.manifest(entry) is entry.value


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "too large": (lambda path: path.write_bytes(b"#" * (MAX_BYTES * 40)), "the file is larger than 256 KiB"),
    "not UTF-8": (lambda path: path.write_bytes(b"id: \xff\n"), "byte 0xff is not UTF-8"),
    "alias": (lambda path: path.write_bytes(b"id: &a [*a]\n"), "`&a` is an anchor"),
    "empty": (lambda path: path.write_bytes(b""), "the file is empty"),
    "another format": (lambda path: path.write_bytes(b"format: 2\n"), "key `id` is missing in the file"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_manifest_that_cannot_be_read_says_why(what: str, zoo: Zoo) -> None:
    spoil, why = BROKEN[what]
    text = zoo.manifest.read_text(encoding="utf-8")
    spoil(zoo.manifest)
    commit = Repository(zoo.folder).commit()
    zoo.manifest.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenFileError) as raised:
        titled_at(zoo, "HEAD")
    assert raised.value.message.startswith(f"{commit[:12]}:models/tiny_ssd/manifest.yaml")
    assert raised.value.message.endswith(why)


def test_a_symbolic_link_was_no_manifest(zoo: Zoo) -> None:
    text = zoo.manifest.read_text(encoding="utf-8")
    zoo.manifest.unlink()
    zoo.manifest.symlink_to("/etc/hostname")
    Repository(zoo.folder).commit()
    zoo.manifest.unlink()
    zoo.manifest.write_text(text, encoding="utf-8")
    assert titled_at(zoo, "HEAD") is None


def refused(zoo: Zoo, ref: str) -> ZooToolsError:
    with pytest.raises(ZooToolsError) as raised:
        merge_base(zoo.registry, ref)
    return raised.value


@pytest.mark.parametrize("ref", ["", "-h", "--output=stolen", "main\n", "main\0", "x" * 251])
def test_what_is_no_revision_never_reaches_git(
    ref: str, zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    error = refused(zoo, ref)
    assert isinstance(error, UsageError)
    assert error.message == f"--base names no git revision: `{ref[:250]}`"


@pytest.mark.parametrize("ref", ["nowhere", "main..HEAD", "HEAD:registry", "HEAD~9", "main --all"])
def test_a_revision_nobody_knows_is_said(ref: str, zoo: Zoo, repository: Repository) -> None:
    error = refused(zoo, ref)
    assert isinstance(error, UsageError)
    assert error.message == f"git knows no commit `{ref}` here"


def test_a_folder_without_git_is_said(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(zoo.folder.parent))
    error = refused(zoo, "main")
    assert isinstance(error, UsageError)
    assert "registry cannot be compared with `main`, git says: fatal: not a git repository" in error.message


def test_a_machine_without_git_is_said(zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    error = refused(zoo, "main")
    assert isinstance(error, UnavailableError)
    assert error.message == "earlier revisions are asked of git, which cannot be run: No such file or directory"


def test_histories_that_never_met_are_said(zoo: Zoo, repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "elsewhere")
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Another beginning")
    repository.commit()
    error = refused(zoo, "main")
    assert isinstance(error, UnavailableError)
    assert error.message == "HEAD and `main` have no commit in common in this clone"


def git_that(zoo: Zoo, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put another git before the real one."""
    folder = zoo.folder / "bin"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_git_without_end_is_ended(zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    git_that(zoo, monkeypatch, 'case "$*" in *inside-work-tree*) echo true;; *) exec yes 0123456789abcdef;; esac')
    started = time.monotonic()
    assert refused(zoo, "main").message == "git knows no commit `main` here"
    assert time.monotonic() - started < 30


def test_a_git_that_never_answers_is_ended(zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    git_that(zoo, monkeypatch, "exec sleep 100")
    monkeypatch.setattr(git, "_SECONDS", 0.2)
    error = refused(zoo, "main")
    assert isinstance(error, UnavailableError)
    assert error.message == "git was ended, or gave no answer within 0.2 seconds"


def test_what_git_says_cannot_move_the_cursor(
    zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_that(zoo, monkeypatch, "printf 'fatal: \\033[2Jgone\\nsecond' >&2; exit 128")
    error = refused(zoo, "main")
    assert error.message.endswith("git says: fatal: \N{REPLACEMENT CHARACTER}[2Jgone")


def test_too_long_a_list_is_said(zoo: Zoo, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "MAX_LISTING", 10)
    error = refused(zoo, "main")
    assert isinstance(error, UnavailableError)
    assert error.message.startswith("git cannot list the models of ")


def test_an_object_that_is_lost_is_said(zoo: Zoo, repository: Repository) -> None:
    blob = repository.git("rev-parse", "HEAD:registry/models/tiny_ssd/manifest.yaml")
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Tiny SSD of today")
    revision = merge_base(zoo.registry, "HEAD")
    (zoo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnavailableError, match="git cannot give"):
        revision.manifest(entry_of(zoo))
