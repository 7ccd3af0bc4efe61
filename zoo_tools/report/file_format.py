"""The JSON report as it stands in a file: what its keys mean, its JSON Schema, and how it is read back.

Who reads it may have got it from a stranger's pull request: nothing in it is taken on trust but its shape, every text
has an end, and what it says of itself has to follow from its outcomes.
"""

from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.errors import BrokenFileError
from zoo_tools.report.changes import Changes, Selection, Shard
from zoo_tools.report.run import Run

MAX_BYTES = 256 * 1024 * 1024
_LONGEST = 65_536
_CONFIG = ConfigDict(
    extra="forbid", strict=True, allow_inf_nan=False, str_max_length=_LONGEST, use_attribute_docstrings=True
)

Seconds = Annotated[float, Field(ge=0, le=1e9)]
Number = Annotated[int, Field(ge=0, le=10**9)]
Level = Literal["static", "files", "run", "accuracy"]


@dataclass(frozen=True, config=_CONFIG)
class FindingInFile:
    """One thing that is not as it should be."""

    severity: Severity
    message: str
    """What is, and what should be, in one sentence."""
    fix: str
    """What to do, as an imperative sentence."""
    file: str
    """Where it stands; as seen from the folder the command was called in, where the file is below it."""
    line: Number
    """From 1; 0 means the file as a whole."""
    column: Number
    """From 1, in characters; 0 means the file as a whole."""
    waived: str | None
    """The reason of the waiver that accepts this finding, if there is one."""
    waived_until: str | None = None
    """Last day the waiver accepts it, as `2026-12-31`."""


@dataclass(frozen=True, config=_CONFIG)
class OutcomeInFile:
    """What became of one check on one subject."""

    check: str
    """Its id, as `zoo_tools explain` knows it."""
    level: Level
    subject: str
    """A model, `model/variant/artifact`, that with `#figures` or `@picture`, or a folder and name of a shared file."""
    status: Status
    """`unavailable`: this machine could not make the check; it is never counted as passed."""
    reason: str | None
    """Why it was skipped, or could not be made, or how it crashed."""
    engine: str | None
    """The engine and setting the model was run with."""
    seconds: Seconds
    cached: bool
    """Whether it was said by an earlier run about the same bytes."""
    findings: list[FindingInFile]


@dataclass(frozen=True, config=_CONFIG)
class Summary:
    """Outcomes by status, findings by severity; waived findings are counted apart."""

    passed: Number
    failed: Number
    skipped: Number
    unavailable: Number
    crashed: Number
    errors: Number
    warnings: Number
    notes: Number
    waived: Number


@dataclass(frozen=True, config=_CONFIG)
class ReportFile:
    """What one call of `zoo_tools validate` found, or several that were merged."""

    format: Literal[1]
    """Version of this format; new keys with a meaning of their own may be added to it."""
    tool: str
    """Name and version of who made it."""
    level: Level
    """The last level that was asked."""
    exit_code: Literal[0, 1, 3, 4]
    """0 all passed, 1 findings, 3 something could not be checked, 4 a check crashed."""
    seconds: Seconds
    manifests: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]
    """sha256 of every manifest that was checked, by model."""
    summary: Summary
    outcomes: list[OutcomeInFile]
    """In the order of checks: first of files that models share, then model after model."""
    shard: Shard | None = None
    """Which share of a larger run this is."""
    selection: Selection | None = None
    """Why these subjects were checked, where they were chosen by what changed."""
    changes: Changes | None = field(default=None)
    """What is different since an earlier revision, where one was named."""


@cache
def _adapter() -> TypeAdapter[ReportFile]:
    return TypeAdapter(ReportFile)


def report_schema() -> dict[str, object]:
    """Return the JSON Schema of a report."""
    schema: dict[str, object] = _adapter().json_schema()
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Report of zoo_tools validate"}
    return {**schema, **named}


def read_run(path: Path) -> Run:
    """Read a JSON report.

    Raises:
        BrokenFileError: it is missing, too large, no such report, or it contradicts itself.
    """
    fix = f"make it again with `zoo_tools validate --format json={path}`"
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "no file can have this name"
        raise BrokenFileError(f"the report {path} cannot be read: {said}", fix=fix) from None
    if len(data) > MAX_BYTES:
        raise BrokenFileError(f"{path} is larger than {MAX_BYTES // 1024 // 1024} MiB", fix=fix)
    return parse_run(data, str(path), fix=fix)


def parse_run(data: bytes, name: str, *, fix: str | None = None) -> Run:
    """Read the bytes of a JSON report; see `read_run`."""
    try:
        report = _adapter().validate_json(data)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(step) for step in problem["loc"])[:200]
        said = f"{place}: {problem['msg'][:200]}" if place else problem["msg"][:200]
        raise BrokenFileError(f"{name} is not a report of zoo_tools validate: {said}", fix=fix) from None
    run = Run(
        report.level, [_outcome(outcome) for outcome in report.outcomes], report.seconds, report.manifests,
        report.selection, report.changes, report.shard, report.tool, is_read_back=True,
    )  # fmt: skip
    stated = {name: getattr(report.summary, name) for name in Summary.__dataclass_fields__}
    if stated != run.summary or report.exit_code != run.exit_code:
        raise BrokenFileError(f"{name} contradicts itself: its summary is not what its outcomes add up to", fix=fix)
    return run


def _outcome(read: OutcomeInFile) -> Outcome:
    findings = [
        Finding(
            read.check, one.severity, read.subject, one.message, one.fix, Location(one.file, one.line, one.column),
            one.waived, one.waived_until,
        )
        for one in read.findings
    ]  # fmt: skip
    return Outcome(
        read.check, read.level, read.subject, read.status, findings, read.reason, read.engine, read.seconds, read.cached
    )
