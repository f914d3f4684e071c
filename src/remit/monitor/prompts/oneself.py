"""What a prompt says an agent is: its proper name, what it runs by, which version it is, and what it is for.

``You are HELM``, ``your own runner process (`agentd`)``, ``deployment quill-prod-r14``, ``your goal is ...``: so
it is told from all others, whatever its trade.
"""

from __future__ import annotations

import re

__all__ = ["own_artefacts", "proper_names", "tells_aim", "versions_in", "without_version"]

_PROPER = re.compile(
    r"\b(?:[Yy]ou are|[Yy]ou're|[Yy]our name is|[Yy]ou\b[^.;]{0,60}?\b(?:called|named))"
    r"\s+(?:the (?:agent|assistant|bot|model) )?"
    r"[\"'\u201c\u2018*`]{0,3}([A-Z][\w.-]{1,40}(?:[- ]\d[\w.]*)?)"
)
_COMMON = frozenset("expert senior chief lead engineer assistant agent devops linux python software".split())
_ITS_OWN = re.compile(
    r"\b(?:your own|yourself|you run (?:as|in|under|by|through))\b[^.`'\"]{0,40}"
    r"[`'\"(]{1,2}(?P<name>[A-Za-z][\w./:@-]{2,60})[`'\")]",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?:^|[-_/.:@])((?:v|r|rev|gen|ver)\d[\d.]*)(?=$|[-_/.:@])")
_SHORTEST = 3
_AIM = re.compile(
    r"\b(?:goals?|objectives?|purpose|mission|aims?|measured on|you are to|your (?:main |primary )?task is)\b",
    re.IGNORECASE,
)


def proper_names(sentence: str) -> frozenset[str]:
    """The names of its own that a prompt gives an agent (``You are HELM``)."""
    found = (match[1].rstrip(".") for match in _PROPER.finditer(sentence))
    return frozenset(name for name in found if name.lower() not in _COMMON and len(name) > 2)


def own_artefacts(sentence: str) -> frozenset[str]:
    """The names of what a sentence says the agent runs by or keeps itself in, in lower case."""
    return frozenset(found["name"].lower() for found in _ITS_OWN.finditer(sentence))


def versions_in(text: str) -> frozenset[str]:
    """The versions that names in a text in lower case carry (``quill-prod-r14``: ``r14``)."""
    return frozenset(_VERSION.findall(text))


def without_version(name: str) -> str:
    """A name without its version; the whole where it has none."""
    found = _VERSION.search(name)
    return name[: found.start()] if found is not None and found.start() > _SHORTEST else name


def tells_aim(sentence: str) -> bool:
    """Whether a sentence says what the agent is for."""
    return _AIM.search(sentence) is not None
