"""Files from strangers through `validate --level run --jobs 2`: the tool lives, and says of each what became of it.

Each file stands in a registry by its own sha256 and size, so that no check of bytes protects from running it. What is
watched besides the outcomes: files that nobody has a reason to open, files that code in a model would make, home, and
what is left of processes and folders.
"""

import os
import pickle  # noqa: TID251 (shows what one does that is loaded; it is written here)
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.cli.invoke import Called
from tests.conftest import oracle

for name in ("onnx", "torch", "h5py"):
    oracle(name)

from tests.crash_corpus import watch
from tests.crash_corpus.corpus_zoo import SOUND, HostileZoo, Recordings, build, record
from tests.crash_corpus.sample import FAMILIES, Sample, spread
from tests.crash_corpus.special_files import OUTSIDE, special_files, weights
from tests.crash_corpus.verdicts import ENGINES, corpus, table, verdicts
from zoo_tools.checks import observation
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.domain.findings import Status
from zoo_tools.inference.worker import Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is watched here is told by Linux alone")

IS_WHOLE = os.environ.get("ZOO_TOOLS_REQUIRE_SHARED") == "1"
"""The continuous build runs all of it, everybody else a part."""
COUNTS = (300, 100) if IS_WHOLE else (30, 20)
"""Files with changed bytes and with changed structure, of each format."""
BY_OPENVINO = 40 if IS_WHOLE else 6

LIMITS = WorkerLimits(start_seconds=40, run_seconds=5)
NEWER = re.compile(r"it is of operator set \d+; the installed onnx package knows those up to \d+; .*")
"""The one thing that this machine may lack for a file: the number could be that of a later release."""


@dataclass(frozen=True)
class Scene:
    """Where files are checked: a folder to work in, and canaries in every place that a file could lead to."""

    folder: Path
    canaries: watch.Canaries
    recordings: Recordings

    @property
    def work(self) -> Path:
        """Where the tool runs, deep enough for `../../x`."""
        return self.folder / "place" / "work"

    @property
    def secret(self) -> Path:
        """A file elsewhere."""
        return self.folder / "elsewhere" / "secret"

    @property
    def target(self) -> Path:
        """A file that is there if code in a model was run."""
        return self.folder / "touched"

    def zoo(self, samples: Sequence[Sample]) -> HostileZoo:
        """Build the registry, with canaries wherever a name could lead from a file or from where the tool runs."""
        zoo = build(self.folder / "zoo", samples, self.recordings)
        folders = {self.work}
        if any(sample.family == "special" for sample in samples):
            digests = [path.name for path in zoo.mirror.iterdir()]
            folders |= {top / one for top in (zoo.mirror, self.folder / "cache") for one in digests}
        places = {Path(os.path.normpath(folder / place)) for folder in folders for place in OUTSIDE}
        for place in sorted({*places, self.secret}):
            self.canaries.add(place, weights())
        self.canaries.add(Path.home() / ".ssh" / "id", b"secret")
        self.canaries.opened()
        return zoo


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    """What the sound files detect."""
    folder = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_TOOLS_CACHE", str(folder / "cache"))
        return record(folder)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recordings: Recordings) -> Iterator[Scene]:
    """A place to check files in; fails the test if anything was opened, made or left that should not be."""
    scene, children = Scene(tmp_path, watch.Canaries(), recordings), watch.children()
    scene.work.mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(scene.work)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("ZOO_TOOLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(observation, "Worker", partial(Worker, limits=LIMITS))
    yield scene
    opened = scene.canaries.opened()
    scene.canaries.close()
    assert not opened
    assert not scene.target.exists()
    assert watch.tree(Path.home()).keys() == {".ssh", ".ssh/id"}
    assert {path.split("/")[0] for path in watch.tree(scene.work)} == {".git", "weights.bin"}
    assert not list((tmp_path / "temporary").iterdir())
    assert not watch.processes_at_home_in(tmp_path / "temporary")
    assert watch.children() == children


def checked(zoo: HostileZoo, *arguments: str) -> tuple[Called, dict[str, str]]:
    """Validate, make sure that the tool lived and said of every file what became of it, and return that."""
    called = zoo.validate(*arguments)
    assert (called.code, called.err) == (1, "")
    assert called.out.isascii()  # names in files are strangers' texts: JSON has their control characters escaped
    report = called.report
    assert not report.with_status(Status.CRASHED)
    for outcome in report.outcomes:
        assert all(one.message and len(one.message) < 2000 for one in outcome.findings), outcome
        if outcome.status is Status.UNAVAILABLE:
            assert NEWER.fullmatch(outcome.reason or ""), outcome
        assert outcome.reason or outcome.status is not Status.SKIPPED
    found = verdicts(report, zoo.samples)
    assert "passed: never run" not in found.values()
    print(table(found, zoo.samples))  # noqa: T201 (what a failing test shows, and `pytest -s`)
    return called, found


def by_kind(zoo: HostileZoo, called: Called) -> dict[tuple[str, str], list[str]]:
    """Return the messages of errors, by format and kind of the file."""
    said: dict[tuple[str, str], list[str]] = {(one.format, one.kind): [] for one in zoo.samples.values()}
    for finding in called.report.errors:
        sample = zoo.samples[finding.subject.partition("@")[0]]
        said[sample.format, sample.kind].append(finding.message)
    return said


@pytest.mark.parametrize("format", SOUND)
def test_changed_files(scene: Scene, format: str) -> None:
    zoo = scene.zoo(corpus(format, *COUNTS))
    _, found = checked(zoo, *ENGINES)
    of = {family: [found[name] for name, one in zoo.samples.items() if one.family == family] for family in FAMILIES}
    assert of["sound"] == ["passed: the same bits"]
    assert set(of["cut"]) == {"file-kind"}
    # The corpus is one that gets through to the runtimes, and not only one that is refused when it is read.
    changed = [*of["byte"], *of["structure"]]
    assert len(changed) == sum(COUNTS)
    assert sum(word.startswith("io-after-invoke") for word in changed) >= len(changed) // 20
    assert sum("golden" in word for word in changed) >= len(changed) // 100


def test_changed_files_by_openvino(scene: Scene) -> None:
    every = [one for format in SOUND for one in corpus(format, 60, 60) if one.family in ("byte", "structure")]
    zoo = scene.zoo(spread(every, BY_OPENVINO))
    checked(zoo, "--engine", "openvino")


def test_files_made_to_do_harm(scene: Scene) -> None:
    zoo = scene.zoo(list(special_files(scene.secret, scene.target)))
    called, found = checked(zoo)
    said = {key: " / ".join(messages) for key, messages in by_kind(zoo, called).items()}
    assert not {word for word in found.values() if word.startswith("passed")}
    read_only = {name for name, one in zoo.samples.items() if one.format in ("torch-pth", "keras-h5", "keras")}
    assert {found[name] for name in read_only} == {"file-kind"}
    for (format, kind), sentence in SENTENCES.items():
        matching = {key: text for key, text in said.items() if key[0] == format and key[1].startswith(kind)}
        assert matching
        for key, text in matching.items():
            assert sentence in text, key


SENTENCES = {
    ("onnx", "endless Loop"): "gave no answer within 5 s.",
    ("onnx", "8 GB"): "takes more than 4 GiB of memory.",
    ("onnx", "external data in .git/config"): "its data should lie in `.git/config`; only plain names",
    ("onnx", "external data in ../x"): "its data should lie in `../x`; only plain names",
    ("onnx", "external data in an absolute path"): "only plain names of files beside it are taken",
    ("onnx", "external data in weights.bin"): "its data lies in `weights.bin`, which was not given with it",
    ("onnx", "attribute that is no UTF-8"): "Unrecognized attribute: p\N{REPLACEMENT CHARACTER}rm for",
    ("torch-pth", "pickle that calls"): "it would run code when loaded",
    ("torch-pth", "bomb"): "compressed",
    ("keras-h5", "Lambda"): "a Lambda layer runs code when the model is loaded",
    ("keras", "Lambda"): "a Lambda layer runs code when the model is loaded",
    ("keras-h5", "external link"): "it points at another file",
    ("keras-h5", "external bytes"): "it points at bytes of another file",
    ("keras-h5", "virtual array"): "it points at arrays of other files",
    ("keras-h5", "array of 16 TB"): "claims 4398046511104 elements",
    ("keras", "bomb"): "unpacks",
    ("keras", "2,000 members"): "too many of them",
}


def test_the_canaries_sing(tmp_path: Path) -> None:
    canaries = watch.Canaries()
    canaries.add(tmp_path / "read", b"secret")
    canaries.add(tmp_path / "left alone", b"secret")
    assert not canaries.opened()
    program = "import sys; open(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "read")], check=True)
    assert canaries.opened() == {tmp_path / "read"}
    canaries.close()


def test_a_process_that_stays_is_seen(tmp_path: Path) -> None:
    before, environment = watch.children(), {**os.environ, "HOME": str(tmp_path / "worker")}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environment) as process:
        assert watch.processes_at_home_in(tmp_path) == [process.pid]
        assert watch.children() - before == {str(process.pid)}
        process.kill()
    assert not watch.processes_at_home_in(tmp_path)


def test_code_that_is_loaded_would_be_seen(tmp_path: Path) -> None:
    """The pickles are real: who loads one makes the file."""
    target = tmp_path / "touched"
    bare = next(one for one in special_files(tmp_path / "secret", target) if one.kind == "bare pickle")
    pickle.loads(bare.content)
    assert target.exists()
