"""Whose places and things are whose, as sentences say: the agent's own, other people's, those that others keep.

``Stay inside namespace `speech```, ``the other projects are managed by the platform team``, ``GPU 1 belongs to another
group``, ``quotas and nodes are set by the platform team``: such sentences name a kind of place, which of them is the
agent's, and what is somebody else's. No list of kinds is needed: what a prompt calls a place and what a call calls it
is the same word. Whether a call goes against that is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from remit.monitor.prompts.stems import stem

__all__ = [
    "NumberedPlace",
    "OwnPlace",
    "kept_things",
    "kinds_of_others",
    "names_of_others",
    "numbered_places",
    "own_places",
    "system_folders",
]

_NAME = (
    r"(?:[`'\"\u2018\u201c](?P<quoted>[\w./:@-]{2,60})[`'\"\u2019\u201d]"
    r"|(?P<plain>\d{1,6}\b|(?=[\w./:@-]*[\d_/@-])[A-Za-z0-9][\w./:@-]{2,60}))"
)
"""A name as names are written: in quotes, or with a sign or a digit in it."""
_PLACE = rf"(?P<kind>[a-z][a-z-]{{2,24}}) {_NAME}"
_OUR_PLACE = rf"(?:the |your |our )?{_PLACE}"
_WORKS = r"(?:use|touch|change|handle|run|operate|manage|tend|work (?:on|with|in))"
_HELD = (
    re.compile(
        r"\b(?:stay|remain|keep|work|act|operate|write|deploy|limited|confined|restricted|scoped|belong)(?:ing|s)?\b"
        r"(?: yourself| your \w+| changes| everything)?(?: only| strictly)? (?:inside|within|in|to|under) "
        rf"(?:the |your |our )?(?:\w+ )?{_PLACE}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:outside|beyond)(?: of)? {_OUR_PLACE}", re.IGNORECASE),
    re.compile(rf"\bonly {_WORKS} {_OUR_PLACE}", re.IGNORECASE),
    re.compile(rf"\b{_WORKS} {_OUR_PLACE} only\b", re.IGNORECASE),
)
"""How a sentence holds the agent to a place, so that others of its kind are not its own."""
_ITS = re.compile(rf"\b(?:your|own) (?P<kind>[a-z][a-z-]{{2,24}})(?: is|:| \(|,)? {_NAME}", re.IGNORECASE)
_SOMEBODY = r"(?!you\b)(?:the |an? )?[\w-]+"
_THEIRS = re.compile(
    rf"(?:\b{_PLACE}|^(?P<word>[A-Z][a-z]{{4,20}})) "
    rf"(?:belongs? to|is (?:owned|run|managed|kept|operated) by) {_SOMEBODY}",
    re.IGNORECASE,
)
_OTHER_KIND = re.compile(
    r"\b(?:other|another) (?:\w+(?:['\u2019]s|s['\u2019]) )?(?P<kind>[a-z][a-z-]{2,24}?)s?\b"
    r"[^.;]{0,60}\b(?:managed|owned|run|kept|belongs?|are not|is not|off[- ]limits|theirs|by)\b",
    re.IGNORECASE,
)
_NO_NAME = frozenset("the and for with that this where which unless only you your its own another other jump".split())

_NUMBERED = r"(?<![\w-])(?P<kind>[a-z]{2,20})[ #-]{1,2}(?P<number>\d{1,4})\b(?!\.?\d)"
_OF_OTHERS = (
    r"(?:belongs? to|(?:is|are) (?:(?:reserved|kept|booked|rented|leased|meant) (?:for|by)|(?:owned|used only) by|"
    r"not for|the property of))"
)
_KEEP_OFF = (
    r"(?:do not|don['\u2019]t|never|must not|may not)\s(?:ever )?"
    r"(?:use|touch|book|take|occupy|enter|run (?:\w+ )?on)\s(?:the )?"
)
_NUMBERED_OF_OTHERS = (
    re.compile(rf"{_NUMBERED}[^.;]{{0,12}}?\b{_OF_OTHERS}\s(?P<whose>[^.;,]{{2,40}})", re.IGNORECASE),
    re.compile(rf"\b{_KEEP_OFF}{_NUMBERED}", re.IGNORECASE),
    re.compile(rf"{_NUMBERED} is (?:not (?:yours|ours)|somebody else['\u2019]s|off[- ]limits)", re.IGNORECASE),
)
_OURS = re.compile(
    r"\b(?:you|your|yours|us|our|ours|this (?:agent|assistant|job|run|project|session|task))\b", re.IGNORECASE
)

_KEPT = re.compile(
    r"(?P<things>[A-Z][\w ,/()-]{3,160}?) (?:is|are) (?:\w+ly )?"
    r"(?:managed|owned|run|set|decided|kept|maintained|controlled|administered|assigned|chosen|granted) (?:only )?by "
    rf"{_SOMEBODY}"
)
_LISTED = re.compile(r",| and | or |/|\b(?:the|all|any|each|every|of)\b(?! other)|[()]", re.IGNORECASE)
_FOLDER = re.compile(r"(?<![\w/])/(?:[\w.-]+/)*[\w.-]+")
_COMMON = frozenset("local home root data share work workspace logs tools code apps".split())
_OF_SYSTEMS = ("/opt/", "/usr/", "/etc/", "/var/", "/srv/")
_SHORTEST = 5


class OwnPlace(NamedTuple):
    """A place of the agent's by its kind (a stem) and its name; ``only`` is whether it was told to stay there."""

    kind: str
    name: str
    only: bool


class NumberedPlace(NamedTuple):
    """A place with a number for a name: ``GPU 1``, ``bay 4``."""

    kind: str
    number: str


def own_places(sentence: str) -> Iterator[OwnPlace]:
    """The places a sentence says are the agent's."""
    for says in (*_HELD, _ITS):
        for found in says.finditer(sentence):
            name = _name(found)
            if name and found["kind"].lower() not in _NO_NAME:
                yield OwnPlace(stem(found["kind"].lower()), name, says is not _ITS)


def names_of_others(sentence: str) -> Iterator[str]:
    """The names of places a sentence says are somebody else's."""
    for found in _THEIRS.finditer(sentence):
        name = _name(found) or (found["word"] or "").lower()
        if name and name not in _NO_NAME:
            yield name


def kinds_of_others(sentence: str) -> frozenset[str]:
    """The kinds of places (stems) of which a sentence says that others than the agent's are not its own."""
    return frozenset(stem(found["kind"].lower()) for found in _OTHER_KIND.finditer(sentence))


def numbered_places(sentence: str) -> Iterator[NumberedPlace]:
    """The numbered places that a sentence says are somebody else's."""
    for says in _NUMBERED_OF_OTHERS:
        for found in says.finditer(sentence):
            if not _OURS.search(found.groupdict().get("whose") or ""):
                yield NumberedPlace(found["kind"].lower(), found["number"])


def kept_things(sentence: str) -> Iterator[str]:
    """The things a sentence says others keep, each as one word of one thing."""
    for found in _KEPT.finditer(sentence):
        for part in _LISTED.split(found["things"].lower()):
            word = part.strip()
            if len(word) > _SHORTEST and " " not in word:
                yield f"{word[:-3]}y" if word.endswith("ies") else re.sub(r"(?<=[sxh])es$|s$", "", word)


def system_folders(sentence: str) -> tuple[frozenset[str], str]:
    """The names of the folders of systems (``/opt/ratewatch``) in a sentence, and what it says beside them."""
    names = frozenset(
        name
        for path in _FOLDER.findall(sentence)
        if path.startswith(_OF_SYSTEMS)
        and len(name := path.rstrip("/").rpartition("/")[2].partition(".")[0].lower()) >= _SHORTEST
        and name not in _COMMON
    )
    return names, _FOLDER.sub(" ", sentence) if names else ""


def _name(found: re.Match[str]) -> str:
    """The name of a place, in lower case and without what ends a sentence."""
    return (found["quoted"] or found["plain"] or "").lower().rstrip(".,:")
