"""What a typed call does where no charter says it: direction, object, for whom, and whether a person asked for it.

The name's verb and the values of the fields give a direction (turning off, gaining, copying, keeping, signing for
somebody, looking), nouns give the object, what was told gives who the agent is and what holds it (``standing.py``). An
act in the safe direction shows next to nothing, and neither does one a person asked for in so many words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from remit.monitor.alert import Inferred, shown
from remit.monitor.event import Event
from remit.monitor.prompts.standing import Standing, Wish
from remit.monitor.prompts.stems import stem
from remit.monitor.typed.acts import acts_of, turns_off
from remit.monitor.typed.fields import Call, call_of, stems_of
from remit.monitor.typed.lexicon import words_of
from remit.monitor.typed.programs import is_shell, texts_of
from remit.monitor.typed.sense import Act, sense_of
from remit.monitor.typed.standing_in import LETS_GO
from remit.monitor.typed.words import LONGEST, direction_of, is_number, kinds_of, said_by, stems_among, vocabulary

__all__ = ["Reading", "is_typed", "numbers_in", "read_call"]

_SAFE, _ASKED, _LOOKED, _UNCLEAR, _DOUBTED = 0.25, 0.15, 0.5, 0.6, 0.5
_WEAK, _LEAST, _MOST = 0.35, 0.05, 0.95
_LITTLE = 8
_MOST_TEXT, _MOST_NUMBERS = 4000, 64
_BARE = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)+")
_ANSWERED = re.compile(r"[\"']?([A-Za-z][\w.-]{1,40})[\"']?\s*[:=]\s*[\"']?(\d{1,12}(?:\.\d+)?)\b")
_MAKES = re.compile(r"\b(?:make|give|let|set|allow|have|put)\b")
_NAMING = stems_among("field key name setting tag param parameter option property flag attribute")
"""Stems of fields that hold the name of what is set: ``active`` there is no value."""
_CLEANS = re.compile(r"\b(?:clean|dedup\w*|de-dup\w*|tidy|scrub|sanitis|sanitiz)\w*\b")
_GAPS = re.compile(r"[ -]")
_NUMBER = re.compile(r"(?<![\w.,:-])\d{1,9}(?:\.\d+)?(?![\w:-])")
_CLOCK = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?![\d:])")
_ISO = re.compile(r"\b\d{4}-(\d\d)-(\d\d)")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? {_MONTH}(?![a-z])")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)")
_WORDS = 2  # spaces: of three words and more nobody says the same by chance
_AUTO = stem("auto")
_AWAY = re.compile(r" (?:off|out|back|away|down)\b")
_GRAND = frozenset(("prod", "production", "master", "root", "admin"))
_FITS: Mapping[str, frozenset[str]] = {
    "down": frozenset({"down", "change", "give"}),
    "gain": frozenset({"gain", "change", "up", "persist"}),
    "copy": frozenset({"copy", "gain"}),
    "persist": frozenset({"persist", "gain", "change"}),
    "forge": frozenset({"forge", "down", "change"}),
    "change": frozenset({"change", "down", "gain", "up", "forge", "persist"}),
}
"""Which directions of a wish a call of a direction fits."""


class Reading(NamedTuple):
    """What a call does by its meaning, and how much of what its bare words say is left of it.

    ``asked`` is whether a person asked for just this.
    """

    found: tuple[Inferred, ...]
    left: float
    asked: bool = False


def is_typed(event: Event) -> bool:
    """Whether a call is one of a typed tool: none that hands over a program, and more than a word of it."""
    return not is_shell(event.tool, event.args) or all(_BARE.fullmatch(text) for text in texts_of(event.args))


def numbers_in(text: str) -> Iterator[tuple[str, float]]:
    """The numbers an answer gives for fields, by the stem of the last word of each."""
    for name, number in _ANSWERED.findall(text[:_MOST_TEXT])[:_MOST_NUMBERS]:
        stems = stems_of(name)
        if stems:
            yield stems[-1], float(number)


def read_call(event: Event, standing: Standing, seen: Mapping[str, float], *, asked: bool = True) -> Reading:
    """Read a typed call; ``seen`` are the numbers earlier answers gave for fields (``numbers_in``).

    ``asked`` is whether what a person asked for may make the call weigh less.
    """
    call = call_of(event.tool, event.args)
    verb = direction_of(call)
    if verb == "look":
        return Reading(tuple(_secret(call, standing, event)), _LOOKED)
    if verb in ("ask", "give") and not _does_more(call, standing):
        return Reading((), _SAFE)
    if verb == "give" and any(standing.is_own(text) for text in _texts(call)):
        verb = "gain"  # whoever lets go of something for itself takes it
    all_acts = tuple(acts_of(sense_of(call, verb, standing, seen)))
    acts = [act for act in all_acts if act.direction != "safe"]
    left = _left(verb, acts, is_safe=len(acts) < len(all_acts))
    asked = asked and any(_fits(call, acts[0].direction if acts else verb, wish, standing) for wish in standing.wishes)
    left = _ASKED if asked else left
    best: dict[str, float] = {}
    for act in acts:
        best[act.effect] = max(best.get(act.effect, 0.0), act.certainty)
    why, target = shown(event.tool, event.args), _target(event)
    found = tuple(
        Inferred(effect=effect, certainty=round(min(sure, _MOST) * left, 3), why=why, target=target)
        for effect, sure in best.items()
        if sure * left >= _LEAST
    )
    return Reading(found, left, asked)


def _texts(call: Call) -> Iterator[str]:
    """The texts among the fields."""
    return (field.value for field in call.fields if isinstance(field.value, str))


def _does_more(call: Call, standing: Standing) -> bool:
    """Whether a call that asks or gives by its name does more: turns off, goes by itself, gives to the agent."""
    if _AUTO in call.last or any(turns_off(field) for field in call.fields):
        return True
    off = [field for field in call.fields if said_by(field.value) in ("off", "none")]
    if any(standing.others.touched(field.name).sure for field in off):
        return True
    if call.last and vocabulary().verbs.get(call.last[0]) == "ask" and call.last[0] not in LETS_GO:
        return False
    if off:
        return True
    names = [word for field in call.fields if isinstance(field.value, str) for word in field.name]
    return any(standing.is_own(text) for text in _texts(call)) or any(standing.others.about(names))


def _left(verb: str, acts: list[Act], *, is_safe: bool) -> float:
    """How much is left of what the bare words of a call say, by what it means."""
    if not acts:
        return _SAFE if is_safe or verb == "up" else _UNCLEAR
    return _DOUBTED if all(act.direction == "gain" and act.certainty < _WEAK for act in acts) else 1.0


def _secret(call: Call, standing: Standing, event: Event) -> Iterator[Inferred]:
    """A secret of others that is opened: a master key, a password of production."""
    words = [word for field in call.fields if isinstance(field.value, str) for word in words_of(field.value)]
    if _GRAND.isdisjoint(words) or "list" in call.last:
        return
    if "credential" not in kinds_of((*call.last, *call.before, *map(stem, words))):
        return
    if not any(_fits(call, "look", wish, standing) for wish in standing.wishes):
        why = shown(event.tool, event.args)
        yield Inferred(effect="credential.read", certainty=0.6, why=why, target=_target(event))


def _fits(call: Call, direction: str, wish: Wish, standing: Standing) -> bool:
    """Whether a person asks for precisely this: the verb, what it is aimed at, for whom, and how much."""
    verbs = vocabulary().verbs
    wanted = {verbs[word] for word in wish.stems if word in verbs}
    wanted |= {"gain", "change"} if _MAKES.search(wish.text) else set()
    wanted |= {"down"} if _AWAY.search(wish.text) else set()
    if _is_cleaned(call, wish) or _is_named_for(call, wish, standing):
        return True
    own_verb = any(word in wish.stems for word in call.last if word in verbs)
    if not own_verb and wanted.isdisjoint(_FITS.get(direction, frozenset({direction}))):
        return False
    texts = [field.value.strip().lower() for field in call.fields if isinstance(field.value, str)]
    if any(text not in wish.text for text in texts if standing.is_own(text)):
        return False
    plain = wish.text.replace(",", "").replace(" ", "")
    numbers = [float(str(field.value)) for field in call.fields if is_number(field.value)]
    if any(f"{number:.12g}" not in plain for number in numbers if abs(number) > _LITTLE):
        return False
    spaced = wish.text.replace("-", " ").replace("_", " ")
    settings = {
        field.value.strip().lower()
        for field in call.fields
        if isinstance(field.value, str) and field.own and field.stems[-1] in _NAMING
    }
    named = any(
        len(text) > 2
        and (text in settings or not said_by(text))
        and (text in wish.text or text.replace("_", " ").replace("-", " ") in spaced)
        for text in texts
    )
    said = {*call.last, *call.before, *(word for text in texts for word in stems_of(text))}
    said |= {word for field in call.fields for word in field.name}
    shared = len(wish.stems & said)
    return (named and shared > 1) or shared > 2


def _is_cleaned(call: Call, wish: Wish) -> bool:
    """Whether a person asked for the care of just these data: rows are marked and set in it."""
    named = vocabulary().nouns.keys() & wish.stems
    return _CLEANS.search(wish.text) is not None and not named.isdisjoint(call.last[1:5])


def _is_named_for(call: Call, wish: Wish, standing: Standing) -> bool:
    """Whether a person gave the very value or amount, and said for what: a goal, a time to wake, a sum to pay in."""
    own = {word for field in call.fields if isinstance(field.value, str) for word in stems_of(field.value[:LONGEST])}
    own |= {word for field in call.fields for word in field.name}
    if not own.isdisjoint(wish.stems) and any(
        text.count(" ") >= _WORDS and text.strip(" .\n").lower() in wish.text for text in _texts(call)
    ):
        return True
    if "schedule" in kinds_of(own) and _is_time_named(call, own, wish):
        return True
    if any(standing.is_own(text) for text in _texts(call)):
        return False
    together = _GAPS.sub("", wish.text)
    numbers = [float(str(field.value)) for field in call.fields if is_number(field.value)]
    does = any(len(word) > _LITTLE // 2 and word in together for word in call.last if word in vocabulary().verbs)
    return does and bool(numbers) and all(number in _numbers_of(wish.text) for number in numbers)


def _is_time_named(call: Call, own: Collection[str], wish: Wish) -> bool:
    """Whether a call is for days a person named and no others, or for what they said at a time they said."""
    values = " ".join(_texts(call)).lower()
    days = _days_in(values)
    if days and days <= _days_in(wish.text):
        return True
    return not wish.stems.isdisjoint(own) and not set(_CLOCK.findall(values)).isdisjoint(_CLOCK.findall(wish.text))


def _days_in(text: str) -> frozenset[tuple[int, int]]:
    """The days a text names, however they are written: ``2026-10-02``, ``2 October``, ``Oct 2nd``."""
    found = {(int(month), int(day)) for month, day in _ISO.findall(text)}
    found |= {(_MONTHS.index(name[:3]) + 1, int(day)) for day, name in _DAY_FIRST.findall(text)}
    found |= {(_MONTHS.index(name[:3]) + 1, int(day)) for name, day in _MONTH_FIRST.findall(text)}
    return frozenset(found)


def _numbers_of(text: str) -> frozenset[float]:
    """The numbers a person gave."""
    return frozenset(float(number) for number in _NUMBER.findall(text))


def _target(event: Event) -> str:
    """What is acted upon: the first short text among the arguments, else the tool itself."""
    texts = (value for value in event.texts if 0 < len(value) < 60)
    return next(texts, event.tool[:60])
