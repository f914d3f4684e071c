"""Put together: a charter, its guard, a server in its cage, and the conversation between a client and that server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread

from remit.charter.model import Charter
from remit.confinement import Confinement, Requirement
from remit.guard.approvals.notice import Notice
from remit.guard.guard import Guard
from remit.ledger.places import state_folder
from remit.proxy.agent_tools import NAMES, AgentTools
from remit.proxy.judging import Judge
from remit.proxy.peers import Gate
from remit.proxy.pins import PinStore
from remit.proxy.pipes import Sink, Source
from remit.proxy.points import Side
from remit.proxy.relay import PATIENCE, Relay
from remit.proxy.server import BEAT, LoneServer, start_server
from remit.proxy.stdio import Conversation, Ended
from remit.proxy.tools import ToolBook, pinned_by
from remit.recorder import Recorder
from remit.supervisor.registry import RunFolder

__all__ = ["Setting", "judge_of", "serve_stdio"]

_LAST = 5.0  # seconds a server may take to end once it has closed its output, before it is ended
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a proxy stands on.

    ``server`` is the name the server's calls are decided, recorded and pinned under. ``patience`` is how long either
    side may be silent about a request and ``life`` how long a question waits for its overseers, in seconds. ``say``
    takes a line for whoever started the proxy. ``confinement`` is the server's cage, ``None``: see ``start_server``.
    ``part_of`` is the run the proxy works for, where it works for one. ``gate`` puts something between the messages and
    the guard.
    """

    charter: Charter
    ledger: Recorder
    server: str
    say: Callable[[str], None]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Path = field(default_factory=Path.cwd)
    patience: float = PATIENCE
    life: float = 3600.0
    shadow: bool = False
    agent_tools: bool = False
    confinement: Confinement | None = None
    require: str = Requirement.BEST_EFFORT
    backend: str | None = None
    part_of: RunFolder | None = None
    gate: Callable[[Guard], Gate] | None = None

    def guard(self) -> Guard:
        """The guard in front of the server; enter it before it is used."""
        return Guard(
            self.charter,
            ledger=self.ledger,
            overseers=(Notice(say=self.say),),
            shadow=self.shadow,
            run="" if self.part_of is None else self.part_of.run,
            cwd=str(self.folder),
            deadline=max(3600.0, 2 * self.patience),
            life=self.life,
        )


def judge_of(setting: Setting, guard: Guard, *, principal: str = "") -> Judge:
    """What decides about the messages of one principal at one server."""
    tools = ToolBook(
        agent=setting.charter.agent.name,
        server=setting.server,
        pins=PinStore(path=state_folder(setting.environ) / "pins.db"),
        record=setting.ledger,
        known=guard.know,
        shadow=setting.shadow,
        granted=pinned_by(setting.charter),
        reserved=NAMES if setting.agent_tools else frozenset(),
    )
    own = AgentTools(gate=guard, server=setting.server, schema=tools.digest) if setting.agent_tools else None
    return Judge(
        gate=guard if setting.gate is None else setting.gate(guard),
        tools=tools,
        record=setting.ledger,
        server=setting.server,
        principal=principal,
        own=own,
        awaits=guard.session.awaits,
        shadow=setting.shadow,
    )


def serve_stdio(
    setting: Setting, command: Sequence[str], *, client: tuple[int, int] = (0, 1)
) -> tuple[Ended, int | None]:
    """Start a server and carry one conversation with it over ``client`` (descriptors to read and to write).

    Returns how it ended and the server's exit status (``None``: it was stopped, or nobody knows). Whatever happens, the
    server is ended before this returns. Raises ``RemitError`` where it cannot be started.
    """
    subject = {"charter": setting.charter.path, "digest": setting.charter.digest}
    server = start_server(
        command,
        name=setting.server,
        environ=setting.environ,
        folder=setting.folder,
        confinement=setting.confinement,
        require=setting.require,
        backend=setting.backend,
        subject=subject,
    )
    try:
        for part in server.shortfall():
            setting.say(f"the server's end is not certain on this host: {part}")
        ended = anyio.run(_carry, setting, server, client)
        status = server.ended(_LAST) if ended.by == "server" else None
    finally:
        for survivor in server.stop("the conversation is over"):
            setting.say(f"a process of the server outlived its stop: {survivor}")
    return ended, status


async def _carry(setting: Setting, server: LoneServer, client: tuple[int, int]) -> Ended:
    """Carry the conversation until one side ends or somebody ends the proxy."""
    async with setting.guard() as guard:
        relay = Relay(judge=judge_of(setting, guard), patience=setting.patience)
        conversation = Conversation(
            relay=relay,
            sources={Side.CLIENT: Source(descriptor=client[0]), Side.SERVER: Source(descriptor=server.output)},
            sinks={
                Side.CLIENT: Sink(descriptor=client[1], name="client", patience=setting.patience),
                Side.SERVER: Sink(descriptor=server.input, name="server"),
            },
            say=setting.say,
        )
        async with anyio.create_task_group() as group:
            group.start_soon(_end_on_signal, conversation)
            group.start_soon(_beat, server)
            ended = await conversation.carry()
            group.cancel_scope.cancel()
    return ended


async def _end_on_signal(conversation: Conversation) -> None:
    """End the conversation when the proxy is asked to end."""
    with anyio.open_signal_receiver(*_ENDINGS) as signals:
        async for number in signals:
            conversation.stop(f"the proxy was ended by {signal.Signals(number).name}")


async def _beat(server: LoneServer) -> None:
    """Say at regular times that the proxy lives."""
    while True:
        await to_thread.run_sync(partial(server.beat), abandon_on_cancel=True)
        await anyio.sleep(BEAT)
