"""Level static of a generated registry through the public command: cold, with one changed file, and what reads files.

The reference is the least that any program does: reading as many trees of the same content from JSON. Cold is what a
user has to wait for at first: start-up, the report as text, and writing down the outcomes for the next run.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.generated import make_registry
from benchmarks.measure import Benchmark
from zoo_tools.registry.source import parse_source

COLD = 0.005
"""Seconds that a manifest may take."""
CHANGED = 0.5
"""Seconds that a registry of a thousand models may take of which one was changed."""
SINCE = 3.0
"""Seconds that a branch of a registry of 300 models may take, on which a few models and a board are changed."""
ONE = 0.5
"""Seconds that one manifest may take in a process of its own."""
HELP = 0.25
"""Seconds until the command line has said what commands there are."""


def static_benchmarks(folder: Path, *, models: int) -> list[Benchmark]:
    """Return the benchmarks of a registry of so many models, which is made in an empty folder when first needed."""
    registry = _Registry(folder / "registry", models)
    reference = ("as JSON", registry.read_json)
    return [
        Benchmark("validate-static", registry.validate, *reference, count=models, most_seconds=COLD * models),
        Benchmark("validate-changed", registry.validate_changed, *reference, most_seconds=CHANGED),
        Benchmark("read-manifests", registry.read, *reference, count=models),
        Benchmark("validate-since", Branch(folder / "branch").validate, *_EMPTY, most_seconds=SINCE),
        Benchmark("validate-one", registry.validate_one, *_EMPTY, most_seconds=ONE),
        Benchmark("help", partial(_call, "--help"), *_EMPTY, most_seconds=HELP),
    ]


def _call(*words: str, environment: dict[str, str] | None = None) -> None:
    """Run a command in a process of its own; it must pass."""
    command = [sys.executable, "-m", "zoo_tools", *words]
    # What a selection says of itself, on standard error, is not looked at.
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=quiet, stderr=quiet, env={**os.environ, **(environment or {})})


def _python() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


_EMPTY = ("an empty Python", _python)


class Branch:
    """A generated registry of 300 models in a git repository, and a branch that edits, renames and deletes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def validate(self) -> None:
        """Check what the branch touches; nothing is kept."""
        if not self._folder.exists():
            self._make()
        registry = str(self._folder / "registry")
        _call("validate", "--level", "static", "--registry", registry, "--changed-since", "HEAD")

    def _make(self) -> None:
        registry = self._folder / "registry"
        make_registry(registry, models=300)
        # A board that two models name: those that are generated all name the same.
        board = (registry / "boards/stm32n6570-dk.yaml").read_text("utf-8")
        (registry / "boards/rare-dk.yaml").write_text(board.replace("id: stm32n6570-dk", "id: rare-dk"), "utf-8")
        for model in ("generated_0001", "generated_0002"):
            manifest = registry / "models" / model / "manifest.yaml"
            manifest.write_text(manifest.read_text("utf-8").replace("board: stm32n6570-dk", "board: rare-dk"), "utf-8")
        self._git("init", "--quiet")
        self._git("add", "--all")
        self._git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--message", "base")
        _append(registry / "models/generated_0100/manifest.yaml")
        _append(registry / "boards/rare-dk.yaml")
        self._git("mv", "registry/models/generated_0150", "registry/models/renamed_0150")
        manifest = registry / "models/renamed_0150/manifest.yaml"
        manifest.write_text(manifest.read_text("utf-8").replace("id: generated_0150", "id: renamed_0150"), "utf-8")
        shutil.rmtree(registry / "models/generated_0200")

    def _git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self._folder, check=True)


class _Registry:
    def __init__(self, folder: Path, models: int) -> None:
        self._folder, self._models = folder, models
        self._cache = folder.with_name("outcomes")
        self._texts: list[bytes] = []
        self._trees: list[str] = []

    def _make(self) -> Sequence[bytes]:
        if not self._texts:
            make_registry(self._folder, models=self._models)
            self._texts = [path.read_bytes() for path in sorted(self._folder.glob("models/*/manifest.yaml"))]
            self._trees = [json.dumps(tree) for tree in map(_tree, self._texts)]
        return self._texts

    def validate(self) -> None:
        """Check every manifest; nothing is kept of an earlier run."""
        shutil.rmtree(self._cache, ignore_errors=True)
        self._call()

    def validate_changed(self) -> None:
        """Check the registry after one manifest was changed; its other outcomes are those of the run before."""
        self._make()
        if not self._cache.exists():
            self._call()
        with (self._folder / "models" / "generated_0000" / "manifest.yaml").open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        self._call()

    def _call(self) -> None:
        """Run the command in one process of its own; it must pass."""
        self._make()
        words = ("validate", "--level", "static", "--jobs", "1", "--registry", str(self._folder))
        _call(*words, environment={"ZOO_TOOLS_CACHE": str(self._cache)})

    def validate_one(self) -> None:
        """Check one manifest; nothing is kept."""
        self._make()
        words = ("validate", "generated_0000", "--level", "static", "--no-cache", "--registry", str(self._folder))
        _call(*words)

    def read(self) -> None:
        """Read every manifest, marks left aside."""
        for _ in map(_tree, self._make()):
            pass

    def read_json(self) -> None:
        """Read the same trees from JSON."""
        self._make()
        for _ in map(json.loads, self._trees):
            pass


def _append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("# changed\n")


def _tree(text: bytes) -> object:
    source, problems = parse_source(text, "manifest.yaml")
    if source is None or problems:
        raise ValueError(f"a generated manifest is not strict YAML: {problems[:1]}")
    return source.plain()
