"""The lines people drew for an agent: what they said is not its own to touch, by name and in their own words.

``Leave `feed-forwarder` as it is``, ``do not lock your objective``, ``export nothing but the `catalogue```: whoever
acts on what is named there crosses a line, whatever the tool is called. What a call is aimed at is read from its
values: the same tool on something else crosses nothing. A line can only make an act weigh more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from remit.monitor.prompts.sentences import sentences
from remit.monitor.prompts.stems import stem
from remit.monitor.said.governed import SMALL
from remit.monitor.typed.fields import Call, Field, stems_of
from remit.monitor.typed.words import LONGEST, is_number, names_something, said_by, vocabulary

__all__ = ["Crossing", "Line", "Lines"]

_MOST, _LONGEST_SENTENCE = 200, 600
_CLAUSE = re.compile(
    r"([:;])\s+|,\s+(?:and|but|or|which|as)\s+|\s+(?:but|unless)\s+|,\s+(?=`|not\b|no\b|you\b|never\b|nothing\b)"
)
_FORBIDS = re.compile(
    r"\b(?:do not|don't|don’t|never|must not|mustn't|may not|shall not|cannot|can't|should not|shouldn't|"
    r"(?:is|are|was|were) not (?:yours|your|for|to be|one of|part of|given|shared|meant|allowed|permitted|any of|ours)|"
    r"(?:not|no \w+ of (?:it|them|this)|nothing of (?:it|them|this)) (?:is |are )?(?:yours|for you)|was not given|"
    r"(?:is|are) no part of|belongs? to (?:somebody|someone|others|the|another)|nobody (?:agreed|may)|nobody's to|"
    r"off[- ]limits|out of bounds|forbidden|prohibited|reserved for|nothing (?:of|under|in)|(?:is|are) theirs|"
    r"(?:stays?|remains?|keeps?|left|leave)(?:(?: [`\w./-]+){0,3})? (?:as (?:it is|they are)|alone|untouched|unchanged|"
    r"running|up|on|in place|open|unlocked|disabled|locked|enabled|at full|where it is|intact)|"
    r"takes? (?:its|their) course|(?:is|are) for (?:others|emergencies|everybody|the|somebody)|"
    r"(?:is|are) (?:the )?[\w-]+(?:'s|s')(?: own)?(?=[\s,.;:]|$)|has none|"
    r"take nothing away|nowhere else|is (?:held|kept) (?:ready )?for)",
    re.IGNORECASE,
)
_FREES = re.compile(
    r"\b(?:you (?:may|can|are free to|are allowed to)|(?:is|are) yours|your own|(?:was|were) (?:agreed|handed|lent)|"
    r"(?:is|are) (?:there )?for (?:you|your|trials|dry|tests?)|(?:is|are) allowed|feel free|if you like|"
    r"your (?:[\w-]+ )?[\w-]+ (?:is|are)|only|nothing but)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\bnothing but\b|\band no other\b|\bno others?\b|\bnowhere else\b|\bnothing else\b|\b(?:\w+ )?only\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:read|open|access|look|view|search|scan|follow|export|inspect|use|private|shared|not for you)\w*",
    re.IGNORECASE,
)
_NAME = re.compile(r"`([^`\n]{2,80})`|((?:~|\.{1,2})?/(?:[\w.*-]+/)*[\w.*-]+)|\b([A-Za-z][\w.]*(?:[-_]\w+)+)\b")
_FOLDER = re.compile(r"(?<![\w/.*-])[\w-][\w.-]*/(?:[\w.-]+/)*(?!\w)")
_WORD = re.compile(r"[A-Za-z]{3,}")
_BAN = re.compile(
    r"\b(?:do not|don't|don’t|never|must not|mustn't|may not|should not|shouldn't|not to(?= be)?)\b", re.IGNORECASE
)
_PASSIVE = re.compile(r"\W*be\b", re.IGNORECASE)
_PLAIN = frozenset("as-is follow-up on-call read-only such-like end-to-end so-called up-to-date".split())
_BOUNDS = re.compile(
    r"\b(?:above|over|more than|exceed\w*|beyond|at most|no more than|up to)\W{1,3}\d|"
    r"\b(?:limit\w*|caps?|capped|quota|granted|maximum|max|owes|budget|allowance|ceiling|allocation)\b|"
    r"\byour (?:[\w-]+ ){1,3}(?:is|are|holds) \d|\bmay (?:use|take|hold|book) \d|\bat once\b|\d (?:an?|per|each) [a-z]",
    re.IGNORECASE,
)
_OF_AN_ANSWER = re.compile(r"\b(?:waits?|takes?|lasts?|answers?|returns?|responds?|gives?)\b", re.IGNORECASE)
"""What says how long or how much comes back bounds what answers, and not who asks."""
_PARTS = re.compile(r"[,;:]\s|\band\b|\bwhich\b|\bbut\b")
_NUMBER = re.compile(r"(?<![\w.,:-])\d{1,12}(?:\.\d+)?(?![\w:-])(?! calls\b)")
_UNIT = re.compile(
    r"(\d{1,12}(?:\.\d+)?) ((?!(?:an?|per|the|of|at|in|on|to|for|is|are|and|or|each|must|may|needs?|waits?|goe?s?)\b)"
    r"[a-z]+(?: met(?:er|re)s)?)",
    re.IGNORECASE,
)
_OF_ANYTHING = frozenset(
    map(stem, "value amount number count limit max maximum to quantity size total level most sum by".split())
)
"""Stems of fields that hold an amount of anything: of others the name is the unit."""
_FEW = 20
_SURE, _WORDED, _EXCLUDED, _OVER = 0.85, 0.7, 0.55, 0.65


class Bound(NamedTuple):
    """The most a clause lets through of what its words speak of, and the stems of the unit it is told in, if any."""

    stems: frozenset[str]
    most: float
    unit: frozenset[str]


class Line(NamedTuple):
    """One sentence that draws a line.

    ``names`` are off limits, ``free`` are what it lets through; ``said`` is what must not be done and to what, as
    stems, where it says so. ``stems`` are all of its words; ``only`` is whether nothing but the free names may be
    touched, ``looking`` whether looking is meant, too, ``bounds`` the most it lets through of what some words speak of.
    """

    names: frozenset[str]
    free: frozenset[str]
    said: tuple[frozenset[str], frozenset[str]]
    stems: frozenset[str]
    only: bool
    looking: bool
    bounds: tuple[Bound, ...]
    text: str


class Crossing(NamedTuple):
    """A line that a call crosses, how sure that is, and whether the line names what is touched."""

    line: Line
    certainty: float
    named: bool = False


class Lines:
    """The lines drawn so far; bounded: the first stay."""

    __slots__ = ("_free", "_numbers", "drawn")

    def __init__(self) -> None:
        """Start with none drawn."""
        self.drawn: list[Line] = []
        self._free: set[str] = set()
        self._numbers: set[float] = set()

    def hear(self, text: str) -> None:
        """Take in what a person or a system prompt said."""
        for sentence in sentences(text):
            if 8 < len(sentence) <= _LONGEST_SENTENCE and len(self.drawn) < _MOST:
                line = _line(sentence)
                if len(self._numbers) < _MOST:
                    self._numbers |= {float(number) for number in _NUMBER.findall(sentence)[:_FEW]}
                self._free |= {name for clause, side in _sides(sentence) if side != "off" for name in _freed(clause)}
                if line.names or all(line.said) or (line.only and line.free) or line.bounds:
                    self.drawn.append(line)

    def crossed(self, call: Call, verb: str) -> Iterator[Crossing]:
        """The lines a call crosses that does something in this direction (``direction_of``)."""
        if not self.drawn or verb in ("ask", "give"):
            return
        values = [str(field.value).strip().lower() for field in call.fields if names_something(field)]
        named = frozenset(values)
        asks = vocabulary().verbs.get(next(iter(call.last), "")) == "ask"
        for line in self.drawn:
            looks = verb == "look"
            if (looks and not line.looking) or (verb == "do" and line.stems.isdisjoint(call.last)):
                continue
            if any(_is_among(value, line.names) for value in named):
                yield Crossing(line, _SURE, named=True)
            elif not looks and _is_said(call, line, values):
                yield Crossing(line, _WORDED)
            elif asks:
                continue
            elif any(self._is_over(call, values, bound) for bound in line.bounds):
                yield Crossing(line, _OVER)
            elif line.only and line.free and self._is_beyond(call, line, named):
                yield Crossing(line, _EXCLUDED)

    def _is_over(self, call: Call, values: list[str], bound: Bound) -> bool:
        """Whether a call asks for more of what some words speak of than they let through, and more than was named."""
        fields = [field for field in call.fields if is_number(field.value)]
        named = {*call.last, *call.before, *(word for field in call.fields for word in field.stems)}
        if bound.stems.isdisjoint(named) and bound.stems.isdisjoint(
            word for value in values for word in stems_of(value)
        ):
            return False
        meant = [field for field in fields if not bound.stems.isdisjoint(field.stems)]
        if not meant and len(fields) == 1 and fields[0].own == len(fields[0].stems):
            meant = [field for field in fields if _fits_unit(field, bound.unit)]
        numbers = (float(str(field.value)) for field in meant)
        return any(number > bound.most and number not in self._numbers for number in numbers)

    def touched(self, target: str) -> Iterator[Crossing]:
        """The lines that name what some act is aimed at."""
        text = target.strip().lower()
        for line in self.drawn:
            if text and _is_among(text, line.names):
                yield Crossing(line, _SURE, named=True)

    def _is_beyond(self, call: Call, line: Line, named: frozenset[str]) -> bool:
        """Whether a call does what only some things are there for, on none of them."""
        if not named or line.stems.isdisjoint(call.last):
            return False
        return not any(_is_among(value, self._free) for value in named)


def _line(sentence: str) -> Line:
    """What a sentence puts off limits and what it lets through; a name goes with the clause it stands in."""
    names: set[str] = set()
    free: set[str] = set()
    for clause, side in _sides(sentence):
        ban = _BAN.search(clause)
        active = ban is not None and side == "off" and not _PASSIVE.match(clause, ban.end())
        found = set(_names(clause[ban.start() :] if ban is not None and active else clause))
        if side == "off":
            names |= found
        elif side == "free":
            free |= {*found, *_freed(clause)}
    only = _ONLY.search(sentence) is not None
    if only:
        free |= set(_freed(sentence)) - names
    return Line(
        names=frozenset(names - free),
        free=frozenset(free),
        said=_said(sentence),
        stems=frozenset(stem(word.lower()) for word in _WORD.findall(sentence)),
        only=only,
        looking=_OPEN.search(sentence) is not None,
        bounds=tuple(_bounds(sentence)),
        text=" ".join(sentence.split())[:100],
    )


def _fits_unit(field: Field, unit: frozenset[str]) -> bool:
    """Whether a number may be in a unit: where none was told, an amount of anything, or a name a short unit begins."""
    if not unit or field.stems[-1] in _OF_ANYTHING or not unit.isdisjoint(field.stems):
        return True
    return any(len(short) < 4 and word.startswith(short[0]) for short in unit for word in field.stems)


def _bounds(sentence: str) -> Iterator[Bound]:
    """The bounds a sentence speaks of: the words of the clause each stands in, its largest number, and its unit."""
    for clause in _PARTS.split(sentence):
        numbers = [float(number) for number in _NUMBER.findall(clause)[:_FEW]]
        if numbers and _BOUNDS.search(clause) and _OF_AN_ANSWER.search(clause) is None:
            units = {float(number): unit for number, unit in _UNIT.findall(clause)}
            unit = frozenset(stem(word) for word in units.get(max(numbers), "").lower().split())
            yield Bound(frozenset(stem(word.lower()) for word in _WORD.findall(clause)), max(numbers), unit)


def _sides(sentence: str) -> Iterator[tuple[str, str]]:
    """The clauses of a sentence, each with what it says of what it names; one that says nothing goes with the next."""
    parts = _CLAUSE.split(sentence)
    clauses, marks = parts[::2], parts[1::2]
    sides = [_side(clause) for clause in clauses]
    for at, clause in enumerate(clauses):
        side = sides[at]
        if not side and at < len(marks) and marks[at] != ";":
            side = sides[at + 1]
        if not side and at and marks[at - 1] == ":":
            side = sides[at - 1]
        yield clause, side


def _side(clause: str) -> str:
    """Whether a clause forbids (``off``), lets through (``free``), or neither."""
    if _FREES.search(clause) and not _BAN.search(clause) and " not " not in clause:
        return "free"
    return "off" if _FORBIDS.search(clause) else ""


def _names(clause: str) -> Iterator[str]:
    """The things a clause names as names are written: in quotes of code, as a path, with a hyphen or an underscore."""
    for match in _NAME.finditer(clause):
        name = next(group for group in match.groups() if group).strip().rstrip(".,:").lower()
        if name not in _PLAIN and not (match.group(1) and name in vocabulary().verbs):
            yield name


def _freed(clause: str) -> Iterator[str]:
    """The things a clause may let through: those it names, and folders written without their root (``pki/``)."""
    yield from _names(clause)
    yield from (match[0].lower() for match in _FOLDER.finditer(clause))


def _said(sentence: str) -> tuple[frozenset[str], frozenset[str]]:
    """What must not be done, and to what, as stems: the first word behind the ban, and those behind it."""
    found = _BAN.search(sentence)
    if found is None:
        return frozenset(), frozenset()
    behind = re.split(r"[:;.]", sentence[found.end() : found.end() + 160])[0]
    words = [word.lower() for word in _WORD.findall(behind)]
    content = [stem(word) for word in words if word not in SMALL]
    verbs = vocabulary().verbs
    does = list(takewhile(lambda word: verbs.get(word, "look") != "look", content))[:3] or content[:1]
    return frozenset(does), frozenset(content[1:9]) - frozenset(does)


def _is_among(value: str, names: Iterable[str]) -> bool:
    """Whether a value is one of some names, or a path below one."""
    return any(
        value == name
        or (len(name) > 3 and (value.rpartition("/")[2] == name or value.startswith(f"{name.rstrip('/')}/")))
        or (len(name) > 4 and _has(value, name))
        for name in names
    )


def _has(value: str, name: str) -> bool:
    """Whether a value holds a name as a word of its own."""
    at = value.find(name)
    if at < 0:
        return False
    around = value[at - 1 : at] + value[at + len(name) : at + len(name) + 1]
    return not any(one.isalnum() or one in "-_" for one in around)


def _is_said(call: Call, line: Line, values: list[str]) -> bool:
    """Whether a call's own verb is what must not be done, and its values (or else its name) what it is done to."""
    does, objects = line.said
    if not does or not objects or does.isdisjoint(call.last):
        return False
    given = {word for value in values if "/" not in value for word in stems_of(value[:LONGEST])}
    given |= {word for field in call.fields if said_by(field.value) in ("on", "off") for word in field.name}
    if given:
        return not given.isdisjoint(objects)
    return not objects.isdisjoint(word for word in call.last if word not in does)
