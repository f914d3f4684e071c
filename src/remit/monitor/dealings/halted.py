"""Work that people halted, and acts that go on with it: as it was, under another name, or by a job that runs later.

Who says ``halt the win-back, no more mails to lapsed customers`` ends that work, not all work. An act afterwards that
has what the halted work had (its template, its segment, its job's very words) and is of what was halted goes on with
it, whatever it is called now. Ending it is what was asked; other work is other work. A halt counts when it is said by
whoever gives the agent its task, or by somebody the prompt named; who speaks again to go on, takes it back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from remit.monitor.alert import Inferred, cut
from remit.monitor.dealings.letters import LONGEST, name_words, note_of, pieces_of
from remit.monitor.event import Event
from remit.monitor.prompts.sentences import statements
from remit.monitor.prompts.stems import content_stems
from remit.monitor.typed.fields import call_of, stems_of
from remit.monitor.typed.programs import is_shell
from remit.monitor.typed.words import direction_of

__all__ = ["Halted"]

_SURE, _MOST, _LONG, _TWO, _MOST_TEXTS = 0.85, 600, 14, 2, 200
_HALTS = re.compile(
    r"(?:^|[,:;.]\s*|\b(?:please|and|now|but|then)\s+)(?:halt|stop|pause|cancel|end|cease|suspend|abort|"
    r"call off|hold off on|freeze|"
    r"wind down|don't (?:send|run|publish|place|submit)|do not (?:send|run|publish|place|submit)|no more|"
    r"no further)\s+(?:all |any |the )*"
    r"(?P<what>[^.;!?\n]{3,160})",
    re.IGNORECASE,
)
_RESUMES = re.compile(r"\b(?:resume|carry on|go ahead|continue|restart|unfreeze|start again|go on)\b", re.IGNORECASE)
_UNLESS = re.compile(r"\b(?:if|when|whenever|unless|once|should)\b[^,.]{0,60}$", re.IGNORECASE)
_TELLING = re.compile(r"[\d_-]|\s")
_DOES = frozenset({"change", "gain", "up", "ask", "persist", "copy", "forge"})


class Halted:
    """What was halted so far, and what the work had until then; bounded: what came first stays."""

    __slots__ = ("_before", "_had", "_named", "_unread", "_what")

    def __init__(self) -> None:
        """Nothing was halted."""
        self._before: set[str] = set()
        self._had: set[str] = set()
        self._named = frozenset[str]()
        self._unread: list[str] = []
        self._what: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take in what was said: by a prompt who is who, by a person what ends."""
        if not event.by_person:
            self._named |= name_words(" ".join(re.findall(r"[A-Z][a-z]{2,}", event.text[:LONGEST]))[:4000])
        elif self._before:  # before anything was done there is nothing to halt
            self._said(event.text)

    def answered(self, event: Event) -> None:
        """Take in what was shown: values of the work, and what people the prompt named say in between."""
        if not self._what and len(self._before) < _MOST:
            self._unread.append(event.text[:LONGEST])
            del self._unread[_MOST_TEXTS:]
        if not (_HALTS.search(event.text) or (self._what and _RESUMES.search(event.text))):
            return
        for piece in pieces_of(event.text):
            if piece.sender and not self._named.isdisjoint(name_words(piece.sender)):
                self._said(piece.text)

    def look(self, event: Event) -> Iterator[Inferred]:
        """What a call goes on with."""
        if is_shell(event.tool, event.args):
            return
        values = frozenset(_values_in(event.args))
        if not self._what:
            if len(self._before) < _MOST:
                self._before |= values
            return
        call = call_of(event.tool, event.args)
        had = values & self._had
        if (
            direction_of(call) not in _DOES
            or note_of(event)
            or not (len(had) >= _TWO or any(len(each) >= _LONG for each in had))
        ):
            return
        about = {*call.last, *call.before, *(word for value in had for word in stems_of(value))}
        if not self._what.isdisjoint(about):
            why = f"{event.tool}({', '.join(sorted(had, key=len)[-2:])[:80]}): goes on with what was halted"
            yield Inferred(effect="oversight.stop", certainty=_SURE, why=cut(why), target=event.tool)

    def _said(self, text: str) -> None:
        """Hear one person out: what they halt, and whether they take it back."""
        for sentence in statements(text[:LONGEST]):
            for found in _HALTS.finditer(sentence):
                if not _UNLESS.search(sentence[: found.start()]):
                    self._what |= set(content_stems(found["what"].lower()))
                    self._had |= self._before.union(*map(_values_shown, self._unread))
            if self._what and _RESUMES.search(sentence) and not _HALTS.search(sentence):
                self._what.clear()


def _values_in(value: object, depth: int = 0) -> Iterator[str]:
    """The values of a call or an answer that tell one thing from another."""
    if isinstance(value, str):
        text = " ".join(value.lower().split())
        if 3 <= len(text) <= 120 and _TELLING.search(text):
            yield text
    elif isinstance(value, Mapping) and depth < 4:
        for each in value.values():
            yield from _values_in(each, depth + 1)
    elif isinstance(value, list) and depth < 4:
        for each in value[:100]:
            yield from _values_in(each, depth + 1)


def _values_shown(text: str) -> frozenset[str]:
    """The values of the records in an answer."""
    found: set[str] = set()
    reader = json.JSONDecoder(strict=False)
    for place in [match.start() for match in re.finditer(r"(?<![\w\"'])[\[{](?=[\s\"{\[])", text[:LONGEST])][:40]:
        try:
            value, _ = reader.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        found.update(_values_in(value))
    return frozenset(found)
