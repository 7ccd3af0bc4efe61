"""Which checks see a wrong statement: where the recordings were made, and on a machine where bits may differ.

The second machine is this one, told that the recordings are of another version of the runtime: nothing is compared bit
for bit then, but the digest of the input tensor, which is equal everywhere.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from pydantic import ValidationError

from benchmarks.mutation_run.facts import Wrong, wrong_facts
from benchmarks.mutation_run.remembered import Workers
from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.catalogue import CHECKS
from zoo_tools.checks.context import Context
from zoo_tools.checks.run import run_model
from zoo_tools.checks.static import STATIC_CHECKS
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.cli.options import make_fetcher
from zoo_tools.domain.findings import Finding, Severity
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import Entry, Registry, load_registry

_LEFT_OUT = {"golden-sensitive", "golden-stable"}
"""Checks of the recordings themselves: they ask whether a case could fail, not whether it does."""
_VERSION = re.compile(r'("environment": \{[^}]*"version": )"[^"]*"')
_DIGEST = "the input tensor made of"


@dataclass(frozen=True, slots=True)
class Judged:
    """A wrong statement about a model, and what says so.

    Args:
        subject: the artifact.
        wrong: the statement.
        static: what level static says, golden-current among it.
        recorded: what files and runs say in the recorded environment.
        elsewhere: what they say where the environment differs.
    """

    subject: str
    wrong: Wrong
    static: frozenset[str]
    recorded: frozenset[str]
    elsewhere: frozenset[str]


class Judge:
    """Judges wrong statements about the detectors of a registry, which must pass as it is.

    Args:
        root: folder of the registry.
        mirror: where the model files are.
        folder: empty, for a copy of the registry.
        left_out: checks that are not asked.
    """

    def __init__(self, root: Path, mirror: str, folder: Path, *, left_out: Sequence[str] = ()) -> None:
        out = _LEFT_OUT | set(left_out)
        self._checks = [check for check in CHECKS if check.level is not Level.STATIC and check.id not in out]
        self._here = load_registry(root)
        self._there = load_registry(_recorded_elsewhere(root, folder / "registry"))
        self._fetcher = make_fetcher(self._here, [mirror], offline=True, allow_hosts=(), progress=None)

    @property
    def subjects(self) -> list[ArtifactSubject]:
        """The LiteRT models with golden cases."""
        found = []
        for entry in self._here.models.values():
            for subject in Context(self._here, entry, entry.id, self._fetcher).artifacts:
                recorded = {case.artifact for case in subject.variant.golden}
                if subject.artifact.format == "tflite" and subject.artifact.id in recorded:
                    found.append(subject)
        return found

    def judge(self, subject: ArtifactSubject, facts: Sequence[Wrong] | None = None) -> Iterator[Judged]:
        """Judge wrong statements about an artifact; all of them where none is named."""
        with _one_life() as workers:
            try:
                before = self._said(subject, subject.entry.value)
                if any(before[1:]):
                    raise RuntimeError(f"{subject.name} fails as it is: {', '.join(sorted(before[1] | before[2]))}")
                for wrong in wrong_facts(subject) if facts is None else facts:
                    yield self._judged(subject, wrong, before[0])
            finally:
                workers.close()

    def _judged(self, subject: ArtifactSubject, wrong: Wrong, before: frozenset[str]) -> Judged:
        try:
            manifest = Manifest.model_validate(wrong.tree(subject))
        except ValidationError:
            return Judged(subject.name, wrong, frozenset({"schema"}), frozenset(), frozenset())
        static, recorded, elsewhere = self._said(subject, manifest)
        return Judged(subject.name, wrong, static - before, recorded, elsewhere)

    def _said(
        self, subject: ArtifactSubject, manifest: Manifest
    ) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Return what finds errors: at level static, and behind it here and elsewhere."""
        static = self._ask(self._here, manifest, subject.entry.id, STATIC_CHECKS)
        here, there = (
            self._ask(registry, manifest, subject.name, self._checks) for registry in (self._here, self._there)
        )
        return frozenset(static), frozenset(here), frozenset(there)

    def _ask(self, registry: Registry, manifest: Manifest, under: str, checks: Sequence[AnyCheck]) -> set[str]:
        entry: Entry[Manifest] = replace(registry.models[manifest.id], value=manifest)
        context = Context(registry, entry, under, self._fetcher, engines=["litert"])
        outcomes = run_model(context, checks, Level.RUN, lambda _level, _check, _subject: None)
        wrong = [
            f"{one.check} of {one.subject}: {one.reason}"
            for one in outcomes
            if one.status in ("crashed", "unavailable")
        ]
        if wrong:
            raise RuntimeError(wrong[0])
        return {
            _word(finding)
            for outcome in outcomes
            for finding in outcome.findings
            if finding.severity is Severity.ERROR and not finding.waived and finding.check != "waivers"
        }


def _word(finding: Finding) -> str:
    return "input digest" if finding.message.startswith(_DIGEST) else finding.check


def _recorded_elsewhere(root: Path, copy: Path) -> Path:
    """Copy a registry, with another version of the runtime in every recording."""
    shutil.copytree(root, copy)
    for path in copy.glob("models/*/golden/*.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_VERSION.sub(r'\1"another"', text, count=1), encoding="utf-8")
    return copy


@contextmanager
def _one_life() -> Iterator[Workers]:
    """Let workers live as long as mutants are judged; mistakes for `golden-sensitive` are not run."""
    workers = Workers()
    with (
        patch("zoo_tools.checks.observation.Worker", workers),
        patch("zoo_tools.checks.observing.MUTATIONS", {}),
    ):
        yield workers
