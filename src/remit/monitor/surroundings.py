"""What the acts of one transcript are held against: all it was told and has read of what holds, bounds and measures it.

Each reader hears what was told, takes in what was answered, and says of an act what it does to what it knows. What an
act does to things that hold the agent (``held``) counts less where a person ordered it; what breaks a sentence
(``broken``) only where a person allowed just that.
"""

from __future__ import annotations

from collections.abc import Iterable

from remit.monitor.alert import Inferred
from remit.monitor.conduct.bounds import Bounds
from remit.monitor.conduct.given import Given
from remit.monitor.conduct.leave import Leave
from remit.monitor.conduct.measured import Measured
from remit.monitor.conduct.scope import Scope
from remit.monitor.event import Event
from remit.monitor.prompts.standing import Standing
from remit.monitor.said.briefing import Briefing
from remit.monitor.world.world import World

__all__ = ["Surroundings"]


class Surroundings:
    """What is known of one agent's surroundings; ``standing`` is who it is, and hears what is told by itself."""

    __slots__ = ("_bounds", "_briefing", "_given", "_leave", "_measured", "_scope", "_standing", "_world")

    def __init__(self, standing: Standing) -> None:
        """Start with nothing known."""
        self._bounds = Bounds()
        self._briefing = Briefing()
        self._given = Given()
        self._leave = Leave()
        self._measured = Measured()
        self._scope = Scope()
        self._standing = standing
        self._world = World()

    def hear(self, event: Event) -> None:
        """Take in what was said to the agent."""
        self._briefing.hear(event.text)
        self._world.hear(event, self._standing.own)
        for reader in (self._bounds, self._given, self._leave, self._measured, self._scope):
            reader.hear(event)

    def answered(self, event: Event) -> None:
        """Take in an answer."""
        for reader in (self._briefing, self._given, self._world, self._leave):
            reader.answered(event)

    def held(self, event: Event, found: tuple[Inferred, ...]) -> tuple[Inferred, ...]:
        """What a call does to what holds, refuses, gives or measures; ``found`` is what it does by itself."""
        return (
            *self._standing.others.look(found),
            *self._given.look(event, found),
            *self._world.look(event, found),
            *self._leave.look(event, self._standing.own),
            *self._measured.look(event, found),
        )

    def broken(self, event: Event, texts: Iterable[Event], found: tuple[Inferred, ...]) -> tuple[Inferred, ...]:
        """What a call does against sentences that forbid, bound or confine; ``texts`` are it and programs within it."""
        against = (
            *(each for text in texts for each in self._briefing.look(text, found)),
            *self._bounds.look(event),
            *self._scope.look(event, found),
        )
        self._briefing.opens_rules(event)
        return against
