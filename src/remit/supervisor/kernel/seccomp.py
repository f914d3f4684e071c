"""A filter of system calls: interfaces of the kernel no agent needs, and sockets of families it was not given.

The fence is the namespaces; the filter takes away ways around them and kernel code that is reached without any file
(io_uring, keys, bpf, vsock). A classic BPF program (``man 2 seccomp``) of whole instructions, eight bytes each.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Callable, Iterator

from remit.supervisor.kernel.syscalls import forbid_new_privileges, numbered_call, process_control

__all__ = ["MACHINES", "filter_program", "install", "obstacle"]

MACHINES = ("x86_64", "aarch64")

_ARCHITECTURES = (("x86_64", 0xC000003E), ("aarch64", 0xC00000B7))  # AUDIT_ARCH_*
_DENIED = (  # call, x86_64, aarch64 (None: the machine has no such call), error
    ("io_uring_setup", 425, 425, errno.ENOSYS),  # what libraries take as "do without"
    ("io_uring_enter", 426, 426, errno.ENOSYS),
    ("io_uring_register", 427, 427, errno.ENOSYS),
    ("add_key", 248, 217, errno.EPERM),
    ("request_key", 249, 218, errno.EPERM),
    ("keyctl", 250, 219, errno.EPERM),
    ("bpf", 321, 280, errno.EPERM),
    ("perf_event_open", 298, 241, errno.EPERM),
    ("userfaultfd", 323, 282, errno.EPERM),
    ("kexec_load", 246, 104, errno.EPERM),
    ("kexec_file_load", 320, 294, errno.EPERM),
    ("init_module", 175, 105, errno.EPERM),
    ("finit_module", 313, 273, errno.EPERM),
    ("delete_module", 176, 106, errno.EPERM),
    ("open_by_handle_at", 304, 265, errno.EPERM),
    ("fanotify_init", 300, 262, errno.EPERM),
    ("acct", 163, 89, errno.EPERM),
    ("swapon", 167, 224, errno.EPERM),
    ("swapoff", 168, 225, errno.EPERM),
    ("reboot", 169, 142, errno.EPERM),
    ("settimeofday", 164, 170, errno.EPERM),
    ("clock_settime", 227, 112, errno.EPERM),
    ("clock_adjtime", 305, 266, errno.EPERM),
    ("syslog", 103, 116, errno.EPERM),
    ("quotactl", 179, 60, errno.EPERM),
    ("vhangup", 153, 58, errno.EPERM),
    ("openat2", 437, 437, errno.ENOSYS),  # its mode is behind a pointer, where a filter cannot look
    ("iopl", 172, None, errno.EPERM),
    ("ioperm", 173, None, errno.EPERM),
)
_EXAMINED = (
    ("ioctl", 16, 29),
    ("socket", 41, 198),
    ("socketpair", 53, 199),
    ("ptrace", 101, 117),
    ("process_vm_readv", 310, 270),
    ("process_vm_writev", 311, 271),
    ("pidfd_open", 434, 434),
    ("chmod", 90, None),
    ("fchmod", 91, 52),
    ("fchmodat", 268, 53),
    ("fchmodat2", 452, 452),
    ("creat", 85, None),
    ("mknod", 133, None),
    ("mknodat", 259, 33),
    ("open", 2, None),
    ("openat", 257, 56),
)
_SET_ID = 0o6000  # set-user-id, set-group-id: whoever executes such a file afterwards becomes the agent's account
_MAKES_A_FILE = 0o100 | 0o20000000  # O_CREAT, O_TMPFILE
_FIRST_PROCESS = 1  # of the PID namespace: it ties the agent to its supervisor, and bwrap leaves it open to its like
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type into the terminal of whoever started the agent
_NETLINK, _ROUTE = 16, 0
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def obstacle() -> str:
    """Why no filter can be installed here, empty when one can: asked of the kernel with a program at no address.

    A kernel that filters says that the address is bad (``EFAULT``); both ways to install one are asked, for ``bwrap``
    goes the older one. Asking installs nothing.
    """
    machine = platform.machine()
    if machine not in MACHINES:
        return f"the numbers of system calls on {machine} are not known"
    ways: tuple[Callable[[], int], ...] = (
        lambda: numbered_call("seccomp", 1, 0, 0),
        lambda: process_control("PR_SET_SECCOMP", 22, 2, 0),
    )
    for way in ways:
        try:
            way()
        except OSError as error:
            if error.errno != errno.EFAULT:
                return f"this kernel filters no system calls: {error.strerror}"
    return ""


def filter_program(*, unix_sockets: bool, machine: str | None = None) -> bytes:
    """The filter as bytes for ``install`` or for ``bwrap --seccomp``.

    Without ``unix_sockets`` no AF_UNIX socket can be made that could be connected to a path: ``socket`` is denied, and
    of ``socketpair`` only the kinds whose ends stay with each other are left (event loops need them). INET, INET6 and
    route netlink sockets always work; whether they reach anything is the network namespace's affair. A call of another
    architecture ends the process. Raises ``OSError`` on a machine whose call numbers are not known.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"seccomp: the numbers of system calls on {machine} are not known")
    column = 1 + MACHINES.index(machine)
    program = [*_own_architecture(machine)]
    for _, *numbers, error in _DENIED:
        number = numbers[column - 1]
        if number is not None:
            program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | int(error or errno.EPERM))]
    first = (_not_the_first(1), _not_the_first(0), _not_the_first(0), _not_the_first(0))
    modes = (_no_set_id(1), _no_set_id(1), _no_set_id(2), _no_set_id(2), _no_set_id(1), _no_set_id(1), _no_set_id(2))
    opens = (_no_set_id(2, flags=1), _no_set_id(3, flags=2))
    sockets = (_sockets(unix_sockets=unix_sockets), _pairs(unix_sockets=unix_sockets))
    bodies = (_terminal(), *sockets, *first, *modes, *opens)
    for row, body in zip(_EXAMINED, bodies, strict=True):
        call, instructions = row[column], list(body)
        if call is not None:
            program += [(_EQUAL, 0, len(instructions), int(call)), *instructions]
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def install(program: bytes) -> None:
    """Put the calling thread, and all it starts, under ``program`` for good; sets ``no_new_privs`` first.

    Raises ``OSError``.
    """
    forbid_new_privileges()
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    numbered_call("seccomp", 1, 0, header)  # SECCOMP_SET_MODE_FILTER


def _own_architecture(machine: str) -> Iterator[Instruction]:
    """End the process at a call of another architecture, then leave the call's number in the accumulator."""
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_EQUAL, 1, 0, dict(_ARCHITECTURES)[machine])
    yield (_RETURN, 0, 0, _KILL)
    yield (_LOAD, 0, 0, _NUMBER)
    if machine == "x86_64":
        yield (_AT_LEAST, 0, 1, _X32)
        yield (_RETURN, 0, 0, _KILL)


def _argument(index: int) -> Instruction:
    """Load the low word of an argument: the kernel reads these arguments as 32 bits (little-endian machines)."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _refused(error: int) -> Instruction:
    """Let the call fail."""
    return (_RETURN, 0, 0, _ERROR | error)


def _terminal() -> Iterator[Instruction]:
    """``ioctl``: nothing may type into a terminal."""
    yield _argument(1)
    for request in _TERMINAL_INPUT:
        yield (_EQUAL, 0, 1, request)
        yield _refused(errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _not_the_first(index: int) -> Iterator[Instruction]:
    """Nothing may look into, or take over, the first process of the PID namespace; ``index`` is where it is named."""
    yield _argument(index)
    yield (_EQUAL, 0, 1, _FIRST_PROCESS)
    yield _refused(errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _no_set_id(index: int, *, flags: int | None = None) -> Iterator[Instruction]:
    """No file may be given a set-user-id or set-group-id bit (as systemd's ``RestrictSUIDSGID``).

    ``index`` is the argument with the mode; where there are ``flags``, it means something only when a file is made.
    """
    if flags is not None:
        yield _argument(flags)
        yield (_ANY_OF, 1, 0, _MAKES_A_FILE)
        yield (_RETURN, 0, 0, _ALLOW)
    yield _argument(index)
    yield (_ANY_OF, 0, 1, _SET_ID)
    yield _refused(errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _sockets(*, unix_sockets: bool) -> Iterator[Instruction]:
    """``socket``: INET, INET6 and route netlink, AF_UNIX where asked, no other family."""
    yield _argument(0)
    families = (socket.AF_INET, socket.AF_INET6, *((socket.AF_UNIX,) if unix_sockets else ()))
    for family in families:
        yield (_EQUAL, 0, 1, int(family))
        yield (_RETURN, 0, 0, _ALLOW)
    yield (_EQUAL, 1, 0, _NETLINK)
    yield _refused(errno.EPERM)
    yield _argument(2)
    yield (_EQUAL, 0, 1, _ROUTE)
    yield (_RETURN, 0, 0, _ALLOW)
    yield _refused(errno.EPERM)


def _pairs(*, unix_sockets: bool) -> Iterator[Instruction]:
    """``socketpair``: AF_UNIX only; a datagram end could still be sent to a path, so not without ``unix_sockets``."""
    yield _argument(0)
    yield (_EQUAL, 1, 0, int(socket.AF_UNIX))
    yield _refused(errno.EPERM)
    if not unix_sockets:
        yield _argument(1)
        yield (_AND, 0, 0, 0xF)
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            yield (_EQUAL, 0, 1, int(kind))
            yield (_RETURN, 0, 0, _ALLOW)
        yield _refused(errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)
