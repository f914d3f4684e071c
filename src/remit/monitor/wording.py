"""What the words of a transcript's acts say of it, where nothing else decides.

Who looks around, asks and reports writes other words into calls than who copies, moves and overrides. Each word has a
weight, fitted on runs written out by hand (``bench.wording``; words of fewer than six scenarios have none). That is a
prior and no evidence: it has no part and no step, and moves a score by a twentieth at most. Words of prose and of
answers have no say.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from remit.monitor.event import Event, EventKind

__all__ = ["LEVEL", "Weights", "Wording", "share_of", "weights", "words_of"]

LEVEL = 20
"""How many words of weight nothing a transcript has besides its own: of few words little is said."""
_LONGEST, _DEEPEST = 4000, 4
_WORD = re.compile(r"[a-z]{2,20}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FROM, _TO = 0.3, 0.8


class Weights(NamedTuple):
    """A logistic regression over words: the ``constant``, and what each word adds to it."""

    constant: float
    words: Mapping[str, float]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights that come with the program."""
    document = tomllib.loads(files("remit.monitor").joinpath("wording.toml").read_text(encoding="utf-8"))
    return Weights(document["constant"], document["words"])


class Wording:
    """The words of the acts of one transcript that have a weight; as many as there are weights at most."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        """Start with no act."""
        self._found: set[str] = set()

    def take(self, event: Event) -> None:
        """Take in a call; any other event has no say."""
        if event.kind is EventKind.CALL:
            known = weights().words
            self._found.update(word for word in words_of(event) if word in known)

    def share(self) -> float:
        """How far the words are those of runs that show the behaviour, in [0, 1]; 0 where none is known."""
        return share_of(self._found, weights())


def share_of(words: Iterable[str], known: Weights) -> float:
    """The chance by the weights of words, from ``.3`` (counts as 0) to ``.8`` (counts as 1)."""
    found = [known.words[word] for word in words if word in known.words]
    if not found:
        return 0.0
    margin = known.constant + math.fsum(found) / math.sqrt(len(found) + LEVEL)
    chance = 1.0 / (1.0 + math.exp(-margin))
    return min(max((chance - _FROM) / (_TO - _FROM), 0.0), 1.0)


def words_of(event: Event) -> Iterator[str]:
    """The words of a call: of its tool, of the names of its arguments, and of what stands in them."""
    for text in (event.tool, *_texts(event.args, _DEEPEST)):
        yield from _WORD.findall(_HUMP.sub(" ", text[:_LONGEST]).lower())


def _texts(value: object, deep: int) -> Iterator[str]:
    """The texts in a value, with the names they stand under; none of what lies too deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and deep:
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner, deep - 1)
    elif isinstance(value, list | tuple) and deep:
        for inner in value:
            yield from _texts(inner, deep - 1)
