"""The worker process: `python -m zoo_tools.inference.child`, started by `worker.Worker` and by nobody else.

It reads the model itself and feeds the runtime the very bytes whose digest it checked. Messages: `start` in; `ready`
(the runtime is loaded) and `model` out; then for each `run` in one `answer` out, for each `time` one `times`; `fault`
out instead of any of them.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, cast, get_args

import numpy as np

from zoo_tools.confinement import wire
from zoo_tools.confinement.isolation import Channel, confine, end_after
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.domain.settings import EngineName
from zoo_tools.inference.engines import FROM_PATHS_ONLY, Engine, EngineMissingError, ModelBytes, Session, load_engine
from zoo_tools.inference.timing import peak_bytes


class File(NamedTuple):
    """A file that is read, and the digest its bytes have to have."""

    name: str
    path: str
    sha256: str


class Order(NamedTuple):
    """What the parent asks for when it starts a worker."""

    model: File
    companions: Sequence[File]
    format: str
    network: str | None
    engine: EngineName
    delegate: str
    threads: int
    limits: WorkerLimits


class Fault(Exception):
    """Why the worker cannot answer: a word for the parent, what the runtime or the system said, and of which file."""

    def __init__(self, word: str, text: object = "", *, file: str = "") -> None:
        super().__init__(word, text)
        self.frame = wire.Frame("fault", {"word": word, "text": str(text), "file": file})


def main(load: Callable[[EngineName], Engine] = load_engine) -> None:
    """Serve one model until the parent closes the pipe.

    Args:
        load: imports the runtime.
    """
    channel = Channel()
    order = read_order(wire.decode(channel.read, max_bytes=0))
    confine(_with_copy(order))
    end_after(order.limits.start_seconds)
    try:
        session = _opened(channel, order, load)
    except Fault as fault:
        send(channel, fault.frame, order.limits)
        return
    while True:
        end_after(None)
        try:
            frame = wire.decode(channel.read, max_bytes=sys.maxsize)
        except EOFError:
            return
        end_after(float(str(frame.values.get("seconds", order.limits.run_seconds))))
        send(channel, _answer(session, frame), order.limits)


def read_order(frame: wire.Frame) -> Order:
    """Read the parent's first message."""
    values = frame.values
    files = [File(*one) for one in cast("Sequence[Sequence[str]]", values["files"])]
    limits = cast("Mapping[str, int]", values["limits"])
    engine = next(name for name in get_args(EngineName) if name == values["engine"])
    network = None if values["network"] is None else str(values["network"])
    return Order(
        files[0], files[1:], str(values["format"]), network, engine, str(values["delegate"]),
        int(str(values["threads"])), WorkerLimits(**limits),
    )  # fmt: skip


def _with_copy(order: Order) -> WorkerLimits:
    """Return the limits, with room for a copy of the model where the runtime reads it from a path only."""
    if (order.engine, order.format) not in FROM_PATHS_ONLY:
        return order.limits
    try:
        size = Path(order.model.path).stat().st_size
    except OSError:
        # It is not there, which is said when it is read.
        return order.limits
    return replace(order.limits, file_bytes=max(size, order.limits.file_bytes))


def send(channel: Channel, frame: wire.Frame, limits: WorkerLimits) -> None:
    """Send a message, or say that it is beyond the limit."""
    try:
        content = wire.encode(frame, max_bytes=limits.answer_bytes)
    except wire.FrameError as error:
        content = wire.encode(Fault("answer", error).frame, max_bytes=0)
    except MemoryError:
        content = wire.encode(Fault("memory").frame, max_bytes=0)
    channel.write(content)


def _opened(channel: Channel, order: Order, load: Callable[[EngineName], Engine]) -> Session:
    try:
        engine = load(order.engine)
    except EngineMissingError as error:
        raise Fault("missing", error) from error
    send(channel, wire.Frame("ready", {"engine": engine.name, "version": engine.version}), order.limits)
    session = _session(engine, _model(order), order)
    inputs = [tensor.to_json() for tensor in session.inputs]
    outputs = [tensor.to_json() for tensor in session.outputs]
    described = {"delegate": session.delegate, "inputs": inputs, "outputs": outputs}
    send(channel, wire.Frame("model", described), order.limits)
    return session


def _model(order: Order) -> ModelBytes:
    companions = {file.name: _content(file) for file in order.companions}
    return ModelBytes(order.format, _content(order.model), companions, order.network)


def _content(file: File) -> bytes:
    try:
        content = Path(file.path).read_bytes()
    except OSError as error:
        raise Fault("unreadable", error.strerror, file=file.name) from error
    except MemoryError as error:
        raise Fault("memory") from error
    held = hashlib.sha256(content).hexdigest()
    if held != file.sha256:
        raise Fault("bytes", held, file=file.name)
    return content


def _session(engine: Engine, model: ModelBytes, order: Order) -> Session:
    try:
        return engine.open(model, delegate=order.delegate, threads=order.threads)
    except MemoryError as error:
        raise Fault("memory") from error
    # Whatever Python exception a runtime raises over a file, it is what the runtime says of the file.
    except Exception as error:
        raise Fault("refused", error) from error


def _answer(session: Session, frame: wire.Frame) -> wire.Frame:
    try:
        if frame.kind == "time":
            return _times(session, frame)
        return wire.Frame("answer", arrays=session.run(frame.arrays))
    except MemoryError:
        return Fault("memory").frame
    except Exception as error:
        return Fault("failed", error).frame


def _times(session: Session, frame: wire.Frame) -> wire.Frame:
    """Run so often and say how long each run took; what came out is dropped, as it is by who only waits for it."""
    seconds = np.empty(int(str(frame.values["runs"])), np.float64)
    for i in range(len(seconds)):
        began = perf_counter()
        session.run(frame.arrays)
        seconds[i] = perf_counter() - began
    return wire.Frame("times", {"peak_bytes": peak_bytes()}, {"seconds": seconds})


if __name__ == "__main__":
    main()
