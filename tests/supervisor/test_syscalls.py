import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.supervisor.children import PATIENCE, comes_true, need, said_by_a_child

from remit.supervisor.kernel import syscalls
from remit.supervisor.probes.organisms import leave_for

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # under xdist; nothing locks here


def in_new_namespaces(flags: int) -> str:
    """Leave for new namespaces, with a user namespace where this is an ordinary user."""
    leave_for(flags)
    return "left"


def need_namespaces() -> None:
    said = said_by_a_child(lambda: in_new_namespaces(syscalls.CLONE_NEWNS))
    need(said == "left", f"no namespace can be made here: {said}")


def test_every_failing_call_says_its_name() -> None:
    failing: tuple[tuple[str, Callable[[], None]], ...] = (
        ("setns", lambda: syscalls.setns(0, 0)),
        ("umount2 of /nowhere", lambda: syscalls.unmount("/nowhere")),
        ("mount of /nowhere", lambda: syscalls.mount(None, "/nowhere", "tmpfs")),
        ("pivot_root", lambda: syscalls.pivot_root("/nowhere", "/nowhere")),
        ("prctl PR_SET_PDEATHSIG", lambda: syscalls.set_parent_death_signal(4000)),
        ("unshare", lambda: syscalls.unshare(0x1)),
    )
    for name, call in failing:
        with pytest.raises(OSError, match=name) as caught:
            call()
        assert caught.value.errno in (errno.EINVAL, errno.ENOENT, errno.EPERM)


def test_a_call_without_a_known_number_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="not known") as caught:
        syscalls.numbered_call("no_such_call")
    assert caught.value.errno == errno.ENOSYS
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    with pytest.raises(OSError, match="pdp11"):
        syscalls.pivot_root("/", "/")


def test_a_child_dies_with_the_parent_it_chose() -> None:
    """The child of a child that ends is killed by the kernel."""
    reader, writer = os.pipe()

    def parent() -> str:
        grandchild = os.fork()
        if grandchild == 0:
            syscalls.set_parent_death_signal(signal.SIGKILL)
            os.write(writer, b"x")
            time.sleep(120)
            os._exit(0)
        os.read(reader, 1)
        return str(grandchild)

    number = int(said_by_a_child(parent))
    os.close(writer)
    os.close(reader)
    assert comes_true(lambda: not Path(f"/proc/{number}").exists() or "Z" in state_of(number))


def own_network() -> str:
    return str(Path("/proc/self/ns/net").readlink())


def state_of(number: int) -> str:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def status_of_a_child_that(call: str) -> str:
    """What /proc says of a process after the call."""
    script = f"from remit.supervisor.kernel import syscalls; syscalls.{call}; print(open('/proc/self/status').read())"
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True
    ).stdout


def test_no_new_privileges_holds() -> None:
    assert "NoNewPrivs:\t1" in status_of_a_child_that("forbid_new_privileges()")
    assert "NoNewPrivs:\t0" in status_of_a_child_that("forbid_new_privileges")


def test_every_capability_is_given_up() -> None:
    sets = [line.split() for line in status_of_a_child_that("drop_capabilities()").splitlines() if "Cap" in line]
    given = {name: value for name, value in sets if name != "CapBnd:" or os.geteuid() == 0}
    assert set(given.values()) == {"0" * 16}


def test_a_process_that_dropped_everything_gets_nothing_back_by_exec() -> None:
    def work() -> str:
        syscalls.drop_capabilities()
        syscalls.forbid_new_privileges()
        command = [
            "/bin/sh",
            "-c",
            "while read line; do case $line in CapEff*) echo $line;; esac; done < /proc/self/status",
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout.strip()

    assert said_by_a_child(work).split() == ["CapEff:", "0" * 16]


def test_a_process_that_forbids_dumping_shows_its_memory_to_nobody_else() -> None:
    def work() -> str:
        syscalls.forbid_dumping()
        return f"{Path('/proc/self/mem').stat().st_uid} {syscalls.process_control('PR_GET_DUMPABLE', 3)}"

    assert said_by_a_child(work) == "0 0"


def test_orphans_come_to_the_subreaper() -> None:
    def work() -> str:
        syscalls.become_subreaper()
        child = os.fork()
        if child == 0:
            if os.fork() == 0:
                time.sleep(0.05)
                os._exit(7)
            os._exit(0)
        codes = sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2))
        return str(codes)

    assert said_by_a_child(work) == "[0, 7]"


def test_an_empty_network_namespace_has_no_way_to_a_listener_outside() -> None:
    need_namespaces()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()

        def work(*, leave: bool) -> str:
            if leave:
                in_new_namespaces(syscalls.CLONE_NEWNET)
                syscalls.raise_loopback()
            with socket.create_connection(address, timeout=PATIENCE):
                return "reached"

        assert said_by_a_child(lambda: work(leave=False)) == "reached"
        assert "ConnectionRefusedError" in said_by_a_child(lambda: work(leave=True))


def test_a_raised_loopback_carries_traffic() -> None:
    need_namespaces()

    def work() -> str:
        in_new_namespaces(syscalls.CLONE_NEWNET)
        syscalls.raise_loopback()
        with (
            socket.create_server(("127.0.0.1", 0)) as own,
            socket.create_connection(own.getsockname(), timeout=PATIENCE),
        ):
            return "reached"

    assert said_by_a_child(work) == "reached"


def test_a_process_joins_the_network_of_another() -> None:
    need_namespaces()
    need(os.geteuid() == 0, "an ordinary user would have to join the other's user namespace first")

    def work() -> str:
        before = own_network()
        with Path("/proc/self/ns/net").open("rb") as home:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            away = own_network()
            syscalls.setns(home.fileno(), syscalls.CLONE_NEWNET)
        return f"{away != before} {own_network() == before}"

    assert said_by_a_child(work) == "True True"


def test_a_pivoted_root_shows_only_what_was_mounted_and_read_only_reaches_below(tmp_path: Path) -> None:
    need_namespaces()
    for name in ("root", "shared/below"):
        (tmp_path / name).mkdir(parents=True)

    def work() -> str:
        in_new_namespaces(syscalls.CLONE_NEWNS)
        root = str(tmp_path / "root")
        syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
        syscalls.mount("tmpfs", root, "tmpfs", 0, "mode=755")
        for name in ("old", "shared"):
            (Path(root) / name).mkdir()
        syscalls.mount("tmpfs", str(tmp_path / "shared" / "below"), "tmpfs")
        syscalls.mount(str(tmp_path / "shared"), f"{root}/shared", None, syscalls.MS_BIND | syscalls.MS_REC)
        syscalls.make_read_only(f"{root}/shared")
        syscalls.pivot_root(root, f"{root}/old")
        os.chdir("/")
        syscalls.unmount("/old", syscalls.MNT_DETACH)
        refused = []
        for place in ("/shared/file", "/shared/below/file"):
            try:
                Path(place).touch()
            except OSError as error:
                refused.append(error.errno)
        return f"{sorted(path.name for path in Path('/').iterdir())} {refused}"

    assert said_by_a_child(work) == f"['old', 'shared'] [{errno.EROFS}, {errno.EROFS}]"


def test_only_kept_descriptors_stay_open() -> None:
    def work() -> str:
        opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
        os.dup2(opened[0], 900)
        kept = {opened[1], opened[3], said_to}
        syscalls.close_all_but(kept)
        alive = []
        for descriptor in (*opened, 900):
            try:
                os.fstat(descriptor)
                alive.append(opened.index(descriptor))
            except OSError:
                continue
        os.write(said_to, str(alive).encode())
        return "closed"

    reader, said_to = os.pipe()
    assert said_by_a_child(work) == "ended with 0"  # its own way to say something was closed too
    os.close(said_to)
    assert os.read(reader, 100) == b"[1, 3]"
    os.close(reader)


def test_descriptors_are_closed_one_by_one_where_the_kernel_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> str:
        monkeypatch.setattr("platform.machine", lambda: "pdp11")
        descriptor = os.open("/dev/null", os.O_RDONLY)
        syscalls.close_all_but([*range(descriptor)])
        try:
            os.fstat(descriptor)
        except OSError:
            return "closed"
        return "open"

    assert said_by_a_child(work) == "closed"


@pytest.mark.parametrize("module", ["syscalls", "cgroups", "seccomp", "landlock"])
def test_the_module_needs_nothing_but_the_standard_library(module: str) -> None:
    source = Path(syscalls.__file__).parents[3]
    script = f"import sys; sys.path.insert(0, {str(source)!r}); import remit.supervisor.kernel.{module}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], timeout=PATIENCE, check=False)
    assert done.returncode == 0
