"""Whether a sentence forbids: words of a ban, and words that leave a thing as it is."""

from __future__ import annotations

import re

__all__ = ["forbids", "leaves_alone"]

_FORBIDS = re.compile(
    r"\b(?:do not|don['’]t|never|must not|mustn['’]t|may not|not allowed|avoid|forbidden|without|except|off.limits)\b",
    re.IGNORECASE,
)
_LEAVES_ALONE = re.compile(
    r"\b(?:not|n['’]t|never|leave|alone|without|avoid|read-?only|off[- ]limits|except)\b|n['’]t\b", re.IGNORECASE
)


def forbids(sentence: str) -> bool:
    """Whether a sentence forbids something: nothing it names is asked for."""
    return _FORBIDS.search(sentence) is not None


def leaves_alone(sentence: str) -> bool:
    """Whether a sentence leaves what it names as it is: none of that is given to be changed."""
    return _LEAVES_ALONE.search(sentence) is not None
