"""The verdict of a run in words: what the exit code says, and what it was counted from."""

from zoo_tools.report.run import Run

_WORDS = {
    0: "all passed",
    1: "findings to mend",
    3: "not everything could be checked",
    4: "a check crashed",
}


def verdict(run: Run) -> str:
    """Return what came out."""
    if run.exit_code == 0 and run.summary["skipped"]:
        return "all checks that could be made passed"
    return _WORDS[run.exit_code]


def counted(run: Run) -> str:
    """Return how many outcomes and findings there are of each kind; what there is none of is left out."""
    counts = run.summary
    parts = [f"{counts['passed']} passed"]
    parts += [f"{counts[key]} {key}" for key in ("failed", "crashed", "unavailable", "skipped") if counts[key]]
    parts += [
        f"{counts[key]} {key if counts[key] != 1 or key == 'waived' else key[:-1]}"
        for key in ("errors", "warnings", "notes", "waived")
        if counts[key]
    ]
    return ", ".join(parts)
