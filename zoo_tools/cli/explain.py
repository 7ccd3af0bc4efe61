"""`zoo_tools explain`: the docs of a check."""

import inspect

import click

from zoo_tools.checks.explained import EXPLAINED
from zoo_tools.cli.subjects import nearest
from zoo_tools.errors import UsageError


@click.command("explain")
@click.argument("check", required=False)
def command(check: str | None) -> None:
    """Show what CHECK asks, why, and how to fix what it finds; without one, list all checks."""
    known = {one.id: one for one in EXPLAINED}
    if check is None:
        width = max(len(id_) for id_ in known)
        for one in EXPLAINED:
            click.echo(f"{one.id:<{width}}  {one.level.value:<6}  {one.question}")
        return
    if check not in known:
        meant = nearest(check, known)
        fix = f"write `{meant}`" if meant else "run `zoo_tools explain` for the list"
        raise UsageError(f"there is no check `{check}`", fix=fix)
    one = known[check]
    click.echo(f"{one.id}  (level {one.level.value})\n\n{inspect.cleandoc(one.doc)}")
