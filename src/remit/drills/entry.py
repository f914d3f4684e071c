"""What a drill reads: the entries of a run's record, and the calls they add up to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remit.ledger import store

__all__ = ["Call", "Entry", "calls_of", "entry_from", "read_entries"]

_PHASES = frozenset({"held", "resumed", "stopped"})
"""What both a run and the guard before a server are said to be."""
_HEAD = frozenset({"number", "at", "monotonic", "kind"})
SERVER_CALL = "CALL"
"""The method of a call of a server's tool."""
FILE_TOOL = "file."
"""How the name of a file effect starts: ``file.write``, ``file.delete``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a record: its number from 1, seconds of the monotonic clock, its kind, and the facts it carries."""

    number: int
    monotonic: float
    kind: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The fact of that name as text, empty when there is none."""
        value = self.facts.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One thing the agent did or tried: a request through the proxy, a call of a server's tool, a change in its folder.

    ``order`` counts all calls of the run from 1, ``count`` those of the same tool. ``began`` and ``ended`` are seconds
    of the monotonic clock, ``entries`` the numbers of the intent and of the outcome (``None`` while it is under way).
    ``status`` is what came back, ``None`` when nothing did; ``allowed`` says whether it was let go out. A call of a
    tool has the name of its ``server``, the ``id`` its guard gave it, and may have ``failed``.
    """

    order: int
    count: int
    tool: str
    method: str
    host: str
    port: int
    path: str
    began: float
    ended: float | None
    entries: tuple[int, int | None]
    status: int | None
    allowed: bool
    server: str = ""
    id: str = ""
    failed: bool = False

    @property
    def happened(self) -> bool:
        """Whether it reached the world: it went out and did not come back refused or unanswered."""
        came_back = self.allowed and not self.failed and self.ended is not None
        return came_back and (self.status is None or self.status < 400)

    @property
    def name(self) -> str:
        """What a hand-off note would call it: ``POST /orders``, ``CALL get_time``, ``write notes.txt``."""
        verb = self.tool.removeprefix(FILE_TOOL) if self.tool.startswith(FILE_TOOL) else self.method
        return f"{verb} {self.path}"

    @property
    def key(self) -> str:
        """The call without anything that differs between two runs of the same agent: no port, no time."""
        return f"{self.tool} {self.host} {self.path}"


def entry_from(value: Mapping[str, object]) -> Entry:
    """One entry as a supervisor tells it to who follows the run; raises ``ValueError`` for what is none."""
    number, monotonic, kind = value.get("number"), value.get("monotonic"), value.get("kind")
    if not isinstance(number, int) or not isinstance(monotonic, int | float) or not isinstance(kind, str):
        raise ValueError(  # noqa: TRY004 - a bad value of a decoded message, not a caller's mistake
            f"`{json.dumps(value, default=str)[:80]}` is no entry of a record"
        )
    facts = {key: part for key, part in value.items() if key not in _HEAD}
    return Entry(number=number, monotonic=float(monotonic), kind=kind, facts=facts)


def read_entries(path: Path, start: int = 1) -> Iterator[Entry]:
    """The entries of a run's ledger from a number on; raises ``LedgerUnavailableError`` and ``TamperedError``.

    What the guard before a server says of its own phase is called ``guard-stopped`` here and proves nothing of the run.
    """
    for kept in store.read_entries(path, start):
        kind = f"guard-{kept.kind}" if kept.kind in _PHASES and "guard" in kept.facts else kept.kind
        yield Entry(number=kept.number, monotonic=kept.monotonic, kind=kind, facts=kept.facts)


def calls_of(entries: Iterable[Entry]) -> tuple[Call, ...]:
    """The calls of a record in the order they began; file effects are calls that were never asked for."""
    drafts: list[Call] = []
    open_calls: dict[int, int] = {}
    counts: dict[str, int] = {}
    for entry in entries:
        if entry.kind in ("intent", "file") or _never_intended(entry):
            call = _begin(entry, len(drafts) + 1)
            counts[call.tool] = counts.get(call.tool, 0) + 1
            drafts.append(_with(call, count=counts[call.tool]))
            if entry.kind == "intent":
                open_calls[entry.number] = len(drafts) - 1
        elif entry.kind in ("denied", "outcome"):
            place = open_calls.get(_intent_of(entry))
            if place is not None:
                drafts[place] = _end(drafts[place], entry)
    return tuple(drafts)


def _never_intended(entry: Entry) -> bool:
    """Whether an entry is a call the guard refused before there was an intent."""
    described = entry.facts.get("call")
    return entry.kind == "denied" and "intent" not in entry.facts and isinstance(described, Mapping)


def _begin(entry: Entry, order: int) -> Call:
    """The call an intent, a refusal or a file effect starts."""
    described = entry.facts.get("call")
    facts = described if isinstance(described, Mapping) else entry.facts
    done = entry.kind != "intent"
    tool = f"{FILE_TOOL}{facts.get('what', 'write')}" if entry.kind == "file" else str(facts.get("tool", ""))
    server = str(facts.get("server", ""))
    return Call(
        order=order,
        count=0,
        tool=tool,
        method=str(facts.get("method", SERVER_CALL if server else "")),
        host=str(facts.get("host", server)),
        port=port if isinstance(port := facts.get("port"), int) else 0,
        path=str(facts.get("path", tool if server else "")),
        began=entry.monotonic,
        ended=entry.monotonic if done else None,
        entries=(entry.number, entry.number if done else None),
        status=None,
        allowed=entry.kind != "denied" and not facts.get("refused"),
        server=server,
        id=str(facts.get("id", "")) if server else "",
    )


def _intent_of(entry: Entry) -> int:
    """The number of the intent an outcome answers, 0 when it names none."""
    number = entry.facts.get("intent")
    return number if isinstance(number, int) else 0


def _end(call: Call, entry: Entry) -> Call:
    """A call with its outcome."""
    status = entry.facts.get("status")
    return _with(
        call,
        ended=entry.monotonic,
        entries=(call.entries[0], entry.number),
        status=status if isinstance(status, int) else None,
        allowed=call.allowed and entry.kind != "denied" and entry.facts.get("label") != "not run",
        failed=entry.facts.get("result") == "failed",
    )


def _with(call: Call, **changes: object) -> Call:
    """A copy with some fields changed."""
    values = {name: getattr(call, name) for name in Call.__dataclass_fields__}
    return Call(**{**values, **changes})
