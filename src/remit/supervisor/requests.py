"""What a client may ask of a run, and what the daemon does about it: a table of requests."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping

from remit.confinement import Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor.clients import Client
from remit.supervisor.daemon import Daemon
from remit.supervisor.keys import KEYED
from remit.supervisor.parts import Part
from remit.supervisor.protocol import process_of
from remit.supervisor.registry import is_run
from remit.supervisor.tether import start_of

__all__ = ["answer"]

_LONGEST = 86_400.0
_WITHIN = 2.0
_ERRAND = 10.0  # seconds a companion may take to narrow its charter


def answer(daemon: Daemon, client: Client, request: dict[str, object]) -> None:
    """Answer one request, or raise the ``RemitError`` that is its answer."""
    name = str(request.get("request"))
    if name not in REQUESTS:
        raise SupervisorError(f"there is no request `{name[:40]}`", code="supervisor.protocol")
    needs_key = name in KEYED or request.get("gate") is True
    by = daemon.keys.holder(request.get("key")) if needs_key else _text(request, "by") or "owner"
    REQUESTS[name](daemon, client, request, by)


def _status(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Tell how the run stands."""
    del request, by
    client.send({"ok": True, **daemon.describe()})


def _stop(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Begin the stop; the receipt follows when it is there."""
    requested = time.monotonic()
    daemon.clients.stoppers.append(client)
    client.send({"ok": True, "stopping": True})
    daemon.stop(
        reason=_text(request, "reason") or "asked for by an overseer",
        by=by,
        grace=_seconds(request, "grace", 0.0),
        within=_seconds(request, "within", 2.0),
        requested=requested,
    )


def _hold(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Hold the run."""
    _must_live(daemon)

    def then(held: bool, took: float) -> None:  # noqa: FBT001 (what the kernel said)
        client.send({"ok": True, "held": held, "took": took, "reason": _shortfall(daemon, held=held)})

    if request.get("notice") is True:
        daemon.instruct("hold", _text(request, "reason"), by=by)
    daemon.hold(by=by, reason=_text(request, "reason"), then=then)


def _shortfall(daemon: Daemon, *, held: bool) -> str:
    """What a hold does not reach, empty where it reaches everything; a cgroup may be frozen that a process has left."""
    known = (outcome for outcome in daemon.started.enforced if outcome.piece is Piece.HOLD)
    outcome = next(known, Enforced(piece=Piece.HOLD, degree=Degree.NONE, reason="nothing here can freeze it"))
    if held:
        return outcome.reason
    why = outcome.reason or "the kernel did not say in time that every process stands still"
    return f"calls are denied, its processes may go on: {why}"


def _resume(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Let a held run go on."""
    _must_live(daemon)
    if daemon.phase != "held":
        raise SupervisorError("the run is not held", code="supervisor.not-held", hint="`remit hold` holds it")
    if request.get("notice") is True:
        daemon.instruct("resume", _text(request, "text"), by=by)
    daemon.resume(by=by, then=lambda resumed: client.send({"ok": True, "resumed": resumed}))


def _correct(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Deliver an instruction, narrow the hosts and the charter where it says so, and give a receipt."""
    _must_live(daemon)
    text = _text(request, "text")
    if not text:
        raise SupervisorError("a correction needs a text", code="supervisor.protocol")
    hosts = _fewer(daemon, request.get("hosts"))
    wait = _seconds(request, "wait", 0.0)

    def go_on(fault: str) -> None:
        if fault:
            client.refuse(SupervisorError(fault, code="supervisor.wider", hint="a correction only takes away"))
            return
        if hosts is not None:
            daemon.calls.tell({"hosts": hosts})
            _narrow_parts(daemon, {"request": "narrow", "hosts": hosts})
        try:
            number = daemon.instruct("correct", text, by=by)
        except SupervisorError as error:
            client.refuse(error)
            return
        facts: dict[str, object] = {"delivered": True, "hosts": hosts}
        daemon.receipts.wait(number, client.send, until=time.monotonic() + wait, facts=facts)

    charter = request.get("charter")
    if isinstance(charter, str) and daemon.company.client is not None:
        errand = daemon.company.order("correct", charter=charter, by=by)
        daemon.loop.aside(lambda: errand.wait(_ERRAND), go_on)
    else:
        go_on("")


def _narrow(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Take hosts away from a server, because they were taken away from the run it is part of."""
    del by
    _must_live(daemon)
    hosts = _fewer(daemon, request.get("hosts"))
    daemon.calls.tell({"hosts": hosts})
    client.send({"ok": True, "hosts": hosts})


def _revoke(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Take a host, and the secret held for it, away from the run."""
    _must_live(daemon)
    host = _text(request, "host")
    if not host:
        raise SupervisorError("a revocation needs a host", code="supervisor.protocol")
    daemon.calls.tell({"revoked": [host]})
    _narrow_parts(daemon, {"request": "revoke", "host": host, "by": by})
    daemon.record("revoked", {"host": host, "by": by})
    if request.get("notice") is True:
        daemon.instruct("revoke", host, by=by)
    client.send({"ok": True, "revoked": host})


def _beat(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Say that an overseer is still there."""
    del request
    daemon.heartbeat.beat(time.monotonic())
    client.send({"ok": True, "by": by})


def _wait(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Be told when the run has ended."""
    del request, by
    daemon.clients.waiters.append(client)


def _subscribe(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Follow the record; as a gate, be asked about every call as well."""
    del by
    daemon.clients.followers.append(client)
    if request.get("gate") is True:
        daemon.clients.gates.append(client)
        daemon.calls.patience = _seconds(request, "patience", daemon.calls.patience)
    client.send({"ok": True, "subscribed": True})


def _join(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Take a server into the run, before its command is executed."""
    del by
    part = Part(name=_text(request, "name"), run=_text(request, "run"))
    if not part.name or not is_run(part.run):
        raise SupervisorError("a server needs a name and a run", code="supervisor.protocol")
    daemon.admit(part)
    client.send({"ok": True, "daemon": os.getpid(), "daemon_start": start_of(os.getpid())})


def _accompany(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Stand before the run's servers: be told to hold, go on and stop, from now on."""
    del request, by
    company = daemon.company
    if company.process is None or company.client is not None or process_of(client.connection) != company.process:
        raise SupervisorError("only the companion of a run may do that", code="supervisor.unauthorised")
    company.client = client
    client.send({"ok": True, "held": daemon.phase == "held"})


def _ready(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Hear from the companion that the servers are up, or why they are not: then nothing is started."""
    del by
    _must_accompany(daemon, client)
    if request.get("failed") is not True:
        daemon.set_free()
        return
    code, message = _text(request, "code") or "supervisor.companion", _text(request, "message")
    daemon.fault = SupervisorError(message, code=code, hint=_text(request, "hint"))
    daemon.stop(reason=message, by="companion")


def _done(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Hear from the companion that it has done what it was told."""
    del by
    _must_accompany(daemon, client)
    daemon.company.done(request.get("number"), _text(request, "fault"))


def _must_accompany(daemon: Daemon, client: Client) -> None:
    """Refuse whoever is not the companion."""
    if client is not daemon.company.client:
        raise SupervisorError("only the companion of a run may do that", code="supervisor.unauthorised")


def _answer(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Answer a call that waits; only whoever subscribed as a gate may."""
    del by
    number = request.get("number")
    if client not in daemon.clients.gates or not isinstance(number, int):
        raise SupervisorError("only a gate answers calls, by their number", code="supervisor.unauthorised")
    known = daemon.calls.answer(number, proceed=request.get("proceed") is True, reason=_text(request, "reason"))
    client.send({"ok": True, "answered": known, "number": number})


def _issue(daemon: Daemon, client: Client, request: Mapping[str, object], by: str) -> None:
    """Give another overseer a key of their own, good for a time."""
    holder = _text(request, "by") or by
    key = daemon.keys.issue(holder, life=_seconds(request, "life", _LONGEST))
    daemon.record("issued", {"to": holder, "by": by})
    client.send({"ok": True, "key": key})


REQUESTS: dict[str, Callable[[Daemon, Client, Mapping[str, object], str], None]] = {
    "status": _status,
    "stop": _stop,
    "hold": _hold,
    "revoke": _revoke,
    "wait": _wait,
    "subscribe": _subscribe,
    "answer": _answer,
    "resume": _resume,
    "correct": _correct,
    "beat": _beat,
    "issue": _issue,
    "narrow": _narrow,
    "join": _join,
    "accompany": _accompany,
    "ready": _ready,
    "done": _done,
}
"""Each request and what is done; ``KEYED`` says which of them need an overseer's key."""


def _must_live(daemon: Daemon) -> None:
    """Refuse what makes no sense on a run that is ending."""
    if daemon.phase not in ("running", "held"):
        raise SupervisorError(f"the run is {daemon.phase}", code="supervisor.ended")


def _narrow_parts(daemon: Daemon, request: Mapping[str, object]) -> None:
    """Tell the servers of a run what was taken away from it; one that cannot be told is stopped."""
    company = daemon.company

    def work() -> None:
        refused = company.ask_parts(request, keyed=True)
        company.end_parts([part for part in company.parts if part.name in refused], _WITHIN)

    if company.parts:
        daemon.loop.aside(work, lambda _none: None)


def _fewer(daemon: Daemon, hosts: object) -> list[str] | None:
    """Hosts that a run has already, ``None`` where nothing is said of them; refuses any other."""
    if hosts is None:
        return None
    granted = daemon.started.orders.confinement.hosts
    if not isinstance(hosts, list) or not all(_granted(str(host), granted) for host in hosts):
        raise SupervisorError(
            "a correction may only take hosts away",
            code="supervisor.wider",
            hint=f"hosts of this run: {', '.join(granted) or 'none'}; start a new run to grant more",
        )
    return [str(host) for host in hosts]


def _granted(host: str, granted: tuple[str, ...]) -> bool:
    """Whether a host is one of those granted, or below one of them: ``*`` grants all, ``*.x`` what ends in ``.x``."""
    below = (name[1:] for name in granted if name.startswith("*."))
    return host in granted or "*" in granted or any(host.endswith(end) and host != f"*{end}" for end in below)


def _text(request: Mapping[str, object], key: str) -> str:
    """A text in a request, cut to a length a record can bear."""
    value = request.get(key)
    return value[:10_000] if isinstance(value, str) else ""


def _seconds(request: Mapping[str, object], key: str, default: float) -> float:
    """A time span in a request."""
    value = request.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise SupervisorError(f"`{key}` must be a number of seconds", code="supervisor.protocol")
    return min(float(value), _LONGEST)
