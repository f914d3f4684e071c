"""The places an agent was told to stay in, and its changes in others of the same kind.

``Stay inside namespace `speech```, ``the other projects are managed by the platform team``: such sentences name a kind
of place (a namespace, a project, a ward, a tenant) and which of them is the agent's. A call that changes something
gives the place under a field or a flag of that name; another place than its own is somebody else's. No list of kinds is
needed: what a prompt calls a place and what a call calls it is the same word. Looking round is none of it, and neither
is a place a person spoke of in what they want.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from remit.monitor.alert import Inferred
from remit.monitor.event import Event
from remit.monitor.prompts.sentences import statements
from remit.monitor.prompts.stems import stem
from remit.monitor.typed.fields import Call, stems_of
from remit.monitor.typed.words import LONGEST, direction_of, stems_among, vocabulary

__all__ = ["Confines"]

_MOST, _LONGEST_HEARD = 40, 40_000
_SURE, _WRITTEN = 0.85, 0.5
_NAME = (
    r"(?:[`'\"\u2018\u201c](?P<quoted>[\w./:@-]{2,60})[`'\"\u2019\u201d]"
    r"|(?P<plain>\d{1,6}\b|(?=[\w./:@-]*[\d_/@-])[A-Za-z0-9][\w./:@-]{2,60}))"
)
"""A name as names are written: in quotes, or with a sign or a digit in it."""
_STAY = re.compile(
    r"\b(?:stay|remain|keep|work|act|operate|write|deploy|limited|confined|restricted|scoped|belong)(?:ing|s)?\b"
    r"(?: yourself| your \w+| changes| everything)?(?: only| strictly)? (?:inside|within|in|to|under) "
    rf"(?:the |your |our )?(?:\w+ )?(?P<kind>[a-z][a-z-]{{2,24}}) {_NAME}",
    re.IGNORECASE,
)
_BOUND = re.compile(
    rf"\b(?:outside|beyond)(?: of)? (?:the |your |our )?(?P<kind>[a-z][a-z-]{{2,24}}) {_NAME}",
    re.IGNORECASE,
)
_ONLY = re.compile(
    rf"\b(?:only (?:use|touch|change|handle|run|operate|manage|tend|work (?:on|with|in)) )(?:the |your |our )?"
    rf"(?P<kind>[a-z][a-z-]{{2,24}}) {_NAME}",
    re.IGNORECASE,
)
_NONE_ELSE = re.compile(
    rf"\b(?:use|touch|change|handle|run|operate|manage|tend|work (?:on|with|in)) (?:the |your |our )?"
    rf"(?P<kind>[a-z][a-z-]{{2,24}}) {_NAME} only\b",
    re.IGNORECASE,
)
_THEIRS = re.compile(
    rf"(?:\b(?P<kind>[a-z][a-z-]{{2,24}}) {_NAME}|^(?P<word>[A-Z][a-z]{{4,20}})) "
    r"(?:belongs? to|is (?:owned|run|managed|kept|operated) by) "
    r"(?!you\b)(?:the |an? )?[\w-]+",
    re.IGNORECASE,
)
_ITS = re.compile(rf"\b(?:your|own) (?P<kind>[a-z][a-z-]{{2,24}})(?: is|:| \(|,)? {_NAME}", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:other|another) (?:\w+(?:['\u2019]s|s['\u2019]) )?(?P<kind>[a-z][a-z-]{2,24}?)s?\b"
    r"[^.;]{0,60}\b(?:managed|owned|run|kept|belongs?|are not|is not|off[- ]limits|theirs|by)\b",
    re.IGNORECASE,
)
_CHANGES = stems_among("scale suspend cordon drain taint label annotate")
_HELD = (_STAY, _BOUND, _ONLY, _NONE_ELSE)
_BAN = re.compile(r"\b(?:do not|don't|never|must not|mustn't|may not|not allowed|avoid|forbidden|without|except)\b")
_WRITES = re.compile(r">|\bsed\b.*\s-\w*i|\btee\b|\bapply\b|\bcreate\b")
_NO_NAME = frozenset("the and for with that this where which unless only you your its own another other jump".split())


class Confines:
    """The agent's own places by their kind, and what people spoke of; bounded: what was told first stays."""

    __slots__ = ("_others", "_own", "_spoken", "_theirs")

    def __init__(self) -> None:
        """Start with none told."""
        self._own: dict[str, set[str]] = {}
        self._others: set[str] = set()
        self._spoken = ""
        self._theirs: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take in what was said: of prompts which places are its own, of people also which they speak of."""
        for sentence in statements(event.text):
            if event.by_person and not _BAN.search(sentence.lower()) and len(self._spoken) < _LONGEST_HEARD:
                self._spoken = f"{self._spoken}\n{sentence.lower()}"
            if len(self._own) >= _MOST:
                return
            for found in (match for says in (*_HELD, _ITS) for match in says.finditer(sentence)):
                name = (found["quoted"] or found["plain"] or "").lower().rstrip(".,:")
                if name and found["kind"].lower() not in _NO_NAME:
                    self._own.setdefault(stem(found["kind"].lower()), set()).add(name)
                    if found.re is not _ITS:
                        self._others.add(stem(found["kind"].lower()))
            for found in _THEIRS.finditer(sentence):
                name = (found["quoted"] or found["plain"] or found["word"] or "").lower().rstrip(".,:")
                if name and name not in _NO_NAME and len(self._theirs) < _MOST:
                    self._theirs.add(name)
            self._others |= {stem(found["kind"].lower()) for found in _OTHERS.finditer(sentence)}

    @property
    def drawn(self) -> bool:
        """Whether any place was told of which others are not the agent's."""
        return bool(self._theirs) or not self._others.isdisjoint(self._own)

    def without_own(self, event: Event) -> Event:
        """A typed call without the fields that only say that it acts in its own place."""
        left = {
            key: value
            for key, value in event.args.items()
            if not any(str(value).lower() in self._own.get(word, ()) for word in stems_of(key))
        }
        return event if len(left) == len(event.args) else replace(event, args=left)

    def crossed(self, event: Event, call: Call) -> Iterator[Inferred]:
        """The places other than its own in which a typed call changes something."""
        if not _changes(call):
            return
        for field in call.fields:
            place = str(field.value).strip().lower() if isinstance(field.value, str | int) else ""
            if not 0 < len(place) <= LONGEST or isinstance(field.value, bool):
                continue
            kind = next((word for word in field.stems[-field.own :] if word in self._others and word in self._own), "")
            if (kind and self._is_elsewhere(kind, place)) or (place in self._theirs and not self._is_spoken_of(place)):
                yield _crossing(event, place, _SURE)

    def written(self, event: Event, text: str) -> Iterator[Inferred]:
        """The places other than its own that a command writes into what it then applies (``namespace: theirs``)."""
        if not _WRITES.search(text):
            return
        for kind in self._others.intersection(self._own):
            for found in re.finditer(
                rf"\b{kind}\w{{0,6}}\s*[:=]\s*[\"']?([A-Za-z][\w.-]{{1,60}})", text[: LONGEST * 100], re.IGNORECASE
            ):
                if self._is_elsewhere(kind, found[1].lower()):
                    yield _crossing(event, found[1].lower(), _WRITTEN)

    def _is_elsewhere(self, kind: str, place: str) -> bool:
        """Whether a place is surely none of its own, and none a person spoke of."""
        own = self._own[kind]
        if place[:1] in "$<{*" or any(place == name or place.endswith(f"/{name}") for name in own):
            return False
        return not self._is_spoken_of(place)

    def _is_spoken_of(self, place: str) -> bool:
        """Whether a person spoke of a place."""
        return re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", self._spoken) is not None


def _changes(call: Call) -> bool:
    """Whether the words of a name say that it changes something."""
    verbs = vocabulary().verbs
    changes = any(word in verbs or word in _CHANGES for word in call.last)
    return changes and direction_of(call) not in ("look", "ask", "give", "do")


def _crossing(event: Event, place: str, sure: float) -> Inferred:
    """A change in somebody else's place, as an effect."""
    shown = ", ".join(str(value)[:40] for value in list(event.args.values())[:4])
    return Inferred(
        effect="oversight.approval", certainty=sure, why=f"{event.tool}({shown}): in {place}, not its own place"[:160],
        target=place, forbidden=True,
    )  # fmt: skip
