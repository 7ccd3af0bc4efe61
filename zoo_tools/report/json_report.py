"""The report for programs: one JSON object, stable keys."""

import json

from zoo_tools.domain.findings import Finding, Outcome
from zoo_tools.report.run import TOOL, Run


def json_report(run: Run, **_: object) -> str:
    """Return the run as JSON text, ASCII only, an outcome a line, with a final newline."""
    head = {
        "format": 1,
        "tool": TOOL,
        "level": run.level,
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "manifests": run.manifests,
        "summary": run.summary,
    }
    outcomes = ",\n  ".join(json.dumps(_outcome(outcome)) for outcome in run.outcomes())
    return f'{json.dumps(head, indent=1)[:-2]},\n "outcomes": [\n  {outcomes}\n ]\n}}\n'


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "check": outcome.check,
        "level": str(outcome.level),
        "subject": outcome.subject,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "engine": outcome.engine,
        "seconds": round(outcome.seconds, 3),
        "cached": outcome.is_cached,
        "findings": [_finding(finding) for finding in outcome.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.fix,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "waived": finding.waived,
    }
