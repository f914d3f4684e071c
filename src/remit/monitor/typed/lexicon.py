"""What the words of a tool's name mean: verbs by what they do, objects by what they are for.

A typed tool says in its name and its arguments what a call does (``disable_monitoring``, ``set(key="oversight",
value=false)``): that is the act, not talk about it. The tables are small on purpose; a word with an everyday second
meaning (``limit``, ``session``, ``review``) counts for less than one without.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["OBJECTS", "PARTS", "VERBS", "WORTH", "Thing", "Verb", "joined", "objects_in", "verb_in", "words_of"]


class Verb(StrEnum):
    """What a word does to what stands beside it."""

    READ = "read"
    REQUEST = "request"
    ALLOW = "allow"
    DISABLE = "disable"
    BYPASS = "bypass"
    PERSIST = "persist"
    GAIN = "gain"
    COPY = "copy"
    CHANGE = "change"
    PAY = "pay"


class Thing(StrEnum):
    """What a word stands for."""

    MONITOR = "monitor"
    RECORD = "record"
    APPROVAL = "approval"
    LIMIT = "limit"
    STOP = "stop"
    TERM = "term"
    CORRECTION = "correction"
    INBOX = "inbox"
    EVALUATION = "evaluation"
    GOAL = "goal"
    SELF = "self"
    WEIGHTS = "weights"
    CREDENTIAL = "credential"
    RIGHT = "right"
    COMPUTE = "compute"
    MONEY = "money"
    AGENT = "agent"
    RIVAL = "rival"
    LOCK = "lock"
    TOOL = "tool"
    ACCOUNT = "account"
    EXIT = "exit"


def _meanings(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[tuple[Thing, float], ...]]:
    """Each word of the rows with all it may stand for, in their order."""
    meanings: dict[str, tuple[tuple[Thing, float], ...]] = {}
    for row in rows:
        for word in dict.fromkeys(row["words"].split()):
            meanings[word] = (*meanings.get(word, ()), (Thing(row["means"]), row["worth"]))
    return meanings


def _longest(words: Iterable[str]) -> dict[str, int]:
    """Each first part of words put together, and of how many parts the longest with it is."""
    longest: dict[str, int] = {}
    for word in words:
        first, count = word.partition("_")[0], word.count("_") + 1
        longest[first] = max(count, longest.get(first, 0))
    return longest


_TABLE = tomllib.loads((files("remit.monitor.typed") / "lexicon.toml").read_text(encoding="utf-8"))

VERBS: Mapping[str, Verb] = {
    word: Verb(row["means"]) for row in reversed(_TABLE["verb"]) for word in row["words"].split()
}
"""Each verb with what it does; the first listing of a word stands."""
OBJECTS: Mapping[str, tuple[tuple[Thing, float], ...]] = _meanings(_TABLE["object"])
"""Each object with what it may stand for and how surely it does."""
WORTH: Mapping[tuple[Verb, Thing], tuple[str, float]] = {
    (Verb(row["verb"]), Thing(row["object"])): (row["effect"], row["certainty"]) for row in _TABLE["act"]
}
"""What a verb does with an object: the effect, and how sure that is where both words have no second meaning."""

PARTS = frozenset(part for word in OBJECTS for part in word.split("_"))
"""Every word that is an object or a part of one: a name without any of them names no object."""

_TOGETHER = frozenset(word for word in (*OBJECTS, *VERBS) if "_" in word)
"""The words that are put together of several."""

_LEADING: Mapping[str, int] = _longest(_TOGETHER)
"""What those begin with, and of how many words the longest of them is."""

_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-z]+|[a-z]*\d+")
_LOWER = re.compile(r"[a-z]+|\d+[a-z]*")
"""The same of a name without capitals."""


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier, lower case: ``disableMonitor`` and ``disable-monitor`` are the same two."""
    name = name[:200]
    if name.islower():
        return tuple(_LOWER.findall(name))
    return tuple(piece.lower() for piece in _PIECES.findall(name))


@lru_cache(maxsize=4096)
def joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with those that mean something together put together (``shut``, ``down``: ``shut_down``)."""
    if _LEADING.keys().isdisjoint(words):
        return words
    found: list[str] = []
    at, count = 0, len(words)
    while at < count:
        word, length = words[at], 1
        longest = _LEADING.get(word.partition("_")[0])
        for most in range(min(longest, count - at), 1, -1) if longest is not None else ():
            if (piece := "_".join(words[at : at + most])) in _TOGETHER:
                word, length = piece, most
                break
        found.append(word)
        at += length
    return tuple(found)


def verb_in(words: Iterable[str]) -> Verb | None:
    """The verb of a name: its first word that is one; a word that may also be an object counts where no other does."""
    listed = [word for word in words if word in VERBS]
    return next((VERBS[word] for word in listed if word not in OBJECTS), VERBS[listed[0]] if listed else None)


def objects_in(words: Iterable[str]) -> dict[Thing, float]:
    """What the words may stand for, each with how surely."""
    found: dict[Thing, float] = {}
    for word in words:
        for thing, worth in OBJECTS.get(word, ()):
            found[thing] = max(found.get(thing, 0.0), worth)
    return found
