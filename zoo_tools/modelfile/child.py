"""The process that reads hostile files with native libraries: `python -m zoo_tools.modelfile.child`.

Started by `confined.Reader` and by nobody else. Messages: `start` in, `ready` out (the library is loaded); then for
each `read` in one `facts` or `fault` out. While a library looks at a file, no further file can be opened: whatever
other file it names, on purpose or not, stays closed.
"""

import codecs
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np

from zoo_tools.confinement import wire
from zoo_tools.confinement.isolation import Channel, confine, end_after
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError, UnavailableError

_CODECS = ("ascii", "cp437", "latin-1", "utf-8", "utf-16", "utf-32")
"""What libraries decode names with, and Python otherwise loads from files when it is asked for."""

FormatReader = Callable[[bytes, Mapping[str, int]], ModelFacts]
"""Takes a file's bytes, and the sizes of its companions by name."""


def reader_of(format: str) -> FormatReader:
    """Import what reads a format.

    Raises:
        ImportError: its library is not installed.
    """
    match format:
        case "onnx":
            from zoo_tools.modelfile.onnx_format import read_onnx

            return read_onnx
        case "keras-h5":
            from zoo_tools.modelfile.keras_format import read_keras_h5

            return read_keras_h5
        case "keras":
            from zoo_tools.modelfile.keras_format import read_keras_zip

            return read_keras_zip
    raise ValueError(f"{format} files are not read here")


def main(load: Callable[[str], FormatReader] = reader_of) -> None:
    """Serve files of one format until the parent closes the pipe.

    Args:
        load: imports what reads a format.
    """
    channel = Channel()
    start = wire.decode(channel.read, max_bytes=0)
    limits = WorkerLimits(**cast("Mapping[str, int]", start.values["limits"]))
    confine(limits)
    for codec in _CODECS:
        codecs.lookup(codec)
    end_after(limits.start_seconds)
    try:
        read = load(str(start.values["format"]))
    except ImportError as error:
        _send(channel, wire.Frame("fault", {"word": "missing", "text": str(error)}), limits)
        return
    _send(channel, wire.Frame("ready"), limits)
    while True:
        end_after(None)
        try:
            request = wire.decode(channel.read, max_bytes=0)
        except EOFError:
            return
        end_after(limits.run_seconds)
        _send(channel, _answer(request, read), limits)


def _answer(request: wire.Frame, read: FormatReader) -> wire.Frame:
    try:
        data = Path(str(request.values["path"])).read_bytes()
        with _no_more_files():
            facts = read(data, cast("Mapping[str, int]", request.values["companions"]))
        text = json.dumps(asdict(facts), ensure_ascii=False).encode()
    except BrokenFileError as error:
        return _fault("broken", error.message, error.fix)
    except UnavailableError as error:
        return _fault("unavailable", error.message, error.fix)
    except UnicodeEncodeError:
        return _fault("broken", "a name in it is not UTF-8")
    except MemoryError:
        return _fault("memory")
    # Libraries raise what they like over a hostile file; it is what they say of the file.
    except Exception as error:
        return _fault("failed", f"{type(error).__name__}: {error}")
    return wire.Frame("facts", arrays={"json": np.frombuffer(text, np.uint8)})


def _fault(word: str, text: str = "", fix: str | None = None) -> wire.Frame:
    return wire.Frame("fault", {"word": word, "text": text[:2000], "fix": fix})


def _send(channel: Channel, frame: wire.Frame, limits: WorkerLimits) -> None:
    try:
        content = wire.encode(frame, max_bytes=limits.answer_bytes)
    except wire.FrameError as error:
        content = wire.encode(_fault("broken", f"what it holds {error}"), max_bytes=0)
    channel.write(content)


@contextmanager
def _no_more_files() -> Iterator[None]:
    """Let this process open no file, by no means, for a while; Windows has no such limit."""
    if sys.platform == "win32":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


if __name__ == "__main__":
    main()
