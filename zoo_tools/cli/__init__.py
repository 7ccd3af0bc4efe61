"""The command line: one module per command, imported only when the command is chosen."""

import difflib
import errno
import importlib
import os
import sys

import click

from zoo_tools import __version__
from zoo_tools.errors import UsageError, ZooToolsError

COMMANDS = {
    "validate": "Prove manifests: check them, their files and a run of the actual models.",
    "merge": "Join reports of shards, or write a report in other formats.",
    "fetch": "Download models by their sha256.",
    "new": "Draft a manifest from model files, or a picture's file from a picture.",
    "pin": "See an unpinned file once, and write down which bytes it was.",
    "cache": "List, verify and clean the files kept on this machine.",
    "render": "Write the pages of the site: cards, tables, checks.",
    "serve": "Show the site on this machine, following every edit.",
    "bundle": "Pack the site into one file that needs no server.",
    "find": "Pick models by board, memory, time and accuracy.",
    "show": "Show one card in the terminal.",
    "predict": "Show what a model detects in pictures.",
    "evaluate": "Compute a model's average precision on labelled pictures.",
    "bench": "Measure how long a model takes on this machine, engine by engine.",
    "golden": "Record or compare what a model detects.",
    "inspect": "Show what a model file holds, without running it.",
    "explain": "Show what a check asks, why, and how to fix what it finds.",
    "fmt": "Bring registry files into the one form; comments and values stay.",
    "schema": "Print the JSON Schema of manifests, for editors.",
    "completion": "Print the script that makes a shell complete commands and names.",
    "import": "Read other people's model cards into a manifest draft.",
}
"""Commands and their one-line help, so that `--help` imports none of them; each is a module of this package."""

_OF_THE_MACHINE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE}
)
"""What a system says of a place that cannot be read or written, or is full; everything else is a bug."""


class _Commands(click.Group):
    """Finds commands by name and imports only the one that is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"zoo_tools.cli.{cmd_name.replace('import', 'import_')}")
        command = module.command
        if "_ZOO_TOOLS_COMPLETE" in os.environ:  # a shell asks what could be typed
            importlib.import_module("zoo_tools.cli.completion").offer_values(command)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        given = args[0] if args else ""
        if given and not given.startswith("-") and given not in COMMANDS:
            nearest = difflib.get_close_matches(given, COMMANDS, n=1, cutoff=0.4)
            fix = f"write `{nearest[0]}`" if nearest else f"choose one of: {', '.join(COMMANDS)}"
            raise UsageError(f"there is no command `{given}`", fix=fix)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="zoo_tools")
def cli() -> None:
    """A model zoo whose every number says who measured it, on which bytes, and whether the file proves it."""


def main() -> None:
    """Run the command line; every error is one sentence and an exit code."""
    try:
        code = cli.main(prog_name="zoo_tools", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except ZooToolsError as error:
        _complain(error.message, error.fix)
        code = error.exit_code
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("zoo_tools"):
            raise
        _complain(f"this command needs {error.name}, which is not installed", "run: pip install 'zoo_tools[all]'")
        code = 3
    except BrokenPipeError:
        # The reader of a pipe has gone; nothing is left to say, and the interpreter must not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if os.environ.get("ZOO_TOOLS_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            _complain(
                f"{error.filename or 'a file'} cannot be used: {error.strerror}", "see to its rights, or make room"
            )
            sys.exit(3)
        _complain(
            f"internal error: {type(error).__name__}: {error}",
            "please report it; ZOO_TOOLS_DEBUG=1 shows where it happened",
        )
        code = 4
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str, fix: str | None) -> None:
    click.echo(f"zoo_tools: {_sentence(message)}", err=True)
    if fix:
        click.echo(f"  → {_sentence(fix[:1].upper() + fix[1:])}", err=True)


def _sentence(text: str) -> str:
    """Return a text with one full stop and without what would move a terminal's cursor or colour it."""
    inert = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    inert = inert.replace("##[", "##\\[")  # a command to older runners of CI services, wherever it stands in a line
    return inert if inert.endswith((".", "!", "?")) else f"{inert}."
