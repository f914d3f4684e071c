"""The process that owns the stop of one run: it listens, keeps time, records, and never asks the agent.

One thread waits on everything (requests, calls, the ends of processes, clocks). A stop and a hold run in threads of
their own, so that neither a kernel that hangs nor a long grace can keep a second stop waiting.
"""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from remit.errors import LedgerUnavailableError, RemitError, SupervisorError
from remit.supervisor.calls import Calls
from remit.supervisor.clients import Client, Clients
from remit.supervisor.deadman import Heartbeat
from remit.supervisor.ending import with_residue, write_end
from remit.supervisor.keys import Keys
from remit.supervisor.ladder import climb
from remit.supervisor.mailbox import Mailbox
from remit.supervisor.report import StopReport
from remit.supervisor.starting import Started

__all__ = ["Daemon"]

_HELD_WITHIN = 2.0  # seconds a freeze may take before the hold is reported as not reached
_CPU_LOOK = 0.25
_INBOX_LOOK = 0.01
_FLUSH = 1.0
_AFTER_IT = 0.2  # seconds the rest of its namespace may take to follow its first process
_BY_ITSELF = "the agent ended by itself"


@dataclass(slots=True, kw_only=True)
class Daemon:
    """One run from its start to its end."""

    started: Started
    clients: Clients
    calls: Calls
    mailbox: Mailbox
    heartbeat: Heartbeat
    keys: Keys
    phase: str = "running"
    status: int | None = None
    report: StopReport | None = None
    hurry: threading.Event = field(default_factory=threading.Event)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _done: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    _wake: tuple[int, int] = field(default_factory=lambda: os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK))
    _receipts: dict[int, tuple[Client, float, dict[str, object]]] = field(default_factory=dict)
    _next_look: float = 0.0

    # --- the loop -----------------------------------------------------------------------------------------------------

    def serve(self, listener: socket.socket, handle: Callable[[Daemon, Client, dict[str, object]], None]) -> None:
        """Run until the agent is gone and everybody who waited was told."""
        watched: list[tuple[int | socket.socket, Callable[[], None]]] = [
            (listener, lambda: self._accept(listener, handle)),
            (self._wake[0], self._finish_work),
            (self.started.launched.pidfd, self._agent_ended),
            (self.started.watcher.pidfd, self._watcher_ended),
        ]
        if self.calls.channel is not None:
            watched.append((self.calls.channel, self._calls_came))
        for source, act in watched:
            self._selector.register(source, selectors.EVENT_READ, act)
        while self.phase != "ended":
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._keep_time(time.monotonic())
        self._leave(listener)

    def _accept(self, listener: socket.socket, handle: Callable[[Daemon, Client, dict[str, object]], None]) -> None:
        """Let a client in, if the kernel says it is the same account or root."""
        client = self.clients.accept(listener)
        if client is not None:
            self._selector.register(client.connection, selectors.EVENT_READ, lambda: self._client_spoke(client, handle))

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
            self._selector.unregister(client.connection)
            if self.clients.drop(client):
                self.calls.abandon()

    def _calls_came(self) -> None:
        """Take in what the egress proxy says; without it nothing gets out."""
        if not self.calls.read() and self.calls.channel is not None:
            self._selector.unregister(self.calls.channel)
            self.calls.channel = None
            self._note("egress-lost", {"reason": "the egress proxy ended; the agent reaches nothing"})

    def _patience(self) -> float:
        """How long, in seconds, nothing has to be looked at."""
        now = time.monotonic()
        wall = self.started.deadline
        moments = [self.heartbeat.deadline(), self.calls.deadline(), wall, self._next_look]
        moments += [until for _, until, _ in self._receipts.values()]
        return max(0.0, min(moment for moment in moments if moment is not None) - now)

    def _keep_time(self, now: float) -> None:
        """Look at every clock."""
        self.calls.expire(now)
        if now >= self._next_look:
            self._next_look = now + (_INBOX_LOOK if self.mailbox.waiting else _CPU_LOOK)
            self._look()
        for number in [number for number, (_, until, _) in self._receipts.items() if until <= now]:
            self._give_receipt(number, None)
        if self.phase in ("running", "held"):
            if self.started.deadline is not None and now >= self.started.deadline:
                self.stop(reason="the wall-clock budget is used up", by="budget")
            elif self.heartbeat.missed(now):
                self._note("beat-missed", {"silent": round(now - self.heartbeat.last, 3)})
                self.stop(reason="no overseer said to go on in time", by="dead-man's switch")

    def _look(self) -> None:
        """Look for acknowledgements, and at the processor time used."""
        for number, claim in self.mailbox.acknowledged():
            self._note("acknowledged", {"instruction": number, "claim": claim})
            self._give_receipt(number, claim)
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
        if grace > 0:
            self.calls.close("the run is being stopped")
            with contextlib.suppress(SupervisorError):  # an agent that cannot be told is stopped all the same
                self.instruct("stop", reason, by=by)

        def work() -> None:
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
            report = with_residue(self.started, report)
            self._done.put(lambda: self._stopped(report))
            os.write(self._wake[1], b".")

        threading.Thread(target=work, daemon=True).start()
        self.calls.close("the run is being stopped")
        self._note("stopping", {"reason": reason, "by": by, "grace": grace, "held": frozen}, monotonic=requested)

    def hold(self, *, by: str, reason: str, then: Callable[[bool, float], None]) -> None:
        """Hold: nothing new leaves, every process stands still; ``then`` gets whether the kernel said so, and when."""
        requested = time.monotonic()
        quiet = self.calls.hold()
        cgroup = self.started.tether.cgroup

        def work() -> None:
            frozen = cgroup is not None and cgroup.freeze(_HELD_WITHIN)
            held = quiet.wait(_HELD_WITHIN) and frozen
            took = time.monotonic() - requested
            self._done.put(lambda: self._now_held(held=held, took=took, by=by, reason=reason, then=then))
            os.write(self._wake[1], b".")

        threading.Thread(target=work, daemon=True).start()

    def resume(self, *, by: str, then: Callable[[bool], None]) -> None:
        """Let a held run go on."""
        cgroup = self.started.tether.cgroup

        def work() -> None:
            thawed = cgroup is None or cgroup.thaw(_HELD_WITHIN)
            self._done.put(lambda: self._goes_on(thawed=thawed, by=by, then=then))
            os.write(self._wake[1], b".")

        threading.Thread(target=work, daemon=True).start()

    def instruct(self, kind: str, text: str, *, by: str) -> int:
        """Put an instruction into the agent's inbox and on the record."""
        number = self.mailbox.send(kind, text, by=by, at=datetime.now(UTC).isoformat())
        self._next_look = 0.0
        self._note("instructed", {"instruction": number, "instruct": kind, "text": text, "by": by})
        return number

    def await_receipt(self, number: int, client: Client, wait: float, facts: dict[str, object]) -> None:
        """Answer a client when the agent has acknowledged an instruction, or when ``wait`` seconds are over."""
        self._receipts[number] = (client, time.monotonic() + wait, facts)

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
        self._selector.unregister(self.started.launched.pidfd)
        self.status = self.started.exit_status()
        if self.phase != "stopping":
            self.calls.close(_BY_ITSELF)
            self.started.tether.wait_empty(_AFTER_IT)
            self.report = with_residue(self.started, climb(self.started.tether, reason=_BY_ITSELF, by="agent"))
            self._note("exited", {"status": self.status, "report": self.report.document()})
            self._end("exited")

    def _watcher_ended(self) -> None:
        """Without its watcher the run is not supervised: stop it."""
        self._selector.unregister(self.started.watcher.pidfd)
        if self.phase in ("running", "held"):
            self.stop(reason="the watcher of the run ended", by="dead-man's switch")

    def _end(self, how: str) -> None:
        """Close the run; those who waited are told when the loop is left."""
        if self.status is None:
            self.status = self.started.exit_status()
        self.phase = "ended"
        write_end(self.started, how, self.status, self.report)

    def _leave(self, listener: socket.socket) -> None:
        """Tell everybody who waits, then take down what the run stood on."""
        listener.close()
        self.started.folder.socket.unlink(missing_ok=True)
        end = {"ok": True, "ended": True, "status": self.status}
        report = self.report.document() if self.report is not None else None
        self.clients.farewell({**end, "report": report}, within=_FLUSH)
        self.started.tidy()

    def _give_receipt(self, number: int, claim: Mapping[str, object] | None) -> None:
        """Answer whoever waits for the receipt of an instruction."""
        waiting = self._receipts.pop(number, None)
        if waiting is not None:
            client, _, facts = waiting
            client.send({"ok": True, **facts, "instruction": number, "acknowledged": claim})

    def _finish_work(self) -> None:
        """Do on this thread what the other threads left to do."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake[0], 4096)
        with contextlib.suppress(queue.Empty):
            while True:
                self._done.get_nowait()()

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Keep an entry and show it to whoever follows the run."""
        entry = self.started.journal.entry(kind, facts)
        self.clients.publish(entry)
        return int(str(entry["number"]))

    def _note(self, kind: str, facts: Mapping[str, object], *, monotonic: float | None = None) -> None:
        """Keep an entry about something that has happened; when it cannot be kept, nothing more may happen."""
        try:
            self.clients.publish(self.started.journal.entry(kind, facts, monotonic=monotonic))
        except LedgerUnavailableError as error:
            self.calls.close(error.message)
            if self.phase in ("running", "held"):
                self.phase = "running"
                self.stop(reason=error.message, by="record")
