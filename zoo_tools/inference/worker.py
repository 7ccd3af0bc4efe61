"""Runs one model file in a process of its own: whatever the file does there, the caller gets arrays or one sentence.

A worker serves any number of pictures of its file, one after the other, from one thread at a time. Its limits are in
`limits`, what holds on which system in `isolation`.
"""

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from zoo_tools.confinement import wire
from zoo_tools.confinement.limits import DEFAULT_LIMITS, OUT_OF_MEMORY, WorkerLimits
from zoo_tools.confinement.process import ChildProcess, EndedError, TimeUpError, plain
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.settings import Delegate, EngineName
from zoo_tools.errors import ModelRunError, UnavailableError, WrongBytesError, ZooToolsError
from zoo_tools.inference.engines import INSTALL
from zoo_tools.inference.environment import cpu_class
from zoo_tools.inference.tensors import TensorInfo, tensor_info
from zoo_tools.inference.timing import Times

__all__ = ["CHILD", "CompanionFile", "Delegate", "Worker"]

CHILD = ("-m", "zoo_tools.inference.child")
"""The program that runs in the worker."""

_STARTING = "starting"
_SLOWER = 10
"""How many times its first run's time a later run may take on average, before a timing counts as hanging."""
_GET_AGAIN = "Get the file again; if it stays so, report it to whoever published it."


@dataclass(frozen=True, slots=True)
class CompanionFile:
    """A further file that a model is nothing without: the weights of an IR, the external data of an ONNX file."""

    name: str
    """What the model calls it."""
    path: Path
    sha256: str


class Worker:
    """A model file, open in a process of its own; used in a `with` statement.

    Args:
        model: the file.
        sha256: digest of the bytes that are to be run; the worker refuses others.
        format: as a manifest says it, such as `tflite`.
        engine: the runtime.
        delegate: `none` for its built-in kernels, or a delegate by name.
        companions: further files, by the names that the model calls them.
        network: of a checkpoint, the network its weights are run in.
        threads: threads the runtime may compute with; results are compared between runs by one.
        limits: what the process may use.
        child: the program to run in it, as arguments of `python`.

    Raises:
        ModelRunError: the file is refused by the runtime, crashes it, hangs or takes too much.
        WrongBytesError: the file holds other bytes.
        UnavailableError: the runtime or the file is not there.
    """

    environment: RunEnvironment
    """What ran it; a delegate is named only if it took part."""
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    """As the file declares them; the shapes that count are those of the arrays that `run` returns."""

    def __init__(
        self,
        model: Path,
        *,
        sha256: str,
        format: str = "tflite",
        engine: EngineName = "litert",
        delegate: Delegate = "none",
        companions: Sequence[CompanionFile] = (),
        network: str | None = None,
        threads: int = 1,
        limits: WorkerLimits = DEFAULT_LIMITS,
        child: Sequence[str] = CHILD,
    ) -> None:
        self._model = model.absolute()
        self._files = [CompanionFile(model.name, self._model, sha256)]
        self._files += [CompanionFile(one.name, one.path.absolute(), one.sha256) for one in companions]
        self._format = format
        self._engine = engine
        self._delegate = delegate
        self._network = network
        self._threads = threads
        self._limits = limits
        self._arguments = child
        self._child: ChildProcess | None = None
        self._failure: ZooToolsError = UnavailableError(f"The worker of `{model.name}` was not started.")

    def __enter__(self) -> Self:
        try:
            self._child = ChildProcess(self._arguments)
        except OSError as error:
            raise UnavailableError(f"A worker process cannot be started: {error.strerror}.") from error
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Run the model once.

        Args:
            feeds: an array for each input, by name.

        Returns:
            All outputs by name, in the shapes that really came out.

        Raises:
            ModelRunError: it failed; after a crash or a time-out the worker is gone, and every later run fails alike.
        """
        self._check(feeds)
        request = wire.encode(wire.Frame("run", arrays=feeds), max_bytes=sys.maxsize)
        frame = self._ask(request, answer="answer", doing="running", seconds=self._limits.run_seconds)
        return dict(frame.arrays)

    def time(self, feeds: Mapping[str, NDArray[np.generic]], *, warmup: int, runs: int) -> Times:
        """Run the model again and again and say how long each run took in the worker, without the way there and back.

        A run is: inputs handed to the runtime, computed, outputs taken from it. The first run of all may take as long
        as any run; how long it took then says how long the others may take.

        Args:
            feeds: an array for each input, by name.
            warmup: runs that are not counted, at least 1.
            runs: runs that are counted, at least 1.

        Raises:
            ModelRunError: a run failed, or all of them took too long.
        """
        self._check(feeds)
        first = self._times(feeds, runs=1, seconds=self._limits.run_seconds)
        others = warmup - 1 + runs
        patience = self._limits.run_seconds + _SLOWER * others * float(first.seconds[0])
        times = self._times(feeds, runs=others, seconds=patience)
        return Times(times.seconds[warmup - 1 :], times.peak_bytes)

    def _times(self, feeds: Mapping[str, NDArray[np.generic]], *, runs: int, seconds: float) -> Times:
        frame = wire.Frame("time", {"runs": runs, "seconds": seconds}, feeds)
        answer = self._ask(wire.encode(frame, max_bytes=sys.maxsize), answer="times", doing="timing", seconds=seconds)
        # It comes from a process that ran somebody's model.
        given, peak = answer.arrays.get("seconds"), answer.values.get("peak_bytes")
        taken = np.asarray([] if given is None else given, np.float64)
        is_possible = taken.shape == (runs,) and bool(np.all((taken >= 0) & (taken <= seconds)))
        if not is_possible or not isinstance(peak, int) or peak < 0:
            self._fail(self._broken(f"the answer of `{self._model.name}` is not in the form agreed"))
        return Times(taken, peak)

    def close(self) -> None:
        """End the process; nothing of it is left."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _open(self) -> None:
        deadline = time.monotonic() + self._limits.start_seconds
        order = {
            "files": [(file.name, str(file.path), file.sha256) for file in self._files],
            "format": self._format,
            "network": self._network,
            "engine": self._engine,
            "delegate": self._delegate,
            "threads": self._threads,
            "limits": asdict(self._limits),
        }
        start = wire.encode(wire.Frame("start", order), max_bytes=0)
        ready = self._ask(start, answer="ready", doing=_STARTING, seconds=self._limits.start_seconds)
        model = self._ask(b"", answer="model", doing="opening", seconds=deadline - time.monotonic())
        try:
            self.environment = RunEnvironment.model_validate(
                {name: ready.values[name] for name in ("engine", "version")}
                | {"delegate": model.values["delegate"], "cpu_class": cpu_class()}
            )
            self.inputs, self.outputs = _tensors(model.values["inputs"]), _tensors(model.values["outputs"])
        except (ValueError, LookupError):
            self._fail(self._broken(f"the answer of `{self._model.name}` is not in the form agreed"))

    def _check(self, feeds: Mapping[str, NDArray[np.generic]]) -> None:
        given = {name: (array.dtype.name, array.shape) for name, array in feeds.items()}
        fits = given.keys() == {tensor.name for tensor in self.inputs} and all(
            _fits(tensor, *given[tensor.name]) for tensor in self.inputs
        )
        if not fits:
            held = ", ".join(str(TensorInfo(name, shape, dtype)) for name, (dtype, shape) in given.items())
            raise ModelRunError(
                f"`{self._model.name}` takes {', '.join(map(str, self.inputs))}, and was given {held or 'nothing'}.",
                fix="Correct the inputs in the artifact's `tensors`, or the contract's `input`.",
            )

    def _ask(self, request: bytes, *, answer: str, doing: str, seconds: float) -> wire.Frame:
        if self._child is None:
            raise self._failure
        began = time.monotonic()
        try:
            frame = self._child.exchange(request, max_bytes=self._limits.answer_bytes, seconds=seconds)
        except TimeUpError:
            self._fail(self._blamed(doing, f"gave no answer within {max(seconds, 0):.3g} s"))
        except EndedError:
            self._fail(self._blamed(doing, self._ending(time.monotonic() - began)))
        except wire.FrameError as error:
            self._fail(self._broken(f"the answer of `{self._model.name}` {error}"))
        if frame.kind == "fault":
            raise self._fault(frame.values)
        if frame.kind != answer:
            self._fail(self._broken(f"the answer of `{self._model.name}` is not in the form agreed"))
        return frame

    def _fail(self, failure: ZooToolsError) -> NoReturn:
        self.close()
        self._failure = failure
        raise failure

    def _ending(self, seconds: float) -> str:
        """Say how the process ended, which it did by itself."""
        assert self._child is not None
        code = self._child.end()
        words = self._child.last_words()
        if code == OUT_OF_MEMORY:
            return f"took more than {_gib(self._limits)} of memory"
        if code >= 0:
            how = f"ended with exit code {code}"
        elif _signal_name(code) == "SIGXCPU":
            return f"took more than {self._limits.cpu_seconds} s of processor time"
        else:
            how = f"died of {_signal_name(code)}"
        return f"{how} after {seconds:.2g} s{f' ({words})' if words else ''}"

    def _blamed(self, doing: str, what: str) -> ZooToolsError:
        """Until the runtime is loaded it is the machine's lack, from then on the model's fault."""
        name = self._model.name
        if doing == _STARTING:
            return UnavailableError(
                f"The worker for `{name}` {what}, before it read the model.",
                fix=f"Repair the installation: {INSTALL[self._engine]}",
            )
        return self._broken(f"the worker {doing} `{name}` {what}")

    def _broken(self, what: str) -> ModelRunError:
        return ModelRunError(f"{what[0].upper()}{what[1:]}.", fix=_GET_AGAIN)

    def _fault(self, values: Mapping[str, object]) -> ZooToolsError:
        name, text = self._model.name, plain(str(values.get("text"))).rstrip(".")
        file = next((one for one in self._files if one.name == values.get("file")), self._files[0])
        match values.get("word"):
            case "missing":
                return UnavailableError(
                    f"`{name}` cannot be run: {text}.", fix=f"Install the runtime: {INSTALL[self._engine]}"
                )
            case "unreadable":
                return UnavailableError(f"`{file.path}` cannot be read: {text}.", fix="Fetch it, or check the path.")
            case "bytes":
                message = f"`{file.name}` has sha256 {text}; it should be {file.sha256}."
                return WrongBytesError(message, fix="Fetch it again.")
            case "memory":
                return self._broken(f"`{name}` takes more than {_gib(self._limits)} of memory")
            case "refused":
                return self._broken(f"`{name}` is refused by {self._engine}: {text}")
            case "answer":
                return self._broken(f"the answer of `{name}` {text}")
        return self._broken(f"`{name}` fails in {self._engine}: {text}")


def _signal_name(code: int) -> str:
    # Real-time signals have no name.
    known = {number.value: number.name for number in signal.Signals}
    return known.get(-code, f"signal {-code}")


def _gib(limits: WorkerLimits) -> str:
    return f"{limits.memory_bytes / (1 << 30):.3g} GiB"


def _tensors(value: object) -> list[TensorInfo]:
    if not isinstance(value, list):
        raise ValueError("not a list of tensors")
    return [tensor_info(one) for one in value]


def _fits(tensor: TensorInfo, dtype: str, shape: tuple[int, ...]) -> bool:
    return (
        dtype == tensor.dtype in wire.DTYPES
        and len(shape) == len(tensor.shape)
        and all(wanted in (-1, size) for wanted, size in zip(tensor.shape, shape, strict=True))
    )
