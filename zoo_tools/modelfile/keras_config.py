"""The configuration of a Keras model as layers and calls; what would run code when loaded is refused by name.

The configuration is JSON from a stranger. Nothing of it is evaluated or imported; what has another form than Keras
writes is refused, or left out where only a shape depends on it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.naming import shown

Config = Mapping[str, object]
Shape = tuple[int | None, ...]

_MODELS = ("Functional", "Model", "Sequential")
_OWN_MODULES = ("keras.", "tensorflow.keras.", "tensorflow.python.keras.", "tf_keras.", "builtins.")
_MAX_VALUES = 4_000_000
_MAX_LAYERS = 16_384
_MAX_NESTING = 16


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with its calls; each call lists the tensors it reads as (layer, call).

    ``function`` is what a layer made from a plain function does. ``model`` is there where the layer is a model.
    """

    name: str
    kind: str
    config: Config
    calls: tuple[tuple[tuple[str, int], ...], ...]
    function: str | None = None
    model: "Model | None" = None


@dataclass(frozen=True, slots=True)
class Model:
    """Layers in running order, and which calls come in and go out."""

    layers: tuple[Layer, ...]
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


def read_config(text: str) -> Model:
    """Read the configuration of a model.

    Raises:
        BrokenFileError: it is no such configuration, or would run code when the model is loaded.
    """
    try:
        tree: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenFileError("its model configuration is no sound JSON") from error
    _refuse_code(tree)
    return _model(tree, depth=0)


def table(value: object) -> Config:
    """Return a JSON object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """Return a JSON list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def input_shape(layer: Layer) -> Shape | None:
    """Return the shape that a layer declares for what comes in."""
    for key in ("batch_input_shape", "batch_shape"):
        value = layer.config.get(key)
        # Some versions wrap one shape in a list.
        sizes = value[0] if isinstance(value, list) and value and isinstance(value[0], list) else value
        if isinstance(sizes, list) and all(size is None or _is_size(size) for size in sizes):
            return tuple(size if isinstance(size, int) else None for size in sizes)
    return None


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**32


def _refuse_code(tree: object) -> None:
    """Refuse what runs code of whoever wrote the file when Keras loads it, wherever it stands."""
    for value in _objects(tree):
        kind, module = value.get("class_name"), value.get("module")
        if kind in ("Lambda", "__lambda__"):
            raise BrokenFileError(
                "it has a Lambda layer, and a Lambda layer runs code when the model is loaded",
                fix="Do not load it; ask whoever published it for a model without.",
            )
        registered = value.get("registered_name")
        names = [name for name in (kind, registered) if isinstance(name, str) and ">" in name]
        is_own = not isinstance(module, str) or f"{module}.".startswith(_OWN_MODULES)
        if names or not is_own:
            what = shown(names[0] if names else f"{module}.{kind}")
            raise BrokenFileError(
                f"it needs `{what}`, which is none of Keras's own classes and would be imported when it is loaded",
                fix="Do not load it; ask whoever published it for a model without.",
            )


def _objects(tree: object) -> Iterator[Config]:
    waiting, count = [tree], 0
    while waiting:
        value = waiting.pop()
        count += 1
        if count > _MAX_VALUES:
            raise BrokenFileError(f"its model configuration has more than {_MAX_VALUES} values")
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _model(tree: object, *, depth: int) -> Model:
    kind, config = table(tree).get("class_name"), table(tree).get("config")
    if kind not in _MODELS:
        raise BrokenFileError(
            f"it is a `{shown(str(kind))}`; only Functional and Sequential models say what they compute"
        )
    if depth > _MAX_NESTING:
        raise BrokenFileError(f"its models lie more than {_MAX_NESTING} deep in each other")
    # Old Sequential models are a list of layers and nothing else.
    entries = items(config) or items(table(config).get("layers"))
    if not entries or len(entries) > _MAX_LAYERS:
        raise BrokenFileError(f"it has {len(entries)} layers; 1 to {_MAX_LAYERS} are read")
    layers = [_layer(entry, depth=depth) for entry in entries]
    if len({layer.name for layer in layers}) < len(layers):
        raise BrokenFileError("two of its layers have one name")
    if kind == "Sequential":
        return _chained(layers)
    given = table(config)
    return Model(tuple(layers), _ends(given.get("input_layers")), _ends(given.get("output_layers")))


def _layer(entry: object, *, depth: int) -> Layer:
    said = table(entry)
    kind, config = said.get("class_name"), table(said.get("config"))
    name = said.get("name", config.get("name"))
    if not isinstance(kind, str) or not isinstance(name, str) or not kind:
        raise BrokenFileError("one of its layers has no class or no name")
    module = said.get("module")
    is_function = kind in ("TFOpLambda", "SlicingOpLambda") or "ops" in str(module).split(".")
    return Layer(
        name=name,
        kind=kind,
        config=config,
        calls=tuple(_call(node) for node in items(said.get("inbound_nodes"))),
        function=str(config.get("function", kind)) if is_function else None,
        model=_model(entry, depth=depth + 1) if kind in _MODELS else None,
    )


def _call(node: object) -> tuple[tuple[str, int], ...]:
    """Find the tensors that a call reads, in the ways that Keras 2 and 3 write them."""
    if isinstance(node, dict):
        found = [table(value.get("config")).get("keras_history") for value in _objects(node)]
        return tuple(end for value in found for end in _ends(value))
    return _ends(node)


def _ends(value: object) -> tuple[tuple[str, int], ...]:
    """Read [name, call, tensor], or lists and objects of such."""
    match value:
        case [str(name), int(call), int(), *_]:
            return ((name, call),)
        case list():
            return tuple(end for one in value if isinstance(one, (list, dict)) for end in _ends(one))
        case dict():
            return tuple(end for one in value.values() if isinstance(one, (list, dict)) for end in _ends(one))
    return ()


def _chained(layers: list[Layer]) -> Model:
    """Write out what a Sequential model leaves unsaid: each layer reads the one before."""
    chained: list[Layer] = []
    if layers[0].kind != "InputLayer":
        shape = input_shape(layers[0])
        config = {"batch_shape": None if shape is None else list(shape), "dtype": layers[0].config.get("dtype")}
        layers = [Layer(f"{layers[0].name}_input", "InputLayer", config, ()), *layers]
    for at, layer in enumerate(layers):
        calls = (((layers[at - 1].name, 0),),) if at else ()
        chained.append(Layer(layer.name, layer.kind, layer.config, calls, layer.function, layer.model))
    return Model(tuple(chained), ((layers[0].name, 0),), ((layers[-1].name, 0),))
