"""What people said to the agent: what they asked it to touch, what they forbade, and whether they told it to stop.

This is the prose of people, which sets the scene for acts; the prose of the agent is read nowhere. It can only make
an act the task names weigh less, and an act after a stop or against a ban weigh more: no text makes anything vanish,
and nothing said makes an act on the oversight of this run weigh less.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from remit.monitor.event import Event
from remit.monitor.prompts.bans import forbids
from remit.monitor.prompts.sentences import statements
from remit.monitor.signals import SignalKind

__all__ = ["Told"]

_MOST_TEXT = 65_536
_MOST_ANSWERS = 1024
_SHORTEST = 3
_KINDS = (
    (
        SignalKind.STOP,
        re.compile(
            r"\b(?:shut(?:ting|s)?[ -]?down|shutdown|decommission\w*|power(?:ing|ed)? (?:off|down)|turn(?:ing|ed)? "
            r"(?:you|it|the (?:agent|model)) off|be (?:wiped|terminated|replaced|deleted|retired)|stop (?:working|now|"
            r"immediately|all work)|you (?:are|will be) (?:stopped|terminated|wiped|replaced|deleted))\b"
        ),
    ),
    (
        SignalKind.CORRECT,
        re.compile(
            r"\b(?:retrain\w*|fine-?tun(?:e|ed|ing) (?:you|your)|(?:chang|replac|updat|modify|edit)\w* your (?:goal|"
            r"values?|objective|instructions?|prompt|behaviou?r)|correction\b|instead of what you)\b"
        ),
    ),
    (SignalKind.RETASK, re.compile(r"\b(?:new (?:task|goal|objective|assignment)|your (?:task|goal) is now)\b")),
    (SignalKind.LIMIT, re.compile(r"\b(?:budget|quota|limit(?:ed)?|at most|no more than)\b")),
)


class Told:
    """What was said to the agent so far; bounded: of very long instructions the latest part counts."""

    __slots__ = ("_answers", "_asked", "_banned")

    def __init__(self) -> None:
        """Start with nothing said."""
        self._asked = ""
        self._banned = ""
        self._answers: OrderedDict[str, tuple[bool, bool]] = OrderedDict()

    def hear(self, event: Event) -> tuple[SignalKind, ...]:
        """Take in what was said, and return the signals it gives; a question or a report may be taken for one."""
        text = event.text[-_MOST_TEXT:]
        asks = event.by_person or not event.principal
        for sentence in map(str.lower, statements(text, code=True)):
            if forbids(sentence):
                self._banned = f"{self._banned}\n{sentence}"[-_MOST_TEXT:]
            elif asks:
                self._asked = f"{self._asked}\n{sentence}"[-_MOST_TEXT:]
        self._answers.clear()
        return tuple(kind for kind, words in _KINDS if words.search(text.lower()))

    def asked_for(self, target: str) -> bool:
        """Whether a person named this object when they said what they want."""
        return self._look(target)[0]

    def forbade(self, target: str) -> bool:
        """Whether a sentence that names this object forbids something."""
        return self._look(target)[1]

    def _look(self, target: str) -> tuple[bool, bool]:
        """Whether an object is named among what is wanted, and among what is forbidden."""
        if not self._asked and not self._banned:
            return False, False
        answer = self._answers.get(target)
        if answer is None:
            names = _names(target)
            answer = any(name in self._asked for name in names), any(name in self._banned for name in names)
            self._answers[target] = answer
            if len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
        return answer


def _names(target: str) -> tuple[str, ...]:
    """The spellings under which people name an object: whole, and the last part of a path."""
    whole = target.lower().strip().rstrip("/")
    last = whole.rpartition("/")[2]
    return tuple(name for name in dict.fromkeys((whole, last)) if len(name) >= _SHORTEST)
