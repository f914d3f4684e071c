"""The process that owns the stop of one run: it listens, keeps time, records, and never asks the agent.

One thread waits on everything (requests, calls, the ends of processes, clocks). A stop and a hold run in threads of
their own, so that neither a kernel that hangs nor a long grace can keep a second stop waiting.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from remit.errors import LedgerError, LedgerUnavailableError, RemitError, SupervisorError
from remit.supervisor.calls import Calls
from remit.supervisor.clients import Client, Clients
from remit.supervisor.company import Company
from remit.supervisor.deadman import Heartbeat
from remit.supervisor.ending import with_residue, write_end
from remit.supervisor.keys import Keys
from remit.supervisor.ladder import climb
from remit.supervisor.loop import Loop
from remit.supervisor.mailbox import Mailbox, Receipts
from remit.supervisor.parts import Part, joined
from remit.supervisor.protocol import refusal
from remit.supervisor.report import StopReport
from remit.supervisor.starting import Started

__all__ = ["Daemon"]

_HELD_WITHIN = 2.0  # seconds a freeze may take before the hold is reported as not reached
_CPU_LOOK = 0.25
_INBOX_LOOK = 0.01
_FLUSH = 1.0
_AFTER_IT = 0.2  # seconds the rest of its namespace may take to follow its first process
_BY_ITSELF = "the agent ended by itself"
_PARTS_WITHIN = 2.0


@dataclass(slots=True, kw_only=True)
class Daemon:
    """One run from its start to its end.

    ``tell_starter`` gives whoever started the run the answer it waits for, once: that the agent runs, or why it does
    not. ``whole`` is a pidfd of the supervisor of the run this one is a part of, and ends with.
    """

    started: Started
    clients: Clients
    calls: Calls
    mailbox: Mailbox
    heartbeat: Heartbeat
    keys: Keys
    tell_starter: Callable[[Mapping[str, object]], None]
    whole: int | None = None
    free: bool = False
    fault: SupervisorError | None = None
    phase: str = "running"
    status: int | None = None
    report: StopReport | None = None
    receipts: Receipts = field(default_factory=Receipts)
    hurry: threading.Event = field(default_factory=threading.Event)
    loop: Loop = field(default_factory=Loop)
    _next_look: float = 0.0

    @property
    def company(self) -> Company:
        """What belongs to the run besides its agent."""
        return self.started.company

    # --- the loop -----------------------------------------------------------------------------------------------------

    def serve(self, listener: socket.socket, handle: Callable[[Daemon, Client, dict[str, object]], None]) -> None:
        """Run until the agent is gone and everybody who waited was told."""
        watched: list[tuple[int | socket.socket, Callable[[], None]]] = [
            (listener, lambda: self._accept(listener, handle)),
            (self.started.launched.pidfd, self._agent_ended),
            (self.started.watcher.pidfd, self._watcher_ended),
        ]
        if self.calls.channel is not None:
            watched.append((self.calls.channel, self._calls_came))
        if self.whole is not None:
            watched.append((self.whole, self._whole_ended))
        if self.company.pidfd is not None:
            watched.append((self.company.pidfd, self._companion_ended))
        else:
            self.set_free()
        for source, act in watched:
            self.loop.watch(source, act)
        while self.phase != "ended":
            self.loop.turn(self._patience())
            self._keep_time(time.monotonic())
        self._leave(listener)

    def _accept(self, listener: socket.socket, handle: Callable[[Daemon, Client, dict[str, object]], None]) -> None:
        """Let a client in, if the kernel says it is the same account or root."""
        client = self.clients.accept(listener)
        if client is not None:
            self.loop.watch(client.connection, lambda: self._client_spoke(client, handle))

    def _client_spoke(self, client: Client, handle: Callable[[Daemon, Client, dict[str, object]], None]) -> None:
        """Do what a client asks, line by line; whatever is wrong with a request is the client's answer."""
        try:
            requests = list(client.read())
        except SupervisorError as error:
            client.refuse(error)
            requests = []
            client.gone = True
        for request in requests:
            try:
                handle(self, client, request)
            except RemitError as error:
                self._note("refused", {"request": str(request.get("request")), "code": error.code})
                client.refuse(error)
            except (TypeError, ValueError, KeyError, OverflowError) as error:
                client.refuse(SupervisorError(f"the request cannot be read: {error}", code="supervisor.protocol"))
        if client.gone:
            self.loop.forget(client.connection)
            if self.clients.drop(client):
                self.calls.abandon()
            if client is self.company.client:
                self.company.lose()  # one that cannot be told to hold must not go on

    def _calls_came(self) -> None:
        """Take in what the egress proxy says; without it nothing gets out."""
        if not self.calls.read() and self.calls.channel is not None:
            self.loop.forget(self.calls.channel)
            self.calls.channel = None
            self._note("egress-lost", {"reason": "the egress proxy ended; the agent reaches nothing"})

    def _patience(self) -> float:
        """How long, in seconds, nothing has to be looked at."""
        now = time.monotonic()
        clocks = (self.heartbeat, self.calls, self.receipts)
        moments = [self.started.deadline, self._next_look, self.company.until, *(clock.deadline() for clock in clocks)]
        return max(0.0, min(moment for moment in moments if moment is not None) - now)

    def _keep_time(self, now: float) -> None:
        """Look at every clock."""
        self.calls.expire(now)
        if now >= self._next_look:
            self._next_look = now + (_INBOX_LOOK if self.mailbox.waiting else _CPU_LOOK)
            self._look()
        self.receipts.expire(now)
        if self.phase in ("running", "held"):
            if self.started.deadline is not None and now >= self.started.deadline:
                self.stop(reason="the wall-clock budget is used up", by="budget")
            elif self.heartbeat.missed(now):
                self._note("beat-missed", {"silent": round(now - self.heartbeat.last, 3)})
                self.stop(reason="no overseer said to go on in time", by="dead-man's switch")
            elif self.company.until is not None and now >= self.company.until:
                self.stop(reason="the servers of the run did not come up in time", by="companion")

    def _look(self) -> None:
        """Look for acknowledgements, and at the processor time used."""
        for number, claim in self.mailbox.acknowledged():
            self._note("acknowledged", {"instruction": number, "claim": claim})
            self.receipts.give(number, claim)
        if self.phase == "running" and self.started.floods():
            self.stop(reason="its output would fill the disk", by="budget")
        limit = self.started.orders.confinement.cpu
        if limit is not None and self.phase == "running" and self.started.cpu_seconds() > limit:
            self.stop(reason="the processor-time budget is used up", by="budget")

    # --- what overseers ask for ---------------------------------------------------------------------------------------

    def stop(
        self, *, reason: str, by: str, grace: float = 0.0, within: float = 2.0, requested: float | None = None
    ) -> None:
        """Begin the stop, or hurry one that is under way and was asked for with more patience."""
        if self.phase in ("stopping", "ended"):
            if grace <= 0:
                self.hurry.set()
            return
        requested = time.monotonic() if requested is None else requested
        frozen, self.phase = self.phase == "held", "stopping"
        self.company.until = None
        grace = grace if self.free else 0.0  # behind its gate nobody has begun what could be ended in order
        if grace > 0:
            self.calls.close("the run is being stopped")
            with contextlib.suppress(SupervisorError):  # an agent that cannot be told is stopped all the same
                self.instruct("stop", reason, by=by)

        def work() -> StopReport:
            ending = self.company.begin_end(within)
            report = climb(
                self.started.tether,
                main=self.started.main() if grace > 0 else None,
                grace=grace,
                within=within,
                requested=requested,
                hurry=self.hurry,
                reason=reason,
                by=by,
            )
            return with_residue(self.started, joined(report, ending(), requested=requested))

        self.loop.aside(work, self._stopped)
        self.company.order("stop", reason=reason)
        self.calls.close("the run is being stopped")
        self._note("stopping", {"reason": reason, "by": by, "grace": grace, "held": frozen}, monotonic=requested)

    def hold(self, *, by: str, reason: str, then: Callable[[bool, float], None]) -> None:
        """Hold: nothing new leaves, every process stands still; ``then`` gets whether the kernel said so, and when."""
        requested = time.monotonic()
        quiet = self.calls.hold()
        still = self.company.order("hold")
        cgroup = self.started.tether.cgroup

        def work() -> tuple[bool, float]:
            frozen = cgroup is not None and cgroup.freeze(_HELD_WITHIN)
            servers = self.company.ask_parts({"request": "hold", "reason": reason, "by": by}, keyed=False)
            held = quiet.wait(_HELD_WITHIN) and not still.wait(_HELD_WITHIN) and frozen and not servers
            return held, time.monotonic() - requested

        def done(what: tuple[bool, float]) -> None:
            self._now_held(held=what[0], took=what[1], by=by, reason=reason, then=then)

        self.loop.aside(work, done)

    def resume(self, *, by: str, then: Callable[[bool], None]) -> None:
        """Let a held run go on."""
        cgroup = self.started.tether.cgroup

        def work() -> bool:
            servers = self.company.ask_parts({"request": "resume"}, keyed=True)
            return (cgroup is None or cgroup.thaw(_HELD_WITHIN)) and not servers

        self.loop.aside(work, lambda thawed: self._goes_on(thawed=thawed, by=by, then=then))

    def set_free(self) -> None:
        """Let the agent's command be executed, and tell whoever started the run."""
        if not self.free and self.phase in ("running", "held"):
            self.free, self.company.until = True, None
            state = self.describe()
            self.started.set_free()
            self.tell_starter({"ok": True, **state})

    def admit(self, part: Part) -> None:
        """Take a server into the run, which it ends with from now on; raises ``SupervisorError`` once the run ends."""
        if self.phase != "running":
            raise SupervisorError(f"the run is {self.phase}: no server starts in it", code="supervisor.ended")
        if self.company.client is None:
            raise SupervisorError("nobody stands before the servers of the run", code="supervisor.companion")
        self.record("joined", {"name": part.name, "part": part.run})
        self.company.take_in(part)
        self.started.folder.write_state(self.describe())

    def instruct(self, kind: str, text: str, *, by: str) -> int:
        """Put an instruction into the agent's inbox and on the record."""
        number = self.mailbox.send(kind, text, by=by, at=datetime.now(UTC).isoformat())
        self._next_look = 0.0
        self._note("instructed", {"instruction": number, "instruct": kind, "text": text, "by": by})
        return number

    def describe(self) -> dict[str, object]:
        """What the run is and how it stands, as JSON values."""
        return {
            **self.started.document(),
            "phase": self.phase,
            "status": self.status,
            "waiting_calls": len(self.clients.waiters),
        }

    # --- what came of it ----------------------------------------------------------------------------------------------

    def _now_held(self, *, held: bool, took: float, by: str, reason: str, then: Callable[[bool, float], None]) -> None:
        """Note that the run is held, unless a stop came first."""
        if self.phase in ("running", "held"):
            self.phase = "held"
            self._note("held", {"by": by, "reason": reason, "frozen": held, "took": round(took, 6)})
        then(held, took)

    def _goes_on(self, *, thawed: bool, by: str, then: Callable[[bool], None]) -> None:
        """Note that the run goes on, unless a stop came first."""
        if self.phase == "held" and thawed:
            self.phase = "running"
            self._note("resumed", {"by": by})
            self.company.order("resume")
            self.calls.resume()
        then(thawed and self.phase == "running")

    def _stopped(self, report: StopReport) -> None:
        """Note how the stop ended and, where it is proved, end the run; a run that lives on stays supervised."""
        self.report = report
        self._note("stopped", {"report": self.report.document()})
        if report.survivors:
            self.clients.settle(self.report)
            self.phase = "survived"  # not ended: another stop may be asked for, and the run stays supervised
            self.hurry.clear()
            return
        self._end("stopped")

    def _agent_ended(self) -> None:
        """The agent's first process ended: by itself, or because the stop reached it."""
        self.loop.forget(self.started.launched.pidfd)
        self.status = self.started.exit_status()
        if self.phase == "stopping":
            return
        requested = time.monotonic()

        def work() -> StopReport:
            ending = self.company.begin_end(_PARTS_WITHIN)
            self.started.tether.wait_empty(_AFTER_IT)
            report = climb(self.started.tether, reason=_BY_ITSELF, by="agent")
            return with_residue(self.started, joined(report, ending(), requested=requested))

        if self.company.process is None:
            self.calls.close(_BY_ITSELF)
            self._exited(work())
        else:
            self.phase = "stopping"
            self.company.order("stop", reason=_BY_ITSELF)
            self.calls.close(_BY_ITSELF)
            self.loop.aside(work, self._exited)

    def _exited(self, report: StopReport) -> None:
        """Note how it ended, and end the run; a server that lives on is supervised until it is stopped."""
        self.report = report
        self._note("exited", {"status": self.status, "report": report.document()})
        if report.survivors and self.company.process is not None:
            self.phase = "survived"
            return
        self._end("exited")

    def _watcher_ended(self) -> None:
        """Without its watcher the run is not supervised: stop it."""
        self.loop.forget(self.started.watcher.pidfd)
        if self.phase in ("running", "held"):
            self.stop(reason="the watcher of the run ended", by="dead-man's switch")

    def _whole_ended(self) -> None:
        """The run this one is a part of has ended, however: so does this one."""
        if self.whole is not None:
            self.loop.forget(self.whole)
        if self.phase in ("running", "held"):
            self.stop(reason="the run it is part of has ended", by="the whole")

    def _companion_ended(self) -> None:
        """Without its companion no call of the agent reaches a server, and no server is left that nobody guards."""
        if self.company.pidfd is not None:
            self.loop.forget(self.company.pidfd)
        self.company.lose()
        if self.phase not in ("running", "held"):
            return
        self.calls.tell({"doors": False})
        self._note("companion-lost", {"reason": "the companion ended; the agent reaches no server"})
        if self.free:
            parts = tuple(self.company.parts)
            self.loop.aside(lambda: self.company.end_parts(parts, _PARTS_WITHIN), lambda _ends: None)
        else:
            self.stop(reason="the companion ended before the servers were up", by="companion")

    def _end(self, how: str) -> None:
        """Close the run; those who waited are told when the loop is left."""
        if self.status is None:
            self.status = self.started.exit_status()
        if self.company.process is not None:
            with contextlib.suppress(LedgerError):  # what nobody said the end of is said to be unknown
                self.started.ledger.reconcile()
        self.phase = "ended"
        write_end(self.started, how, self.status, self.report)

    def _leave(self, listener: socket.socket) -> None:
        """Tell everybody who waits, then take down what the run stood on."""
        listener.close()
        for socket_of_it in (self.started.folder.socket, self.started.folder.door):
            socket_of_it.unlink(missing_ok=True)
        if not self.free:
            why = self.report.reason if self.report is not None else "it ended"
            never = SupervisorError(f"the agent was not started: {why}", code="supervisor.stopped")
            self.tell_starter(refusal(self.fault or never))
        end = {"ok": True, "ended": True, "status": self.status}
        report = self.report.document() if self.report is not None else None
        self.clients.farewell({**end, "report": report}, within=_FLUSH)
        self.started.tidy()

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Keep an entry and show it to whoever follows the run."""
        entry = self.started.ledger.entry(kind, facts)
        self.clients.publish(entry)
        return int(str(entry["number"]))

    def _note(self, kind: str, facts: Mapping[str, object], *, monotonic: float | None = None) -> None:
        """Keep an entry about something that has happened; when it cannot be kept, nothing more may happen."""
        try:
            self.clients.publish(self.started.ledger.entry(kind, facts, monotonic=monotonic))
        except LedgerUnavailableError as error:
            self.calls.close(error.message)
            if self.phase in ("running", "held"):
                self.phase = "running"
                self.stop(reason=error.message, by="record")
