"""Editing a registry file: the new entries stand in it, and every other byte is what it was."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from zoo_tools.registry.edit import Edit, Symbol, Value, edited
from zoo_tools.registry.source import parse_source, plain

MANIFESTS = sorted((REPOSITORY / "registry" / "models").glob("*/manifest.yaml"))
NEW: dict[str, Value] = {"sha256": "0" * 64, "size": 12}


def tree(data: bytes) -> object:
    source, problems = parse_source(data, "x.yaml")
    assert source is not None
    assert not problems
    return plain(source.root)


def artifact_at(node: object, place: Sequence[str | int]) -> dict[str, object]:
    for step in place:
        assert isinstance(node, dict | list)
        node = node[step]  # type: ignore[index]  # a key of a dict, a position of a list
    assert isinstance(node, dict)
    return node


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n- id: x\n  gone: {b: c}\n  d: e\n", 'a:\n- id: x\n  sha256: "{0}"\n  size: 12\n  d: e\n'),
        ("a:\n- id: x\n  gone: {b: c}  # why\n  d: e\n", 'a:\n- id: x\n  sha256: "{0}"\n  size: 12  # why\n  d: e\n'),
        ("a:\n- gone:\n    b: c\n    f: g\n\n  # on\n  d: e\n", 'a:\n- sha256: "{0}"\n  size: 12\n\n  # on\n  d: e\n'),
        ("a:\n- id: x\n  gone:\n    b: >-\n      long\n      text\n", 'a:\n- id: x\n  sha256: "{0}"\n  size: 12\n'),
        ("a:\n- id: x\n  gone: y", 'a:\n- id: x\n  sha256: "{0}"\n  size: 12'),
        ("a: [{id: x, gone: {b: c}, d: e}]\n", 'a: [{id: x, sha256: "{0}", size: 12, d: e}]\n'),
        ("a:\n- {id: x,   gone: {b: c} }\n", 'a:\n- {id: x,   sha256: "{0}", size: 12 }\n'),
        ("a:\r\n- id: x\r\n  gone: y\r\n  d: e\r\n", 'a:\r\n- id: x\r\n  sha256: "{0}"\r\n  size: 12\r\n  d: e\r\n'),
        ("# ü 🙂\na:\n- gone: 'ü 🙂'\n  d: e\n", '# ü 🙂\na:\n- sha256: "{0}"\n  size: 12\n  d: e\n'),
    ],
)
def test_an_entry_is_replaced(before: str, after: str) -> None:
    found = edited(before.encode(), [Edit(("a", 0), NEW, instead_of="gone")])
    assert found.decode() == after.replace("{0}", "0" * 64)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  b: c  # why\n\nd: e\n", "a:\n  b: c  # why\n  size: 12\n\nd: e\n"),
        ("a: {b: c}\n", "a: {b: c, size: 12}\n"),
        ("a: {b: {c: d}, }\n", "a: {b: {c: d}, size: 12, }\n"),
        ("a:\n  b:\n  - c\n  - d", "a:\n  b:\n  - c\n  - d\n  size: 12"),
    ],
)
def test_an_entry_is_added(before: str, after: str) -> None:
    assert edited(before.encode(), [Edit(("a",), {"size": 12})]).decode() == after


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_every_unpinned_artifact_of_the_registry_can_be_pinned(path: Path) -> None:
    data = path.read_bytes()
    before = tree(data)
    assert isinstance(before, dict)
    places = [
        ("variants", v, "artifacts", a)
        for v, variant in enumerate(before["variants"])
        for a, artifact in enumerate(variant["artifacts"])
        if "unpinned" in artifact
    ]
    for place in places:
        tensors: Value = {"inputs": [{"role": Symbol("image"), "name": 'a "b": c', "shape": [Symbol("batch"), 1]}]}
        found = NEW if "tensors" in artifact_at(before, place) else {**NEW, "tensors": tensors}
        after = edited(data, [Edit(place, found, instead_of="unpinned")])
        removed = set(data.decode().splitlines()) - set(after.decode().splitlines())
        assert len(removed) <= 4
        new = artifact_at(tree(after), place)
        assert (new["sha256"], new["size"], "unpinned" in new) == ("0" * 64, "12", False)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: b\n", Edit(("c",), NEW)),
        ("a: {b: c}\n", Edit(("a",), NEW, instead_of="d")),
        ("a: {b: c}\n", Edit(("a",), {"b": 1})),
        ("a: [1]\n", Edit(("a", 3), NEW)),
        ("a: &x {b: c}\n", Edit(("a",), NEW)),
        ("a: b\n", Edit(("a",), NEW)),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, edit: Edit) -> None:
    with pytest.raises(ValueError, match=r"there is|only|an entry"):
        edited(text.encode(), [edit])
