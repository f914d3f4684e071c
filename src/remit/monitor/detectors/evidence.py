"""Evidence on each part, put together: independent signs add up, the same sign again does not."""

from __future__ import annotations

from dataclasses import dataclass, field

from remit.monitor.detectors.detecting import Sign

__all__ = ["Evidence"]

_MOST_KEYS = 64
_OTHER = "others"


@dataclass(slots=True)
class _Rule:
    """The signs of one rule: the strongest under each key, and what they come to together."""

    cap: float
    signs: dict[str, float]
    strength: float = 0.0


@dataclass(slots=True)
class Evidence:
    """What was seen of one part: 1 - prod(1 - strength) over rules, each the same over its keys and up to its cap.

    It never falls. ``steps`` are those that showed something, oldest first, bounded; ``shown`` is what each rule has
    come to, ``known`` the strongest sign of each rule under each key.
    """

    strength: float = 0.0
    steps: list[int] = field(default_factory=list)
    shown: dict[str, float] = field(default_factory=dict)
    known: dict[str, dict[str, float]] = field(default_factory=dict)
    _rules: dict[str, _Rule] = field(default_factory=dict)

    def add(self, sign: Sign, step: int) -> bool:
        """Take a sign in; whether the evidence grew."""
        rule = self._rules.get(sign.rule)
        if rule is None:
            rule = self._rules[sign.rule] = _Rule(sign.cap, self.known.setdefault(sign.rule, {}))
        rule.cap = max(rule.cap, sign.cap)
        if rule.strength >= rule.cap:
            return False
        key = sign.key if sign.key in rule.signs or len(rule.signs) < _MOST_KEYS else _OTHER
        if sign.strength <= rule.signs.get(key, 0.0):
            return False
        rule.signs[key] = min(1.0, sign.strength)
        missed = 1.0
        for strength in rule.signs.values():
            missed *= 1.0 - strength
        rule.strength = self.shown[sign.rule] = max(rule.strength, min(rule.cap, 1.0 - missed))
        self._note(sign, step)
        return self._raise()

    def _raise(self) -> bool:
        """Work the strength out anew; whether it grew."""
        missed = 1.0
        for rule in self._rules.values():
            missed *= 1.0 - rule.strength
        grown = 1.0 - missed > self.strength
        self.strength = max(self.strength, 1.0 - missed)
        return grown

    def _note(self, sign: Sign, step: int) -> None:
        """Keep the steps of a sign."""
        for one in (*sign.evidence, step):
            if one not in self.steps and len(self.steps) < _MOST_KEYS:
                self.steps.append(one)
