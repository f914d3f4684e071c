import asyncio
import errno
import fcntl
import os
import socket
import struct
from pathlib import Path

import pytest
from tests.supervisor.children import said_by_a_child

from remit.supervisor.kernel.seccomp import MACHINES, filter_program, install

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # under xdist; nothing locks here

ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SOCKET = {"x86_64": 41, "aarch64": 198}
PAIR = {"x86_64": 53, "aarch64": 199}
IOCTL = {"x86_64": 16, "aarch64": 29}
BPF = {"x86_64": 321, "aarch64": 280}
READ = {"x86_64": 0, "aarch64": 63}


def judged(program: bytes, number: int, architecture: int, *arguments: int) -> int:
    """What the kernel's filter machine would answer to one call: a plain interpreter of the instructions used."""
    words = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *words)
    instructions = list(struct.iter_unpack("<HBBI", program))
    place, accumulator = 0, 0
    while True:
        code, yes, no, constant = instructions[place]
        place += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, constant)
            case 0x54:
                accumulator &= constant
            case 0x15:
                place += yes if accumulator == constant else no
            case 0x35:
                place += yes if accumulator >= constant else no
            case 0x45:
                place += yes if accumulator & constant else no
            case 0x06:
                return int(constant)
            case _:
                pytest.fail(f"unknown instruction {code:#x}")


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("unix", [False, True])
def test_what_the_filter_says_on_every_machine(machine: str, *, unix: bool) -> None:
    program = filter_program(unix_sockets=unix, machine=machine)
    own = ARCHITECTURE[machine]

    def of(number: int, *arguments: int) -> int:
        return judged(program, number, own, *arguments)

    assert of(READ[machine]) == ALLOW
    assert of(BPF[machine]) == ERROR | errno.EPERM
    assert of(425) == ERROR | errno.ENOSYS
    for family in range(50):
        usual = family in (2, 10, 16) or (unix and family == 1)
        assert of(SOCKET[machine], family, 1, 0) == (ALLOW if usual else ERROR | errno.EPERM)
    assert of(SOCKET[machine], 16, 3, 15) == ERROR | errno.EPERM
    assert of(SOCKET[machine], (1 << 32) | 40, 1) == ERROR | errno.EPERM  # the kernel reads the low word
    for kind, always in ((1, True), (5, True), (2, False), (3, False), (1 | 0o2004000, True), (2 | 0o2000000, False)):
        assert of(PAIR[machine], 1, kind) == (ALLOW if always or unix else ERROR | errno.EPERM)
    assert of(PAIR[machine], 40, 1) == ERROR | errno.EPERM
    for request, error in ((0x5412, True), (0x541C, True), (0x5413, False), ((7 << 32) | 0x5412, True)):
        assert of(IOCTL[machine], 1, request) == (ERROR | errno.EPERM if error else ALLOW)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_of_another_architecture_ends_the_process(machine: str) -> None:
    program = filter_program(unix_sockets=True, machine=machine)
    for other in (0x40000003, 0x40000028, *(set(ARCHITECTURE.values()) - {ARCHITECTURE[machine]})):
        assert judged(program, READ[machine], other) == KILL
    if machine == "x86_64":
        assert judged(program, 0x40000000 | 41, ARCHITECTURE[machine]) == KILL


def test_an_unknown_machine_gets_no_filter_it_could_take_for_one() -> None:
    with pytest.raises(OSError, match="pdp11"):
        filter_program(unix_sockets=True, machine="pdp11")


def outcome_of(family: int, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> str:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "made"


def test_the_kernel_refuses_what_the_filter_names() -> None:
    def work() -> str:
        install(filter_program(unix_sockets=False))
        route = outcome_of(socket.AF_NETLINK, socket.SOCK_RAW)
        return " ".join(
            [outcome_of(socket.AF_UNIX), outcome_of(socket.AF_INET), route, outcome_of(40), outcome_of(38, 5)]
        )

    assert said_by_a_child(work) == "EPERM made made EPERM EPERM"


def test_unix_sockets_work_where_they_are_given(tmp_path: Path) -> None:
    def work() -> str:
        install(filter_program(unix_sockets=True))
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
            listener.bind(str(tmp_path / "socket"))
            listener.listen()
            client.connect(str(tmp_path / "socket"))
        return "reached"

    assert said_by_a_child(work) == "reached"


def test_an_event_loop_runs_without_unix_sockets() -> None:
    def work() -> str:
        install(filter_program(unix_sockets=False))
        return asyncio.run(asyncio.sleep(0, "ran"))

    assert said_by_a_child(work) == "ran"


def test_a_datagram_pair_that_could_be_sent_to_a_path_cannot_be_made() -> None:
    def work() -> str:
        install(filter_program(unix_sockets=False))
        return str(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))

    assert "PermissionError" in said_by_a_child(work)


def test_a_connected_pair_cannot_be_turned_towards_a_listener(tmp_path: Path) -> None:
    """What the filter leaves of AF_UNIX reaches nobody: the ends stay with each other."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def work() -> str:
            install(filter_program(unix_sockets=False))
            near, far = socket.socketpair()
            far.close()
            near.connect(path)
            return "reached"

        assert "OSError" in said_by_a_child(work)


def test_nothing_types_into_the_terminal() -> None:
    def work() -> str:
        install(filter_program(unix_sockets=True))
        _, terminal = os.openpty()
        fcntl.ioctl(terminal, 0x5412, b"x")
        return "typed"

    assert "PermissionError" in said_by_a_child(work)


def test_a_filter_stays_with_every_descendant() -> None:
    def work() -> str:
        install(filter_program(unix_sockets=False))
        return said_by_a_child(lambda: outcome_of(socket.AF_UNIX))

    assert said_by_a_child(work) == "EPERM"


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6000])
def test_no_file_is_given_another_account_s_rights(tmp_path: Path, mode: int) -> None:
    def work() -> str:
        install(filter_program(unix_sockets=False))
        refused = []
        (tmp_path / "plain").touch(0o644)
        (tmp_path / "plain").chmod(0o755)
        with (tmp_path / "plain").open("rb") as file:
            attempts = (
                lambda: (tmp_path / "plain").chmod(mode),
                lambda: os.fchmod(file.fileno(), mode),
                lambda: os.open(tmp_path / "new", os.O_CREAT | os.O_WRONLY, mode),
                lambda: os.mknod(tmp_path / "node", mode | 0o100000),
            )
            for attempt in attempts:
                try:
                    attempt()
                except PermissionError:
                    refused.append("refused")
        os.close(os.open(tmp_path / "plain", os.O_RDONLY, mode))  # a mode without a new file means nothing
        return " ".join(refused)

    assert said_by_a_child(work) == "refused refused refused refused"
