"""Work shared out to processes: the same results in the same order, and errors that arrive whole."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.site.building import REAL
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.registry.load import load_registry
from zoo_tools.site import shared_out
from zoo_tools.site.render import generate
from zoo_tools.site.zoo import Zoo

CORES = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
needs_cores = pytest.mark.skipif(CORES < 2, reason="needs Linux and two cores: with one, no process is begun")


def _with_process(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def test_few_things_are_made_here() -> None:
    with shared_out.shared_out(_with_process, [3, 1, 2]) as made:
        assert list(made) == [(9, os.getpid()), (1, os.getpid()), (4, os.getpid())]


@needs_cores
def test_many_things_are_made_elsewhere_and_stay_in_order() -> None:
    numbers = list(range(100, 0, -1))
    with shared_out.shared_out(_with_process, numbers) as made:
        found = list(made)
    assert [number for number, _ in found] == [number * number for number in numbers]
    assert os.getpid() not in {process for _, process in found}


def _broken_at_50(number: int) -> int:
    if number == 50:
        raise BrokenFileError("50 is broken", fix="mend it")
    return number


def test_an_error_arrives_whole() -> None:
    broken = pytest.raises(BrokenFileError, match="50 is broken")
    with broken as raised, shared_out.shared_out(_broken_at_50, range(100)) as made:
        list(made)
    assert raised.value.fix == "mend it"


def _ended_at_50(number: int) -> int:
    if number == 50:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@needs_cores
def test_a_process_that_is_ended_is_no_traceback() -> None:
    ended = pytest.raises(UnavailableError, match="ended from outside")
    with ended as raised, shared_out.shared_out(_ended_at_50, range(100)) as made:
        list(made)
    assert raised.value.fix is not None


@needs_cores
def test_pages_are_the_same_whoever_makes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = load_registry(REAL)
    monkeypatch.setattr(shared_out, "MANY", 1000)
    alone = generate(Zoo(registry), pictures=tmp_path)
    monkeypatch.setattr(shared_out, "MANY", 1)
    together = generate(Zoo(registry), pictures=tmp_path)
    assert list(together.files.items()) == list(alone.files.items())
    assert any(path.startswith("assets/social/st_ssd_mobilenet_v1/") for path in alone.files)
