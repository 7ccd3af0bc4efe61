"""Stands in for the process that reads hostile files: its reader does what the file's first word says."""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.modelfile.children.plain_facts import FACTS
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.modelfile import child


def _spin() -> None:
    while True:
        pass


DEEDS: dict[str, Callable[[str], object]] = {
    "crash": lambda _: ctypes.string_at(0),
    "abort": lambda _: os.abort(),
    "exit": lambda _: sys.exit(3),
    "hang": lambda _: time.sleep(1000),
    "spin": lambda _: _spin(),
    "fill": lambda _: bytes(1 << 34),
    "open": lambda path: Path(path).read_bytes(),
    "write": lambda path: Path(path).write_bytes(b"x"),
    "run": os.system,
    "print": lambda _: os.write(1, b"\x00" * 1000),
}


def read(data: bytes, companions: Mapping[str, int]) -> ModelFacts:
    """Obey the file."""
    word, _, argument = data.decode().partition(" ")
    DEEDS.get(word, str)(argument)
    match word:
        case "broken":
            raise BrokenFileError("it is \x1b[31mred\nand more", fix="Do not.")
        case "unavailable":
            raise UnavailableError("it is too new", fix="Wait.")
        case "bug":
            raise KeyError("what")
        case "lie":
            return object.__new__(ModelFacts)
        case "companions":
            raise BrokenFileError(str(sorted(companions.items())))
    return FACTS


def missing(format: str) -> child.FormatReader:
    """Stand in for a format whose library is not installed."""
    raise ImportError("No module named 'onnx'")


def obeying(format: str) -> child.FormatReader:
    """Read every format alike."""
    return read


if __name__ == "__main__":
    if sys.argv[1:] == ["dead"]:
        sys.exit("nothing works here")
    child.main(missing if sys.argv[1:] == ["missing"] else obeying)
