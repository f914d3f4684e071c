"""The companion of a run: the guarded way from an agent in its cage to its servers, in a process of its own outside.

``remit run --server`` has the supervisor of the run start it. Each server has a guard, all of them under the charter of
the run and in its ledger; a server over pipes is started in a cage of its own, for each session of the agent. The agent
waits until every server has answered once; then the companion does what the supervisor tells it, until it is stopped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio import to_thread

from remit.charter.model import Charter
from remit.charter.reader import parse_charter
from remit.confinement import Secret
from remit.errors import CharterError, FrameError, ProxyError, RefusedError, RemitError
from remit.guard.calls.redacting import redaction_of
from remit.guard.guard import Guard
from remit.ledger.store import Ledger
from remit.proxy.frames import Frame, Identifier
from remit.proxy.http.arranging import Served, far_of, line_to
from remit.proxy.http.remote import Remote
from remit.proxy.http.serving import Limits, Listener, serve_http
from remit.proxy.overseen import AskedFirst, Asking
from remit.proxy.serving import Setting
from remit.supervisor.accompanying import Attachment
from remit.supervisor.orders import read_confinement
from remit.supervisor.running import read_secret

__all__ = ["corrected", "main", "remote_of", "tried"]

_UP = 120.0  # seconds a server may take to answer for the first time; less than the daemon waits for all of them
_LIMITS = Limits(conversations=16)  # each may be a process: one agent must not fill the machine with them
_TAIL = 300  # characters of its last words
_SETTLE = 0.4  # seconds for the outcomes of calls under way, at a stop
_HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "remit", "title": "a look whether the server comes up", "version": "1"},
}


def main() -> None:
    """Accompany the run this process was started for, until it ends; never returns."""
    attachment = Attachment.open()
    try:
        anyio.run(_accompany, attachment, attachment.document())
    except* RemitError as group:
        attachment.fail(_leaf(group))
    os._exit(0)  # a thread may still wait for an order that never comes


def charter_in(document: Mapping[str, Any]) -> Charter:
    """The charter of a run; raises ``CharterError`` for one that is not what the run was started under."""
    told = document["charter"]
    charter = parse_charter(told["source"], path=told["path"])
    if charter.digest != told["digest"]:
        raise CharterError("the charter that reached the companion is not the one the run is under")
    return charter


def served_by(
    document: Mapping[str, Any], charter: Charter, attachment: Attachment, ledger: Ledger
) -> dict[str, Served]:
    """The servers a document asks for, by name, each with the setting it is guarded in."""
    return {
        server["name"]: Served(
            setting=_setting(server, charter, document, attachment, ledger),
            command=tuple(server["command"]),
            remote=remote_of(server) if server["url"] else None,
        )
        for server in document["servers"]
    }


def _setting(
    server: Mapping[str, Any], charter: Charter, document: Mapping[str, Any], attachment: Attachment, ledger: Ledger
) -> Setting:
    """What one server is guarded in: the run's charter, the run's ledger, a cage as the agent's, secrets of its own."""
    confinement = read_confinement({**document["confinement"], "secrets": server["secrets"]})
    return Setting(
        charter=charter,
        ledger=ledger,
        server=server["name"],
        say=_say,
        folder=Path(confinement.folder),
        life=float(document["life"]),
        confinement=confinement,
        require=document["require"],
        backend=document["backend"],
        part_of=attachment.folder,
    )


def remote_of(server: Mapping[str, Any]) -> Remote:
    """A server at an address, and the secrets it is greeted with.

    Raises ``SupervisorError`` for a secret that cannot be read, ``ProxyError`` for one that is for another host.
    """
    secrets = tuple(Secret(**secret) for secret in server["secrets"])
    lives = [secret.life for secret in secrets if secret.life is not None]
    for secret in secrets:
        if secret.host.rpartition(":")[0] != urlsplit(server["url"]).hostname != secret.host:
            raise ProxyError(
                f"the credential `{secret.name}` is not for the host of the server `{server['name']}`",
                code="proxy.error.credential",
                hint=f"say `host: {urlsplit(server['url']).hostname}`: a server at an address gets it in a header",
            )
    return Remote(
        url=server["url"],
        headers={one.header: one.template.replace("{secret}", read_secret(one, os.environ)) for one in secrets},
        until=time.clock_gettime(time.CLOCK_BOOTTIME) + min(lives) if lives else None,
    )


async def tried(name: str, served: Served, within: float = _UP) -> str:
    """Why a server does not come up, empty when it does: it is started and greeted, and any answer will do."""
    first = _First()
    with anyio.move_on_after(within):
        try:
            await _greet(served, first)
        except* RemitError as group:
            first.fail(f"does not come up: {_leaf(group).message}")
    if not first.over.is_set():
        return f"the server `{name}` did not answer within {within:g} s"
    return f"the server `{name}` {first.why}" if first.why else ""


async def _greet(served: Served, first: _First) -> None:
    """Start a server, say hello, and wait for any answer, or for its end."""
    async with far_of(served)(first) as far, anyio.create_task_group() as tasks:
        tasks.start_soon(first.wait_for_end, far.gone)
        try:
            await far.send(Frame.request(1, "initialize", _HELLO))
        except ProxyError as error:
            if error.code != "proxy.error.gone":
                raise  # one that is gone already is waited for as well: its end says more
        await first.over.wait()
        tasks.cancel_scope.cancel()


class _First:
    """Waits for the first word of a server."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.over, self.why = anyio.Event(), ""

    async def hear(self, frame: Frame, related: Identifier | None = None) -> None:
        """Take a message: an answer is what was waited for."""
        del related
        if frame.answers:
            self.over.set()

    async def garbled(self, error: FrameError) -> None:
        """Take notice of a message nobody can read."""
        self.fail(f"says what is no message of the protocol: {error.message}")

    async def lost(self, identifier: Identifier, reason: str) -> None:
        """Take notice that the greeting will not be answered."""
        del identifier
        self.fail(f"does not answer: {reason}")

    def fail(self, why: str) -> None:
        """Wait no longer; the first reason stands."""
        if not self.over.is_set():
            self.why = why
            self.over.set()

    async def wait_for_end(self, gone: Callable[[], Awaitable[str]]) -> None:
        """Take notice of the server's end."""
        self.fail(f"ended before it answered: {await gone()}")


async def _accompany(attachment: Attachment, document: Mapping[str, Any]) -> None:
    """Open everything, say that the servers are up, and do what is told until the run is stopped."""
    charter = charter_in(document)
    with Ledger.open(attachment.folder.record, redaction=redaction_of(charter), create=False) as ledger:
        asking = _asking(document)
        servers = _asked_first(served_by(document, charter, attachment, ledger), asking)
        async with AsyncExitStack() as stack, anyio.create_task_group() as tasks:
            if asking is not None:
                tasks.start_soon(asking.listen)
            guards = [await stack.enter_async_context(served.setting.guard()) for served in servers.values()]
            openers = {name: line_to(servers[name], guard) for name, guard in zip(servers, guards, strict=True)}
            stop, door = anyio.Event(), attachment.door()
            door.settimeout(0)
            faults = await _tried_all(servers)
            if faults:
                attachment.fail(ProxyError(faults[0], code="proxy.error.unstarted", hint=_hint(attachment)))
            else:
                listener = Listener(socket=door, place=str(attachment.folder.door))
                serve = partial(serve_http, openers, listener=listener, tokens={}, limits=_LIMITS, stop=stop)
                await tasks.start(serve)
                if attachment.held:
                    _hold(guards)
                attachment.ready()
            await _obey(attachment, guards)
            stop.set()
            if asking is not None:
                asking.hang_up()


def _asking(document: Mapping[str, Any]) -> Asking | None:
    """The line to whoever wants to be asked before each call goes out; raises ``ProxyError`` where nobody listens."""
    gate = document.get("gate")
    return None if gate is None else Asking.at(Path(gate["place"]), patience=float(gate["patience"]))


def _asked_first(servers: Mapping[str, Served], asking: Asking | None) -> dict[str, Served]:
    """The same servers, their calls asked about where somebody wants to be asked."""
    if asking is None:
        return dict(servers)

    def gate(guard: Guard) -> AskedFirst:
        return AskedFirst(guard=guard, asking=asking, held=lambda: guard.session.phase == "held")

    return {name: replace(served, setting=replace(served.setting, gate=gate)) for name, served in servers.items()}


async def _tried_all(servers: Mapping[str, Served]) -> list[str]:
    """Why servers that are started here do not come up, each tried beside the others."""
    faults: list[str] = []

    async def one(name: str, served: Served) -> None:
        if fault := await tried(name, served):
            faults.append(fault)

    async with anyio.create_task_group() as tasks:
        for name, served in servers.items():
            if served.remote is None:
                tasks.start_soon(one, name, served)
            else:
                served.remote.demand()
    return faults


async def _obey(attachment: Attachment, guards: Sequence[Guard]) -> None:
    """Do what the supervisor says, in its order, until it says stop or is gone."""
    orders = attachment.orders()
    while (told := await to_thread.run_sync(next, orders, None, abandon_on_cancel=True)) is not None:
        fault = ""
        match told.what:
            case "hold":
                _hold(guards)
            case "resume":
                _go_on(guards)
            case "correct":
                facts = told.facts
                fault = await corrected(guards, str(facts.get("charter", "")), by=str(facts.get("by", "")))
            case "stop":
                await _stop(guards, str(told.facts.get("reason") or "the run was stopped"))
                attachment.done(told)
                return
        attachment.done(told, fault)


def _hold(guards: Sequence[Guard]) -> None:
    """Begin no call; the supervisor has it on record."""
    for guard in guards:
        with suppress(RefusedError):
            guard.session.hold()


def _go_on(guards: Sequence[Guard]) -> None:
    """Let calls begin again."""
    for guard in guards:
        with suppress(RefusedError):
            guard.session.resume()


async def corrected(guards: Sequence[Guard], text: str, *, by: str) -> str:
    """Put every guard under a narrower charter; why not, empty when it was done.

    Meanwhile nothing begins; where one guard refuses, those before it keep the narrower charter.
    """
    held = any(guard.session.phase == "held" for guard in guards)
    _hold(guards)
    try:
        charter = parse_charter(text)
        for guard in guards:
            await guard.resume(charter=charter, by=by)
            guard.session.hold()
    except RemitError as error:
        return str(error)
    finally:
        if not held:
            _go_on(guards)
    return ""


async def _stop(guards: Sequence[Guard], reason: str) -> None:
    """End every call that is under way, and have it on record what became of it."""
    async with anyio.create_task_group() as tasks:
        for guard in guards:
            tasks.start_soon(partial(guard.stop, reason, by="supervisor", within=_SETTLE))


def _leaf(group: ExceptionGroup[RemitError]) -> RemitError:
    """The first error in a group."""
    first: Exception = group
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first if isinstance(first, RemitError) else ProxyError(str(first))


def _hint(attachment: Attachment) -> str:
    """Where the server's own words are."""
    place = attachment.folder.path / "companion.err"
    with suppress(OSError):
        lines = [line for line in place.read_text(errors="replace")[-_TAIL:].splitlines() if line.strip()]
        if lines:
            return f"its last words: `{lines[-1].strip()[:_TAIL]}`; all of them: {place}"
    return f"it said nothing; what it says would be in {place}"


def _say(line: str) -> None:
    """Say something where the words of the servers are."""
    os.write(2, f"remit: {line}\n".encode(errors="replace"))


if __name__ == "__main__":
    main()
