"""The report for a pull request: verdict, errors by model, what changes, what was accepted or not checked, and why.

GitHub takes 65,536 characters of a comment and 1 MiB of a step's summary; bytes are counted, which are never fewer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from zoo_tools.domain.findings import Finding, Outcome, Severity, Status
from zoo_tools.report.alike import of_whom, said_alike
from zoo_tools.report.inert import sentence
from zoo_tools.report.markdown_changes import change_sections
from zoo_tools.report.markdown_text import code, link, text
from zoo_tools.report.places import Repository, Site
from zoo_tools.report.run import Run
from zoo_tools.report.sections import Block, Section, fitted
from zoo_tools.report.verdict import counted, verdict

MOST_OF_COMMENT = 59_500
"""Bytes of a comment; GitHub's limit is 65,536 characters, and who posts it may add some of his own."""
MOST_OF_SUMMARY = 1_000_000
"""Bytes of a step's summary; GitHub's limit is 1 MiB."""
MARK = "<!-- zoo_tools validate -->"
"""First line of a comment, by which the next run finds the one to replace."""
MOST_ROWS = 60
"""Models of the table; with more, those that have nothing to mend are one row."""

_SIGNS = {0: "✅", 1: "❌", 3: "❔", 4: "💥"}
_STATUS_WORDS = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.CRASHED: "crashed",
    Status.UNAVAILABLE: "could not check",
    Status.SKIPPED: "skipped",
}
_NOT_MADE = (Status.CRASHED, Status.UNAVAILABLE, Status.SKIPPED)
_SHARED = "shared files of the registry"


def markdown_report(run: Run, **_: object) -> str:
    """Return the run as Markdown that fits into a comment."""
    return _report(run, MOST_OF_COMMENT)


def summary_report(run: Run, **_: object) -> str:
    """Return the run as Markdown that fits into the summary of a step."""
    return _report(run, MOST_OF_SUMMARY)


def _report(run: Run, limit: int) -> str:
    site, repository = Site.of(), Repository()
    of = {kind: [one for one in run.findings if one.severity is kind and not one.waived] for kind in Severity}
    sections = [
        _models(run, site),
        _findings("Errors", of[Severity.ERROR], run, site, repository, share=0.3),
        *change_sections(run.changes, site),
        _accepted(run, site),
        # Most warnings are older than the change, and stand here so that they do not hide it.
        _findings("Warnings", of[Severity.WARNING], run, site, repository, share=0.05),
        _not_made(run),
        _findings("Notes", of[Severity.NOTE], run, site, repository, share=0.02),
        _selection(run),
    ]
    return fitted(_start(run), sections, limit)


def _start(run: Run) -> str:
    lines = [MARK, f"## {_SIGNS[run.exit_code]} {verdict(run).capitalize()}", "", f"{counted(run)}."]
    made = f"Level {text(run.level, 20)}, {run.seconds:.1f} s, {text(run.tool, 60)}."
    cached = _cached(run)
    if cached:
        noun = "outcome" if cached == 1 else "outcomes"
        made += f" From an earlier run, since nothing they rest on has changed: {cached:,} {noun}."
    if run.shard is not None:
        made += f" This is share {run.shard.number} of {run.shard.of}; the others have reports of their own."
    return "\n".join([*lines, "", made]) + "\n"


def _cached(run: Run) -> int:
    own = sum(1 for part in run.parts if isinstance(part, Outcome) and part.is_cached)
    return own + sum(len(kept.told) + sum(kept.passed.values()) for kept in run.kept)


def _models(run: Run, site: Site) -> Section:
    counts: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for row, levels in run.rows.items():
        for count in levels.values():
            counts[(run.model_of(row) or _SHARED)].update(count)
    severities: defaultdict[str, Counter[Severity]] = defaultdict(Counter)
    for finding in run.findings:
        if not finding.waived:
            severities[run.model_of(finding.subject) or _SHARED][finding.severity] += 1
    quiet = {name for name, count in counts.items() if not (set(count) - {Status.PASSED, Status.SKIPPED})}
    folded = len(counts) > MOST_ROWS
    statuses = [status for status in Status if any(count[status] for count in counts.values())]
    kinds = [Severity.ERROR, Severity.WARNING]
    names = ["model", *(_STATUS_WORDS[status] for status in statuses), *(f"{kind.value}s" for kind in kinds)]
    head = f"\n| {' | '.join(names)} |\n|---|{'--:|' * (len(names) - 1)}\n"
    rows = []
    order = sorted(counts, key=lambda name: (name in quiet, -severities[name][Severity.ERROR], name == _SHARED, name))
    for name in order:
        if folded and name in quiet:
            continue
        shown = _SHARED if name == _SHARED else link(code(name), site.card(name))
        rows.append(_row(shown, [counts[name][s] for s in statuses], [severities[name][k] for k in kinds]))
    if folded and quiet:
        cells = [sum(counts[name][status] for name in quiet) for status in statuses]
        found = [sum(severities[name][kind] for name in quiet) for kind in kinds]
        rows.append(_row(f"{len(quiet):,} models without a failure", cells, found))
    return Section("", [Block(head, rows)], "models", 0.08)


def _row(name: str, *cells: Sequence[int]) -> str:
    numbers = [f"{number:,}" if number else "" for some in cells for number in some]
    return f"| {name} | {' | '.join(numbers)} |\n"


def _findings(
    title: str, findings: Sequence[Finding], run: Run, site: Site, repository: Repository, *, share: float
) -> Section:
    groups: dict[str, list[list[Finding]]] = {}
    for alike in said_alike(findings):
        groups.setdefault(run.model_of(alike[0].subject) or _SHARED, []).append(alike)
    # Findings come errors first, so groups stand in the order of their worst.
    blocks = [
        Block(f"\n#### {name if name == _SHARED else code(name)}\n\n", [_item(one, site, repository) for one in found])
        for name, found in groups.items()
    ]
    if title == "Notes":
        opening = f"\n<details><summary>{len(findings):,} notes</summary>\n"
        return Section(opening, blocks, "notes", share, "\n</details>\n")
    return Section(f"\n### {title}\n", blocks, title.lower(), share)


def _item(alike: list[Finding], site: Site, repository: Repository) -> str:
    finding = alike[0]
    at = finding.location
    file = repository.path(at.file) or at.file
    place = f"{file}:{at.line}:{at.column}" if at.line else file
    words = [
        f"- **{finding.severity.value}** {link(code(finding.check, 64), site.check(finding.check))}",
        code(of_whom(alike), 200),
        code(place, 200),
    ]
    said = f"{text(sentence(finding.message))} **→** {text(sentence(finding.fix))}"
    return f"{' · '.join(word for word in words if word)}<br>{said}\n"


def _accepted(run: Run, site: Site) -> Section:
    """Return the findings that waivers accept, with the reason of each and its last day."""
    rows = []
    for alike in said_alike(one for one in run.findings if one.waived):
        finding = alike[0]
        cells = [
            link(code(finding.check, 64), site.check(finding.check)),
            code(of_whom(alike), 200),
            text(sentence(finding.message), 200),
            text(finding.waived or ""),
            text(finding.waived_until or "", 20),
        ]
        rows.append(f"| {' | '.join(cells)} |\n")
    head = "\n| check | subject | finding | accepted because | until |\n|---|---|---|---|---|\n"
    return Section("\n### Accepted by waivers\n", [Block(head, rows)], "accepted findings", 0.05)


def _not_made(run: Run) -> Section:
    blocks = []
    for status in _NOT_MADE:
        reasons = _reasons(one for one in run.told if one.status is status)
        rows = [
            f"- {len(found):,} × {text(sentence(reason))} {', '.join(code(check, 64) for check in checks[:12])}"
            + (f" and {len(checks) - 12} more\n" if len(checks) > 12 else "\n")
            for reason, (found, checks) in reasons.items()
        ]
        blocks.append(Block(f"\n**{_STATUS_WORDS[status].capitalize()}**\n\n", rows))
    return Section("\n### Not checked\n", blocks, "reasons", 0.03)


def _reasons(outcomes: Iterable[Outcome]) -> dict[str, tuple[list[Outcome], list[str]]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.reason or "no reason given", []).append(outcome)
    return {reason: (some, list(dict.fromkeys(one.check for one in some))) for reason, some in found.items()}


def _selection(run: Run) -> Section:
    chosen = run.selection
    if chosen is None:
        return Section("", [], "models", 0)
    count = sum("/" not in one.subject for one in chosen.chosen)
    title = (
        f"\n<details><summary>{count:,} of {chosen.total:,} models are checked: what changed since "
        f"{code(chosen.since, 100)} ({code(chosen.commit[:12])}), and what depends on it</summary>\n"
    )
    return Section(title, [Block("\n", list(_chosen(run)))], "models", 0.03, "\n</details>\n")


def _chosen(run: Run) -> Iterator[str]:
    if run.selection is None:
        return
    for one in run.selection.chosen:
        yield f"- {code(one.subject)}: {', '.join(text(reason, 120) for reason in one.reasons[:8])}\n"
    for name in run.selection.removed:
        yield f"- {code(name)}: it is there no more, so nothing of it was checked\n"
    if not run.selection.chosen and not run.selection.removed:
        yield "- nothing: no manifest, and nothing that a manifest rests on\n"
