"""`validate --changed-since`: exactly what changed, and what rests on it, is checked, and every choice says why."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.generated import make_registry
from tests.checks.repository import Repository
from tests.checks.tiny_zoo import MANIFEST, Zoo, built_zoo
from tests.cli.invoke import Called, call

MODELS = 300
RARE = "boards/rare-dk.yaml"
KINDS = {"boards", "datasets", "images", "labels", "protocols", "registry", "series", "tools"}


class Branch:
    """A zoo of generated models in a git repository, and a branch on which it is changed."""

    def __init__(self, folder: Path) -> None:
        self.registry, self.repository = folder / "registry", Repository(folder)

    def make(self, models: int) -> None:
        make_registry(self.registry, models=models)
        for pictures in (self.registry / "datasets").glob("*/"):
            shutil.rmtree(pictures)  # level static does not look at them, and a copy takes long
        # A board of its own, which two models name; those that are generated name all the same ones.
        board = (self.registry / "boards/stm32n6570-dk.yaml").read_text(encoding="utf-8")
        self.write(RARE, board.replace("id: stm32n6570-dk", "id: rare-dk").replace("STM32N6570-DK", "Rare-DK", 1))
        for number in (1, 2):
            manifest = f"models/generated_{number:04}/manifest.yaml"
            self.write(manifest, self.read(manifest).replace("board: stm32n6570-dk", "board: rare-dk"))
        self.repository.commit()
        self.repository.git("checkout", "--quiet", "-b", "work")

    def read(self, name: str) -> str:
        return (self.registry / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.registry / name).parent.mkdir(parents=True, exist_ok=True)
        (self.registry / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def rename(self, old: str, new: str) -> None:
        self.repository.git("mv", f"registry/models/{old}", f"registry/models/{new}")
        self.edit(f"models/{new}/manifest.yaml", f"id: {old}", f"id: {new}")

    def validate(self, *arguments: str, since: str = "main") -> Called:
        words = ("--level", "static", "--registry", self.registry, "--format", "json", f"--changed-since={since}")
        return call("validate", *words, *arguments)


def checked(called: Called) -> set[str]:
    """What outcomes are about: models and shared files."""
    subjects = {one.subject for one in called.report.outcomes}
    shared = {one for one in subjects if one.partition("/")[0] in KINDS}
    return shared | {one.partition("/")[0] for one in subjects - shared}


def reasons(called: Called) -> dict[str, str]:
    """The lines of standard error, by subject."""
    lines = [line.strip().partition(": ") for line in called.err.splitlines()[1:]]
    return {name: why for name, _, why in lines}


@pytest.fixture
def zoo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Zoo:
    return built_zoo(tmp_path_factory).copy(tmp_path / "zoo")


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Branch:
    branch = Branch(tmp_path_factory.mktemp("branch"))
    branch.make(6)
    return branch


@pytest.fixture
def branch(_made: Branch, tmp_path: Path) -> Branch:
    folder = tmp_path / "zoo"
    shutil.copytree(_made.repository.folder, folder)
    return Branch(folder)


def test_of_300_models_those_are_checked_that_a_branch_touches(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.make(MODELS)
    branch.edit("models/generated_0100/manifest.yaml", "Generated detector", "A generated detector")
    branch.repository.commit()
    branch.rename("generated_0150", "renamed_0150")
    shutil.rmtree(branch.registry / "models/generated_0200")
    branch.repository.commit()
    branch.edit(RARE, "title: Rare-DK", "official_name: Rare-DK\ntitle: Rare-DK")
    called = branch.validate()
    assert called.code == 1, called.out[-2000:]  # a document calls that board by the name of another
    assert {one.check for one in called.report.errors} == {"conditions-as-published"}
    models = {"generated_0001", "generated_0002", "generated_0100", "renamed_0150"}
    assert checked(called) == models | {"boards/rare-dk"}
    assert called.err.startswith(f"4 of {MODELS - 1} models to check, by what changed since main (compared with ")
    place = "variants[128].latencies[int8,rare-dk,npu+mcu]"
    assert reasons(called) == {
        "generated_0001": f"board `rare-dk` changed, which {place} and 3 more name",
        "generated_0002": f"board `rare-dk` changed, which {place} and 3 more name",
        "generated_0100": "manifest changed",
        "renamed_0150": "renamed from `generated_0150`",
        "boards/rare-dk": "changed",
        "generated_0150": "renamed to `renamed_0150`",
        "generated_0200": "deleted",
    }
    whole = call("validate", "--level", "static", "--registry", branch.registry, "--format", "json", "--no-cache")
    own = {(one.check, one.subject): one for one in called.report.outcomes if one.check != "version-bump"}
    assert own == {(one.check, one.subject): one for one in whole.report.outcomes if (one.check, one.subject) in own}


def test_the_report_holds_the_reasons_and_the_changes(branch: Branch) -> None:
    branch.edit("models/generated_0003/manifest.yaml", "total: ", "total: 1")
    branch.rename("generated_0004", "renamed")
    shutil.rmtree(branch.registry / "models/generated_0005")
    called = branch.validate()
    tree = json.loads(called.out)
    selection = tree["selection"]
    assert (selection["since"], selection["total"]) == ("main", 5)
    assert selection["removed"] == ["generated_0004", "generated_0005"]
    assert {one["subject"]: one["reasons"] for one in selection["chosen"]} == {
        "generated_0003": ["manifest changed"],
        "renamed": ["renamed from `generated_0004`"],
    }
    changes = {one["model"]: (one["kind"], one["was"]) for one in tree["changes"]["models"]}
    assert changes == {
        "generated_0003": ("changed", None),
        "renamed": ("renamed", "generated_0004"),
        "generated_0005": ("removed", None),
    }


def edited(name: str, old: str, new: str) -> Callable[[Branch], None]:
    return lambda branch: branch.edit(name, old, new)


def written(name: str) -> Callable[[Branch], None]:
    return lambda branch: branch.write(name, "text\n")


def removed(name: str) -> Callable[[Branch], None]:
    return lambda branch: (branch.registry / name).unlink()


def renamed_board(branch: Branch) -> None:
    branch.repository.git("mv", f"registry/{RARE}", "registry/boards/rarer-dk.yaml")
    branch.edit("boards/rarer-dk.yaml", "id: rare-dk", "id: rarer-dk")


def taken_out_of_the_index(branch: Branch) -> None:
    branch.repository.git("rm", "--cached", "--quiet", "registry/models/generated_0003/manifest.yaml")


def moved_within(branch: Branch) -> None:
    old, new = "models/generated_0003/evidence/card.csv", "models/generated_0003/evidence/cells.csv"
    branch.repository.git("mv", f"registry/{old}", f"registry/{new}")


def ignored(branch: Branch) -> None:
    branch.write("models/.gitignore", "local_*\n")
    branch.write("models/local_model/manifest.yaml", "id: local_model\n")


ALL = {f"generated_{number:04}" for number in range(6)}
NAMING = {"generated_0001", "generated_0002"}
CHANGES: dict[str, tuple[Callable[[Branch], object], set[str], str]] = {
    "nothing": (lambda _: None, set(), ""),
    "a comment of a manifest": (
        edited("models/generated_0003/manifest.yaml", "# A generated", "# a"), {"generated_0003"}, "manifest changed"
    ),
    "a transcript": (
        edited("models/generated_0003/evidence/card.csv", "Int8", "INT8"), {"generated_0003"},
        "evidence/card.csv changed",
    ),
    "notes nobody told git of": (written("models/generated_0003/notes.md"), {"generated_0003"}, "notes.md added"),
    "a new model nobody told git of": (
        written("models/newcomer/manifest.yaml"), {"newcomer"}, "new"
    ),
    "a manifest that is only out of the index": (taken_out_of_the_index, {"generated_0003"}, "manifest changed"),
    "a file moved within a model": (
        moved_within, {"generated_0003"},
        "evidence/cells.csv moved from models/generated_0003/evidence/card.csv",
    ),
    "a deleted manifest in a folder that stays": (
        removed("models/generated_0003/manifest.yaml"), {"generated_0003"}, "manifest deleted"
    ),
    "a deleted board": (removed(RARE), NAMING, "board `rare-dk` deleted"),
    "a renamed board": (
        renamed_board, NAMING | {"boards/rarer-dk"}, "board `rare-dk` moved to boards/rarer-dk.yaml"
    ),
    "a board of a series that footprints target": (
        edited("boards/stm32h747i-disco.yaml", "title:", "# \ntitle:"), ALL | {"boards/stm32h747i-disco"},
        "board `stm32h747i-disco` changed, which variants[128].latencies[int8,stm32h747i-disco,cpu] and 3 more name",
    ),
    "a series": (
        edited("series/stm32h7.yaml", "title:", "# \ntitle:"), ALL | {"boards/stm32h747i-disco"},
        "series `stm32h7` changed, which platforms[stm32h7] and 4 more name",
    ),
    "labels, by way of datasets and protocols": (
        edited("labels/person.yaml", "names:", "# \nnames:"), ALL, "label set `person` changed, which "
    ),
    "a picture nobody shows": (edited("images/cat.yaml", "title:", "# \ntitle:"), set(), ""),
    "the hosts": (edited("hosts.yaml", "hosts:", "# \nhosts:"), ALL, "hosts.yaml changed"),
    "a schema for editors": (written("schema/more.json"), set(), ""),
    "a file that git ignores": (ignored, set(), ""),
    "a file beside the registry": (written("../README.md"), set(), ""),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_rests_on_a_change_is_checked(what: str, branch: Branch) -> None:
    change, subjects, why = CHANGES[what]
    change(branch)
    called = branch.validate()
    shared = {one for one in checked(called) if "/" in one}
    assert checked(called) - shared == {one for one in subjects if "/" not in one}
    assert shared >= {one for one in subjects if "/" in one}
    told = reasons(called)
    for model in subjects:
        assert "/" in model or why in told[model]
    if what == "a manifest that is only out of the index":
        return  # a commit of everything would put it back
    branch.repository.commit()
    assert [one.subject for one in branch.validate().report.outcomes] == [one.subject for one in called.report.outcomes]
    if not subjects:
        assert called.code == 0
        assert called.err.startswith("0 of ")


def test_a_file_that_nothing_reads_is_said(branch: Branch) -> None:
    branch.write("boards/notes.txt", "x")
    called = branch.validate()
    assert called.code == 1
    assert {one.subject for one in called.report.errors} == {"boards/notes.txt"}


def test_a_broken_board_is_said_where_it_was_broken_and_not_elsewhere(branch: Branch) -> None:
    branch.edit("boards/stm32mp257f-dk2.yaml", "title:", "tittle:")
    branch.repository.commit()
    before = branch.repository.git("rev-parse", "HEAD")
    branch.edit(RARE, "title:", "# \ntitle:")
    assert branch.validate().code == 1
    later = branch.validate(since=before)
    assert {one.subject.partition("/")[0] for one in later.report.errors} == {"generated_0001", "generated_0002"}


def test_a_manifest_nobody_can_read_may_rest_on_the_change(branch: Branch) -> None:
    branch.edit("models/generated_0001/manifest.yaml", "format: 1", "format: one")
    branch.repository.commit()
    base = branch.repository.git("rev-parse", "HEAD")
    branch.edit(RARE, "title:", "# \ntitle:")
    called = branch.validate(since=base)
    assert reasons(called)["generated_0001"] == "its manifest cannot be read, so that nobody knows what it names"


def test_who_names_a_successor_hears_of_it(branch: Branch) -> None:
    status = "status: {state: deprecated, reason: old, since: 2026-01-01, successor: generated_0005}"
    branch.edit("models/generated_0000/manifest.yaml", "status: {state: active}", status)
    branch.repository.commit()
    base = branch.repository.git("rev-parse", "HEAD")
    shutil.rmtree(branch.registry / "models/generated_0005")
    called = branch.validate(since=base)
    assert checked(called) == {"generated_0000"}
    assert reasons(called)["generated_0000"] == "its successor `generated_0005` is deleted"
    assert "is no other model of this registry" in called.report.of("deprecated-complete")[0].findings[0].message


def test_subjects_narrow_the_choice(branch: Branch) -> None:
    branch.edit(RARE, "title:", "# \ntitle:")
    assert {one for one in checked(branch.validate("generated_0002", "generated_0003")) if "/" not in one} == {
        "generated_0002"
    }


def test_version_bump_is_asked_too(branch: Branch) -> None:
    branch.edit("models/generated_0003/manifest.yaml", "clip: true", "clip: false")
    called = branch.validate()
    assert [one.check for one in called.report.errors] == ["version-bump"]


def test_both_revisions_are_one_too_many(branch: Branch) -> None:
    called = branch.validate("--base", "main")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("zoo_tools: --base and --changed-since name a revision each.\n")


def test_what_strangers_call_their_folders_stays_text(branch: Branch) -> None:
    branch.write("models/::error::x\x1b[2J\nnew line/manifest.yaml", "x\n")
    called = branch.validate()
    assert "\x1b" not in called.err
    assert not [line for line in called.err.splitlines() if line.lstrip().startswith("::")]
    assert called.code == 1


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "main\nmain", "", "HEAD:registry", "main --all", "@{-9}"])
def test_what_is_no_revision_is_2(ref: str, branch: Branch) -> None:
    called = branch.validate(since=ref)
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("zoo_tools: ")
    assert "Traceback" not in called.err
    assert not (branch.registry / "x").exists()


def test_a_shallow_clone_is_3_and_says_so(branch: Branch, tmp_path: Path) -> None:
    branch.edit("models/generated_0003/manifest.yaml", "Generated", "generated")
    branch.repository.commit()
    branch.repository.git("checkout", "--quiet", "main")
    branch.edit(RARE, "title:", "# \ntitle:")
    branch.repository.commit()
    clone = tmp_path / "clone"
    branch.repository.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{branch.repository.folder}",
                          str(clone))  # fmt: skip
    Repository(clone).git("checkout", "--quiet", "work")
    called = call("validate", "--level", "static", "--registry", clone / "registry", "--changed-since", "origin/main")
    assert (called.code, called.out) == (3, "")
    assert "HEAD and `origin/main` have no commit in common in this clone, which is shallow" in called.err
    assert "git fetch --unshallow" in called.err


def test_a_folder_that_is_in_no_repository_is_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_registry(tmp_path / "registry", models=1)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    called = call("validate", "--level", "static", "--registry", tmp_path / "registry", "--changed-since", "main")
    assert (called.code, called.out) == (2, "")
    assert "or without --changed-since" in called.err


def test_a_worktree_and_a_registry_deep_below_are_no_matter(branch: Branch, tmp_path: Path) -> None:
    branch.repository.git("mv", "registry", "zoo")
    branch.repository.git("checkout", "--quiet", "-b", "deep")
    (branch.repository.folder / "deep/below").mkdir(parents=True)
    branch.repository.git("mv", "zoo", "deep/below/registry")
    branch.repository.commit()
    tree = tmp_path / "tree"
    branch.repository.git("worktree", "add", "--quiet", "-b", "other", str(tree))
    registry = tree / "deep/below/registry"
    (registry / "models/generated_0003/notes.md").write_text("x", encoding="utf-8")
    called = call(
        "validate", "--level", "static", "--registry", registry, "--format", "json", "--changed-since", "deep"
    )
    assert checked(called) == {"generated_0003"}
    # Where the registry was moved as a whole, everything in it is new.
    called = call(
        "validate", "--level", "static", "--registry", registry, "--format", "json", "--changed-since", "main"
    )
    assert len([one for one in checked(called) if "/" not in one]) == 6


def test_a_registry_that_is_a_submodule_is_compared_in_itself(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    Branch(inner).make(3)
    outer = tmp_path / "outer"
    outer.mkdir()
    repository = Repository(outer)
    (outer / "README").write_text("x", encoding="utf-8")
    repository.commit()
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "zoo")
    repository.commit()
    registry = outer / "zoo/registry"
    Repository(outer / "zoo").git("branch", "--quiet", "--force", "main", "origin/main")
    (registry / "models/generated_0001/notes.md").write_text("x", encoding="utf-8")
    words = ("--level", "static", "--registry", registry, "--format", "json", "--changed-since", "main")
    assert checked(call("validate", *words)) == {"generated_0001"}


def test_nothing_is_written_into_the_repository(branch: Branch) -> None:
    branch.edit(RARE, "title:", "# \ntitle:")
    folder = branch.repository.folder / ".git"

    def held() -> dict[Path, bytes]:  # in its index git notes what it has looked at
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "index"}

    before = held()
    branch.validate()
    assert held() == before


def test_runs_are_asked_of_what_was_chosen_alone(zoo: Zoo) -> None:
    other = zoo.registry / "models/other"
    shutil.copytree(zoo.manifest.parent, other)
    text = (other / "manifest.yaml").read_text(encoding="utf-8")
    (other / "manifest.yaml").write_text(text.replace("id: tiny_ssd", "id: other", 1), encoding="utf-8")
    Repository(zoo.folder).commit()
    zoo.edit("\ntitle: Tiny SSD", "\ntitle: Tiny SSD of today", file=MANIFEST)
    called = zoo.validate("--changed-since", "main")
    assert called.code == 0, called.out
    assert checked(called) == {"tiny_ssd"}
    assert {one.level for one in called.report.outcomes} == {"static", "files", "run"}
