"""Git as a program. What it prints is somebody else's text: no shell, no pager, no network, never more than a bound."""

import os
import re
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Timer

from zoo_tools.errors import UnavailableError

MAX_LISTING = 64 * 1024 * 1024
"""Bytes of a list of files."""
_SECONDS = 60.0
_OBJECT = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_OF_A_HOOK = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""Set while git runs a hook, and about another folder than the registry's."""
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
}


def git(root: Path, *arguments: str, limit: int = 4096, stderr: int = DEVNULL) -> tuple[int, bytes]:
    """Call git in a folder.

    Args:
        root: the folder.
        arguments: the command and its words.
        limit: bytes of output.
        stderr: where its complaints go.

    Returns:
        Its exit code, and at most one byte more than `limit` of what it printed; it is ended when it prints more.

    Raises:
        UnavailableError: it cannot be run, or does not answer.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK} | _SETTINGS
    command = ["git", "--no-pager", "--no-replace-objects", "-c", "core.fsmonitor=false", *arguments]
    try:
        process = Popen(command, cwd=root, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=stderr)
    except OSError as error:
        message = f"earlier revisions are asked of git, which cannot be run: {error.strerror}"
        raise UnavailableError(message, fix="install git, or run without --base and --changed-since") from None
    timer = Timer(_SECONDS, process.kill)
    with process:
        timer.start()
        try:
            assert process.stdout is not None  # it is piped
            data = process.stdout.read(limit + 1)
            if len(data) > limit:
                process.kill()
            code = process.wait()
        finally:
            process.kill()
            timer.cancel()
    if code < 0 and len(data) <= limit:
        raise UnavailableError(f"git was ended, or gave no answer within {_SECONDS:g} seconds", fix="try again")
    return code, data


def object_named(root: Path, *arguments: str) -> str | None:
    """Return the one object that git names; None where it names none."""
    code, said = git(root, *arguments)
    name = said.strip()
    return name.decode("ascii") if code == 0 and _OBJECT.fullmatch(name) else None


def listing(root: Path, *arguments: str, what: str) -> list[bytes]:
    """Return what git lists, divided by zero bytes.

    Raises:
        UnavailableError: it cannot, or there is too much of it.
    """
    code, said = git(root, *arguments, limit=MAX_LISTING)
    if code != 0 or len(said) > MAX_LISTING:
        raise UnavailableError(f"git cannot list {what}", fix="fetch that commit with all its folders")
    return said.removesuffix(b"\0").split(b"\0") if said else []


def sentence(said: bytes) -> str:
    """Return the first line of a message, in letters that cannot do harm."""
    line = said.decode("utf-8", "replace").strip().split("\n")[0][:200]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
