"""The report for people: a small table of levels, then what was found with its line, then one verdict.

Of a large registry it shows what failed: rows without a failure are counted in one, unless `verbose`. What is said of
many subjects in the same words at the same place is said once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from rich.cells import cell_len, chop_cells

from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report.alike import of_whom, said_alike
from zoo_tools.report.coverage import coverage
from zoo_tools.report.inert import inert, sentence
from zoo_tools.report.page import Page, Word
from zoo_tools.report.run import Run
from zoo_tools.report.verdict import counted, verdict

MANY = 60
"""Rows of a table that a person reads; of more, only those are shown that have something to mend."""

NAMED = 12
"""Names that a line of artifacts gives in full."""

_STYLES = {
    Status.PASSED: ("✓", "green"),
    Status.FAILED: ("✗", "bold red"),
    Status.CRASHED: ("‼", "bold red"),
    Status.UNAVAILABLE: ("?", "yellow"),
    Status.SKIPPED: ("–", "dim"),
}
_SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_VERDICT_STYLES = {0: ("✓", "bold green"), 1: ("✗", "bold red"), 3: ("?", "bold yellow"), 4: ("‼", "bold red")}
_GAP = 3
"""Columns between those of the table."""

Cells = dict[str, Counter[Status]]
"""How many outcomes of each level ended how."""


def terminal_report(run: Run, *, colour: bool = False, width: int = 100, verbose: bool = False) -> str:
    """Return the run as text.

    Args:
        run: what was found.
        colour: whether to write ANSI styles.
        width: columns of the terminal.
        verbose: show every row of the table, however many there are.
    """
    page = Page(colour=colour, width=width)
    _print_table(page, run, verbose=verbose)
    # A report of strangers may name any file of this machine.
    read = _no_lines if run.is_read_back else lru_cache(maxsize=8)(_lines_of)
    for findings in said_alike(run.findings):
        _print_finding(page, findings, _excerpt(findings[0].location, read))
    _print_reasons(page, run)
    _print_coverage(page, run)
    _print_verdict(page, run)
    return page.text()


def _print_table(page: Page, run: Run, *, verbose: bool) -> None:
    levels = list(dict.fromkeys(level for cells in run.rows.values() for level in cells))
    rows = list(_folded(run.rows))
    if not verbose and len(rows) > MANY:
        rows = list(_without_quiet(rows))
    table = [(inert(name), [_cell(cells.get(level, Counter())) for level in levels]) for name, cells in rows]
    beside = sum(_GAP + max([len(level), *(_width(cells[i]) for _, cells in table)]) for i, level in enumerate(levels))
    widest = max([len("subject"), *(cell_len(name) for name, _ in table)])
    first = min(widest, max(page.width - beside, 20))
    _print_row(page, "subject", [[(level, "dim")] for level in levels], first, style="dim")
    for name, cells in table:
        _print_row(page, name, cells, first)
    page.line()


def _print_row(page: Page, name: str, cells: Sequence[Sequence[Word]], first: int, *, style: str = "") -> None:
    top, *more = chop_cells(name, first) or [""]
    words: list[Word] = [(top, style), (" " * (first - cell_len(top)), "")]
    for cell in cells:
        words += [(" " * _GAP, ""), *cell]
    page.line(*words)
    for rest in more:
        page.line((rest, style))


def _width(words: Sequence[Word]) -> int:
    return sum(len(text) for text, _ in words)


def _folded(rows: dict[str, Cells]) -> Iterator[tuple[str, Cells]]:
    """Yield the rows; the registry's own files, where all of them passed, as one."""
    models = {name.partition("/")[0] for name in rows if name.count("/") == 2} | {n for n in rows if "/" not in n}
    shared = {name: cells for name, cells in rows.items() if name.partition("/")[0] not in models}
    good = {name for name, cells in shared.items() if all(set(count) <= {Status.PASSED} for count in cells.values())}
    if good:
        yield (
            f"registry: {len(good)} file{'s' * (len(good) != 1)} of boards, protocols, tools …",
            _sum(rows[name] for name in good),
        )
    for name in sorted(rows.keys() - good):
        yield name, rows[name]


def _without_quiet(rows: Sequence[tuple[str, Cells]]) -> Iterator[tuple[str, Cells]]:
    """Yield the rows with something to mend, and what all others add up to as one."""
    quiet_statuses = {Status.PASSED, Status.SKIPPED}
    quiet = [cells for _, cells in rows if all(set(count) <= quiet_statuses for count in cells.values())]
    if quiet:
        yield f"{len(quiet):,} rows without a failure (--verbose lists them)", _sum(quiet)
    for name, cells in rows:
        if not all(set(count) <= quiet_statuses for count in cells.values()):
            yield name, cells


def _sum(rows: Iterator[Cells] | Sequence[Cells]) -> Cells:
    total: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for cells in rows:
        for level, count in cells.items():
            total[level].update(count)
    return total


def _cell(counts: Counter[Status]) -> list[Word]:
    words: list[Word] = []
    for status, (symbol, style) in _STYLES.items():
        if counts[status]:
            words += [(" ", "")] if words else []
            words.append((f"{symbol} {counts[status]}", style))
    return words


def _print_finding(page: Page, alike: list[Finding], excerpt: Sequence[str]) -> None:
    finding = alike[0]
    style = "dim" if finding.waived else _SEVERITY_STYLES[finding.severity]
    of = inert(of_whom(alike))
    page.line(
        ("waived " if finding.waived else "", "dim"), (finding.severity.value, style),
        (f"  {inert(finding.check)}", "bold"), (f"  {of}", "dim"),
    )  # fmt: skip
    page.line((inert(str(finding.location)), "underline"), indent=2)
    for line in excerpt:
        page.line((line, "dim"), is_cut=True)
    page.line((sentence(finding.message), ""), indent=2)
    page.line((f"→ {sentence(finding.fix)}", "green"), indent=2)
    if finding.waived:
        page.line((f"accepted: {inert(finding.waived)}", "dim"), indent=2)
    page.line()


def _excerpt(location: Location, read: Callable[[str], list[str]]) -> list[str]:
    """Return the line a finding is about, with a mark below its column; nothing where it cannot be read."""
    lines = read(location.file) if location.line else []
    if not 0 < location.line <= len(lines) or not lines[location.line - 1].isprintable():
        return []
    line = lines[location.line - 1]
    # A long flow mapping is cut so that the marked column stays in view.
    start = max(0, location.column - 60)
    gutter = f"  {location.line:>5} │ "
    shown = ("…" if start else "") + line[start : start + 90] + ("…" if len(line) > start + 90 else "")
    mark = " " * (location.column - 1 - start + (1 if start else 0)) + "^"
    return [gutter + shown, " " * (len(gutter) - 2) + "│ " + mark]


def _no_lines(_file: str) -> list[str]:
    return []


def _lines_of(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):  # ValueError: not UTF-8, or a name no file can have
        return []


def _print_reasons(page: Page, run: Run) -> None:
    """Print why checks were skipped or could not be made, each reason once."""
    reasons: dict[tuple[Status, str], list[Outcome]] = defaultdict(list)
    for outcome in run.told:
        if outcome.status in (Status.SKIPPED, Status.UNAVAILABLE, Status.CRASHED):
            reasons[outcome.status, outcome.reason or "no reason given"].append(outcome)
    titles = {Status.CRASHED: "Crashed", Status.UNAVAILABLE: "Could not check", Status.SKIPPED: "Skipped"}
    for status, title in titles.items():
        of_status = {reason: found for (kind, reason), found in reasons.items() if kind is status}
        if not of_status:
            continue
        page.line((title, _STYLES[status][1] if status is not Status.SKIPPED else "bold"))
        for reason, found in of_status.items():
            checks = ", ".join(dict.fromkeys(outcome.check for outcome in found))
            page.line((f"{len(found):>3} × {sentence(reason)}", ""), indent=1)
            page.line((inert(checks), "dim"), indent=7)
        page.line()


def _print_coverage(page: Page, run: Run) -> None:
    """Print how many artifacts were run, and which were not; nothing where none was to be."""
    kept = (outcome for one in run.kept for outcome in one.told)
    covered = coverage([*(part for part in run.parts if isinstance(part, Outcome)), *kept])
    if not covered.run and not covered.not_run:
        return
    page.line(("Artifacts", "bold"))
    page.line((f"{len(covered.run):>3} run", ""), indent=1)
    for reason, names in covered.not_run.items():
        page.line((f"{len(names):>3} not run: {inert(reason)}", ""), indent=1)
        shown = ", ".join(map(inert, names[:NAMED])) + (f" and {len(names) - NAMED} more" if names[NAMED:] else "")
        page.line((shown, "dim"), indent=7)
    page.line()


def _print_verdict(page: Page, run: Run) -> None:
    sign, style = _VERDICT_STYLES[run.exit_code]
    cached = sum(one.is_cached for one in run.kept)
    kept = f"; {cached:,} of {len(run.manifests):,} models from the cache" if cached else ""
    words = f"{sign} {verdict(run).capitalize()}"
    page.line((words, style), (f"  {counted(run)}; level {inert(run.level)}, {run.seconds:.1f} s{kept}", "dim"))
