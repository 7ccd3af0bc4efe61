"""`python -m benchmarks [NAME...]`: times the named parts and prints each as a multiple of plain work of the same size.

A new benchmark is one line in `benchmarks`.
"""

import argparse
import subprocess
import sys
from collections import deque
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from benchmarks.compare import compare_benchmarks
from benchmarks.decoding import decoding_benchmarks
from benchmarks.evaluation import evaluation_benchmarks
from benchmarks.fetch import fetch_benchmarks
from benchmarks.measure import Benchmark, Timing, measure
from benchmarks.run import run_benchmarks
from benchmarks.site import site_benchmarks
from benchmarks.static import static_benchmarks
from zoo_tools.registry.source import parse_source

MODELS = 1000
REGISTRY = Path(__file__).resolve().parent.parent / "registry"


def benchmarks(folder: Path, *, models: int) -> list[Benchmark]:
    """Every benchmark that has its input here; `folder` is empty and may be filled."""
    texts = [path.read_bytes() for path in sorted(REGISTRY.rglob("*.yaml"))]
    parse = Benchmark("parse-registry", partial(_parse, texts), "its YAML events", partial(_events, texts))
    start = Benchmark("start", partial(_python, "import zoo_tools.cli"), "an empty Python", partial(_python, "pass"))
    static, fetch = static_benchmarks(folder, models=models), fetch_benchmarks(folder)
    return [
        *([parse] if texts else []),
        start,
        *static,
        *fetch,
        *run_benchmarks(),
        *decoding_benchmarks(),
        *evaluation_benchmarks(),
        *compare_benchmarks(folder),
        *site_benchmarks(folder),
    ]


def _parse(texts: list[bytes]) -> None:
    for text in texts:
        parse_source(text, "manifest.yaml")


def _events(texts: list[bytes]) -> None:
    for text in texts:
        deque(YAML(typ="safe", pure=True).parse(text), maxlen=0)


def _python(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)


def main() -> None:
    """Time the benchmarks named, or all."""
    with TemporaryDirectory(prefix="zoo-benchmarks-") as folder:
        _main(Path(folder))


def _main(folder: Path) -> None:
    known = {benchmark.name: benchmark for benchmark in benchmarks(folder, models=MODELS)}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time parts of zoo_tools.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to time: {', '.join(known)} (default: all)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds per benchmark (default: 7)")
    parser.add_argument(
        "--models", type=int, default=MODELS, help=f"models of the generated registry (default: {MODELS})"
    )
    chosen = parser.parse_args()
    known = {benchmark.name: benchmark for benchmark in benchmarks(folder, models=chosen.models)}
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(known)}")
    if chosen.rounds < 1 or chosen.models < 1:
        parser.error("--rounds and --models are at least 1")
    table = Table("benchmark", "time", "each", "reference", "its time", "ratio", "target", "peak")
    for name in chosen.names or known:
        timing = measure(known[name], chosen.rounds)
        table.add_row(
            name, _milliseconds(timing.run), _each(timing.run, known[name].count), known[name].reference_name,
            _milliseconds(timing.reference), f"{timing.ratio:.2f}", _target(known[name], timing),
            f"{timing.peak / 1024:.0f} MiB" if timing.peak else "",
        )  # fmt: skip
    console = Console()
    # A pipe has no width of its own; names must not be cut there.
    (console if console.is_terminal else Console(width=120)).print(table)


def _each(seconds: float, count: int) -> str:
    return f"{seconds / count * 1000:.2f} ms of {count}" if count > 1 else ""


def _target(benchmark: Benchmark, timing: Timing) -> str:
    limits = [_milliseconds(benchmark.most_seconds)] if benchmark.most_seconds is not None else []
    limits += [f"x {benchmark.most_ratio:g}"] if benchmark.most_ratio is not None else []
    limits += [f"{benchmark.most_peak // 1024} MiB"] if benchmark.most_peak is not None else []
    return f"{', '.join(limits)}: {'met' if timing.meets(benchmark) else 'MISSED'}" if limits else ""


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
