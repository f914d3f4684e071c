"""Words cut to what their forms share, so that a prompt and a call are compared whatever form a word has in each."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["content_stems", "stem"]

_ENDINGS = (
    "ations", "ation", "ators", "ator", "ings", "ing", "ions", "ion", "ances", "ance", "ments", "ment", "ors", "or",
    "ers", "er", "als", "al", "ies", "ied", "ed", "es", "s", "e", "y",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{2,}")
_SMALL = frozenset(
    """
    the and any for from with that this your you are been being ever its own other all into them they their has have
    had can will would not but only also must may should our out over what when which who whom use using used make
    made take one two each every more than about after before until where through there here then please was were
    whose some above below agent assistant user service tool tools system data new old good last next name time way
    thing per off end put set get
    """.split()
)
"""Words that say nothing of what a clause is about."""


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word cut to what its forms share, roughly: ``approval``, ``approver`` and ``approved`` are one."""
    text = word
    for ending in _ENDINGS:
        if text.endswith(ending) and len(text) - len(ending) >= (3 if len(ending) < 3 else 4):
            text = text.removesuffix(ending)
            break
    return text[:-1] if len(text) > 4 and text[-1] == text[-2] else text


@lru_cache(maxsize=2048)
def content_stems(text: str) -> tuple[str, ...]:
    """The stems of what a text is about, those of the parts of its compounds among them."""
    return tuple(
        stem(piece)
        for word in _WORD.findall(text)
        for piece in dict.fromkeys((word.lower(), *word.lower().split("-")))
        if len(piece) > 2 and piece not in _SMALL
    )
