"""The XML half of an OpenVINO model as typed tables, with every length and number checked before it is believed.

Only Python's own expat is used. A document type, and with it every entity, is refused where it begins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from xml.parsers import expat

from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.graph import DTYPE_BITS
from zoo_tools.modelfile.naming import shown

MAX_BYTES = 64 << 20
"""The XML of a detector has about half a megabyte."""
_MAX_DEPTH = 40
_MAX_ELEMENTS = 1_000_000
_MAX_LAYERS = 16_384
_MAX_RANK = 16
_MAX_TENSOR_BYTES = 2**40
_BODIES = ("body", "then_body", "else_body")
_WHOLE = re.compile(r"-?[0-9]{1,18}")

_DTYPES = {
    "f16": "float16", "f32": "float32", "f64": "float64", "bf16": "bfloat16", "boolean": "bool", "string": "string",
    "fp16": "float16", "fp32": "float32", "fp64": "float64", "bool": "bool", "nf4": "nf4", "f4e2m1": "float4e2m1",
    "f8e4m3": "float8e4m3fn", "f8e5m2": "float8e5m2", "f8e8m0": "float8e8m0",
    **{f"{sign}{bits}": f"{word}{bits}" for sign, word in (("i", "int"), ("u", "uint")) for bits in (4, 8, 16, 32, 64)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Port:
    """What comes out of a layer; an open size is -1. Without dimensions it may be a scalar, or of open rank."""

    dtype: str
    dimensions: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as the file writes it; inputs are (layer, output) positions in the net, by input port."""

    name: str
    type: str
    version: str
    data: Mapping[str, str]
    output_names: tuple[str, ...]
    inputs: tuple[tuple[int, int], ...]
    outputs: tuple[Port, ...]
    bodies: tuple["StoredNet", ...]


@dataclass(frozen=True, slots=True)
class StoredNet:
    """Layers in an order in which each follows what it reads."""

    layers: tuple[StoredLayer, ...]


def read_xml(data: bytes) -> StoredNet:
    """Read the layers of a model.

    Raises:
        BrokenFileError: it is cut short, no model, or says what cannot be.
    """
    if len(data) > MAX_BYTES:
        raise BrokenFileError(f"it has {len(data)} bytes; at most {MAX_BYTES} are read")
    root = _Tree(data).root
    if root.tag != "net":
        raise BrokenFileError(f"its first element is `{shown(root.tag)}`, it should be `net`")
    return _net(root)


def stored_constant(layer: StoredLayer) -> tuple[str, tuple[int, ...], int, int]:
    """Read the type, the shape, and the place in the .bin (offset, size) of a Const.

    Raises:
        BrokenFileError: the size does not follow from type and shape.
    """
    place = f"constant `{shown(layer.name)}`"
    dtype = dtype_of(layer.data.get("element_type", ""), place)
    text = layer.data.get("shape", "").strip()
    shape = tuple(_whole(size.strip(), place) for size in text.split(",")) if text else ()
    offset, size = _whole(layer.data.get("offset", ""), place), _whole(layer.data.get("size", ""), place)
    if len(shape) > _MAX_RANK or min((offset, size, *shape)) < 0:
        raise BrokenFileError(f"{place} has no sound shape or place")
    wanted = (prod(shape) * DTYPE_BITS[dtype] + 7) // 8
    if dtype != "string" and size != wanted:
        raise BrokenFileError(f"{place} holds {size} bytes, its shape and type need {wanted}")
    return dtype, shape, offset, size


def dtype_of(word: str, place: str) -> str:
    """Return numpy's word for an element type or precision.

    Raises:
        BrokenFileError: the word is not known.
    """
    if word.lower() not in _DTYPES:
        raise BrokenFileError(f"{place} has element type `{shown(word)}`, which is not known")
    return _DTYPES[word.lower()]


class _Element:
    """An element with its attributes and children; text is kept of dimensions only."""

    __slots__ = ("attributes", "children", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[_Element] = []
        self.text = ""

    def child(self, tag: str) -> "_Element | None":
        return next((one for one in self.children if one.tag == tag), None)

    def under(self, tag: str) -> "list[_Element]":
        child = self.child(tag)
        return child.children if child else []


class _Tree:
    """Builds the elements, with limits on their depth and number."""

    def __init__(self, data: bytes) -> None:
        self._open = [_Element("", {})]
        self._count = 0
        self._layers = 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)  # noqa: FBT003 (the signature is Python's)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise BrokenFileError(f"it is cut short or damaged: {error}") from error
        self.root = self._open[0].children[0]

    def _doctype(self, *_: object) -> None:
        raise BrokenFileError("it declares a document type, which no OpenVINO model does")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_ELEMENTS or len(self._open) > _MAX_DEPTH:
            raise BrokenFileError(f"it has more than {_MAX_ELEMENTS} elements, or more than {_MAX_DEPTH} in each other")
        self._layers += tag == "layer"
        if self._layers > _MAX_LAYERS:
            raise BrokenFileError(f"it has more than {_MAX_LAYERS} layers")
        element = _Element(tag, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if self._open[-1].tag == "dim":
            self._open[-1].text = (self._open[-1].text + text)[:64]


def _net(element: _Element) -> StoredNet:
    layers = [one for one in element.under("layers") if one.tag == "layer"]
    if not layers:
        raise BrokenFileError("it holds no layers")
    position = {one.attributes.get("id", ""): at for at, one in enumerate(layers)}
    if len(position) < len(layers):
        raise BrokenFileError("two of its layers have one id")
    ports = [{one.attributes.get("id", ""): at for at, one in enumerate(layer.under("output"))} for layer in layers]
    sources = _edges(element, position, ports)
    order = _order([[layer for layer, _ in sources[at].values()] for at in range(len(layers))])
    rank = {at: place for place, at in enumerate(order)}
    return StoredNet(tuple(_layer(layers[at], sources[at], rank) for at in order))


Sources = dict[str, tuple[int, int]]
"""By input port: the layer and output it reads."""


def _edges(element: _Element, position: Mapping[str, int], ports: list[dict[str, int]]) -> list[Sources]:
    sources: list[Sources] = [{} for _ in ports]
    for edge in element.under("edges"):
        said = edge.attributes
        source, target = position.get(said.get("from-layer", "")), position.get(said.get("to-layer", ""))
        if source is None or target is None or said.get("from-port", "") not in ports[source]:
            raise BrokenFileError("an edge leads from or to a layer or port that is not there")
        port = said.get("to-port", "")
        if port in sources[target]:
            raise BrokenFileError("two edges lead to one port")
        sources[target][port] = (source, ports[source][said.get("from-port", "")])
    return sources


def _order(reads: list[list[int]]) -> list[int]:
    """Order layers so that each follows those it reads, else as the file has them."""
    waiting = [len(read) for read in reads]
    readers: list[list[int]] = [[] for _ in reads]
    for at, read in enumerate(reads):
        for source in read:
            readers[source].append(at)
    ready = [at for at in reversed(range(len(reads))) if not waiting[at]]
    order: list[int] = []
    while ready:
        at = ready.pop()
        order.append(at)
        for reader in reversed(readers[at]):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    if len(order) < len(reads):
        raise BrokenFileError("its layers read each other in a circle")
    # Files are written in a running order; only another order is changed, so that arenas are those of the file.
    place = list(range(len(reads)))
    return place if all(source < at for at, read in enumerate(reads) for source in read) else order


def _layer(element: _Element, sources: Sources, rank: Mapping[int, int]) -> StoredLayer:
    said = element.attributes
    place = f"layer `{shown(said.get('name', ''))}`"
    inputs = [one.attributes.get("id", "") for one in element.under("input")]
    if sorted(inputs) != sorted(sources):
        raise BrokenFileError(f"{place} has {len(inputs)} inputs, {len(sources)} edges lead to it")
    data = element.child("data")
    return StoredLayer(
        name=said.get("name", ""),
        type=said.get("type", ""),
        version=said.get("version", ""),
        data=data.attributes if data else {},
        output_names=_names(said.get("output_names", "")),
        inputs=tuple((rank[sources[port][0]], sources[port][1]) for port in inputs),
        outputs=tuple(_port(one, place) for one in element.under("output")),
        bodies=tuple(_net(one) for one in element.children if one.tag in _BODIES),
    )


def _port(element: _Element, place: str) -> Port:
    dimensions = tuple(_whole(one.text.strip(), place) for one in element.children if one.tag == "dim")
    if len(dimensions) > _MAX_RANK or min(dimensions, default=0) < -1:
        raise BrokenFileError(f"{place} has no sound shape")
    dtype = dtype_of(element.attributes.get("precision", ""), place)
    known = prod(size for size in dimensions if size >= 0) * DTYPE_BITS[dtype] // 8
    if known > _MAX_TENSOR_BYTES:
        raise BrokenFileError(f"{place} claims {known} bytes; at most {_MAX_TENSOR_BYTES} are believed")
    return Port(dtype, dimensions, _names(element.attributes.get("names", "")))


def _names(text: str) -> tuple[str, ...]:
    """Split names at commas; a comma within a name is escaped."""
    parts = re.split(r"(?<!\\),", text) if text else []
    return tuple(part.replace("\\,", ",") for part in parts)


def _whole(text: str, place: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise BrokenFileError(f"{place} has `{shown(text)}` where a whole number should be")
    return int(text)
