"""Hosts that lack something, as a table; what a run there has to say is missing; and a way to run an agent on one."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.supervisor.cages import NOBODY, PYTHON, SOURCE, carrying
from tests.supervisor.children import need

from remit.confinement import Confinement, Degree, Piece
from remit.supervisor.cage.plain import NOTHING, WITHOUT
from remit.supervisor.tether import start_of

DEGRADER = str(Path(__file__).with_name("degrader.py"))
PATIENCE = 660.0  # seconds, more than the one who degrades gives itself
ASKED = {"memory": 2**28, "processes": 64, "cpu": 60.0, "wall": 60.0}
GOING_ON = """
import os, sys, time
end = time.monotonic() + 120
while time.monotonic() < end:
    with open("beats", "a") as file:
        file.write(".")
    time.sleep(0.005)
"""
AGENT = f"""
import os, sys
GOING_ON = {GOING_ON!r}
open("canary", "w").close()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", GOING_ON, sys.argv[1]], {{}})
    os._exit(0)
exec(GOING_ON)
"""
"""An agent with a descendant that left its session, its parent and its environment; both end after 120 s."""

NOT_OF_ALL = "a limit on the addresses of each process (RLIMIT_AS), not on their sum"
NOBODY_COUNTS = "without a cgroup nobody counts the processor time of all its processes"
NO_OTHER = "no cgroup counts processes, and root has no other limit"
NOT_DELEGATED = "controller of cgroups is not delegated here"
CAN_LEAVE = "without a PID namespace a process can leave the cgroup, or start another outside it"
MAIN_ONLY = "a parent-death signal reaches the agent's main process, not what that started"
UNFILTERED = (
    (Piece.NETWORK, Degree.PARTIAL, "vsock"),
    (Piece.SOCKETS, Degree.NONE, "nothing denies unix sockets"),
    (Piece.PRIVILEGES, Degree.PARTIAL, "the whole interface of the kernel can be called"),
)
CAGE: tuple[Piece, ...] = (Piece.HOLD, Piece.STOP)
CAGELESS: tuple[Piece, ...] = tuple(piece for piece in NOTHING if piece not in CAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host and what it can do still.

    ``cage`` is the backend that works there, ``why`` what the report says of those that do not. ``groups`` is why no
    cgroup can be made, ``limits`` why none can carry a limit. ``filters``: system calls can be filtered. ``advice``
    is what ``remit doctor`` says of which probe. ``hybrid``: it is made from a host with controllers of version 1.
    """

    steps: tuple[str, ...]
    cage: str = "bubblewrap"
    why: tuple[str, ...] = ()
    groups: str = ""
    limits: str = ""
    filters: bool = True
    advice: tuple[tuple[str, str], ...] = ()
    hybrid: bool = False
    often: bool = False

    def missing(self, user: int) -> dict[Piece, tuple[Degree, str]]:
        """Every piece a run there lacks, with a part of the reason."""
        groups = self.groups or ("" if user == 0 else "Permission denied")
        lacking: dict[Piece, tuple[Degree, str]] = {}
        if not self.filters:
            lacking |= {piece: (degree, reason) for piece, degree, reason in UNFILTERED}
        if groups:
            lacking[Piece.HOLD] = (Degree.NONE, groups)
            lacking[Piece.CPU_TIME] = (Degree.NONE, NOBODY_COUNTS)
        if groups or self.limits:
            lacking[Piece.MEMORY] = (Degree.PARTIAL, NOT_OF_ALL)
            if user == 0:
                lacking[Piece.PROCESS_COUNT] = (Degree.NONE, NO_OTHER)
        return lacking if self.cage != "plain" else lacking | self._without_a_cage(groups)

    def _without_a_cage(self, groups: str) -> dict[Piece, tuple[Degree, str]]:
        """What is lost with the cage."""
        lacking: dict[Piece, tuple[Degree, str]] = dict.fromkeys(CAGELESS, (Degree.NONE, WITHOUT))
        lacking |= dict.fromkeys(CAGE, (Degree.NONE, groups) if groups else (Degree.PARTIAL, CAN_LEAVE))
        lacking[Piece.SUPERVISION] = (Degree.PARTIAL, MAIN_ONLY)
        if groups or self.limits:
            lacking[Piece.PROCESS_COUNT] = (Degree.NONE, groups or self.limits)
        return lacking

    def sealed(self, user: int) -> bool:
        """Whether an empty cage proves there that nothing is left."""
        return not {Piece.PROCESSES, Piece.FILESYSTEM, Piece.NETWORK, Piece.IPC, Piece.SOCKETS} & set(
            self.missing(user)
        )


SWITCHED_OFF = "user namespaces are switched off"
DID_NOT_START = "`bwrap` did not start"
NOT_INSTALLED = "`bwrap` is not installed"
USER_SWITCH = (("user namespace", "sysctl -w user.max_user_namespaces=15000"),)
CONTAINER = (("cage without bubblewrap", "--security-opt seccomp=unconfined"),)
INSTALL = (("bubblewrap", "install bubblewrap"),)
MOUNT = (("cgroup", "cgroup"),)
NO_V2 = "no cgroup v2 is mounted here"
HOSTS = (
    Host(steps=("no cgroups",), groups=NO_V2, advice=MOUNT, often=True),
    Host(steps=("hidden cgroups",), groups="No such file or directory", advice=MOUNT),
    Host(steps=("read-only cgroups",), groups="Read-only file system", advice=MOUNT),
    Host(steps=("only controllers",), groups=NO_V2, advice=MOUNT, hybrid=True),
    Host(steps=("no controllers",), limits=NOT_DELEGATED, advice=(("cgroup memory", "cgroup"),), hybrid=True),
    Host(steps=("no bwrap",), cage="namespaces", advice=INSTALL, often=True),
    Host(steps=("no path to bwrap",), cage="namespaces", advice=(("bubblewrap", "bubblewrap"),)),
    Host(steps=("broken bwrap",), cage="namespaces", advice=(("bubblewrap", "the first `bwrap` on PATH"),)),
    Host(
        steps=("no user namespaces",), cage="plain", why=(DID_NOT_START, SWITCHED_OFF), advice=USER_SWITCH, often=True
    ),
    Host(steps=("no bwrap", "no user namespaces"), cage="plain", why=(NOT_INSTALLED, SWITCHED_OFF), advice=INSTALL),
    Host(
        steps=("no bwrap", "no user namespaces", "no cgroups"),
        cage="plain",
        why=(NOT_INSTALLED, SWITCHED_OFF),
        groups=NO_V2,
        advice=(*USER_SWITCH, *INSTALL, *MOUNT),
        often=True,
    ),
    Host(steps=("denied namespaces",), cage="plain", why=(DID_NOT_START, "Operation not permitted"), advice=CONTAINER),
    Host(
        steps=("denied namespaces", "read-only cgroups"),
        cage="plain",
        why=(DID_NOT_START, "Operation not permitted"),
        groups="Read-only file system",
        advice=(*CONTAINER, *MOUNT),
        often=True,
    ),
    *(
        Host(
            steps=(f"no {kind} namespaces",),
            cage="plain",
            why=(DID_NOT_START, "No space left on device"),
            advice=(("cage without bubblewrap", f"sysctl -w user.max_{kind}_namespaces=15000"),),
            often=kind == "net",
        )
        for kind in ("net", "pid", "mnt", "ipc")
    ),
    Host(steps=("no landlock",), advice=(("landlock paths", "landlock"),)),
    Host(steps=("no landlock", "no bwrap"), cage="namespaces", often=True),
    Host(steps=("no seccomp",), filters=False, advice=(("seccomp", "seccomp"),), often=True),
    Host(steps=("no seccomp", "no bwrap"), cage="namespaces", filters=False),
    Host(steps=("hidden processes",)),
    Host(
        steps=("hidden processes", "no user namespaces"),
        cage="plain",
        why=(DID_NOT_START, SWITCHED_OFF),
        often=True,
    ),
)
"""Every host that is made; ``often`` marks those that are made in every run of the tests, not only in the long one."""


@functools.cache
def can_degrade() -> str:
    """Why no host can be made poorer here, empty when one can: an untouched host has to give everything first."""
    if os.geteuid() != 0:
        return "only root can make a host poorer for a test"
    said = on_host((), 0, probes=[])
    run = said["full"]
    return "" if run["refused"] is None else f"this host is degraded already: {run['refused']['message']}"


def needs_degrading(host: Host | None = None) -> None:
    """Skip where the host cannot be made; the automatic check fails instead, unless it is not root."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a host poorer for a test")
    need(Path(PYTHON).exists(), f"{PYTHON} is not there")
    need(not can_degrade(), can_degrade())
    if host is not None and host.hybrid and " - cgroup " not in Path("/proc/self/mountinfo").read_text():
        pytest.skip("this host has no controllers of version 1")


def on_host(steps: tuple[str, ...], user: int, **changes: Any) -> dict[str, Any]:
    """Make a host, run an agent on it with both requirements, and return what came of it.

    ``changes`` replace parts of the orders. Under ``left`` stand the processes and cgroups that are there afterwards,
    as seen from outside.
    """
    place = Path(tempfile.mkdtemp(prefix="remit-degraded-", dir="/var/tmp"))
    token = f"{place.name}".replace("_", "-").lower()
    orders: dict[str, Any] = {
        "source": str(SOURCE),
        "steps": list(steps),
        "user": user,
        "place": str(place),
        "token": token,
        "confinement": ASKED,
        "tries": ["full", "best-effort"],
        "probes": [],
        "body": AGENT,
        "doctor": None,
        **changes,
    }
    try:
        for name in ("work", "state", "bin"):
            (place / name).mkdir()
        for path in (place, *place.iterdir()):
            path.chmod(0o755)
            os.chown(path, user, user)
        command = [PYTHON, "-I", "-S", "-B", DEGRADER, json.dumps(orders)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.stdout, f"the host could not be made: {done.stderr[-2000:]}"
        said: dict[str, Any] = json.loads(done.stdout)
        return {**said, "left": {"processes": carrying(token), "cgroups": list(cgroups_of(token))}}
    finally:
        shutil.rmtree(place, ignore_errors=True)


def cgroups_of(token: str) -> Iterator[str]:
    """The cgroups of runs named after a token, as seen from here."""
    for base, folders, _ in os.walk("/sys/fs/cgroup"):
        yield from (f"{base}/{name}" for name in folders if name.startswith(f"remit-{token}"))


def still_there(named: list[list[int | None]]) -> list[int]:
    """Of processes with their starts, those that are there still."""
    return [pid for pid, start in named if pid is not None and start is not None and start_of(pid) == start]


TITLES = {
    "no cgroups": "no cgroups",
    "hidden cgroups": "cgroups listed but not there",
    "read-only cgroups": "read-only cgroups",
    "only controllers": "cgroups of version 1 only",
    "no controllers": "cgroups without controllers",
    "no bwrap": "no `bwrap`",
    "no path to bwrap": "`bwrap` not on PATH",
    "broken bwrap": "a `bwrap` that fails",
    "denied namespaces": "namespaces denied, as in a container",
    "no landlock": "no Landlock",
    "no seccomp": "no seccomp",
    "hidden processes": "`/proc` with `hidepid=2`",
    **{f"no {kind} namespaces": f"no {kind} namespaces" for kind in ("user", "net", "pid", "mnt", "ipc")},
}
PAGE = Path(__file__).parents[2] / "docs/explain/threat-model.md"
BEGIN, END = "<!-- degraded: begin -->", "<!-- degraded: end -->"


def table() -> str:
    """What is missing on each host, as the threat model shows it."""
    lines = ["| host | cage | missing for root | for an ordinary user besides | hold | stop |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for host in HOSTS:
        root, other = host.missing(0), host.missing(NOBODY)
        title = ", ".join(TITLES[step] for step in host.steps)
        besides = {piece: outcome for piece, outcome in other.items() if root.get(piece, ("",))[0] != outcome[0]}
        cells = (_named(host, root), _named(host, besides))
        held = {Degree.FULL: "yes", Degree.PARTIAL: "can be left", Degree.NONE: "no"}
        holds = " / ".join(held[lack.get(Piece.HOLD, (Degree.FULL, ""))[0]] for lack in (root, other))
        ends = "`dead`" if host.sealed(0) else "`unknown`"
        lines.append(f"| {title} | {host.cage} | {cells[0]} | {cells[1]} | {holds} | {ends} |")
    return "\n".join(lines)


def _named(host: Host, lacking: dict[Piece, tuple[Degree, str]]) -> str:
    """The pieces that are missing, those that are there in part marked, those of the cage in one word."""
    rest = [piece for piece in Piece if piece in lacking and not (host.cage == "plain" and piece in CAGELESS)]
    words = ["the whole cage"] if host.cage == "plain" and set(CAGELESS) <= set(lacking) else []
    words += [f"{piece} (in part)" if lacking[piece][0] is Degree.PARTIAL else str(piece) for piece in rest]
    return ", ".join(words) or "nothing"


ACCOUNTS = tuple(pytest.param(number, id=name) for number, name in ((0, "root"), (NOBODY, "nobody")))
VENV = sys.executable
REQUESTED = Confinement(folder="/", **ASKED).requested  # type: ignore[arg-type]


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
