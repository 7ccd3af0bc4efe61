"""A finished run of `validate`: its outcomes, what they add up to, and the exit code that says so."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from zoo_tools import __version__
from zoo_tools.domain.findings import Finding, Outcome, Severity, Status, row_of
from zoo_tools.report.changes import Changes, Selection, Shard

PASSED = Status.PASSED
TOOL = f"zoo_tools {__version__}"


class Kept(Protocol):
    """The outcomes of one model as an earlier run left them: counted, and built one by one only when asked for."""

    @property
    def is_cached(self) -> bool:
        """Whether it was an earlier run, and not another process of this one."""

    @property
    def told(self) -> Sequence[Outcome]:
        """Every outcome but those that passed and say nothing."""

    @property
    def passed(self) -> Mapping[str, int]:
        """How many passed and say nothing, by the row they are counted in; all of level static."""

    def outcomes(self) -> Sequence[Outcome]:
        """All of them, in the order they were made."""


@dataclass(frozen=True)
class Run:
    """What one call of `validate` found."""

    level: str
    parts: Sequence[Outcome | Kept]
    """Outcomes in their order; among those of this run, models as an earlier one left them."""
    seconds: float
    manifests: dict[str, str] = field(default_factory=dict)
    """sha256 of every manifest that was checked, by model: later readers see whether the report is still of it."""
    selection: Selection | None = None
    """Why these subjects were checked, where they were chosen by what changed."""
    changes: Changes | None = None
    """What is different since an earlier revision, where one was named."""
    shard: Shard | None = None
    """Which share of a larger run this is."""
    tool: str = TOOL
    """Who made it: another version's report may be read back."""
    is_read_back: bool = False
    """Whether it comes from a file, and what it says of this machine's files is anybody's word."""

    def outcomes(self) -> Iterator[Outcome]:
        """Yield every outcome."""
        for part in self.parts:
            if isinstance(part, Outcome):
                yield part
            else:
                yield from part.outcomes()

    @cached_property
    def kept(self) -> list[Kept]:
        """Models whose outcomes are those of an earlier run."""
        return [part for part in self.parts if not isinstance(part, Outcome)]

    @cached_property
    def told(self) -> list[Outcome]:
        """Every outcome that says more than that it passed."""
        own = [one for one in self.parts if isinstance(one, Outcome) and (one.findings or one.status is not PASSED)]
        return own + [one for kept in self.kept for one in kept.told]

    @cached_property
    def findings(self) -> list[Finding]:
        """All findings, errors first, then by place."""
        order = {severity: rank for rank, severity in enumerate(Severity)}
        found = [finding for outcome in self.told for finding in outcome.findings]
        return sorted(found, key=lambda f: (bool(f.waived), order[f.severity], f.location, f.check, f.message))

    @cached_property
    def rows(self) -> dict[str, dict[str, Counter[Status]]]:
        """How many outcomes of each level ended how, by model, artifact and file."""
        counts = Counter((one.subject, one.level, one.status) for one in self.parts if isinstance(one, Outcome))
        for kept in self.kept:
            counts.update((one.subject, one.level, one.status) for one in kept.told)
            for name, count in kept.passed.items():
                counts[name, "static", PASSED] += count
        rows: dict[str, dict[str, Counter[Status]]] = {}
        for (subject, level, status), count in counts.items():
            rows.setdefault(row_of(subject), {}).setdefault(str(level), Counter())[status] += count
        return rows

    @cached_property
    def summary(self) -> dict[str, int]:
        """Outcomes by status and findings by severity; waived findings are counted apart."""
        statuses: Counter[Status] = Counter()
        for cells in self.rows.values():
            for count in cells.values():
                statuses.update(count)
        severities = Counter(finding.severity for finding in self.findings if not finding.waived)
        waived = sum(1 for finding in self.findings if finding.waived)
        return (
            {status.value: statuses[status] for status in Status}
            | {f"{severity.value}s": severities[severity] for severity in Severity}
            | {"waived": waived}
        )

    @cached_property
    def _models(self) -> frozenset[str]:
        # Shared files are rows of a folder and a name; a model has one part, an artifact three.
        of_rows = [row.partition("/")[0] for row in self.rows if row.count("/") != 1]
        return frozenset([*self.manifests, *(self.shard.models if self.shard else ()), *of_rows])

    def model_of(self, subject: str) -> str | None:
        """Return the model a subject is of; None for what models share."""
        model = row_of(subject).partition("/")[0]
        return model if model in self._models else None

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 findings, 3 something could not be checked, 4 a check crashed; a finding outweighs a 3."""
        counts = self.summary
        if counts["crashed"]:
            return 4
        if counts["failed"]:
            return 1
        return 3 if counts["unavailable"] else 0
