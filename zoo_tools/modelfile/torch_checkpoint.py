"""Reads PyTorch checkpoints (.pth) without torch and without unpickling them: keys, shapes, types, counts.

A checkpoint holds weights and no graph: it proves which network it fits, not what that network computes. Nothing of
the file is run, see ``modelfile.torch_pickle``.
"""

from math import prod

from zoo_tools.domain.model_facts import HeldTensor, ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.torch_container import read_container
from zoo_tools.modelfile.torch_pickle import DTYPE_BYTES, Table, View, shown

_BUFFERS = {"running_mean", "running_var", "num_batches_tracked"}
_NUMBERS = ("float", "bfloat", "complex")
_MAX_ELEMENTS = 2**40


def read_checkpoint(data: bytes) -> ModelFacts:
    """Read what a checkpoint proves.

    It may be a state dict or a dict that holds one as `state_dict`. Parameters are its real and complex numbers but
    for the running statistics of batch normalisation, which are observed and not learned; two keys that show the same
    elements count once. Constants are all tensors but integers of 32 and 64 bits: those are counters.

    Raises:
        BrokenFileError: it is no checkpoint, is damaged, or would run code when loaded.
    """
    tensors = _state_dict(read_container(data))
    learned = {
        view
        for name, view in tensors.items()
        if name.rpartition(".")[2] not in _BUFFERS and view.dtype.startswith(_NUMBERS)
    }
    constants = {view for view in tensors.values() if view.dtype not in ("int32", "int64")}
    constant_bytes = sum(prod(view.shape) * DTYPE_BYTES[view.dtype] for view in constants)
    return ModelFacts(
        format="torch-pth",
        inputs=(),
        outputs=(),
        signatures=(),
        operators=(),
        parameters=sum(prod(view.shape) for view in learned),
        macs=None,
        uncounted_operators=(),
        constant_bytes_stored=constant_bytes,
        constant_bytes_folded=constant_bytes,
        arena_floor_bytes=None,
        naive_arena_bytes=None,
        per_channel_tensors=0,
        held=tuple(HeldTensor(name, view.shape, view.dtype) for name, view in tensors.items()),
    )


def _state_dict(value: object) -> dict[str, View]:
    inner = value.get("state_dict") if isinstance(value, Table) else None
    table = value if inner is None else inner
    if not isinstance(table, Table):
        raise BrokenFileError("it holds no state dict; it should be one, or a dict with one as `state_dict`")
    tensors: dict[str, View] = {}
    for key, view in table.pairs:
        if not isinstance(key, str) or not isinstance(view, View):
            name = shown(key) if isinstance(key, str) else "that is no text"
            raise BrokenFileError(f"its entry {name} is no tensor; all entries of a state dict should be")
        if prod(view.shape) > _MAX_ELEMENTS:
            raise BrokenFileError(f"its tensor {shown(key)} claims more than {_MAX_ELEMENTS} elements")
        tensors[key] = view
    if not tensors:
        raise BrokenFileError("it holds no tensors")
    return tensors
