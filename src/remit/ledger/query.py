"""Questions to a ledger: which entries belong to one call, what an entry says in words, which entries are wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.ledger.entry import SETTLING, Entry

__all__ = ["REFUSALS", "CallRecord", "Wanted", "call_of", "call_records", "moment", "reasons_of", "tool_of"]

REFUSALS: Mapping[str, str] = {
    "denied": "guard.denied",
    "refused": "guard.approval-refused",
    "expired": "guard.approval-expired",
}
"""Kinds of entries that say a call did not happen, with the code of the error its caller got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call as the ledger tells it: the entry that opened it and the one that closed it.

    ``last`` is ``None`` where nothing followed an intent: nobody knows then whether the call happened. A call that was
    not allowed has the same entry twice.
    """

    first: Entry
    last: Entry | None

    @property
    def result(self) -> str:
        """``performed``, ``failed``, ``interrupted`` or ``unknown``, else the kind of refusal."""
        if self.last is None:
            return "unknown"
        return self.last.kind if self.last.kind in REFUSALS else str(self.last.facts.get("result") or "performed")


def call_records(entries: Iterable[Entry]) -> Iterator[CallRecord | Entry]:
    """Put intents and outcomes together, in the order calls ended; an entry that is part of no call comes as it is.

    Intents without an outcome come last.
    """
    waiting: dict[int, Entry] = {}
    for entry in entries:
        if entry.kind == "intent":
            waiting[entry.number] = entry
            continue
        opened = entry.facts.get("intent") if entry.kind in SETTLING else None
        first = waiting.pop(opened, None) if isinstance(opened, int) else None
        if first is not None:
            yield CallRecord(first=first, last=entry)
        elif entry.kind in REFUSALS:
            yield CallRecord(first=entry, last=entry)
        else:
            yield entry
    yield from (CallRecord(first=entry, last=None) for entry in waiting.values())


def call_of(entry: Entry) -> Mapping[str, object]:
    """The call an entry speaks of, empty where it speaks of none."""
    call = entry.facts.get("call")
    return call if isinstance(call, Mapping) else {}


def tool_of(entry: Entry) -> str:
    """The tool of the call an entry speaks of, empty where it speaks of none."""
    tool = call_of(entry).get("tool") or entry.facts.get("tool")
    return tool if isinstance(tool, str) else ""


def reasons_of(entry: Entry) -> tuple[str, ...]:
    """Why it was decided so, a line each."""
    because = entry.facts.get("because")
    lines = because if isinstance(because, list | tuple) else [because]
    return tuple(line for line in map(_reason, lines) if line)


def moment(entry: Entry) -> datetime | None:
    """When an entry was made, ``None`` where it does not say so in a way that can be read."""
    try:
        at = datetime.fromisoformat(entry.at)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are wanted; an empty part wants everything.

    ``tools`` may end in ``*``. ``call`` is the id of a call, or the beginning of one, or the number of its first entry:
    its intent, outcome and approvals are found together. ``last`` keeps so many from the end.
    """

    kinds: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    since: datetime | None = None
    call: str = ""
    last: int | None = None

    def of(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        """The wanted ones of these entries, in order."""
        wanted = self.test()
        found = (entry for entry in entries if wanted(entry))
        return found if self.last is None else deque(found, maxlen=self.last)

    def test(self) -> Callable[[Entry], bool]:
        """A question to ask of entries one after the other: it remembers which calls it has seen."""
        known: dict[int, str] = {}
        calls: dict[int, tuple[str, str]] = {}

        def wanted(entry: Entry) -> bool:
            call, tool = _belongs(entry, calls)
            return (
                (not self.kinds or entry.kind in self.kinds)
                and (not self.tools or any(_matches(tool, pattern) for pattern in self.tools))
                and (self.since is None or _is_after(entry, self.since))
                and (not self.call or self._is_of_call(entry, call, known))
            )

        return wanted

    def _is_of_call(self, entry: Entry, call: str, known: dict[int, str]) -> bool:
        """Whether an entry is part of the call that is wanted."""
        opened = entry.facts.get("intent")
        number = opened if isinstance(opened, int) else entry.number
        if self.call.isdigit() and int(self.call) in (entry.number, number):
            known[number] = call
            return True
        if call and call.startswith(self.call):
            return True
        return number in known or (bool(call) and call in known.values())


def _belongs(entry: Entry, calls: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """The id and the tool of the call an entry is part of, through its intent where it names one."""
    opened = entry.facts.get("intent")
    through = calls.get(opened, ("", "")) if isinstance(opened, int) else ("", "")
    call, tool = str(call_of(entry).get("id") or entry.facts.get("call_id") or ""), tool_of(entry)
    own = (call or through[0], tool or through[1])
    if entry.kind == "intent":
        calls[entry.number] = own
    elif entry.kind in SETTLING and isinstance(opened, int):
        calls.pop(opened, None)
    return own


def _matches(tool: str, pattern: str) -> bool:
    """Whether a tool is the one that was named, or starts as it says."""
    return tool.startswith(pattern[:-1]) if pattern.endswith("*") else tool == pattern


def _is_after(entry: Entry, since: datetime) -> bool:
    """Whether an entry is not older; one that does not say when it was made is shown rather than hidden."""
    at = moment(entry)
    return at is None or at >= since


def _reason(line: object) -> str:
    """One reason in words: a rule led by its place, as decisions print it."""
    if not isinstance(line, Mapping):
        return line if isinstance(line, str) else ""
    what, where = str(line.get("what") or ""), line.get("where")
    return f"{where}: {what}" if isinstance(where, str) and where else what
