"""What every engine does alike, whatever its runtime: one set of tests for all of them, each in its worker."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import oracle
from tests.inference.conftest import CHILDREN
from tests.inference.engine_models import CASES, TWO_INPUTS, Arrays, Case, answers, feeds
from zoo_tools.confinement.limits import DEFAULT_LIMITS
from zoo_tools.domain.settings import SETTINGS, EngineName
from zoo_tools.errors import ModelRunError, UnavailableError, WrongBytesError
from zoo_tools.inference.engines import INSTALL
from zoo_tools.inference.worker import CHILD, CompanionFile, Worker

PACKAGES: dict[EngineName, str] = {
    "litert": "ai_edge_litert", "onnxruntime": "onnxruntime", "openvino": "openvino", "torch": "torch",
}  # fmt: skip

every_engine = pytest.mark.parametrize("case", CASES, ids=str)
every_graph = pytest.mark.parametrize("case", TWO_INPUTS, ids=str)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what holds elsewhere is less, see isolation.py")


@cache
def built(case: Case) -> dict[str, bytes]:
    oracle(PACKAGES[case.engine])
    return case.build()


@contextmanager
def opened(
    case: Case, folder: Path, *, changed: dict[str, bytes] | None = None, child: tuple[str, ...] = CHILD
) -> Iterator[Worker]:
    """Run the model of a case, with some of its files changed."""
    files = []
    for name, content in (built(case) | (changed or {})).items():
        (folder / name).write_bytes(content)
        files.append(CompanionFile(name, folder / name, sha256(content).hexdigest()))
    model, *companions = files
    with Worker(
        model.path, sha256=model.sha256, format=case.format, engine=case.engine, companions=companions,
        network=case.network, child=child,
    ) as worker:  # fmt: skip
        yield worker


def same(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(
        (array.dtype, array.shape, array.tobytes()) == (other[name].dtype, other[name].shape, other[name].tobytes())
        for name, array in one.items()
    )


def test_there_is_a_case_for_every_setting() -> None:
    reference = {(setting.engine, format) for format, settings in SETTINGS.items() for setting in settings}
    assert {(case.engine, case.format) for case in CASES} == reference
    assert {case.engine for case in CASES} == INSTALL.keys() == PACKAGES.keys()


@every_engine
def test_it_says_what_it_is_and_what_it_takes(case: Case, tmp_path: Path) -> None:
    with opened(case, tmp_path) as worker:
        assert worker.environment.engine == case.engine
        assert re.fullmatch(r"[0-9]+\.[0-9]+[0-9a-z.+]*", worker.environment.version)
        assert worker.environment.delegate == "none"
        assert tuple(str(tensor) for tensor in worker.inputs) == case.inputs


@every_graph
def test_all_outputs_come_by_name_with_the_types_and_shapes_they_have(case: Case, tmp_path: Path) -> None:
    with opened(case, tmp_path) as worker:
        told = {tensor.name: tensor.dtype for tensor in worker.outputs}
        assert told == {"sum": "float32", "next": "int32", "above": "int64"}
        # A frozen graph is a set of nodes, which says nothing of an order.
        assert list(told) == ["sum", "next", "above"] or case.format == "tf-frozen-graph"
        for width in (4, 7, 1, 4):
            assert same(worker.run(feeds(width)), answers(feeds(width)))
        nothing = {"a": np.zeros((1, 3), np.float32), "b": np.ones((1, 3), np.int32)}
        assert worker.run(nothing)["above"].shape == (0, 2)


@every_engine
def test_equal_inputs_give_equal_bits(case: Case, tmp_path: Path) -> None:
    given = case.feeds()
    other = {name: np.asarray(array + 1, array.dtype) for name, array in given.items()}
    with opened(case, tmp_path) as worker:
        first, between, again = worker.run(given), worker.run(other), worker.run(given)
    with opened(case, tmp_path) as worker:
        elsewhere = worker.run(given)
    assert same(first, again)
    assert same(first, elsewhere)
    assert not same(first, between)


@every_engine
@pytest.mark.parametrize("damage", ["text", "half", "nothing"])
def test_a_bad_file_is_refused_in_one_sentence(case: Case, damage: str, tmp_path: Path) -> None:
    name, content = next(iter(built(case).items()))
    bad = {"text": b"404: Not Found\n", "half": content[: len(content) // 2], "nothing": b""}[damage]
    sentence = rf"`{re.escape(name)}` is refused by {case.engine}: [^\n]{{10,}}[^.\n]\."
    with pytest.raises(ModelRunError) as raised, opened(case, tmp_path, changed={name: bad}):
        pass
    assert re.fullmatch(sentence, raised.value.message), raised.value.message
    assert raised.value.fix == "Get the file again; if it stays so, report it to whoever published it."
    # Places in a runtime's sources help nobody who has a file.
    assert not re.search(r"\.(cc|cpp|h|py):[0-9]+|Exception from|ONNXRuntimeError", raised.value.message)


@every_engine
def test_a_format_of_another_engine_is_refused(case: Case, tmp_path: Path) -> None:
    format = "keras-h5"
    other = Case(case.engine, format, lambda: {"model": b""}, case.network)
    sentence = (
        rf"^`model` is refused by {case.engine}: it does not read the format keras-h5; it reads .*{case.format}.*\.$"
    )
    with pytest.raises(ModelRunError, match=sentence), opened(other, tmp_path):
        pass


@every_engine
@pytest.mark.parametrize("lack", ["missing", "broken"])
def test_a_runtime_that_is_missing_is_told_with_the_command_that_installs_it(
    case: Case, lack: str, tmp_path: Path
) -> None:
    child = (str(CHILDREN / "bare.py"), lack)
    with pytest.raises(UnavailableError) as raised, opened(case, tmp_path, child=child):
        pass
    message, fix = raised.value.message, raised.value.fix
    assert re.match(r"`model\.\w+` cannot be run: |`two_inputs\.xml` cannot be run: ", message)
    assert message.endswith("is installed." if case.engine == "litert" else "is not installed.") or lack == "broken"
    assert "is installed and does not load: " in message or lack == "missing"
    extra = {"onnxruntime": "onnx"}.get(case.engine, case.engine)
    assert fix == f"Install the runtime: pip install 'zoo_tools[{extra}]'"


@every_engine
def test_other_bytes_are_not_run(case: Case, tmp_path: Path) -> None:
    for name, content in built(case).items():
        (tmp_path / name).write_bytes(content)
    model, *companions = [
        CompanionFile(name, tmp_path / name, sha256(content).hexdigest()) for name, content in built(case).items()
    ]
    for wrong in (model, *companions):
        wrong.path.write_bytes(wrong.path.read_bytes() + b"\0")
        worker = Worker(
            model.path, sha256=model.sha256, format=case.format, engine=case.engine, companions=companions,
            network=case.network,
        )  # fmt: skip
        with (
            pytest.raises(WrongBytesError, match=f"^`{wrong.name}` has sha256 .*; it should be {wrong.sha256}"),
            worker,
        ):
            pass
        wrong.path.write_bytes(wrong.path.read_bytes()[:-1])
        with worker:
            pass
        wrong.path.unlink()
        with (
            pytest.raises(UnavailableError, match=f"^`{wrong.path}` cannot be read: No such file or directory"),
            worker,
        ):
            pass
        wrong.path.write_bytes(built(case)[wrong.name])


@every_engine
def test_it_works_in_an_empty_room(case: Case, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        child = (str(CHILDREN / "nosy.py"), str(server.getsockname()[1]))
        with opened(case, tmp_path, child=child) as worker:
            seen = json.loads(worker.run(case.feeds())["seen"].tobytes())
    assert seen["refused"] == "no network and no programs in a worker (socket.__new__)"
    assert seen["connected"] == -1
    around = seen["around"]
    assert around["files"] == []
    assert around["environment"]["HOME"] == around["folder"]
    # Runtimes open devices and their own libraries; files of ours or of the model are not among what stays open.
    assert not [held for held in around["descriptors"] if str(tmp_path) in held or held.startswith("socket:")]
    assert f"Max address space         {DEFAULT_LIMITS.memory_bytes}" in around["limits"]
    assert seen["threads"] <= 8
    assert not [name for name in seen["modules"] if "telemetry" in name or name.startswith("openvino.tools")]
