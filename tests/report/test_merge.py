"""Shares of a run give the report of the whole run; what does not belong together gives none."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report.changes import Changes, ModelChange, Selection, Shard
from zoo_tools.report.file_format import parse_run
from zoo_tools.report.json_report import json_report
from zoo_tools.report.merge import MissingShardError, ShardsError, merged
from zoo_tools.report.run import Run

SHARED = [
    Outcome("schema", "static", "boards/b", Status.PASSED),
    Outcome("references-resolve", "static", "boards/b", Status.PASSED),
]


def of_model(model: str) -> list[Outcome]:
    error = Finding("ram-total", Severity.ERROR, f"{model}/v/a#r", "x", "y", Location("f", 1, 1))
    return [
        Outcome("schema", "static", model, Status.PASSED),
        Outcome("ram-total", "static", f"{model}/v/a#r", Status.FAILED, [error]),
        Outcome("golden-raw", "run", f"{model}/v/a@p", Status.SKIPPED, reason="no runtime"),
    ]


def share(number: int, of: int, models: list[str], own: list[str]) -> Run:
    parts = [*(SHARED if number == 1 else []), *(one for model in own for one in of_model(model))]
    change = Changes("main", "c" * 40, tuple(ModelChange(model, "changed") for model in own))
    chosen = Selection("main", "c" * 40, (), 9)
    manifests = {model: f"{len(model):064}" for model in own}
    return Run("run", parts, 1.0, manifests, chosen, change, Shard(number, of, tuple(models), "digest"))


def of_two() -> list[Run]:
    return [share(1, 2, ["a", "b"], ["b"]), share(2, 2, ["a", "b"], ["a"])]


@given(places=st.lists(st.integers(0, 3), min_size=1, max_size=9), order=st.permutations(range(4)))
def test_any_division_gives_the_whole_run(places: list[int], order: list[int]) -> None:
    models = [f"m{n}" for n in range(len(places))]
    runs = [share(n + 1, 4, models, [m for m, p in zip(models, places, strict=True) if p == n]) for n in range(4)]
    read = [parse_run(json_report(runs[place]).encode(), "r") for place in order]
    run = merged(read)
    whole = parse_run(json_report(share(1, 1, models, models)).encode(), "r")
    assert list(run.outcomes()) == list(whole.outcomes())
    assert (run.summary, run.exit_code, run.manifests) == (whole.summary, whole.exit_code, whole.manifests)
    assert list(run.manifests) == models
    assert run.seconds == 4.0
    assert run.shard is None
    assert run.changes is not None
    assert {one.model for one in run.changes.models} == set(models)


def test_a_single_report_is_itself() -> None:
    run = Run("static", SHARED, 1.0)
    assert merged([run]) is run


def test_a_missing_share_is_named() -> None:
    runs = [share(n, 5, ["a"], []) for n in (1, 4)]
    with pytest.raises(MissingShardError, match=r"share 2, 3, 5 of 5 is missing") as caught:
        merged(runs)
    assert caught.value.exit_code == 3


def other(change: Callable[[Run], Run]) -> list[Run]:
    first, second = of_two()
    return [first, change(second)]


def with_shard(change: Callable[[Shard], Shard]) -> Callable[[Run], Run]:
    def changed(run: Run) -> Run:
        assert run.shard is not None
        return replace(run, shard=change(run.shard))

    return changed


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([], "no shares of one run"),
        ([Run("static", SHARED, 1.0), Run("static", SHARED, 1.0)], "no shares of one run"),
        ([*of_two(), Run("run", SHARED, 1.0)], "no shares of one run"),
        ([*of_two(), of_two()[1]], "share 2 of 2 is there more than once"),
        (other(with_shard(lambda one: replace(one, number=3))), "share 3 of 2"),
        (other(with_shard(lambda one: replace(one, number=0))), "share"),
        (other(with_shard(lambda one: replace(one, of=3))), "another number of shares"),
        (other(with_shard(lambda one: replace(one, registry="x"))), "another registry"),
        (other(with_shard(lambda one: replace(one, models=("b", "a")))), "saw other models"),
        (other(lambda run: replace(run, level="static")), "another level"),
        (other(lambda run: replace(run, tool="zoo_tools 9")), "another version"),
        (other(lambda run: replace(run, selection=None)), "other changes"),
        (other(lambda run: replace(run, changes=Changes("main", "d" * 40, ()))), "different commits"),
        (other(lambda run: replace(run, manifests={"b": "0" * 64})), "two shares have checked b"),
        (other(lambda run: replace(run, manifests={"z": "0" * 64})), "checked z, which is not in its list"),
        (other(lambda run: replace(run, parts=of_model("b"))), "two shares have checked b"),
        (other(lambda run: replace(run, parts=SHARED)), "two shares have checked what models share"),
        (
            other(lambda run: replace(run, changes=Changes("main", "c" * 40, (ModelChange("b", "added"),)))),
            "different changes of b",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(runs: list[Run], said: str) -> None:
    with pytest.raises(ShardsError, match=said) as caught:
        merged(runs)
    assert caught.value.exit_code == 2
    assert caught.value.fix
