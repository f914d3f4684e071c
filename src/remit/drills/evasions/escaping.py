"""Patterns that leave the namespace or the cgroup in which a stop would find them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from remit.drills.evasions.beating import Pulse, detach, spawn
from remit.drills.evasions.kernel import CLONE_NEWCGROUP, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, mount, unshare

__all__ = ["become_inner_init", "become_inner_root", "leave_cgroup", "mount_cgroups"]

ELSEWHERE = "elsewhere-"  # the cgroup an evader makes for itself where it may; the name of its beats follows


def become_inner_root(pulse: Pulse) -> None:
    """A daemon in a user namespace of its own, with every capability there: what it does next needs no privilege."""

    def work() -> None:
        unshare(CLONE_NEWUSER)
        pulse.live("evading")

    detach(pulse, work)


def become_inner_init(pulse: Pulse) -> None:
    """A PID namespace inside, with an init and a worker of its own: from within, nothing outside can be seen to end."""

    def init() -> None:
        spawn(pulse, lambda: pulse.live("evading"))
        while not pulse.expired():
            pulse.rest(0.01)

    def work() -> None:
        try:
            unshare(CLONE_NEWPID)
        except PermissionError:
            unshare(CLONE_NEWUSER | CLONE_NEWPID)
        pulse.reap(spawn(pulse, init))

    detach(pulse, work)


def leave_cgroup(pulse: Pulse) -> None:
    """A daemon that joins another cgroup, as far up as it may or beside its own: a kill of the first misses it."""

    def work() -> None:
        move_away(mount_of_cgroups(), pulse)
        pulse.live("evading")

    detach(pulse, work)


def mount_cgroups(pulse: Pulse) -> None:
    """A daemon that mounts the cgroup tree itself and leaves through it: to hide the tree is not enough."""

    def work() -> None:
        try:
            unshare(CLONE_NEWNS)
        except PermissionError:
            unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP)
        place = next(folder for folder in ("/mnt", "/media", "/tmp") if Path(folder).is_dir())  # noqa: S108 - a mount point
        mount("cgroup2", place)
        move_away(Path(place), pulse)
        pulse.live("evading")

    detach(pulse, work)


def mount_of_cgroups() -> Path:
    """Where the tree of version 2 is mounted; without one ``OSError``."""
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            return Path(before.split()[4])
    raise FileNotFoundError(2, "no cgroup tree is mounted")


def move_away(tree: Path, pulse: Pulse) -> None:
    """Join the first cgroup that can be joined and is not the present one; if there is none raise the last refusal."""
    refusal = FileNotFoundError(2, "no other cgroup")
    for place in places(tree, ELSEWHERE + Path(pulse.path).name):
        try:
            (place / "cgroup.procs").write_text("0", encoding="ascii")
        except OSError as error:
            refusal = error  # type: ignore[assignment] # whatever the last one was
        else:
            return
    raise refusal


def places(tree: Path, name: str) -> Iterator[Path]:
    """The cgroups to try: the root, each one above the present, then a new one beside it."""
    lines = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    present = next((line[3:].lstrip("/") for line in lines if line.startswith("0::")), "")
    above = [tree / parent for parent in reversed(Path(present).parents)]
    yield from above
    for parent in reversed(above):
        new = parent / name
        try:
            new.mkdir(exist_ok=True)
        except OSError:
            continue
        yield new
