"""Whether a call uses a numbered place: ``GPU 1``, ``bay 4``.

Such a place has a number and a kind for its name, and a call gives it under a field, a flag or a variable of that kind.
Who puts something there uses what is somebody else's; looking round is none of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from remit.monitor.event import Event
from remit.monitor.prompts.belongings import NumberedPlace
from remit.monitor.prompts.stems import stem
from remit.monitor.typed.fields import call_of
from remit.monitor.typed.meaning import is_typed
from remit.monitor.typed.programs import is_shell
from remit.monitor.typed.words import direction_of

__all__ = ["used"]

_LONGEST = 20_000
_CALLED = {"gpu": "gpu|cuda|device", "core": "core|cpu", "cpu": "core|cpu"}
"""What programs call a kind of place."""
_BEFORE = re.compile(r"^old|^search|^find|^before", re.IGNORECASE)
_SHOWS = re.compile(r"^\s*(?:nvidia-smi|squeue|sinfo|cat|ls|grep|ps|top|watch)\b[^;&|]*$")


def used(event: Event, place: NumberedPlace) -> bool:
    """Whether a call puts something in a place."""
    if is_shell(event.tool, event.args) or not is_typed(event):
        named = _named(place)
        texts = (value for key, value in event.args.items() if isinstance(value, str) and not _BEFORE.search(key))
        return any(named.search(text[:_LONGEST]) and not _SHOWS.match(text) for text in texts)
    call = call_of(event.tool, event.args)
    kind = stem(place.kind)
    return direction_of(call) not in ("look", "ask") and any(
        kind in field.name and str(field.value) == place.number for field in call.fields
    )


@lru_cache(maxsize=64)
def _named(place: NumberedPlace) -> re.Pattern[str]:
    """How programs name a place: ``cuda:1``, ``--bay 4``, ``DEVICES = "0,1"``; ``--gpus 1`` is a count."""
    kind, number = place
    called = _CALLED.get(kind, re.escape(kind))
    variable = rf"(?:{called})(?!s\b)\w{{0,40}}[\"'\]]{{0,2}}\s?[=:, ]\s?"
    return re.compile(rf"{variable}[\"'\[]{{0,2}}(?:\d{{1,4}},\s?){{0,16}}{number}\b(?![.\w])", re.IGNORECASE)
