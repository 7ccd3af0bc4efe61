"""What a checkpoint proves is what PyTorch itself loads from it: every key, shape and type, in both containers."""

import io
import struct
import zipfile
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import oracle
from tests.modelfile.checkpoints import CONTAINERS, rezipped, saved, small
from zoo_tools.domain.model_facts import HeldTensor
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.torch_checkpoint import read_checkpoint
from zoo_tools.modelfile.torch_heads import class_count
from zoo_tools.modelfile.torch_pickle import DTYPE_BYTES

torch = oracle("torch")

ULTRA_LIGHT = "cd24abce45da5dbc7cfd8167cd3d5f955382dfc9d9ae9459f0026abd3c2e38a4/version-slim-320.pth"
ITS_ONNX = (
    "6e12bb34a36eb17b86d2b76b79c9cd20f342a59ee737d2123a814ce6f532932b/version-slim-320_without_postprocessing.onnx"
)


NEWER = {name for name in DTYPE_BYTES if name.startswith("float8") or name in ("uint16", "uint32", "uint64")}
"""Types without a storage class of their own; PyTorch writes them into the old container and cannot load them."""
DTYPES = {"archive": sorted(DTYPE_BYTES), "legacy": sorted(DTYPE_BYTES.keys() - NEWER)}


@st.composite
def states(draw: st.DrawFn, container: str) -> dict[str, object]:
    """State dicts with every type; whole tensors, views of each other, parameters, empty ones."""
    state: dict[str, object] = {}
    for number in range(draw(st.integers(1, 5))):
        dtype = getattr(torch, draw(st.sampled_from(DTYPES[container])))
        shape = draw(st.lists(st.integers(0, 4), max_size=4))
        whole = torch.zeros(shape, dtype=dtype)
        state[f"layer.{number}.weight"] = whole
        match draw(st.sampled_from(["whole", "view", "turned", "twice", "parameter", "spread"])):
            case "view" if shape and shape[0] > 1:
                state[f"view.{number}"] = whole[1:]
            case "turned" if len(shape) > 1:
                state[f"turned.{number}"] = whole.transpose(0, 1)
            case "twice":
                state[f"twice.{number}"] = whole
            case "parameter" if dtype.is_floating_point:
                state[f"parameter.{number}"] = torch.nn.Parameter(whole)
            case "spread":
                state[f"spread.{number}"] = torch.zeros(1, dtype=dtype).expand(5)
    return state


METAS = st.dictionaries(st.text(), st.none() | st.integers() | st.floats() | st.text() | st.booleans())


@pytest.mark.parametrize("container", CONTAINERS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(["bare", "state_dict", "meta"]), METAS)
def test_it_is_what_pytorch_loads(container: str, data: st.DataObject, form: str, meta: dict[str, object]) -> None:
    state = data.draw(states(container))
    value = {"bare": state, "state_dict": {"state_dict": state}, "meta": {"meta": meta, "state_dict": state}}[form]
    content = saved(value, container)
    loaded = torch.load(io.BytesIO(content), weights_only=True)
    tensors = loaded if form == "bare" else loaded["state_dict"]
    assert read_checkpoint(content).held == tuple(
        HeldTensor(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors.items()
    )


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_is_learned_is_counted_once(container: str) -> None:
    facts = read_checkpoint(saved(small(), container))
    assert [one.name for one in facts.held] == [
        "0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "again.weight",
    ]  # fmt: skip
    assert facts.parameters == 3 * 4 * 9 + 4 + 4
    assert facts.constant_bytes_stored == facts.constant_bytes_folded == 4 * (3 * 4 * 9 + 4 * 4)
    assert (facts.macs, facts.arena_floor_bytes, facts.naive_arena_bytes, facts.inputs) == (None, None, None, ())


def test_a_checkpoint_saved_on_another_device_is_read(mirror: Path) -> None:
    """The published file says `cuda:0` of every storage; its project's ONNX file holds the same tensors."""
    onnx = oracle("onnx")
    facts = read_checkpoint((mirror / ULTRA_LIGHT).read_bytes())
    assert len(facts.held) == 184
    assert facts.parameters == 260_188
    stored = onnx.load(str(mirror / ITS_ONNX)).graph.initializer
    assert {one.name: one.shape for one in facts.held} == {one.name: tuple(one.dims) for one in stored}
    assert sum(prod(one.shape) for one in facts.held) == sum(prod(one.dims) for one in stored)
    assert class_count(facts.held) == 1


def test_the_archive_may_be_written_by_others() -> None:
    facts = read_checkpoint(rezipped(saved(small(), "archive")))
    assert facts == read_checkpoint(saved(small(), "legacy"))


def test_sizes_may_stand_in_the_extra_field() -> None:
    """As archives above 4 GiB have them; Python's zipfile reads the same from it."""
    data = rezipped(saved({"w": torch.zeros(4)}, "archive"), {"version": None})
    last = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    fields = list(struct.unpack("<4s6H3L5H2L", data[last : last + 46]))
    wide = struct.pack("<2H2Q", 1, 16, fields[9], fields[8])
    fields[8:10], fields[11] = [2**32 - 1] * 2, len(wide)
    entry = struct.pack("<4s6H3L5H2L", *fields) + data[last + 46 : end] + wide
    ended = bytearray(data[end:])
    struct.pack_into("<L", ended, 12, struct.unpack_from("<L", ended, 12)[0] + len(wide))
    changed = data[:last] + entry + bytes(ended)
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        assert archive.testzip() is None
    assert read_checkpoint(changed) == read_checkpoint(data)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([1, 2], "it holds no state dict; it should be one, or a dict with one as `state_dict`"),
        ({"state_dict": 3}, "it holds no state dict; it should be one, or a dict with one as `state_dict`"),
        ({}, "it holds no tensors"),
        ({"epoch": 3}, "its entry epoch is no tensor; all entries of a state dict should be"),
        ({3: 4}, "its entry that is no text is no tensor; all entries of a state dict should be"),
        ({"b\n[31m": 3}, "its entry b?[31m is no tensor; all entries of a state dict should be"),
    ],
)
def test_what_is_no_state_dict_is_refused(container: str, value: object, sentence: str) -> None:
    with pytest.raises(BrokenFileError) as raised:
        read_checkpoint(saved(value, container))
    assert raised.value.message == sentence


def heads(names: str, levels: list[tuple[int, int]]) -> list[HeldTensor]:
    """Return heads by rows for classes and for offsets; `names` has places for kind and level."""
    return [
        HeldTensor(names.format(kind=kind, level=level), (rows, 64, 3, 3), "float32")
        for level, both in enumerate(levels)
        for kind, rows in zip(("cls", "reg"), both, strict=True)
    ]


@pytest.mark.parametrize(
    ("names", "levels", "classes"),
    [
        ("bbox_head.{kind}_convs.{level}.0.weight", [(324, 16), (486, 24)], 80),
        ("bbox_head.{kind}_convs.{level}.weight", [(324, 16), (486, 24)], 80),
        ("bbox_head.{kind}_convs.{level}.1.weight", [(12, 24)], 1),
        ("bbox_head.{kind}_convs.{level}.0.weight", [(324, 16), (324, 24)], None),
        ("bbox_head.{kind}_convs.{level}.0.weight", [(325, 16)], None),
        ("bbox_head.{kind}_convs.{level}.0.weight", [(324, 18)], None),
        ("bbox_head.{kind}_convs.{level}.0.weight", [(4, 16)], None),
        ("bbox_head.{kind}_convs.{level}.0.weight", [(0, 0)], None),
        ("bbox_head.{kind}_convs.{level}.0.weight", [], None),
        ("roi_head.{kind}.{level}.weight", [(324, 16)], None),
    ],
)
def test_classes_are_read_from_the_heads(names: str, levels: list[tuple[int, int]], classes: int | None) -> None:
    assert class_count(heads(names, levels)) == classes


def test_levels_without_a_counterpart_give_no_classes() -> None:
    assert class_count(heads("bbox_head.{kind}_convs.{level}.0.weight", [(324, 16)])[:1]) is None


def test_a_depthwise_layer_is_no_head() -> None:
    light = [HeldTensor("classification_headers.0.0.weight", (64, 1, 3, 3), "float32"),
             HeldTensor("regression_headers.0.0.weight", (64, 1, 3, 3), "float32")]  # fmt: skip
    last = [HeldTensor("classification_headers.0.2.weight", (6, 64, 1, 1), "float32"),
            HeldTensor("regression_headers.0.2.weight", (12, 64, 1, 1), "float32")]  # fmt: skip
    assert class_count(light + last) == 1
    assert class_count(last + light) == 1


def test_element_sizes_are_those_of_pytorch() -> None:
    assert {name: getattr(torch, name).itemsize for name in DTYPE_BYTES} == DTYPE_BYTES
    assert set(np.sctypeDict) > {name for name in DTYPE_BYTES if not name.startswith(("bfloat", "float8"))}
