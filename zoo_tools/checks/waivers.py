"""Waivers: findings the maintainers accept for a while, shown with their reason and never silently.

A waiver that is expired, or that waives nothing, is itself an error: it would hide the next finding at that place.
"""

import difflib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import zoo_tools.checks
from zoo_tools.checks.base import Level
from zoo_tools.checks.context import Context
from zoo_tools.domain.address import AddressError, Path
from zoo_tools.domain.evidence import Waiver
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status

CHECK_ID = "waivers"

_WITHOUT_A_CHECK = frozenset(
    """
    base box_forms catalogue context differences engines explained families held kept kept_lines measuring observation
    observing operator_releases results run running selection shards spdx static static_child streaming subjects
    sums tensors_match tool_changes waivers
    """.split()
)
"""Modules of this package that ask nothing."""


def apply_waivers(context: Context, outcomes: Sequence[Outcome], *, today: date) -> list[Outcome]:
    """Mark waived findings, and report waivers that are expired or waive nothing.

    Args:
        context: the model.
        outcomes: what the checks said of it.
        today: the day expiry is judged by.
    """
    waivers = list(_places(context))
    if not waivers:
        return list(outcomes)
    used: set[int] = set()
    waived = [_waive(outcome, waivers, used, today) for outcome in outcomes]
    made = _made(context, outcomes)
    findings = [
        finding
        for i, (waiver, path, _) in enumerate(waivers)
        for finding in _complaints(context, waiver, path, is_used=i in used, is_made=waiver.check in made, today=today)
    ]
    status = Status.FAILED if findings else Status.PASSED
    return [*waived, Outcome(CHECK_ID, Level.STATIC, context.entry.id, status, findings)]


def _made(context: Context, outcomes: Sequence[Outcome]) -> set[str]:
    """Return the checks that were asked of the whole model; of others no waiver can be said to be idle."""
    if context.under != context.entry.id:
        return set()
    asked = {outcome.check for outcome in outcomes if outcome.status in (Status.PASSED, Status.FAILED)}
    return asked - {outcome.check for outcome in outcomes if outcome.status in (Status.UNAVAILABLE, Status.CRASHED)}


def known_checks() -> set[str]:
    """Return the ids of all checks, told by their modules: to import them would bring numpy."""
    modules = {module.name for module in pkgutil.iter_modules(zoo_tools.checks.__path__)}
    return {name.replace("_", "-") for name in modules - _WITHOUT_A_CHECK}


def _places(context: Context) -> Iterator[tuple[Waiver, Path, frozenset[Location]]]:
    manifest = context.entry.value
    for i, waiver in enumerate(manifest.waivers):
        try:
            places = context.entry.source.places_at(context.addresses.path(waiver.at))
        except AddressError:
            places = frozenset()  # references-resolve reports it
        yield waiver, ("waivers", i), places


def _waive(
    outcome: Outcome, waivers: Sequence[tuple[Waiver, Path, frozenset[Location]]], used: set[int], today: date
) -> Outcome:
    findings = list(outcome.findings)
    for i, (waiver, _, places) in enumerate(waivers):
        for f, finding in enumerate(findings):
            if waiver.check == finding.check and finding.location in places and today <= waiver.until:
                used.add(i)
                findings[f] = replace(finding, waived=waiver.reason, waived_until=str(waiver.until))
    if findings == list(outcome.findings):
        return outcome
    still_wrong = any(finding.severity is Severity.ERROR and not finding.waived for finding in findings)
    status = Status.PASSED if outcome.status is Status.FAILED and not still_wrong else outcome.status
    return outcome._replace(findings=findings, status=status)


def _complaints(
    context: Context, waiver: Waiver, path: Path, *, is_used: bool, is_made: bool, today: date
) -> Iterator[Finding]:
    at = context.entry.locate(path)
    known = known_checks()
    if waiver.check not in known:
        nearest = difflib.get_close_matches(waiver.check, known, n=1, cutoff=0.5)
        message = f"there is no check `{waiver.check}` to waive"
        fix = f"write `{nearest[0]}`" if nearest else "run `zoo_tools explain` for the list"
        yield Finding(CHECK_ID, Severity.ERROR, context.entry.id, message, fix, context.entry.locate((*path, "check")))
    elif today > waiver.until:
        message = f"the waiver of {waiver.check} at {waiver.at} expired on {waiver.until}"
        fix = "mend what it waives, or renew it with a reason"
        yield Finding(CHECK_ID, Severity.ERROR, context.entry.id, message, fix, at)
    elif is_made and not is_used:
        message = f"the waiver of {waiver.check} at {waiver.at} waives nothing"
        yield Finding(CHECK_ID, Severity.ERROR, context.entry.id, message, "remove it", at)
