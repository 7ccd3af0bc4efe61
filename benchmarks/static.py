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
from pathlib import Path

from benchmarks.generated import make_registry
from benchmarks.measure import Benchmark
from zoo_tools.registry.source import parse_source

COLD = 0.005
"""Seconds that a manifest may take."""
CHANGED = 0.5
"""Seconds that a registry of a thousand models may take of which one was changed."""


def static_benchmarks(folder: Path, *, models: int) -> list[Benchmark]:
    """Return the benchmarks of a registry of so many models, which is made in an empty folder when first needed."""
    registry = _Registry(folder / "registry", models)
    reference = ("as JSON", registry.read_json)
    return [
        Benchmark("validate-static", registry.validate, *reference, count=models, most_seconds=COLD * models),
        Benchmark("validate-changed", registry.validate_changed, *reference, most_seconds=CHANGED),
        Benchmark("read-manifests", registry.read, *reference, count=models),
    ]


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
        """Run the command in a process of its own; it must pass."""
        self._make()
        command = [sys.executable, "-m", "zoo_tools", "validate", "--level", "static", "--registry", str(self._folder)]
        environment = {**os.environ, "ZOO_TOOLS_CACHE": str(self._cache)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)

    def read(self) -> None:
        """Read every manifest, marks left aside."""
        for _ in map(_tree, self._make()):
            pass

    def read_json(self) -> None:
        """Read the same trees from JSON."""
        self._make()
        for _ in map(json.loads, self._trees):
            pass


def _tree(text: bytes) -> object:
    source, problems = parse_source(text, "manifest.yaml")
    if source is None or problems:
        raise ValueError(f"a generated manifest is not strict YAML: {problems[:1]}")
    return source.plain()
