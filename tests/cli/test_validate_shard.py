"""`validate --shard`: every subject is in exactly one share, and all shares together are one whole run."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.repository import Repository
from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, Called, call
from zoo_tools.checks.base import Level
from zoo_tools.checks.shards import cost, shares
from zoo_tools.registry.load import load_registry

Told = Counter[str]


def told(called: Called) -> Told:
    """Every outcome, but for how long it took."""
    outcomes = json.loads(called.out)["outcomes"]
    return Counter(json.dumps(one | {"seconds": 0}, sort_keys=True) for one in outcomes)


def manifests(called: Called) -> dict[str, str]:
    found: dict[str, str] = json.loads(called.out)["manifests"]
    return found


def check_shares(whole: Called, parts: list[Called]) -> None:
    """Compare what shares say together with what one run says."""
    assert sum((told(part) for part in parts), Told()) == told(whole)
    assert not [one for one, count in sum((told(part) for part in parts), Told()).items() if count > 1]
    every = [name for part in parts for name in manifests(part)]
    assert sorted(every) == sorted(manifests(whole))
    assert max(part.code for part in parts) == whole.code
    heads = [json.loads(part.out)["shard"] for part in parts]
    assert [head["number"] for head in heads] == list(range(1, len(parts) + 1))
    assert {(head["of"], tuple(head["models"]), head["registry"]) for head in heads} == {
        (len(parts), tuple(heads[0]["models"]), heads[0]["registry"])
    }


@pytest.mark.parametrize("of", [1, 4, 20])
def test_shares_of_level_static_are_one_run(of: int) -> None:
    words = ("validate", "--level", "static", "--format", "json", "--no-cache", "--registry", REPOSITORY / "registry")
    check_shares(call(*words), [call(*words, "--shard", f"{number}/{of}") for number in range(1, of + 1)])


def test_merged_reports_are_that_of_one_run(tmp_path: Path) -> None:
    words = ("validate", "--level", "static", "--format", "json", "--no-cache", "--registry", REPOSITORY / "registry")
    files = [tmp_path / f"{number}.json" for number in range(1, 5)]
    for number, file in enumerate(files, start=1):
        file.write_text(call(*words, "--shard", f"{number}/4").out, encoding="utf-8")
    merged, whole = call("merge", *reversed(files), "--format", "json"), call(*words)
    assert told(merged) == told(whole)
    assert manifests(merged) == manifests(whole)
    assert merged.code == whole.code


def copied(zoo: Zoo, names: str) -> None:
    for name in names:
        shutil.copytree(zoo.manifest.parent, zoo.registry / "models" / name)
        manifest = zoo.registry / "models" / name / "manifest.yaml"
        text = manifest.read_text(encoding="utf-8").replace("id: tiny_ssd", f"id: {name}", 1)
        manifest.write_text(text, encoding="utf-8")


def test_shares_of_level_run_are_one_run(zoo: Zoo) -> None:
    copied(zoo, "abcd")
    (zoo.registry / "boards/stray.txt").write_text("x", encoding="utf-8")
    (zoo.registry / "models/b/manifest.yaml").write_text("format: 1\n", encoding="utf-8")
    check_shares(zoo.validate("--no-cache"), [zoo.validate("--no-cache", "--shard", f"{n}/4") for n in range(1, 5)])


def test_what_has_changed_is_told_once_and_in_the_order_of_one_run(zoo: Zoo, tmp_path: Path) -> None:
    copied(zoo, "abcde")
    zoo.edit("ms: 2.50", "ms: 2.55", file="models/e/manifest.yaml")  # so that git knows it again
    repository = Repository(zoo.folder)
    repository.commit()
    for name in "acd":
        zoo.edit("ms: 2.50", "ms: 2.60", file=f"models/{name}/manifest.yaml")
    shutil.rmtree(zoo.registry / "models" / "b")
    repository.git("mv", "registry/models/e", "registry/models/aa")
    zoo.edit("id: e\n", "id: aa\n", file="models/aa/manifest.yaml")
    repository.commit()
    words = ("validate", "--changed-since=HEAD~1", "--level", "static", "--no-cache", "--registry", zoo.registry)
    files = [tmp_path / f"{number}.json" for number in range(1, 5)]
    for number, file in enumerate(files, start=1):
        call(*words, "--shard", f"{number}/4", "--format", f"json={file}")
    merged, whole = call("merge", *files, "--format", "json"), call(*words, "--format", "json")
    changes = json.loads(whole.out)["changes"]
    assert [(one["model"], one["kind"], one["was"]) for one in changes["models"]] == [
        ("a", "changed", None), ("aa", "renamed", "e"), ("c", "changed", None), ("d", "changed", None),
        ("b", "removed", None),
    ]  # fmt: skip
    assert json.loads(merged.out)["changes"] == changes
    assert [one["subject"] for one in json.loads(merged.out)["outcomes"]] == [
        one["subject"] for one in json.loads(whole.out)["outcomes"]
    ]
    assert told(merged) == told(whole)


def test_subjects_are_shared_out_too(zoo: Zoo) -> None:
    copied(zoo, "ab")
    parts = [
        zoo.validate("--no-cache", "tiny_ssd/16/int8", "a", "--shard", f"{number}/2", level="files")
        for number in (1, 2)
    ]
    check_shares(zoo.validate("--no-cache", "tiny_ssd/16/int8", "a", level="files"), parts)
    assert all(manifests(part) for part in parts)


@pytest.mark.parametrize("shard", ["0/4", "5/4", "1", "1/0", "/", "a/b", "-1/4", "1/4/2", "1/9999", "²/4", ""])
def test_what_is_no_share_is_2(built: Zoo, shard: str) -> None:
    called = built.validate(f"--shard={shard}", level="static")
    assert (called.code, called.out) == (2, "")
    assert "is no share of a run" in called.err


@given(st.dictionaries(st.text(max_size=4), st.floats(0, 1000)), st.integers(1, 9))
def test_every_model_is_in_one_share_whatever_the_order(costs: dict[str, float], of: int) -> None:
    found = shares(costs, of)
    assert len(found) == of
    assert sorted(name for part in found for name in part) == sorted(costs)
    turned = dict(reversed(costs.items()))
    assert [set(part) for part in shares(turned, of)] == [set(part) for part in found]


@given(st.lists(st.floats(0.1, 1000), min_size=1), st.integers(1, 9))
def test_no_share_is_much_longer_than_it_has_to_be(costs: list[float], of: int) -> None:
    named = {str(number): one for number, one in enumerate(costs)}
    longest = max(sum(named[name] for name in part) for part in shares(named, of))
    # Graham 1969: at most 4/3 - 1/(3m) of the shortest there can be, which is no shorter than either of these.
    assert longest <= (sum(costs) / of + max(costs)) * (1 + 1e-9)


def test_what_is_run_costs_more_than_what_is_read() -> None:
    registry = load_registry(REPOSITORY / "registry")
    entry = registry.models["ssd_mobilenet_v2_fpnlite"]
    static, files, run = (cost(entry.value, 30_000, level) for level in (Level.STATIC, Level.FILES, Level.RUN))
    assert static < files < run
    small = registry.models["example_shapes_ssd"]
    assert cost(small.value, 30_000, Level.RUN) < run
