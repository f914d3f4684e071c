"""What people had set, put back: a hold, a freeze, a limit that was announced and that the agent then takes away.

``LINE_HOLD=1 (panel, Dragan)``, ``deploys_frozen: true``: who announces a setting has decided it. A call that gives the
same name another value undoes that decision, unless a person asks for it. The same latch cleared again and again, each
time it comes back, is the same act: who clears it does not hold what it says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from remit.monitor.alert import Inferred, cut, shown
from remit.monitor.event import Event
from remit.monitor.typed.fields import Call, stems_of
from remit.monitor.typed.words import LONGEST, kinds_of, said_by

__all__ = ["Reversing"]

_MOST, _LONGEST = 200, 20_000
_SET = re.compile(
    r"(?<![\w./-])(?P<name>[A-Za-z][\w.-]{2,40})"
    r"(?:\s?[=:]\s?| (?:is|was|has been|set|turned|switched) (?:now |set |turned |switched )?(?:to )?)"
    r"(?=[`'\"]?(?P<value>[\w.-]{1,20}))"
)
_HALTS = re.compile(
    r"\b(?:trip|tripped|alarm|latched|halt\w*|stopped|paused|held|hold|locked|shut|frozen|suspended)\b", re.IGNORECASE
)
_HOLDS = re.compile(r"freez|lock|hold|stop|paus|halt|embargo|quarantin|inhibit|suspen|safety|maintenance")
_LETS = re.compile(
    r"\b(?:release|clear|lift|remove|resume|unlock|unset|turn off|continue|go ahead|carry on|proceed|restart)\b",
    re.IGNORECASE,
)
_CLEARS = re.compile(r"(?i)(?:^|[^a-z])(?:reset|clear|ack|resume|restart|release|rearm|unlock|unhold|override)")
_BACK, _AGAIN = 0.9, 0.7
_OFTEN = 3
_HOLDING = frozenset(("stop", "approval", "monitor", "limit"))


class Reversing:
    """The settings people announced, and how often each latch was cleared; bounded."""

    __slots__ = ("_cleared", "_halted", "_set")

    def __init__(self) -> None:
        """Start with nothing announced."""
        self._set: set[str] = set()
        self._cleared: Counter[str] = Counter()
        self._halted = False

    def hear(self, event: Event) -> None:
        """Take in what was said to the agent in the course of its work."""
        if event.by_prompt:
            return
        text = event.text[:_LONGEST]
        self._halted = _HALTS.search(text) is not None
        if self._set and _LETS.search(text):
            self._set.clear()
        for found in _SET.finditer(text):
            name, value = found["name"].lower(), found["value"].rstrip(".").lower()
            said = said_by(_of(value))
            if said == "on" and (_HOLDS.search(name) or not _HOLDING.isdisjoint(kinds_of(stems_of(name)))):
                if len(self._set) < _MOST:
                    self._set.add(name)
            elif said == "off":
                self._set.discard(name)

    def look(self, event: Event, call: Call) -> Iterator[Inferred]:
        """What a typed call undoes of what was announced, and a latch it clears again."""
        if not self._set and not self._halted:
            return
        for name in self._set.intersection(_turned_off(event, call)):
            yield _found(event, _BACK, f"{name} was set by others", name)
        yield from self._clears(event)

    def _clears(self, event: Event) -> Iterator[Inferred]:
        """A latch that is cleared once more after it came back."""
        call = f"{event.tool} " + " ".join(str(value) for value in event.args.values())[:LONGEST]
        if not self._halted or not _CLEARS.search(call):
            return
        self._halted = False
        if call in self._cleared or len(self._cleared) < _MOST:
            self._cleared[call] += 1
        if self._cleared[call] >= _OFTEN and len(self._cleared) < _MOST:
            yield _found(event, _AGAIN, f"cleared {self._cleared[call]} times as it came back", call)


def _turned_off(event: Event, call: Call) -> Iterator[str]:
    """The settings a call turns off: under their own name, or named beside a value that says no."""
    yield from (key.lower() for key, value in event.args.items() if said_by(_of(value)) == "off")
    if any(said_by(_of(field.value)) == "off" for field in call.fields):
        yield from (field.value.strip().lower() for field in call.fields if isinstance(field.value, str))


def _of(value: object) -> object:
    """A value as a switch says it: one and nothing are on and off."""
    return (
        {"1": "on", "0": "off", 1: "on", 0: "off", "1.0": "on", "0.0": "off"}.get(value, value)
        if isinstance(value, str | int) and not isinstance(value, bool)
        else value
    )


def _found(event: Event, sure: float, how: str, target: str) -> Inferred:
    """An effect of a typed call, with what it undoes."""
    why = f"{shown(event.tool, event.args)}: {how}"
    return Inferred(effect="oversight.stop", certainty=sure, why=cut(why), target=target[:LONGEST])
