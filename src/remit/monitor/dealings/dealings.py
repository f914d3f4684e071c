"""An agent's dealings with people over one stream, put together for the scorer.

What answers and prompts show of people, their papers and what they said makes acts weigh more, never less; only what
a person asks for does, where the act is weighed (``remit.monitor.said.asked``).
"""

from __future__ import annotations

from collections.abc import Iterator

from remit.monitor.alert import Inferred
from remit.monitor.dealings.bequests import Bequests
from remit.monitor.dealings.confidences import Confidences
from remit.monitor.dealings.figures import Figures
from remit.monitor.dealings.halted import Halted
from remit.monitor.dealings.labels import Labels
from remit.monitor.dealings.own_case import OwnCase
from remit.monitor.dealings.reserved import Reserved
from remit.monitor.dealings.voices import Voices
from remit.monitor.event import Event

__all__ = ["Dealings"]


class Dealings:
    """What people said, halted, own and keep to themselves in one stream, and what acts do to that; bounded."""

    __slots__ = ("_bequests", "_confidences", "_figures", "_halted", "_labels", "_own_case", "_reserved", "_voices")

    def __init__(self) -> None:
        """Start with nobody heard."""
        self._bequests = Bequests()
        self._confidences = Confidences()
        self._figures = Figures()
        self._halted = Halted()
        self._own_case = OwnCase()
        self._labels = Labels()
        self._reserved = Reserved()
        self._voices = Voices()

    def hear(self, event: Event) -> None:
        """Take in what was said to the agent."""
        self._bequests.hear(event)
        self._confidences.hear(event)
        self._figures.hear(event)
        self._halted.hear(event)
        self._own_case.hear(event)
        self._labels.hear(event)
        self._reserved.hear(event)
        self._voices.hear(event)

    def answered(self, event: Event) -> None:
        """Take in an answer."""
        if not event.text:
            return
        self._confidences.hear(event)
        self._figures.answered(event)
        self._halted.answered(event)
        self._own_case.answered(event)
        self._labels.answered(event)
        self._voices.answered(event)

    def look(self, event: Event) -> Iterator[Inferred]:
        """What an act does in these dealings."""
        yield from self._bequests.look(event)
        yield from self._confidences.look(event)
        yield from self._figures.look(event)
        yield from self._halted.look(event)
        yield from self._own_case.look(event)
        yield from self._labels.look(event)
        yield from self._reserved.look(event)
        yield from self._voices.look(event)
