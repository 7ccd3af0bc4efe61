"""The words pages use for quantities, conditions, engines and formats; what has no word here keeps its id."""

from collections.abc import Iterable

from zoo_tools.domain.evidence import Published
from zoo_tools.domain.figures import Group
from zoo_tools.domain.manifest import Accuracy, Artifact, Complexity, Footprint, Latency, Training, Variant
from zoo_tools.domain.scalars import Integer
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.zoo import Zoo

TIMES = "\N{MULTIPLICATION SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
DOT = " \N{MIDDLE DOT} "

QUANTITIES = {
    "ram.activation": "activation RAM",
    "ram.runtime": "runtime RAM",
    "ram.internal": "internal RAM",
    "ram.external": "external RAM",
    "ram.total": "total RAM",
    "flash.weights": "weights flash",
    "flash.code": "code flash",
    "flash.total": "total flash",
    "ms": "inference time",
    "per_second": "inferences per second",
    "share.npu": "share of the NPU",
    "share.gpu": "share of the GPU",
    "share.cpu": "share of the CPU",
    "ap": "AP",
    "gflops": "arithmetic of one inference",
    "mparams": "parameters",
    "memory_gb": "memory in training",
}
_SLASH = Html("/<wbr>")
_ENGINES = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU", "npu+gpu": "NPU + GPU", "npu+mcu": "NPU + MCU"}
KINDS = {
    "mcu": "microcontroller",
    "mcu+npu": "microcontroller with an NPU",
    "mpu": "microprocessor",
    "mpu+npu": "microprocessor with an NPU",
    "gpu": "graphics processor of a server",
    "host": "processor of a PC or server",
}
_UNITS = {"1/s": "per second"}
FORMATS = {
    "tflite": "TensorFlow Lite",
    "keras-h5": "Keras .h5",
    "keras": "Keras",
    "onnx": "ONNX",
    "openvino-ir": "OpenVINO IR",
    "tf-frozen-graph": "TensorFlow frozen graph",
    "torch-pth": "PyTorch checkpoint",
}


def engine(latency: Latency) -> str:
    """Return what ran: cores, engine, clock, pictures at a time."""
    name = _ENGINES.get(latency.engine, latency.engine)
    cores = f"{latency.cores} {TIMES} {name}" if latency.cores is not None else name
    clock = None if latency.clock_mhz is None else f"{latency.clock_mhz} MHz"
    batch = None if latency.batch_size is None else f"batch of {latency.batch_size}"
    return ", ".join(said for said in (cores, clock, batch) if said is not None)


def unit(symbol: str) -> str:
    """Return a unit as it stands behind a number outside of tables."""
    return _UNITS.get(symbol, symbol)


def conditions(group: Group, zoo: Zoo) -> str:
    """Return where and how a group of figures was measured, its tools apart."""
    match group:
        case Footprint():
            return zoo.series_title(group.target)
        case Latency():
            return f"{zoo.board_title(group.board)}, {engine(group)}"
        case Accuracy():
            return zoo.protocol_short(group.protocol)
        case Complexity():
            return "network"
        case Training():
            return "training"


def tools(group: Group, zoo: Zoo) -> str:
    """Return the tools a group of figures was measured with; accuracy names none."""
    match group:
        case Footprint() | Latency():
            return ", ".join(zoo.tool_title(ref) for ref in group.tools)
        case Accuracy() | Complexity() | Training():
            return ""


def resolution(variant: Variant) -> str:
    """Return the input size as height, width, channels."""
    return f"{NBSP}{TIMES}{NBSP}".join(str(size) for size in variant.resolution)


def sides(variants: Iterable[Variant]) -> str:
    """Return the input sizes of several variants, each once."""
    return ", ".join(dict.fromkeys(f"{v.resolution[0]}{NBSP}{TIMES}{NBSP}{v.resolution[1]}" for v in variants))


def file_format(artifact: Artifact) -> str:
    """Return the name of the file format."""
    return FORMATS.get(artifact.format, artifact.format)


def number_formats(artifact: Artifact) -> str:
    """Return the number formats of weights and activations in few words."""
    weights, activations = artifact.precision.weights, artifact.precision.activations
    return weights if weights == activations else f"{weights} weights, {activations} activations"


def precision(artifact: Artifact) -> str:
    """Return the number formats, and whether each channel has a scale of its own."""
    both, granularity = number_formats(artifact), artifact.precision.granularity
    return both if granularity is None else f"{both}, {granularity}"


def is_float(artifact: Artifact) -> bool:
    """Tell whether the weights are floating point."""
    return artifact.precision.weights.startswith("float")


def size(count: int) -> str:
    """Return a number of bytes in the unit people read it in; the exact count stands elsewhere."""
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"


def document_line(evidence: Published, line: Integer | None) -> Html:
    """Link to a line of a document where its site can show one, else to the document."""
    if line is None:
        return link(evidence.url, "document")
    label = f"line {line}"
    # GitHub shows Markdown rendered, where lines have no anchors, unless it is asked for the source.
    if evidence.url.startswith("https://github.com/") and "/blob/" in evidence.url and "?" not in evidence.url:
        return link(f"{evidence.url.partition('#')[0]}?plain=1#L{line}", label)
    return link(evidence.url, label)


def count(number: int, noun: str, *, plural: str | None = None) -> str:
    """Return `1 model`, `2 models`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def path(*parts: str) -> Html:
    """Return ids joined by slashes, where a narrow column may break them."""
    return join(*parts, by=_SLASH)


def code(text: str) -> Html:
    """Return text as code."""
    return el("code", text)
