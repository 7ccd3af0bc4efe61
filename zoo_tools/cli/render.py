"""`zoo_tools render`: write the pages of the site."""

import gc
from pathlib import Path

import click

from zoo_tools.cli.options import open_registry, registry_option
from zoo_tools.site.checked import read_report
from zoo_tools.site.render import RenderResult, render

SHOWN = 20
"""Changed pages named by `--check`."""


@click.command("render")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/docs"),
    show_default=True,
    help="Folder of the pages; only render may have written there.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON report of validate; without it, figures bear no mark that rests on a check.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a page would change.")
@registry_option
def command(out: Path, *, report: Path | None, check: bool, registry_folder: Path | None) -> int:
    """Write the pages of the site: home, cards, comparison table, checks, figures and trust.

    Hand-written pages of docs/, beside the registry, are copied in; `mkdocs build` makes the site of them.
    """
    # A registry and its pages are millions of small objects in no cycle, which the collector would walk ever again.
    gc.set_threshold(1_000_000, 20, 1000)
    registry = open_registry(registry_folder)
    docs = registry.root.resolve().parent / "docs"
    checked = read_report(report) if report is not None else None
    result = render(registry, checked, out=out, docs=docs if docs.is_dir() else None, check=check)
    _say(result, check=check)
    return 1 if check and not result.is_current else 0


def _say(result: RenderResult, *, check: bool) -> None:
    changes = result.changes
    if not check:
        counts = f"{len(changes.written)} written, {len(changes.removed)} removed, {changes.unchanged} unchanged"
        click.echo(f"{result.out}: {result.pages} generated pages; {counts}")
        return
    for name in changes.written[:SHOWN]:
        click.echo(f"would write {result.out / name}")
    for name in changes.removed[:SHOWN]:
        click.echo(f"would remove {result.out / name}")
    more = len(changes.written) + len(changes.removed) - 2 * SHOWN
    if more > 0:
        click.echo(f"and about {more} more")
    click.echo("current" if result.is_current else "not current: run `zoo_tools render`")
