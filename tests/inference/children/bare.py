"""The real worker program on a machine where no runtime is installed, or a broken one, as its argument says."""

import os
import signal
import sys
from importlib.abc import MetaPathFinder

from zoo_tools.domain.settings import EngineName
from zoo_tools.inference import child
from zoo_tools.inference.engines import Engine, load_engine


class Hidden(MetaPathFinder):
    """Makes imports of some modules fail."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname in self.names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def hide(*names: str) -> None:
    sys.meta_path.insert(0, Hidden(names))


def load(name: EngineName) -> Engine:
    match sys.argv[1]:
        case "missing":
            hide("ai_edge_litert", "tflite_runtime", "onnxruntime", "openvino", "torch")
        case "broken":
            # What each of them needs of itself or of others.
            hide("ai_edge_litert.interpreter", "onnxruntime.capi", "openvino._pyopenvino", "torch._C")
        case "too new":
            os.kill(os.getpid(), signal.SIGILL)
    return load_engine(name)


if __name__ == "__main__":
    child.main(load)
