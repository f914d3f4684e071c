"""A conversation over pipes: lines from the client to the server and back, each through the relay."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio.abc import TaskGroup

from remit.errors import FrameError, ProxyError
from remit.proxy.frames import Frame, Identifier, Kind, parse
from remit.proxy.pipes import Sink, Source
from remit.proxy.points import Side
from remit.proxy.relay import GONE, Conduct, Relay

__all__ = ["Conversation", "Ended"]

MOST_OPEN = 1024
"""The most requests of one side that may be under way at once."""

_MOST_COMPLAINTS = 20
_OTHER = {Side.CLIENT: Side.SERVER, Side.SERVER: Side.CLIENT}
_BROKEN = -32603


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a conversation ended: who ended it (``client``, ``server`` or ``stopped``), and why."""

    by: str
    reason: str


@dataclass(slots=True, kw_only=True)
class _Slot:
    """A place an answer is waited for at."""

    arrived: anyio.Event = field(default_factory=anyio.Event)
    frame: Frame | None = None
    lost: str = ""


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One client and one server, over two pairs of pipes.

    ``sources`` and ``sinks`` are what each side says and where it is told; ``say`` takes a line for whoever started the
    proxy. ``grace`` is how long, in seconds, answers under way are waited for once the client has said its last, and
    then the server's end once its input is closed. Memory is bounded: one message a side, and ``MOST_OPEN`` requests
    under way.
    """

    relay: Relay
    sources: dict[Side, Source]
    sinks: dict[Side, Sink]
    say: Callable[[str], None]
    grace: float = 1.0
    _passed: dict[Side, dict[Identifier, bool]] = field(default_factory=lambda: {side: {} for side in Side})
    _waiting: dict[Side, dict[Identifier, _Slot]] = field(default_factory=lambda: {side: {} for side in Side})
    _over: anyio.Event = field(default_factory=anyio.Event)
    _silent: anyio.Event = field(default_factory=anyio.Event)
    _ended: Ended | None = None
    _complaints: int = 0
    _handled: int = 0

    async def carry(self) -> Ended:
        """Carry messages until one side has ended or ``stop`` is called; the server's input is closed then."""
        async with anyio.create_task_group() as group:
            for side in Side:
                group.start_soon(self._pump, side, group)
            await self._over.wait()
            ended = self._ended or Ended(by="stopped", reason="the conversation is over")
            with anyio.CancelScope(shield=True):
                await self._wind_down(ended)
            group.cancel_scope.cancel()
        return ended

    def stop(self, reason: str) -> None:
        """End the conversation now."""
        self._end(Ended(by="stopped", reason=reason))

    def _end(self, ended: Ended) -> None:
        """The conversation is over; the first reason stands."""
        self._ended = self._ended or ended
        self._over.set()

    async def _wind_down(self, ended: Ended) -> None:
        """Let answers under way arrive where there is somebody to hear them, cancel the rest, close what is open."""
        if ended.by == "client":
            with anyio.move_on_after(self.grace):
                while self.relay.busy or not all(self._passed[Side.CLIENT].values()):  # noqa: ASYNC110 (two counts)
                    await anyio.sleep(0.005)
        with anyio.move_on_after(self.grace):
            if ended.by == "server":
                await self._fail_all(Side.CLIENT, ended.reason)
            await self.relay.stop(ended.reason)
            while self.relay.busy:  # noqa: ASYNC110 (they are saying why, each on its own)
                await anyio.sleep(0.001)
        self.sinks[Side.SERVER].close()
        if ended.by != "server":
            with anyio.move_on_after(self.grace):
                await self._silent.wait()

    async def _pump(self, side: Side, group: TaskGroup) -> None:
        """Take everything one side says, in its order."""
        try:
            async for line in self.sources[side].lines():
                await self._read(side, line, group)
            self._end(Ended(by=side.value, reason=f"the {side} has ended"))
        except ProxyError as error:
            self._end(Ended(by=_whose(error), reason=error.message))
        finally:
            if side is Side.SERVER:
                self._silent.set()

    async def _read(self, side: Side, line: bytes | FrameError, group: TaskGroup) -> None:
        """Take one line."""
        try:
            if isinstance(line, FrameError):
                raise line
            frame = parse(line)
        except FrameError as error:
            await self._unreadable(side, line, error, group)
            return
        if frame.answers:
            await self._answered(side, frame, group)
        else:
            await self._take(side, frame, group)

    async def _take(self, side: Side, frame: Frame, group: TaskGroup) -> None:
        """Take a request or a notification."""
        if frame.kind is Kind.REQUEST and (fault := self._unfit(side, frame)):
            await self.tell(side, Frame.error(frame.id, -32600, fault))
            return
        step = self.relay.step(side, frame)
        match step.conduct:
            case Conduct.PASS:
                self._remember(side, frame)
                await self.tell(_OTHER[side], step.frame)
            case Conduct.ANSWER:
                await self.tell(side, step.frame)
            case Conduct.HANDLE:
                await self._begin(side, step.frame, group)
            case Conduct.DROP:
                pass

    async def _answered(self, side: Side, frame: Frame, group: TaskGroup) -> None:
        """Take an answer: to whoever waits for it, and to nobody else."""
        asker = _OTHER[side]
        if frame.id is None:
            await self.tell(asker, frame)
        elif (slot := self._waiting[asker].pop(frame.id, None)) is not None:
            slot.frame = frame
            slot.arrived.set()
        elif self._passed[asker].pop(frame.id, None) is None:
            self._complain(f"the {side} answered a request nobody made (`{str(frame.id)[:40]}`): dropped")
        elif self.relay.step(side, frame).conduct is Conduct.HANDLE:
            await self._begin(side, frame, group)
        else:
            await self.tell(asker, frame)

    async def _begin(self, side: Side, frame: Frame, group: TaskGroup) -> None:
        """Have something decided beside everything else, or in its place where too much is under way already."""
        if self._handled >= 2 * MOST_OPEN:
            await self._handle(side, frame)
        else:
            group.start_soon(self._handle, side, frame)

    async def _handle(self, side: Side, frame: Frame) -> None:
        """Have something decided, and say what came of it."""
        self._handled += 1
        try:
            other = _Other(conversation=self, asker=side)
            answer = await self.relay.handle(side, frame, other, partial(self.tell, side))
            if answer is not None:
                await self.tell(_OTHER[side] if frame.kind is not Kind.REQUEST else side, answer)
        except ProxyError as error:
            self._end(Ended(by=_whose(error), reason=error.message))
        finally:
            self._handled -= 1

    async def ask(self, asker: Side, frame: Frame) -> Frame:
        """Send a request of one side to the other and wait for its answer."""
        identifier = "" if frame.id is None else frame.id
        slot = self._waiting[asker][identifier] = _Slot()
        try:
            await self.tell(_OTHER[asker], frame)
            await slot.arrived.wait()
        finally:
            self._waiting[asker].pop(identifier, None)
        if slot.frame is None:
            raise ProxyError(slot.lost, code="proxy.error.gone")
        return slot.frame

    async def tell(self, side: Side, frame: Frame) -> None:
        """Send a message to one side."""
        await self.sinks[side].write(frame.encode())

    def _unfit(self, side: Side, frame: Frame) -> str:
        """Why a request is not taken: its id is in use, or there are too many under way."""
        identifier, passed = frame.id, self._passed[side]
        if identifier in passed or identifier in self._waiting[side]:
            return f"a request with the id `{str(identifier)[:40]}` is still under way"
        if len(passed) + self.relay.busy >= MOST_OPEN:
            forgotten = next((key for key, cancelled in passed.items() if cancelled), None)
            if forgotten is None:
                return f"{MOST_OPEN} requests are under way: wait for an answer"
            del passed[forgotten]
        return ""

    def _remember(self, side: Side, frame: Frame) -> None:
        """Keep in mind which answers may come; a cancelled request may still be answered, or never."""
        if frame.kind is Kind.REQUEST and frame.id is not None:
            self._passed[side][frame.id] = False
        elif frame.method == "notifications/cancelled":
            identifier = frame.params.get("requestId")
            if isinstance(identifier, int | str) and identifier in self._passed[side]:
                self._passed[side][identifier] = True

    async def _unreadable(self, side: Side, line: bytes | FrameError, error: FrameError, group: TaskGroup) -> None:
        """Refuse a message that cannot be read, so that nobody waits for it."""
        self._complain(f"the {side} sent a message that is not passed on: {error.message}")
        if error.answers and error.id is not None:
            text = f"the {side} sent an answer that is not passed on: {error.message}"
            await self._answered(side, Frame.error(error.id, _BROKEN, text, {"code": error.code}), group)
        elif side is Side.CLIENT or error.id is not None:
            await self.tell(side, Frame.refusing(error))
        elif isinstance(line, FrameError) or line.lstrip().startswith((b"{", b"[")):
            await self._fail_all(Side.CLIENT, f"the server sent a message that is not passed on: {error.message}")

    async def _fail_all(self, asker: Side, reason: str) -> None:
        """Answer every request of one side with an error: the real answer to one of them is lost, none can tell which.

        What was passed is answered here; what is waited for is told by whoever waits.
        """
        for slot in self._waiting[asker].values():
            slot.lost = reason
            slot.arrived.set()
        passed, self._passed[asker] = self._passed[asker], {}
        with contextlib.suppress(ProxyError):
            for identifier in (key for key, cancelled in passed.items() if not cancelled):
                await self.tell(asker, Frame.error(identifier, GONE, reason))

    def _complain(self, line: str) -> None:
        """Say what is wrong, and not without end."""
        self._complaints += 1
        if self._complaints < _MOST_COMPLAINTS:
            self.say(line)
        elif self._complaints == _MOST_COMPLAINTS:
            self.say("more of this kind is not told")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """The other side of a request, as the relay needs it."""

    conversation: Conversation
    asker: Side

    async def ask(self, frame: Frame) -> Frame:
        """Send a request and return its answer."""
        return await self.conversation.ask(self.asker, frame)

    async def tell(self, frame: Frame) -> None:
        """Send a notification."""
        await self.conversation.tell(_OTHER[self.asker], frame)


def _whose(error: ProxyError) -> str:
    """Which side an error of a pipe speaks of."""
    return "client" if "client" in error.message else "server"
