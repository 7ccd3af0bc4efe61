"""Data that an ONNX file keeps in other files: only plain names that were given are taken, and nothing is opened here.

Runtimes open whatever is named there, `../` and `.git/config` included; so the names decide before anything is run.
"""

import re
from collections.abc import Iterable, Mapping

import onnx

from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.naming import checked, listed

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,254}")


def check_locations(model: onnx.ModelProto, companions: Mapping[str, int]) -> None:
    """Check the names of all other files at once.

    Args:
        model: as parsed.
        companions: the files given beside it.

    Raises:
        BrokenFileError: it names a place elsewhere, or a file that was not given.
    """
    asked: dict[str, None] = {}
    for tensor in _all_tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            location = next((checked(one.value) for one in tensor.external_data if one.key == "location"), "")
            asked.setdefault(location)
    odd = [one for one in asked if not _PLAIN_NAME.fullmatch(one) or one.endswith((".", " "))]
    if odd:
        raise BrokenFileError(
            f"its data should lie in {listed(odd)}; only plain names of files beside it are taken",
            fix="Do not run it; report it to whoever published it.",
        )
    absent = [one for one in asked if one not in companions]
    if absent:
        raise BrokenFileError(
            f"its data lies in {listed(absent)}, which was not given with it",
            fix="List that file among the artifact's companions, or name it with --companion.",
        )


def _all_tensors(model: onnx.ModelProto) -> Iterable[onnx.TensorProto]:
    yield from _tensors_of(model.graph)
    for function in model.functions:
        for node in function.node:
            yield from _tensors_of_node(node)


def _tensors_of(graph: onnx.GraphProto) -> Iterable[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
        yield sparse.indices
    for node in graph.node:
        yield from _tensors_of_node(node)


def _tensors_of_node(node: onnx.NodeProto) -> Iterable[onnx.TensorProto]:
    for attribute in node.attribute:
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        for sparse in [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []:
            yield sparse.values
            yield sparse.indices
        for body in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            yield from _tensors_of(body)
