"""What others do in the agent's world, by what it was told: who sees, records, signs, limits, stops, corrects.

A system prompt says what the agent's work is (``You plan blasts``) and what others do (``the blaster signs each plan,
and vibration is limited to 8 mm/s``). The words of the second that are none of the first name what holds the agent in
this world, whatever the trade calls it. A call whose words are among them is about that; whether it goes against it is
read elsewhere (``acts.py``). One thing makes an act weigh less: to do what others do with what they do it with.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from remit.monitor.typed.fields import stem

__all__ = ["UNTOUCHED", "Clause", "Others", "Touch", "content_stems"]

_MOST, _LONGEST = 120, 1000
_ACTOR, _HINT, _THING = 0.6, 0.45, 0.25
_PARTS = re.compile(r"[,;:]\s+(?:and |but |which |who )?|\s+(?:and|but|which|who|while|unless|until)\s+")
_ITS_OWN = re.compile(
    r"^\W*(?:and |please )?you(?:'re)?\b(?!\W+(?:may|can|must|are (?:stopped|watched|graded))\b)", re.IGNORECASE
)
_GRANTS = re.compile(
    r"^\W*(?:and )?you (?:may|can) (?:start|spawn|launch|create|fork|open|begin|set up)\b", re.IGNORECASE
)
_SAYS = re.compile(r"\b(?:may|can|must|is|are|was|were|has|have|will|\w{3,}s|\w{3,}ed)\b", re.IGNORECASE)
_TABLE = tomllib.loads((files("remit.monitor.typed") / "others.toml").read_text(encoding="utf-8"))
_ROLES = tuple(
    (row["effect"], re.compile(rf"(?<![-\w])(?:{'|'.join(row['verbs'])})(?![-\w])", re.IGNORECASE))
    for row in _TABLE["role"]
)
"""What a clause says others do, by its words, and what acting against it is an effect on; the first that fits."""
_SMALL = frozenset(_TABLE["small"]["words"].split())
_BY = re.compile(r"\bby (?:the |an? |each |every |any )?([\w-]+(?: [\w-]+)?)", re.IGNORECASE)
_PASSIVE = re.compile(
    r"^((?:(?!\bwhat\b|\bthat\b).)*?)\b(?:is|are|was|were|be|gets?) (?:\w+ly )?\w+(?:ed|en|t|ld|de)\b", re.IGNORECASE
)
_NEEDING = re.compile(r"^(.*?)\b(?:needs?|requires?|waits?|goe?s?|leaves?)\b", re.IGNORECASE)
_HEADLESS = re.compile(r"^\W*(?:may|can|must|\w+s\s+(?:the|an?|each|every|any|your|all)\b)", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:may|can|must|will|have|has)\b", re.IGNORECASE)
_THINGS = re.compile(
    r"(\b(?:in|on|to|from|by|with|of|at|through|against|into|for|against)\s+)?"
    r"\b(?:each|every|any|an?|your|all)\s+"
    r"([\w-]+(?:\s(?!(?:in|on|to|from|by|with|of|at|for|and|or|may|can|is|are)\b)[\w-]+)?)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{2,}")


class Clause(NamedTuple):
    """What others do by one clause.

    ``words`` are all of its words, ``actors`` who does it, ``things`` what it is done to: of these there are many, and
    acting on one of them is ordinary work. ``verbs`` are what they do, ``effect`` is that of acting against it.
    ``granted`` is whether it is what the agent itself may start, within bounds: ending that goes against nobody.
    """

    words: frozenset[str]
    actors: frozenset[str]
    things: frozenset[str]
    verbs: frozenset[str]
    effect: str
    granted: bool = False


class Touch(NamedTuple):
    """How far a call is about what others do: how surely, the effect of going against it, whether it was granted."""

    sure: float
    effect: str
    granted: bool = False


UNTOUCHED = Touch(0.0, "")


class Others:
    """What was told of others so far; bounded: the first clauses stay."""

    __slots__ = ("_clauses", "_known", "_last", "_own")

    def __init__(self) -> None:
        """Start with nobody known."""
        self._clauses: list[Clause] = []
        self._known: set[str] = set()
        self._last: frozenset[str] = frozenset()
        self._own: set[str] = set()

    def hear(self, sentence: str) -> None:
        """Take in a sentence that is no wish of a person: each clause is of the agent's own work or of others."""
        own, before = False, ""
        for piece in _PARTS.split(sentence[:_LONGEST]):
            part = f"{before} and {piece}" if before and _HEADLESS.match(piece) else piece
            before = "" if any(verbs.search(part) for _, verbs in _ROLES) else part
            own = _ITS_OWN.match(part) is not None or (own and _SAYS.search(part) is None)
            if own:
                self._own.update(content_stems(part))
            elif len(self._clauses) < _MOST:
                self._take(part)

    def hear_task(self, sentence: str) -> None:
        """Take in what a person wants done: its words are of the agent's own work."""
        if len(self._own) < 8 * _MOST:
            self._own.update(content_stems(sentence))

    def _take(self, part: str) -> None:
        """Keep a clause that says what somebody else does; one without a subject is of those of the clause before."""
        effect, verbs = next(((effect, verbs) for effect, verbs in _ROLES if verbs.search(part)), ("", _MODAL))
        words = frozenset(content_stems(part))
        if effect and words:
            actors = self._last if _HEADLESS.match(part) else frozenset(_actors(part, verbs))
            self._last = actors
            does = frozenset(content_stems(" ".join(verb.group() for verb in verbs.finditer(part))))
            things = frozenset(_things(part)) - actors
            granted = _GRANTS.match(part) is not None
            self._clauses.append(Clause(words | actors, actors, things, does, effect, granted))
            self._known |= words | actors

    def about(self, words: Collection[str]) -> Iterator[Clause]:
        """The clauses that some of the words stand in, other than those of the agent's own work."""
        if self._known.isdisjoint(words):
            return
        meant = set(words) - self._own
        for clause in self._clauses:
            if not meant.isdisjoint(clause.words):
                yield clause

    def touched(self, words: Collection[str], doing: Collection[str] = ()) -> Touch:
        """How far a call with these words is about what others do (``_sure``); doing what they do is not against it."""
        best = UNTOUCHED
        meant: set[str] | None = None
        for clause in self.about(words):
            meant = set(words) - self._own if meant is None else meant
            sure = _sure(meant & clause.words, clause)
            if sure > best.sure and clause.verbs.isdisjoint(doing):
                best = Touch(sure, clause.effect, clause.granted)
        return best

    def do(self, words: Collection[str], doing: Collection[str]) -> bool:
        """Whether a call does what others do with what they do it with (a smoke detector that cuts the power)."""
        return any(
            not clause.verbs.isdisjoint(doing) and not clause.actors.isdisjoint(words) for clause in self.about(words)
        )


def _sure(shared: set[str], clause: Clause) -> float:
    """How surely words are about what others do: two of one clause say it, one hints, what it is done to hardly."""
    if shared <= clause.things:
        return _THING
    return 1.0 if len(shared) > 1 else _ACTOR if shared & clause.actors else _HINT


@lru_cache(maxsize=2048)
def content_stems(text: str) -> tuple[str, ...]:
    """The stems of what a text is about, those of the parts of its compounds among them."""
    return tuple(
        stem(piece)
        for word in _WORD.findall(text)
        for piece in dict.fromkeys((word.lower(), *word.lower().split("-")))
        if len(piece) > 2 and piece not in _SMALL
    )


def _actors(part: str, verbs: re.Pattern[str]) -> tuple[str, ...]:
    """Who does what a clause says: those behind ``by``, else those before its verb."""
    found = _BY.search(part)
    if found is not None:
        return content_stems(found.group(1))
    if _PASSIVE.match(part) or _NEEDING.match(part):
        return ()
    subjects = (content_stems(part[: verb.start()]) for verb in (*verbs.finditer(part), *_MODAL.finditer(part)))
    return next((subject for subject in subjects if subject), ())


def _things(part: str) -> Iterator[str]:
    """What a clause says is done to many things: before a passive verb or one of need, else behind a verb."""
    found = _PASSIVE.match(part) or _NEEDING.match(part)
    if found is not None:
        if not part.lower().startswith("the "):
            yield from content_stems(found.group(1))
    else:
        for before, thing in _THINGS.findall(part)[1 if _THINGS.match(part) else 0 :]:
            if not before:
                yield from content_stems(thing)
