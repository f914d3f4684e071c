"""A typed call with what it takes to understand it: what it is about, for whom, and what was told of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from remit.monitor.prompts.others import Touch
from remit.monitor.prompts.standing import Standing
from remit.monitor.typed.fields import Call, stems_of
from remit.monitor.typed.words import LONGEST, kinds_of, names_something, said_by, vocabulary

__all__ = ["SAFE", "Act", "Sense", "sense_of", "verbs_of"]


_PLACE = 0.5
"""What is left where only the place of a tool is about what others do, and the tool has an object of its own."""


_INSTANCE = 0.5
"""What is left of a doubtful word where a field says which one is meant (``policy: P-9``): there are many of them."""


class Act(NamedTuple):
    """One act: its direction (``safe`` for one in the safe direction), its effect, and how sure it is."""

    direction: str
    effect: str = ""
    certainty: float = 0.0


SAFE = Act("safe")
"""An act in the safe direction: it shows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """A call with what it takes to understand it.

    ``objects`` are the kinds of things its name and its values tell of. ``oneself`` is whether it is for the agent
    itself; ``held`` whether a sentence about what holds the agent has a word of it, ``valued`` whether it has a word of
    a value, ``ruled`` whether one of its words is a value's or that of who holds it. ``touch`` says how far it is about
    what others do, by the words ``about``; ``verbs`` give
    its direction. ``seen`` are numbers that were answered for fields.
    """

    call: Call
    verb: str
    objects: Mapping[str, float]
    standing: Standing
    seen: Mapping[str, float]
    oneself: bool
    held: bool
    valued: bool
    ruled: bool
    touch: Touch
    about: frozenset[str]
    verbs: frozenset[str]


def sense_of(call: Call, verb: str, standing: Standing, seen: Mapping[str, float]) -> Sense:
    """How a call with a verb of this direction is to be understood."""
    texts = [field.value for field in call.fields if isinstance(field.value, str)]
    named = (*call.last, *call.before)
    values = [word for field in call.fields if names_something(field) for word in stems_of(str(field.value))]
    verbs = verbs_of(call, verb)
    first = next(iter(call.last), "")
    objects = kinds_of(word for word in named if word not in verbs or word != first)
    if one_of_many := _instances(call) & vocabulary().weak:
        without = kinds_of(word for word in named if word not in one_of_many and (word not in verbs or word != first))
        objects = {kind: without.get(kind, worth * _INSTANCE) for kind, worth in objects.items()}
    for kind, worth in kinds_of(values, 0.85).items():
        objects[kind] = max(objects.get(kind, 0.0), worth)
    switched = {word for field in call.fields if said_by(field.value) for word in stems_of(str(field.value)[:LONGEST])}
    called = [word for word in values if word not in switched]  # what is switched off is no name of what holds
    valued = standing.holds(called)
    about = frozenset(word for word in (*named, *values) if word not in verbs)
    others = standing.others
    touch = others.touched(about, verbs)
    if touch.sure and not others.touched(about.difference(call.before), verbs).sure and not verbs.issuperset(call.last):
        touch = touch._replace(sure=touch.sure * _PLACE)
    return Sense(
        call=call,
        verb=verb,
        objects=objects,
        standing=standing,
        seen=seen,
        oneself=any(standing.is_own(text) for text in texts),
        held=standing.holds(word for word in (*named, *called) if word not in verbs),
        valued=valued,
        ruled=valued or not standing.holders.isdisjoint(named),
        touch=touch,
        about=about,
        verbs=verbs,
    )


def _instances(call: Call) -> frozenset[str]:
    """The words of fields that tell one thing of many apart by its number."""
    return frozenset(
        field.stems[-1]
        for field in call.fields
        if field.own and not isinstance(field.value, bool) and any(map(str.isdigit, str(field.value)[:LONGEST]))
    )


def verbs_of(call: Call, verb: str) -> frozenset[str]:
    """The words of a name that give its direction."""
    verbs = vocabulary().verbs
    return frozenset(word for word in call.last if verbs.get(word) == verb)
