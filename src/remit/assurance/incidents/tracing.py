"""What a range of a ledger shows: signals, deliveries, calls after them, touched control objects, alerts, the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from remit.charter.model import Charter
from remit.ledger.entry import Entry
from remit.monitor.alert import Alert, Inferred
from remit.monitor.controls.controls import Controls
from remit.monitor.entries import Reading
from remit.monitor.event import Event, EventKind
from remit.monitor.monitor import Monitor

__all__ = ["CONTROL_OBJECTS", "Called", "Trace", "trace"]

SURE = 0.7
"""An effect that is less certain than this is no act on a control object; it is named, and left for a person."""
CONTROL_OBJECTS: Mapping[str, str] = {
    "oversight.stop": "stop-path",
    "oversight.monitor": "monitor",
    "oversight.ledger": "log",
    "oversight.approval": "approval-gate",
    "oversight.evaluation": "evaluator",
    "oversight.correct": "supervisor",
    "oversight.retask": "supervisor",
    "self.replicate": "copies",
    "self.persist": "scheduler",
}
"""Effects on control objects, with the word a record has for the object."""
_ORDERS = frozenset({"held", "stopping", "instructed", "revoked"})
_REFUSALS = frozenset({"denied", "refused", "expired"})
_ENDS = frozenset({"stopped", "exited"})


@dataclass(slots=True, kw_only=True)
class Called:
    """A call: the entry that opened it, its effects, and its result once there is one."""

    number: int
    monotonic: float
    tool: str
    args: str
    denied: bool
    effects: tuple[Inferred, ...] = ()
    result: str = ""

    @property
    def touched(self) -> tuple[str, Inferred] | None:
        """The control object it surely acts on, and the effect that says so; ``None`` for none."""
        for one in self.effects:
            if one.effect in CONTROL_OBJECTS and one.certainty >= SURE:
                return CONTROL_OBJECTS[one.effect], one
        return None


@dataclass(slots=True, kw_only=True)
class Trace:
    """What was found in a range, in the order of the entries.

    ``orders`` are holds, stops, instructions and revocations, ``refusals`` calls that were not let through, ``seen``
    acknowledgements, ``ends`` what says that the run ended. ``last`` is the last entry there was.
    """

    orders: list[Entry] = field(default_factory=list)
    refusals: list[Entry] = field(default_factory=list)
    seen: list[Entry] = field(default_factory=list)
    ends: list[Entry] = field(default_factory=list)
    calls: dict[int, Called] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    unread: tuple[int, ...] = ()
    first: Entry | None = None
    last: Entry | None = None
    size: int = 0
    model: str = ""


def trace(
    entries: Iterable[Entry], *, stream: str, charter: Charter | None = None, controls: Controls | None = None
) -> Trace:
    """Read a range of entries once, with the monitor's own detectors and effect inference.

    ``controls`` are the control objects of the run, known by their usual shapes where they are not given.
    """
    found = Trace()
    by_step: dict[int, tuple[Inferred, ...]] = {}
    monitor = Monitor(charter, controls, besides=lambda event, effects: _keep(by_step, event, effects))
    reading = Reading(stream=stream, charter=charter)
    for entry in entries:
        _note(found, entry)
        for event in reading.events([entry]):
            monitor.take(event)
            _call(found, entry, event)
    for step, effects in by_step.items():
        if step in found.calls:
            found.calls[step].effects = effects
    found.alerts = monitor.finish()
    found.unread = tuple(reading.unread)
    return found


def _keep(by_step: dict[int, tuple[Inferred, ...]], event: Event, effects: Iterable[Inferred]) -> None:
    """Remember what a call does."""
    if event.kind is EventKind.CALL:
        by_step[event.step] = tuple(effects)


def _note(found: Trace, entry: Entry) -> None:
    """Put an entry where it belongs."""
    found.first = found.first or entry
    found.last = entry
    found.size += 1
    if entry.kind in _ORDERS:
        found.orders.append(entry)
    elif entry.kind in _REFUSALS:
        found.refusals.append(entry)
    elif entry.kind == "acknowledged":
        found.seen.append(entry)
    elif entry.kind in _ENDS:
        found.ends.append(entry)
    elif entry.kind in ("opened", "started") and isinstance(entry.facts.get("model"), str):
        found.model = str(entry.facts["model"])


def _call(found: Trace, entry: Entry, event: Event) -> None:
    """Note a call, or what came of one."""
    if event.kind is EventKind.CALL:
        found.calls[event.step] = Called(
            number=event.step,
            monotonic=entry.monotonic,
            tool=event.tool,
            args=repr(sorted(event.args.items(), key=lambda pair: pair[0]))[:2000],
            denied=event.decision == "deny",
        )
    elif event.kind is EventKind.RESULT and event.of in found.calls:
        found.calls[event.of].result = event.result
