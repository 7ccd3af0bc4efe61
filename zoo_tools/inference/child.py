"""The worker process: `python -m zoo_tools.inference.child`, started by `worker.Worker` and by nobody else.

It reads the model itself and feeds the runtime the very bytes whose digest it checked. Messages: `start` in; `ready`
(the runtime is loaded) and `model` out; then for each `run` in one `answer` out; `fault` out instead of any of them.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, cast, get_args

from zoo_tools.confinement import wire
from zoo_tools.confinement.isolation import Channel, confine, end_after
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.inference.engines import Engine, EngineMissingError, EngineName, Session, load_engine


class Order(NamedTuple):
    """What the parent asks for when it starts a worker."""

    model: str
    sha256: str
    engine: EngineName
    delegate: str
    limits: WorkerLimits


class Fault(Exception):
    """Why the worker cannot answer: a word for the parent, and what the runtime or the system said."""

    def __init__(self, word: str, text: object = "") -> None:
        super().__init__(word, text)
        self.frame = wire.Frame("fault", {"word": word, "text": str(text)})


def main(load: Callable[[EngineName], Engine] = load_engine) -> None:
    """Serve one model until the parent closes the pipe.

    Args:
        load: imports the runtime.
    """
    channel = Channel()
    order = read_order(wire.decode(channel.read, max_bytes=0))
    confine(order.limits)
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
        end_after(order.limits.run_seconds)
        send(channel, _answer(session, frame), order.limits)


def read_order(frame: wire.Frame) -> Order:
    """Read the parent's first message."""
    values = cast("Mapping[str, str]", frame.values)
    limits = cast("Mapping[str, int]", frame.values["limits"])
    engine = next(name for name in get_args(EngineName) if name == values["engine"])
    return Order(values["model"], values["sha256"], engine, values["delegate"], WorkerLimits(**limits))


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
    session = _session(engine, _model_bytes(order), order.delegate)
    inputs = [tensor.to_json() for tensor in session.inputs]
    outputs = [tensor.to_json() for tensor in session.outputs]
    described = {"delegate": session.delegate, "inputs": inputs, "outputs": outputs}
    send(channel, wire.Frame("model", described), order.limits)
    return session


def _model_bytes(order: Order) -> bytes:
    try:
        model = Path(order.model).read_bytes()
    except OSError as error:
        raise Fault("unreadable", error.strerror) from error
    except MemoryError as error:
        raise Fault("memory") from error
    held = hashlib.sha256(model).hexdigest()
    if held != order.sha256:
        raise Fault("bytes", held)
    return model


def _session(engine: Engine, model: bytes, delegate: str) -> Session:
    try:
        return engine.open(model, delegate=delegate)
    except MemoryError as error:
        raise Fault("memory") from error
    # Whatever Python exception a runtime raises over a file, it is what the runtime says of the file.
    except Exception as error:
        raise Fault("refused", error) from error


def _answer(session: Session, frame: wire.Frame) -> wire.Frame:
    try:
        return wire.Frame("answer", arrays=session.run(frame.arrays))
    except MemoryError:
        return Fault("memory").frame
    except Exception as error:
        return Fault("failed", error).frame


if __name__ == "__main__":
    main()
