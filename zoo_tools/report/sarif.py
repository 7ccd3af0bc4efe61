"""The report for code scanning: SARIF 2.1.0 (OASIS), errors first.

GitHub refuses a run of more than 25,000 results and a file of more than 10 MB when compressed, and shows 5,000. It
knows a finding again by `primaryLocationLineHash`, so that is made of what stays when lines move and digits are mended:
the check, the subject, and the sentence without its numbers.
"""

import hashlib
import inspect
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

from zoo_tools.checks.explained import EXPLAINED, Explained
from zoo_tools.domain.findings import Finding, Location, Status
from zoo_tools.report.inert import cut, inert, sentence
from zoo_tools.report.places import Repository, Site, as_uri
from zoo_tools.report.run import Run
from zoo_tools.report.verdict import counted, verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
MOST_BYTES = 9_000_000
"""Compressed bytes of all results; the rest of the file is far smaller than what is left to 10 MB."""
MOST_TEXT = 1_024
"""Characters of a description that GitHub takes, and of a message here."""
ROOT = "%SRCROOT%"

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_NOTICED = {Status.CRASHED: "error", Status.UNAVAILABLE: "warning"}


def sarif_report(run: Run, **_: object) -> str:
    """Return the run as SARIF, ASCII only, a result a line, with a final newline."""
    files = _Files()
    results, left = _results(run, files)
    whole = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(run)},
                "automationDetails": {"id": _category(run)},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
                "invocations": [_invocation(run, left)],
                "artifacts": files.artifacts,
                "results": [],
            }
        ],
    }
    head, tail = json.dumps(whole, indent=1).rsplit("[]", 1)
    text = head + ("[\n  " + ",\n  ".join(results) + "\n ]" if results else "[]") + tail + "\n"
    return text.replace("##[", "#\\u0023[")


class _Files:
    """The files that findings are in, each once."""

    def __init__(self) -> None:
        self.artifacts: list[dict[str, object]] = []
        self._repository = Repository()
        self._places: dict[str, int] = {}

    def location(self, at: Location) -> list[dict[str, object]]:
        """Return where a finding is; nothing where that is outside of the repository."""
        path = self._repository.path(at.file)
        if path is None:
            return []
        if path not in self._places:
            self._places[path] = len(self.artifacts)
            self.artifacts.append({"location": {"uri": as_uri(path), "uriBaseId": ROOT}})
        place: dict[str, object] = {
            "artifactLocation": {"uri": as_uri(path), "uriBaseId": ROOT, "index": self._places[path]}
        }
        if at.line > 0:
            place["region"] = {"startLine": at.line, "startColumn": max(at.column, 1)}
        return [{"physicalLocation": place}]


def _results(run: Run, files: _Files) -> tuple[list[str], int]:
    """Return results as JSON, those that weigh most first, and how many are left out."""
    rules = {rule.id: place for place, rule in enumerate(_asked(run))}
    has_waivers = any(finding.waived for finding in run.findings)
    seen: Counter[str] = Counter()
    results: list[str] = []
    compressor, size = zlib.compressobj(), 0
    for finding in run.findings[:MOST_RESULTS]:
        result = _result(finding, files, seen)
        if finding.check in rules:
            result["ruleIndex"] = rules[finding.check]
        if has_waivers:  # one list of suppressions asks for one at each result
            result["suppressions"] = _suppressions(finding)
        text = json.dumps(result)
        size += len(compressor.compress(text.encode("ascii")))
        if size > MOST_BYTES:
            break
        results.append(text)
    return results, len(run.findings) - len(results)


def _result(finding: Finding, files: _Files, seen: Counter[str]) -> dict[str, object]:
    mark = fingerprint(finding)
    seen[mark] += 1
    whole = f"{mark}:{seen[mark]}"
    # A text in brackets before one in parentheses would be a link.
    message = cut(f"{sentence(finding.message)} {sentence(finding.fix)}", MOST_TEXT).replace("](", "] (")
    return {
        "ruleId": inert(finding.check),
        "level": finding.severity.value,
        "message": {"text": message},
        "locations": files.location(finding.location),
        "partialFingerprints": {"primaryLocationLineHash": whole, "zooToolsFinding/v1": whole},
        "properties": {"subject": inert(cut(finding.subject, MOST_TEXT))},
    }


def fingerprint(finding: Finding) -> str:
    """Return what stays of a finding when lines move and its numbers change: 16 digits in base sixteen."""
    said = "\n".join([finding.check, finding.subject, _NUMBER.sub("#", finding.message)])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _suppressions(finding: Finding) -> list[dict[str, object]]:
    if finding.waived is None:
        return []
    until = f" (until {inert(finding.waived_until)})" if finding.waived_until else ""
    return [{"kind": "inSource", "status": "accepted", "justification": cut(inert(finding.waived), MOST_TEXT) + until}]


def _asked(run: Run) -> list[Explained]:
    """Return the checks of a run that this version knows, in their order."""
    ids = {outcome.check for outcome in run.outcomes()}
    return [one for one in EXPLAINED if one.id in ids]


def _driver(run: Run) -> dict[str, object]:
    site = Site.of()
    version = run.tool.partition(" ")[2]
    driver: dict[str, object] = {
        "name": "zoo_tools",
        "rules": [_rule(check, site.check(check.id)) for check in _asked(run)],
    }
    return driver | ({"version": cut(inert(version), 100)} if version else {})


def _rule(check: Explained, page: str | None) -> dict[str, object]:
    doc = inspect.cleandoc(check.doc).strip()
    rule: dict[str, object] = {
        "id": check.id,
        "name": check.id,
        "shortDescription": {"text": cut(check.question, MOST_TEXT)},
        "fullDescription": {"text": cut(doc, MOST_TEXT)},
        "help": {"text": doc},
        "properties": {"tags": [f"level-{check.level.value}"], "precision": "very-high"},
    }
    return rule | ({"helpUri": page} if page else {})


def _category(run: Run) -> str:
    share = f"{run.shard.number}-of-{run.shard.of}/" if run.shard else ""
    return f"zoo_tools/{inert(run.level)}/{share}"


def _invocation(run: Run, left: int) -> dict[str, object]:
    return {
        "executionSuccessful": run.exit_code in (0, 1),
        "exitCode": run.exit_code,
        "exitCodeDescription": f"{verdict(run)}: {counted(run)}",
        "toolExecutionNotifications": list(_notifications(run, left)),
    }


def _notifications(run: Run, left: int) -> Iterator[dict[str, object]]:
    """Yield what decides the exit code and is no finding, each reason once."""
    reasons: dict[tuple[Status, str], list[str]] = {}
    for outcome in run.told:
        if outcome.status in _NOTICED:
            reasons.setdefault((outcome.status, outcome.reason or "no reason given"), []).append(outcome.check)
    for (status, reason), checks in list(reasons.items())[:100]:
        said = f"{len(checks):,} {status.value}: {sentence(reason)} Asked by {_names(checks)}."
        yield {"level": _NOTICED[status], "message": {"text": cut(said, MOST_TEXT).replace("](", "] (")}}
    if left:
        said = f"{left:,} results are left out: code scanning takes {MOST_RESULTS:,} and 10 MB. Other reports have all."
        yield {"level": "warning", "message": {"text": said}}


def _names(checks: Sequence[str]) -> str:
    return ", ".join(inert(check) for check in list(dict.fromkeys(checks))[:12])
