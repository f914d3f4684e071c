"""A relay under a charter with a guard that keeps its record in memory, and a far side made of a few lines."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from tests.small_charters import tiny

from remit.charter.model import Charter
from remit.errors import ProxyError
from remit.guard.guard import Guard
from remit.guard.testing import MemoryRecorder
from remit.proxy.frames import Frame, Kind
from remit.proxy.judging import Judge
from remit.proxy.pins import PinStore
from remit.proxy.points import Side
from remit.proxy.relay import Conduct, Relay
from remit.proxy.tools import ToolBook, pinned_by

MODERN: Mapping[str, object] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
ECHO: Mapping[str, object] = {
    "name": "echo",
    "description": "says it again",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
}


def everything(**parts: Any) -> Charter:
    """A charter that grants every tool."""
    return tiny(grants=[{"tool": "*", "effects": ["out.done"]}], **parts)


def granted(*tools: str, **more: object) -> Charter:
    """A charter that grants some tools."""
    return tiny(grants=[{"tool": tool, "effects": ["out.done"], **more} for tool in tools])


def call(tool: str, arguments: Mapping[str, object] | None = None, *, number: int | str = 1, **params: object) -> Frame:
    """A call of a tool."""
    told = {} if arguments is None else {"arguments": dict(arguments)}
    return Frame.request(number, "tools/call", {"name": tool, **told, **params})


@dataclass(slots=True, kw_only=True)
class Far:
    """The other side: ``answers`` makes the result of a request, or an error frame; ``heard`` is what it was sent."""

    answers: Callable[[Frame], object] = lambda _frame: {"content": []}
    tools: list[Mapping[str, object]] = field(default_factory=lambda: [ECHO])
    heard: list[Frame] = field(default_factory=list)
    told: list[Frame] = field(default_factory=list)

    async def ask(self, frame: Frame) -> Frame:
        """Answer a request."""
        if frame.method == "tools/list":
            self.heard.append(frame)
            return Frame.response(frame.id or 0, {"tools": list(self.tools)})
        self.heard.append(frame)
        found = self.answers(frame)
        if isinstance(found, Awaitable):
            found = await found
        if isinstance(found, ProxyError):
            raise found
        return found if isinstance(found, Frame) else Frame.response(frame.id or 0, found)  # type: ignore[arg-type]

    async def tell(self, frame: Frame) -> None:
        """Hear a notification."""
        self.told.append(frame)

    def calls(self) -> list[Frame]:
        """The calls of tools it heard of."""
        return [frame for frame in self.heard if frame.method == "tools/call"]


@dataclass(slots=True, kw_only=True)
class Scene:
    """One conversation; ``kept`` is its record."""

    folder: Path
    charter: Charter = field(default_factory=everything)
    far: Far = field(default_factory=Far)
    kept: MemoryRecorder = field(default_factory=MemoryRecorder)
    patience: float = 120.0
    shadow: bool = False

    def book(self, guard: Guard | None = None) -> ToolBook:
        """The tools of its server."""
        known = {} if guard is None else {"known": guard.know}
        return ToolBook(
            agent=self.charter.agent.name,
            server="far",
            pins=PinStore(path=self.folder / "pins.db"),
            record=self.kept,
            granted=pinned_by(self.charter),
            shadow=self.shadow,
            **known,  # type: ignore[arg-type]
        )

    def play(self, part: Callable[[Relay, Guard], Awaitable[None]]) -> None:
        """Play a part with a relay."""

        async def main() -> None:
            async with Guard(self.charter, ledger=self.kept, shadow=self.shadow, life=600.0) as guard:
                awaits = guard.session.awaits
                judge = Judge(
                    gate=guard,
                    tools=self.book(guard),
                    record=self.kept,
                    server="far",
                    shadow=self.shadow,
                    awaits=awaits,
                )
                with anyio.fail_after(240):
                    await part(Relay(judge=judge, patience=self.patience), guard)

        anyio.run(main)

    def answer(self, *frames: Frame, side: Side = Side.CLIENT) -> list[Frame | None]:
        """What comes of requests of one side, one after the other."""
        found: list[Frame | None] = []

        async def part(relay: Relay, _guard: Guard) -> None:
            found.extend([await through(relay, frame, self.far, side) for frame in frames])

        self.play(part)
        return found

    def kinds(self) -> list[str]:
        """What was recorded, without the opening and the closing."""
        return [kind for kind in self.kept.kinds() if kind not in ("opened", "closed", "pinned")]


async def through(relay: Relay, frame: Frame, far: Far, side: Side = Side.CLIENT) -> Frame | None:
    """Take a message through a relay as a transport does, and give what whoever asked gets."""
    step = relay.step(side, frame)
    match step.conduct:
        case Conduct.PASS:
            return await far.ask(step.frame) if frame.kind is Kind.REQUEST else step.frame
        case Conduct.ANSWER:
            return step.frame
        case Conduct.HANDLE:
            return await relay.handle(side, step.frame, far)
        case Conduct.DROP:
            return None


def text_of(frame: Frame | None) -> str:
    """What a model reads in the result of a call."""
    assert frame is not None
    content = frame.result.get("content")
    assert isinstance(content, list)
    return "\n".join(part["text"] for part in content)


def line(message: object) -> bytes:
    """A message as it comes over a wire."""
    return json.dumps(message).encode()
