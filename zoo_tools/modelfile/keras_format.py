"""A Keras model's facts, from its configuration and the names, shapes and types of its weights.

Runs in a confined child process (``modelfile.child``). Keras itself is never imported: loading a model may run code
of whoever wrote it.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zoo_tools.domain.model_facts import HeldTensor, ModelFacts, TensorFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.facts import operator_facts
from zoo_tools.modelfile.keras_config import Config, Layer, Model, input_shape, read_config, table
from zoo_tools.modelfile.keras_hdf5 import MAX_CONFIG_BYTES, StoredArray, read_hdf5
from zoo_tools.modelfile.keras_layers import BIASED, Shape, work
from zoo_tools.modelfile.naming import listed, shown

_MEMBERS = {"config.json": MAX_CONFIG_BYTES, "metadata.json": 1 << 20, "model.weights.h5": 1 << 30}
_MAX_MEMBERS = 1000
_MAX_RATIO = 200
_NORMALIZATIONS = ("BatchNormalization", "SyncBatchNormalization")
_OBSERVED = ("Normalization",)
"""Layers whose arrays are statistics of a data set."""
_POLICIES = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


def read_keras_h5(data: bytes, _companions: Mapping[str, int]) -> ModelFacts:
    """Read the facts of an .h5 file that holds a whole model.

    Parameters are those of the network as it is deployed, so that they equal those of its TFLite or ONNX file: a
    batch normalisation behind a convolution or dense layer is part of it, and of its four arrays only the shift is
    left where that layer has no bias of its own, and none where it has one; any other one is a scale and a shift per
    channel. Statistics of a data set and integers are no parameters.

    Raises:
        BrokenFileError: the message says what is wrong and stands after the file's name.
    """
    file = read_hdf5(data)
    if file.config is None:
        raise BrokenFileError("it holds no model configuration; it is no whole Keras model, at most its weights")
    arrays = [
        _Weight("/".join(array.path[2:]), _owner_by_path(array), array)
        for array in file.arrays
        if array.path[0] == "model_weights" and len(array.path) > 2
    ]
    return _facts("keras-h5", read_config(file.config), arrays)


def read_keras_zip(data: bytes, _companions: Mapping[str, int]) -> ModelFacts:
    """Read the facts of a .keras archive; parameters are those of `read_keras_h5`.

    Raises:
        BrokenFileError: the message says what is wrong and stands after the file's name.
    """
    members = _unzipped(data)
    try:
        config = members["config.json"].decode()
    except UnicodeDecodeError as error:
        raise BrokenFileError("its model configuration is not UTF-8") from error
    model = read_config(config)
    owners = _owners_by_class(model)
    arrays = [
        _Weight("/".join(array.path), array.layer or owners.get(array.path[:-2], ""), array)
        for array in read_hdf5(members["model.weights.h5"]).arrays
        if array.path[0] != "optimizer" and array.path[-2:-1] == ("vars",)
    ]
    return _facts("keras", model, arrays)


@dataclass(frozen=True, slots=True)
class _Weight:
    """An array under the name it is shown by, with the name of the layer it belongs to."""

    name: str
    layer: str
    array: StoredArray


def _facts(format: str, model: Model, weights: Sequence[_Weight]) -> ModelFacts:
    run = _Run()
    given = {end: _input_shape(model, end) for end in model.inputs}
    run.model(model, list(given.values()))
    layers = [layer for layer in _all_layers(model) if layer.kind != "InputLayer" and layer.model is None]
    by_name = {layer.name: layer for layer in _all_layers(model)}
    return ModelFacts(
        format=format,
        inputs=tuple(_tensor(by_name, end, shape) for end, shape in given.items()),
        outputs=tuple(_tensor(by_name, end, run.shapes.get(end)) for end in model.outputs),
        signatures=(),
        operators=operator_facts((layer.kind, None, "") for layer in layers),
        parameters=_parameters(by_name, weights),
        macs=run.macs if run.is_counted else None,
        uncounted_operators=tuple(sorted(run.uncounted)),
        constant_bytes_stored=None,
        constant_bytes_folded=None,
        arena_floor_bytes=None,
        naive_arena_bytes=None,
        per_channel_tensors=0,
        held=tuple(HeldTensor(one.name, one.array.shape, one.array.dtype) for one in weights),
    )


@dataclass(slots=True)
class _Run:
    """Follows shapes through the calls of a model, and adds up what they multiply."""

    shapes: dict[tuple[str, int], Shape | None] = field(default_factory=dict)
    macs: int = 0
    is_counted: bool = True
    uncounted: set[str] = field(default_factory=set)

    def model(self, model: Model, inputs: Sequence[Shape | None]) -> None:
        """Follow a model's calls in the order in which their inputs become known."""
        self.shapes |= dict(zip(model.inputs, inputs, strict=False))
        waiting = [
            (layer, at) for layer in model.layers for at in range(len(layer.calls)) if layer.kind != "InputLayer"
        ]
        while waiting:
            ready = [(layer, at) for layer, at in waiting if all(end in self.shapes for end in layer.calls[at])]
            # Calls that wait for each other, or for a layer that is not there, are no network.
            if not ready:
                names = [layer.name for layer, _ in waiting]
                raise BrokenFileError(f"its layers {listed(names)} wait for what no layer gives")
            for layer, at in ready:
                self.shapes[layer.name, at] = self._call(layer, [self.shapes[end] for end in layer.calls[at]])
            done = {(layer.name, at) for layer, at in ready}
            waiting = [(layer, at) for layer, at in waiting if (layer.name, at) not in done]

    def _call(self, layer: Layer, inputs: list[Shape | None]) -> Shape | None:
        if layer.model is not None:
            inner = _Run()
            inner.model(layer.model, inputs)
            self.macs += inner.macs
            self.is_counted &= inner.is_counted
            self.uncounted |= inner.uncounted
            outputs = [inner.shapes.get(end) for end in layer.model.outputs]
            return outputs[0] if len(outputs) == 1 else None
        found = work(layer, inputs)
        if found.macs is None:
            self.uncounted.add(layer.function or layer.kind)
            self.is_counted &= layer.kind not in BIASED
        self.macs += found.macs or 0
        return found.shape


def _input_shape(model: Model, end: tuple[str, int]) -> Shape | None:
    """Return the shape of an input at batch 1; None where more than the batch is open."""
    declared = next((input_shape(layer) for layer in model.layers if layer.name == end[0]), None)
    if not declared:
        return None
    sizes = (1 if declared[0] is None else declared[0], *declared[1:])
    return tuple(size for size in sizes if size is not None) if None not in sizes else None


def _tensor(layers: Mapping[str, Layer], end: tuple[str, int], shape: Shape | None) -> TensorFacts:
    layer = layers.get(end[0])
    if layer is None:
        raise BrokenFileError(f"its input or output `{shown(end[0])}` is none of its layers")
    declared = input_shape(layer) if layer.kind == "InputLayer" else None
    if declared is None and shape is not None:
        declared = (None, *shape[1:])
    default = shape if shape is not None or declared is None else tuple(size or 1 for size in declared)
    return TensorFacts(end[0], declared, default, _dtype(layer.config))


def _dtype(config: Config) -> str:
    """Return the type a layer computes in, as Keras 2 (a word) and Keras 3 (a policy) write it."""
    value = config.get("dtype")
    word = value if isinstance(value, str) else table(table(value).get("config")).get("name")
    return _POLICIES.get(word, word) if isinstance(word, str) and re.fullmatch("[a-z0-9_]{1,20}", word) else "float32"


def _parameters(layers: Mapping[str, Layer], weights: Sequence[_Weight]) -> int:
    """Count what is learned, by the rule of `read_keras_h5`."""
    channels: dict[str, int] = {}
    count = 0
    for one in weights:
        layer = layers.get(one.layer)
        if layer is not None and layer.kind in _NORMALIZATIONS:
            channels[layer.name] = one.array.elements
        elif (layer is None or layer.kind not in _OBSERVED) and one.array.dtype.startswith(("float", "bfloat")):
            count += one.array.elements
    readers = Counter(end[0] for layer in layers.values() for call in layer.calls for end in call)
    return count + sum(_shifts(layers[name], layers, readers) * size for name, size in channels.items())


def _shifts(layer: Layer, layers: Mapping[str, Layer], readers: Counter[str]) -> int:
    """Return how many values per channel a batch normalisation adds to a deployed network."""
    sources = {end[0] for call in layer.calls for end in call}
    before = layers.get(sources.pop()) if len(sources) == 1 else None
    is_absorbed = (
        before is not None
        and before.kind in BIASED
        and readers[before.name] == 1
        and before.config.get("activation") in (None, "linear")
    )
    if not is_absorbed or before is None:
        return 2
    return 0 if before.config.get("use_bias", True) else 1


def _all_layers(model: Model) -> Iterator[Layer]:
    for layer in model.layers:
        yield layer
        if layer.model is not None:
            yield from _all_layers(layer.model)


def _owner_by_path(array: StoredArray) -> str:
    """Name the layer of an array: within model_weights and the group of its layer, the folder it lies in."""
    return array.path[-2]


def _owners_by_class(model: Model, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Name the layers of groups in files that do not say it: groups are called by class, and numbered."""
    owners: dict[tuple[str, ...], str] = {}
    seen: Counter[str] = Counter()
    for layer in model.layers:
        word = _snake_case(layer.kind)
        group = (*path, "layers", word if not seen[word] else f"{word}_{seen[word]}")
        seen[word] += 1
        owners[group] = layer.name
        if layer.model is not None:
            owners |= _owners_by_class(layer.model, group)
    return owners


def _snake_case(name: str) -> str:
    text = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower()


def _unzipped(data: bytes) -> dict[str, bytes]:
    """Read the three members of an archive that matter, with their sizes checked before and while they are read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) < len(names) or len(names) > _MAX_MEMBERS:
                raise BrokenFileError("its archive has members of one name, or too many of them")
            absent = [name for name in _MEMBERS if name not in names]
            if absent:
                raise BrokenFileError(f"its archive has no {listed(absent)}")
            return {entry.filename: _member(archive, entry) for entry in entries if entry.filename in _MEMBERS}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise BrokenFileError(f"it is cut short or damaged: {error}") from error
    # zlib has an exception of its own, and so may other compressions.
    except Exception as error:
        if isinstance(error, (BrokenFileError, MemoryError)):
            raise
        raise BrokenFileError(f"it is cut short or damaged: {error}") from error


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    limit = _MEMBERS[entry.filename]
    if entry.file_size > limit or entry.file_size > _MAX_RATIO * max(entry.compress_size, 1):
        raise BrokenFileError(
            f"its member {entry.filename} unpacks {entry.compress_size} bytes to {entry.file_size}; "
            f"at most {limit}, and {_MAX_RATIO} times as many, are taken"
        )
    with archive.open(entry) as member:
        content = member.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise BrokenFileError(f"its member {entry.filename} has not the {entry.file_size} bytes it claims")
    return content
