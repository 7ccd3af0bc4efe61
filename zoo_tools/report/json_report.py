"""The report for programs: one JSON object, stable keys; `file_format.py` says what they mean."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from zoo_tools.domain.findings import Finding, Outcome
from zoo_tools.report.run import Run

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def json_report(run: Run, **_: object) -> str:
    """Return the run as JSON text, ASCII only, an outcome a line, with a final newline."""
    head = {
        "format": 1,
        "tool": run.tool,
        "level": run.level,
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "manifests": run.manifests,
        "summary": run.summary,
        "shard": _tree(run.shard),
        "selection": _tree(run.selection),
        "changes": _tree(run.changes),
    }
    outcomes = ",\n  ".join(_text(_outcome(outcome)) for outcome in run.outcomes())
    text = f'{_text(head, indent=1)[:-2]},\n "outcomes": [\n  {outcomes}\n ]\n}}\n'
    # A runner of GitHub takes `##[` for a command wherever it stands in a line.
    return text.replace("##[", "#\\u0023[")


def _text(tree: object, *, indent: int | None = None) -> str:
    text = json.dumps(tree, indent=indent)
    if "\\ud" in text:
        # Half a letter, as in a file name that is not UTF-8: no reader of JSON takes it.
        text = json.dumps(_whole(tree), indent=indent)
    return text


def _whole(tree: object) -> object:
    if isinstance(tree, str):
        return tree.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(tree, dict):
        return {_whole(key): _whole(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_whole(value) for value in tree]
    return tree


def _tree(stated: "DataclassInstance | None") -> dict[str, object] | None:
    return None if stated is None else asdict(stated)


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
        "waived_until": finding.waived_until,
    }
