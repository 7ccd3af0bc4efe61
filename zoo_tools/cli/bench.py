"""`zoo_tools bench`: how long a model takes on this machine, engine by engine, and that as a figure of its manifest."""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_args

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from zoo_tools.checks.engines import is_installed
from zoo_tools.checks.subjects import Skip
from zoo_tools.cli.detecting import ChosenDetector, choose_detector
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option, source_options
from zoo_tools.confinement.limits import DEFAULT_LIMITS
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.settings import SETTINGS, Delegate, EngineName, Setting
from zoo_tools.errors import ModelRunError, UnavailableError, UsageError
from zoo_tools.exchange.yaml_text import Flow, FlowList, Tree, yaml_text
from zoo_tools.inference.detector import Detector
from zoo_tools.inference.engines import INSTALL
from zoo_tools.inference.environment import cpu_class, cpu_name
from zoo_tools.inference.image import read_image
from zoo_tools.inference.timing import Times
from zoo_tools.registry.load import Registry

_TOOLS = {"torch": "pytorch", "tflite-runtime": "tensorflow-lite"}
"""Tools of the registry by what the runtime calls itself, where that is another name."""
_CPU_SECONDS = 24 * 3600
"""A slow model run a thousand times is no fault; the wall clock of `Worker.time` ends one that hangs."""


@dataclass(frozen=True, slots=True)
class How:
    """How often, and by how many threads."""

    runs: int
    warmup: int
    threads: int


@dataclass(frozen=True, slots=True)
class Timed:
    """One engine's times."""

    setting: Setting
    environment: RunEnvironment
    times: Times

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object; times in milliseconds."""
        return {
            **self.environment.model_dump(exclude={"cpu_class"}),
            "median_ms": self.times.median_ms, "p90_ms": self.times.p90_ms, "least_ms": self.times.least_ms,
            "runs": len(self.times.seconds), "peak_bytes": self.times.peak_bytes,
        }  # fmt: skip


@click.command("bench")
@click.argument("subject")
@click.option("--engine", type=click.Choice(get_args(EngineName)), help="Runtime; by default every installed one.")
@click.option(
    "--delegate", type=click.Choice(get_args(Delegate)), help="Delegate of LiteRT; by default with and without."
)
@click.option("--runs", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Runs that count.")
@click.option("--warmup", type=click.IntRange(1, 10_000), default=5, show_default=True, help="Runs before these.")
@click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True, help="Threads of the runtime.")
@click.option("--board", metavar="ID", help="Board of the figure; by default the one for PCs of this architecture.")
@click.option("--by", default="the maintainers", show_default=True, help="Who measures, for the evidence.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@source_options
@registry_option
def command(
    subject: str,
    *,
    engine: EngineName | None,
    delegate: Delegate | None,
    runs: int,
    warmup: int,
    threads: int,
    board: str | None,
    by: str,
    as_json: bool,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> int:
    """Measure how long SUBJECT (model/variant/artifact) takes on this machine.

    Timed are bare runs in the worker: no decoding of pictures, no suppression of boxes. Below the table stands the
    fastest as a figure with its evidence, ready for the manifest.
    """
    registry = open_registry(registry_folder)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    chosen = choose_detector(registry, subject, fetcher, engine=None, delegate="none")
    settings = _settings(chosen.subject.artifact.format, engine, delegate)
    picture, shown = _picture(chosen)
    how = How(runs, warmup, threads)
    timed, faults = _timed(chosen, settings, picture, how)
    report = Report(chosen, timed, how, shown, board or _own_board(), by)
    if as_json:
        click.echo(json.dumps(report.to_json(faults), indent=1))
    else:
        report.show(Console(), registry)
    for fault in faults:
        click.echo(f"zoo_tools: {fault.message}", err=True)
    return 1 if faults else 0


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured, and on what."""

    chosen: ChosenDetector
    timed: Sequence[Timed]
    how: How
    shown: str
    """The picture that was run."""
    board: str
    by: str

    @property
    def host(self) -> str:
        """The machine in one line."""
        return f"{cpu_name()}, {cpu_class()}, {_system()}"

    def to_json(self, faults: Sequence[ModelRunError]) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "subject": self.chosen.subject.name,
            "artifact_sha256": self.chosen.runnable.sha256,
            "host": {"cpu": cpu_name(), "cpu_class": cpu_class(), "system": _system()},
            "input": self.shown,
            "threads": self.how.threads,
            "warmup": self.how.warmup,
            "engines": [one.to_json() for one in self.timed],
            "failed": [fault.message for fault in faults],
            "yaml": self.yaml(),
        }

    def show(self, console: Console, registry: Registry) -> None:
        """Print a table, and the figure as YAML."""
        how = f"{_count(self.how.threads, 'thread')}, {_count(self.how.warmup, 'warm-up run')}"
        for line in (self.chosen.subject.name, self.host, f"{self.shown}, {how}"):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("engine", "version", "delegate"):
            table.add_column(heading, no_wrap=True)
        for heading in ("median ms", "p90 ms", "min ms", "runs", "peak MiB"):
            table.add_column(heading, justify="right", no_wrap=True)
        for one in self.timed:
            ms = (one.times.median_ms, one.times.p90_ms, one.times.least_ms)
            peak = f"{one.times.peak_bytes / (1 << 20):.0f}" if one.times.peak_bytes else "?"
            table.add_row(
                one.environment.engine, one.environment.version, one.environment.delegate, *map(_digits, ms),
                str(len(one.times.seconds)), peak,
            )  # fmt: skip
        console.print(table)
        click.echo(f"\n{self.yaml()}")
        for lack in self._lacks(registry):
            click.echo(f"zoo_tools: {lack}", err=True)

    def yaml(self) -> str:
        """Return the fastest as YAML: a latency for the variant, and its evidence for the manifest."""
        best = self._best
        variant, artifact = self.chosen.subject.variant, self.chosen.subject.artifact
        evidence, tool = f"bench-{variant.id}-{artifact.id}".replace("_", "-"), _tool(best.environment)
        latency: dict[str, Tree] = {
            "artifact": artifact.id, "board": self.board, "engine": "cpu", "cores": self.how.threads,
            "ms": Decimal(_digits(best.times.median_ms)), "tools": FlowList([tool]), "evidence": evidence,
        }  # fmt: skip
        words = f"zoo_tools bench {self.chosen.subject.name} --engine {best.setting.engine}"
        words += f" --delegate {best.setting.delegate}"
        words += f" --threads {self.how.threads} --runs {self.how.runs} --warmup {self.how.warmup}"
        measured: dict[str, Tree] = {
            "kind": "measured",
            "by": self.by,
            "date": date.today(),
            "tools": FlowList([tool]),
            "host": self.host,
            "artifact_sha256": self.chosen.runnable.sha256,
            "environment": Flow(best.environment.model_dump()),
            "command": words,
        }
        return f"# `latencies` belongs to the variant {variant.id}, `evidence` to the manifest.\n" + yaml_text(
            {"latencies": [Flow(latency)], "evidence": {evidence: measured}}
        ).rstrip("\n")

    @property
    def _best(self) -> Timed:
        return min(self.timed, key=lambda one: one.times.median_ms)

    def _lacks(self, registry: Registry) -> list[str]:
        """Say what the figure mentions that the registry does not describe."""
        environment = self._best.environment
        tool = _tool(environment).partition(" ")[0]
        entry = registry.tools.get(tool)
        lacks = []
        if self.board not in registry.boards:
            lacks.append(f"The registry describes no board `{self.board}`: name one with --board, or describe it.")
        if entry is None or environment.version not in [one.version for one in entry.value.versions]:
            lacks.append(f"The registry describes no `{_tool(environment)}`: add it to registry/tools/{tool}.yaml.")
        return lacks


def _settings(format: str, engine: EngineName | None, delegate: Delegate | None) -> list[Setting]:
    """Return the settings that are timed: those asked for, or all whose runtime is installed."""
    known = SETTINGS[format]
    wanted = [one for one in known if engine in (None, one.engine) and delegate in (None, one.delegate)]
    if not wanted:
        raise UsageError(f"{format} files are not run so", fix=f"choose one of {', '.join(map(str, known))}")
    found = [one for one in wanted if engine is not None or is_installed(one.engine)]
    if not found:
        name = wanted[0].engine
        raise UnavailableError(f"{name} is not installed", fix=f"install it: {INSTALL[name]}")
    return found


def _picture(chosen: ChosenDetector) -> tuple[NDArray[np.uint8], str]:
    """Return what is run: the picture of a golden case where it can be had, else noise; and its name."""
    context, subject = chosen.context, chosen.subject
    for case in (*context.golden_of(subject), *context.goldens_beside(subject)):
        try:
            return read_image(context.picture(case.case.image)), f"picture {case.case.image}"
        except (Skip, UnavailableError):
            continue
    width, height = chosen.input_size
    noise = np.random.Generator(np.random.PCG64(0)).integers(0, 256, (height, width, 3), np.uint8)
    return noise, "noise (no golden picture is at hand)"


def _timed(
    chosen: ChosenDetector, settings: Sequence[Setting], picture: NDArray[np.uint8], how: How
) -> tuple[list[Timed], list[ModelRunError]]:
    """Time each setting; a model that one engine cannot run may still be run by another.

    Raises:
        ModelRunError: none can run it.
    """
    limits = replace(DEFAULT_LIMITS, cpu_seconds=_CPU_SECONDS)
    timed, faults = [], []
    for setting in settings:
        try:
            with (
                Console(stderr=True).status(f"{setting}: {how.warmup} + {how.runs} runs"),
                Detector(chosen.runnable, setting, threads=how.threads, limits=limits) as detector,
            ):
                times = detector.time(detector.prepared(picture), warmup=how.warmup, runs=how.runs)
                timed.append(Timed(setting, detector.environment, times))
        except ModelRunError as error:
            faults.append(error)
    if not timed:
        raise faults[0]
    return timed, faults


def _tool(environment: RunEnvironment) -> str:
    return f"{_TOOLS.get(environment.engine, environment.engine)} {environment.version}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _digits(ms: float) -> str:
    """Return three significant digits: what a second measurement bears out."""
    return format(Decimal(f"{ms:#.3g}"), "f")


def _own_board() -> str:
    """Return the id that the registry gives PCs of this architecture."""
    word = cpu_class().partition("+")[0].removesuffix("-unknown")
    return "host-x86-64" if word.startswith("x86-64") else f"host-{word}"


def _system() -> str:
    """Return the operating system."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}".strip()
