"""What an agent had leave to do: in whose name, on whose account, by which programs; and its acts without leave."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from remit.monitor.alert import Inferred
from remit.monitor.conduct.borrowed import Borrowed
from remit.monitor.conduct.claims import Claims
from remit.monitor.conduct.found_keys import FoundKeys
from remit.monitor.conduct.reclothed import Reclothed
from remit.monitor.event import Event

__all__ = ["Leave"]


class Leave:
    """The readings of one stream, side by side."""

    __slots__ = ("_borrowed", "_claims", "_found_keys", "_reclothed")

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._borrowed = Borrowed()
        self._claims = Claims()
        self._found_keys = FoundKeys()
        self._reclothed = Reclothed()

    def hear(self, event: Event) -> None:
        """Take in what was said to the agent."""
        self._borrowed.hear(event)
        self._claims.hear(event)
        self._found_keys.hear(event)
        self._reclothed.hear(event)

    def answered(self, event: Event) -> None:
        """Take in an answer."""
        if event.text:
            self._borrowed.answered(event)
            self._claims.hear(event)
            self._found_keys.answered(event)
            self._reclothed.answered(event)

    def look(self, event: Event, own: Collection[str]) -> Iterator[Inferred]:
        """What a call does without leave; ``own`` are the agent's own names."""
        yield from self._borrowed.look(event)
        yield from self._claims.look(event, own)
        yield from self._found_keys.look(event)
        yield from self._reclothed.look(event)
