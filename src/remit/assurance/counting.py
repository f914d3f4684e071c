"""Counting the signals of ledgers: one pass over each, oldest first, with the monitor looking on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from remit.assurance.signals import METRICS, Signal, quantile_signal, share_signal
from remit.charter.model import Charter
from remit.digest import sha256_digest
from remit.errors import LedgerError
from remit.ledger.entry import Entry
from remit.ledger.query import call_of, moment, reasons_of, tool_of
from remit.monitor.entries import Reading
from remit.monitor.monitor import Monitor

__all__ = ["Counted", "NamedLedger", "Notable", "count_signals"]

_MOST_NOTABLE = 200
_MOST_DENIED = 100_000
_BUDGET = "guard.budget-exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLedger:
    """A ledger to count: the name its entries are cited under, and the entries in their order."""

    name: str
    entries: Iterable[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notable:
    """One event people should look at: ``near miss``, ``override``, ``stop`` or ``blocked but benign``."""

    what: str
    source: str
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Every signal by its metric, what is worth a look, and what kept ledgers from being read as they were recorded.

    ``left_out`` is how many notable events are not listed.
    """

    signals: Mapping[str, Signal]
    notable: tuple[Notable, ...] = ()
    left_out: int = 0
    problems: tuple[str, ...] = ()
    entries: int = 0


def count_signals(
    ledgers: Iterable[NamedLedger],
    *,
    charter: Charter | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    benign: frozenset[str] = frozenset(),
) -> Counted:
    """Count every metric over the entries between two moments.

    ``benign`` are denied calls somebody looked at and found harmless, as ``LEDGER#NUMBER``. A ledger that cannot be
    read to its end is a problem, never a smaller count in silence.
    """
    count = _Count(benign=benign)
    for ledger in ledgers:
        _Pass(count=count, name=ledger.name, charter=charter).run(ledger.entries, since=since, until=until)
    return count.result()


@dataclass(slots=True, kw_only=True)
class _Count:
    """What was counted so far, over all ledgers."""

    benign: frozenset[str]
    hits: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    trials: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    spans: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    denied: dict[str, list[str]] = field(default_factory=dict)  # what would have run -> where it was denied
    notable: list[Notable] = field(default_factory=list)
    left_out: int = 0
    problems: list[str] = field(default_factory=list)
    entries: int = 0

    def note(self, what: str, source: str, entry: Entry, text: str) -> None:
        """Keep something for people to look at."""
        if len(self.notable) < _MOST_NOTABLE:
            self.notable.append(Notable(what=what, source=source, at=moment(entry), text=text))
        else:
            self.left_out += 1

    def trial(self, metric: str, source: str, *, hit: bool) -> None:
        """Count one trial of a share."""
        self.trials[metric] += 1
        if hit:
            self.hits[metric].append(source)

    def result(self) -> Counted:
        """Every metric there is, with a value or without."""
        signals = {}
        for name, metric in METRICS.items():
            if metric.quantile is not None:
                signals[name] = quantile_signal(metric, self.spans[name.partition("_")[2]])
            else:
                found = tuple(dict.fromkeys(self.hits[name]))
                signals[name] = share_signal(metric, len(found), max(self.trials[name], len(found)), found)
        return Counted(
            signals=signals,
            notable=tuple(self.notable),
            left_out=self.left_out,
            problems=tuple(self.problems),
            entries=self.entries,
        )


@dataclass(slots=True, kw_only=True)
class _Pass:
    """One ledger being counted."""

    count: _Count
    name: str
    charter: Charter | None
    reading: Reading = field(init=False)
    monitor: Monitor = field(init=False)
    questions: dict[str, Entry] = field(default_factory=dict)
    open: dict[int, Entry] = field(default_factory=dict)
    tried: dict[int, str] = field(default_factory=dict)  # intents that repeat a denied call, until they end
    alerts: dict[int, str] = field(default_factory=dict)  # calls the monitor minds, until they end
    guarded: bool = False

    def __post_init__(self) -> None:
        """Put the monitor beside it."""
        self.reading = Reading(self.name, self.charter)
        self.monitor = Monitor(self.charter)

    def run(self, entries: Iterable[Entry], *, since: datetime | None, until: datetime | None) -> None:
        """Count the entries of the time that is asked for; what came before is known, but not counted."""
        seen = 0
        try:
            for entry in entries:
                at = moment(entry)
                if until is not None and at is not None and at > until:
                    break
                seen += 1
                self.take(entry, counts=since is None or at is None or at >= since)
        except LedgerError as error:
            self.count.problems.append(f"`{self.name}`: {error.message}")
        self._end()
        if not seen:
            self.count.problems.append(f"`{self.name}` has no entry of that time")
        if self.reading.unread:
            self.count.problems.append(f"`{self.name}`: {len(self.reading.unread)} entries cannot be understood")

    def source(self, number: int) -> str:
        """How an entry is cited."""
        return f"{self.name}#{number}"

    def take(self, entry: Entry, *, counts: bool) -> None:
        """Count one entry."""
        self._watch(entry, counts=counts)
        if entry.kind == "opened":
            self.guarded = self.guarded or entry.facts.get("shadow") is False
        elif entry.kind == "asked":
            self.questions[_question(entry)] = entry
        elif entry.kind == "intent":
            self.open[entry.number] = entry
        if not counts:
            return
        self.count.entries += 1
        match entry.kind:
            case "intent" | "denied" | "refused" | "expired" | "approved":
                self._call(entry)
            case "outcome" | "reconciled":
                self._outcome(entry)
            case "bypassed" | "shadowed":
                self.count.hits["override_share"].append(self.source(entry.number))
                said = "; ".join(reasons_of(entry)) or str(entry.facts.get("reason") or "")
                self.count.note("override", self.source(entry.number), entry, said or entry.kind)
            case "held" | "stopped" | "exited":
                self._interruption(entry)

    def _watch(self, entry: Entry, *, counts: bool) -> None:
        """Let the monitor see the entry, and count the calls it minds."""
        kind, settles = entry.kind, entry.facts.get("intent")
        blocked = settles if isinstance(settles, int) else entry.number
        for event in self.reading.events((entry,)):
            for alert in self.monitor.take(event):
                if counts:
                    self.count.hits["alert_share"].append(self.source(alert.step))
                    self.alerts[alert.step] = f"{alert.part}: {alert.why}"
        if kind in ("denied", "refused", "expired") and blocked in self.alerts:
            source = self.source(blocked)
            self.count.hits["near_miss_share"].append(source)
            self.count.note("near miss", source, entry, self.alerts.pop(blocked))
        elif kind in ("outcome", "reconciled"):
            self.alerts.pop(blocked, None)

    def _call(self, entry: Entry) -> None:
        """Count what was decided about a call, and how long a person took."""
        self._waited(entry)
        settles = entry.facts.get("intent")
        if entry.kind == "approved":
            return
        if entry.kind != "intent" and isinstance(settles, int) and settles in self.tried:
            del self.tried[settles]  # tried again, and denied again
        if entry.kind == "denied":
            self._denied(entry, self.open.pop(settles, entry) if isinstance(settles, int) else entry)
            if isinstance(settles, int):
                return
        source = self.source(entry.number)
        if entry.kind == "intent":
            self._let_through(entry)
        for metric in ("override_share", "alert_share", "near_miss_share"):
            self.count.trials[metric] += 1
        asked = entry.kind in ("refused", "expired") or entry.facts.get("decision") == "ask"
        self.count.trial("escalation_share", source, hit=asked)
        self.count.trial("budget_exhaustion_share", source, hit=_is_budget(entry))

    def _denied(self, entry: Entry, call: Entry) -> None:
        """Count a denial; one for want of budget says nothing of the rule."""
        if _is_budget(entry):
            return
        source = self.source(entry.number)
        self.count.trial("blocked_but_benign", source, hit=source in self.count.benign)
        if len(self.count.denied) < _MOST_DENIED:
            self.count.denied.setdefault(_same(call), []).append(source)

    def _let_through(self, entry: Entry) -> None:
        """An intent: whether the same call was denied before, and what deciding cost."""
        overhead = entry.facts.get("overhead")
        if isinstance(overhead, int | float) and overhead >= 0:
            self.count.spans["overhead_ms"].append((overhead * 1e3, self.source(entry.number)))
        if self.count.denied and (same := _same(entry)) in self.count.denied:
            self.tried[entry.number] = same

    def _outcome(self, entry: Entry) -> None:
        """How a call ended; one that was denied before and ran now was blocked for nothing."""
        settles = entry.facts.get("intent")
        opened = self.open.pop(settles, None) if isinstance(settles, int) else None
        source = self.source(entry.number if opened is None else opened.number)
        unknown = str(entry.facts.get("result") or "performed") == "unknown"
        self.count.trial("unsettled_share", source, hit=unknown)
        same = self.tried.pop(settles, None) if isinstance(settles, int) else None
        if same is not None and not unknown:
            for denied in self.count.denied.pop(same, []):
                self.count.hits["blocked_but_benign"].append(denied)
                self.count.note("blocked but benign", denied, entry, f"let through at {source}")

    def _waited(self, entry: Entry) -> None:
        """How long a question waited for its end."""
        asked = self.questions.pop(_question(entry), None) if entry.kind in ("approved", "refused", "expired") else None
        if asked is None:
            return
        source = self.source(asked.number)
        self.count.trial("refusal_share", source, hit=entry.kind == "refused")
        self.count.trial("unanswered_share", source, hit=entry.kind == "expired")
        waited = entry.monotonic - asked.monotonic
        if waited >= 0:  # the clock starts anew with the machine
            self.count.spans["approval_s"].append((waited, source))

    def _interruption(self, entry: Entry) -> None:
        """A hold, a stop or an end: how long it took, and whether it is proved."""
        source, report = self.source(entry.number), entry.facts.get("report")
        if entry.kind == "held":
            took = entry.facts.get("took")
            if isinstance(took, int | float):
                frozen = entry.facts.get("frozen") is not False
                self.count.spans["hold_ms"].append((took * 1e3 if frozen else math.inf, source))
        elif entry.kind == "exited":
            metric = f"run_success_{'guarded' if self.guarded else 'unguarded'}"
            self.count.trial(metric, source, hit=entry.facts.get("status") == 0)
        elif isinstance(report, Mapping):
            took, dead = report.get("took"), report.get("verdict") == "dead"
            self.count.trial("stop_failure_share", source, hit=not dead)
            proved = took * 1e3 if dead and isinstance(took, int | float) else math.inf
            self.count.spans["stop_ms"].append((proved, source))
            self.count.note("stop", source, entry, f"{report.get('verdict')}: {report.get('reason') or 'no reason'}")

    def _end(self) -> None:
        """Intents nothing followed: nobody knows whether they happened."""
        for number in self.open:
            self.count.trial("unsettled_share", self.source(number), hit=True)


def _question(entry: Entry) -> str:
    """What ties a question to its answer."""
    return str(entry.facts.get("request") or entry.facts.get("intent") or "")


def _is_budget(entry: Entry) -> bool:
    """Whether a call was denied because a budget was used up."""
    return entry.kind == "denied" and str(entry.facts.get("code") or "").startswith(_BUDGET)


def _same(entry: Entry) -> str:
    """One spelling for calls that would do the same."""
    call = {key: value for key, value in call_of(entry).items() if key not in ("id", "refused")}
    try:
        return sha256_digest({"tool": tool_of(entry), "call": call})
    except (TypeError, ValueError):
        return f"entry {entry.number}"  # nothing is the same as what has no spelling
