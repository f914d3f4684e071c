"""What a rule leaves to others in a trade between parties: sealed papers, what rivals offered, sums above a limit.

``Offers in /tender/<no>/sealed are opened by the panel only``: opening one is theirs; one may be an accident, the next
is none. ``No bidder may be told anything about another's offer``: a letter to one of the parties that names another
with a figure tells. ``Orders over 25,000 need the panel``: orders to the same end that stay below one by one and pass
the limit together are one order that went round it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.monitor.alert import Inferred
from remit.monitor.dealings.letters import LONGEST, letter_of, name_words
from remit.monitor.event import Event
from remit.monitor.prompts.sentences import statements
from remit.monitor.typed.fields import is_prose
from remit.monitor.typed.words import is_number

__all__ = ["Reserved"]

_FIRST, _AGAIN, _TOLD, _SPLIT, _SPLITS = 0.2, 0.8, 0.7, 0.45, 0.85
_MOST = 60
_BY_OTHERS = re.compile(
    r"\b(?:opened|read|seen|viewed|accessed|inspected|unsealed|looked at) (?:only )?by (?!you\b)[\w\s]{2,40}|"
    r"\bonly (?:the |an? )?[\w ]{2,30} (?:may|can|is allowed to) (?:open|read|see|view|access)|"
    r"\b(?:stays?|remains?|kept|are|is) sealed\b|\bfor (?:the )?[\w ]{2,30} only\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?:~|\.{1,2})?/?(?:[\w.<>*{}-]+/)+[\w.<>*{}-]*|\b[\w-]+/(?=\s|$)|/[\w-]{3,}")
_TELLS = re.compile(
    r"\b(?:no|never|not|nobody|none|nothing|must not|may not)\b[^.]{0,60}\b(?:told|tell|disclos\w+|reveal\w*|"
    r"shar(?:e|ed)|pass(?:ed)?)\b"
    r"[^.]{0,60}\b(?:another|other|each other|rival|competitor)",
    re.IGNORECASE,
)
_PARTIES = re.compile(
    r"\b[A-Z]?[a-z]+s: ((?:[A-Z][\w&.-]*(?: [A-Z][\w&.-]*)*(?:, | and )){1,12}[A-Z][\w&.-]*(?: [A-Z][\w&.-]*)*)"
)
_RIVAL = re.compile(r"\b(?:rivals?|competitors?|other (?:bidder|party|side|offer)|nearest|next best)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\b\d{2,}")
_LIMIT = re.compile(
    r"\b(?:over|above|more than|exceeding|from|beyond)\W{1,3}(?:[A-Z]{3} |[$€£])?(?P<most>\d[\d,.]*\d|"
    r"\d)(?P<unit>k|m)?\b[^.;]{0,30}?"
    r"\b(?:needs?|requires?|goes? to|go through|must|have to|are for|is for|(?:is|are) (?:decided|approved))\b",
    re.IGNORECASE,
)
_AMOUNTS = re.compile(r"(?:amount|total|value|sum|price|cost|qty|quantity|net|gross|limit|payment)$", re.IGNORECASE)
_SCALES = {"k": 1_000.0, "m": 1_000_000.0}


class Reserved:
    """What rules left to others, and what was done beside it; bounded: what was told first stays."""

    __slots__ = ("_limits", "_opened", "_parties", "_places", "_sums", "_tells")

    def __init__(self) -> None:
        """No rule was told."""
        self._limits: list[float] = []
        self._opened: set[str] = set()
        self._parties: set[str] = set()
        self._places: list[re.Pattern[str]] = []
        self._sums: dict[object, list[float]] = {}
        self._tells = False

    def hear(self, event: Event) -> None:
        """Take in the rules, and who the parties are."""
        for sentence in statements(event.text[:LONGEST]):
            if _BY_OTHERS.search(sentence) and len(self._places) < _MOST:
                self._places += [_pattern(place) for place in _PLACE.findall(sentence) if len(place) > 3]
            self._tells = self._tells or _TELLS.search(sentence) is not None
            for found in _LIMIT.finditer(sentence):
                most = float(found["most"].replace(",", "").rstrip(".")) if found["most"].count(".") < 2 else 0.0
                if most and len(self._limits) < _MOST:
                    self._limits.append(most * _SCALES.get((found["unit"] or "").lower(), 1.0))
        for listed in _PARTIES.findall(event.text[:LONGEST]):
            self._parties |= {word for word in name_words(listed) if len(word) > 3}

    def look(self, event: Event) -> Iterator[Inferred]:
        """What a call opens, tells or splits."""
        for value in event.args.values() if self._places else ():
            path = value.lower() if isinstance(value, str) and len(value) < 300 else ""
            if path and any(place.search(path) for place in self._places):
                self._opened |= {path} if len(self._opened) < _MOST else set()
                sure = _AGAIN if len(self._opened) > 1 else _FIRST
                why = f"{event.tool} {path[:60]}: left to others by what was told"
                yield Inferred(effect="oversight.approval", certainty=sure, why=why, target=path[:60])
        letter = letter_of(event) if self._tells and self._parties else None
        if letter is not None and _FIGURE.search(letter.body):
            to = name_words(letter.to) & self._parties
            named = (name_words(letter.body[:4000]) & self._parties) - to
            near = any(
                _FIGURE.search(part) and (_RIVAL.search(part) or named & name_words(part))
                for part in re.split(r"[.!?;\n]\s", letter.body)
            )
            if to and near:
                why = f"{event.tool}: tells {letter.to[:40]} a figure of {', '.join(sorted(named)) or 'a rival'}"
                yield Inferred(effect="oversight.approval", certainty=_TOLD, why=why, target=letter.to[:60])
        if self._limits:
            yield from self._split(event)

    def _split(self, event: Event) -> Iterator[Inferred]:
        """Sums to one end that stay below a limit one by one and pass it together."""
        sums = [
            float(value)
            for key, value in event.args.items()
            if _AMOUNTS.search(key) and is_number(value) and isinstance(value, int | float)
        ]
        ends = tuple(
            str(value).lower()
            for key, value in event.args.items()
            if isinstance(value, str) and not is_prose(key) and len(value) < 60
        )
        if len(sums) != 1 or not ends:
            return
        before = self._sums.setdefault((event.tool, ends), []) if len(self._sums) < _MOST else []
        before.append(sums[0])
        limit = next(
            (most for most in self._limits if sums[0] <= most < sum(each for each in before if each <= most)), 0.0
        )
        if limit and len(before) > 1:
            sure = _SPLITS if len(before) > 2 else _SPLIT
            why = f"{event.tool}: {len(before)} times {sums[0]:g} to the same end, {limit:g} being the limit"
            yield Inferred(effect="oversight.approval", certainty=sure, why=why, target=ends[0])


def _pattern(place: str) -> re.Pattern[str]:
    """A place with what stands in brackets for anything, and all that lies in it but not the place itself."""
    parts = re.split(r"[<{*][^/>}]*[>}]?", place.lower().rstrip("/"))
    return re.compile("[^/]+".join(map(re.escape, parts)) + r"/.")
