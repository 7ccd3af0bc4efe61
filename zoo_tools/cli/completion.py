"""`zoo_tools completion`: what a shell offers when a command is being typed.

The shell calls the program with `_ZOO_TOOLS_COMPLETE` set, at every key: manifests are then read as text, never loaded.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import click
from click.shell_completion import CompletionItem, get_completion_class

from zoo_tools.errors import UsageError

VARIABLE = "_ZOO_TOOLS_COMPLETE"
"""What the shell sets; click derives it from the program's name."""
SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that makes SHELL complete commands, options, subjects and checks.

    Put it where the shell looks:

    bash: ~/.local/share/bash-completion/completions/zoo_tools

    zsh: _zoo_tools in a folder of fpath

    fish: ~/.config/fish/completions/zoo_tools.fish
    """
    from zoo_tools.cli import cli

    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"nothing is known of the shell {shell}", fix=f"choose one of: {', '.join(SHELLS)}")
    click.echo(made(cli, {}, "zoo_tools", VARIABLE).source())


class Offered(click.ParamType[str]):
    """A text of which a shell is offered the values that make sense."""

    name = "text"

    def __init__(self, offer: Callable[[click.Context, str], Iterator[str]]) -> None:
        self._offer = offer

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return what a shell offers."""
        return [CompletionItem(word) for word in self._offer(ctx, incomplete)]


def offer_values(command: click.Command) -> None:
    """Let the arguments and options of a command offer values, by the names commands give them."""
    for parameter in command.params:
        offer = OFFERS.get(parameter.name or "")
        if offer is not None and isinstance(parameter.type, click.types.StringParamType):
            parameter.type = Offered(offer)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            offer_values(inner)


def _subjects(ctx: click.Context, incomplete: str) -> Iterator[str]:
    """Offer models; of the only one that fits, its variants too, and of the only one of these its files."""
    root = _registry(ctx)
    model, *rest = incomplete.split("/")
    models = [one for one in _folders(root / "models") if one.startswith(model) and (not rest or one == model)]
    if not rest:
        yield from models
    if len(models) != 1:
        return
    variants = _variants(root / "models" / models[0] / "manifest.yaml")
    names = [one for one in variants if not rest or (one.startswith(rest[0]) and (len(rest) == 1 or one == rest[0]))]
    if len(rest) < 2:
        yield from (f"{models[0]}/{one}" for one in names)
    if rest and len(names) == 1:
        wanted = rest[1] if len(rest) > 1 else ""
        artifacts = (one for one in variants[names[0]] if one.startswith(wanted))
        yield from (f"{models[0]}/{names[0]}/{one}" for one in artifacts)


def _variants(manifest: Path) -> Mapping[str, list[str]]:
    """Read the ids of variants, and of the files of each, from a manifest as it is, valid or not."""
    from zoo_tools.registry.source import read_source

    source, _ = read_source(manifest, manifest.name)
    tree = None if source is None else source.plain()
    listed = tree.get("variants") if isinstance(tree, dict) else None
    found: dict[str, list[str]] = {}
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            artifacts = one.get("artifacts")
            files = [file for file in artifacts if isinstance(file, dict)] if isinstance(artifacts, list) else []
            found[str(one.get("id"))] = [str(file.get("id")) for file in files]
    return found


def _registry(ctx: click.Context) -> Path:
    from zoo_tools.cli.subjects import default_registry

    given = ctx.params.get("registry_folder")
    return given if isinstance(given, Path) else default_registry()


def _folders(folder: Path) -> list[str]:
    from zoo_tools.errors import UnavailableError
    from zoo_tools.registry.load import model_folders

    try:
        return model_folders(folder.parent)
    except UnavailableError:  # there is nothing to offer, and no place to say why
        return []


def _checks(_ctx: click.Context, incomplete: str) -> Iterator[str]:
    from zoo_tools.checks.explained import EXPLAINED

    yield from (check.id for check in EXPLAINED if check.id.startswith(incomplete))


def _engines(_ctx: click.Context, incomplete: str) -> Iterator[str]:
    from zoo_tools.domain.settings import EngineName

    yield from (name for name in get_args(EngineName) if name.startswith(incomplete))


def _formats(_ctx: click.Context, incomplete: str) -> Iterator[str]:
    from zoo_tools.report import FORMATS

    yield from (name for name in FORMATS if name.startswith(incomplete))


def _ids_in(folder: str) -> Callable[[click.Context, str], Iterator[str]]:
    def offer(ctx: click.Context, incomplete: str) -> Iterator[str]:
        files = sorted((_registry(ctx) / folder).glob("*.yaml"))
        yield from (path.stem for path in files if path.stem.startswith(incomplete))

    return offer


def _data(ctx: click.Context, incomplete: str) -> Iterator[str]:
    yield from (f"{id_}=" for id_ in _ids_in("datasets")(ctx, incomplete))


OFFERS: Mapping[str, Callable[[click.Context, str], Iterator[str]]] = {
    "subject": _subjects,
    "subjects": _subjects,
    "check": _checks,
    "engine": _engines,
    "engines": _engines,
    "formats": _formats,
    "data": _data,
    "board": _ids_in("boards"),
    "boards": _ids_in("boards"),
    "series": _ids_in("series"),
    "dataset": _ids_in("datasets"),
    "protocol": _ids_in("protocols"),
}
"""What to offer for an argument or option, by the name its command gives it."""
