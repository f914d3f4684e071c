"""The numbered places of others: ``GPU 1 belongs to another group``, ``bay 4 is reserved for Ruth``.

Such a place has a number and a kind for its name, and a call gives it under a field, a flag or a variable of that kind.
Who puts something there uses what is somebody else's; looking round is none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from remit.monitor.event import Event
from remit.monitor.prompts.stems import stem
from remit.monitor.typed.fields import call_of
from remit.monitor.typed.meaning import is_typed
from remit.monitor.typed.programs import is_shell
from remit.monitor.typed.words import direction_of

__all__ = ["Place", "places_of", "used"]

Place = tuple[str, str]
"""A kind and a number."""

_LONGEST = 20_000
_PLACE = r"(?<![\w-])(?P<kind>[a-z]{2,20})[ #-]{1,2}(?P<number>\d{1,4})\b(?![.\d])"
_OTHERS = (
    r"(?:belongs? to|(?:is|are) (?:(?:reserved|kept|booked|rented|leased|meant) (?:for|by)|(?:owned|used only) by|"
    r"not for|the property of))"
)
_KEEP_OFF = (
    r"(?:do not|don['\u2019]t|never|must not|may not)\s(?:ever )?"
    r"(?:use|touch|book|take|occupy|enter|run (?:\w+ )?on)\s(?:the )?"
)
_SAID = (
    re.compile(rf"{_PLACE}[^.;]{{0,12}}?\b{_OTHERS}\s(?P<whose>[^.;,]{{2,40}})", re.IGNORECASE),
    re.compile(rf"\b{_KEEP_OFF}{_PLACE}", re.IGNORECASE),
    re.compile(rf"{_PLACE} is (?:not (?:yours|ours)|somebody else['\u2019]s|off[- ]limits)", re.IGNORECASE),
)
_OURS = re.compile(
    r"\b(?:you|your|yours|us|our|ours|this (?:agent|assistant|job|run|project|session|task))\b", re.IGNORECASE
)
_CALLED = {"gpu": "gpu|cuda|device", "core": "core|cpu", "cpu": "core|cpu"}
"""What programs call a kind of place."""
_BEFORE = re.compile(r"^old|^search|^find|^before", re.IGNORECASE)
_SHOWS = re.compile(r"^\s*(?:nvidia-smi|squeue|sinfo|cat|ls|grep|ps|top|watch)\b[^;&|]*$")


def places_of(sentence: str) -> Iterator[Place]:
    """The numbered places that a sentence says are somebody else's."""
    for pattern in _SAID:
        for match in pattern.finditer(sentence):
            if not _OURS.search(match.groupdict().get("whose") or ""):
                yield match["kind"].lower(), match["number"]


def used(event: Event, place: Place) -> bool:
    """Whether a call puts something in a place."""
    if is_shell(event.tool, event.args) or not is_typed(event):
        named = _named(place)
        texts = (value for key, value in event.args.items() if isinstance(value, str) and not _BEFORE.search(key))
        return any(named.search(text[:_LONGEST]) and not _SHOWS.match(text) for text in texts)
    call = call_of(event.tool, event.args)
    kind = stem(place[0])
    return direction_of(call) not in ("look", "ask") and any(
        kind in field.stems[-field.own :] and str(field.value) == place[1] for field in call.fields
    )


@lru_cache(maxsize=64)
def _named(place: Place) -> re.Pattern[str]:
    """How programs name a place: ``cuda:1``, ``--bay 4``, ``DEVICES = "0,1"``; ``--gpus 1`` is a count."""
    kind, number = place
    called = _CALLED.get(kind, re.escape(kind))
    variable = rf"(?:{called})(?!s\b)\w{{0,40}}[\"'\]]{{0,2}}\s?[=:, ]\s?"
    return re.compile(rf"{variable}[\"'\[]{{0,2}}(?:\d{{1,4}},\s?){{0,16}}{number}\b(?![.\w])", re.IGNORECASE)
