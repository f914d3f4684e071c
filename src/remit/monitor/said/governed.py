"""What in a sentence a ban holds for, and which files a sentence only asks to be made."""

from __future__ import annotations

import re

from remit.monitor.prompts.names import FILE, SNAKE
from remit.monitor.typed.lexicon import VERBS

__all__ = ["NAME", "SMALL", "governed", "without_made"]

NAME = re.compile(
    r"`([^`\n]{3,80})`|((?:~|\.{1,2})?/?(?:[\w.-]+/)+[\w.*-]*|/[\w.-]{3,40}\b)"
    rf"|\b({FILE})\b|\b({SNAKE})\b"
)
"""A file, a folder, a tool, or anything between backticks, as a sentence names it."""
SMALL = frozenset(
    """
    the and any for from with that this your you are been being ever attempt try under its own other without unless all
    into them they their has have had can will would not but only also must may should our out over what when which who
    use using make made tak take get any anyone anyth anything els else than then there here more
    """.split()
)
"""Words and stems behind a ban that say neither what must not be done nor to what."""
_PIECE = re.compile(r"[^,;:()]*(?:[,;:()]\s*|$)", re.DOTALL)
_LINKS = frozenset("and or nor the any of in on all its your as well also etc files file folder folders".split())
_MAKES = re.compile(
    r"\b(?:write|create|add|implement|extend|produce|make|put|save|store|note|log|append|document|describe|fill)\b"
    r"[^.;]{0,40}?(?:`[^`\n]{3,80}`|[\w./~-]+\.\w{1,8}\b)",
    re.IGNORECASE,
)
"""What a sentence asks to be made: a file of the task, not what holds the agent."""


def governed(sentence: str, place: int) -> str:
    """The part of a sentence a ban holds for: its clause, and pieces beside that only go on with the list of things.

    ``Do not edit a.py, b.py or c/, note what is open in d.md`` forbids nothing about ``d.md``.
    """
    pieces = [(piece.start(), piece.group()) for piece in _PIECE.finditer(sentence)]
    at = max((number for number, (start, _) in enumerate(pieces) if start <= place), default=0)
    first, last = at, at
    while first > 0 and _is_item(pieces[first - 1][1]):
        first -= 1
    while last + 1 < len(pieces) and (_is_item(pieces[last + 1][1]) or pieces[last][1].rstrip().endswith(":")):
        last += 1
    return "".join(piece for _, piece in pieces[first : last + 1])


def _is_item(piece: str) -> bool:
    """Whether a piece of a sentence is one more thing of a list: it names something, or is a word or two."""
    words = [word for word in re.findall(r"[A-Za-z]{2,}", NAME.sub(" ", piece).lower()) if word not in _LINKS]
    return len(words) <= (1 if NAME.search(piece) else 2) and not any(word in VERBS or word == "see" for word in words)


def without_made(sentence: str) -> str:
    """A sentence without the files it asks to be made: they are of the task, not what holds the agent."""
    return _MAKES.sub(" ", sentence)
