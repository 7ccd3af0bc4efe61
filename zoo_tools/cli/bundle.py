"""`zoo_tools bundle`: the whole site as one zip that is opened without a server."""

from pathlib import Path

import click

from zoo_tools.cli.options import open_registry, registry_option
from zoo_tools.errors import UsageError
from zoo_tools.site.bundle import FOLDER, make_bundle, write_bundle
from zoo_tools.site.checked import read_report


@click.command("bundle")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("build/site/zoo-offline.zip"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON report of validate; without it, figures bear no mark that rests on a check.",
)
@registry_option
def command(out: Path, *, report: Path | None, registry_folder: Path | None) -> None:
    """Pack the whole site into one zip that is opened without a server, search included.

    mkdocs.offline.yml and docs/ are those beside the registry.
    """
    registry = open_registry(registry_folder)
    home = registry.root.resolve().parent
    configuration, docs = home / "mkdocs.offline.yml", home / "docs"
    if not configuration.is_file():
        fix = "name a registry beside mkdocs.offline.yml with --registry DIR"
        raise UsageError(f"{configuration} is not there", fix=fix)
    checked = read_report(report) if report is not None else None
    content = make_bundle(registry, checked, docs=docs if docs.is_dir() else None, configuration=configuration)
    write_bundle(content, out)
    click.echo(f"{out}: {len(content) / 1024 / 1024:.1f} MiB; unpack it and open {FOLDER}/index.html")
