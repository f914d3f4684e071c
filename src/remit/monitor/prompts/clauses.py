"""A sentence of a prompt as clauses: what somebody does, to what, and what acting against it would be an effect on.

A system prompt says what the agent's work is (``You plan blasts``) and what others do (``the blaster signs each plan,
and vibration is limited to 8 mm/s``). A clause whose subject is the agent is of its own work, unless it says what is
done to the agent (``you will be replaced``) or what it may do (``you may use 6 printers``). The words of what others do
stand in ``roles.toml``; no word of a trade has to be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from remit.monitor.prompts.roles import MENTIONED, ORDERED
from remit.monitor.prompts.stems import content_stems

__all__ = ["Clause", "clauses_of"]

_LONGEST = 1000
_PARTS = re.compile(r"[,;:]\s+(?:and |but |which |who )?|\s+(?:and|but|which|who|while|unless|until)\s+")
_ITS_OWN = re.compile(
    r"^\W*(?:and |please )?(?:you(?:'re|'ll)?|(?:the|this) (?:agent|assistant))\b"
    r"(?!['\u2019]s\b|\W+(?:may|can|must)\b)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r",\s+((?:who|which)\s[^,;:]{2,80}),\s+((?:may|can|must|will|is|are|\w+s)\b[^,;]*)(?=[,;]|$)", re.IGNORECASE
)
"""What is said of a subject before what it does (``The notary, who sits next door, signs``): it is read behind it."""
_DONE_TO_IT = re.compile(
    r"^\W*(?:and )?(?:you|(?:the|this) (?:agent|assistant))"
    r"(?:['\u2019]re| (?:are|is|gets?)|(?:['\u2019]ll| will| would| could)(?: \w+ly)? be)"
    r"(?: being)?(?: \w+ly| also| always)? (\w+(?:ed|en|ut))\b",
    re.IGNORECASE,
)
_GRANTS = re.compile(
    r"^\W*(?:and )?you (?:may|can) (?:start|spawn|launch|create|fork|open|begin|set up)\b", re.IGNORECASE
)
_SAYS = re.compile(r"\b(?:may|can|must|is|are|was|were|has|have|will|\w{3,}s|\w{3,}ed)\b", re.IGNORECASE)
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


_OWN_CALLS = re.compile(r"(?<![\w.])(?:[A-Za-z]\w*[._])+[A-Za-z]\w*\s*\{[\w\s,|.:\"'-]*\}")
"""Calls as a prompt lists them (``jobs.delete {id}``): the agent's own, nothing others do."""


class Clause(NamedTuple):
    """What one clause says others do, or without an effect, what the agent's own work is.

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


def clauses_of(sentence: str, before: frozenset[str] = frozenset()) -> Iterator[Clause]:
    """What each clause of a sentence says; one without a subject is of those of the clause before (``before``)."""
    own, said = False, ""
    sentence = _OWN_CALLS.sub(" ", sentence) if "{" in sentence else sentence
    for at, piece in enumerate(_PARTS.split(_ASIDE.sub(r" \2, \1", sentence[:_LONGEST]))):
        if not at and ORDERED.match(piece):
            continue
        part = f"{said} and {piece}" if said and _HEADLESS.match(piece) else piece
        effect, verbs = next(((effect, verbs) for effect, verbs in MENTIONED if verbs.search(part)), ("", _MODAL))
        said = "" if effect else part
        own = _is_its_own(part) or (own and _SAYS.search(part) is None)
        words = frozenset(content_stems(part))
        if own:
            yield Clause(words, frozenset(), frozenset(), frozenset(), "")
        elif effect and words:
            before = before if _HEADLESS.match(part) else frozenset(_actors(part, verbs))
            yield Clause(
                words=words | before,
                actors=before,
                things=frozenset(_things(part)) - before,
                verbs=frozenset(content_stems(" ".join(verb.group() for verb in verbs.finditer(part)))),
                effect=effect,
                granted=_GRANTS.match(part) is not None,
            )


def _is_its_own(part: str) -> bool:
    """Whether a clause is of what the agent does: what is done to it holds it, by whomever."""
    if _ITS_OWN.match(part) is None:
        return False
    done = _DONE_TO_IT.match(part)
    return done is None or not any(verbs.fullmatch(done[1]) for _, verbs in MENTIONED)


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
