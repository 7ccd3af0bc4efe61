"""Which runtimes are installed, and which of them a run is to use; told without importing any of them.

A file is run in the settings of its format. The first is the reference: without its engine nothing can be said of the
file. The others have to agree with it, and are left out where their engine is not installed and nobody asked for it.
"""

from collections.abc import Collection
from importlib.util import find_spec

from zoo_tools.checks.subjects import Skip
from zoo_tools.domain.manifest import Artifact
from zoo_tools.domain.settings import SETTINGS, EngineName, Setting

_MODULES: dict[EngineName, tuple[str, ...]] = {
    "litert": ("ai_edge_litert", "tflite_runtime"),
    "onnxruntime": ("onnxruntime",),
    "openvino": ("openvino",),
    "torch": ("torch",),
}
"""What each is imported as; one of them is enough."""

_INSPECTED = {"keras-h5", "keras"}


def is_installed(engine: EngineName) -> bool:
    """Tell whether a runtime lies where Python would import it from; whether it works only a worker can say."""
    return any(_is_found(module) for module in _MODULES[engine])


def _is_found(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a finder that refuses, or a module without a place
        return False


def settings_of(artifact: Artifact, chosen: Collection[EngineName] = ()) -> list[Setting]:
    """Return the settings an artifact is run in, its reference first.

    Args:
        artifact: its format decides.
        chosen: the only engines that are asked for; empty for all.

    Raises:
        Skip: it is run in none; the text says why.
    """
    if artifact.format in _INSPECTED:
        raise Skip(f"{artifact.format} files are inspected only: nothing here runs them")
    if artifact.format not in SETTINGS:
        raise Skip(f"{artifact.format} files are hashed and recognised, never run")
    if artifact.format == "torch-pth" and artifact.reference_network is None:
        raise Skip("a checkpoint holds weights and no graph, and no `reference_network` is named to run them in")
    found = [setting for setting in SETTINGS[artifact.format] if not chosen or setting.engine in chosen]
    if not found:
        raise Skip(f"{artifact.format} files are not run by {' or '.join(sorted(chosen))}, which alone was asked for")
    return found


def settings_or_none(artifact: Artifact, chosen: Collection[EngineName] = ()) -> list[Setting]:
    """Return the settings an artifact is run in, empty where there is none."""
    try:
        return settings_of(artifact, chosen)
    except Skip:
        return []
