"""`zoo_tools serve`: the site on this machine, following every edit of the registry and of docs/."""

from pathlib import Path

import click

from zoo_tools.cli.options import registry_option
from zoo_tools.cli.subjects import default_registry
from zoo_tools.errors import UsageError
from zoo_tools.site.preview import Preview
from zoo_tools.site.watched import Watched


class _Address(click.ParamType[tuple[str, int]]):
    name = "host:port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        host, colon, port = str(value).rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:
            self.fail(f"`{value}` is not written as HOST:PORT, such as 127.0.0.1:8000", param, ctx)
        return host, int(port)


@click.command("serve")
@click.option("--address", type=_Address(), default="127.0.0.1:8000", show_default=True, help="Where to serve.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/preview"),
    show_default=True,
    help="Folder of the preview; only this command may have written there.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON report of validate; without it, figures bear no mark that rests on a check.",
)
@registry_option
def command(address: tuple[str, int], *, out: Path, report: Path | None, registry_folder: Path | None) -> None:
    """Serve the site on this machine and build the pages that an edit changes.

    mkdocs.yml and docs/ are those beside the registry. A mistake in a manifest is said here in one sentence, and the
    old pages stay until it is mended.
    """
    root = registry_folder or default_registry()
    home = root.resolve().parent
    configuration, docs = home / "mkdocs.yml", home / "docs"
    if not configuration.is_file():
        raise UsageError(f"{configuration} is not there", fix="name a registry beside mkdocs.yml with --registry DIR")
    watched = Watched(root, out / "docs", docs=docs if docs.is_dir() else None, report=report)
    Preview(watched, configuration, out.resolve(), say=_say).run(*address)


def _say(line: str) -> None:
    click.echo(line, err=True)
