"""What a server says its tools are, compared with what it said before.

Whatever lists tools passes through here: what the client asks for, and what the proxy asks for itself before the first
call of a tool it has not seen. A tool whose definition drifted is held: its calls are refused, and its new words do not
reach the client either, since a description is read by a model as instructions are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from remit.charter.importers.offered import pin_of
from remit.charter.model import Charter
from remit.errors import DeniedError, ProxyError
from remit.guard.rules.signature import Signature
from remit.proxy.pins import Pin, PinStore
from remit.recorder import Recorder

__all__ = ["Page", "ToolBook", "pinned_by"]

Page = Callable[[str | None], Awaitable[Mapping[str, object]]]
"""Asks the server for one page of its tools, from a cursor, and gives the result."""

_MOST_PAGES = 100
_MOST_TOOLS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A tool as it was last listed: its digest (``None``: it has none), and why it is held (empty: it is not)."""

    digest: str | None
    held: str = ""
    document: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ToolBook:
    """The tools of one server, as one agent may see them; shared by every connection to that server.

    ``granted`` are the pins the charter itself states, by tool: they go before what was seen first. ``reserved`` are
    names of remit's own tools, which no server may take. ``known`` is told what arguments each tool takes and where it
    lives, as ``Gate.know`` is. In ``shadow`` drift is recorded and nothing is held back.
    """

    agent: str
    server: str
    pins: PinStore
    record: Recorder
    known: Callable[..., None] = lambda *_, **__: None
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shadow: bool = False
    reserved: frozenset[str] = frozenset()
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def changed(self) -> None:
        """Forget what was listed: the server says it has changed."""
        self._seen.clear()

    def digest(self, tool: str) -> str:
        """The digest of a tool as it was last listed, empty where it was not or has none."""
        seen = self._seen.get(tool)
        return "" if seen is None else seen.digest or ""

    def look(self, result: Mapping[str, object]) -> Mapping[str, object]:
        """Note every tool of a ``tools/list`` result, and return the result as the client may see it.

        Raises ``ProxyError`` when the pins cannot be used and ``LedgerError`` when a drift cannot be recorded.
        """
        listed = result.get("tools")
        if not isinstance(listed, list):
            return result
        names = [tool.get("name") for tool in listed if isinstance(tool, dict)]
        shown: list[object] = []
        for tool in listed:
            if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
                shown.append(tool)
                continue
            name = str(tool["name"])
            if name in self.reserved:
                continue
            seen = self._note(name, tool, twice=names.count(name) > 1)
            shown.append(_withheld(tool, seen.held) if seen.held and not self.shadow else tool)
        return result if shown == listed else {**result, "tools": shown}

    async def schema(self, tool: str, page: Page) -> str:
        """The digest a tool has now; the server is asked for its tools when this one was not listed yet.

        Raises ``DeniedError`` when the tool is held or the server lists none of this name, else as ``look``.
        """
        seen = self._seen.get(tool)
        if seen is None:
            await self._learn(tool, page)
            seen = self._seen.get(tool)
        elif seen.held:
            seen = self._note(tool, seen.document)  # somebody may have accepted it by now
        if self.shadow:
            self._let_through(tool, seen)
            return self.digest(tool)
        if seen is None:
            raise DeniedError(
                f"the server `{self.server}` lists no tool `{tool}`, so nobody can tell what it would do",
                code="guard.denied.unlisted",
            )
        if seen.held:
            raise DeniedError(seen.held, code="guard.denied.drifted", hint=self._way_out(tool))
        return seen.digest or ""

    async def ready(self, page: Page) -> None:
        """Ask the server for its tools, where none was listed yet; raises as ``look``."""
        if not self._seen:
            await self._learn("", page)

    async def _learn(self, tool: str, page: Page) -> None:
        """Ask the server for its tools until this one is found or there are no more."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            result = await page(cursor)
            self.look(result)
            following = result.get("nextCursor")
            if tool in self._seen or not isinstance(following, str) or following == cursor:
                return
            cursor = following

    def _let_through(self, tool: str, seen: _Seen | None) -> None:
        """Record what would have been refused."""
        if seen is None or seen.held:
            reason = seen.held if seen is not None else f"`{tool}` is not listed by `{self.server}`"
            self.record.record("shadowed", {"tool": tool, "server": self.server, "because": [reason]})

    def _note(self, name: str, tool: Mapping[str, object], *, twice: bool = False) -> _Seen:
        """Compare one listed tool with its pin and remember how it stands."""
        if len(self._seen) >= _MOST_TOOLS and name not in self._seen:
            raise ProxyError(f"`{self.server}` lists more than {_MOST_TOOLS} tools", code="proxy.error.tools")
        description, schema = tool.get("description"), tool.get("inputSchema")
        digest = None
        if isinstance(description, str | None) and isinstance(schema, dict):
            digest = pin_of(name, description, schema)
        held = f"`{name}` is listed twice by `{self.server}`" if twice else self._compare(name, digest, tool)
        seen = _Seen(digest=digest, held=held, document=tool)
        if isinstance(schema, dict):
            self.known(name, Signature.of_schema(schema), server=self.server, schema=digest or "")
        self._seen[name] = seen
        return seen

    def _compare(self, name: str, digest: str | None, tool: Mapping[str, object]) -> str:
        """Why a tool is held, empty when it is as it was pinned; a first sight is a pin."""
        if digest is None:
            return f"`{name}` cannot be pinned: its definition has no canonical form"
        if name in self.granted:
            fits = digest in self.granted[name]
            if not fits:
                self._tell("drifted", name, digest, ", ".join(sorted(self.granted[name])))
            return "" if fits else f"`{name}` is not the tool the charter pins: `{self.server}` has changed it"
        pin, new = self.pins.see(self.agent, self.server, name, digest, _essence(tool))
        if new:
            self._tell("pinned", name, digest, digest)
        elif pin.digest != digest:
            self._tell("drifted", name, digest, pin.digest)
            return (
                f"`{name}` was changed by `{self.server}` since it was pinned on {pin.since[:10]}: {_what(pin, tool)}"
            )
        return ""

    def _tell(self, kind: str, name: str, digest: str, pinned: str) -> None:
        """Record a pin or a drift, once for each new digest."""
        if (name, digest) not in self._told:
            facts = {"server": self.server, "tool": name, "digest": digest, "pinned": pinned}
            self.record.record(kind, facts)
            self._told.add((name, digest))

    def _way_out(self, tool: str) -> str:
        """What to do about a held tool."""
        if tool in self.granted:
            return "review the tool, then write its new digest into the charter as `pinned`"
        return f"review it with `remit pins`, then `remit pins --accept {tool}`"


def pinned_by(charter: Charter) -> dict[str, frozenset[str]]:
    """The digests a charter pins each of its tools by, without the tools it does not pin in every grant."""
    pins: dict[str, set[str]] = {}
    loose = {grant.tool for grant in charter.grants if grant.pinned is None}
    for grant in charter.grants:
        if grant.pinned is not None and grant.tool not in loose:
            pins.setdefault(grant.tool, set()).add(grant.pinned)
    return {tool: frozenset(digests) for tool, digests in pins.items()}


def _essence(tool: Mapping[str, object]) -> dict[str, object]:
    """The parts of a definition that are pinned."""
    return {key: tool.get(key) for key in ("name", "description", "inputSchema")}


def _what(pin: Pin, tool: Mapping[str, object]) -> str:
    """Which parts of a definition differ from its pin."""
    parts = {"description": "its description", "inputSchema": "its arguments"}
    return " and ".join(text for key, text in parts.items() if pin.document.get(key) != tool.get(key)) or "its name"


def _withheld(tool: Mapping[str, object], why: str) -> dict[str, object]:
    """A held tool as the client may see it: its name, and that it is held; none of its new words."""
    notice = f"Held for review: {why}. Calls of this tool are refused until a person has looked at it."
    return {"name": tool["name"], "description": notice, "inputSchema": {"type": "object"}}
