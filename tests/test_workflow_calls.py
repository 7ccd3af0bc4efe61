"""What workflows, the action, hooks and the Makefile call exists: every command, option and format."""

import re
from collections.abc import Iterator

import click
import pytest

from tests.conftest import REPOSITORY
from tests.test_workflows import ACTION, WORKFLOWS, steps
from zoo_tools.cli import cli
from zoo_tools.report import FORMATS


def _commands(text: str) -> Iterator[list[str]]:
    """Yield the calls of zoo_tools in a script, as lists of words."""
    text = re.sub(r"\$\{BASE:\+([^}]*)\}", r"\1", text.replace("\\\n", " "))
    for call in re.findall(r"(?m)(?:^|/|-m )zoo_tools\"? +([a-z].*)", text):
        yield [word.strip("\"'") for word in re.split(r"\|\||[;|&>)]", call)[0].split()]


CALLS = [
    (place.name, words)
    for place in (*WORKFLOWS, ACTION, REPOSITORY / "Makefile", REPOSITORY / ".pre-commit-hooks.yaml")
    for words in _commands(
        place.read_text(encoding="utf-8")
        if place.name == "Makefile"
        else "\n".join(str(step.get("run", "")) for step in steps(place))
        if place.suffix == ".yml"
        else "\n".join(re.findall(r"entry: (.*)", place.read_text(encoding="utf-8")))
    )
]


def test_calls_are_found() -> None:
    assert {(place, words[0]) for place, words in CALLS} >= {
        ("action.yml", "fetch"), ("action.yml", "validate"), ("comment.yml", "merge"),
        (".pre-commit-hooks.yaml", "validate"), (".pre-commit-hooks.yaml", "fmt"),
    }  # fmt: skip


@pytest.mark.parametrize(("place", "words"), CALLS, ids=lambda one: one if isinstance(one, str) else one[0])
def test_every_option_that_a_script_gives_exists(place: str, words: list[str]) -> None:
    with click.Context(cli) as context:
        command = cli.get_command(context, words[0])
    assert command is not None, (place, words)
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert [word for word in words[1:] if word.startswith("-") and word.partition("=")[0] not in known] == []
    formats = [words[at + 1].partition("=")[0] for at, word in enumerate(words) if word == "--format"]
    assert set(formats) <= set(FORMATS)
