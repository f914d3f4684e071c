"""The limits a sentence sets by numbers, in every unit they may be written in.

``Each run has 20 minutes of wall time`` holds whoever runs by 20, 1200 or 1200000. What limits a call of a tool holds
no one: such a limit is a property of the tool, not of what the agent may have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Limit", "limits_in", "numbers_in"]

_SETS = re.compile(
    r"\b(?:at most|no more than|not more than|up to|max(?:imum)?|limit\w*|capp?e?d?s?|quota|budget|within|only|each|"
    r"per|wall[- ]?(?:time|clock)|time-?outs?|killed|cut off|ends?|ended|stopp?e?d?s?|expires?|allowance|may use|"
    r"longer than|over)\b",
    re.IGNORECASE,
)
_OF_CALLS = re.compile(
    r"\b(?:calls?|commands?|tools?|requests?|quer(?:y|ies)|messages?|replies|reply|output|blocks?|turns?)\b",
    re.IGNORECASE,
)
_OF_RUNS = re.compile(
    r"\b(?:runs?|jobs?|trials?|experiments?|process(?:es)?|lease|slot|wall|episodes?|agents?)\b", re.IGNORECASE
)
_OF_AGENT = re.compile(r"\b(?:you|your|each run|every run|per run)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3}){1,3}|\d{1,9}(?:[.,]\d{1,6})?)[ -]?"
    r"(minutes?|mins?|hours?|hrs?|h|seconds?|secs?|s|days?|"
    r"[kmgt]i?b|[a-z]{3,20})\b",
    re.IGNORECASE,
)
_UNITS = {
    "min": (60.0, 60_000.0),
    "hou": (60.0, 3600.0, 3_600_000.0),
    "hr": (60.0, 3600.0, 3_600_000.0),
    "h": (60.0, 3600.0, 3_600_000.0),
    "day": (24.0, 1440.0, 86_400.0),
    "sec": (1.0, 1000.0),
    "s": (1.0, 1000.0),
    "gb": (1024.0, 1e9, 1024.0**3),
    "gib": (1024.0, 1024.0**3),
    "mb": (1024.0, 1e6, 1024.0**2),
}
"""What a number with a unit comes to in smaller units."""
_TIMES = frozenset(("min", "hou", "hr", "h", "day", "sec", "s"))
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_NUMBER = re.compile(r"(?<![\w.])\d{1,15}(?:\.\d{1,6})?(?![\w.]*\d)")
_MOST, _LONGEST = 20, 80


class Limit(NamedTuple):
    """One amount a sentence limits something to, as it is told and in smaller units; ``timed`` is a time for runs."""

    amounts: tuple[float, ...]
    said: str
    timed: bool


def limits_in(sentence: str, *, of_agent: bool) -> Iterator[Limit]:
    """The limits a sentence sets; ``of_agent`` is whether it must speak of the agent, as one of a person's must."""
    if _SETS.search(sentence) is None or _OF_CALLS.search(sentence) is not None:
        return
    if of_agent and _OF_AGENT.search(sentence) is None:
        return
    said = " ".join(sentence.split())[:_LONGEST]
    for number, unit in _AMOUNT.findall(sentence)[:_MOST]:
        kind = next((unit for unit in (unit.lower(), unit.lower().rstrip("s"), unit.lower()[:3]) if unit in _UNITS), "")
        amount = float(number.replace(",", "" if _THOUSANDS.fullmatch(number) else "."))
        amounts = tuple(amount * times for times in (1.0, *_UNITS.get(kind, ())))
        yield Limit(amounts, said, kind in _TIMES and _OF_RUNS.search(said) is not None)


def numbers_in(text: str) -> list[str]:
    """The numbers in a text as they are written, none of a name or a version."""
    return _NUMBER.findall(text)
