"""From model files to a manifest draft: everything the bytes prove is filled in, everything else is `todo`.

Nothing is guessed. What the file makes likely stands in a comment beside the `todo`, for a person to decide. A line is
written here as text, because comments and columns are half of what a draft is for; every name that a file holds is
quoted as JSON, which YAML reads as the same text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import get_args

from zoo_tools.checks.operators_supported import oldest_runtime
from zoo_tools.domain.manifest import Format, NumberFormat, ReferenceNetwork
from zoo_tools.domain.model_facts import ModelFacts, TensorFacts
from zoo_tools.registry.load import Registry
from zoo_tools.registry.unwritten import TODO

_DTYPES = ("uint8", "int8", "int16", "int32", "int64", "float16", "float32")
_SHORT: Mapping[str, str] = {
    "tflite": "", "keras-h5": "h5", "keras": "keras", "onnx": "onnx", "openvino-ir": "ir", "tf-frozen-graph": "tf",
    "torch-pth": "pth",
}  # fmt: skip
"""How ids of artifacts call a format; a TFLite file goes by its precision alone."""
_DECODING: Mapping[str, str] = {
    "TFLite_Detection_PostProcess": "tf-detection-api",
    "DetectionOutput": "detection-output",
}
"""Operators that decode and suppress by themselves, and the decoder that reads what they give."""
_MOST_NAMED = 8
"""Candidates a comment lists."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that belongs to a model file: its plain name, digest and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file that was read.

    Attributes:
        name: its plain name.
        path: where it will lie in the model's folder; None where it is published elsewhere.
        sha256: of its bytes.
        size: in bytes.
        format: the manifest's word.
        facts: what it proves.
        companions: the files that belong to it.
    """

    name: str
    path: str | None
    sha256: str
    size: int
    format: Format
    facts: ModelFacts
    companions: tuple[HeldFile, ...] = ()

    @property
    def image(self) -> TensorFacts | None:
        """The input that takes the picture: a detector's only one, if it has four axes."""
        inputs = self.facts.inputs
        return inputs[0] if len(inputs) == 1 and inputs[0].shape is not None and len(inputs[0].shape) == 4 else None

    @property
    def layout(self) -> str | None:
        """NHWC or NCHW, where the shape of the input leaves no choice."""
        shape = self.image.shape if self.image is not None else None
        if shape is None:
            return None
        first, last = shape[1] in (1, 3), shape[3] in (1, 3)
        return None if first == last else "NCHW" if first else "NHWC"

    @property
    def resolution(self) -> tuple[int | None, int | None, int | None] | None:
        """Height, width and channels of the input; None where the axes are not told."""
        shape = self.image.shape if self.image is not None else None
        if shape is None or self.layout is None:
            return None
        return (shape[2], shape[3], shape[1]) if self.layout == "NCHW" else (shape[1], shape[2], shape[3])


def model_draft(model: str, title: str | None, files: Sequence[ModelFile], registry: Registry, *, today: date) -> str:
    """Return the text of a manifest draft.

    Args:
        model: id of the family.
        title: its name, where somebody gave one.
        files: at least one; those of one input size become artifacts of one variant.
        registry: whose label sets and datasets are named as candidates.
        today: the day the first version is dated.
    """
    variants = _variants(files)
    contracts = _contracts(files)
    lines = [*_head(model, title, today), *_how_to_run(contracts)]
    lines += ["# " + "-" * 98 + " files and figures", "", "variants:"]
    for id_, members in variants.items():
        lines += _variant(id_, members, contracts, registry)
    lines += [
        "",
        "# Who says so: `published` documents, and what was `measured` here; no figure stands without it.",
        "",
    ]
    lines += ["evidence: {}"]
    return "\n".join(lines) + "\n"


def _head(model: str, title: str | None, today: date) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../../schema/manifest-1.json"
    yield "#"
    yield "# A draft. What the files prove is filled in; every `todo` is a question to a person:"
    yield f"# `zoo_tools validate {model} --level static` names each, with its line and what to write."
    yield ""
    yield "format: 1"
    yield f"id: {model}"
    yield f"title: {TODO if title is None else _text(title)}"
    yield "status: {state: active}"
    yield "version: 1.0.0"
    yield "changelog:"
    yield f"- {{version: 1.0.0, date: {today.isoformat()}, text: First version.}}"
    yield "task: object-detection"
    yield f"summary: {TODO}"
    yield "sources:"
    yield f"  upstream: {TODO} # where it is published; remove the line for a model made in this repository"
    yield "  papers: []"
    yield ""
    yield "licences: # ids of https://spdx.org/licenses, or {spdx: unknown, reason: …}"
    for part in ("code", "weights", "dataset"):
        yield f"  {part + ':':<8} {{spdx: {TODO}}}"
    yield ""
    yield "platforms: {}"
    yield ""


def _variants(files: Sequence[ModelFile]) -> dict[str, list[ModelFile]]:
    """Group files by input size; those that do not tell theirs belong to the only one there is."""
    told = list(dict.fromkeys(_size(file) for file in files if _size(file) is not None))
    found: dict[str, list[ModelFile]] = {}
    for file in files:
        size = _size(file) or (told[0] if len(told) == 1 else None)
        if size is None:
            name = f"unknown-size-{sum(one.startswith('unknown-size') for one in found) + 1}"
        else:
            name = str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"
        found.setdefault(name, []).append(file)
    return found


def _size(file: ModelFile) -> tuple[int, int] | None:
    held = file.resolution
    return None if held is None or held[0] is None or held[1] is None else (held[0], held[1])


def _contracts(files: Sequence[ModelFile]) -> dict[str, list[ModelFile]]:
    """Group files by what their inputs are in; one contract is called `main`."""
    found: dict[str, list[ModelFile]] = {}
    for file in files:
        channels = file.resolution[2] if file.resolution is not None else None
        key = "-".join(
            ["unknown" if file.layout is None else file.layout.lower(), *(["grey"] if channels == 1 else [])]
        )
        found.setdefault(key, []).append(file)
    return {"main": list(files)} if len(found) == 1 else found


def _how_to_run(contracts: Mapping[str, Sequence[ModelFile]]) -> Iterator[str]:
    yield "# " + "-" * 103 + " how to run it"
    yield ""
    yield "contracts:"
    for name, files in contracts.items():
        file = files[0]
        channels = file.resolution[2] if file.resolution is not None else None
        yield f"  {name}:"
        yield "    sources: # of each statement below: the code or configuration that was read, or what was tried"
        yield f"    - {{says: {TODO}, how: {TODO}}}"
        colour = "grey" if channels == 1 else TODO
        yield f"    input: {{role: image, layout: {file.layout or TODO}, colour: {colour}, range: {TODO}}}"
        yield "    preprocess:"
        yield f"      resize: {{mode: {TODO}, filter: {TODO}, coordinates: {TODO}}}"
        for one in dict.fromkeys(hint for one in files if (hint := _normalisation_hint(one)) is not None):
            yield f"      # {one}"
        yield f"      normalise: {{formula: x * a + b, a: {TODO}, b: {TODO}, in: {TODO}}}"
        for one in dict.fromkeys(_decoding_hint(one.facts) for one in files):
            yield f"    # {one}"
        yield f"    decode: {TODO}"
        yield f"    select: {TODO}"
    yield ""


def _normalisation_hint(file: ModelFile) -> str | None:
    held = file.image.quantization if file.image is not None else None
    if held is None or len(held.scales) != 1:
        return None
    scale, zero = held.scales[0], held.zero_points[0]
    inverse = Fraction(1 / scale).limit_denominator(2)
    a = f"1/{float(inverse):g}" if abs(float(1 / inverse) - scale) < 1e-6 * scale else repr(scale)
    return (
        f"The input stands for ({'x' if zero == 0 else f'x - {zero}' if zero > 0 else f'x + {-zero}'}) * {scale!r}: if "
        f"pixels go in as they are, a: {a}, b: {-zero * scale:g}, in: quantisation."
    )


def _decoding_hint(facts: ModelFacts) -> str:
    called = {operator.name.removeprefix("CUSTOM:") for operator in facts.operators}
    for name, decoder in _DECODING.items():
        if name in called:
            return f"The file calls {name}, which gives what `type: {decoder}` reads."
    rows = [f"{_dimensions(one)} {one.dtype}" for one in facts.outputs]
    return f"Outputs: {'; '.join(rows) or 'the file tells none'}. A last axis of 4 may be offsets, anchors or boxes."


def _variant(
    id_: str, files: Sequence[ModelFile], contracts: Mapping[str, Sequence[ModelFile]], registry: Registry
) -> Iterator[str]:
    resolution = next((file.resolution for file in files if file.resolution is not None), None)
    shown = ", ".join(TODO if size is None else str(size) for size in resolution or (None, None, None))
    used = next(name for name, members in contracts.items() if files[0] in members)
    yield f"- id: {_text(id_)}"
    yield f"  resolution: [{shown}]"
    yield f"  dataset: {TODO} # {_candidates('registry/datasets', registry.datasets)}"
    yield f"  labels: {TODO} # {_label_sets(files, registry)}"
    yield f"  contract: {used}"
    yield "  artifacts:"
    taken: set[str] = set()
    for file in files:
        name = _artifact_id(file, taken)
        taken.add(name)
        own = next(contract for contract, members in contracts.items() if file in members)
        yield from _artifact(name, file, own if own != used else None)
    yield "  # Then a golden case, which `zoo_tools golden record` records and measures:"
    yield "  # golden:"
    yield f"  # - {{artifact: {_artifact_id(files[0], set())}, image: ID, file: golden/NAME.json}}"


def _artifact(id_: str, file: ModelFile, contract: str | None) -> Iterator[str]:
    facts = file.facts
    yield f"  - id: {id_}"
    yield f"    release: {TODO}"
    yield f"    format: {file.format}"
    yield f"    precision: {{{_precision(facts)}}}"
    if file.path is not None:
        yield f"    path: {file.path}"
    else:
        yield f"    urls: [{TODO}] # https, at a fixed revision"
        yield f"    name: {_text(file.name)}"
    yield f'    sha256: "{file.sha256}"'
    yield f"    size: {file.size}"
    if file.companions:
        yield "    companions:"
        for one in file.companions:
            place = "" if file.path is not None else f"urls: [{TODO}], "
            yield f'    - {{name: {_text(one.name)}, {place}sha256: "{one.sha256}", size: {one.size}}}'
    if file.format == "torch-pth":
        known = ", ".join(get_args(ReferenceNetwork))
        yield f"    reference_network: {TODO} # a checkpoint holds no graph; remove the line if it is none of {known}"
    yield from _runtime(file)
    if contract is not None:
        yield f"    contract: {contract}"
    yield f"    parameters: {facts.parameters}"
    if facts.macs is not None and not facts.uncounted_operators:
        yield f"    macs: {facts.macs}"
    if facts.inputs and facts.outputs:
        yield "    tensors:"
        yield "      inputs:"
        yield from (f"      - {_tensor(one, 'image' if one is file.image else TODO)}" for one in facts.inputs)
        yield "      outputs:"
        yield from (f"      - {_tensor(one, TODO)}" for one in facts.outputs)


def _runtime(file: ModelFile) -> Iterator[str]:
    needs = oldest_runtime(file.format, file.facts.operators)
    if needs is None:
        return
    custom = f", custom_operators: [{', '.join(map(_text, needs.custom))}]" if needs.custom else ""
    if needs.oldest is not None:
        yield f"    runtime: {{name: {needs.name}, oldest: {needs.oldest}{custom}}} # counted from its operators"
    elif needs.custom:
        yield f"    runtime: {{name: {needs.name}{custom}}}"


def _artifact_id(file: ModelFile, taken: set[str]) -> str:
    words = [_SHORT[file.format]]
    weights = _weights(file.facts)
    if weights != "float32" or not words[0]:
        words.append({"float32": "float", TODO: "model"}.get(weights, weights))
    name = "-".join(filter(None, words))
    return next(one for at in range(1, len(taken) + 2) if (one := name if at == 1 else f"{name}-{at}") not in taken)


def _weights(facts: ModelFacts) -> str:
    types = facts.weight_types or tuple({one.dtype for one in facts.held if "float" in one.dtype})
    return _number_format(types)


def _number_format(types: Sequence[str]) -> str:
    return types[0] if len(types) == 1 and types[0] in get_args(NumberFormat) else TODO


def _precision(facts: ModelFacts) -> str:
    weights, activations = _weights(facts), _number_format(facts.activation_types)
    if not facts.inputs and weights == "float32":
        activations = weights  # nothing in a state dict quantises
    text = f"weights: {weights}, activations: {activations}"
    if weights in ("int8", "uint8", "int4"):
        text += f", granularity: {'per-channel' if facts.per_channel_tensors else 'per-tensor'}"
    return text


def _tensor(tensor: TensorFacts, role: str) -> str:
    dtype = tensor.dtype if tensor.dtype in _DTYPES else TODO
    text = f"role: {role}, name: {_text(tensor.name)}, shape: {_dimensions(tensor)}, dtype: {dtype}"
    held = tensor.quantization
    if held is not None and len(held.scales) == 1:
        text += f", quantisation: {{scale: {held.scales[0]!r}, zero_point: {held.zero_points[0]}}}"
    return f"{{{text}}}"


def _dimensions(tensor: TensorFacts) -> str:
    if not tensor.shape:
        return TODO
    sizes = (
        str(size) if size is not None else "batch" if at == 0 else f"size{at}" for at, size in enumerate(tensor.shape)
    )
    return f"[{', '.join(sizes)}]"


def _label_sets(files: Sequence[ModelFile], registry: Registry) -> str:
    """Name the label sets that an output has a column for each name of, with or without one for the background."""
    columns = {one.shape[-1] for file in files for one in file.facts.outputs if one.shape and len(one.shape) > 1}
    fitting = [
        id_ for id_, entry in registry.labels.items() if {len(entry.value.names), len(entry.value.names) + 1} & columns
    ]
    if not fitting:
        return _candidates("registry/labels", registry.labels)
    return f"by the width of an output it may be {' or '.join(sorted(fitting)[:_MOST_NAMED])}"


def _candidates(folder: str, ids: Mapping[str, object]) -> str:
    listed = sorted(ids)
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    return f"one of {folder}: {', '.join(listed[:_MOST_NAMED])}{more}" if listed else f"{folder} holds none yet"


def _text(text: str) -> str:
    """Quote a text; what no YAML file may hold becomes a mark of it, which `io-inputs` and `io-outputs` then name."""
    return json.dumps(
        "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text), ensure_ascii=False
    )
