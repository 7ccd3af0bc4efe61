"""Level static in processes of its own: `python -m zoo_tools.checks.static_child REGISTRY` answers for models by name.

It reads a model's name a line, as JSON, and answers with a line of `kept_lines`. They are our own processes, and open
no model file: nothing of them is confined. What one of them does not answer, the process that started it asks itself.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from zoo_tools.checks.context import Context
from zoo_tools.checks.static import STATIC_CHECKS
from zoo_tools.checks.streaming import ask_model
from zoo_tools.domain.manifest import Manifest
from zoo_tools.fetch import Cache, Fetcher, HostRules
from zoo_tools.registry.load import Entry, load_registry, model_folders


def ask_elsewhere(registry: Path, models: Sequence[str], *, children: int) -> Iterator[bytes]:
    """Ask about models in several processes, and yield a line about each, in their order.

    Args:
        registry: its folder.
        models: their ids.
        children: processes to start; the models go round among them.

    Yields:
        What a model is told; blank where its process ended early.
    """
    command = [sys.executable, "-m", "zoo_tools.checks.static_child", str(registry)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(children)]
    try:
        for place, child in enumerate(started):
            Thread(target=_name, args=(child, models[place::children]), daemon=True).start()
        for number, _ in enumerate(models):
            out = started[number % children].stdout
            assert out is not None  # it is piped
            yield out.readline().removesuffix(b"\n")
    finally:
        for child in started:
            child.kill()
            with child:
                pass


def _name(child: subprocess.Popen[bytes], models: Sequence[str]) -> None:
    """Write names to a child that may answer before it has read them all."""
    with suppress(OSError):
        assert child.stdin is not None  # it is piped
        child.stdin.write(b"".join(json.dumps(model).encode() + b"\n" for model in models))
        child.stdin.close()


def main(folder: str) -> None:
    """Answer for the models named on standard input."""
    gc.set_threshold(1_000_000, 20, 1000)
    root = Path(folder)
    registry = load_registry(root, left_out=model_folders(root))
    fetcher = Fetcher(Cache(), offline=True, hosts=HostRules.of(registry.hosts))  # static checks fetch nothing

    def serve(entry: Entry[Manifest], name: str) -> Context:
        return Context(registry, entry, name, fetcher)

    for word in sys.stdin.buffer:
        told = ask_model(registry, STATIC_CHECKS, json.loads(word), serve=serve, listen=lambda *_: None)
        sys.stdout.buffer.write(told.line(registry) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1])
