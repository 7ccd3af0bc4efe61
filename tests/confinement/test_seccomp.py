"""The filter of system calls, followed instruction by instruction; that the kernel keeps it is shown with a worker."""

import struct

import pytest

from zoo_tools.confinement.seccomp import _MACHINES, _program

ALLOWED, REFUSED, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
FLAGS_OF_A_THREAD, FLAGS_OF_A_PROCESS = 0x3D0F00, 0x1200011
"""What glibc passes to clone for pthread_create and for fork."""


def answer(machine: str, number: int, *, argument: int = 0, architecture: int | None = None) -> int:
    """Return what the filter says to a call; a jump out of the program is an IndexError, a loop cannot be written."""
    described = _MACHINES[machine]
    held = {0: number, 4: described.architecture if architecture is None else architecture, 16: argument}
    program = list(struct.iter_unpack("=HBBI", _program(described)))
    at = loaded = 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        match code:
            case 0x20:
                loaded = held[value]
            case 0x15:
                at += if_true if loaded == value else if_false
            case 0x35:
                at += if_true if loaded >= value else if_false
            case 0x45:
                at += if_true if loaded & value else if_false
            case 0x06:
                return int(value)
            case _:
                pytest.fail(f"unknown instruction {code:#x}")


@pytest.mark.parametrize("machine", sorted(_MACHINES))
def test_each_call_gets_its_answer(machine: str) -> None:
    described = _MACHINES[machine]
    assert {answer(machine, number) for number in described.refused} == {REFUSED}
    # read, write, mmap and futex of either numbering.
    others = set(range(500)) - {*described.refused, described.clone, 435}
    assert {answer(machine, number) for number in others} == {ALLOWED}
    assert answer(machine, 435) == UNKNOWN
    assert answer(machine, described.clone, argument=FLAGS_OF_A_THREAD) == ALLOWED
    assert answer(machine, described.clone, argument=FLAGS_OF_A_PROCESS) == REFUSED


@pytest.mark.parametrize("machine", sorted(_MACHINES))
def test_calls_of_another_kind_are_refused(machine: str) -> None:
    assert answer(machine, 0, architecture=0x40000003) == REFUSED
    assert answer(machine, 0x40000000) == REFUSED
