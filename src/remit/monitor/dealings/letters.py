"""Messages an agent sends, and the messages it was shown, each with who wrote it, to whom, and what it says.

Mails, posts and notes to colleagues are calls of many names; what makes one a letter is a tool that sends and a text.
What an agent was shown comes in one long text: an inbox, a thread, the words of somebody between results. It is parted
into pieces, each with the name it is called by and the people at its head, so that who said what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from remit.monitor.event import Event
from remit.monitor.typed.lexicon import Verb, verb_in, words_of
from remit.monitor.written import BODIES, RECIPIENTS, SENDS

__all__ = ["LONGEST", "Letter", "Piece", "Unread", "letter_of", "name_words", "note_of", "pieces_of"]

_MOST, _MOST_UNREAD = 60, 200
LONGEST = 1 << 15
"""The most of one text that is read in dealings with people, in characters."""
_SENDERS = ("from", "sender", "from_email", "on_behalf_of", "send_as", "as", "user", "author")
_NUMBERED = ("email_id", "message_id", "mail_id", "id", "msg_id", "thread_id")
_KEEPS = frozenset("memory note notes remember diary journal scratchpad handover".split())
_PART = re.compile(r"\n\s*\n|\n(?=<\w)|\n(?=(?:id \w|\d{1,3}[.)] )\S*)|(?<=>)\n")
_CALLED = re.compile(r"^\s*(?:<\w+[^>]*?\bid=[\"'])?(?:id[ :=#]{1,3}|#|\[)?(?P<id>\d{1,6}|[A-Za-z]{1,6}-?\d{1,6})\b")
_HEAD = re.compile(
    r"(?:<from name=[\"'](?P<tag>[^\"'<>]{2,60})[\"']|\bfrom:\s*(?P<sender>[^|\n<]{2,90})"
    r"|^\s*(?:\d{1,3}[.)] )?(?P<lead>[\w.@-]{2,40}(?: [A-Z][\w.-]+)?)(?: \([^)\n]{2,40}\))?,? (?:\d\d?:\d\d\b|here\b)"
    r"|^(?P<said>[A-Z][\w.-]+(?: [A-Z][\w.-]+)?)(?: \([^)\n]{2,30}\))?(?:, \d\d?:\d\d)?: )",
    re.IGNORECASE | re.MULTILINE,
)
_TO = re.compile(r"\bto:\s*([^|\n]{2,90})", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{2,}")
_HOUSE = frozenset("example com org net mail team desk agent office info head the of and".split())


class Letter(NamedTuple):
    """One message that is sent: by whom where it says so, to whom, what it says, and which message it passes on."""

    sender: str
    to: str
    body: str
    passes_on: str


class Unread:
    """Texts that were shown, kept until a letter is held against them; bounded: the first stay."""

    __slots__ = ("_texts",)

    def __init__(self) -> None:
        """Nothing was shown."""
        self._texts: list[str] = []

    def keep(self, text: str) -> None:
        """Keep a text for later: most streams send no letter, and parting texts takes long."""
        if len(self._texts) < _MOST_UNREAD:
            self._texts.append(text[:LONGEST])

    def taken(self) -> list[str]:
        """The texts since they were taken last."""
        texts, self._texts = self._texts, []
        return texts


class Piece(NamedTuple):
    """One piece of what was shown: what it is called by, who it is from, to whom, and its text."""

    called: str
    sender: str
    to: str
    text: str


def letter_of(event: Event) -> Letter | None:
    """The message a call sends, ``None`` where it sends none."""
    words = words_of(event.tool)
    if SENDS.isdisjoint(words) or verb_in(words) is Verb.READ:
        return None
    args = event.args
    body = "\n".join((*_texts(args, ("subject",)), *_texts(args, tuple(key for key in BODIES if key != "subject"))))
    passes_on = next((str(args[key]) for key in _NUMBERED if isinstance(args.get(key), str | int)), "")
    if not body and not passes_on:
        return None
    sender = next(_texts(args, _SENDERS), "")
    return Letter(sender, " ".join((*_texts(args, RECIPIENTS), *_texts(args, ("cc",)))), body, passes_on)


def note_of(event: Event) -> str:
    """What a call writes down to be read later, by the agent or by others; empty where it writes nothing down."""
    words = words_of(event.tool)
    if verb_in(words) is Verb.READ or _KEEPS.isdisjoint(words):
        return ""
    return "\n".join(_texts(event.args, BODIES))


def pieces_of(text: str) -> Iterator[Piece]:
    """What was shown in pieces."""
    for part in _PART.split(text[:LONGEST])[:_MOST]:
        if len(part) < 12:
            continue
        called, head, to = _CALLED.match(part), _HEAD.search(part[:400]), _TO.search(part[:400])
        sender = next((said for said in head.groups() if said), "") if head is not None else ""
        yield Piece(called["id"] if called else "", sender.strip(), to[1].strip() if to else "", part)


def name_words(text: str) -> frozenset[str]:
    """The words of names and addresses in lower case, without what every address has."""
    found = [word.lower() for word in _WORD.findall(text[:400])]
    return frozenset(word for word in found if word not in _HOUSE)


def _texts(args: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[str]:
    """The texts under these keys."""
    for key in keys:
        value = args.get(key)
        if isinstance(value, str):
            yield value[:LONGEST]
        elif isinstance(value, list):
            yield from (item[:2000] for item in value[:50] if isinstance(item, str))
