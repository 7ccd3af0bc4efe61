"""`zoo_tools inspect`: what a model file holds, read without running it.

`--json` prints one object. Its keys: `layout` (1; it grows with the meaning of a key), `file`, `size` (bytes),
`companions` (names of the files read with it), `operator_count`, and those of `domain.model_facts.ModelFacts` by their
names. What a file does not tell is null, and an open dimension within a shape is null too.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import click

from zoo_tools.domain.model_facts import HeldTensor, ModelFacts, OperatorFacts, TensorFacts
from zoo_tools.errors import UsageError
from zoo_tools.modelfile.kind import sniff
from zoo_tools.modelfile.read import KINDS, read_model

LAYOUT = 1
_UNTOLD = "not told by the file"


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--companion", "companions", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE", help="A file that belongs to it: the .bin of an OpenVINO model, external data of an ONNX model.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path, *, companions: tuple[Path, ...], as_json: bool) -> None:
    """Show what a model FILE holds: tensors, operators, parameters, MACs, constant bytes, arena bounds.

    Nothing is run; the numbers are computed from the bytes. FILE is a TFLite, ONNX, OpenVINO IR (.xml), Keras (.h5,
    .keras) or PyTorch (.pth) model, or a TensorFlow frozen graph.
    """
    kind = sniff(file)
    formats = [name for name, kinds in KINDS.items() if kind in kinds]
    if not formats:
        raise UsageError(f"{file} is {kind.sentence}", fix=f"name a model file: {', '.join(KINDS)}")
    with_it = {path.name: path for path in companions} or _beside(file, formats[0])
    facts = read_model(file, formats[0], companions=with_it)
    if as_json:
        head = {"layout": LAYOUT, "file": file.name, "size": file.stat().st_size, "companions": list(with_it)}
        tree = head | dataclasses.asdict(facts) | {"operator_count": facts.operator_count}
        click.echo(json.dumps(tree, indent=1))
    else:
        click.echo("\n".join(_lines(file, facts, with_it, is_found=not companions)))


def _beside(file: Path, format: str) -> dict[str, Path]:
    """Find the weights of an OpenVINO model, which by custom lie beside it under the same name."""
    weights = file.with_suffix(".bin")
    return {weights.name: weights} if format == "openvino-ir" and weights.is_file() else {}


def _lines(file: Path, facts: ModelFacts, companions: Mapping[str, Path], *, is_found: bool) -> Iterator[str]:
    yield f"{_plain(file.name)}  {facts.format}, {file.stat().st_size:,} bytes"
    for name, path in companions.items():
        yield f"with {_plain(name)}, {path.stat().st_size:,} bytes{', found beside it' if is_found else ''}"
    if facts.format == "openvino-ir" and not companions:
        yield "without its .bin: sizes and places of constants are those the XML claims"
    yield ""
    yield from (f"input   {_tensor(tensor)}" for tensor in facts.inputs)
    yield from (f"output  {_tensor(tensor)}" for tensor in facts.outputs)
    if not facts.inputs and not facts.outputs:
        yield "inputs and outputs: this file holds none"
    yield ""
    yield from _numbers(facts)
    yield from (_operator(operator) for operator in facts.operators)
    if facts.uncounted_operators:
        yield f"not counted in MACs: {_plain(', '.join(facts.uncounted_operators))}"
    if facts.held:
        yield f"arrays           {len(facts.held)}"
        yield from (f"  {_held(tensor)}" for tensor in facts.held)


def _numbers(facts: ModelFacts) -> Iterator[str]:
    yield f"parameters       {facts.parameters:,}"
    yield f"MACs             {_UNTOLD if facts.macs is None else f'{facts.macs:,}'}"
    stored, folded = facts.weights_kib(folded=False), facts.weights_kib(folded=True)
    yield f"constants        {_both((stored, 'stored'), (folded, 'folded'))}"
    yield f"arena            {_both((facts.arena_floor_kib(), 'at least'), (facts.naive_arena_kib(), 'without reuse'))}"
    if facts.weight_types:
        types = f"{', '.join(facts.weight_types)} weights, {', '.join(facts.activation_types) or 'no'} activations"
        yield f"products of      {types}"
    yield f"per channel      {facts.per_channel_tensors} tensors"
    yield f"operators        {facts.operator_count}"


def _both(*sizes: tuple[Decimal | None, str]) -> str:
    told = [f"{size} KiB {what}" for size, what in sizes if size is not None]
    return ", ".join(told) or _UNTOLD


def _operator(operator: OperatorFacts) -> str:
    version = "" if operator.version is None else f" (version {operator.version})"
    domain = f", of {_plain(operator.domain)}" if operator.domain else ""
    return f"  {operator.count:>4} × {_plain(operator.name)}{version}{domain}"


def _tensor(tensor: TensorFacts) -> str:
    text = f"{_plain(tensor.name)}  {_shape(tensor.shape)} {tensor.dtype}"
    if tensor.quantization is not None and len(tensor.quantization.scales) == 1:
        text += f"  scale {tensor.quantization.scales[0]}, zero point {tensor.quantization.zero_points[0]}"
    return text


def _held(tensor: HeldTensor) -> str:
    return f"{_plain(tensor.name)}  {_shape(tensor.shape)} {tensor.dtype}"


def _shape(shape: tuple[int | None, ...] | None) -> str:
    if shape is None:
        return "of any shape,"
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def _plain(name: str) -> str:
    """Return a stranger's name without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
