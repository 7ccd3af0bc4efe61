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
    most_peak: int | None = None
    """KiB of memory it may take, where that is a target."""
    is_long: bool = False
    """Whether it is run once only, cold, because it takes a minute."""


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
            (benchmark.most_ratio is None or self.ratio <= benchmark.most_ratio)
            and (benchmark.most_peak is None or (self.peak is not None and self.peak <= benchmark.most_peak))
        )


def measure(benchmark: Benchmark, rounds: int) -> Timing:
    """Time both functions `rounds` times in turn, after one round that only warms up."""
    if benchmark.is_long:
        rounds = 1
    else:
        benchmark.run()
    benchmark.reference()
    timed = [(_seconds(benchmark.run), _seconds(benchmark.reference)[0]) for _ in range(rounds)]
    pairs = [(run, reference) for (run, _), reference in timed]
    peaks = [peak for (_, peak), _ in timed if isinstance(peak, int)]
    return Timing(
        run=median(run for run, _ in pairs),
        reference=median(reference for _, reference in pairs),
        ratio=median(run / reference for run, reference in pairs),
        peak=max(peaks, default=None),
    )


def _seconds(function: Callable[[], object]) -> tuple[float, object]:
    start = perf_counter()
    answer = function()
    return perf_counter() - start, answer
