"""The dead-man's switch: when the supervisor is gone, or no overseer says to go on, the agent dies.

The watcher is a small process beside the daemon. It waits for the daemon's pidfd; when the daemon has ended without
saying goodbye, it kills the agent, waits for the proof, writes down how the run ended and removes what is left. The
kernel does the same by PR_SET_PDEATHSIG; either would do, both must fail for an agent to live on.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path

from remit.supervisor.kernel.cgroup import PREFIX, Cgroup
from remit.supervisor.kernel.cgroup_places import read_places
from remit.supervisor.kernel.cgroups import cgroup_at
from remit.supervisor.kernel.syscalls import close_all_but
from remit.supervisor.ladder import climb
from remit.supervisor.parts import joined
from remit.supervisor.registry import RunFolder, read_object, write_whole
from remit.supervisor.report import Verdict
from remit.supervisor.residue.comparison import not_looked_at
from remit.supervisor.stopping import end_company
from remit.supervisor.tether import Tether

__all__ = ["Heartbeat", "Watcher", "start_watcher"]

_WITHIN = 5.0  # seconds the watcher waits for the proof
_REAP = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """The watcher as the daemon sees it: its number, its pidfd and the line to it."""

    process: int
    pidfd: int
    channel: socket.socket

    def tell(self, tether: Tether) -> None:
        """Hand over the means to kill the agent; raises ``OSError`` when the watcher is gone."""
        held = [descriptor for descriptor in (tether.process, tether.init) if descriptor is not None]
        facts = {"process": tether.process is not None, "init": tether.init is not None, "namespace": tether.namespace}
        cgroup = None if tether.cgroup is None else str(tether.cgroup.path)
        twins = [] if tether.cgroup is None else [str(path) for path in tether.cgroup.controllers]
        line = json.dumps({**facts, "sealed": tether.sealed, "cgroup": cgroup, "controllers": twins}).encode()
        socket.send_fds(self.channel, [line], held)
        self.channel.recv(1)  # only when it has them

    def dismiss(self) -> None:
        """Say goodbye: the daemon has ended the run itself."""
        with contextlib.suppress(OSError):
            self.channel.send(b"{}")
        self.channel.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process, 0)


@dataclass(slots=True, kw_only=True)
class Heartbeat:
    """The overseer's side of the switch: how long it may be silent, and when it was last heard (seconds)."""

    longest: float | None
    last: float

    def beat(self, now: float) -> None:
        """Note that somebody said to go on."""
        self.last = now

    def missed(self, now: float) -> bool:
        """Whether it has been silent for too long."""
        return self.longest is not None and now - self.last > self.longest

    def deadline(self) -> float | None:
        """When it will have been silent for too long."""
        return None if self.longest is None else self.last + self.longest


def start_watcher(folder: RunFolder) -> Watcher:
    """Fork the watcher of a run, before anything is made that would have to be removed.

    ``Watcher.tell`` brings it the means to kill the agent. Call it before any thread is started.
    """
    daemon = os.pidfd_open(os.getpid())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = os.fork()
    if process == 0:
        try:
            close_all_but((0, 1, 2, daemon, theirs.fileno()))
            _watch(daemon, theirs, folder)
        finally:
            os._exit(0)
    theirs.close()
    os.close(daemon)
    return Watcher(process=process, pidfd=os.pidfd_open(process), channel=ours)


def _watch(daemon: int, channel: socket.socket, folder: RunFolder) -> None:
    """Wait for the daemon's goodbye or its end."""
    tether = Tether(run=folder.run)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    poll = select.poll()
    poll.register(daemon, select.POLLIN)
    poll.register(channel, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if channel.fileno() in ready:
            line, held = _heard(channel)
            if line == b"{}":
                return
            if line:
                tether = _told(tether, json.loads(line), held)
                with contextlib.suppress(OSError):  # a daemon that was killed while it waits for this
                    channel.send(b".")
                continue
            poll.unregister(channel)
        if daemon in ready:
            break
    if tether.cgroup is None:
        tether = replace(tether, cgroup=_cgroup_of(folder.run))
    tether.kill()
    _bury(tether, folder)
    if tether.cgroup is not None:
        tether.cgroup.remove(_REAP)


def _heard(channel: socket.socket) -> tuple[bytes, list[int]]:
    """The daemon's next line and what came with it; nothing once the daemon has closed its end.

    A daemon that is killed before it reads the last answer resets the line (unix(7), ECONNRESET): that is its end too.
    """
    try:
        line, held, _, _ = socket.recv_fds(channel, 4096, 4)
    except OSError:
        return b"", []
    return line, held


def _told(tether: Tether, facts: dict[str, object], held: list[int]) -> Tether:
    """The tether with the processes the daemon handed over."""
    waiting = list(held)
    process = waiting.pop(0) if facts["process"] else None
    init = waiting.pop(0) if facts["init"] else None
    namespace, cgroup, twins = facts["namespace"], facts["cgroup"], facts["controllers"]
    controllers = [Path(str(path)) for path in twins] if isinstance(twins, list) else None
    return replace(
        tether,
        process=process,
        init=init,
        namespace=namespace if isinstance(namespace, int) else None,
        sealed=facts["sealed"] is True,
        cgroup=cgroup_at(Path(cgroup), controllers) if isinstance(cgroup, str) else None,
    )


def _cgroup_of(run: str) -> Cgroup | None:
    """The cgroup a daemon made for a run and was killed before it could say so."""
    made = (cgroup_at(place / f"{PREFIX}{run}") for place in read_places().unified)
    return next((cgroup for cgroup in made if cgroup is not None), None)


def _bury(tether: Tether, folder: RunFolder) -> None:
    """Wait for the proof and write down how the run ended, unless whoever stopped it has proved that already."""
    began, state = time.monotonic(), folder.read_state()
    report = climb(tether, within=_WITHIN, reason="the supervisor ended without a goodbye", by="dead-man's switch")
    report = joined(report, end_company(folder, state, within=_WITHIN), requested=began)
    report = replace(report, residue=not_looked_at("its supervisor was gone, and only it knew what was there before"))
    document = report.document()
    with contextlib.suppress(OSError):
        known = read_object(folder.report)
        if known.get("verdict") == Verdict.DEAD:
            document = known
        else:
            write_whole(folder.report, document)
        state = folder.read_state()
        folder.write_state({**state, "phase": "ended", "verdict": document["verdict"], "ended_by": document["by"]})
        folder.socket.unlink(missing_ok=True)
        folder.door.unlink(missing_ok=True)
