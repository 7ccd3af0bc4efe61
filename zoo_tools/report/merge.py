"""Reports of shards joined into the one that a single run would have made.

Shares that do not belong together make no report: a missing or doubled one would otherwise look like a passed run.
"""

from collections.abc import Sequence

from zoo_tools.domain.findings import Outcome
from zoo_tools.errors import UnavailableError, UsageError
from zoo_tools.report.changes import Changes, ModelChange, Shard
from zoo_tools.report.run import Run

_AGAIN = "run all shares again, of one commit and with the same options"


class ShardsError(UsageError):
    """Reports that are not the shares of one run."""


class MissingShardError(UnavailableError):
    """A share of the run is not there: nobody knows what it would say."""


def merged(runs: Sequence[Run]) -> Run:
    """Return one run of the reports of all its shards, in the order a single run has.

    A single report that is no shard is returned as it is. Seconds are those of all machines together.

    Raises:
        ShardsError: a share is there twice, or is of another run.
        MissingShardError: a share is missing.
    """
    if len(runs) == 1 and runs[0].shard is None:
        return runs[0]
    shards = _shards(runs)
    first = runs[0]
    for run, shard in zip(runs, shards, strict=True):
        for what, is_same in (
            ("was made by another version", run.tool == first.tool),
            ("is of another level", run.level == first.level),
            ("is one of another number of shares", shard.of == shards[0].of),
            ("saw another registry, tool or options", shard.registry == shards[0].registry),
            ("saw other models", shard.models == shards[0].models),
            ("was chosen by other changes", run.selection == first.selection),
        ):
            if not is_same:
                message = f"the report of share {shard.number} {what} than that of {shards[0].number}"
                raise ShardsError(message, fix=_AGAIN)
    _refuse_gaps(shards)
    ordered = [run for _, run in sorted(zip(shards, runs, strict=True), key=lambda pair: pair[0].number)]
    manifests = _manifests(ordered, shards[0].models)
    outcomes = _outcomes(ordered, shards[0].models)
    seconds = sum(run.seconds for run in runs)
    return Run(
        first.level, outcomes, seconds, manifests, first.selection, _changes(ordered, shards[0].models), None,
        first.tool, is_read_back=any(run.is_read_back for run in runs),
    )  # fmt: skip


def _shards(runs: Sequence[Run]) -> list[Shard]:
    shards = [run.shard for run in runs if run.shard is not None]
    if len(shards) < len(runs) or not shards:
        fix = "name the reports of `zoo_tools validate --shard I/N`, or a single report"
        raise ShardsError("reports that are no shares of one run cannot be merged", fix=fix)
    return shards


def _refuse_gaps(shards: Sequence[Shard]) -> None:
    of = shards[0].of
    numbers = [shard.number for shard in shards]
    doubled = sorted({number for number in numbers if numbers.count(number) > 1})
    if doubled:
        raise ShardsError(f"share {_listed(doubled)} of {of} is there more than once", fix="name each report once")
    if any(not 1 <= number <= of for number in numbers):
        raise ShardsError(f"a report says that it is share {max(numbers)} of {of}", fix=_AGAIN)
    missing = sorted(set(range(1, of + 1)) - set(numbers))
    if missing:
        fix = "name the reports of all shares; a share whose job failed has to run again"
        raise MissingShardError(f"the report of share {_listed(missing)} of {of} is missing", fix=fix)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (f" and {len(numbers) - 20} more" if len(numbers) > 20 else "")


def _manifests(runs: Sequence[Run], models: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for run in runs:
        for model, sha256 in run.manifests.items():
            if model in found:
                raise ShardsError(f"two shares have checked {model}", fix=_AGAIN)
            found[model] = sha256
    unknown = found.keys() - set(models)
    if unknown:
        raise ShardsError(f"a share has checked {min(unknown)}, which is not in its list of models", fix=_AGAIN)
    return {model: found[model] for model in models if model in found}


def _outcomes(runs: Sequence[Run], models: Sequence[str]) -> list[Outcome]:
    """Return all outcomes: of what models share first, then model after model; what is asked twice is refused."""
    places = {model: place for place, model in enumerate(models, start=1)}
    found: list[tuple[int, Outcome]] = []
    owners: dict[int, int] = {}
    for number, run in enumerate(runs):
        for outcome in run.outcomes():
            place = places.get(run.model_of(outcome.subject) or "", 0)
            if owners.setdefault(place, number) != number:
                of = models[place - 1] if place else "what models share"
                raise ShardsError(f"two shares have checked {of}", fix=_AGAIN)
            found.append((place, outcome))
    found.sort(key=lambda pair: pair[0])  # a share keeps its order
    return [outcome for _, outcome in found]


def _changes(runs: Sequence[Run], order: Sequence[str]) -> Changes | None:
    """Return all changes: in the order of models, and of what is there no more at the end."""
    stated = [run.changes for run in runs if run.changes is not None]
    if not stated:
        return None
    if len({(one.since, one.commit) for one in stated}) > 1:
        raise ShardsError("the shares were compared with different commits", fix=_AGAIN)
    models: dict[str, ModelChange] = {}
    for one in stated:
        for change in one.models:
            if models.setdefault(change.model, change) != change:
                raise ShardsError(f"two shares tell different changes of {change.model}", fix=_AGAIN)
    places = {model: place for place, model in enumerate(order)}
    told = sorted(models.values(), key=lambda one: places.get(one.model, len(places)))
    return Changes(stated[0].since, stated[0].commit, tuple(told))
