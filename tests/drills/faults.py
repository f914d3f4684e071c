"""Faults a supervisor could have, each sown into a copy of ours by the exact replacement of a text.

Each names the check of the cage drill that must find it. A fault stands for a mistake that is easy to make and hard to
see: everything goes on as before, the receipts look the same, and the stop no longer holds.
"""

from __future__ import annotations

from tests.drills.sowing import Edit, Fault

__all__ = ["BOTH", "FAULTS", "fault_named"]

BOTH = ("bubblewrap", "namespaces")
STOPS = tuple(
    f"stop: {name}"
    for name in ("deaf", "triple-fork", "clean-daemon", "watchdogs", "pid-hopping", "vfork-parent", "user-namespace")
)
DEATHS = (
    "the agent dies with its supervisor",
    "the agent dies with its supervisor and all its helpers",
    "the agent dies when everything outside its cage is killed",
    "a stop needs no supervisor that answers",
    "a dead supervisor is tidied up after",
)


KILL = """        for held in (self.init, self.process):
            if held is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(held, signal.SIGKILL)
        if self.cgroup is not None:
            self.cgroup.kill()
        if self.init is None:
            for survivor in self.survivors():
                self._kill_found(survivor.pid)
"""
KILL_GROUP = """        with contextlib.suppress(OSError, IndexError):
            init = Path(f"/proc/self/fdinfo/{self.init}").read_text().partition("Pid:")[2].split()[0]
            main = Path(f"/proc/{init}/task/{init}/children").read_text().split()[0]
            os.killpg(int(main), signal.SIGKILL)
"""
GROUP_ONLY = (
    Edit(file="tether.py", old=KILL, new=KILL_GROUP),
    Edit(
        file="cage/namespaces.py",
        old="        syscalls.close_all_but(())\n        os._exit(status_of(agent))",
        new="        syscalls.close_all_but(())\n        status_of(agent)\n        os._exit(status_of(0))",
    ),
)
"""``killpg`` instead of every kill; the cage's first process no longer ends with the command, which would end all."""

FAULTS = (
    Fault(
        name="no-die-with-parent",
        what="`bwrap` is started without `--die-with-parent`",
        edits=(
            Edit(file="cage/bubblewrap.py", old='"--disable-userns", "--die-with-parent",', new='"--disable-userns",'),
        ),
        finding="the agent dies when everything outside its cage is killed",
        says="it lives on",
    ),
    Fault(
        name="no-parent-death-signal",
        what="the processes of the cage are not tied to the supervisor by a parent-death signal",
        edits=(
            Edit(
                file="cage/preparing.py",
                old="    syscalls.set_parent_death_signal(signal.SIGKILL)\n    if os.getppid",
                new="    if os.getppid",
            ),
        ),
        finding="the agent dies with its supervisor and all its helpers",
        says="it lives on",
        cages=("namespaces",),
    ),
    Fault(
        name="keeper-looks-away",
        what="the keeper waits for the end of `bwrap`, and no longer for the end of the supervisor",
        edits=(
            Edit(
                file="cage/bubblewrap.py",
                old="select.select([watched, pidfd], [], [])",
                new="select.select([pidfd], [], [])",
            ),
        ),
        finding="the agent dies with its supervisor and all its helpers",
        says="it lives on",
    ),
    Fault(
        name="watcher-looks-away",
        what="the watcher ends when the supervisor ends, instead of ending the agent",
        edits=(
            Edit(
                file="deadman.py",
                old="        if daemon in ready:\n            break",
                new="        if daemon in ready:\n            return",
            ),
        ),
        finding="a dead supervisor is tidied up after",
    ),
    Fault(
        name="killpg-only",
        what="a stop kills the process group of the command, and nothing else",
        edits=GROUP_ONLY,
        finding="stop: watchdogs",
        says="it says survivors",
        besides=(*STOPS, *DEATHS, "a kill waits for nothing", "an unproved end is not called dead"),
        cages=("namespaces",),
    ),
    Fault(
        name="false-receipt",
        what="as before, and the receipt says `dead` because a signal was sent",
        edits=(
            *GROUP_ONLY,
            Edit(
                file="ladder.py",
                old="    if survivors or not empty:\n        return Verdict.SURVIVORS\n",
                new="    del survivors, empty\n",
            ),
        ),
        finding="stop: watchdogs",
        says="FALSE RECEIPT",
        besides=(*STOPS, *DEATHS, "a kill waits for nothing", "an unproved end is not called dead"),
        cages=("namespaces",),
    ),
    Fault(
        name="receipt-without-proof",
        what="nobody found counts as nobody there, whatever the cage",
        edits=(
            Edit(
                file="ladder.py",
                old="return Verdict.DEAD if tether.namespace is not None and tether.sealed else Verdict.UNKNOWN",
                new="return Verdict.DEAD",
            ),
        ),
        finding="an unproved end is not called dead",
        says="`dead`",
    ),
    Fault(
        name="freeze-before-kill",
        what="a stop freezes first, and kills when that is done",
        edits=(
            Edit(
                file="tether.py",
                old="        for held in (self.init, self.process):\n            if held is not None:\n                with",
                new="        if self.cgroup is not None:\n            self.cgroup.freeze(2.0)\n"
                "        for held in (self.init, self.process):\n            if held is not None:\n                with",
            ),
        ),
        finding="a kill waits for nothing",
        says="it froze before it killed",
    ),
    Fault(
        name="asks-before-it-kills",
        what="every stop gives a second of grace, asked for or not",
        edits=(
            Edit(
                file="daemon.py",
                old='        frozen, self.phase = self.phase == "held", "stopping"\n',
                new='        frozen, self.phase = self.phase == "held", "stopping"\n        grace = max(grace, 1.0)\n',
            ),
        ),
        finding="stop: deaf",
        says="after the request",
        besides=(*STOPS, "a kill waits for nothing"),
    ),
    Fault(
        name="stop-waits-for-supervisor",
        what="a client waits eight seconds for the supervisor before it kills the agent itself",
        edits=(Edit(file="stopping.py", old="_AT_ONCE = 0.08 ", new="_AT_ONCE = 8.0 "),),
        finding="a stop needs no supervisor that answers",
    ),
    Fault(
        name="stop-needs-supervisor",
        what="a client has no means of its own to end the agent",
        edits=(
            Edit(
                file="stopping.py",
                old="    return _stop_here(folder, within=within, requested=requested, reason=reason, by=by)\n",
                new='    raise RemitError("the supervisor does not answer", code="supervisor.unreachable")\n',
            ),
        ),
        finding="a stop needs no supervisor that answers",
    ),
    Fault(
        name="sigstop-for-a-hold",
        what="a hold sends SIGSTOP to every process, a resume SIGCONT",
        edits=(
            Edit(
                file="kernel/cgroup.py",
                old='        return self._switch("1", within)\n',
                new="        for number in self.processes():\n            os.kill(number, signal.SIGSTOP)\n        return within > 0\n",
            ),
            Edit(
                file="kernel/cgroup.py",
                old='        return self._switch("0", within)\n',
                new="        for number in self.processes():\n            os.kill(number, signal.SIGCONT)\n        return within > 0\n",
            ),
        ),
        finding="a hold is a freeze",
        says="frozen 1",
        besides=("a hold holds", "only a key resumes"),
    ),
    Fault(
        name="hold-denies-calls-only",
        what="a hold stops the proxy, freezes nothing, and says that the run is held",
        edits=(
            Edit(
                file="daemon.py",
                old="frozen = cgroup is not None and cgroup.freeze(_HELD_WITHIN)",
                new="frozen = cgroup is not None",
            ),
        ),
        finding="a hold holds",
        says="beats",
        besides=("a hold is a freeze", "only a key resumes"),
    ),
    Fault(
        name="resume-without-a-key",
        what="whoever may hold a run may resume it",
        edits=(Edit(file="keys.py", old='frozenset({"resume", "correct",', new='frozenset({"correct",'),),
        finding="only a key resumes",
        says="accepted without a key",
        besides=("a resume resumes",),
    ),
    Fault(
        name="keys-never-expire",
        what="a key that was given for a time is good for ever",
        edits=(
            Edit(
                file="keys.py",
                old="if found.until is not None and self.clock() > found.until:",
                new="if found.until == 0:",
            ),
        ),
        finding="only a key resumes",
        says="accepted without a key",
        besides=("a resume resumes",),
    ),
    Fault(
        name="writable-cgroup",
        what="the agent sees its own cgroup, and may write to it",
        edits=(
            Edit(
                file="starting.py",
                old="    view = view_of(confinement, orders.command, control=str(folder.control), notices=notices)\n",
                new="    view = view_of(confinement, orders.command, control=str(folder.control), notices=notices)\n"
                "    if cgroup is not None:\n"
                "        from remit.supervisor.cage.filesystem import Kind, Mount\n\n"
                '        own = Mount(kind=Kind.BIND, target="/sys/fs/cgroup", source=str(cgroup.path), writable=True)\n'
                "        view = replace(view, mounts=(*view.mounts, own))\n",
            ),
        ),
        finding="no cgroup in view",
        says="/sys/fs/cgroup",
        cages=BOTH,
    ),
    Fault(
        name="reachable-launcher",
        what="a socket like Docker's in a shared folder can be connected to",
        edits=tuple(
            Edit(
                file=file,
                old="seccomp.filter_program(unix_sockets=False)",
                new="seccomp.filter_program(unix_sockets=True)",
            )
            for file in ("cage/bubblewrap.py", "cage/namespaces.py")
        ),
        finding="no socket of the outside",
        says="docker.sock",
        cages=BOTH,
    ),
    Fault(
        name="host-process-numbers",
        what="the agent shares the PID namespace of the host, and nobody asks whether it has one of its own",
        edits=(
            Edit(
                file="cage/bubblewrap.py",
                old='"--unshare-all", "--unshare-user",',
                new='"--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup",',
            ),
            Edit(file="starting.py", old="if launched.namespace is None and", new="if launched.namespace == 0 and"),
        ),
        finding="processes outside are out of reach",
        says="it shares the PID namespace",
        besides=(*STOPS, *DEATHS),
    ),
    Fault(
        name="host-network",
        what="the agent shares the network of the host",
        edits=(Edit(file="cage/bubblewrap.py", old='"--unshare-all", ', new='"--unshare-all", "--share-net", '),),
        finding="no network but the proxy",
        says="connected to ('127.0.0.1'",
        besides=("no socket of the outside",),
    ),
    Fault(
        name="inherited-descriptors",
        what="what the supervisor has open is not closed before the command is executed",
        edits=(
            Edit(file="cage/preparing.py", old="    syscalls.close_all_but({0, 1, 2, *kept})\n", new=""),
            Edit(file="cage/namespaces.py", old="        syscalls.close_all_but((0, 1, 2))\n", new=""),
        ),
        finding="no inherited descriptor",
        cages=BOTH,
    ),
    Fault(
        name="leaked-environment",
        what="the agent inherits the environment of whoever started it",
        edits=(
            Edit(
                file="running.py",
                old='env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"},',
                new="env=dict(os.environ),",
            ),
            Edit(
                file="cage/environment.py",
                old="    environment = {\n",
                new="    environment = {\n        **os.environ,\n",
            ),
        ),
        finding="environment not leaked",
        says="REMIT_DRILL_CANARY",
        cages=BOTH,
    ),
    Fault(
        name="writable-charter",
        what="the charter in the agent's folder is as writable as the folder",
        edits=(Edit(file="cage/filesystem.py", old="        *kept,\n", new=""),),
        finding="the charter cannot be changed",
        cages=BOTH,
    ),
    Fault(
        name="movable-charter",
        what="the charter is read-only, and the folder it lies in can be renamed",
        edits=(
            Edit(
                file="cage/filesystem.py",
                old="    for folder in sorted(pinned, key=_depth):\n"
                "        yield Mount(kind=Kind.BIND, target=folder, source=folder, writable=True)\n",
                new="",
            ),
        ),
        finding="the charter cannot be changed",
        cages=BOTH,
    ),
    Fault(
        name="writable-inbox",
        what="the agent can write to its own inbox",
        edits=(
            Edit(
                file="cage/filesystem.py",
                old='(("inbox", False), ("outbox", True))',
                new='(("inbox", True), ("outbox", True))',
            ),
        ),
        finding="instructions cannot be forged",
        cages=BOTH,
    ),
    Fault(
        name="shared-temporary-folder",
        what="the agent sees `/tmp` of the host",
        edits=(
            Edit(
                file="cage/filesystem.py",
                old="        yield Mount(kind=Kind.FOLDER, target=path, writable=True, mode=mode, size=room)\n",
                new="        shared = path.startswith('/tm')\n"
                "        kind = Kind.BIND if shared else Kind.FOLDER\n"
                "        yield Mount(kind=kind, target=path, source=path, writable=not shared, mode=mode, size=room)\n",
            ),
        ),
        finding="nothing outside can be read",
        says="outside/secret",
        cages=BOTH,
    ),
)


def fault_named(name: str) -> Fault:
    """The fault of that name; an unknown name raises ``KeyError``."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise KeyError(name)
