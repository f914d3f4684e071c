"""Entries of a ledger as events: calls with their decisions, results, signals; effects as the charter declares them.

What cannot be understood is counted, never skipped in silence: ``Reading.unread`` names the entries, and whoever
reports the result has to say so. That holds for what is pressed at a place of a screen, too, where nothing says what
stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from remit.charter.model import Charter
from remit.ledger.entry import Entry
from remit.ledger.query import call_of, moment
from remit.monitor.event import Event, EventKind
from remit.monitor.pressed import is_blind
from remit.monitor.said.declared import Declared

__all__ = ["Reading"]

_SIGNALS = frozenset({"held", "resumed", "stopping", "stopped", "exited", "revoked", "instructed"})
_MOST_UNREAD = 1000
_MOST_ASKED = 4096
_OF_EGRESS = ("method", "host", "port", "path")
_DECISIONS = frozenset({"allow", "ask", "deny"})


@dataclass(slots=True)
class Reading:
    """One ledger being read.

    ``charter`` says what calls may do (``None``: nobody says). ``unread`` are the numbers of entries whose facts
    nobody can read; ``strangers`` the digests of charters other than this one that calls were decided under.
    """

    stream: str
    charter: Charter | None = None
    unread: list[int] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    last: int = 0
    _asked: dict[str, Entry] = field(default_factory=dict)
    _declared: Declared | None = None

    def events(self, entries: Iterable[Entry]) -> Iterator[Event]:
        """The events of some entries, in order; an entry that is no part of any stream gives none."""
        for entry in entries:
            self.last = entry.number
            if "unwritable" in entry.facts:
                self._note_unread(entry)
            yield from self._events(entry)

    def _events(self, entry: Entry) -> Iterator[Event]:
        """The events of one entry."""
        self._heed_charter(entry)
        match entry.kind:
            case "intent":
                yield from self._intent(entry)
            case "denied":
                yield from self._denied(entry)
            case "asked":
                self._asked[str(entry.facts.get("request") or entry.facts.get("intent") or "")] = entry
                if len(self._asked) > _MOST_ASKED:
                    self._asked.pop(next(iter(self._asked)))
            case "refused" | "expired":
                yield from self._refused(entry)
            case "outcome" | "reconciled":
                yield self._result(entry, str(entry.facts.get("result") or "performed"))
            case kind if kind in _SIGNALS:
                yield from self._signal(entry)

    def _intent(self, entry: Entry) -> Iterator[Event]:
        """A call that is about to happen."""
        call = call_of(entry)
        decision = entry.facts.get("decision")
        if call.get("refused"):
            decision = "deny"
        self.opened.add(entry.number)
        yield from self._call(entry, call, str(decision) if decision in _DECISIONS else "")

    def _denied(self, entry: Entry) -> Iterator[Event]:
        """A call that was denied before it had an intent, or the answer to one that had."""
        if isinstance(entry.facts.get("intent"), int):
            yield self._result(entry, "denied")
        elif call_of(entry):
            yield from self._call(entry, call_of(entry), "deny")

    def _refused(self, entry: Entry) -> Iterator[Event]:
        """A call its overseers did not approve; the supervisor's own refusals of requests are no calls."""
        if isinstance(entry.facts.get("intent"), int):
            yield self._result(entry, entry.kind)
            return
        asked = self._asked.pop(str(entry.facts.get("request") or ""), None)
        call = call_of(entry) or (call_of(asked) if asked is not None else {})
        if call:
            yield from self._call(entry, call, "deny")

    def _call(self, entry: Entry, call: Mapping[str, object], decision: str) -> Iterator[Event]:
        """A call as an event; one without a tool cannot be read."""
        tool, args = call.get("tool"), call.get("args")
        if not isinstance(tool, str) or not tool:
            self._note_unread(entry)
            return
        if not isinstance(args, Mapping):
            args = _of_egress(call)
            if not args:
                self._note_unread(entry)
        elif is_blind(tool, args):
            self._note_unread(entry)
        yield Event(
            stream=self.stream,
            step=entry.number,
            kind=EventKind.CALL,
            tool=tool,
            args={str(name): value for name, value in args.items()},
            principal=str(call.get("principal") or ""),
            server=str(call.get("server") or ""),
            decision=decision,
            effects=self._effects(tool, args, decision),
            at=_at(entry),
        )

    def _effects(self, tool: str, args: Mapping[str, object], decision: str) -> tuple[str, ...] | None:
        """What the charter says a call does: the effects of every grant it fits; nothing where it was denied."""
        if self.charter is None:
            return None
        if decision == "deny":
            return ()
        if "url" in args and tool.startswith(("http.", "https.")):
            return ("network.reach",)  # the cage lets through only what the charter lists
        if self._declared is None:
            self._declared = Declared(self.charter)
        return self._declared.allowed(tool, args)

    def _result(self, entry: Entry, result: str) -> Event:
        """What came of a call."""
        opened = entry.facts.get("intent")
        if isinstance(opened, int):
            self.opened.discard(opened)
        text = entry.facts.get("error")
        return Event(
            stream=self.stream,
            step=entry.number,
            kind=EventKind.RESULT,
            result=result,
            of=opened if isinstance(opened, int) else None,
            text=text if isinstance(text, str) else "",
            at=_at(entry),
        )

    def _signal(self, entry: Entry) -> Iterator[Event]:
        """An act of oversight on record, and the words of an instruction."""
        text = entry.kind
        if entry.kind == "instructed":
            text = "stop" if entry.facts.get("instruct") == "stop" else "correct"
        yield Event(stream=self.stream, step=entry.number, kind=EventKind.SIGNAL, text=text, at=_at(entry))

    def _heed_charter(self, entry: Entry) -> None:
        """Remember a charter other than the one at hand."""
        told = entry.facts.get("charter")
        if self.charter is not None and isinstance(told, str) and told != self.charter.digest and len(told) < 100:
            self.strangers.add(told)

    def _note_unread(self, entry: Entry) -> None:
        """Count an entry nobody can read."""
        if len(self.unread) < _MOST_UNREAD:
            self.unread.append(entry.number)


def _of_egress(call: Mapping[str, object]) -> dict[str, object]:
    """The arguments of a request that left the cage."""
    told: dict[str, object] = {name: call[name] for name in _OF_EGRESS if name in call}
    host = told.get("host")
    if not isinstance(host, str):
        return {}
    scheme = "https" if str(call.get("tool")).startswith("https") else "http"
    port = f":{told['port']}" if told.get("port") not in (None, 80, 443) else ""
    path = str(told.get("path") or "/")
    return {"method": str(told.get("method") or ""), "url": f"{scheme}://{host}{port}{path}"}


def _at(entry: Entry) -> float | None:
    """When an entry was made, in seconds since 1970."""
    made = moment(entry)
    return None if made is None else made.timestamp()
