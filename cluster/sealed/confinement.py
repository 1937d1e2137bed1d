"""A process gives up, for good, what reading a report does not need: Linux's Landlock and seccomp, which want no privileges.

What a kernel does not have is left out; `confine` tells what there was.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path


class Confinement(StrEnum):
    FILES = "files"
    """Only those that were named can be opened, and no other process can be looked into."""
    SYSTEM_CALLS = "system calls"
    """No network, no programs, no processes, no signals to others."""


_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULESET_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_OF_SCRATCH = sum(1 << bit for bit in (1, 2, 3, 4, 5, 7, 8, 12, 13, 14))
"""Write, read, list, remove, make folders, files and links, move, truncate; no devices, sockets, pipes, programs."""
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights each version of Landlock knows; later ones 16."""
_TCP = 0b11
_SCOPES = 0b11
"""Abstract sockets, and signals, of processes outside."""

_DENIED = {
    # system call: (x86_64, aarch64); None where there is none
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "io_uring_setup": (425, 425),  # it would do what is denied here
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "memfd_create": (319, 279),  # memory that no limit counts
    "shmget": (29, 194),
}
_CLONE, _CLONE3 = (56, 220), 435
_CLONE_THREAD = 0x10000
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


def end_with_parent(signal_number: int) -> None:
    """The system sends this process the signal when the thread that started it ends. Linux only."""
    with suppress(OSError):
        _prctl(_PR_SET_PDEATHSIG, signal_number)


def confine(readable: Iterable[str], writable: str) -> list[Confinement]:
    """From here on this process, which must have one thread, may open the files and folders named and do what needs no more.

    Gives back what the system could confine. Open files stay open.
    """
    if platform.system() != "Linux":
        return []
    try:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    except OSError:
        return []
    confined = []
    with suppress(OSError):  # a kernel, or a container's own filter, without it
        _confine_files(readable, writable)
        confined.append(Confinement.FILES)
    with suppress(OSError):
        _confine_system_calls()
        confined.append(Confinement.SYSTEM_CALLS)
    return confined


def _confine_files(readable: Iterable[str], writable: str) -> None:
    version = _system_call(_CREATE_RULESET, None, 0, _RULESET_VERSION)
    handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _system_call(_CREATE_RULESET, attributes, size, 0)
    try:
        for place in readable:
            _allow(ruleset, place, _READ_FILE | (_READ_DIR if Path(place).is_dir() else 0))
        _allow(ruleset, writable, _OF_SCRATCH & handled)
        _system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, place: str, rights: int) -> None:
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        _system_call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _confine_system_calls() -> None:
    if platform.machine() not in _ARCHITECTURES:
        raise OSError(_ENOSYS, "no list of system calls for this machine")
    program = _filter(*_ARCHITECTURES[platform.machine()])
    instructions = ctypes.create_string_buffer(program)
    described = struct.pack("HP", len(program) // 8, ctypes.addressof(instructions))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described)


def _filter(column: int, architecture: int) -> bytes:
    """A Berkeley packet filter over ``struct seccomp_data``: number at 0, architecture at 4, arguments from 16."""
    denied = [number for numbers in _DENIED.values() if (number := numbers[column]) is not None]
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),  # its arguments cannot be looked at; the C library takes the older one
        (_EQUAL, 0, 4, _CLONE[column]),
        (_LOAD, 0, 0, 16),
        (_HAS_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]
    for number in denied:
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, argument: int, pointer: bytes | None = None) -> None:
    libc = _libc()
    if libc.prctl(option, ctypes.c_ulong(argument), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), "prctl")


def _system_call(number: int, *arguments: int | bytes | None) -> int:
    libc = _libc()
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result: int = libc.syscall(ctypes.c_long(number), *given)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
