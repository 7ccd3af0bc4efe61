"""A filter of system calls, kept by the Linux kernel: native code starts no process, opens no socket, looks into none.

The network namespace and Python's audit hook leave gaps: some systems grant no namespace, and native code asks no
hook. A process that native code starts could leave the group that is killed at the end, and go on.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst; numbers of calls from arch/x86/entry/syscalls and
include/uapi/asm-generic/unistd.h.
"""

import ctypes
import platform
import struct
from dataclasses import dataclass

_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS
_OTHER_ABI = 0x40000000  # x32 calls of x86-64
_THREAD = 0x10000  # CLONE_THREAD
_CLONE3 = 435


@dataclass(frozen=True, slots=True)
class _Machine:
    architecture: int
    clone: int
    refused: tuple[int, ...]


# execve, execveat, socket, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, pidfd_getfd; then fork, vfork.
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 56, (59, 322, 41, 101, 310, 311, 425, 438, 57, 58)),
    "aarch64": _Machine(0xC00000B7, 220, (221, 281, 198, 117, 270, 271, 425, 438)),
}


def refuse_calls() -> bool:
    """Forbid these calls to this process for good; return whether the system took the filter."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    # A length and a pointer, aligned as the kernel's `struct sock_fprog` is.
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_SET_SECCOMP, _FILTER, described, 0, 0) == 0)


def _program(machine: _Machine) -> bytes:
    """Return the filter: instructions of code, jump if true, jump if false, and a number."""
    count = len(machine.refused)
    # Behind the last comparison stand, in this order: allow, refuse, unknown, and the question to `clone`.
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, count + 5, machine.architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, count + 3, 0, _OTHER_ABI),
        # The flags of clone3 lie in memory, where a filter cannot look; without it, threads are made by clone.
        (_IF_EQUAL, count + 3, 0, _CLONE3),
        (_IF_EQUAL, count + 3, 0, machine.clone),
        *((_IF_EQUAL, count - at, 0, number) for at, number in enumerate(machine.refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _UNKNOWN),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_IF_SET, 0, 1, _THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
