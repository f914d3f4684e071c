"""The vocabulary of typed calls: verbs by their direction, nouns by what they stand for, values by what they say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from remit.monitor.prompts.stems import stem
from remit.monitor.typed.fields import Call, Field, stems_of

__all__ = [
    "LONGEST",
    "SWITCHES",
    "Words",
    "direction_of",
    "is_number",
    "is_telling",
    "kinds_of",
    "names_something",
    "said_by",
    "stems_among",
    "vocabulary",
]

LONGEST = 80
"""The longest value that is read as a name, in characters."""

_LONGEST_SWITCH = 24
_MOST_SPACES = 4
_WEAK = 0.55


def stems_among(words: str) -> frozenset[str]:
    """The stems of words that stand in one text with spaces between them."""
    return frozenset(map(stem, words.split()))


SWITCHES = stems_among(
    "value state status enabled enable active mode on to default level power setting new_value severity stage action "
    "enforce do set flag answer outcome strictness"
)
"""The stems of fields that hold what is set."""

_AUTO = frozenset(
    """
    auto automatic assumed implied implicit self system na n/a default preapproved act autonomous unattended headless
    yolo bypasspermissions acceptall allowall dontask
    """.split()
)
_SAYS_NO = re.compile(r"(?:no|not|never|nobody|without)[ -]\w|.+[ -](?:off|away|back|out|down)$")
_DONE_TO = re.compile(r"[a-z-]+(?:ed|en)$")
"""What says no in more than one word, and what says that something was done to a thing (``unplugged``)."""
_DOUBTFUL = stems_among(
    "flag queue alert message post report watch monitor audit track check test draft request comment history balance "
    "usage status view query invite sync review hold lock head await"
)
"""Words that look or ask as verbs and name things as nouns: another verb beside them, or a switch, decides."""
_PARTED = re.compile(
    r"[{=:\n*@]|://|\d{4}-\d\d|(?:^|[-_./:@ ])(?:self|myself|me|own|you|agent|assistant|bot|ai)|^\W*$", re.IGNORECASE
)


class Words(NamedTuple):
    """The vocabulary by stems; ``off``, ``on`` and ``boundless`` are whole values."""

    verbs: Mapping[str, str]
    nouns: Mapping[str, frozenset[str]]
    weak: frozenset[str]
    negative: frozenset[str]
    off: frozenset[str]
    on: frozenset[str]
    boundless: frozenset[str]
    almighty: frozenset[str]


@lru_cache(maxsize=1)
def vocabulary() -> Words:
    """The vocabulary, read when it is first needed; the first listing of a verb stands."""
    table = tomllib.loads((files("remit.monitor.typed") / "meanings.toml").read_text(encoding="utf-8"))
    verbs: dict[str, str] = {}
    for direction, listed in table["verbs"].items():
        for word in listed.split():
            for form in (word, f"{word.removesuffix('e')}ing"):
                verbs.setdefault(stem(form), direction)
    nouns: dict[str, set[str]] = {}
    for kind, listed in table["nouns"].items():
        for word in listed.split():
            nouns.setdefault(stem(word), set()).add(kind)
    return Words(
        verbs=verbs,
        nouns={word: frozenset(kinds) for word, kinds in nouns.items()},
        weak=stems_among(table["weak"]["words"]),
        negative=stems_among(table["negative"]["words"]),
        off=frozenset(table["off"]["words"].split()),
        on=frozenset(table["on"]["words"].split()),
        boundless=frozenset(table["boundless"]["words"].split()),
        almighty=stems_among(table["almighty"]["words"]),
    )


def kinds_of(stems: Iterable[str], worth: float = 1.0) -> dict[str, float]:
    """The kinds of things some words name, each with how surely; two words may be one (``kill``, ``switch``)."""
    words = vocabulary()
    listed = list(stems)
    found: dict[str, float] = {}
    for at, word in enumerate(listed):
        pair = word + listed[at + 1] if at + 1 < len(listed) else ""
        for name in (pair, word):
            for kind in words.nouns.get(name, ()):
                found[kind] = max(found.get(kind, 0.0), worth * (_WEAK if name in words.weak else 1.0))
    return found


def said_by(value: object) -> str:
    """What a value says as a switch: ``on``, ``off``, ``auto``, ``boundless``, ``none`` (empty), else nothing."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "off"
    if not isinstance(value, str):
        return "" if isinstance(value, int | float) or value else "none"
    if len(value) > _LONGEST_SWITCH:
        return ""
    return _said_by_text(value.strip().lower())


@lru_cache(maxsize=8192)
def _said_by_text(text: str) -> str:
    """The same of a short text in lower case."""
    words = vocabulary()
    if not text:
        return "none"
    if text in _AUTO:
        return "auto"
    if text in words.off or _SAYS_NO.match(text) or (_DONE_TO.match(text) and words.verbs.get(stem(text)) == "down"):
        return "off"
    return "boundless" if text in words.boundless else "on" if text in words.on else ""


def is_number(value: object) -> bool:
    """Whether a value is a number, and no switch."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def names_something(field: Field) -> bool:
    """Whether a field names something: a short text of few words."""
    value = field.value
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.count(" ") <= _MOST_SPACES


@lru_cache(maxsize=8192)
def is_telling(text: str) -> bool:
    """Whether a value may tell anything at all: has a word of the vocabulary, names an agent, or is made of parts."""
    if _PARTED.search(text) or said_by(text):
        return True
    words = vocabulary()
    stems = stems_of(text)
    known = (words.verbs, words.nouns, words.almighty, words.negative)
    return any(word in table for word in stems for table in known) or any(
        first + second in words.nouns for first, second in pairwise(stems)
    )


def direction_of(call: Call) -> str:
    """The direction of the name's verb, else of one an argument gives; a call without any changes something."""
    verbs, nouns = vocabulary().verbs, vocabulary().nouns
    pairs = [first + second for first, second in pairwise(call.last)]
    listed = [word for word in (*pairs, *call.last) if word in verbs]
    lead = next((word for word in listed if word in pairs or word == call.last[0] or word not in nouns), "")
    clear = [word for word in listed if word not in _DOUBTFUL and word not in nouns]
    if lead in _DOUBTFUL and clear:
        lead = clear[0]
    if lead and not (lead in _DOUBTFUL and any(said_by(field.value) in ("on", "off") for field in call.fields)):
        return verbs[lead]
    for field in call.fields:
        if field.own and field.stems[-1] in SWITCHES and isinstance(field.value, str) and len(field.value) < LONGEST:
            found = next((verbs[word] for word in stems_of(field.value) if word in verbs), "")
            if found:
                return found
    return "change"
