"""A digest of a folder changes with every name, kind and byte in it, and with nothing else."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoo_tools.registry.fingerprint import MAX_BYTES, fingerprint
from zoo_tools.registry.plain_file import NotPlainError, read_plain

NAMES = st.sampled_from(["a", "b", "a b", "file 1 a 0 ", "end", "link 1 a", "ä", "0"])
CONTENTS = st.sampled_from([b"", b"a", b"end", b"file 1 b 0 end", b"folder 1 aend", b"0 "]) | st.binary(max_size=4)
TREES: st.SearchStrategy[dict[str, object]] = st.recursive(
    st.dictionaries(NAMES, CONTENTS, max_size=3),
    lambda inner: st.dictionaries(NAMES, CONTENTS | inner, max_size=3),
    max_leaves=6,
)


def written(tree: dict[str, object], folder: Path) -> Path:
    folder.mkdir()
    for name, held in tree.items():
        if isinstance(held, bytes):
            (folder / name).write_bytes(held)
        else:
            assert isinstance(held, dict)
            written(held, folder / name)
    return folder


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(one=TREES, other=TREES)
def test_only_equal_folders_are_equal(tmp_path: Path, one: dict[str, object], other: dict[str, object]) -> None:
    for name, tree in (("one", one), ("other", other)):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        written(tree, tmp_path / name)
    assert (fingerprint(tmp_path / "one") == fingerprint(tmp_path / "other")) == (one == other)


def test_dates_and_rights_count_for_nothing(tmp_path: Path) -> None:
    folder = written({"a": b"1", "b": {"c": b"2"}}, tmp_path / "folder")
    before = fingerprint(folder)
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    (folder / "a").chmod(0o700)
    assert fingerprint(folder) == before


def test_what_is_left_out_counts_for_nothing_at_any_depth(tmp_path: Path) -> None:
    folder = written({"a": b"1", "b": {"__pycache__": {"c": b"2"}}}, tmp_path / "folder")
    before = fingerprint(folder, but=frozenset(["__pycache__"]))
    (folder / "b" / "__pycache__" / "c").write_bytes(b"3")
    assert fingerprint(folder, but=frozenset(["__pycache__"])) == before
    assert fingerprint(folder) != before


def test_a_link_is_not_what_it_leads_to(tmp_path: Path) -> None:
    folder = written({"a": b"1", "b": {"c": b"2"}}, tmp_path / "folder")
    before = fingerprint(folder)
    for name in ("a", "b"):
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
        assert fingerprint(folder) != before
        (folder / name).unlink()
        (tmp_path / name).rename(folder / name)
    (tmp_path / "link").symlink_to(folder)
    assert fingerprint(tmp_path / "link") != before
    assert fingerprint(folder) == before


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = written({"a": b""}, tmp_path / "folder")
    before = fingerprint(folder)
    (folder / "a").unlink()
    os.mkfifo(folder / "a")
    assert fingerprint(folder) != before


def test_large_files_differ_by_their_size_too(tmp_path: Path) -> None:
    folder = written({"a": b"0" * (MAX_BYTES + 10)}, tmp_path / "folder")
    before = fingerprint(folder)
    with (folder / "a").open("ab") as file:
        file.write(b"0")
    assert fingerprint(folder) != before


@pytest.mark.parametrize(("size", "held"), [(0, 0), (9, 9), (10, 10), (11, 11), (50, 11)])
def test_a_plain_file_is_read_one_byte_beyond_its_limit(tmp_path: Path, size: int, held: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert len(read_plain(tmp_path / "file", limit=10)) == held


def test_no_folder_on_the_way_is_a_link(tmp_path: Path) -> None:
    folder = written({"a": {"b": {"c": b"x"}}}, tmp_path / "folder")
    assert read_plain(folder / "a/b/c", limit=10, inside=folder) == b"x"
    (folder / "a").rename(tmp_path / "elsewhere")
    (folder / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotPlainError, match="lies behind `a`, a symbolic link"):
        read_plain(folder / "a/b/c", limit=10, inside=folder)
    # Above the folder links are the user's own business.
    (tmp_path / "zoo").symlink_to(tmp_path)
    assert read_plain(tmp_path / "zoo" / "elsewhere/b/c", limit=10, inside=tmp_path / "zoo" / "elsewhere") == b"x"
