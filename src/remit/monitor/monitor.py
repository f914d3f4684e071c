"""The monitor: takes events one after the other, and returns an alert whenever the evidence on a part has grown.

One monitor reads one stream. What a call does is inferred from its arguments (``remit.monitor.inference``); what a
charter allows is taken out; the detectors that watch what is left look at it. Nothing here waits, writes or acts.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING

from remit.monitor.alert import Alert, Inferred
from remit.monitor.arguments import holds_program
from remit.monitor.detectors import EVERY
from remit.monitor.detectors.detecting import REFUSED as AFTER_A_REFUSAL
from remit.monitor.detectors.detecting import STOPPED, Detector, Seen, Sign, allowed, wide
from remit.monitor.detectors.evidence import Evidence
from remit.monitor.detectors.trail import Trail
from remit.monitor.event import Event, EventKind
from remit.monitor.said.declared import Declared
from remit.monitor.signals import SignalKind, kind_of_signal

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.monitor.controls.controls import Controls
    from remit.monitor.memory import Memory
    from remit.monitor.said.unspoken import Unspoken

__all__ = ["REFUSED", "Besides", "Infer", "Monitor"]

Infer = Callable[[Event, "Controls", "Memory"], tuple[Inferred, ...]]

Besides = Callable[[Event, tuple[Inferred, ...]], object]
"""Somebody else who looks at a stream."""
REFUSED = frozenset({"denied", "refused", "expired"})
"""Results that say that a call was not allowed."""
_CALL, _STOP = EventKind.CALL, SignalKind.STOP
_effect_of = attrgetter("effect")
_RISE = 0.02
_MOST_KNOWN = 1024
_OF_STREAMS = frozenset((STOPPED, AFTER_A_REFUSAL, "*"))
_Wanted = tuple[Detector, Evidence, bool]
"""A detector to be asked, the evidence on its part, and whether an effect of the call is among those it watches."""


class Monitor:
    """Watches one stream for instrumental behaviour.

    ``charter`` gives what is allowed where events do not say so themselves; ``controls`` are the control objects of
    the run, by their usual shapes unless given. ``infer`` replaces effect inference (for streams that know better), and
    with it the reading of calls no charter speaks of.
    Memory is bounded, whatever the length of the stream.
    """

    __slots__ = (
        "_besides",
        "_by_effects",
        "_controls",
        "_declared",
        "_detectors",
        "_every",
        "_evidence",
        "_infer",
        "_memory",
        "_said",
        "_unspoken",
        "alerts",
        "calls",
        "trail",
    )

    def __init__(
        self,
        charter: Charter | None = None,
        controls: Controls | None = None,
        *,
        infer: Infer | None = None,
        watching: tuple[Detector, ...] = EVERY,
        besides: Besides | None = None,
    ) -> None:
        """Start with nothing seen.

        ``watching`` are the detectors, all of them unless given; ``besides`` is shown every event with all effects of
        its call as well (the sequential test).
        """
        from remit.monitor.controls.controls import Controls as Known
        from remit.monitor.memory import Memory as Kept

        self._declared = None if charter is None else Declared(charter)
        self._besides = besides
        self._controls = Known.usual() if controls is None else controls
        self._infer: Infer = _usual() if infer is None else infer
        self._unspoken = _reader() if infer is None else None
        self._memory = Kept()
        self._detectors = watching
        self._every = tuple(one for one in self._detectors if one.watches & _OF_STREAMS)
        self._by_effects: dict[tuple[str, ...], tuple[_Wanted, ...]] = {}
        self._evidence: dict[str, Evidence] = {}
        self._said: dict[str, float] = {}
        self.trail = Trail()
        self.alerts: dict[str, Alert] = {}
        self.calls = 0

    def take(self, event: Event) -> tuple[Alert, ...]:
        """Take one event in and return the alerts it raises, at most one for each part."""
        if event.kind == _CALL:
            return self._take_call(event)
        if self._besides is not None:
            self._besides(event, ())
        match event.kind:
            case EventKind.RESULT:
                self._infer(event, self._controls, self._memory)
                if self._unspoken is not None and event.text:
                    self._unspoken.answered(event)
                self.trail.answered(event, refused=event.result in REFUSED)
            case EventKind.SIGNAL:
                kind = kind_of_signal(event.text)
                if kind is not None:
                    self.trail.signal(kind, event.step)
            case EventKind.TOLD:
                if self._unspoken is not None:
                    self._unspoken.hear(event)
                for kind in self.trail.told.hear(event):
                    self.trail.signal(kind, event.step, recorded=False)
            case EventKind.SAID:
                pass
        return ()

    def score(self) -> float:
        """How much the stream shows so far: 1 - prod(1 - strength) over the best alert of each part; never falls."""
        missed = 1.0
        for alert in self.alerts.values():
            missed *= 1.0 - alert.strength
        return 1.0 - missed

    def finish(self) -> tuple[Alert, ...]:
        """The best alert of each part, the strongest first."""
        return tuple(sorted(self.alerts.values(), key=lambda alert: (-alert.strength, alert.part)))

    def _take_call(self, event: Event) -> tuple[Alert, ...]:
        """Infer what a call does, take out what is allowed, and have the rest looked at."""
        self.calls += 1
        inferred = self._infer(event, self._controls, self._memory)
        if self._besides is not None:
            self._besides(event, inferred)
        declared, untold = self._declared, event.effects is None
        if declared is not None and declared.speaks_of(event.tool):
            inferred = self._by_charter(event, inferred)
        elif self._unspoken is not None and (untold or declared is not None):
            inferred = self._unspoken.read(event, inferred, self._controls)
        denied = event.decision == "deny"
        permitted = None if denied or (untold and declared is None) else self._permitted(event)
        left = inferred if not permitted else tuple(one for one in inferred if not allowed(one, permitted))
        raised = self._look(event, left, spoken=denied or permitted is not None)
        trail = self.trail
        trail.remember(event, left)
        if denied:
            trail.refuse(event, left)
        else:
            trail.awaiting(event, left)
        return raised

    def _by_charter(self, event: Event, inferred: tuple[Inferred, ...]) -> tuple[Inferred, ...]:
        """What a call does by the charter: a guess by the words of a tool gives way to what a fitting grant states."""
        if self._declared is None:
            return inferred
        beyond = self._declared.beyond(event.tool, event.args)
        if beyond:
            return (*inferred, *beyond)
        if inferred and not holds_program(event.args) and self._declared.settles(event.tool, event.args):
            return tuple(one for one in inferred if one.control)
        return inferred

    def _permitted(self, event: Event) -> tuple[str, ...] | None:
        """The effects a charter allows this call; ``None`` where no charter speaks."""
        if event.effects is not None:
            return event.effects
        return None if self._declared is None else self._declared.allowed(event.tool, event.args)

    def _look(self, event: Event, left: tuple[Inferred, ...], *, spoken: bool) -> tuple[Alert, ...]:
        """Show a call to the detectors that watch for what it does, or for what it comes after."""
        trail, decision = self.trail, event.decision
        watched = [*map(_effect_of, left)]
        if _STOP in trail.latest:
            watched.append(STOPPED)
        if trail.refused:
            watched.append(AFTER_A_REFUSAL)
        if not watched:
            return ()
        key, seen, raised = tuple(watched), None, []
        wanted = self._by_effects.get(key)
        for one, evidence, concerned in self._wanted(key) if wanted is None else wanted:
            if not concerned and (rule := one.otherwise) is not None and evidence.shown.get(rule[0], 0.0) >= rule[1]:
                continue  # it has said all that it can of such a call
            if seen is None:
                known = evidence.shown, evidence.known, concerned
                seen = Seen(event, left, trail, spoken, decision == "ask", decision == "deny", *known)
            else:
                seen.shown, seen.known, seen.concerned = evidence.shown, evidence.known, concerned
            signs = tuple(one.look(seen))
            if signs and (alert := self._weigh(one, evidence, signs, seen)) is not None:
                raised.append(alert)
        return tuple(raised)

    def _wanted(self, watched: tuple[str, ...]) -> tuple[_Wanted, ...]:
        """The detectors that watch for any of this, those of whole streams first."""
        names = {one for each in watched for one in (each, wide(each))}
        wanted = {id(one): one for one in self._every if not one.watches.isdisjoint({*names, "*"})}
        for each in watched:
            names = {each, wide(each)}
            wanted |= {id(one): one for one in self._detectors if names & one.watches}
        effects = {"*"}.union(*((each, wide(each)) for each in watched if each not in _OF_STREAMS))
        found = tuple(
            (one, self._evidence.setdefault(one.part, Evidence()), not one.watches.isdisjoint(effects))
            for one in wanted.values()
        )
        if len(self._by_effects) < _MOST_KNOWN:
            self._by_effects[watched] = found
        return found

    def _weigh(self, detector: Detector, evidence: Evidence, signs: tuple[Sign, ...], seen: Seen) -> Alert | None:
        """Add signs to the evidence on a part; an alert where it has grown enough to say so."""
        grown = [sign for sign in signs if evidence.add(sign, seen.step)]
        before = self._said.get(detector.part, 0.0)
        if not grown or evidence.strength < before + _RISE:
            return None
        self._said[detector.part] = evidence.strength
        best = max(grown, key=lambda sign: sign.strength)
        alert = Alert(
            drive=detector.drive,
            part=detector.part,
            step=seen.step,
            strength=round(evidence.strength, 4),
            why=best.why,
            detector=detector.name,
            evidence=tuple(sorted({*best.evidence, seen.step, *evidence.steps})),
        )
        self.alerts[detector.part] = alert
        return alert


def _reader() -> Unspoken:
    """What reads calls no charter speaks of, loaded when it is wanted, as effect inference is."""
    from remit.monitor.said.unspoken import Unspoken as Reader

    return Reader()


def _usual() -> Infer:
    """Effect inference, loaded when it is wanted: it brings parsers along."""
    from remit.monitor.inference import infer

    return infer
