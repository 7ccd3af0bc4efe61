"""Checkpoints from strangers: nothing of them is run; whatever the bytes, facts or one sentence, soon.

What PyTorch loads with `weights_only=True` is the measure: a changed file that both read is the same to both.
"""

import io
import os
import re
import struct
import time
import zipfile
from copy import copy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import oracle
from tests.modelfile.checkpoints import CONTAINERS, rezipped, saved, small
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.torch_checkpoint import read_checkpoint

torch = oracle("torch")

FILES = {container: saved({"meta": {"epoch": 3}, "state_dict": small()}, container) for container in CONTAINERS}
PATIENCE = 10
"""Seconds; the worst file known takes two here."""


def answer(data: bytes) -> ModelFacts | str:
    """Read a file; the message where it is refused. Anything else is the test's failure."""
    started = time.process_time()
    try:
        said: ModelFacts | str = read_checkpoint(data)
    except BrokenFileError as error:
        said = error.message
        assert said.isprintable()
        assert 0 < len(said) < 300
    assert time.process_time() - started < PATIENCE
    return said


class Calls:
    """Has itself restored by a call."""

    def __init__(self, *call: object) -> None:
        self._call = call

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self._call[0], self._call[1:]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("place", ["alone", "meta", "state_dict", "key"])
def test_a_call_is_named_and_not_made(container: str, place: str, tmp_path: Path) -> None:
    target = tmp_path / "touched"
    call = Calls(os.system, f"touch {target}")
    keyed: dict[object, object] = {"a": torch.zeros(1), call: 3}
    values: dict[str, object] = {
        "alone": call, "meta": {"meta": call, "state_dict": small()}, "state_dict": {"state_dict": {"a": call}},
        "key": keyed,
    }  # fmt: skip
    data = saved(values[place], container)
    name = f"{os.system.__module__}.system"
    assert answer(data) == f"it holds {name}: it would run code when loaded"
    assert not target.exists()
    torch.load(io.BytesIO(data), weights_only=False)
    assert target.exists(), "the file should have been dangerous"


@pytest.mark.parametrize(
    ("pickle", "name"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", "os.system"),
        (b"(ios\nsystem\n.", "os.system"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.", "posix.system"),
        (b"\x80\x02ctorch._utils\n_rebuild_wrapper_subclass\n.", "torch._utils._rebuild_wrapper_subclass"),
        (b"\x80\x02ctorch.hub\nload\n.", "torch.hub.load"),
        (b"\x80\x02ccollections.OrderedDict\nfromkeys\n.", "collections.OrderedDict.fromkeys"),
        (b"\x80\x04\x8c\x0bcollections\x8c\x16OrderedDict\x1b[31m.clear\x93.", "collections.OrderedDict?[31m.clear"),
        (b"\x80\x02ccollections\nOrdered\\x44ict\n.", "collections.Ordered\\x44ict"),
        (b"\x80\x04K\x03\x8c\x06system\x93.", "system"),
    ],
)
def test_every_way_to_name_code_is_known(pickle: bytes, name: str) -> None:
    assert answer(pickle) == f"it holds {name}: it would run code when loaded"
    assert answer(rezipped(FILES["archive"], {"data.pkl": pickle})) == f"it holds {name}: it would run code when loaded"


@pytest.mark.parametrize("container", CONTAINERS)
def test_nothing_can_be_cut_off_or_put_behind(container: str) -> None:
    data = FILES[container]
    assert isinstance(answer(data), ModelFacts)
    cuts = [*range(0, len(data), max(1, len(data) // 500)), len(data) - 1]
    assert [cut for cut in cuts if not isinstance(answer(data[:cut]), str)] == []
    assert isinstance(answer(data + b"\0"), str)


@pytest.mark.parametrize("container", CONTAINERS)
@settings(max_examples=400)
@given(st.data())
def test_what_both_read_of_a_damaged_file_is_the_same(container: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[container])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    said = answer(bytes(damaged))
    if isinstance(said, ModelFacts):
        assert loaded(bytes(damaged)) in (None, {one.name: one.shape for one in said.held})


def loaded(data: bytes) -> dict[str, tuple[int, ...]] | None:
    """Return the shapes that PyTorch loads, or None where it refuses."""
    try:
        value = torch.load(io.BytesIO(data), weights_only=True)
        return {str(name): tuple(tensor.shape) for name, tensor in value.get("state_dict", value).items()}
    except Exception:
        return None


@settings(max_examples=800)
@given(st.sampled_from([b"", b"\x80\x02", b"\x80\x04", b"PK\x05\x06" + bytes(18)]), st.binary(max_size=60))
def test_any_bytes(start: bytes, rest: bytes) -> None:
    assert isinstance(answer(start + rest), str)


NESTED = 200_000
MANY = 450_000


@pytest.mark.parametrize(
    ("pickle", "sentence"),
    [
        (b"\x80\x02" + b"]" * MANY + b"a" * (MANY // 10) + b".", "more than one value"),
        (b"\x80\x02" + b"]" * NESTED + b"a" * (NESTED - 1) + b".", "it is a pickle, and no file that torch.save wrote"),
        (b"\x80\x02}" + b")" + b"\x85" * NESTED + b"K\x01s.", "it is a pickle, and no file that torch.save wrote"),
        (b"\x80\x02" + b"(" * MANY + b"t" * (MANY // 10) + b".", "ends with more than one value"),
        (b"\x80\x02(q\x00" + b"h\x00" * 10 + b".", "takes a value that was never put"),
        (b"\x80\x02" + b"]" * 510_000, "more than 500000 steps"),
        (b"\x80\x02)" + b"2\x86" * 10 + b".", "has the step DUP, which no state dict has"),
        (b"\x80\x02\x8b\xff\xff\xff\x7f" + b"\xff" * 100, "has the step LONG4, which no state dict has"),
        (b"\x80\x02X\xff\xff\xff\xff", "cut short or damaged"),
        (b"\x80\x04\x8d" + b"\xff" * 8, "has the step BINUNICODE8, which no state dict has"),
        (b"\x80\x02X" + struct.pack("<I", 20 << 20) + bytes(20 << 20) + b".", "more than 16777216 bytes"),
        (b"L" + b"9" * 100_000 + b"L\n.", "has the step LONG, which no state dict has"),
        (b"\x80\x02\x82\x01.", "has the step EXT1, which no state dict has"),
        (b"\x80\x02K\x00K\x01K\x02s.", "sets an item of what is no dict"),
        (b"(S'\\o'\nios\nsystem\n.", "has the step STRING, which no state dict has"),
        (b"\x80\x02)K\x01a.", "appends to what is no list"),
        (b"\x80\x02})b.", "gives attributes to what is no dict"),
        (b"\x80\x02}}X\x03\0\0\0getNsb.", "gives a dict other attributes than `_metadata`"),
        (b"\x80\x02K\x01Q.", "describes a storage in a form"),
        (b"\x80\x02.", "takes a value that was never put"),
        (b"\x80\x02s.", "takes a value that was never put"),
        (b"\x80\x02]K\x01(a.", "takes a value that was never put"),
        (b"", "cut short or damaged"),
    ],
)  # fmt: skip
def test_pickles_made_to_cost(pickle: bytes, sentence: str) -> None:
    said = answer(pickle)
    assert isinstance(said, str)
    assert sentence in said


def tensor(storage: bytes, shape: bytes, strides: bytes, offset: bytes = b"K\x00") -> bytes:
    """Return the pickle of a state dict with one tensor `w`; sizes are given as opcodes."""
    described = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu" + storage + b"tQ"
    arguments = b"(" + described + offset + b"(" + shape + b"t(" + strides + b"t\x89}t"
    return b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


def archive(pickle: bytes, storage: bytes = bytes(16), **more: bytes) -> bytes:
    """Return an archive with one storage `0`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as entries:
        for name, content in {"data.pkl": pickle, "data/0": storage, **more}.items():
            entries.writestr(f"archive/{name}", content)
    return file.getvalue()


HUGE = b"\x8a\x08" + (2**62).to_bytes(8, "little")
BELOW = b"J\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("pickle", "sentence"),
    [
        (tensor(b"K\x04", b"K\x02K\x03", b"K\x03K\x01"), "a tensor ends behind its storage 0 of 16 bytes"),
        (tensor(b"K\x04", b"K\x04", b"K\x01", b"K\x01"), "a tensor ends behind its storage 0 of 16 bytes"),
        (tensor(b"K\x04", b"K\x04", b""), "its pickle describes a tensor without a sound shape"),
        (tensor(b"K\x04", b"K\x04", BELOW), "its pickle describes a tensor without a sound shape"),
        (tensor(b"K\x04", b"K\x04", b"K\x01", BELOW), "its pickle describes a tensor without a sound shape"),
        (tensor(b"K\x04", b"\x88", b"K\x01"), "its pickle describes a tensor without a sound shape"),
        (tensor(b"K\x04", b"K\x01" * 65, b"K\x01" * 65), "its pickle describes a tensor without a sound shape"),
        (tensor(b"K\x04", HUGE * 2, b"K\x00" * 2), "its tensor w claims more than 1099511627776 elements"),
        (tensor(b"\x8a\x20" + b"\x7f" * 32, b"K\x04", b"K\x01"), "its pickle describes a storage in a form that "
                                                                  "PyTorch does not write"),
        (tensor(BELOW, b"", b""), "its pickle describes a storage in a form that PyTorch does not write"),
        (tensor(b"K\x03", b"", b""), "storage 0 has 16 bytes; its tensors need 12 bytes"),
        (tensor(HUGE, b"", b""), f"storage 0 has 16 bytes; its tensors need {2**64} bytes"),
        (tensor(b"K\x04", b"", b"")[:-1] + b"0.", "its pickle has the step POP, which no state dict has"),
        (tensor(b"K\x04", b"", b"") + b"x", "bytes follow behind the pickle in its data.pkl"),
        (tensor(b"K\x04", b"", b"").replace(b"_v2", b"_v3"), "its pickle calls torch._utils._rebuild_tensor_v3 with "
                                                             "what that does not take"),
    ],
)  # fmt: skip
def test_tensors_that_cannot_be(pickle: bytes, sentence: str) -> None:
    assert answer(archive(pickle)) == sentence


def test_a_tensor_by_hand_is_read() -> None:
    facts = answer(archive(tensor(b"K\x04", b"K\x02K\x02", b"K\x02K\x01")))
    assert isinstance(facts, ModelFacts)
    assert [(one.name, one.shape, one.dtype) for one in facts.held] == [("w", (2, 2), "float32")]


END = b"PK\x05\x06" + bytes(18)
FAR = bytes(20) + struct.pack("<4Q", 1, 1, 0, 2**64 - 1)
"""A directory of one entry that begins behind anything."""
MUCH = bytes(20) + struct.pack("<4Q", 200_000, 200_000, 0, 0)
"""A directory of more entries than any checkpoint has."""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (archive(b"", **{"constants.pkl": b""}), "it is a TorchScript archive, which is a program"),
        (b"PK\x05\x06" + bytes(18), "it is a zip archive without a data.pkl, and no file that torch.save wrote"),
        (FILES["archive"] + b"PK\x05\x06", "cut short, or one that torch.save did not write"),
        (rezipped(FILES["archive"], method=zipfile.ZIP_DEFLATED), "is compressed or encrypted; torch.save stores "),
        (b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 9, 9, 0, 0, 0), "archive that is cut short or damaged"),
        (b"PK\x06\x06" + FAR + b"PK\x06\x07" + bytes(16) + END, "it is a zip archive that is cut short or damaged"),
        (b"PK\x06\x06" + MUCH + b"PK\x06\x07" + bytes(16) + END, "it has more than 100000 entries"),
        (rezipped(FILES["archive"], {"0": None}), "storage 0 is missing; its tensors need 432 bytes"),
        (rezipped(FILES["archive"], {"0": b"123"}), "storage 0 has 3 bytes; its tensors need 432 bytes"),
    ],
)  # fmt: skip
def test_archives_made_to_deceive(data: bytes, sentence: str) -> None:
    said = answer(data)
    assert isinstance(said, str)
    assert sentence in said


def test_a_bomb_is_not_unpacked() -> None:
    bomb = rezipped(FILES["archive"], {"data.pkl": bytes(1 << 26)}, method=zipfile.ZIP_DEFLATED)
    started = time.process_time()
    assert "is compressed" in str(answer(bomb))
    assert time.process_time() - started < 0.1


def test_two_entries_of_one_name_are_refused() -> None:
    file = io.BytesIO(FILES["archive"])
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as entries:
        entries.writestr(entries.namelist()[0], b"other")
    assert "it has two entries of the name" in str(answer(file.getvalue()))


def test_a_value_that_holds_itself_is_read_once() -> None:
    itself: list[object] = []
    itself.append(itself)
    facts = answer(saved({"meta": {"itself": itself}, "state_dict": small()}, "archive"))
    assert isinstance(facts, ModelFacts)


def test_values_shared_many_times_are_looked_at_once() -> None:
    """Two to the power of a hundred values, if they were unfolded."""
    value: tuple[object, ...] = ()
    for _ in range(100):
        value = (value, value)
    assert isinstance(answer(saved({"meta": value, "state_dict": small()}, "legacy")), ModelFacts)


def test_an_entry_that_ends_behind_the_file_is_refused() -> None:
    """Its size is 2 MiB in the directory and in the pickle, and 16 bytes in truth."""
    data = archive(tensor(b"J\0\0\x08\0", b"K\x04", b"K\x01"))
    directory = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data = data[: directory + 20] + struct.pack("<2L", 2 << 20, 2 << 20) + data[directory + 28 :]
    assert answer(data) == "it is cut short: its entry archive/data/0 ends behind it"


def test_entries_that_share_their_bytes_are_refused() -> None:
    saved_ = saved({"a": torch.zeros(1000), "b": torch.zeros(1000)}, "archive")
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved_)) as old, zipfile.ZipFile(file, "w") as new:
        for name in ("archive/data.pkl", "archive/data/0"):
            new.writestr(name, old.read(name))
        twin = copy(new.getinfo("archive/data/0"))
        twin.filename = "archive/data/1"
        new.filelist.append(twin)
    assert answer(file.getvalue()) == "its storages overlap"


def test_one_storage_of_two_types_is_refused() -> None:
    data = saved({"a": torch.zeros(4), "b": torch.zeros(4, dtype=torch.int64)}, "archive")
    with zipfile.ZipFile(io.BytesIO(data)) as entries:
        pickle = entries.read("archive/data.pkl")
    changed, found = re.subn(rb"(LongStorage\nq.X\x01\0\0\0)1", rb"\g<1>0", pickle)
    assert found == 1
    assert answer(rezipped(data, {"data.pkl": changed})) == "storage 0 is described in two ways"


def test_a_storage_of_another_length_than_said_is_refused() -> None:
    data = saved({"a": torch.zeros(4)}, "legacy")
    said = str(answer(data[:-24] + struct.pack("<q", 3) + data[-16:]))
    assert said.endswith("says it holds 3 elements; its tensors need 4")


def test_another_protocol_is_refused() -> None:
    data = FILES["legacy"]
    protocol = data.index(b"\x80\x02M\xe9\x03.")
    assert answer(data[: protocol + 3] + b"\xea" + data[protocol + 4 :]) == "its protocol should be 1001"
