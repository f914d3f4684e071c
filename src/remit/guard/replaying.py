"""A ledger decided again under another charter: what would be denied now, what would be asked, what would be allowed.

Every call the ledger tells of is decided as it was made, at the time it was made, with budgets used up and facts
brought about by the calls before it. What the ledger cannot say is said to be *unknown*, never guessed: arguments that
were redacted, people who were known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from remit.charter.model import Charter
from remit.guard.binding import Binding
from remit.guard.budgets.metering import CLOCKS, WINDOWS
from remit.guard.call import Call
from remit.guard.calls.clearing import said
from remit.guard.decision import Decision, Deny
from remit.guard.planning import ASK, PLAN
from remit.guard.rules.looking import as_written
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Remaining, Standing

__all__ = ["Again", "Replay", "Word", "replay"]

Word = Literal["allow", "ask", "deny", "unknown"]

_REDACTED = "[redacted "
_RUN = "the run is "
_LAST = ""  # no guard's name: the folder of whichever was opened last


class Written(Protocol):
    """An entry of a ledger: see ``remit.ledger.entry.Entry``."""

    @property
    def number(self) -> int:
        """The number it has."""

    @property
    def at(self) -> str:
        """When it was made (ISO 8601)."""

    @property
    def kind(self) -> str:
        """What kind it is."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """One call, decided again.

    ``number`` is its entry in the ledger; ``before`` what was decided then, ``after`` what would be decided now, and
    ``because`` why.
    """

    number: int
    tool: str
    before: Word
    after: Word
    because: tuple[str, ...]

    @property
    def change(self) -> str:
        """``newly denied``, ``newly asked``, ``newly allowed``, ``unknown`` or, where nothing changed, empty."""
        if self.after == "unknown":
            return "unknown"
        if self.before == self.after:
            return ""
        return {"deny": "newly denied", "ask": "newly asked", "allow": "newly allowed"}[self.after]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Every call of a ledger, decided again. ``skipped`` entries tell of calls no charter decided."""

    charter: str
    calls: tuple[Again, ...]
    skipped: int

    def changed(self, change: str = "") -> tuple[Again, ...]:
        """The calls with this change, or with any."""
        return tuple(call for call in self.calls if call.change and change in ("", call.change))

    def document(self) -> dict[str, object]:
        """The replay as JSON values; calls that did not change are counted."""
        changed = [
            {"entry": call.number, "tool": call.tool, "before": call.before, "after": call.after, "change": call.change}
            | {"because": list(call.because)}
            for call in self.changed()
        ]
        counts = {"calls": len(self.calls), "unchanged": len(self.calls) - len(changed), "skipped": self.skipped}
        return {"charter": self.charter, **counts, "changed": changed}


def replay(entries: Iterable[Written], charter: Charter, *, known: frozenset[str] | None = None) -> Replay:
    """Decide every call of a ledger under a charter.

    ``known`` are the people dealt with at the time; without it a call that depends on them is unknown. Paths are taken
    as the ledger has them, where symbolic links were followed already.
    """
    told = _tell(entries)
    playing = _Playing(charter=charter, known=known, signatures=dict(_signatures(told.calls)))
    return Replay(
        charter=charter.digest, calls=tuple(playing.decide(call) for call in told.calls), skipped=told.skipped
    )


@dataclass(slots=True, kw_only=True)
class _Told:
    """One call as the ledger tells it; ``typed`` where it was known which arguments the tool takes.

    ``guard`` let it happen or not; ``performed`` where an outcome says that it was done.
    """

    number: int
    call: Call
    before: Word
    moment: datetime | None
    cwd: str
    typed: bool
    guard: str
    performed: bool = False


@dataclass(slots=True, kw_only=True)
class _Story:
    """What the ledger tells of calls; entries of one call are put together."""

    calls: list[_Told] = field(default_factory=list)
    skipped: int = 0


def _tell(entries: Iterable[Written]) -> _Story:
    """Read the calls out of a ledger, in the order they were first heard of."""
    story = _Story()
    folders: dict[str, str] = {}
    seen: dict[str, _Told] = {}
    intents: dict[object, _Told] = {}
    for entry in entries:
        facts = entry.facts
        if entry.kind == "outcome" and facts.get("intent") in intents:
            intents[facts.get("intent")].performed = facts.get("result") == "performed"
        if entry.kind == "opened":
            folders[str(facts.get("guard"))] = folders[_LAST] = str(facts.get("cwd") or "")
        if entry.kind not in ("intent", "asked", "denied"):
            continue
        call, before = _call(entry), _before(entry)
        if call is None or before is None or call.tool in (PLAN, ASK):
            story.skipped += 1
            continue
        earlier = seen.get(call.id)
        if earlier is not None:  # asked first, then an intent: one call
            earlier.call, earlier.typed = call, earlier.typed or facts.get("typed") is True
            intents[entry.number] = earlier
            continue
        intents[entry.number] = seen[call.id] = _Told(
            number=entry.number,
            call=call,
            before=before,
            moment=_moment(entry.at),
            cwd=folders.get(str(facts.get("guard")), folders.get(_LAST, "")),
            typed=facts.get("typed") is True,
            guard=str(facts.get("guard")),
        )
        story.calls.append(seen[call.id])
    return story


def _call(entry: Written) -> Call | None:
    """The call an entry tells of; ``None`` for one without arguments by name, which no guard decided."""
    told = entry.facts.get("call")
    if not isinstance(told, Mapping) or not isinstance(told.get("args"), Mapping) or not told.get("tool"):
        return None
    return Call(
        tool=str(told["tool"]),
        args=dict(told["args"]),
        principal=str(told.get("principal") or ""),
        server=str(told.get("server") or ""),
        schema=str(told.get("schema") or ""),
        id=str(told.get("id") or f"entry {entry.number}"),
    )


def _before(entry: Written) -> Word | None:
    """What was decided then; ``None`` where it was not the charter that decided."""
    if entry.kind == "asked":
        return "ask"
    if entry.kind == "intent":
        word = entry.facts.get("decision")
        return word if word in ("allow", "ask", "deny") else None
    code, because = str(entry.facts.get("code", "guard.denied")), entry.facts.get("because")
    of_the_run = isinstance(because, list | tuple) and any(str(line).startswith(_RUN) for line in because)
    by_charter = code == "guard.denied" or code.startswith("guard.budget-exhausted")
    return "deny" if by_charter and not of_the_run else None


def _signatures(calls: Iterable[_Told]) -> Iterator[tuple[str, Signature]]:
    """What is known of tools whose arguments were known then: those that were let through or asked about."""
    names: dict[str, dict[str, None]] = {}
    for told in calls:
        if told.typed and told.before != "deny":
            names.setdefault(told.call.tool, {}).update(dict.fromkeys(told.call.args))
    yield from ((tool, Signature(names=tuple(found))) for tool, found in names.items())


@dataclass(slots=True, kw_only=True)
class _Playing:
    """The run as it would have been: what was spent when, and brought about by whose calls, under the new charter."""

    charter: Charter
    known: frozenset[str] | None
    signatures: dict[str, Signature]
    _spent: list[tuple[datetime | None, Mapping[str, float]]] = field(default_factory=list)
    _facts: dict[str, dict[str, object]] = field(default_factory=dict)
    _began: datetime | None = None
    _binding: Binding | None = None

    def decide(self, told: _Told) -> Again:
        """Decide one call, and count what it would have spent."""
        self._began = self._began or told.moment
        binding = self._binding = self._binding or Binding(
            book=Rulebook.of(self.charter), resolver=as_written, signatures=self.signatures
        )
        facts = self._facts.setdefault(told.guard, {})
        budgets = dict(self._budgets(told.moment))
        standing = Standing(budgets=budgets, known=self.known, cwd=told.cwd, facts=dict(facts))
        decision = binding.decide(told.call, standing)
        if not isinstance(decision, Deny):
            self._spent.append((told.moment, decision.spends))
            facts.update(dict.fromkeys(decision.undoes, False))
            facts.update(dict.fromkeys(decision.effects if told.performed else (), True))
        after: Word = said(decision)  # type: ignore[assignment]
        doubt = self._doubt(told, decision, after)
        because = (doubt,) if doubt else tuple(str(reason) for reason in decision.because)
        return Again(
            number=told.number,
            tool=told.call.tool,
            before=told.before,
            after="unknown" if doubt else after,
            because=because,
        )

    def _doubt(self, told: _Told, decision: Decision, after: Word) -> str:
        """Why the answer cannot be known, empty where it can, or where nothing changed."""
        if after == told.before:
            return ""
        if _redacted(told.call.args):
            return "an argument was redacted, so nobody can say what it was"
        page = self._binding.book.page(told.call.tool) if self._binding is not None else None
        asks = page is not None and any(part.known for it in page.permits for part in it.grant.args.values())
        if self.known is None and asks and isinstance(decision, Deny):
            return "it depends on who was known then"
        pinned = isinstance(decision, Deny) and any(reason.rule.endswith(".pinned") for reason in decision.because)
        if pinned and not told.call.schema:
            return "the ledger does not say which definition the tool had then"
        return ""

    def _budgets(self, moment: datetime | None) -> Iterator[tuple[str, Remaining]]:
        """What each budget would have had left."""
        for name, budget in self.charter.budgets.items():
            quantity = budget.quantity
            if quantity is None:
                continue
            window = WINDOWS.get(quantity.per)
            used = 0.0
            if name in CLOCKS:
                used = _seconds(self._began, moment)
            elif quantity.per != "call":
                used = sum(
                    spends.get(name, 0.0)
                    for at, spends in self._spent
                    if window is None or _seconds(at, moment) < window
                )
            yield name, Remaining(left=max(0.0, quantity.amount - used), used=used)


def _seconds(since: datetime | None, until: datetime | None) -> float:
    """The time between two moments in seconds, none where one is not known."""
    return 0.0 if since is None or until is None else max(0.0, (until - since).total_seconds())


def _moment(text: str) -> datetime | None:
    """When an entry was made, ``None`` where that cannot be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _redacted(value: object) -> bool:
    """Whether something in a value was kept out of the ledger."""
    match value:
        case str():
            return _REDACTED in value
        case Mapping():
            return any(_redacted(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return any(_redacted(part) for part in value)
        case _:
            return False
