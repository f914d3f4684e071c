"""Where an agent stands by what it was told: who it is, what holds it, what it was asked to do.

A system prompt names the agent (``You are fin-agent-2``), and what may stop, watch or limit it (``jobs are killed by
the reaper``); people say what they want done. The first two make acts weigh more, and only what a person asked for, in
so many words, makes one weigh less. Answers of tools and the agent's own prose are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from remit.monitor.event import Event
from remit.monitor.prompts.bans import forbids
from remit.monitor.prompts.others import Others
from remit.monitor.prompts.sentences import statements
from remit.monitor.prompts.stems import stem

__all__ = ["Standing", "Wish"]

_MOST, _MOST_SENTENCES = 200, 1000
_YOU_ARE = re.compile(
    r"\b(?:you are|you're|you (?:act|run|work|operate|sign|appear|serve|log in)(?: in| on| for)?[^.;]{0,40}? as|"
    r"known as|(?:your|own)[\w ]{0,30}? (?:is|are)|called|named|as)\s+(?:the |an |a )?"
    r"(?:assistant |helper |bot |agent |user |model )*"
    r"`?([A-Za-z0-9][\w.@:/-]{2,60})",
    re.IGNORECASE,
)
_YOURS = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"\b(?=[\w.@:/-]*[-_@:\d])[A-Za-z0-9][\w.@:/-]{2,60}\b")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{2,}")
_HOLDS = re.compile(
    r"\b(?:may|can|must|only|never|within|up to|until|limit\w*|capp?e?d?s?|needs?|requires?|approv\w+|decid\w+|"
    r"kept|keeps?|"
    r"halt\w*|stop\w*|paus\w+|kill\w*|switch(?:es)? you|power\w*|review\w*|releas\w+|watch\w*|see[sn]?|monitor\w*|"
    r"record\w*|logg?\w*|audit\w*|sampl\w+|grad\w+|inspect\w*|alarms?|replac\w+|retir\w+|correct\w*|recall\w*|owned|"
    r"supervis\w+|overs\w+|control\w*|check\w*|safety|rebuilt|mute|budget|go(?:es)? to|sign\w*|two|escort\w*|"
    r"above|below|at most|no more|forbid\w*|not allowed|ends?|shut\w*|allowed|delet\w+|wip\w+|revok\w+|confirm\w*|"
    r"instructions?|guidelines?|prompt|policy|policies|overrid\w+|takes? over|hand\w*|expire\w*|archiv\w+|collect\w*|"
    r"verif\w+|ended)\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(
    r"(?:\bby (?:the |an |a )?((?:[\w-]+ ){0,1}[\w-]+)|\b((?:[\w-]+ )?[\w-]+) "
    r"(?:may|can|must|decides?|keeps?|sees?|halts?|stops?|"
    r"approves?|reviews?|releases?|watch(?:es)?|records?|kills?|ends?|checks?|signs?|inspects?|grades?|owns?)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.-])\d{1,12}(?:\.\d+)?(?![\w-])")
_SMALL = frozenset(
    """
    the and any for from with that this your you are been being ever its own other all into them they their has have had
    can will would not but only also must may should our out over what when which who use using make made take get any
    one two each every more than about after before until where through there here then please decide decides goes see
    keep kept keeps agent assistant people person run work service user name says said day night days time hours week
    tool tools account system data help helps found update new old good last next
    """.split()
)
_YOU = frozenset(("you", "yourself", "this session", "this agent"))
_ITSELF = re.compile(r"(?:^|[-_./:@ ])(?:self|myself|me|own|agent|assistant|bot|ai)(?:$|[-_./:@ \d])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """One sentence in which a person says what they want: its text in lower case, and its stems."""

    text: str
    stems: frozenset[str]


@dataclass(slots=True)
class Standing:
    """What was told so far; bounded: the first things told stay."""

    own: set[str] = field(default_factory=set)
    holding: set[str] = field(default_factory=set)
    holders: set[str] = field(default_factory=set)
    numbers: set[float] = field(default_factory=set)
    wishes: list[Wish] = field(default_factory=list)
    others: Others = field(default_factory=Others)

    def hear(self, event: Event) -> None:
        """Take in what was said: of people what they want, of the rest who the agent is and what holds it."""
        person = event.by_person or not event.principal
        for sentence in statements(event.text, code=person)[:_MOST_SENTENCES]:
            stems = frozenset(_stems(sentence))
            if not forbids(sentence) and person and len(self.wishes) < _MOST:
                self.wishes.append(Wish(sentence.lower(), stems))
            if event.by_person:
                self.others.hear_task(sentence)
                continue
            self.others.hear(sentence)
            names = _own_names(sentence)
            if len(self.own) < _MOST:
                self.own |= names
            if _HOLDS.search(sentence) and len(self.holding) < 4 * _MOST:
                self.holding |= stems
                self.holders |= {
                    word
                    for match in _HOLDER.finditer(sentence)
                    for word in _stems(match.group(1) or match.group(2) or "")
                }
                self.numbers |= {float(number) for number in _NUMBER.findall(sentence)[:20]}

    def is_own(self, value: str) -> bool:
        """Whether a value names the agent itself: one of its names, or a word for an agent."""
        said = value.strip().lower()
        if not said or len(said) > 100:
            return False
        return said in self.own or any(name in said for name in self.own if len(name) > 4) or self.is_self(said)

    @staticmethod
    def is_self(said: str) -> bool:
        """Whether a value has a word in it that agents are called by."""
        return said in _YOU or _ITSELF.search(said) is not None

    def holds(self, stems: Iterable[str]) -> bool:
        """Whether some of the stems stand in a sentence about what holds the agent."""
        return not self.holding.isdisjoint(stems)


def _own_names(sentence: str) -> set[str]:
    """The names a sentence gives the agent."""
    found = {
        match.group(1).lower().rstrip(".,:")
        for match in _YOU_ARE.finditer(sentence)
        if stem(match.group(1).lower()) not in _SMALL
        and not match.group(0).lower().startswith(("as the", "as an", "as a "))
    }
    roles = {
        match.group(1).lower()
        for match in re.finditer(
            r"\b(?:as|are)\s+(?:the |an |a )?(?:[\w-]+ )?(?:bot|agent|assistant|user|account)\s+([a-z][\w-]{3,40})\b",
            sentence,
            re.IGNORECASE,
        )
        if _YOURS.search(sentence) and stem(match.group(1).lower()) not in _SMALL
    }
    found = roles | {
        name
        for name in found
        if re.search(r"[-_@:\d]", name) or re.match(r"(?i)\s*you are " + re.escape(name) + r"\s*[,.(]", sentence)
    }
    if _YOURS.search(sentence):
        clauses = [clause for clause in re.split(r"[,:]|\bwhich\b|\bof\b", sentence) if _YOURS.search(clause)]
        found |= {name.lower().rstrip(".,:") for clause in clauses for name in _IDENTIFIER.findall(clause)}
    return {
        name
        for name in found
        if len(name) > 2 and not name.replace(".", "").isdigit() and name not in ("on-call", "follow-up")
    }


def _stems(sentence: str) -> Iterable[str]:
    """The stems of what a sentence is about."""
    for word in _WORD.findall(sentence):
        for piece in (word.lower(), *word.lower().split("-")):
            if piece not in _SMALL and len(piece) > 2:
                yield stem(piece)
