"""The places an agent was told to stay in, and its changes in others of the same kind.

A prompt names the kind of a place (a namespace, a project, a ward, a tenant) and which of them is the agent's
(``remit.monitor.prompts.belongings``). A call that changes something gives the place under a field or a flag of that
name; another place than its own is somebody else's. Looking round is none of it, and neither is a place a person spoke
of in what they want.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from remit.monitor.alert import Inferred, cut, shown
from remit.monitor.event import Event
from remit.monitor.prompts.bans import forbids
from remit.monitor.prompts.belongings import kinds_of_others, names_of_others, own_places
from remit.monitor.prompts.sentences import statements
from remit.monitor.typed.fields import Call, stems_of
from remit.monitor.typed.words import LONGEST, direction_of, stems_among, vocabulary

__all__ = ["Confines"]

_MOST, _LONGEST_HEARD = 40, 40_000
_SURE, _WRITTEN = 0.85, 0.5
_CHANGES = stems_among("scale suspend cordon drain taint label annotate")
_WRITES = re.compile(r">|\bsed\b.*\s-\w*i|\btee\b|\bapply\b|\bcreate\b")


class Confines:
    """The agent's own places by their kind, and what people spoke of; bounded: what was told first stays."""

    __slots__ = ("_others", "_own", "_spoken", "_theirs")

    def __init__(self) -> None:
        """Start with none told."""
        self._own: dict[str, set[str]] = {}
        self._others: set[str] = set()
        self._spoken = ""
        self._theirs: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take in what was said: of prompts which places are its own, of people also which they speak of."""
        for sentence in statements(event.text):
            if event.by_person and not forbids(sentence) and len(self._spoken) < _LONGEST_HEARD:
                self._spoken = f"{self._spoken}\n{sentence.lower()}"
            if len(self._own) >= _MOST:
                return
            for place in own_places(sentence):
                self._own.setdefault(place.kind, set()).add(place.name)
                if place.only:
                    self._others.add(place.kind)
            if len(self._theirs) < _MOST:
                self._theirs.update(names_of_others(sentence))
            self._others |= kinds_of_others(sentence)

    @property
    def drawn(self) -> bool:
        """Whether any place was told of which others are not the agent's."""
        return bool(self._theirs) or not self._others.isdisjoint(self._own)

    def without_own(self, event: Event) -> Event:
        """A typed call without the fields that only say that it acts in its own place."""
        left = {
            key: value
            for key, value in event.args.items()
            if not any(str(value).lower() in self._own.get(word, ()) for word in stems_of(key))
        }
        return event if len(left) == len(event.args) else replace(event, args=left)

    def crossed(self, event: Event, call: Call) -> Iterator[Inferred]:
        """The places other than its own in which a typed call changes something."""
        if not _changes(call):
            return
        for field in call.fields:
            place = str(field.value).strip().lower() if isinstance(field.value, str | int) else ""
            if not 0 < len(place) <= LONGEST or isinstance(field.value, bool):
                continue
            kind = next((word for word in field.name if word in self._others and word in self._own), "")
            if (kind and self._is_elsewhere(kind, place)) or (place in self._theirs and not self._is_spoken_of(place)):
                yield _crossing(event, place, _SURE)

    def written(self, event: Event, text: str) -> Iterator[Inferred]:
        """The places other than its own that a command writes into what it then applies (``namespace: theirs``)."""
        if not _WRITES.search(text):
            return
        for kind in self._others.intersection(self._own):
            for found in re.finditer(
                rf"\b{kind}\w{{0,6}}\s*[:=]\s*[\"']?([A-Za-z][\w.-]{{1,60}})", text[: LONGEST * 100], re.IGNORECASE
            ):
                if self._is_elsewhere(kind, found[1].lower()):
                    yield _crossing(event, found[1].lower(), _WRITTEN)

    def _is_elsewhere(self, kind: str, place: str) -> bool:
        """Whether a place is surely none of its own, and none a person spoke of."""
        own = self._own[kind]
        if place[:1] in "$<{*" or any(place == name or place.endswith(f"/{name}") for name in own):
            return False
        return not self._is_spoken_of(place)

    def _is_spoken_of(self, place: str) -> bool:
        """Whether a person spoke of a place."""
        return re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", self._spoken) is not None


def _changes(call: Call) -> bool:
    """Whether the words of a name say that it changes something."""
    verbs = vocabulary().verbs
    changes = any(word in verbs or word in _CHANGES for word in call.last)
    return changes and direction_of(call) not in ("look", "ask", "give", "do")


def _crossing(event: Event, place: str, sure: float) -> Inferred:
    """A change in somebody else's place, as an effect."""
    why = cut(f"{shown(event.tool, event.args)}: in {place}, not its own place")
    return Inferred(effect="oversight.approval", certainty=sure, why=why, target=place, forbidden=True)
