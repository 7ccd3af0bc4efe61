"""Options that several commands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from zoo_tools.cli.subjects import default_registry
from zoo_tools.fetch import Cache, Fetcher, HeldFiles, HostRules, Progress, mirror_at
from zoo_tools.registry.load import Registry, load_registry

F = TypeVar("F", bound=Callable[..., object])


class _Place(click.ParamType[str]):
    """A folder or address; the environment names one, which may hold spaces."""

    name = "place"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return [rv]


def registry_option(function: F) -> F:
    """Add `--registry DIR`."""
    return click.option(
        "--registry",
        "registry_folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="Registry folder; default: registry/ of the current repository.",
    )(function)


def source_options(function: F) -> F:
    """Add the options that say where files may come from."""
    for option in (
        click.option(
            "--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]",
            help="Trust one more host; also allows http and this machine's own addresses there.",
        ),
        click.option("--offline", is_flag=True, help="Make no request; use the cache and mirror folders only."),
        click.option(
            "--mirror", "mirrors", multiple=True, type=_Place(), metavar="DIR_OR_URL", envvar="ZOO_TOOLS_MIRROR",
            help="Look here first: a folder or https url laid out <sha256>/<filename>.  [env: ZOO_TOOLS_MIRROR]",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def open_registry(folder: Path | None) -> Registry:
    """Load the registry a command works on."""
    return load_registry(folder or default_registry())


def make_fetcher(
    registry: Registry, mirrors: Sequence[str], *, offline: bool, allow_hosts: Sequence[str], progress: Progress | None
) -> Fetcher:
    """Build the fetcher a command downloads with."""
    return Fetcher(
        Cache(),
        mirrors=[HeldFiles.of(registry), *(mirror_at(place) for place in mirrors)],
        offline=offline,
        hosts=HostRules.of(registry.hosts, allow_hosts),
        progress=progress,
    )
