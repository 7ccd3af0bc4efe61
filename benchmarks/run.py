"""Level run: a worker until its model is open, and `validate` of the LiteRT models.

Model files are taken from the mirror that ZOO_TOOLS_MIRROR names; what is not there, and an engine that is not
installed, is left out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import get_args

from benchmarks.measure import Benchmark
from zoo_tools.checks.context import Context
from zoo_tools.checks.engines import is_installed, settings_or_none
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.cli.options import make_fetcher
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Fetcher
from zoo_tools.inference.worker import CompanionFile, Worker
from zoo_tools.registry.load import Registry, load_registry

_ROOT = Path(__file__).resolve().parent.parent
_READY_SECONDS = 0.4
_RATIO = 2.0
_MODULES = {"litert": "ai_edge_litert.interpreter"}
"""What a runtime is imported as, where that is not its name."""


def run_benchmarks() -> list[Benchmark]:
    """Return the benchmarks that have what they need here."""
    mirror = os.environ.get("ZOO_TOOLS_MIRROR")
    return [] if mirror is None else list(_Zoo(mirror).benchmarks())


@dataclass
class _Zoo:
    """The artifacts of this repository's registry that lie in a mirror and are run."""

    mirror: str

    def benchmarks(self) -> Iterator[Benchmark]:
        for engine in get_args(EngineName):
            subject = next((one for one in self._subjects if engine in _engines(one)), None)
            if subject is None or not is_installed(engine):
                continue
            imports = partial(_python, "-c", f"import {_MODULES.get(engine, engine)}")
            target = _READY_SECONDS if engine == "litert" else None
            ready = partial(self.open, subject, engine)
            yield Benchmark(f"worker-{engine}", ready, "its import in Python", imports, most_seconds=target)
        if self._tflite:
            name = f"bare: {len(self._tflite)} models, as many runs"
            yield Benchmark("validate-run", self.validate, name, self.invoke, most_ratio=_RATIO)

    def open(self, subject: ArtifactSubject, engine: EngineName) -> None:
        """Start a worker, wait until the model is open, end it."""
        artifact, context = subject.artifact, self._context(subject)
        assert artifact.sha256 is not None  # that is how its file was found
        companions = [CompanionFile(one.name, context.companion(one), one.sha256) for one in artifact.companions]
        with Worker(
            context.file(subject), sha256=artifact.sha256, format=artifact.format, engine=engine,
            companions=companions, network=artifact.reference_network,
        ):  # fmt: skip
            pass

    def validate(self) -> int:
        """Run the command on all LiteRT models, by LiteRT alone; it must pass.

        Returns:
            Peak of memory of the command or of one of its workers, whichever is larger, in KiB.
        """
        words = ["validate", "--level", "run", "--engine", "litert", "--offline", "--mirror", self.mirror]
        return _python("-m", "zoo_tools", *words, *(subject.name for subject in self._tflite))

    def invoke(self) -> None:
        """Do with the same models what has to be done at least."""
        _python("-m", "benchmarks.bare_litert", standard_input=self._invokes)

    @cached_property
    def _invokes(self) -> str:
        """Each model with each delegate, and how often `validate` runs it so, as JSON."""
        counted = []
        for subject in self._tflite:
            context = self._context(subject)
            for setting in context.settings(subject):
                runs = context.observation(subject, setting=setting).runs
                counted.append((str(context.file(subject)), setting.delegate, len(runs)))
        return json.dumps(counted)

    @cached_property
    def _subjects(self) -> list[ArtifactSubject]:
        entries = self._registry.models.values()
        all_ = [one for entry in entries for one in Context(self._registry, entry, entry.id, self._fetcher).artifacts]
        return [one for one in all_ if one.artifact.sha256 and settings_or_none(one.artifact) and self._is_here(one)]

    @cached_property
    def _tflite(self) -> list[ArtifactSubject]:
        # The model that the registry holds itself is too small to time anything but start-up.
        return [one for one in self._subjects if one.artifact.format == "tflite" and one.artifact.path is None]

    @cached_property
    def _registry(self) -> Registry:
        return load_registry(_ROOT / "registry")

    @cached_property
    def _fetcher(self) -> Fetcher:
        return make_fetcher(self._registry, [self.mirror], offline=True, allow_hosts=(), progress=None)

    def _context(self, subject: ArtifactSubject) -> Context:
        return Context(self._registry, subject.entry, subject.name, self._fetcher, engines=["litert"])

    def _is_here(self, subject: ArtifactSubject) -> bool:
        try:
            return self._context(subject).file(subject).is_file()
        except ZooToolsError:
            return False


def _engines(subject: ArtifactSubject) -> list[EngineName]:
    return [setting.engine for setting in settings_or_none(subject.artifact)]


def _python(*arguments: str, standard_input: str = "") -> int:
    """Run Python, which must end well, and return the peak of memory of it or of a process it waited for, in KiB."""
    with TemporaryFile() as given, TemporaryFile() as said:
        given.write(standard_input.encode())
        given.seek(0)
        process = subprocess.Popen([sys.executable, *arguments], cwd=_ROOT, stdin=given, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode())
        return usage.ru_maxrss
