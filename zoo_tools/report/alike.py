"""Findings that say the same of one place, together: one wrong protocol is said once, not of a thousand models."""

from collections.abc import Iterable

from zoo_tools.domain.findings import Finding


def said_alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings in their order, those together that say the same of one place to several subjects."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        key = (one.check, one.severity, one.message, one.fix, one.location, one.waived)
        found.setdefault(key, []).append(one)
    return list(found.values())


def of_whom(alike: list[Finding]) -> str:
    """Return whom findings that are alike are about: the first subject, and how many more."""
    return alike[0].subject + (f" and {len(alike) - 1:,} more" if len(alike) > 1 else "")
