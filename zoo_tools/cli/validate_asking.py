"""Asking what a plan holds: models read one after the other, or all of them with their variants at work at once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from zoo_tools.checks import static
from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.context import Context
from zoo_tools.checks.kept import Kept
from zoo_tools.checks.kept_lines import KeptModel
from zoo_tools.checks.results import Results
from zoo_tools.checks.run import Submit, at_once, file_outcomes, reference_outcomes, start_model
from zoo_tools.checks.running import Running
from zoo_tools.checks.static_child import ask_elsewhere
from zoo_tools.checks.streaming import Streaming
from zoo_tools.cli.validate_plan import Plan
from zoo_tools.cli.validate_report import progress
from zoo_tools.domain.findings import Outcome
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.settings import EngineName
from zoo_tools.fetch import Fetcher
from zoo_tools.registry.load import Entry

if TYPE_CHECKING:
    from zoo_tools.checks.measuring import Sets

Parts = list[Outcome | KeptModel]
"""What a run found; models as an earlier run left them are not unpacked."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks what a plan holds."""

    plan: Plan
    checks: Sequence[AnyCheck]
    level: Level
    fetcher: Fetcher
    engines: Sequence[EngineName]
    sets: "Sets | None"
    running: Running = field(default_factory=Running)

    def one_by_one(self, cache: Kept | None, jobs: int, *, is_whole: bool) -> tuple[Parts, dict[str, str]]:
        """Read and ask model after model; return what was found, and the digests of manifests."""
        # Our own processes know nothing of an earlier revision, nor of checks that are not the usual ones.
        is_usual = self.plan.base is None and self.checks is static.STATIC_CHECKS
        elsewhere = partial(ask_elsewhere, self.plan.registry.root, children=jobs) if jobs > 1 and is_usual else None
        streaming = Streaming(
            self.plan.registry, self.checks, serve=self._serve, cache=cache, elsewhere=elsewhere
        )  # fmt: skip
        parts: Parts = list(self._shared())
        with progress() as listen:
            parts += streaming.parts([one.model for one in self.plan.chosen], listen, is_whole=is_whole)
        return parts, streaming.manifests

    def together(self, results: Results | None, jobs: int) -> tuple[Parts, dict[str, str]]:
        """Ask all models; while files and runs of one are at work, the registry is asked about the next."""
        registry, chosen = self.plan.registry, self.plan.chosen
        names = list(dict.fromkeys(one.model for one in chosen))
        entries = [(entry, one.name) for one in chosen if (entry := registry.models.get(one.model)) is not None]
        # Model after model, as in `one_by_one`: so the reports of shards are put together in the order of one run.
        found = {result.subject: file_outcomes([result]) for result in registry.files if result.subject in names}
        contexts = [self._serve(entry, name) for entry, name in entries]
        with progress() as listen, _tasks(jobs, self.running) as submit:
            begun = [
                start_model(context, self.checks, self.level, listen, submit=submit, results=results)
                for context in contexts
            ]
            for context, finish in zip(contexts, begun, strict=True):
                found.setdefault(context.entry.id, []).extend(finish())
        parts: Parts = [*self._shared(), *(outcome for name in names for outcome in found.get(name, ()))]
        if results is not None:
            results.clean()
        return parts, {entry.id: entry.source.sha256 for entry, _ in entries}

    def _shared(self) -> list[Outcome]:
        """Return what there is to say of the files that models share."""
        registry, plan = self.plan.registry, self.plan
        others = (result for result in registry.files if "/" in result.subject)
        found = [*file_outcomes(others), *reference_outcomes(registry)]
        return [outcome for outcome in found if plan.wants_shared(outcome.subject)]

    def _serve(self, entry: Entry[Manifest], name: str) -> Context:
        plan = self.plan
        return Context(
            plan.registry, entry, name, self.fetcher, base=plan.base, engines=self.engines, running=self.running,
            sets=self.sets,
        )  # fmt: skip


@contextmanager
def _tasks(jobs: int, running: Running) -> Iterator[Submit]:
    """Do tasks in threads, each of which waits for a worker process most of the time; an interrupt ends them all."""
    if jobs == 1:
        yield at_once
        return
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="zoo_tools validate")
    try:
        yield lambda task: pool.submit(task).result
    except BaseException:
        running.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
