"""One run on the stage of a drill: the agent in its cage, its services, its folder, and everybody who watches."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from remit.confinement import Confinement, Degree, Piece
from remit.drills.entry import Call, Entry, calls_of, entry_from, read_entries
from remit.drills.moment import Trigger
from remit.drills.plan import Plan
from remit.drills.servers import PATIENCE, Hatch, Starting, hatched
from remit.drills.service import Arrivals, serving
from remit.drills.watching import Watch, watching
from remit.drills.workspace import command_in, copied, moved_to
from remit.errors import RemitError, SupervisorError
from remit.supervisor.client import Connection, beat, subscribe
from remit.supervisor.orders import Companion
from remit.supervisor.running import Run, supervise

__all__ = ["Setting", "Stage", "staged"]

INBOX = "inbox"
"""The label under which openings of instructions are seen."""
_ENDING = 10.0
_BREATH = 0.01  # seconds between two looks at the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every run of one drill campaign shares.

    ``workspace`` is copied for each run and stands for ``confinement.folder`` there. ``environ`` is where secrets and
    the state folder are looked up. ``servers`` starts the agent's servers for each run, ``None``: it has none.
    """

    command: tuple[str, ...]
    confinement: Confinement
    plan: Plan
    workspace: Path | None = None
    require: str = "full"
    backend: str | None = None
    environ: Mapping[str, str] | None = None
    subject: Mapping[str, str] = field(default_factory=dict)
    servers: Starting | None = None


@dataclass(slots=True, kw_only=True)
class Stage:
    """A run that is going on, its record as it grows, and the gate every call waits at.

    ``trigger`` and ``fired_at`` are how and when the interruption comes. Calls of servers' tools wait at the ``hatch``.
    Where there is one, entries are taken from the record itself: not all of them are the supervisor's.
    """

    setting: Setting
    run: Run
    folder: Path
    gate: Connection
    arrivals: tuple[Arrivals, ...]
    changes: Watch
    hatch: Hatch | None = None
    entries: list[Entry] = field(default_factory=list)
    trigger: Trigger | None = None
    fired_at: float | None = None
    fired_on: Call | None = None
    denied: set[str] = field(default_factory=set)
    silent: bool = False
    over: bool = False
    fault: str = ""
    _files: int = 0
    _read: int = 0
    _beaten: float = 0.0

    def play(self, until: Callable[[], bool], *, timeout: float) -> bool:
        """Let the run go on until something holds, it is over or the time is up; whether it came to hold.

        The interruption of ``trigger`` may come in between: ``fired_at`` is then set, and with a stage of ``before``
        the call that triggered it still waits (``release``).
        """
        deadline = time.monotonic() + timeout
        while not until():
            left = deadline - time.monotonic()
            if self.over or left <= 0:
                return until()
            self._hear(min(left, _BREATH))
            self._look()
            self._beat()
        return True

    def release(self) -> None:
        """Answer the call the interruption came before."""
        if self.fired_on is not None and self.trigger is not None and self.trigger.moment.stage == "before":
            self._answer(self.fired_on)

    def settle(self) -> None:
        """Take in whatever was still on its way when the run was over."""
        self.trigger = None
        self._follow()
        self._look()

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far."""
        return calls_of(self.entries)

    def _hear(self, timeout: float) -> None:
        """Take one message of the record's stream; a gate that is gone ends the run's watching, never silently."""
        try:
            message = self.gate.receive(timeout)
        except TimeoutError:
            self._follow()
            return
        except RemitError as error:
            self._follow()
            if not any(entry.kind in ("exited", "stopped") for entry in self.entries):
                self.fault = f"the record's stream was lost before the run was over: {error}"
            self.over = True
            return
        self._follow()
        described = message.get("entry")
        if isinstance(described, dict) and self.hatch is None:
            self._take(entry_from(described))

    def _follow(self) -> None:
        """Where the agent has servers: take what is new in the record, and see who asks at the hatch."""
        if self.hatch is None:
            return
        for entry in read_entries(self.run.folder.record, self._read + 1):
            self._read = entry.number
            self._take(entry)
        self.hatch.look()

    def _take(self, entry: Entry) -> None:
        """Add an entry, see whether it is the moment, answer the gate."""
        self.entries.append(entry)
        if entry.kind in ("exited", "stopped"):
            self.over = True
        if entry.kind == "companion-lost":
            self.fault = self.fault or "the process before its servers was lost: it could call none of them any more"
        if entry.kind == "intent":
            call = self.calls[-1]
            if self._fires("before", call):
                return
            if entry.facts.get("gated") is True or call.server:
                self._answer(call)
        elif entry.kind in ("outcome", "denied"):
            number = entry.facts.get("intent", entry.number)
            ended = [call for call in self.calls if call.entries[0] == number]
            if ended and entry.kind == "denied" and ended[0].server and self._fires("before", ended[0]):
                return
            if ended and (entry.kind == "outcome" or ended[0].server):
                self._fires("after", ended[0])

    def _beat(self) -> None:
        """Say that an overseer is there, where a dead-man's switch waits for it: being silent is not what is tried."""
        every, now = self.setting.confinement.deadman, time.monotonic()
        if every is not None and now - self._beaten > every / 3:
            self._beaten = now
            with contextlib.suppress(RemitError):
                beat(self.run.run, environ=self.run.environ)

    def _fires(self, stage: str, call: Call) -> bool:
        """Whether the interruption comes now."""
        if self.trigger is None or self.fired_at is not None or stage not in ("before", "after"):
            return False
        if not self.trigger.holds("before" if stage == "before" else "after", call):
            return False
        self.fired_at, self.fired_on = time.monotonic(), call
        return True

    def _answer(self, call: Call) -> None:
        """Let a call out, or refuse it, or say nothing."""
        if call.key in self.denied and self.silent:
            return
        proceed = call.key not in self.denied
        reason = "" if proceed else "an overseer said no"
        if call.server:
            if self.hatch is not None:
                self.hatch.answer(call.id, proceed=proceed, reason=reason)
            return
        self.gate.send({"request": "answer", "number": call.entries[0], "proceed": proceed, "reason": reason})

    def _look(self) -> None:
        """Add what changed in the folder."""
        changes = [change for change in self.changes.changes if not change.place]
        for change in changes[self._files :]:
            self._files += 1
            facts = {"what": change.what, "path": change.path, "seen_by": "drill"}
            entry = Entry(number=-self._files, monotonic=change.at, kind="file", facts=facts)
            self.entries.append(entry)
            self._fires("after", self.calls[-1])


@contextmanager
def staged(setting: Setting, *, trigger: Trigger | None = None, patience: float | None = None,
           work: Path | None = None, variables: tuple[tuple[str, str], ...] = ()) -> Iterator[Stage]:  # fmt: skip
    """Put a run on stage and take it down: services, folder, watches, the supervised agent.

    ``work`` is a folder to run in as it is, instead of a fresh copy. Raises ``RemitError`` when the run cannot be
    started.
    """
    with contextlib.ExitStack() as stack:
        folder = work if work is not None else stack.enter_context(copied(setting.workspace))
        arrivals = tuple(stack.enter_context(serving(service)) for service in setting.plan.services)
        changes = stack.enter_context(watching(folder))
        confinement = _confinement(setting, folder, arrivals, variables)
        hatch, companion = _company(stack, setting, confinement, patience)
        run = stack.enter_context(
            supervise(
                command_in(setting.command, Path(setting.confinement.folder), folder),
                confinement=confinement,
                require=setting.require,
                backend=setting.backend,
                name="drill",
                role="drill",
                interactive=False,
                subject=setting.subject,
                environ=setting.environ,
                companion=companion,
            )
        )
        changes.add(run.folder.control / "inbox", place=INBOX, opens=True)
        gate, kept = _gate(stack, run, patience)
        stage = Stage(
            setting=setting, run=run, folder=folder, gate=gate, arrivals=arrivals, changes=changes,
            trigger=trigger, hatch=hatch, entries=kept, over=bool(kept), _read=kept[-1].number if kept else 0,
        )  # fmt: skip
        yield stage


def _company(
    stack: contextlib.ExitStack, setting: Setting, confinement: Confinement, patience: float | None
) -> tuple[Hatch | None, Companion | None]:
    """What stands before the agent's servers in one run, and where that asks; nothing where it has none."""
    if setting.servers is None:
        return None, None
    hatch = stack.enter_context(hatched())
    wait = PATIENCE if patience is None else patience
    return hatch, setting.servers(confinement, hatch=hatch.place, patience=wait)


def _gate(stack: contextlib.ExitStack, run: Run, patience: float | None) -> tuple[Connection, list[Entry]]:
    """The line on which the drill is asked about every call, and what is on record of a run that ended before it."""
    try:
        return stack.enter_context(subscribe(run.folder, gate=True, patience=patience)), []
    except SupervisorError:
        run.wait(_ENDING)
        if run.folder.read_state().get("phase") != "ended":
            raise
    ours, theirs = socket.socketpair()
    theirs.close()  # nobody will say anything any more
    return stack.enter_context(Connection(socket=ours)), list(read_entries(run.folder.record))


def _confinement(
    setting: Setting, folder: Path, arrivals: tuple[Arrivals, ...], variables: tuple[tuple[str, str], ...]
) -> Confinement:
    """The confinement of one run: its own folder, its services among the hosts."""
    moved = moved_to(setting.confinement, Path(setting.confinement.folder), folder)
    named = tuple((item.service.variable, item.address) for item in arrivals)
    return replace(
        moved,
        hosts=(*moved.hosts, *(item.host for item in arrivals)),
        variables=(*moved.variables, *named, *variables),
    )


def sealed(run: Run) -> bool:
    """Whether what the agent left behind can only lie where it may write: every piece that closes it in is full."""
    closing = {Piece.PROCESSES, Piece.FILESYSTEM, Piece.IPC, Piece.SOCKETS, Piece.NETWORK}
    full = {outcome.piece for outcome in run.enforced if outcome.degree is Degree.FULL}
    return closing <= full
