"""The reference of commands, `docs/reference/cli.md`, made from the commands themselves.

The page is kept in the repository, as the JSON Schemas are, and a test holds it to the commands:
`python -m zoo_tools.cli.reference` writes it again.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from zoo_tools.cli import cli

PAGE: Final = Path("docs/reference/cli.md")
EXIT_CODES: Final = {
    0: "All passed, or what was asked for was done.",
    1: "Something is wrong with what was given: findings, other bytes, a broken file.",
    2: "The command was called with words it cannot act on.",
    3: "This machine lacks something: a network, a runtime, a file nobody gave. Nothing is proved.",
    4: "An error of zoo_tools itself. Please report it; `ZOO_TOOLS_DEBUG=1` shows where it happened.",
    130: "Broken off by the user.",
}
_HEAD = """# Commands

This page is made from the commands themselves. `zoo_tools COMMAND --help` says the same.

| exit code | means |
|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    codes = "".join(f"| {code} | {_cell(meaning)} |\n" for code, meaning in EXIT_CODES.items())
    context = click.Context(cli, info_name="zoo_tools")
    return _HEAD + codes + "".join(f"\n{part}" for part in _commands(cli, context, level=2))


def _commands(group: click.Group, context: click.Context, *, level: int) -> Iterator[str]:
    """Yield the section of each command of a group, and of the commands below it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, parent=context, info_name=name)
        yield _section(command, inner, level)
        if isinstance(command, click.Group):
            yield from _commands(command, inner, level=level + 1)


def _section(command: click.Command, context: click.Context, level: int) -> str:
    path = context.command_path
    pieces = " ".join([path, *command.collect_usage_pieces(context)])
    said = inspect.cleandoc(command.help or "").replace("\b\n", "").replace("<", "&lt;").strip()
    rows = "".join(_rows(command, context))
    table = f"\n| option | means |\n|---|---|\n{rows}" if rows else ""
    anchor = path.replace(" ", "-").replace("_", "-")
    return f"{'#' * level} {path} {{#{anchor}}}\n\n    {pieces}\n\n{said}\n{table}"


def _rows(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or isinstance(parameter, click.Argument) or "--help" in parameter.opts:
            continue  # arguments stand in the line above, and are told of in the text
        names, meaning = record
        yield f"| `{names}` | {_cell(meaning)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    click.echo(f"wrote {PAGE}")
