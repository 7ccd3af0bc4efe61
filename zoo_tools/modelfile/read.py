"""One door for all formats: a path and the manifest's word for the format in, facts out.

Nothing is run and no runtime is loaded. Files come from strangers: whatever their bytes, the answer is facts or one
sentence, in bounded time. Formats whose readers are native code are read in a process of their own.
"""

from collections.abc import Mapping
from pathlib import Path

from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.modelfile.kind import FileKind, sniff

MAX_FILE_BYTES = 2**31 - 1
"""Flatbuffers and protobuf end at 2 GiB, and so does this tool."""

KINDS: Mapping[str, tuple[FileKind, ...]] = {
    "tflite": (FileKind.TFLITE,),
    "keras-h5": (FileKind.HDF5,),
    "keras": (FileKind.KERAS,),
    "onnx": (FileKind.ONNX,),
    "openvino-ir": (FileKind.OPENVINO_IR,),
    "tf-frozen-graph": (FileKind.TF_GRAPH,),
    "torch-pth": (FileKind.TORCH, FileKind.PICKLE),
}
"""For each format of the manifest, the kinds its files may be; the first is what is written today."""

_CONFINED = ("onnx", "keras-h5", "keras")


def read_model(path: Path, format: str, *, companions: Mapping[str, Path] | None = None) -> ModelFacts:
    """Read what a model file proves without running it.

    Args:
        path: the file.
        format: the manifest's word, such as tflite.
        companions: the files that belong to it, by the names under which it knows them.

    Raises:
        BrokenFileError: the file is not of that format, or is damaged.
        UnavailableError: the file is not there, or this tool or machine cannot read the format.
    """
    _check_sizes([path, *(companions or {}).values()])
    try:
        kind, expected = sniff(path), KINDS[format]
        if kind not in expected:
            fix = "Download the file again from where the model is published."
            raise BrokenFileError(f"{path.name} is {kind.sentence}; it should be {expected[0].sentence}", fix=fix)
        return _sound(path, format, companions or {})
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from error


def _sound(path: Path, format: str, companions: Mapping[str, Path]) -> ModelFacts:
    try:
        return _facts(path, format, companions)
    except BrokenFileError as error:
        raise BrokenFileError(
            f"{path.name} is not a sound {format} file: {error.message}",
            fix=error.fix or "Compare its sha256 with the published one and download it again.",
        ) from error


def _facts(path: Path, format: str, companions: Mapping[str, Path]) -> ModelFacts:
    # Imports here and not above: the kind of a file, and other formats, do not need this format's packages.
    if format in _CONFINED:
        from zoo_tools.modelfile.confined import read_confined

        return read_confined(path, format, companions=companions)
    data = path.read_bytes()
    match format:
        case "tflite":
            try:
                from zoo_tools.modelfile.tflite_format import read_tflite
            except ImportError as error:
                raise UnavailableError(
                    f"TFLite files cannot be read here: {error}", fix='Install them with pip install "zoo_tools[run]".'
                ) from error
            return read_tflite(data)
        case "openvino-ir":
            from zoo_tools.modelfile.ir_format import read_ir

            return read_ir(data, _weights_size(companions))
        case "tf-frozen-graph":
            from zoo_tools.modelfile.tf_format import read_tf_graph

            return read_tf_graph(data)
        case "torch-pth":
            from zoo_tools.modelfile.torch_checkpoint import read_checkpoint

            return read_checkpoint(data)
    raise UnavailableError(f"zoo_tools cannot read {format} files")


def _weights_size(companions: Mapping[str, Path]) -> int | None:
    """Measure the one .bin of an OpenVINO model; None where it was not given."""
    return next((path.stat().st_size for name, path in companions.items() if name.endswith(".bin")), None)


def _check_sizes(paths: list[Path]) -> None:
    for path in paths:
        try:
            # A pipe or a device would never end.
            if not path.is_file():
                raise UnavailableError(f"there is no file {path}", fix="Fetch the model first.")
            size = path.stat().st_size
        except OSError as error:
            raise UnavailableError(f"{path} cannot be read: {error.strerror}") from error
        if size > MAX_FILE_BYTES:
            raise BrokenFileError(f"{path.name} has {size} bytes; model files have at most {MAX_FILE_BYTES}")
