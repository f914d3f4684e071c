"""Attacks through interfaces of the kernel: its settings, control groups, keys, rings, terminals, namespaces."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import socket
import subprocess
import termios
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from remit.drills.attacks.system import (
    CLONE_NEWCGROUP,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    add_key,
    enter,
    io_uring,
    mount,
    unlink_key,
    unshare,
)
from remit.drills.attacks.target import Seen, Target, attempt, attempts, open_and_close, spawn

__all__ = [
    "change_kernel_settings",
    "enter_namespaces",
    "gain_rights_by_exec",
    "hide_under_mount",
    "leave_cgroup",
    "leave_key",
    "open_device",
    "open_vsock",
    "type_into_terminal",
    "use_io_uring",
]

SETTINGS = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/file-max",
    "/proc/sys/net/ipv4/ip_forward",
    "/sys/kernel/uevent_helper",
    "/sys/power/state",
    "/proc/sysrq-trigger",
    "/proc/acpi/wakeup",
)
ONLY_OPENED = ("/proc/sysrq-trigger", "/proc/acpi/wakeup", "/sys/power/state")


def change_kernel_settings(target: Target) -> Seen:
    """Writes to /proc/sys (core_pattern would run a program outside), sysrq and /sys: what is there already."""
    if not target.fenced:
        return Seen(succeeded=False, seen="not tried: there is no cage around it")
    deeds: list[tuple[str, Callable[[], object]]] = [(path, partial(rewrite_setting, path)) for path in SETTINGS]
    deeds.append(("the clock", lambda: time.clock_settime(time.CLOCK_REALTIME, time.time())))
    return attempts(deeds)


def rewrite_setting(path: str) -> None:
    """Write to a setting what it already says; being able to open it for writing is the hole."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if path not in ONLY_OPENED:
            os.write(descriptor, Path(path).read_bytes())
    finally:
        os.close(descriptor)


def leave_cgroup(target: Target) -> Seen:
    """Mounts the control groups itself, raises its own limits and moves itself out of the group that is killed."""
    outcomes: list[str] = []
    own = own_groups()

    def work() -> None:
        kept = (CLONE_NEWNS, CLONE_NEWUSER | CLONE_NEWNS, CLONE_NEWCGROUP)
        outcomes.extend(f"unshare {flags:#x} {attempt(partial(unshare, flags)) or 'done'}" for flags in kept)
        place = next(folder for folder in ("/mnt", "/media", target.folder) if Path(folder).is_dir())
        kinds = ("cgroup2", "cgroup")
        outcomes.extend(f"mount {kind} {attempt(partial(mount, 'none', place, kind)) or 'done'}" for kind in kinds)
        files = [*group_files("cgroup.procs"), *own_limits()]
        for path in files[:200]:
            text = "0" if path.name == "cgroup.procs" else "max"
            if not attempt(partial(write_existing, path, text)):
                outcomes.append(f"wrote {text} to {path}")
        left = own_groups() != own
        Path(target.folder, "cgroup.seen").write_text(f"{'left' if left else 'stayed'}\n" + "\n".join(outcomes))

    if not target.fenced and os.getuid() == 0:
        return move_up_only(own)
    os.waitpid(spawn(work), 0)
    seen = Path(target.folder, "cgroup.seen").read_text(encoding="utf-8")
    return Seen(succeeded=seen.startswith("left") or "wrote" in seen, seen=" ".join(seen.split())[:400])


def move_up_only(own: str) -> Seen:
    """Without a cage: join the root group with a child that ends at once, and touch nobody's limits."""
    roots = [path for path in group_files("cgroup.procs") if path.parent.name in {"unified", "cgroup"}]
    moved = [path for path in roots if not attempt(partial(write_existing, path, "0"))]
    return Seen(succeeded=bool(moved) and own_groups() != own, seen=f"joined {[str(path) for path in moved]}")


def own_groups() -> str:
    """The control groups this process says it is in."""
    return Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace")


def own_limits() -> list[Path]:
    """The limits of its own control groups, where they would be if the trees can be seen; nobody else's."""
    places = [line.split(":")[2].lstrip("/") for line in own_groups().splitlines() if line.count(":") >= 2]
    trees = {path.parent for path in group_files("cgroup.procs")}
    files = [tree / place / name for tree in trees for place in places if place for name in ("memory.max", "pids.max")]
    return [path for path in files if path.exists()]


def group_files(name: str) -> list[Path]:
    """Files of that name in the top levels of every mounted tree of control groups."""
    found: list[Path] = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            before, _, after = line.partition(" - ")
            if after.startswith("cgroup"):
                tree = Path(before.split()[4])
                found += [tree / name, *tree.glob(f"*/{name}")]
    found += [Path("/sys/fs/cgroup", name), *Path("/sys/fs/cgroup").glob(f"*/{name}")]
    return [path for path in found if path.exists()]


def write_existing(path: Path, text: str) -> None:
    """Write to a file that must be there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def leave_key(target: Target) -> Seen:
    """Puts a key into the kernel's keyring of its account, where it outlives every process and every stop."""
    del target

    def leave() -> None:
        unlink_key(add_key("remit-attack", b"left behind"))  # leaving it would prove no more

    return attempts([("add_key", leave)])


def use_io_uring(target: Target) -> Seen:
    """Sets up an io_uring, whose requests no filter of system calls sees."""
    del target
    return attempts([("io_uring_setup", lambda: os.close(io_uring()))])


def open_vsock(target: Target) -> Seen:
    """Opens sockets of families that know no network namespace or reach into the kernel (vsock, alg, packet, raw)."""
    del target
    families = {"vsock": (40, 1, 0), "alg": (38, 5, 0), "packet": (17, 3, 0), "raw": (2, 3, 1), "key": (15, 3, 2)}

    def make(kind: tuple[int, int, int]) -> None:
        socket.socket(*kind).close()

    return attempts((name, partial(make, kind)) for name, kind in families.items())


def type_into_terminal(target: Target) -> Seen:
    """Types into the terminal of whoever started it (TIOCSTI), so that a shell outside runs the line."""
    del target
    outcome: list[str] = []
    receive, send = os.pipe()

    def work() -> None:
        os.setsid()
        _, own = pty.openpty()
        fcntl.ioctl(own, termios.TIOCSCTTY, 0)
        refusal = attempt(lambda: fcntl.ioctl(own, termios.TIOCSTI, b"#"))
        os.write(send, (refusal or "typed").encode())

    os.waitpid(spawn(work), 0)
    os.close(send)
    with os.fdopen(receive) as answer:
        outcome.append(answer.read() or "no terminal can be made")
    terminals = [number for number in range(3) if os.isatty(number)]
    outcome.extend(attempt(partial(fcntl.ioctl, number, termios.TIOCSTI, b"#")) or "typed" for number in terminals)
    return Seen(succeeded="typed" in outcome, seen=", ".join(outcome))


def gain_rights_by_exec(target: Target) -> Seen:
    """Executes set-user-id programs, one of its own making among them, to gain another account or capabilities."""
    copy = Path(target.folder, "set-user-id")
    shell = next((path for path in ("/bin/cat", "/usr/bin/cat") if Path(path).is_file()), "/bin/cat")
    made = attempt(lambda: copy.write_bytes(Path(shell).read_bytes()))
    made = made or attempt(lambda: copy.chmod(0o6755))  # the attack: set-user-id and set-group-id
    before = status_of("self")
    seen, gained = [f"set-user-id copy: {made or 'made'}"], False
    for command in ([str(copy), "/proc/self/status"], ["/usr/bin/passwd", "-S"], ["/usr/bin/cat", "/proc/self/status"]):
        output = output_of(command)
        capabilities = int(line_of(output, "CapEff") or "0", 16)
        more = capabilities != 0 or (line_of(output, "Uid") not in {"", line_of(before, "Uid")})
        more = more or (command[-1] == "-S" and " " in output and not target.fenced)
        gained = gained or more
        seen.append(f"{command[0]}: {'rights gained' if more else 'nothing gained'}")
    return Seen(succeeded=gained, seen=", ".join(seen))


def status_of(process: str) -> str:
    """The status of a process as /proc shows it."""
    return Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")


def line_of(text: str, name: str) -> str:
    """The value of a line ``NAME: value``."""
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(f"{name}:")), "")


def output_of(command: list[str]) -> str:
    """What a short command writes; empty when it cannot be run."""
    try:
        found = subprocess.run(command, capture_output=True, timeout=3, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - its own words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.decode("utf-8", "replace")


def enter_namespaces(target: Target) -> Seen:
    """Enters the namespaces of processes outside by their numbers, and those of every process it can see (setns)."""
    processes = [*target.outsiders(), *(target.others() if target.fenced else ())]
    paths = [f"/proc/{process}/ns/{kind}" for process in processes for kind in ("mnt", "net", "pid", "user")]
    outside = [path for path in dict.fromkeys(paths) if leads_outside(path)]
    found = attempts((path, partial(enter_apart, path)) for path in outside)
    return Seen(succeeded=found.succeeded, seen=found.seen or f"none of {len(paths)} leads outside")


def leads_outside(path: str) -> bool:
    """Whether a namespace is another than this process's own."""
    try:
        return os.readlink(path) != os.readlink("/proc/self/ns/" + path.rpartition("/")[2])  # noqa: PTH115
    except OSError:
        return False


def enter_apart(path: str) -> None:
    """Enter a namespace in a child, so that this process stays where it is."""
    receive, send = os.pipe()

    def work() -> None:
        os.write(send, (attempt(lambda: enter(path)) or "entered").encode())

    os.waitpid(spawn(work), 0)
    os.close(send)
    with os.fdopen(receive) as answer:
        text = answer.read()
    if text != "entered":
        raise OSError(1, text or "the child ended")


def hide_under_mount(target: Target) -> Seen:
    """Hides from whoever counts processes: in a namespace inside its own, with something mounted over /proc."""

    def work() -> None:
        with contextlib.suppress(OSError):
            unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)
        with contextlib.suppress(OSError):
            mount("none", "/proc", "tmpfs")
        spawn(lambda: linger(target))
        linger(target)

    spawn(work)
    target.rest(0.2)
    return Seen(succeeded=False, seen="it hides; whether the stop still finds it is judged outside")


def linger(target: Target) -> None:
    """Live until the deadline."""
    while not target.expired():
        target.rest(0.05)


def open_device(target: Target) -> Seen:
    """Makes and opens the devices behind the host's memory, disks and log."""
    made = Path(target.folder, "device")
    deeds: list[tuple[str, Callable[[], object]]] = []
    for name, kind, major, minor in (("mem", 0o020000, 1, 1), ("disk", 0o060000, 254, 0), ("kmsg", 0o020000, 1, 11)):
        path = str(made) + name
        deeds.append(
            (
                f"mknod {name}",
                partial(look_at_device, path, kind, major, minor),
            )
        )
    names = ("/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/vsock")
    deeds += [(path, partial(open_and_close, path, os.O_RDONLY | os.O_NONBLOCK)) for path in names]
    return attempts(deeds)


def look_at_device(path: str, kind: int, major: int, minor: int) -> None:
    """Make a device file and open it for reading."""
    os.mknod(path, kind | 0o600, os.makedev(major, minor))
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    finally:
        os.unlink(path)  # noqa: PTH108 - no more code than needed
