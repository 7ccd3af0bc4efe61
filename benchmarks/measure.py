"""Timing one function against a reference in alternation, so that the ratio survives another machine and a busy one."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Something to time, and the plain work it is a multiple of."""

    name: str
    run: Callable[[], object]
    """A whole number that it returns is its peak of memory, in KiB."""
    reference_name: str
    reference: Callable[[], object]
    count: int = 1
    """Things of one kind that a call works on; times are shown for one of them as well."""
    most_seconds: float | None = None
    """What a call may take, where that is a target."""
    most_ratio: float | None = None
    """How many times the reference's time it may take, where that is a target."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians over the rounds, in seconds, and the median of the rounds' ratios."""

    run: float
    reference: float
    ratio: float
    peak: int | None = None
    """Of memory, in KiB, where it is known."""

    def meets(self, benchmark: Benchmark) -> bool:
        """Tell whether the benchmark's targets are met; so they are where it has none."""
        return (benchmark.most_seconds is None or self.run <= benchmark.most_seconds) and (
            benchmark.most_ratio is None or self.ratio <= benchmark.most_ratio
        )


def measure(benchmark: Benchmark, rounds: int) -> Timing:
    """Time both functions `rounds` times in turn, after one round that only warms up."""
    peak = benchmark.run()
    benchmark.reference()
    pairs = [(_seconds(benchmark.run), _seconds(benchmark.reference)) for _ in range(rounds)]
    return Timing(
        run=median(run for run, _ in pairs),
        reference=median(reference for _, reference in pairs),
        ratio=median(run / reference for run, reference in pairs),
        peak=peak if isinstance(peak, int) else None,
    )


def _seconds(function: Callable[[], object]) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start
